/* What time is it, for deadlines? */
#ifndef WEIR_TOOLS_MONOTONIC_H
#define WEIR_TOOLS_MONOTONIC_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock that nobody sets. Thread: any; may be called in a signal handler. */
static inline int64_t weir_monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif /* WEIR_TOOLS_MONOTONIC_H */
