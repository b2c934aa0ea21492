/* What would change if these offsets were committed? */
#ifndef WEIR_TOOLS_OFFSET_PLAN_H
#define WEIR_TOOLS_OFFSET_PLAN_H

#include "tools/group_view.h"

/* Pure. Thread: one at a time. Memory: the heap, freed by fini; zeroed is empty. */
enum weir_change_kind {
    WEIR_CHANGE_SET,
    WEIR_CHANGE_SAME,    /* it stands there already */
    WEIR_CHANGE_NOTHING, /* nothing is committed that could be shifted */
    WEIR_CHANGE_MISSING, /* there is no such partition */
    WEIR_CHANGE_UNKNOWN  /* where the partition begins and ends, or what is committed */
};

struct weir_change {
    char *topic;
    int32_t partition;
    int64_t old;    /* or WEIR_VIEW_UNKNOWN */
    int64_t wanted; /* as it was asked for, or WEIR_VIEW_UNKNOWN */
    int64_t offset; /* what will be committed: `wanted`, moved into [begin, end]; else `old` */
    char *metadata; /* to be committed with it; NULL: none */
    enum weir_change_kind kind;
    bool none; /* `old` is unknown because nothing is committed */
};

struct weir_plan {
    struct weir_change *changes; /* in the order they were added */
    size_t count;
};

/* Metadata belongs to the offset it is committed with: where that is moved into what there is, it
 * is left out. NULL: none, and the one that stands there is no reason to write. */
void weir_plan_set(struct weir_plan *plan, const struct weir_view_partition *partition,
                   int64_t wanted, const char *metadata);
void weir_plan_shift(struct weir_plan *plan, const struct weir_view_partition *partition,
                     int64_t by);
void weir_plan_unknown(struct weir_plan *plan, const struct weir_view_partition *partition);
void weir_plan_missing(struct weir_plan *plan, const char *topic, int32_t partition,
                       int64_t wanted);
size_t weir_plan_count(const struct weir_plan *plan, enum weir_change_kind kind);
/* What is to be said of it beside the numbers: "" or a few words. */
const char *weir_change_note(const struct weir_change *change);
void weir_plan_fini(struct weir_plan *plan);

#endif /* WEIR_TOOLS_OFFSET_PLAN_H */
