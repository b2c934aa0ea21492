/* What is the lowest offset that several groups have committed, partition by partition? */
#ifndef WEIR_TOOLS_OFFSETS_LOWEST_H
#define WEIR_TOOLS_OFFSETS_LOWEST_H

#include "tools/group_view.h"
#include "tools/offset_file.h"

/* A group that has committed nothing for a partition has no say in it, and a partition for which
 * nobody has is not there: absent is never 0. Pure. Thread: one at a time. Memory: the heap, freed
 * by fini; zeroed is empty. */
struct weir_lowest {
    struct weir_offset_rows rows; /* by topic and partition; metadata is of the lowest */
    size_t *groups;               /* that have committed for each */
    size_t taken;                 /* groups so far */
};

/* One group's; the view is sorted. */
void weir_lowest_take(struct weir_lowest *lowest, const struct weir_view *view);
/* Partitions for which not all have committed. */
size_t weir_lowest_partial(const struct weir_lowest *lowest);
void weir_lowest_fini(struct weir_lowest *lowest);

#endif /* WEIR_TOOLS_OFFSETS_LOWEST_H */
