#include "framework/reservoir.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stddef.h>

enum weir_status weir_reservoir_init(struct weir_reservoir *reservoir, uint32_t capacity)
{
    assert(capacity > 0 && capacity <= UINT32_MAX / 2);
    *reservoir = (struct weir_reservoir){.capacity = capacity};
    reservoir->items = weir_malloc((size_t)capacity * sizeof reservoir->items[0]);
    return reservoir->items == NULL ? WEIR_ERR_NOMEM : WEIR_OK;
}

void weir_reservoir_fini(struct weir_reservoir *reservoir)
{
    assert(reservoir->count == 0);
    weir_free(reservoir->items);
    *reservoir = (struct weir_reservoir){0};
}

uint32_t weir_reservoir_room(const struct weir_reservoir *reservoir)
{
    return reservoir->capacity - reservoir->count;
}

/* Of the one so many behind the first. */
static uint32_t index_of(const struct weir_reservoir *reservoir, uint32_t behind)
{
    uint32_t index = reservoir->first + behind;

    return index >= reservoir->capacity ? index - reservoir->capacity : index;
}

void weir_reservoir_push(struct weir_reservoir *reservoir, const struct weir_item *item)
{
    assert(reservoir->count < reservoir->capacity);
    reservoir->items[index_of(reservoir, reservoir->count)] = *item;
    reservoir->count++;
}

const struct weir_item *weir_reservoir_peek(const struct weir_reservoir *reservoir)
{
    return reservoir->count == 0 ? NULL : &reservoir->items[reservoir->first];
}

const struct weir_item *weir_reservoir_last(const struct weir_reservoir *reservoir)
{
    assert(reservoir->count > 0);
    return &reservoir->items[index_of(reservoir, reservoir->count - 1)];
}

void weir_reservoir_pop(struct weir_reservoir *reservoir)
{
    assert(reservoir->count > 0);
    reservoir->first = reservoir->first + 1 == reservoir->capacity ? 0 : reservoir->first + 1;
    reservoir->count--;
}
