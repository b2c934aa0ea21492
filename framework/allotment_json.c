#include "framework/allotment.h"

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/document_json.h"
#include "strategies/topics.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_SIZE = 17, MEMBERS_MAX = 100000 };

/* Writing: nobody is -1. */

static json_t *indices(const uint32_t *values, const struct weir_allotment_topic *topic)
{
    json_t *array = json_array();
    bool whole = array != NULL;

    for (uint32_t i = 0; whole && i < topic->partitions; i++) {
        uint32_t value = values[topic->first + i];
        json_int_t number = value == WEIR_STRATEGY_NOBODY ? -1 : (json_int_t)value;
        whole = json_array_append_new(array, json_integer(number)) == 0;
    }
    return weir_json_whole(array, whole);
}

static json_t *topic_object(const struct weir_allotment *allotment,
                            const struct weir_allotment_topic *topic)
{
    json_t *object = json_pack("{s:o}", "owners", indices(allotment->owners, topic));
    bool whole = object != NULL;

    if (whole && memcmp(&allotment->owners[topic->first], &allotment->homes[topic->first],
                        topic->partitions * sizeof allotment->owners[0]) != 0) {
        whole = json_object_set_new(object, "homes", indices(allotment->homes, topic)) == 0;
    }
    return weir_json_whole(object, whole);
}

static json_t *topics_object(const struct weir_allotment *allotment)
{
    json_t *object = json_object();
    bool whole = object != NULL;

    for (size_t i = 0; whole && i < allotment->topic_count; i++) {
        const struct weir_allotment_topic *topic = &allotment->topics[i];
        whole = json_object_set_new(object, topic->name, topic_object(allotment, topic)) == 0;
    }
    return weir_json_whole(object, whole);
}

static json_t *names(const struct weir_allotment *allotment, size_t from, size_t to)
{
    json_t *array = json_array();
    bool whole = array != NULL;

    for (size_t i = from; whole && i < to; i++) {
        whole = json_array_append_new(array, json_string(allotment->members[i])) == 0;
    }
    return weir_json_whole(array, whole);
}

enum weir_status weir_allotment_write(const struct weir_allotment *allotment, char **out)
{
    char view[DIGEST_SIZE];

    (void)snprintf(view, sizeof view, "%016" PRIx64, allotment->view);
    json_t *root =
        json_pack("{s:i, s:s, s:o, s:o, s:o}", "version", (int)WEIR_ALLOTMENT_VERSION, "view", view,
                  "members", names(allotment, 0, allotment->present_count), "away",
                  names(allotment, allotment->present_count, allotment->member_count), "topics",
                  topics_object(allotment));
    char *text = weir_json_text(root);

    json_decref(root);
    if (text == NULL) {
        return WEIR_ERR_NOMEM;
    }
    *out = text;
    return WEIR_OK;
}

/* Reading. */

static enum weir_status take_names(const json_t *array, struct weir_allotment *out)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *name = json_string_value(json_array_get(array, i));
        if (name == NULL) {
            return WEIR_ERR_INVALID;
        }
        out->members[out->member_count] = weir_strdup(name);
        if (out->members[out->member_count] == NULL) {
            return WEIR_ERR_NOMEM;
        }
        out->member_count++;
    }
    return WEIR_OK;
}

static enum weir_status take_members(const json_t *root, struct weir_allotment *out)
{
    const json_t *present = json_object_get(root, "members");
    const json_t *away = json_object_get(root, "away");
    size_t count = json_array_size(present) + json_array_size(away);

    if (!json_is_array(present) || !json_is_array(away) || count > MEMBERS_MAX) {
        return WEIR_ERR_INVALID;
    }
    out->members = weir_calloc(count + 1, sizeof(out->members[0]));
    if (out->members == NULL) {
        return WEIR_ERR_NOMEM;
    }
    enum weir_status status = take_names(present, out);
    out->present_count = out->member_count;
    return status == WEIR_OK ? take_names(away, out) : status;
}

static bool take_indices(const json_t *array, uint32_t *values, size_t limit)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        json_int_t number = json_is_integer(value) ? json_integer_value(value) : -2;
        if (number < -1 || number >= (json_int_t)limit) {
            return false;
        }
        values[i] = number == -1 ? WEIR_STRATEGY_NOBODY : (uint32_t)number;
    }
    return true;
}

static enum weir_status take_topic(const char *name, const json_t *object,
                                   struct weir_allotment *out)
{
    const json_t *owners = json_object_get(object, "owners");
    const json_t *homes = json_object_get(object, "homes");
    size_t count = json_array_size(owners);
    uint32_t first = (uint32_t)out->partition_count;

    homes = homes == NULL ? owners : homes;
    if (!weir_topic_name_valid(name, strlen(name)) || count == 0 ||
        json_array_size(homes) != count ||
        !take_indices(owners, &out->owners[first], out->present_count) ||
        !take_indices(homes, &out->homes[first], out->member_count)) {
        return WEIR_ERR_INVALID;
    }
    out->topics[out->topic_count] = (struct weir_allotment_topic){
        .name = weir_strdup(name), .partitions = (uint32_t)count, .first = first};
    if (out->topics[out->topic_count].name == NULL) {
        return WEIR_ERR_NOMEM;
    }
    out->topic_count++;
    out->partition_count += count;
    return WEIR_OK;
}

static size_t count_partitions(json_t *object)
{
    const char *name = NULL;
    json_t *value = NULL;
    size_t count = 0;

    json_object_foreach(object, name, value)
    {
        count += json_array_size(json_object_get(value, "owners"));
    }
    return count;
}

static int by_name(const void *a, const void *b)
{
    const struct weir_allotment_topic *left = a;
    const struct weir_allotment_topic *right = b;

    return strcmp(left->name, right->name);
}

static enum weir_status take_topics(json_t *object, struct weir_allotment *out)
{
    const char *name = NULL;
    json_t *value = NULL;
    enum weir_status status = WEIR_OK;
    size_t count = count_partitions(object);

    if (!json_is_object(object) || count > WEIR_GROUP_PARTITIONS_MAX ||
        json_object_size(object) > WEIR_TOPICS_MAX) {
        return WEIR_ERR_INVALID;
    }
    out->topics = weir_calloc(json_object_size(object) + 1, sizeof out->topics[0]);
    out->owners = weir_calloc(count + 1, sizeof out->owners[0]);
    out->homes = weir_calloc(count + 1, sizeof out->homes[0]);
    if (out->topics == NULL || out->owners == NULL || out->homes == NULL) {
        return WEIR_ERR_NOMEM;
    }
    json_object_foreach(object, name, value)
    {
        status = status == WEIR_OK ? take_topic(name, value, out) : status;
    }
    qsort(out->topics, out->topic_count, sizeof out->topics[0], by_name);
    return status;
}

static bool take_view(const json_t *root, struct weir_allotment *out)
{
    const char *text = json_string_value(json_object_get(root, "view"));
    char *end = NULL;

    if (text == NULL || strlen(text) != DIGEST_SIZE - 1) {
        return false;
    }
    out->view = strtoull(text, &end, 16);
    return *end == '\0';
}

static enum weir_status read_root(const json_t *root, struct weir_allotment *out,
                                  struct weir_error *error)
{
    json_int_t version = json_integer_value(json_object_get(root, "version"));

    if (version > WEIR_ALLOTMENT_VERSION) {
        return weir_error_set(error, WEIR_ERR_STATE, 0, "it is of a newer weir");
    }
    enum weir_status status = version == WEIR_ALLOTMENT_VERSION && take_view(root, out)
                                  ? take_members(root, out)
                                  : WEIR_ERR_INVALID;
    if (status == WEIR_OK) {
        status = take_topics(json_object_get(root, "topics"), out);
    }
    return status == WEIR_OK
               ? WEIR_OK
               : weir_error_set(error, status, 0, "it is %s",
                                status == WEIR_ERR_NOMEM ? "too large for our memory" : "damaged");
}

enum weir_status weir_allotment_read(const void *data, size_t size, struct weir_allotment *out,
                                     struct weir_error *error)
{
    struct weir_allotment found = {0};
    json_error_t reason;
    json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &reason);
    enum weir_status status = read_root(root, &found, error);

    json_decref(root);
    if (status != WEIR_OK) {
        weir_allotment_fini(&found);
        return status;
    }
    *out = found;
    return WEIR_OK;
}
