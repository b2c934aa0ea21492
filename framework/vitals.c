#include "framework/vitals.h"

#include <assert.h>
#include <string.h>

static int64_t within(int64_t value)
{
    if (value > WEIR_VITALS_MAX) {
        return WEIR_VITALS_MAX;
    }
    return value < -WEIR_VITALS_MAX ? -WEIR_VITALS_MAX : value;
}

static uint64_t count_within(uint64_t value)
{
    return value > (uint64_t)WEIR_VITALS_MAX ? (uint64_t)WEIR_VITALS_MAX : value;
}

void weir_vitals_add(struct weir_vitals *sum, const struct weir_vitals *one)
{
    if (!one->told) {
        return;
    }
    sum->records = count_within(sum->records + count_within(one->records));
    sum->failed = count_within(sum->failed + count_within(one->failed));
    sum->busy_us = within(sum->busy_us + within(one->busy_us));
    sum->lag_grew = within(sum->lag_grew + within(one->lag_grew));
    sum->lag_known = one->lag_known && (sum->lag_known || !sum->told);
    sum->told = true;
}

bool weir_vitals_equal(const struct weir_vitals *a, const struct weir_vitals *b)
{
    return a->told == b->told && a->lag_known == b->lag_known && a->records == b->records &&
           a->failed == b->failed && a->busy_us == b->busy_us && a->lag_grew == b->lag_grew;
}

/* Keeping. */

static bool is_read(const struct weir_vitals_log *log)
{
    return log->newest.at != 0;
}

/* Only of the same partitions is what they lag now more or less than what they did before. */
static void follow_lag(struct weir_vitals_log *log, const struct weir_vitals_reading *reading,
                       weir_time now)
{
    const struct weir_vitals_reading *last = &log->last;

    if (is_read(log) && last->lag_known && reading->lag_known && last->shares == reading->shares) {
        log->newest.lag_grew += (int64_t)(reading->lag - last->lag);
        log->newest.followed += now - log->newest.at;
    }
}

void weir_vitals_note(struct weir_vitals_log *log, const struct weir_vitals_reading *reading,
                      weir_time now)
{
    assert(now >= log->newest.at);
    follow_lag(log, reading, now);
    log->last = *reading;
    log->newest.at = now;
    log->newest.done = reading->done;
    log->newest.failed = reading->failed;
    log->newest.busy_us = reading->busy_us;
    if (log->count > 0 && now > weir_time_after_ms(log->points[0].at, WEIR_VITALS_GAP_MS)) {
        log->count = 0; /* meanwhile it stood by, and may have done other things */
    }
    if (log->count > 0 && now < weir_time_after_ms(log->points[0].at, WEIR_VITALS_EVERY_MS)) {
        return;
    }
    log->count += log->count < WEIR_VITALS_POINTS ? 1 : 0;
    memmove(&log->points[1], &log->points[0], (log->count - 1) * sizeof log->points[0]);
    log->points[0] = log->newest;
}

void weir_vitals_mark(struct weir_vitals_log *log)
{
    log->mark = log->newest;
}

/* Telling. */

static void tell(const struct weir_vitals_point *from, const struct weir_vitals_point *to,
                 struct weir_vitals *out)
{
    uint64_t failed = to->failed - from->failed;
    weir_time followed = to->followed - from->followed;

    *out = (struct weir_vitals){.told = false};
    if (from->at == 0 || to->at <= from->at) {
        return;
    }
    out->told = true;
    out->records = count_within(to->done - from->done + failed);
    out->failed = count_within(failed);
    out->busy_us = within(to->busy_us - from->busy_us);
    out->lag_known = followed >= (to->at - from->at) / 2;
    out->lag_grew = out->lag_known ? within(to->lag_grew - from->lag_grew) : 0;
}

void weir_vitals_since_mark(const struct weir_vitals_log *log, struct weir_vitals *out)
{
    tell(&log->mark, &log->newest, out);
}

void weir_vitals_recent(const struct weir_vitals_log *log, struct weir_vitals *out)
{
    const struct weir_vitals_point none = {.at = 0};

    tell(log->count == 0 ? &none : &log->points[log->count - 1], &log->newest, out);
}
