/* What do we know of the nodes that hold offsets? */
#ifndef WEIR_FRAMEWORK_STORED_ROWS_H
#define WEIR_FRAMEWORK_STORED_ROWS_H

#include "offsets/position.h"
#include <stddef.h>
#include <stdint.h>

/* One row for each partition that was ever asked for. Thread: control. Memory: the heap; rows stay
 * where they are until fini. */
enum { WEIR_OFFSET_NODE_UNKNOWN = -2, WEIR_OFFSET_NODE_ABSENT = -1 };

/* Is the node to be deleted? */
enum weir_offset_forget { WEIR_OFFSET_KEPT, WEIR_OFFSET_TO_FORGET, WEIR_OFFSET_FORGETTING };

struct weir_stored_row {
    uint32_t number; /* for tags */
    int32_t partition;
    int32_t version; /* of the node, or one of the above */
    enum weir_offset_forget forget;
    int32_t fence; /* with which it is deleted */
    char topic[];
};

struct weir_stored_rows {
    struct weir_stored_row **rows; /* sorted by topic and partition */
    size_t count;
    size_t capacity;
};

/* Makes it, unknown, when there is none. NULL: out of memory. */
struct weir_stored_row *weir_stored_rows_get(struct weir_stored_rows *rows,
                                             const struct weir_position *position);
/* Must exist. */
struct weir_stored_row *weir_stored_rows_numbered(const struct weir_stored_rows *rows,
                                                  uint32_t number);
/* Accepts zeroed memory. */
void weir_stored_rows_fini(struct weir_stored_rows *rows);

#endif /* WEIR_FRAMEWORK_STORED_ROWS_H */
