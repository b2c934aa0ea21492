/* How much worse may the new color do, and what then? */
#ifndef WEIR_TOOLS_SWITCH_HEALTH_H
#define WEIR_TOOLS_SWITCH_HEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/config.h>

/* As it is wished for: 0 is the preset. Thread: one. */
struct weir_switch_health_wish {
    int64_t errors;
    int64_t latency;
    int64_t lag;
    int64_t records;
    bool given; /* what to do when it is unhealthy, or else the configuration says so: */
    bool take_back;
};

/* One of --max-errors (e), --max-latency (l), --max-lag (g), --min-records (N) and --on-unhealthy
 * (B). False: it cannot be that. */
bool weir_switch_health_take(struct weir_switch_health_wish *wish, int option, const char *text);
/* With what the configuration says where nothing was given. *health_ms, -1 when that was not given,
 * becomes for how long it is watched: a minute if it is to be taken back, else not at all.
 * False, and it is said: nothing is watched, and yet there are limits. */
bool weir_switch_health_settle(const struct weir_config *config,
                               struct weir_switch_health_wish *wish, int64_t *health_ms);

#endif /* WEIR_TOOLS_SWITCH_HEALTH_H */
