#include "framework/waves.h"

#include <assert.h>

void weir_waves_reset(struct weir_waves *waves)
{
    *waves = (struct weir_waves){.size = 0};
}

void weir_waves_pause(struct weir_waves *waves)
{
    waves->size = 0;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t bunch_of(const struct weir_waves *waves)
{
    return larger((waves->size + 1) / 2, 1);
}

static void start(struct weir_waves *waves, int64_t spread_ms, weir_time now)
{
    assert(spread_ms >= 0);
    *waves = (struct weir_waves){.size = WEIR_WAVES_LEAST,
                                 .begun = waves->begun - waves->claimed, /* before a pause */
                                 .since = now,
                                 .step = (weir_time)spread_ms * WEIR_NS_PER_MS / WEIR_WAVES_STEPS};
}

/* A part of all that are known by now: those that come to wait later would trickle else, by bunches
 * that were made for a few. */
static void grow(struct weir_waves *waves, size_t waiting)
{
    size_t all = waves->begun + waiting;

    waves->size = larger(waves->size, (all + WEIR_WAVES_PARTS - 1) / WEIR_WAVES_PARTS);
}

/* So many may have begun by now. */
static size_t allowed(const struct weir_waves *waves, weir_time now)
{
    size_t steps = (size_t)((now - waves->since) / waves->step);

    return waves->size + larger(waves->claimed, steps * bunch_of(waves));
}

/* When so many may have, by time alone. */
static weir_time time_of(const struct weir_waves *waves, size_t count)
{
    size_t beyond = count > waves->size ? count - waves->size : 0;
    size_t steps = (beyond + bunch_of(waves) - 1) / bunch_of(waves);

    return waves->since + (weir_time)steps * waves->step;
}

/* Fewer than a bunch only when no more wait. */
static size_t next_of(const struct weir_waves *waves, size_t waiting)
{
    return waiting < bunch_of(waves) ? waiting : bunch_of(waves);
}

size_t weir_waves_begin(struct weir_waves *waves, size_t waiting, int64_t spread_ms, weir_time now)
{
    if (waves->size == 0 && waiting > 0) {
        start(waves, spread_ms, now);
    }
    if (waiting > 0) {
        grow(waves, waiting);
    }
    size_t limit = waves->step == 0 ? waves->begun + waiting : allowed(waves, now);
    size_t room = limit > waves->begun ? limit - waves->begun : 0;
    size_t count = room < next_of(waves, waiting) ? 0 : room < waiting ? room : waiting;

    waves->begun += count;
    waves->due = waiting == count ? WEIR_TIME_NEVER
                                  : time_of(waves, waves->begun + next_of(waves, waiting - count));
    assert(waves->claimed <= waves->begun);
    return count;
}

void weir_waves_claimed(struct weir_waves *waves)
{
    waves->claimed += waves->claimed < waves->begun ? 1 : 0;
}

bool weir_waves_count(const struct weir_waves *waves)
{
    return waves->size == 0 ? waves->begun > 0 : waves->due != WEIR_TIME_NEVER;
}

weir_time weir_waves_due(const struct weir_waves *waves)
{
    return waves->size == 0 ? WEIR_TIME_NEVER : waves->due;
}
