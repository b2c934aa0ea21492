#include "framework/group_view.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_look.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

static json_t *topics_of(const struct weir_registration *from)
{
    json_t *topics = json_array();

    for (size_t t = 0; t < from->topic_count; t++) {
        (void)json_array_append_new(topics, json_string(from->topics[t].name));
    }
    return topics;
}

static json_t *member_of(const struct weir_registration *from)
{
    const struct {
        const char *key;
        const char *value;
    } texts[] = {{"rack", from->rack}, {"color", from->color}, {"partitions", from->partitions}};
    json_t *member =
        json_pack("{s:o, s:I}", "topics", topics_of(from), "capacity", (json_int_t)from->capacity);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].value != NULL) {
            (void)json_object_set_new(member, texts[i].key, json_string(texts[i].value));
        }
    }
    return member;
}

/* As many partitions as anybody has seen. */
static void add_topics(json_t *topics, const struct weir_registration *from)
{
    for (size_t t = 0; t < from->topic_count; t++) {
        json_int_t seen = json_integer_value(json_object_get(topics, from->topics[t].name));
        if (from->topics[t].partitions > seen) {
            (void)json_object_set_new(topics, from->topics[t].name,
                                      json_integer(from->topics[t].partitions));
        }
    }
}

static void add_owned(json_t *owned, const char *member, const char *topic, int64_t partition)
{
    if (json_object_get(owned, member) == NULL) {
        (void)json_object_set_new(owned, member, json_object());
    }
    json_t *topics = json_object_get(owned, member);
    if (json_object_get(topics, topic) == NULL) {
        (void)json_object_set_new(topics, topic, json_array());
    }
    (void)json_array_append_new(json_object_get(topics, topic), json_integer(partition));
}

/* What the members themselves would begin with. */
static void add_divided(json_t *owned, const struct weir_strategy_view *view)
{
    for (size_t t = 0; t < view->topic_count; t++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, t);
        for (uint32_t p = 0; p < topic->partitions; p++) {
            uint32_t index = view->owned[topic->first + p];
            if (index != WEIR_STRATEGY_NOBODY) {
                add_owned(owned, weir_strategy_member_at(view, index)->id, topic->name, p);
            }
        }
    }
}

static json_t *owned_of(const struct weir_zoo_look *look, const char *strategy)
{
    const struct weir_group_share share = {.roster = &look->roster,
                                           .strategy = strategy,
                                           .color = weir_zoo_look_color(look),
                                           .last = &look->allotment};
    struct weir_group_view divided = {.members = NULL};
    struct weir_error error = {.code = WEIR_OK};
    json_t *owned = json_object();

    if (look->divided && weir_group_view_create(&share, &divided, &error) == WEIR_OK) {
        add_divided(owned, &divided.view);
        weir_group_view_fini(&divided);
        return owned;
    }
    for (size_t i = 0; i < look->owner_count; i++) {
        const struct weir_zoo_owner *owner = &look->owners[i];
        size_t index = weir_zoo_look_find(look, owner->data);
        if (index != SIZE_MAX && look->troubles[index] == NULL) {
            add_owned(owned, look->roster.members[index]->id, owner->topic, owner->partition);
        }
    }
    return owned;
}

static void say_left_out(const char *member, const char *why)
{
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text, "'%.255s' is left out: %.300s", member, why);
    weir_cli_warn(text);
}

static bool has_color(const struct weir_roster_member *member, const char *color)
{
    const char *own = member->registration.color;

    return own != NULL && color != NULL && strcmp(own, color) == 0;
}

/* NULL: there is no member. */
static char *view_of(const struct weir_zoo_look *look)
{
    json_t *members = json_object();
    json_t *topics = json_object();
    const char *strategy = NULL;

    for (size_t i = 0; i < look->roster.count; i++) {
        const struct weir_roster_member *member = look->roster.members[i];
        if (look->troubles[i] != NULL) {
            say_left_out(member->id, look->troubles[i]);
            continue;
        }
        if (strategy == NULL || has_color(member, weir_zoo_look_color(look))) {
            strategy = member->registration.strategy;
        }
        (void)json_object_set_new(members, member->id, member_of(&member->registration));
        add_topics(topics, &member->registration);
    }
    json_t *view = strategy == NULL ? NULL
                                    : json_pack("{s:O, s:O, s:o}", "members", members, "topics",
                                                topics, "owned", owned_of(look, strategy));
    if (view != NULL && weir_zoo_look_color(look) != NULL) {
        (void)json_object_set_new(view, "color", json_string(weir_zoo_look_color(look)));
        (void)json_object_set_new(view, "epoch", json_integer((json_int_t)look->record.epoch));
    }
    char *text = view == NULL ? NULL : json_dumps(view, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(members);
    json_decref(topics);
    json_decref(view);
    return text;
}

int weir_zoo_group_plan(struct weir_zoo_group *group, int64_t timeout_ms, char **out)
{
    struct weir_zoo_look look;

    weir_zoo_talk_allow(group->talk, timeout_ms);
    int code = weir_zoo_look(group->talk, group->name, &look);
    if (code == WEIR_EXIT_OK) {
        *out = view_of(&look);
    }
    weir_zoo_look_fini(&look);
    return code;
}
