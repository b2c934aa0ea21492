#include "framework/stored_rows.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stdbool.h>
#include <string.h>

static int compare(const struct weir_stored_row *row, const char *topic, int32_t partition)
{
    int order = strcmp(row->topic, topic);

    return order != 0 ? order : (row->partition > partition) - (row->partition < partition);
}

/* Where it is, or would be. */
static size_t place_of(const struct weir_stored_rows *s, const char *topic, int32_t partition)
{
    size_t low = 0;
    size_t high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(s->rows[middle], topic, partition) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool make_room(struct weir_stored_rows *s)
{
    if (s->count < s->capacity) {
        return true;
    }
    size_t capacity = s->capacity == 0 ? 16 : 2 * s->capacity;
    struct weir_stored_row **grown =
        weir_realloc(s->rows, capacity * sizeof(struct weir_stored_row *));
    if (grown == NULL) {
        return false;
    }
    s->rows = grown;
    s->capacity = capacity;
    return true;
}

struct weir_stored_row *weir_stored_rows_get(struct weir_stored_rows *s,
                                             const struct weir_position *position)
{
    size_t place = place_of(s, position->topic, position->partition);
    size_t size = strlen(position->topic) + 1;

    if (place < s->count && compare(s->rows[place], position->topic, position->partition) == 0) {
        return s->rows[place];
    }
    struct weir_stored_row *row = make_room(s) ? weir_malloc(sizeof *row + size) : NULL;
    if (row == NULL) {
        return NULL;
    }
    *row = (struct weir_stored_row){.number = (uint32_t)s->count,
                                    .partition = position->partition,
                                    .version = WEIR_OFFSET_NODE_UNKNOWN,
                                    .forget = WEIR_OFFSET_KEPT};
    memcpy(row->topic, position->topic, size);
    memmove(&s->rows[place + 1], &s->rows[place],
            (s->count - place) * sizeof(struct weir_stored_row *));
    s->rows[place] = row;
    s->count++;
    return row;
}

struct weir_stored_row *weir_stored_rows_numbered(const struct weir_stored_rows *s, uint32_t number)
{
    size_t place = 0;

    assert(number < s->count);
    while (s->rows[place]->number != number) {
        place++;
    }
    return s->rows[place];
}

void weir_stored_rows_fini(struct weir_stored_rows *s)
{
    for (size_t i = 0; i < s->count; i++) {
        weir_free(s->rows[i]);
    }
    weir_free(s->rows);
    *s = (struct weir_stored_rows){0};
}
