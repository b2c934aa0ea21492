/* What is kept of where a group stood when a switch is asked for? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_KEEP_H
#define WEIR_TOOLS_ZOO_SWITCH_KEEP_H

#include "tools/zoo_switch_sight.h"
#include "tools/zoo_switch_snapshot.h"

/* The snapshot there is; *there false: none, or one that cannot be obeyed, which is a warning. The
 * exit code, and it is said. */
int weir_switch_snapshot_load(struct weir_switching *switching, struct weir_switch_snapshot *out,
                              bool *there);
/* What is to be written with this request, for free(); NULL: nothing. Reads the offsets now, if
 * they are in ZooKeeper. That they cannot be learnt is a warning. The exit code, and it is said. */
int weir_switch_snapshot_make(struct weir_switching *switching,
                              const struct weir_switch_request *request, char **out);

#endif /* WEIR_TOOLS_ZOO_SWITCH_KEEP_H */
