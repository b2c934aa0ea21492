#include "framework/switch_health.h"

#include "framework/base/error.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define US_PER_MS 1000.0
#define HUNDRED   100.0

enum { ERRORS_MAX = 100, LATENCY_MAX = 1000, LAG_MAX = 100000, RECORDS_MAX = 1000000000 };

/* Limits. */

enum weir_status weir_switch_health_check(const struct weir_switch_health_limits *limits,
                                          struct weir_error *error)
{
    const struct {
        const char *name;
        int64_t value;
        int64_t most;
    } all[] = {{"of more errors: give percentage points", limits->errors, ERRORS_MAX},
               {"of the time in handlers: give a factor", limits->latency, LATENCY_MAX},
               {"of the growth of the lag: give percentage points", limits->lag, LAG_MAX},
               {"of records before it is judged: give a number", limits->records, RECORDS_MAX}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].value < 0 || all[i].value > all[i].most) {
            return weir_error_set(error, WEIR_ERR_INVALID, 0,
                                  "the limit %s from 1 to %" PRId64 ", or 0 for the preset",
                                  all[i].name, all[i].most);
        }
    }
    return WEIR_OK;
}

static int64_t or_preset(int64_t limit, int64_t preset)
{
    return limit == 0 ? preset : limit;
}

static bool is_enough(const struct weir_vitals *vitals,
                      const struct weir_switch_health_limits *limits)
{
    return vitals->told &&
           vitals->records >= (uint64_t)or_preset(limits->records, WEIR_SWITCH_RECORDS_PRESET);
}

/* Shares of the records, in percent; there are some. */

static double percent_of(double part, const struct weir_vitals *of)
{
    return HUNDRED * part / (double)of->records;
}

static double errors_of(const struct weir_vitals *vitals)
{
    return percent_of((double)vitals->failed, vitals);
}

static double microseconds_of(const struct weir_vitals *vitals)
{
    return (double)vitals->busy_us / (double)vitals->records;
}

static double growth_of(const struct weir_vitals *vitals)
{
    bool grew = vitals->lag_known && vitals->lag_grew > 0;

    return grew ? percent_of((double)vitals->lag_grew, vitals) : 0;
}

/* Judging: each says whether it is worse in one thing, and by how much. */

static bool fails_more(const struct weir_switch_health *health, bool compares, char *why)
{
    double before = compares ? errors_of(&health->before) : 0;
    double now = errors_of(&health->now);
    double more = (double)or_preset(health->limits.errors, WEIR_SWITCH_ERRORS_PRESET);

    if (now <= before + more) {
        return false;
    }
    int size = snprintf(why, WEIR_SWITCH_HEALTH_WHY_SIZE, "%s fails %.1f %% of its records",
                        health->to, now);
    if (compares) {
        (void)snprintf(why + size, WEIR_SWITCH_HEALTH_WHY_SIZE - (size_t)size,
                       ", %s failed %.1f %%", health->from, before);
    }
    return true;
}

static bool takes_longer(const struct weir_switch_health *health, bool compares, char *why)
{
    double before = compares ? microseconds_of(&health->before) : 0;
    double now = microseconds_of(&health->now);
    double times = (double)or_preset(health->limits.latency, WEIR_SWITCH_LATENCY_PRESET);

    if (!compares || now <= times * before || now < before + (double)WEIR_SWITCH_LATENCY_MORE_US) {
        return false;
    }
    (void)snprintf(why, WEIR_SWITCH_HEALTH_WHY_SIZE,
                   "%s takes %.1f ms in the handler for each record, %s took %.1f ms", health->to,
                   now / US_PER_MS, health->from, before / US_PER_MS);
    return true;
}

/* Also of a color that does nothing at all. */
static bool falls_behind(const struct weir_switch_health *health, bool compares, char *why)
{
    const struct weir_vitals *now = &health->now;
    double before = compares ? growth_of(&health->before) : 0;
    double more = (double)or_preset(health->limits.lag, WEIR_SWITCH_LAG_PRESET);
    double allowed = (before + more) * (double)now->records / HUNDRED;
    int64_t least = or_preset(health->limits.records, WEIR_SWITCH_RECORDS_PRESET);

    if (!health->late || !now->told || !now->lag_known || now->lag_grew < least ||
        (double)now->lag_grew <= allowed) {
        return false;
    }
    int size = snprintf(why, WEIR_SWITCH_HEALTH_WHY_SIZE,
                        "the lag of %s has grown by %" PRId64 " records while it handled %" PRIu64,
                        health->to, now->lag_grew, now->records);
    if (compares) {
        (void)snprintf(why + size, WEIR_SWITCH_HEALTH_WHY_SIZE - (size_t)size,
                       ", that of %s by %.1f %% of what it handled", health->from, before);
    }
    return true;
}

enum weir_switch_verdict weir_switch_health_judge(const struct weir_switch_health *health,
                                                  char why[WEIR_SWITCH_HEALTH_WHY_SIZE])
{
    bool compares = is_enough(&health->before, &health->limits);
    bool enough = is_enough(&health->now, &health->limits);

    why[0] = '\0';
    if ((enough && (fails_more(health, compares, why) || takes_longer(health, compares, why))) ||
        falls_behind(health, compares, why)) {
        return WEIR_SWITCH_UNHEALTHY;
    }
    return enough ? WEIR_SWITCH_HEALTHY : WEIR_SWITCH_UNJUDGED;
}

const char *weir_switch_verdict_name(enum weir_switch_verdict verdict)
{
    static const char *const names[] = {[WEIR_SWITCH_UNJUDGED] = "unjudged",
                                        [WEIR_SWITCH_HEALTHY] = "healthy",
                                        [WEIR_SWITCH_UNHEALTHY] = "unhealthy"};

    assert(verdict <= WEIR_SWITCH_UNHEALTHY);
    return names[verdict];
}
