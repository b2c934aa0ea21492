/* How does the command get at a group in ZooKeeper? */
#ifndef WEIR_TOOLS_ZOO_GROUP_H
#define WEIR_TOOLS_ZOO_GROUP_H

#include "tools/group_view.h"
#include "tools/offset_plan.h"
#include <weir/config.h>

/* One group, as weir's members, Kafka's old consumers and go_kafka_client keep it there. What goes
 * wrong is said on standard error, and the exit code for it is returned; each call has its own
 * time. Thread: one at a time. Memory: the heap, freed by close. */
struct weir_zoo_group;
struct weir_zoo_world;

/* `world` NULL is the real one (zoo_talk.h). Nothing connects yet. Copies the name, borrows the
 * rest. */
int weir_zoo_group_open(const struct weir_config *config, const char *group,
                        const struct weir_zoo_world *world, struct weir_zoo_group **out);
/* NULL is accepted. */
void weir_zoo_group_close(struct weir_zoo_group *group);

/* State and members, and who owns what of the view's partitions. */
int weir_zoo_group_describe(struct weir_zoo_group *group, int64_t timeout_ms,
                            struct weir_view *view);
/* The offsets in ZooKeeper of the view's partitions. */
int weir_zoo_group_ask_committed(struct weir_zoo_group *group, int64_t timeout_ms,
                                 struct weir_view *view);
/* Stores every change of the kind WEIR_CHANGE_SET, each only if nobody owns the partition and its
 * node is as it was when this began, and reads it back. WEIR_EXIT_TRY_AGAIN: not everything stands
 * there as it should. */
int weir_zoo_group_write(struct weir_zoo_group *group, int64_t timeout_ms,
                         const struct weir_plan *plan);
/* The view of the group that strategies are asked with, as a line of JSON (plan_read.h), which the
 * caller frees; NULL: it has no members. Who has what is what the members would begin with: the
 * last allotment, or without one the owners. */
int weir_zoo_group_plan(struct weir_zoo_group *group, int64_t timeout_ms, char **out);

#endif /* WEIR_TOOLS_ZOO_GROUP_H */
