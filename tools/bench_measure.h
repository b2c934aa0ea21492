/* What did consuming cost, from the first record to the last? */
#ifndef WEIR_TOOLS_BENCH_MEASURE_H
#define WEIR_TOOLS_BENCH_MEASURE_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

/* Start-up and ending are left out: a mark is taken when the first batch has come and another when
 * the last one has. What all threads of the process used in between counts, the client library's
 * included. Thread: each mark is taken once, by whoever gets there; read after both. */
struct mark {
    int64_t wall_ns;
    int64_t user_us;
    int64_t system_us;
    int64_t records; /* that had come */
};

static inline int64_t mark_microseconds(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

static inline void mark_take(struct mark *mark, int64_t records)
{
    struct timespec now;
    struct rusage usage;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)getrusage(RUSAGE_SELF, &usage);
    mark->wall_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    mark->user_us = mark_microseconds(&usage.ru_utime);
    mark->system_us = mark_microseconds(&usage.ru_stime);
    mark->records = records;
}

/* One JSON object on standard output, without its closing brace: the caller may add to it. */
static inline void mark_print(const struct mark *first, const struct mark *last)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{\"records\": %" PRId64 ", \"measured\": %" PRId64 ", \"first_ns\": %" PRId64
                 ", \"last_ns\": %" PRId64 ", \"user_us\": %" PRId64 ", \"system_us\": %" PRId64
                 ", \"rss_kib\": %ld",
                 last->records, last->records - first->records, first->wall_ns, last->wall_ns,
                 last->user_us - first->user_us, last->system_us - first->system_us,
                 usage.ru_maxrss);
}

#endif /* WEIR_TOOLS_BENCH_MEASURE_H */
