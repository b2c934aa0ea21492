#include "framework/registration.h"

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/document_json.h"
#include "framework/vitals_json.h"
#include "strategies/topics.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMESTAMP_SIZE = 24 };

/* Writing. */

static json_t *topics_object(const struct weir_registration *self, bool streams)
{
    json_t *object = json_object();
    bool whole = object != NULL;

    for (size_t i = 0; whole && i < self->topic_count; i++) {
        json_t *number = json_integer(streams ? 1 : (json_int_t)self->topics[i].partitions);
        whole = json_object_set_new(object, self->topics[i].name, number) == 0;
    }
    return weir_json_whole(object, whole);
}

static json_t *progress_object(const struct weir_registration_progress *progress)
{
    json_t *object = json_pack("{s:I, s:b, s:b, s:b}", "turn", (json_int_t)progress->turn, "ready",
                               progress->ready, "empty", progress->empty, "full", progress->full);
    bool whole = object != NULL;

    if (whole && progress->vitals.told) {
        json_t *vitals = weir_vitals_object(&progress->vitals);
        whole = json_object_set_new(object, "vitals", vitals) == 0;
    }
    return weir_json_whole(object, whole);
}

static bool add_text(json_t *object, const char *key, const char *value)
{
    return value == NULL || json_object_set_new(object, key, json_string(value)) == 0;
}

/* What members without a color do not tell. */
static bool add_colored(json_t *object, const struct weir_registration *self)
{
    return json_object_set_new(object, "switch", progress_object(&self->progress)) == 0 &&
           add_text(object, "handler", self->handler) &&
           add_text(object, "handler_version", self->version);
}

static json_t *weir_object(const struct weir_registration *self)
{
    json_t *object = json_pack("{s:i, s:s, s:I, s:o}", "version", (int)WEIR_REGISTRATION_VERSION,
                               "strategy", self->strategy, "capacity", (json_int_t)self->capacity,
                               "topics", topics_object(self, false));
    const struct {
        const char *key;
        const char *value;
    } optional[] = {{"rack", self->rack}, {"color", self->color}, {"partitions", self->partitions}};
    bool whole = object != NULL;

    for (size_t i = 0; whole && i < sizeof optional / sizeof optional[0]; i++) {
        whole = add_text(object, optional[i].key, optional[i].value);
    }
    if (whole && self->shadow) {
        whole = json_object_set_new(object, "shadow", json_true()) == 0;
    }
    return weir_json_whole(object, whole && (self->color == NULL || add_colored(object, self)));
}

enum weir_status weir_registration_write(const struct weir_registration *self, int64_t timestamp_ms,
                                         char **out)
{
    char timestamp[TIMESTAMP_SIZE];

    (void)snprintf(timestamp, sizeof timestamp, "%" PRId64, timestamp_ms);
    json_t *root = json_pack("{s:i, s:o, s:s, s:s, s:o}", "version", 1, "subscription",
                             topics_object(self, true), "pattern", "static", "timestamp", timestamp,
                             "weir", weir_object(self));
    char *text = weir_json_text(root);

    json_decref(root);
    if (text == NULL) {
        return WEIR_ERR_NOMEM;
    }
    *out = text;
    return WEIR_OK;
}

/* Reading. */

/* A text that may be left out. */
static enum weir_status take_text(const json_t *object, const char *key, char **out)
{
    const json_t *value = json_object_get(object, key);

    if (value == NULL) {
        return WEIR_OK;
    }
    if (!json_is_string(value)) {
        return WEIR_ERR_INVALID;
    }
    *out = weir_strdup(json_string_value(value));
    return *out == NULL ? WEIR_ERR_NOMEM : WEIR_OK;
}

static bool take_number(const json_t *object, const char *key, json_int_t most, uint32_t *out)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > most) {
        return false;
    }
    *out = (uint32_t)json_integer_value(value);
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct weir_registration_topic *left = a;
    const struct weir_registration_topic *right = b;

    return strcmp(left->name, right->name);
}

static enum weir_status take_topics(json_t *object, struct weir_registration *out)
{
    const char *name = NULL;
    json_t *value = NULL;

    if (!json_is_object(object) || json_object_size(object) > WEIR_TOPICS_MAX) {
        return WEIR_ERR_INVALID;
    }
    out->topics = weir_calloc(json_object_size(object) + 1, sizeof out->topics[0]);
    if (out->topics == NULL) {
        return WEIR_ERR_NOMEM;
    }
    json_object_foreach(object, name, value)
    {
        struct weir_registration_topic *topic = &out->topics[out->topic_count];
        if (!weir_topic_name_valid(name, strlen(name)) ||
            !take_number(object, name, WEIR_GROUP_PARTITIONS_MAX, &topic->partitions)) {
            return WEIR_ERR_INVALID;
        }
        topic->name = weir_strdup(name);
        if (topic->name == NULL) {
            return WEIR_ERR_NOMEM;
        }
        out->topic_count++;
    }
    qsort(out->topics, out->topic_count, sizeof out->topics[0], by_name);
    return WEIR_OK;
}

/* Of a member with a color. */
static enum weir_status take_progress(const json_t *object, struct weir_registration *out)
{
    const json_t *progress = json_object_get(object, "switch");
    const json_t *turn = json_object_get(progress, "turn");
    const struct {
        const char *key;
        bool *value;
    } flags[] = {{"ready", &out->progress.ready},
                 {"empty", &out->progress.empty},
                 {"full", &out->progress.full}};

    if (out->color == NULL || progress == NULL) {
        return WEIR_OK;
    }
    if (!json_is_integer(turn) || json_integer_value(turn) < 0) {
        return WEIR_ERR_INVALID;
    }
    out->progress.turn = (uint64_t)json_integer_value(turn);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const json_t *value = json_object_get(progress, flags[i].key);
        if (!json_is_boolean(value)) {
            return WEIR_ERR_INVALID;
        }
        *flags[i].value = json_is_true(value);
    }
    return weir_vitals_take(json_object_get(progress, "vitals"), &out->progress.vitals)
               ? WEIR_OK
               : WEIR_ERR_INVALID;
}

static enum weir_status take_all(const json_t *object, struct weir_registration *out)
{
    const struct {
        const char *key;
        char **text;
    } texts[] = {{"strategy", &out->strategy}, {"rack", &out->rack},
                 {"color", &out->color},       {"partitions", &out->partitions},
                 {"handler", &out->handler},   {"handler_version", &out->version}};
    enum weir_status status = WEIR_OK;

    for (size_t i = 0; status == WEIR_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = take_text(object, texts[i].key, texts[i].text);
    }
    if (status == WEIR_OK &&
        (out->strategy == NULL || !take_number(object, "capacity", INT32_MAX, &out->capacity))) {
        status = WEIR_ERR_INVALID;
    }
    out->shadow = json_is_true(json_object_get(object, "shadow"));
    status = status == WEIR_OK ? take_progress(object, out) : status;
    return status == WEIR_OK ? take_topics(json_object_get(object, "topics"), out) : status;
}

static enum weir_status read_weir(const json_t *object, struct weir_registration *out,
                                  struct weir_error *error)
{
    uint32_t version = 0;

    if (!json_is_object(object) || !take_number(object, "version", INT32_MAX, &version)) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0, "it is not of a weir");
    }
    if (version > WEIR_REGISTRATION_VERSION) {
        return weir_error_set(error, WEIR_ERR_STATE, 0,
                              "it is of a newer weir (version %u, known is %d)", version,
                              (int)WEIR_REGISTRATION_VERSION);
    }
    enum weir_status status = take_all(object, out);
    return status == WEIR_OK
               ? WEIR_OK
               : weir_error_set(error, status, 0, "its weir part is %s",
                                status == WEIR_ERR_NOMEM ? "too large for our memory" : "damaged");
}

enum weir_status weir_registration_read(const void *data, size_t size,
                                        struct weir_registration *out, struct weir_error *error)
{
    struct weir_registration found = {0};
    json_error_t reason;
    json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &reason);
    enum weir_status status = WEIR_ERR_INVALID;

    if (json_is_object(root)) {
        status = read_weir(json_object_get(root, "weir"), &found, error);
    } else {
        (void)weir_error_set(error, status, 0, "it is no JSON object");
    }
    json_decref(root);
    if (status != WEIR_OK) {
        weir_registration_fini(&found);
        return status;
    }
    *out = found;
    return WEIR_OK;
}

void weir_registration_fini(struct weir_registration *registration)
{
    for (size_t i = 0; i < registration->topic_count; i++) {
        weir_free(registration->topics[i].name);
    }
    weir_free(registration->topics);
    weir_free(registration->strategy);
    weir_free(registration->rack);
    weir_free(registration->color);
    weir_free(registration->partitions);
    weir_free(registration->handler);
    weir_free(registration->version);
    *registration = (struct weir_registration){0};
}
