/* How does the command end when something in it does not? */
#ifndef WEIR_TOOLS_CUT_OFF_H
#define WEIR_TOOLS_CUT_OFF_H

#include <stdint.h>

/* Ends the process, whatever its other threads do. The sentence is left out where standard error
 * does not take it at once. Thread: any. */
_Noreturn void weir_cut_off(int code, const char *sentence);

/* The same in so many milliseconds, unless the process has ended by then. Once. Without a thread to
 * be had nothing comes of it. */
void weir_cut_off_in(int64_t ms, int code, const char *sentence);

#endif /* WEIR_TOOLS_CUT_OFF_H */
