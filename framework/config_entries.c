#include "framework/config_entries.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/config_redact.h"

enum { FIRST_ROOM = 32 };

static void wipe(char *text)
{
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
        weir_free(text);
    }
}

static void item_fini(struct weir_config_item *item)
{
    weir_free(item->key);
    weir_free(item->file);
    wipe(item->value);
    wipe(item->shown);
    *item = (struct weir_config_item){0};
}

void weir_config_entries_fini(struct weir_config_entries *entries)
{
    if (entries == NULL) {
        return;
    }
    for (size_t i = 0; i < entries->count; i++) {
        item_fini(&entries->items[i]);
    }
    weir_free(entries->items);
    *entries = (struct weir_config_entries){0};
}

/* Index of the first item whose key is not before `key`. */
static size_t position(const struct weir_config_entries *entries, const char *key)
{
    size_t low = 0;
    size_t high = entries->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(entries->items[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool holds(const struct weir_config_entries *entries, size_t index, const char *key)
{
    return index < entries->count && strcmp(entries->items[index].key, key) == 0;
}

static enum weir_status item_init(struct weir_config_item *item, const struct weir_config_new *from)
{
    *item = (struct weir_config_item){
        .number = from->number, .origin = from->origin, .line = from->line};
    item->key = weir_strdup(from->key);
    item->value = weir_strdup(from->value);
    item->file = from->file == NULL ? NULL : weir_strdup(from->file);
    enum weir_status status = weir_config_redact(from->key, from->value, &item->shown);
    bool whole =
        item->key != NULL && item->value != NULL && (from->file == NULL || item->file != NULL);
    if (status != WEIR_OK || !whole) {
        item_fini(item);
        return WEIR_ERR_NOMEM;
    }
    return WEIR_OK;
}

static enum weir_status make_room(struct weir_config_entries *entries)
{
    if (entries->count < entries->room) {
        return WEIR_OK;
    }
    if (entries->count >= WEIR_CONFIG_ENTRIES_MAX) {
        return WEIR_ERR_FULL;
    }
    size_t room = entries->room == 0 ? FIRST_ROOM : entries->room * 2;
    struct weir_config_item *items = weir_realloc(entries->items, room * sizeof *items);
    if (items == NULL) {
        return WEIR_ERR_NOMEM;
    }
    entries->items = items;
    entries->room = room;
    return WEIR_OK;
}

enum weir_status weir_config_entries_put(struct weir_config_entries *entries,
                                         const struct weir_config_new *item)
{
    struct weir_config_item fresh;
    size_t index = position(entries, item->key);
    enum weir_status status;

    assert(item->value != NULL);
    if (!holds(entries, index, item->key)) {
        status = make_room(entries);
        if (status != WEIR_OK) {
            return status;
        }
    }
    status = item_init(&fresh, item);
    if (status != WEIR_OK) {
        return status;
    }
    if (holds(entries, index, item->key)) {
        item_fini(&entries->items[index]);
    } else {
        memmove(&entries->items[index + 1], &entries->items[index],
                (entries->count - index) * sizeof fresh);
        entries->count++;
    }
    entries->items[index] = fresh;
    return WEIR_OK;
}

enum weir_status weir_config_entries_merge(struct weir_config_entries *to,
                                           const struct weir_config_entries *from)
{
    assert(to != from);
    for (size_t i = 0; i < from->count; i++) {
        const struct weir_config_item *item = &from->items[i];
        const struct weir_config_item *old = weir_config_entries_find(to, item->key);
        if (old != NULL && old->origin > item->origin) {
            continue;
        }
        enum weir_status status = weir_config_entries_put(
            to, &(struct weir_config_new){item->key, item->value, item->number, item->origin,
                                          item->file, item->line});
        if (status != WEIR_OK) {
            return status;
        }
    }
    return WEIR_OK;
}

const struct weir_config_item *weir_config_entries_find(const struct weir_config_entries *entries,
                                                        const char *key)
{
    size_t index = position(entries, key);

    return holds(entries, index, key) ? &entries->items[index] : NULL;
}

void weir_config_entries_place(const struct weir_config_entries *entries, struct weir_error *error)
{
    const struct weir_error before = *error;
    char key[WEIR_CONFIG_KEY_SIZE_MAX + 1] = "";
    size_t size = strcspn(before.text, ":");

    memcpy(key, before.text, size < sizeof key ? size : 0);
    const struct weir_config_item *item = weir_config_entries_find(entries, key);
    if (item != NULL && item->file != NULL) {
        (void)weir_error_set(error, before.code, before.cause, "%s: line %zu: %s", item->file,
                             item->line, before.text);
    }
}
