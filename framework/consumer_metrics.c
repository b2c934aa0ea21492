#include "framework/consumer_state.h"
#include <assert.h>
#include <string.h>

uint64_t weir_consumer_counter(const struct weir_consumer *consumer, enum weir_counter counter)
{
    assert((unsigned)counter < WEIR_COUNTERS);
    return weir_tally_get(&consumer->report.counters[counter]);
}

void weir_consumer_histogram(const struct weir_consumer *consumer, enum weir_histogram histogram,
                             struct weir_summary *out)
{
    struct weir_distribution found;

    weir_meters_read(consumer->report.meters, histogram, &found);
    struct weir_summary summary = {.size = out->size,
                                   .count = found.count,
                                   .sum_ns = found.sum_ns,
                                   .min_ns = found.min_ns,
                                   .max_ns = found.max_ns,
                                   .p50_ns = weir_distribution_quantile(&found, 0.5),
                                   .p90_ns = weir_distribution_quantile(&found, 0.9),
                                   .p99_ns = weir_distribution_quantile(&found, 0.99),
                                   .p999_ns = weir_distribution_quantile(&found, 0.999)};
    /* A caller built against an older header has room for less of it. */
    memcpy(out, &summary, out->size < sizeof summary ? out->size : sizeof summary);
}

void weir_consumer_emit(struct weir_consumer *consumer)
{
    weir_control_ask_emit(consumer->control);
}
