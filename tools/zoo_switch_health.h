/* How does the new color of a switch do, and who is told? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_HEALTH_H
#define WEIR_TOOLS_ZOO_SWITCH_HEALTH_H

#include "tools/zoo_switch_sight.h"

struct json_t;

/* By what members have told so far. A lag that grows is found by those who know since when: the
 * members, and who waits. */
enum weir_switch_verdict weir_switch_health_look(const struct weir_zoo_look *look,
                                                 char why[WEIR_SWITCH_WHY_SIZE]);
/* "limits: ..." for people, where health is watched. */
void weir_switch_health_print(FILE *out, const struct weir_switch_request *request);
/* {"max_errors","max_latency","max_lag","min_records","on_unhealthy"}. The caller releases it, as
 * the next. */
struct json_t *weir_switch_health_json(const struct weir_switch_request *request);
/* {"verdict","why"}; null unless a health is watched just now. */
struct json_t *weir_switch_health_look_json(const struct weir_zoo_look *look);
/* To who waits, when it is another one than *told: a line. */
void weir_switch_health_news(const struct weir_switching *switching,
                             const struct weir_switch_sight *sight, int64_t elapsed_ms,
                             enum weir_switch_verdict *told);

#endif /* WEIR_TOOLS_ZOO_SWITCH_HEALTH_H */
