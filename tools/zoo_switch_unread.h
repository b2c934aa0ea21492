/* What of a group's topics does only one of two colors read? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_UNREAD_H
#define WEIR_TOOLS_ZOO_SWITCH_UNREAD_H

#include "tools/zoo_switch_plan.h"

/* Each color may have topics of its own. What only the old one has is in the way, or, if that is
 * wished for, left: it stays where it is committed, and nobody's. The way back of a swap is
 * asked for so only if there is something to leave. What only the new one has begins
 * with it. From the plan's topics, which are the old color's; without a member of the new one
 * nothing is known. Thread: one at a time. */
void weir_switch_unread_judge(const struct weir_switching *switching,
                              struct weir_switch_plan *plan);
#endif /* WEIR_TOOLS_ZOO_SWITCH_UNREAD_H */
