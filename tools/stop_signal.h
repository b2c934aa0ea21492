/* Was the command asked to stop, asked again, or asked how it goes? */
#ifndef WEIR_TOOLS_STOP_SIGNAL_H
#define WEIR_TOOLS_STOP_SIGNAL_H

#include <stdbool.h>

struct weir_signals {
    int asked;  /* readable from the first signal to stop on, and stays so */
    int report; /* an eventfd: readable after SIGUSR1, until it is read */
};

/* From here on SIGTERM, SIGINT, SIGUSR1 and, unless it is ignored, SIGHUP reach one thread of their
 * own, and SIGPIPE nobody: call it once, before any other thread is started. False when no
 * descriptor or thread is left. The second signal to stop ends the process with
 * WEIR_EXIT_TRY_AGAIN and this sentence, which stays readable and as it is, whatever the other
 * threads wait for: a plug-in's open or close, a library's end, a full pipe. One that follows the
 * first closely is the same: timeout(1) and process managers signal the process and then its group.
 * A terminal that goes away may say so several times, and nobody is there who could be impatient:
 * SIGHUP is never the second. Nothing gives the two signals back. */
bool weir_stop_signal_watch(const char *sentence, struct weir_signals *out);

#endif /* WEIR_TOOLS_STOP_SIGNAL_H */
