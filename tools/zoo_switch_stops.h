/* How are stop offsets written, and shown? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_STOPS_H
#define WEIR_TOOLS_ZOO_SWITCH_STOPS_H

#include "tools/zoo_switch_plan.h"
#include "tools/zoo_switch_sight.h"

/* Of the wish, as weir/stops holds them, for weir_free. The exit code, and it is said. */
int weir_switch_stops_text(const struct weir_switch_wish *wish, char **out);
/* Those of which the active color has no topic are in the way of the plan if somebody gave them;
 * else they are dropped from the wish. Of one half of a swap nothing is in the way yet. */
void weir_switch_stops_judge(const struct weir_switch_wish *wish, struct weir_switch_plan *plan);
/* What was given for a swap is for both halves, and each takes that of which its own active color
 * has the topic: what neither has is in the way of the first one's plan. A half without a stop
 * offset drains as if there were none. After both were judged by themselves. */
void weir_switch_stops_share(struct weir_switch_wish *const wishes[2],
                             struct weir_switch_plan *const plans[2]);
/* A table, after the topics that would move; nothing without stop offsets. */
void weir_switch_stops_show(const struct weir_switching *switching);
/* [{"topic","partition","committed","stop","end"}]. The caller releases it. */
struct json_t *weir_switch_stops_json(const struct weir_switch_wish *wish);

#endif /* WEIR_TOOLS_ZOO_SWITCH_STOPS_H */
