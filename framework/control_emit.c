#include "framework/base/memory.h"
#include "framework/control_state.h"
#include "framework/snapshot.h"
#include <assert.h>

enum weir_status weir_control_open_emitters(struct weir_control *control)
{
    const struct weir_emitter_env env = {.config = control->options.config,
                                         .log = &control->options.report->log,
                                         .now = control->started_at};
    struct weir_error error = {0};

    control->emit_at = control->options.status_interval_ms > 0
                           ? weir_time_after_ms(env.now, control->options.status_interval_ms)
                           : WEIR_TIME_NEVER;
    control->measurement = weir_calloc(1, sizeof *control->measurement);
    return control->measurement == NULL ? WEIR_ERR_NOMEM
                                        : weir_emitters_open(&env, &control->emitters, &error);
}

void weir_control_close_emitters(struct weir_control *control)
{
    weir_emitters_close(control->emitters);
    weir_free(control->measurement);
}

static int64_t commit_age_ms(const struct weir_control *control, weir_time now)
{
    const struct weir_holding *holding = NULL;
    weir_time oldest = now;

    while ((holding = weir_holdings_next(&control->holdings, holding)) != NULL) {
        if (holding->dirty_since != 0 && holding->dirty_since < oldest) {
            oldest = holding->dirty_since;
        }
    }
    /* Rounded up: 0 is for nothing that waits. */
    return (now - oldest + WEIR_NS_PER_MS - 1) / WEIR_NS_PER_MS;
}

static void read_gauges(const struct weir_control *control, struct weir_measurement *out)
{
    const struct weir_snapshot *snapshot = out->snapshot;
    struct weir_pool *pool = control->options.fetching->pool;
    int64_t *gauges = out->gauges;

    gauges[WEIR_GAUGE_PARTITIONS] = (int64_t)snapshot->assigned;
    gauges[WEIR_GAUGE_LAG] = (int64_t)snapshot->lag;
    gauges[WEIR_GAUGE_LAG_UNKNOWN] = (int64_t)snapshot->lag_unknown;
    gauges[WEIR_GAUGE_IN_FLIGHT] = (int64_t)snapshot->in_flight;
    gauges[WEIR_GAUGE_LETTERS] = (int64_t)snapshot->letters;
    gauges[WEIR_GAUGE_HELD] = (int64_t)snapshot->held;
    gauges[WEIR_GAUGE_OLDEST] = snapshot->oldest_ms > 0 ? snapshot->oldest_ms : 0;
    gauges[WEIR_GAUGE_BUFFERED] = (int64_t)snapshot->buffered;
    gauges[WEIR_GAUGE_BYTES] = (int64_t)snapshot->bytes;
    gauges[WEIR_GAUGE_COMMIT_AGE] = commit_age_ms(control, out->time);
    gauges[WEIR_GAUGE_QUEUED] = (int64_t)weir_pool_queued(pool);
    gauges[WEIR_GAUGE_BUSY] = (int64_t)weir_pool_busy(pool);
    gauges[WEIR_GAUGE_MAY_OWN] = snapshot->may_own ? 1 : 0;
    gauges[WEIR_GAUGE_EPOCH] = (int64_t)snapshot->epoch;
    gauges[WEIR_GAUGE_PHASE] = (int64_t)snapshot->step_index;
    gauges[WEIR_GAUGE_SHADOW] = snapshot->shadow ? (int64_t)snapshot->assigned : 0;
}

static void emit(struct weir_control *control, enum weir_occasion occasion, enum weir_state state)
{
    struct weir_measurement *measurement = control->measurement;
    struct weir_snapshot *snapshot = NULL;

    if (weir_control_picture(control, &snapshot) != WEIR_OK) {
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "status",
                 "no memory to say how it goes");
        return;
    }
    snapshot->state = state;
    weir_snapshot_sort(snapshot);
    measurement->time = weir_clock_now();
    measurement->snapshot = snapshot;
    read_gauges(control, measurement);
    for (int i = 0; i < (int)WEIR_HISTOGRAMS; i++) {
        weir_meters_read(control->options.report->meters, (enum weir_histogram)i,
                         &measurement->histograms[i]);
    }
    weir_emitters_emit(control->emitters, occasion, measurement);
    measurement->snapshot = NULL;
    weir_snapshot_destroy(snapshot);
}

void weir_control_ask_emit(struct weir_control *control)
{
    weir_requests_add(&control->emission, 1);
    weir_loop_wake(control->loop);
}

void weir_control_emit_end(struct weir_control *control, enum weir_state state)
{
    emit(control, WEIR_OCCASION_END, state);
    control->emit_at = WEIR_TIME_NEVER;
}

weir_time weir_control_emit(struct weir_control *control, weir_time now)
{
    if (weir_requests_take(&control->emission) != 0) {
        emit(control, WEIR_OCCASION_ASKED, control->state);
    }
    if (now >= control->emit_at) {
        emit(control, WEIR_OCCASION_STATUS, control->state);
        control->emit_at = weir_time_after_ms(now, control->options.status_interval_ms);
    }
    return control->emit_at;
}
