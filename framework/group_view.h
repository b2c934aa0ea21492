/* What does a strategy see of a ZooKeeper group? */
#ifndef WEIR_FRAMEWORK_GROUP_VIEW_H
#define WEIR_FRAMEWORK_GROUP_VIEW_H

#include "framework/allotment.h"
#include "framework/roster.h"
#include <weir/strategy.h>

/* Built from what is in ZooKeeper alone: the members' own words and the last allotment. Pure, but
 * for memory. Thread: any. Memory: the heap; borrows from the roster. */
struct weir_group_view {
    struct weir_strategy_view view;
    uint64_t digest; /* of everything in it but the previous owners, and of the strategy's name */
    struct weir_strategy_member *members;
    struct weir_strategy_topic *topics;
    uint32_t *subscribed; /* what the members' topics point into */
    uint32_t *owned;
};

/* What is to be divided. */
struct weir_group_share {
    const struct weir_roster *roster;
    const char *strategy;
    const char *color; /* NULL: none */
    const struct weir_allotment *last;
};

/* Of the members of one color, as if the others were not there; color NULL: of members without.
 * WEIR_ERR_STATE: there is a member whose strategy is not `strategy`, who has no
 * color where others have, or whose registration is of a newer weir; the sentence says who.
 * WEIR_ERR_FULL: more partitions than WEIR_GROUP_PARTITIONS_MAX. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_group_view_create(const struct weir_group_share *share,
                                                        struct weir_group_view *out,
                                                        struct weir_error *error);
/* NULL is one, too: that of who has none. */
bool weir_is_same_color(const char *a, const char *b);
/* Accepts zeroed memory. */
void weir_group_view_fini(struct weir_group_view *view);

#endif /* WEIR_FRAMEWORK_GROUP_VIEW_H */
