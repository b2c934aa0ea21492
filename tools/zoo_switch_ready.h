/* Is the color that is to take over ready for it? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_READY_H
#define WEIR_TOOLS_ZOO_SWITCH_READY_H

#include "tools/zoo_switch_plan.h"

struct json_t;

/* Its members' handlers are open, or they would not be there; what they have on paper is in the
 * division of the look, which is theirs. */

/* What nobody of it has on paper, and the active color has, is in the way of the plan. */
void weir_switch_ready_judge(const struct weir_zoo_look *look, struct weir_switch_plan *plan);
/* A table of its members, with the partitions that they would take and their handlers; and a
 * warning if these are not the same. Nothing without members. */
void weir_switch_ready_show(const struct weir_switching *switching,
                            const struct weir_switch_plan *plan);
/* [{"id","partitions","handler","version"}]. The caller releases it. */
struct json_t *weir_switch_ready_json(const struct weir_switching *switching,
                                      const struct weir_switch_plan *plan);

#endif /* WEIR_TOOLS_ZOO_SWITCH_READY_H */
