/* What does the switch that is under way make of each partition of a group? */
#ifndef WEIR_TOOLS_ZOO_GROUP_SWITCH_H
#define WEIR_TOOLS_ZOO_GROUP_SWITCH_H

#include "tools/group_view.h"
#include "tools/zoo_group.h"
#include "tools/zoo_look.h"

/* The request, and of the partitions: where the old color stops, as long as it has not handed over;
 * to where they are set back, as long as they are not; and which are left to nobody. Of a group
 * that nothing is asked of, nothing. Papers that are damaged, or are of another switch, are a
 * reason in the view. Within the time that the talk is allowed. The exit code, and it is said.
 * Thread: one at a time. */
int weir_zoo_group_ask_switch(const struct weir_zoo_group *group, const struct weir_zoo_look *look,
                              struct weir_view *view);

#endif /* WEIR_TOOLS_ZOO_GROUP_SWITCH_H */
