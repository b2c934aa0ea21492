#include "tools/group_print.h"

#include <jansson.h>

static json_t *number(int64_t value)
{
    return value < 0 ? json_null() : json_integer(value);
}

/* What is no UTF-8 is as good as nothing for whoever reads JSON. */
static json_t *text(const char *value)
{
    json_t *string = value == NULL ? NULL : json_string(value);

    return string == NULL ? json_null() : string;
}

static json_t *member_id(const struct weir_view *view, int32_t index)
{
    return text(index == WEIR_VIEW_NOBODY ? NULL : view->members[index].id);
}

/* NULL: it is left out. */
static json_t *given(int64_t value)
{
    return value < 0 ? NULL : json_integer(value);
}

static json_t *partition_json(const struct weir_view *view, const struct weir_view_partition *one)
{
    return json_pack("{s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:o*, "
                     "s:o*, s:o*}",
                     "topic", text(one->topic), "partition", (int)one->partition, "committed",
                     number(one->committed), "begin", number(one->begin), "end", number(one->end),
                     "lag", number(weir_view_lag(one)), "age_ms", number(one->age_ms), "owner",
                     member_id(view, one->owner), "holder", text(one->holder), "allotted",
                     member_id(view, one->allotted), "metadata", text(one->metadata), "trouble",
                     text(one->trouble), "stop", given(one->stop), "set_back_to",
                     given(one->set_back_to), "again",
                     one->set_back_to < 0 ? NULL : number(weir_view_again(one)), "left",
                     one->left ? json_true() : NULL);
}

static json_t *partitions_json(const struct weir_view *view)
{
    json_t *array = json_array();

    for (size_t i = 0; i < view->partition_count; i++) {
        (void)json_array_append_new(array, partition_json(view, &view->partitions[i]));
    }
    return array;
}

static json_t *members_json(const struct weir_view *view)
{
    if (!weir_view_members_known(view)) {
        return json_null();
    }
    json_t *array = json_array();
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_view_member *member = &view->members[i];
        (void)json_array_append_new(
            array, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "id",
                             text(member->id), "client_id", text(member->client), "host",
                             text(member->host), "instance_id", text(member->instance), "strategy",
                             text(member->strategy), "capacity", number(member->capacity), "rack",
                             text(member->rack), "color", text(member->color), "shadow",
                             member->shadow, "trouble", text(member->trouble)));
    }
    return array;
}

static json_t *topics_json(const struct weir_view *view)
{
    json_t *array = json_array();
    struct weir_view_total total = {.topic = NULL};

    for (size_t i = 0; i < view->partition_count;) {
        i = weir_view_topic_total(view, i, &total);
        (void)json_array_append_new(
            array, json_pack("{s:o, s:I, s:I, s:I}", "topic", text(total.topic), "partitions",
                             (json_int_t)total.partitions, "lag", (json_int_t)total.lag, "unknown",
                             (json_int_t)total.unknown));
    }
    return array;
}

static json_t *coordinator_json(const struct weir_view *view)
{
    json_t *id =
        view->meeting == WEIR_VIEW_KAFKA ? json_integer(view->coordinator_id) : json_null();

    if (view->coordinator == NULL) {
        json_decref(id);
        return json_null();
    }
    return json_pack("{s:o, s:o}", "id", id, "address", text(view->coordinator));
}

static void print_line(FILE *out, json_t *object)
{
    (void)json_dumpf(object, out, JSON_COMPACT);
    (void)fputc('\n', out);
    json_decref(object);
}

static json_t *request_json(const struct weir_view_request *request)
{
    return request->id == NULL
               ? json_null()
               : json_pack("{s:o, s:o, s:o, s:o, s:b, s:b}", "id", text(request->id), "from",
                           text(request->from), "to", text(request->to), "peer",
                           text(request->peer), "stops", request->stops, "replay", request->replay);
}

void weir_print_view_json(FILE *out, const char *group, const struct weir_view *view)
{
    struct weir_view_total total = {.topic = NULL};

    weir_view_total(view, &total);
    json_t *object =
        json_pack("{s:o, s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "group", text(group), "time_ms",
                  (json_int_t)view->time_ms, "coordination",
                  view->meeting == WEIR_VIEW_ZOOKEEPER ? "zookeeper" : "kafka", "state",
                  text(view->state), "reason", text(view->reason), "assignor", text(view->assignor),
                  "coordinator", coordinator_json(view), "members", members_json(view));
    (void)json_object_update_new(object,
                                 json_pack("{s:I, s:I, s:o, s:o}", "lag", (json_int_t)total.lag,
                                           "unknown", (json_int_t)total.unknown, "topics",
                                           topics_json(view), "partitions", partitions_json(view)));
    if (view->step != NULL) {
        (void)json_object_update_new(object, json_pack("{s:o, s:I, s:s, s:o}", "color",
                                                       text(view->active_color), "epoch",
                                                       (json_int_t)view->epoch, "step", view->step,
                                                       "request", request_json(&view->request)));
    }
    print_line(out, object);
}

void weir_print_plan_json(FILE *out, const char *group, const struct weir_plan *plan, bool execute)
{
    json_t *changes = json_array();

    for (size_t i = 0; i < plan->count; i++) {
        const struct weir_change *change = &plan->changes[i];
        (void)json_array_append_new(
            changes, json_pack("{s:o, s:i, s:o, s:o, s:b, s:s}", "topic", text(change->topic),
                               "partition", (int)change->partition, "old", number(change->old),
                               "new", number(change->offset), "changes",
                               change->kind == WEIR_CHANGE_SET, "note", weir_change_note(change)));
    }
    print_line(out, json_pack("{s:o, s:b, s:o}", "group", text(group), "execute", execute,
                              "changes", changes));
}
