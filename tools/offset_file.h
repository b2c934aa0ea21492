/* How are a group's offsets written to a file, and read again? */
#ifndef WEIR_TOOLS_OFFSET_FILE_H
#define WEIR_TOOLS_OFFSET_FILE_H

#include "tools/group_view.h"
#include <stdio.h>

/* JSON lines, one partition each:
 *     {"group":"orders","topic":"orders","partition":0,"offset":1042,"metadata":"..."}
 * `offset` is the next one to consume. `group` only says where it comes from, and may be left out,
 * as may `metadata`. Empty lines count for nothing. Thread: one at a time. Memory: the heap, freed
 * by fini; zeroed is empty. */
struct weir_offset_row {
    char *topic;
    int32_t partition;
    int64_t offset;
    char *metadata; /* NULL: none */
};

struct weir_offset_rows {
    struct weir_offset_row *rows; /* in the order of the file; no partition is there twice */
    size_t count;
};

enum { WEIR_OFFSET_FILE_WHY_SIZE = 256 };

/* False: "line N: ..." is in `why`, of WEIR_OFFSET_FILE_WHY_SIZE, and *out is as before. A file
 * without a row is no good. */
bool weir_offset_rows_read(FILE *file, struct weir_offset_rows *out, char *why);
/* Takes topic and metadata. */
void weir_offset_rows_add(struct weir_offset_rows *rows, struct weir_offset_row row);
/* What was processed last becomes what comes next. */
void weir_offset_rows_advance(struct weir_offset_rows *rows);
void weir_offset_rows_fini(struct weir_offset_rows *rows);

/* Every partition of the view that has a committed offset. Metadata that is no UTF-8 is left out;
 * returns how many were. */
size_t weir_offset_file_write(FILE *file, const char *group, const struct weir_view *view);

#endif /* WEIR_TOOLS_OFFSET_FILE_H */
