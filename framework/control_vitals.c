#include "framework/control_state.h"

/* How do we do, compared with others? */

static uint64_t sum_of(const struct weir_snapshot *snapshot, const enum weir_counter *counters,
                       size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += snapshot->counters[counters[i]];
    }
    return sum;
}

static int64_t busy_us(const struct weir_control *control)
{
    struct weir_distribution calls = {.count = 0};

    weir_meters_read(control->options.report->meters, WEIR_HISTOGRAM_HANDLER, &calls);
    return (int64_t)(calls.sum_ns / (double)WEIR_NS_PER_US);
}

/* What a handler has before a record that it wants again comes again untouched: it is in neither.
 */
bool weir_control_measure(struct weir_vitals_reading *out, void *user)
{
    static const enum weir_counter done[] = {WEIR_COUNTER_DONE};
    static const enum weir_counter failed[] = {WEIR_COUNTER_RETRIED, WEIR_COUNTER_SKIPPED,
                                               WEIR_COUNTER_HELD, WEIR_COUNTER_LETTERS};
    static const enum weir_counter shares[] = {WEIR_COUNTER_ASSIGNED, WEIR_COUNTER_REVOKED,
                                               WEIR_COUNTER_LOST};
    const struct weir_control *control = user;
    struct weir_snapshot *snapshot = NULL;

    if (weir_control_picture(control, &snapshot) != WEIR_OK) {
        return false;
    }
    *out = (struct weir_vitals_reading){
        .done = sum_of(snapshot, done, sizeof done / sizeof done[0]),
        .failed = sum_of(snapshot, failed, sizeof failed / sizeof failed[0]),
        .busy_us = busy_us(control),
        .lag = snapshot->lag,
        .lag_known = snapshot->lag_unknown == 0,
        .shares = sum_of(snapshot, shares, sizeof shares / sizeof shares[0])};
    weir_snapshot_destroy(snapshot);
    return true;
}
