#include "framework/handler_keys.h"

#include "framework/base/memory.h"
#include "framework/config_nearest.h"
#include "framework/config_redact.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "handler."

enum { PREFIX_SIZE = sizeof PREFIX - 1 };

void weir_handler_keys_init(struct weir_handler_keys *keys)
{
    *keys = (struct weir_handler_keys){.names = NULL};
    weir_mutex_init(&keys->mutex);
}

void weir_handler_keys_fini(struct weir_handler_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        weir_free(keys->names[i]);
    }
    weir_free(keys->names);
    weir_mutex_fini(&keys->mutex);
}

static bool is_known(const struct weir_handler_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* False when there is no room for it. */
static bool add(struct weir_handler_keys *keys, const char *name)
{
    weir_mutex_assert_held(&keys->mutex);
    if (keys->count == WEIR_HANDLER_KEYS_MAX) {
        return false;
    }
    char **names = weir_realloc(keys->names, (keys->count + 1) * sizeof names[0]);
    if (names == NULL) {
        return false;
    }
    keys->names = names;
    names[keys->count] = weir_strdup(name);
    keys->count += names[keys->count] != NULL ? 1 : 0;
    return is_known(keys, name);
}

void weir_handler_keys_add(struct weir_handler_keys *keys, const char *name)
{
    assert(name != NULL);
    weir_mutex_lock(&keys->mutex);
    if (!keys->closed && !is_known(keys, name)) {
        keys->incomplete = !add(keys, name) || keys->incomplete;
    }
    weir_mutex_unlock(&keys->mutex);
}

/* The sentence so far, cut where it must be. */
struct sentence {
    const struct weir_handler_keys *keys;
    char text[WEIR_LOG_TEXT_SIZE / 2];
    size_t size;
    size_t unread;
};

static void append(struct sentence *sentence, const char *text)
{
    size_t room = sizeof sentence->text - sentence->size;
    int size = snprintf(sentence->text + sentence->size, room, "%s", text);

    sentence->size += (size_t)size < room ? (size_t)size : room - 1;
}

static void name_if_unread(const struct weir_config_entry *entry, void *user)
{
    struct sentence *sentence = user;
    struct weir_nearest nearest;

    if (strncmp(entry->key, PREFIX, PREFIX_SIZE) != 0 ||
        is_known(sentence->keys, entry->key + PREFIX_SIZE)) {
        return;
    }
    weir_nearest_init(&nearest, entry->key + PREFIX_SIZE);
    for (size_t i = 0; i < sentence->keys->count; i++) {
        weir_nearest_offer(&nearest, sentence->keys->names[i]);
    }
    bool near = nearest.best[0] != '\0';
    bool shown = near || weir_config_key_showable(entry->key);
    append(sentence, sentence->unread++ > 0 ? ", " : "");
    append(sentence, shown ? entry->key : "a key that is not shown");
    append(sentence, near ? " (did you mean " PREFIX : "");
    append(sentence, nearest.best);
    append(sentence, near ? "?)" : "");
}

void weir_handler_keys_close(struct weir_handler_keys *keys, const char *handler,
                             const struct weir_config *config, struct weir_log *log)
{
    weir_mutex_lock(&keys->mutex);
    keys->closed = true;
    bool complete = !keys->incomplete;
    weir_mutex_unlock(&keys->mutex);

    struct sentence sentence = {.keys = keys};
    weir_config_each(config, name_if_unread, &sentence);
    if (complete && sentence.unread > 0) {
        weir_log(log, WEIR_LOG_WARNING, "config", "handler '%s' did not ask for %s", handler,
                 sentence.text);
    }
}
