#include "tools/offsets_lowest.h"

#include "tools/memory.h"
#include <stdlib.h>
#include <string.h>

/* Takes the row. */
static void add(struct weir_lowest *lowest, struct weir_offset_row row, size_t groups)
{
    lowest->groups =
        weir_cli_grow(lowest->groups, lowest->rows.count + 1, sizeof lowest->groups[0]);
    lowest->groups[lowest->rows.count] = groups;
    weir_offset_rows_add(&lowest->rows, row);
}

static struct weir_offset_row row_of(const struct weir_view_partition *from)
{
    return (struct weir_offset_row){.topic = weir_cli_copy(from->topic),
                                    .partition = from->partition,
                                    .offset = from->committed,
                                    .metadata = weir_cli_copy(from->metadata)};
}

static void lower(struct weir_offset_row *row, const struct weir_view_partition *from)
{
    if (from->committed < row->offset) {
        free(row->metadata);
        row->offset = from->committed;
        row->metadata = weir_cli_copy(from->metadata);
    }
}

/* Where in the order is the row, beside the partition? */
static int order(const struct weir_offset_row *row, const struct weir_view_partition *other)
{
    int topics = strcmp(row->topic, other->topic);

    return topics != 0 ? topics
                       : (row->partition > other->partition) - (row->partition < other->partition);
}

/* The rows that stand before the partition go over as they are; and if it has one, that too. */
static size_t move_up_to(struct weir_lowest *from, size_t next,
                         const struct weir_view_partition *partition, struct weir_lowest *to)
{
    while (next < from->rows.count && order(&from->rows.rows[next], partition) < 0) {
        add(to, from->rows.rows[next], from->groups[next]);
        from->rows.rows[next++] = (struct weir_offset_row){.topic = NULL};
    }
    if (next < from->rows.count && order(&from->rows.rows[next], partition) == 0) {
        lower(&from->rows.rows[next], partition);
        add(to, from->rows.rows[next], from->groups[next] + 1);
        from->rows.rows[next++] = (struct weir_offset_row){.topic = NULL};
    } else {
        add(to, row_of(partition), 1);
    }
    return next;
}

void weir_lowest_take(struct weir_lowest *lowest, const struct weir_view *view)
{
    struct weir_lowest merged = {.taken = lowest->taken + 1};
    size_t next = 0;

    for (size_t i = 0; i < view->partition_count; i++) {
        if (view->partitions[i].committed >= 0) {
            next = move_up_to(lowest, next, &view->partitions[i], &merged);
        }
    }
    for (; next < lowest->rows.count; next++) {
        add(&merged, lowest->rows.rows[next], lowest->groups[next]);
        lowest->rows.rows[next] = (struct weir_offset_row){.topic = NULL};
    }
    weir_lowest_fini(lowest);
    *lowest = merged;
}

size_t weir_lowest_partial(const struct weir_lowest *lowest)
{
    size_t partial = 0;

    for (size_t i = 0; i < lowest->rows.count; i++) {
        partial += lowest->groups[i] < lowest->taken ? 1 : 0;
    }
    return partial;
}

void weir_lowest_fini(struct weir_lowest *lowest)
{
    weir_offset_rows_fini(&lowest->rows);
    free(lowest->groups);
    *lowest = (struct weir_lowest){.taken = 0};
}
