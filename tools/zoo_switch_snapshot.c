#include "tools/zoo_switch_snapshot.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Epochs that every reader of JSON can hold. */
#define COUNT_MAX (INT64_C(1) << 53)

static const char *const mode_names[] = {
    [WEIR_SWITCH_EACH] = "each", [WEIR_SWITCH_TOGETHER] = "together"};

static const char *const store_names[] = {
    [WEIR_SWITCH_STORE_KAFKA] = "kafka", [WEIR_SWITCH_STORE_ZOOKEEPER] = "zookeeper"};

void weir_switch_snapshot_fini(struct weir_switch_snapshot *snapshot)
{
    weir_switch_stops_fini(&snapshot->offsets);
    *snapshot = (struct weir_switch_snapshot){.unknown = false};
}

/* Writing: its offsets are written as stop offsets are, and the rest is put beside them. */

static bool add_rest(json_t *root, const struct weir_switch_snapshot *snapshot)
{
    json_t *rest =
        json_pack("{s:s, s:I, s:I, s:I}", "mode", mode_names[snapshot->mode], "epoch",
                  (json_int_t)snapshot->epoch, "asked_ms", (json_int_t)snapshot->asked_ms,
                  "window_ms", (json_int_t)snapshot->window_ms);
    bool whole = rest != NULL && json_object_update(root, rest) == 0;

    json_decref(rest);
    if (whole && snapshot->store != WEIR_SWITCH_STORE_UNSAID) {
        whole = json_object_set_new(root, "store", json_string(store_names[snapshot->store])) == 0;
    }
    if (whole && snapshot->peer[0] != '\0') {
        whole = json_object_set_new(root, "peer", json_string(snapshot->peer)) == 0;
    }
    if (whole && snapshot->unknown) {
        whole = json_object_set_new(root, "unknown", json_true()) == 0;
    }
    if (whole && snapshot->back_of[0] != '\0') {
        whole = json_object_set_new(root, "back_of", json_string(snapshot->back_of)) == 0;
    }
    if (whole && snapshot->replay) {
        whole = json_object_set_new(root, "replay", json_true()) == 0;
    }
    return whole;
}

static char *text_with(const struct weir_switch_snapshot *snapshot,
                       const struct weir_switch_stops *offsets)
{
    char *text = NULL;
    json_t *root = NULL;

    if (weir_switch_stops_write(offsets, &text) != WEIR_OK) {
        return NULL;
    }
    root = json_loads(text, 0, NULL);
    weir_free(text);
    text = root != NULL && add_rest(root, snapshot) ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

char *weir_switch_snapshot_text(const struct weir_switch_snapshot *snapshot)
{
    struct weir_switch_snapshot bare = *snapshot;
    struct weir_switch_stops offsets = snapshot->offsets;
    struct weir_switch_stops none = {.topics = NULL};

    assert(snapshot->id[0] != '\0');
    memcpy(offsets.id, snapshot->id, sizeof offsets.id);
    char *text = text_with(snapshot, &offsets);
    size_t share = snapshot->peer[0] == '\0' ? 1 : 2;
    if (text == NULL || strlen(text) <= WEIR_SWITCH_SNAPSHOT_MAX / share) {
        return text;
    }
    free(text);
    bare.unknown = true;
    memcpy(none.id, snapshot->id, sizeof none.id);
    return text_with(&bare, &none);
}

/* Reading: each says whether what it wants is there, and can be. */

static bool take_number(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0;
}

static bool take_mode(const json_t *root, enum weir_switch_mode *out)
{
    const char *name = json_string_value(json_object_get(root, "mode"));
    bool together = name != NULL && strcmp(name, mode_names[WEIR_SWITCH_TOGETHER]) == 0;

    *out = together ? WEIR_SWITCH_TOGETHER : WEIR_SWITCH_EACH;
    return together || (name != NULL && strcmp(name, mode_names[WEIR_SWITCH_EACH]) == 0);
}

static bool take_store(const json_t *root, enum weir_switch_store *out)
{
    const json_t *value = json_object_get(root, "store");
    const char *name = json_string_value(value);

    *out = WEIR_SWITCH_STORE_UNSAID;
    for (int i = WEIR_SWITCH_STORE_KAFKA; i <= WEIR_SWITCH_STORE_ZOOKEEPER; i++) {
        if (name != NULL && strcmp(name, store_names[i]) == 0) {
            *out = (enum weir_switch_store)i;
        }
    }
    return value == NULL || *out != WEIR_SWITCH_STORE_UNSAID;
}

static bool take_back_of(const json_t *root, struct weir_switch_snapshot *out)
{
    const json_t *value = json_object_get(root, "back_of");
    const char *text = json_string_value(value);

    if (value == NULL) {
        return true;
    }
    if (text == NULL || strlen(text) >= sizeof out->back_of) {
        return false;
    }
    memcpy(out->back_of, text, strlen(text) + 1);
    return weir_switch_text_valid(out->back_of, sizeof out->back_of);
}

static bool take_peer(const json_t *root, char out[WEIR_SWITCH_GROUP_SIZE])
{
    const json_t *value = json_object_get(root, "peer");
    const char *text = json_string_value(value);

    if (value == NULL) {
        return true;
    }
    if (text == NULL || strlen(text) >= WEIR_SWITCH_GROUP_SIZE) {
        return false;
    }
    memcpy(out, text, strlen(text) + 1);
    return weir_switch_text_valid(out, WEIR_SWITCH_GROUP_SIZE);
}

static bool take_rest(const json_t *root, struct weir_switch_snapshot *out)
{
    int64_t epoch = 0;
    bool good = take_mode(root, &out->mode) && take_number(root, "epoch", &epoch) &&
                epoch < COUNT_MAX && take_number(root, "asked_ms", &out->asked_ms) &&
                take_number(root, "window_ms", &out->window_ms) && take_store(root, &out->store) &&
                take_back_of(root, out) && take_peer(root, out->peer);

    out->epoch = (uint64_t)epoch;
    out->replay = json_is_true(json_object_get(root, "replay"));
    out->unknown = json_is_true(json_object_get(root, "unknown"));
    return good;
}

enum weir_status weir_switch_snapshot_read(const void *data, size_t size,
                                           struct weir_switch_snapshot *out,
                                           struct weir_error *error)
{
    struct weir_switch_snapshot found = {.unknown = false};
    json_t *root = NULL;
    enum weir_status status = weir_switch_stops_read(data, size, &found.offsets, error);

    if (status != WEIR_OK) {
        return status;
    }
    memcpy(found.id, found.offsets.id, sizeof found.id);
    root = json_loadb(data, size, 0, NULL);
    status = root != NULL && take_rest(root, &found) ? WEIR_OK : WEIR_ERR_INVALID;
    json_decref(root);
    if (status != WEIR_OK) {
        weir_switch_snapshot_fini(&found);
        return status;
    }
    *out = found;
    return WEIR_OK;
}
