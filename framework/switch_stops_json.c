#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/document_json.h"
#include "framework/switch_stops.h"
#include "strategies/topics.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Writing. */

static json_t *offsets_array(const struct weir_switch_stops *stops,
                             const struct weir_switch_stops_topic *topic)
{
    json_t *array = json_array();
    bool whole = array != NULL;

    for (size_t i = 0; whole && i < topic->partitions; i++) {
        json_t *offset = json_integer((json_int_t)stops->offsets[topic->first + i]);
        whole = json_array_append_new(array, offset) == 0;
    }
    return weir_json_whole(array, whole);
}

static json_t *topics_object(const struct weir_switch_stops *stops)
{
    json_t *object = json_object();
    bool whole = object != NULL;

    for (size_t i = 0; whole && i < stops->topic_count; i++) {
        const struct weir_switch_stops_topic *topic = &stops->topics[i];
        whole = json_object_set_new(object, topic->name, offsets_array(stops, topic)) == 0;
    }
    return weir_json_whole(object, whole);
}

enum weir_status weir_switch_stops_write(const struct weir_switch_stops *stops, char **out)
{
    json_t *root = json_pack("{s:i, s:s, s:o}", "version", (int)WEIR_SWITCH_STOPS_VERSION, "id",
                             stops->id, "topics", topics_object(stops));
    char *text = weir_json_text(root);

    json_decref(root);
    if (text == NULL) {
        return WEIR_ERR_NOMEM;
    }
    *out = text;
    return WEIR_OK;
}

/* Reading. */

static bool take_offsets(const json_t *array, int64_t *offsets)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        offsets[i] = json_integer_value(value);
        if (!json_is_integer(value) || offsets[i] < WEIR_SWITCH_STOP_NONE) {
            return false;
        }
    }
    return true;
}

static enum weir_status take_topic(const char *name, const json_t *array,
                                   struct weir_switch_stops *out)
{
    struct weir_switch_stops_topic *topic = &out->topics[out->topic_count];

    if (!weir_topic_name_valid(name, strlen(name)) || json_array_size(array) == 0 ||
        !take_offsets(array, &out->offsets[out->partition_count])) {
        return WEIR_ERR_INVALID;
    }
    *topic = (struct weir_switch_stops_topic){.name = weir_strdup(name),
                                              .partitions = json_array_size(array),
                                              .first = out->partition_count};
    if (topic->name == NULL) {
        return WEIR_ERR_NOMEM;
    }
    out->topic_count++;
    out->partition_count += topic->partitions;
    return WEIR_OK;
}

static size_t count_partitions(json_t *object)
{
    const char *name = NULL;
    json_t *array = NULL;
    size_t count = 0;

    json_object_foreach(object, name, array)
    {
        count += json_array_size(array);
    }
    return count;
}

static int by_name(const void *one, const void *other)
{
    const struct weir_switch_stops_topic *a = one;
    const struct weir_switch_stops_topic *b = other;

    return strcmp(a->name, b->name);
}

static enum weir_status take_topics(json_t *object, struct weir_switch_stops *out)
{
    size_t count = count_partitions(object);
    enum weir_status status = WEIR_OK;
    const char *name = NULL;
    json_t *array = NULL;

    if (!json_is_object(object) || count > WEIR_GROUP_PARTITIONS_MAX ||
        json_object_size(object) > WEIR_TOPICS_MAX) {
        return WEIR_ERR_INVALID;
    }
    out->topics = weir_calloc(json_object_size(object) + 1, sizeof out->topics[0]);
    out->offsets = weir_calloc(count + 1, sizeof out->offsets[0]);
    if (out->topics == NULL || out->offsets == NULL) {
        return WEIR_ERR_NOMEM;
    }
    json_object_foreach(object, name, array)
    {
        status = status == WEIR_OK ? take_topic(name, array, out) : status;
    }
    qsort(out->topics, out->topic_count, sizeof out->topics[0], by_name);
    return status;
}

static bool take_id(const json_t *root, struct weir_switch_stops *out)
{
    const char *id = json_string_value(json_object_get(root, "id"));

    if (id == NULL || strlen(id) >= sizeof out->id) {
        return false;
    }
    memcpy(out->id, id, strlen(id) + 1);
    return weir_switch_text_valid(out->id, sizeof out->id);
}

static enum weir_status read_root(const json_t *root, struct weir_switch_stops *out,
                                  struct weir_error *error)
{
    const json_t *version = json_object_get(root, "version");
    enum weir_status status = WEIR_ERR_INVALID;

    if (json_integer_value(version) > WEIR_SWITCH_STOPS_VERSION) {
        return weir_error_set(error, WEIR_ERR_STATE, 0, "they are of a newer weir");
    }
    if (json_integer_value(version) == WEIR_SWITCH_STOPS_VERSION && take_id(root, out)) {
        status = take_topics(json_object_get(root, "topics"), out);
    }
    if (status == WEIR_ERR_NOMEM) {
        return weir_error_nomem(error);
    }
    return status == WEIR_OK ? WEIR_OK : weir_error_set(error, status, 0, "they are damaged");
}

enum weir_status weir_switch_stops_read(const void *data, size_t size,
                                        struct weir_switch_stops *out, struct weir_error *error)
{
    struct weir_switch_stops found = {.topics = NULL};
    json_t *root = NULL;
    enum weir_status status = weir_json_load(data, size, &root);

    status = status == WEIR_OK ? read_root(root, &found, error) : weir_error_nomem(error);
    json_decref(root);
    if (status != WEIR_OK) {
        weir_switch_stops_fini(&found);
        return status;
    }
    *out = found;
    return WEIR_OK;
}
