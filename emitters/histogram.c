#include "emitters/histogram.h"

#include <assert.h>
#include <stdbool.h>

enum { STEPS = 1 << WEIR_HISTOGRAM_STEP_BITS, LAST = WEIR_HISTOGRAM_BUCKETS - 1, TOP_BIT = 63 };

/* 16 buckets one unit wide, 16 more, 16 of two units, 16 of four... */
static uint32_t bucket_of(weir_time duration_ns)
{
    uint64_t units = (uint64_t)duration_ns >> WEIR_HISTOGRAM_UNIT_BITS;
    uint32_t doublings = 0;

    if (units >= STEPS) {
        doublings = TOP_BIT - (uint32_t)__builtin_clzll(units) - WEIR_HISTOGRAM_STEP_BITS;
    }
    uint64_t bucket = (uint64_t)doublings * STEPS + (units >> doublings);
    return bucket < LAST ? (uint32_t)bucket : LAST;
}

static weir_time middle_of(uint32_t bucket)
{
    uint32_t doublings = bucket < STEPS ? 0 : bucket / STEPS - 1;
    uint64_t low = (uint64_t)(bucket - doublings * STEPS) << (doublings + WEIR_HISTOGRAM_UNIT_BITS);

    return (weir_time)(low + (UINT64_C(1) << (doublings + WEIR_HISTOGRAM_UNIT_BITS)) / 2);
}

void weir_histogram_part_init(struct weir_histogram_part *part)
{
    weir_gauge_set(&part->least_ns, WEIR_TIME_NEVER);
}

void weir_histogram_part_add(struct weir_histogram_part *part, weir_time duration_ns,
                             uint64_t weight)
{
    weir_time duration = duration_ns > 0 ? duration_ns : 0;

    if (weight == 0) {
        return;
    }
    weir_sum_add(&part->sum_ns, (double)duration * (double)weight);
    if (duration < weir_gauge_get(&part->least_ns)) {
        weir_gauge_set(&part->least_ns, duration);
    }
    if (duration > weir_gauge_get(&part->greatest_ns)) {
        weir_gauge_set(&part->greatest_ns, duration);
    }
    weir_count_add(&part->buckets[bucket_of(duration)], weight);
}

void weir_distribution_add(struct weir_distribution *distribution,
                           const struct weir_histogram_part *part)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < WEIR_HISTOGRAM_BUCKETS; i++) {
        uint64_t here = weir_count_get(&part->buckets[i]);
        distribution->buckets[i] += here;
        count += here;
    }
    if (count == 0) {
        return;
    }
    weir_time least = weir_gauge_get(&part->least_ns);
    weir_time greatest = weir_gauge_get(&part->greatest_ns);
    bool first = distribution->count == 0;
    distribution->min_ns = first || least < distribution->min_ns ? least : distribution->min_ns;
    distribution->max_ns = greatest > distribution->max_ns ? greatest : distribution->max_ns;
    distribution->sum_ns += weir_sum_get(&part->sum_ns);
    distribution->count += count;
}

static weir_time within(weir_time value, weir_time low, weir_time high)
{
    return value < low ? low : value > high ? high : value;
}

/* The bucket that has the one of that rank, from 1. */
static uint32_t find_rank(const struct weir_distribution *distribution, uint64_t rank)
{
    uint64_t passed = 0;

    for (uint32_t i = 0; i < LAST; i++) {
        passed += distribution->buckets[i];
        if (passed >= rank) {
            return i;
        }
    }
    return LAST;
}

weir_time weir_distribution_quantile(const struct weir_distribution *distribution, double share)
{
    assert(share >= 0);
    assert(share <= 1);
    double exact = share * (double)distribution->count;
    uint64_t rank = (uint64_t)exact;

    if (distribution->count == 0) {
        return 0;
    }
    rank += (double)rank < exact || rank == 0 ? 1 : 0; /* rounded up, from 1 */
    uint32_t bucket = find_rank(distribution, rank);
    return bucket == LAST ? distribution->max_ns
                          : within(middle_of(bucket), distribution->min_ns, distribution->max_ns);
}
