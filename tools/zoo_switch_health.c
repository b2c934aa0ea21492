#include "tools/zoo_switch_health.h"

#include "tools/zoo_switch_progress.h"
#include "tools/zoo_switch_show.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

enum weir_switch_verdict weir_switch_health_look(const struct weir_zoo_look *look,
                                                 char why[WEIR_SWITCH_WHY_SIZE])
{
    size_t count = 0;
    struct weir_switch_member *members = weir_switching_members(look, &count);
    const struct weir_switch_sight sight = {.members = members, .member_count = count};
    enum weir_switch_verdict verdict = weir_switch_judge(&look->record, &sight, why);

    free(members);
    return verdict;
}

static int64_t or_preset(int64_t limit, int64_t preset)
{
    return limit == 0 ? preset : limit;
}

static struct weir_switch_health_limits limits_of(const struct weir_switch_request *request)
{
    const struct weir_switch_health_limits *given = &request->health;

    return (struct weir_switch_health_limits){
        .errors = or_preset(given->errors, WEIR_SWITCH_ERRORS_PRESET),
        .latency = or_preset(given->latency, WEIR_SWITCH_LATENCY_PRESET),
        .lag = or_preset(given->lag, WEIR_SWITCH_LAG_PRESET),
        .records = or_preset(given->records, WEIR_SWITCH_RECORDS_PRESET)};
}

static const char *unhealthy_of(const struct weir_switch_request *request)
{
    return request->unhealthy == WEIR_SWITCH_TAKE_BACK ? "back" : "tell";
}

void weir_switch_health_print(FILE *out, const struct weir_switch_request *request)
{
    const struct weir_switch_health_limits limits = limits_of(request);

    if (request->limits.health_ms > 0) {
        (void)fprintf(out,
                      "health: max errors +%" PRId64 " %%, max latency x%" PRId64
                      ", max lag +%" PRId64 " %%, min records %" PRId64 ", on unhealthy %s\n",
                      limits.errors, limits.latency, limits.lag, limits.records,
                      unhealthy_of(request));
    }
}

json_t *weir_switch_health_json(const struct weir_switch_request *request)
{
    const struct weir_switch_health_limits limits = limits_of(request);

    return json_pack("{s:I, s:I, s:I, s:I, s:s}", "max_errors", (json_int_t)limits.errors,
                     "max_latency", (json_int_t)limits.latency, "max_lag", (json_int_t)limits.lag,
                     "min_records", (json_int_t)limits.records, "on_unhealthy",
                     unhealthy_of(request));
}

json_t *weir_switch_health_look_json(const struct weir_zoo_look *look)
{
    const struct weir_switch *record = &look->record;
    char why[WEIR_SWITCH_WHY_SIZE];

    if (record->step != WEIR_SWITCH_ACTIVE || record->request.limits.health_ms == 0) {
        return json_null();
    }
    enum weir_switch_verdict verdict = weir_switch_health_look(look, why);
    return json_pack("{s:s, s:o}", "verdict", weir_switch_verdict_name(verdict), "why",
                     why[0] == '\0' ? json_null() : json_string(why));
}

/* What comes of it is seen at the next step. */
static void say(const struct weir_switching *switching, enum weir_switch_verdict verdict,
                const char *why, int64_t elapsed_ms)
{
    const struct weir_switch_request *request = &switching->look.record.request;
    FILE *out = switching->out;
    bool back = request->unhealthy == WEIR_SWITCH_TAKE_BACK;

    weir_switch_progress_wipe(switching);
    weir_switch_progress_elapsed(out, elapsed_ms);
    weir_switch_progress_group(switching);
    if (verdict == WEIR_SWITCH_UNHEALTHY) {
        (void)fprintf(out, "no-go: %s%s\n", why,
                      back ? "" : "; weir switch rollback --execute takes it back");
    } else {
        (void)fprintf(out, "%s is %s so far\n", request->to, weir_switch_verdict_name(verdict));
    }
    (void)fflush(out);
}

void weir_switch_health_news(const struct weir_switching *switching,
                             const struct weir_switch_sight *sight, int64_t elapsed_ms,
                             enum weir_switch_verdict *told)
{
    char why[WEIR_SWITCH_WHY_SIZE];
    enum weir_switch_verdict verdict = weir_switch_judge(&switching->look.record, sight, why);

    if (verdict == *told) {
        return;
    }
    *told = verdict;
    if (switching->wish->json) {
        weir_switch_json_health(switching, verdict, why, elapsed_ms);
    } else {
        say(switching, verdict, why, elapsed_ms);
    }
}
