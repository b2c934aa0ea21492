#include "tools/switch_health.h"

#include "tools/options.h"
#include <string.h>

enum {
    ERRORS_MAX = 100,
    LATENCY_MAX = 1000,
    LAG_MAX = 100000,
    RECORDS_MAX = 1000000000,
    WATCHED_MS = 60000
};

static bool take_word(struct weir_switch_health_wish *wish, const char *text)
{
    wish->given = true;
    wish->take_back = strcmp(text, "back") == 0;
    return wish->take_back || strcmp(text, "tell") == 0;
}

bool weir_switch_health_take(struct weir_switch_health_wish *wish, int option, const char *text)
{
    switch (option) {
    case 'e':
        return weir_cli_number(text, 1, ERRORS_MAX, &wish->errors);
    case 'l':
        return weir_cli_number(text, 1, LATENCY_MAX, &wish->latency);
    case 'g':
        return weir_cli_number(text, 1, LAG_MAX, &wish->lag);
    case 'N':
        return weir_cli_number(text, 1, RECORDS_MAX, &wish->records);
    default:
        return take_word(wish, text);
    }
}

bool weir_switch_health_settle(const struct weir_config *config,
                               struct weir_switch_health_wish *wish, int64_t *health_ms)
{
    bool limited = wish->errors > 0 || wish->latency > 0 || wish->lag > 0 || wish->records > 0;
    const char *key = weir_config_get(config, "weir.bluegreen.rollback");

    if (!wish->given) {
        wish->take_back = key != NULL && strcmp(key, "unhealthy") == 0;
    }
    if (*health_ms < 0) {
        *health_ms = wish->take_back ? WATCHED_MS : 0;
    }
    if (*health_ms == 0 && (limited || wish->given)) {
        weir_cli_complain("without --health nobody watches how the new color does: --max-errors, "
                          "--max-latency, --max-lag, --min-records and --on-unhealthy go with it");
        return false;
    }
    return true;
}
