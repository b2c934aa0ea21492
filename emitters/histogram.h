/* How is a great number of durations kept in little memory? */
#ifndef WEIR_EMITTERS_HISTOGRAM_H
#define WEIR_EMITTERS_HISTOGRAM_H

#include "framework/base/atomic.h"
#include "framework/base/clock.h"
#include <stdint.h>

/* Log-linear buckets: 16 to every doubling, each at most 1/16 as wide as what is in it is long, so
 * that its middle is at most 3.2 % off; below 1,024 ns they are 64 ns wide. They reach to 73
 * minutes; what is longer is told as the greatest. Count, least and greatest are exact. */
enum {
    WEIR_HISTOGRAM_STEP_BITS = 4, /* 16 buckets to a doubling */
    WEIR_HISTOGRAM_UNIT_BITS = 6, /* the narrowest are 64 ns wide */
    WEIR_HISTOGRAM_DOUBLINGS = 32,
    WEIR_HISTOGRAM_BUCKETS = (WEIR_HISTOGRAM_DOUBLINGS + 1) << WEIR_HISTOGRAM_STEP_BITS
};

/* What one thread measured. Thread: one writes, any reads. Memory: the caller's, about 4 KiB of
 * which as much is touched as there are durations of different length. */
struct weir_histogram_part {
    struct weir_count buckets[WEIR_HISTOGRAM_BUCKETS];
    struct weir_sum sum_ns;
    struct weir_gauge least_ns; /* WEIR_TIME_NEVER when nothing was measured */
    struct weir_gauge greatest_ns;
};

/* Of zeroed memory. */
void weir_histogram_part_init(struct weir_histogram_part *part);
/* `weight` durations of that length; less than 0 counts as 0. No lock and no read-modify-write. */
void weir_histogram_part_add(struct weir_histogram_part *part, weir_time duration_ns,
                             uint64_t weight);

/* What was read. Zeroed, it is empty. */
struct weir_distribution {
    uint64_t count;
    double sum_ns;    /* not an integer: ages of many records do not fit one */
    weir_time min_ns; /* 0 when empty */
    weir_time max_ns;
    uint64_t buckets[WEIR_HISTOGRAM_BUCKETS];
};

/* Adds what a part has now. While its thread writes, the sum may be ahead of the count. */
void weir_distribution_add(struct weir_distribution *distribution,
                           const struct weir_histogram_part *part);
/* The duration that `share` (0 to 1) of all do not exceed: the middle of its bucket, but nothing
 * below min_ns or above max_ns. 0 when empty. */
weir_time weir_distribution_quantile(const struct weir_distribution *distribution, double share);

#endif /* WEIR_EMITTERS_HISTOGRAM_H */
