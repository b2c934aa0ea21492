/* How does the command get at a group and its offsets? */
#ifndef WEIR_TOOLS_GROUP_SOURCE_H
#define WEIR_TOOLS_GROUP_SOURCE_H

#include "tools/choice.h"
#include "tools/group_view.h"
#include "tools/offset_plan.h"
#include "tools/options.h"

/* One group: its topics in Kafka, its members and offsets in Kafka or ZooKeeper, as the
 * configuration says. Every call answers within the timeout, give or take a second; what goes wrong
 * is said on standard error, and the exit code for it is returned. Thread: one at a time. */
struct weir_group_source;

/* Before the first source: what they are made of, in this process; another time changes nothing. */
int weir_group_source_configure(const struct weir_cli_config *cli);
/* NULL: group.id of the configuration, which must have one then; and the store of its offsets, one
 * of weir.offsets.store, which NULL means. Nothing connects yet. */
int weir_group_source_open(const char *group, const char *store, int64_t timeout_ms,
                           struct weir_group_source **out);
/* NULL is accepted. */
void weir_group_source_close(struct weir_group_source *source);
/* Borrowed until it is closed. */
const char *weir_group_source_name(const struct weir_group_source *source);

/* Is there a place for metadata beside its offsets? */
bool weir_group_source_keeps_metadata(const struct weir_group_source *source);

/* weir.strategy of the configuration, or its default; NULL: it is not what divides this group. */
const char *weir_group_source_strategy(const struct weir_group_source *source);

/* The member that the configuration is of, by the name that it keeps: weir.member.id in a ZooKeeper
 * group, group.instance.id in one of the brokers. NULL: it has none. */
const char *weir_group_source_member(const struct weir_group_source *source);

struct weir_look {
    const struct weir_choice *choice; /* empty: what the group has or has committed */
    bool ages;                        /* read one record of each partition that lags */
    bool offsets_alone;               /* what is committed, and nothing else */
};

/* The caller gives *out to weir_view_fini, whatever is returned. What of it is not known, although
 * it was asked for, has its trouble. */
int weir_group_source_look(struct weir_group_source *source, const struct weir_look *look,
                           struct weir_view *out);
/* The view that strategies are asked with, as a line of JSON (plan_read.h), which the caller frees.
 * WEIR_EXIT_NO_GROUP, and said: it has no members. */
int weir_group_source_plan(struct weir_group_source *source, char **out);
/* The first offset of each partition of the view whose record is of this time or later; the end
 * where there is none, WEIR_VIEW_UNKNOWN where it cannot be learnt. `offsets` has as many places as
 * the view has partitions. */
int weir_group_source_find_time(struct weir_group_source *source, const struct weir_view *view,
                                int64_t time_ms, int64_t *offsets);
/* Commits every change of the kind WEIR_CHANGE_SET, unless the group has members, and reads it
 * back. WEIR_EXIT_TRY_AGAIN: it has, or it is not as it should be now. */
int weir_group_source_write(struct weir_group_source *source, const struct weir_plan *plan);
/* Looks who is in the way of a write, wherever members are that use these offsets. Says so and
 * returns WEIR_EXIT_TRY_AGAIN if somebody is. */
int weir_group_source_refuse(struct weir_group_source *source);

#endif /* WEIR_TOOLS_GROUP_SOURCE_H */
