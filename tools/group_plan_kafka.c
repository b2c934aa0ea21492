#include "tools/group_kafka.h"
#include "tools/group_options.h"
#include "tools/memory.h"
#include "tools/monotonic.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

/* Subscriptions: what the brokers tell of them librdkafka 2.0.2 keeps to itself. */
static const char assuming[] =
    "the brokers do not tell what each member subscribes to: taken to be all topics that the group "
    "has partitions of";

/* The end of the topic that begins at `from`, and whether the group has something of it. */
static size_t topic_end(const struct weir_view *view, size_t from, bool *owned)
{
    const char *topic = view->partitions[from].topic;

    for (*owned = false;
         from < view->partition_count && strcmp(view->partitions[from].topic, topic) == 0; from++) {
        *owned = *owned || view->partitions[from].owner != WEIR_VIEW_NOBODY;
    }
    return from;
}

/* Each with as many partitions as it has. */
static json_t *topics_of(const struct weir_view *view)
{
    json_t *topics = json_object();
    bool owned = false;

    for (size_t from = 0, end = 0; from < view->partition_count; from = end) {
        end = topic_end(view, from, &owned);
        if (owned) {
            (void)json_object_set_new(topics, view->partitions[from].topic,
                                      json_integer((json_int_t)(end - from)));
        }
    }
    return topics;
}

static json_t *members_of(const struct weir_view *view, json_t *topics)
{
    json_t *members = json_object();
    const char *topic = NULL;
    json_t *partitions = NULL;

    for (size_t i = 0; i < view->member_count; i++) {
        json_t *names = json_array();
        json_object_foreach(topics, topic, partitions)
        {
            (void)json_array_append_new(names, json_string(topic));
        }
        (void)json_object_set_new(members, view->members[i].id, names);
    }
    return members;
}

static json_t *owned_of(const struct weir_view *view)
{
    json_t *owned = json_object();

    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        if (one->owner == WEIR_VIEW_NOBODY) {
            continue;
        }
        const char *id = view->members[one->owner].id;
        if (json_object_get(owned, id) == NULL) {
            (void)json_object_set_new(owned, id, json_object());
        }
        json_t *topics = json_object_get(owned, id);
        if (json_object_get(topics, one->topic) == NULL) {
            (void)json_object_set_new(topics, one->topic, json_array());
        }
        (void)json_array_append_new(json_object_get(topics, one->topic),
                                    json_integer(one->partition));
    }
    return owned;
}

/* NULL: it has no members, or none that can be learnt. */
static char *view_of(const struct weir_view *view)
{
    json_t *topics = topics_of(view);
    json_t *object = json_pack("{s:o, s:O, s:o}", "members", members_of(view, topics), "topics",
                               topics, "owned", owned_of(view));
    char *text = view->member_count == 0 ? NULL : json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(topics);
    json_decref(object);
    return text;
}

static int plan_kafka(struct weir_group_source *source, char **out)
{
    static const struct weir_choice all;
    struct weir_view view = {.state = NULL};
    int code = weir_group_list_partitions(source, &all, &view);

    code = code != WEIR_EXIT_OK ? code : weir_group_describe(source, &view);
    if (code == WEIR_EXIT_OK) {
        *out = view_of(&view);
    }
    if (code == WEIR_EXIT_OK && *out != NULL) {
        weir_cli_warn(assuming);
    }
    weir_view_fini(&view);
    return code;
}

int weir_group_source_plan(struct weir_group_source *source, char **out)
{
    char text[TEXT_SIZE];
    char *view = NULL;

    source->deadline_ms = weir_monotonic_ms() + source->timeout_ms;
    int code = source->zoo != NULL
                   ? weir_zoo_group_plan(source->zoo, weir_group_left_ms(source), &view)
                   : plan_kafka(source, &view);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    if (view == NULL) {
        (void)snprintf(text, sizeof text,
                       "group '%.249s' has no members%s that partitions could be planned for",
                       source->group, source->zoo != NULL ? " in ZooKeeper" : "");
        weir_cli_complain(text);
        return WEIR_EXIT_NO_GROUP;
    }
    *out = view;
    return WEIR_EXIT_OK;
}
