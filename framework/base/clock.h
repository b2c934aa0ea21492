/* What time is it, for deadlines? */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of the monotonic clock. Only loops and workers read it; everything below them gets
 * the time as an argument. */
typedef int64_t weir_time;

enum { WEIR_NS_PER_MS = 1000000, WEIR_NS_PER_US = 1000 };

/* No deadline: later than any time. */
#define WEIR_TIME_NEVER INT64_MAX

/* Thread: any. */
weir_time weir_clock_now(void);

/* As weir_clock_now, but it goes on while the machine is suspended: for what others count at the
 * same time, as servers do who give away what is ours. Thread: any. */
weir_time weir_clock_boot(void);

/* When weir_clock_now will say what weir_clock_boot does at `at`, if the machine stays awake. */
weir_time weir_clock_from_boot(weir_time at);

/* Nanoseconds since the Unix epoch, for comparing with the times of others. Thread: any. */
int64_t weir_clock_wall(void);

/* `at` + `ms`, saturating at WEIR_TIME_NEVER. */
weir_time weir_time_after_ms(weir_time at, int64_t ms);

/* For waits that take a timespec of the monotonic clock. */
struct timespec weir_time_spec(weir_time at);

#endif /* WEIR_BASE_CLOCK_H */
