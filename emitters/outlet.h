/* How does a line reach standard error, if nobody reads there? */
#ifndef WEIR_EMITTERS_OUTLET_H
#define WEIR_EMITTERS_OUTLET_H

#include <stddef.h>
#include <stdint.h>

/* One write of a line of at most 4096 bytes. If the reader (a pipe's, a terminal's that was halted)
 * makes no room, it is waited for, a fraction of a second and then not again for some seconds; what
 * finds no room is dropped and counted: consuming does not wait for who reads along.
 * Returns how many lines were dropped since a line last came through; 0 if this one is dropped.
 * Thread: any. */
uint64_t weir_outlet_write(const char *line, size_t size);

#endif /* WEIR_EMITTERS_OUTLET_H */
