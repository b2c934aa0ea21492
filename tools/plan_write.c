#include "tools/plan_write.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Who got nothing is there, too, with nothing. */
static bool append_members(json_t *assignment, const struct weir_strategy_view *group)
{
    for (size_t i = 0; i < group->member_count; i++) {
        if (json_object_set_new(assignment, weir_strategy_member_at(group, i)->id, json_object()) !=
            0) {
            return false;
        }
    }
    return true;
}

static bool append_partition(json_t *member, const char *topic, uint32_t partition)
{
    json_t *list = json_object_get(member, topic);

    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(member, topic, list) != 0) {
            return false;
        }
    }
    return json_array_append_new(list, json_integer(partition)) == 0;
}

static bool append_topic(json_t *assignment, const struct plan_answer *answer, size_t index)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(answer->group, index);

    for (uint32_t partition = 0; partition < topic->partitions; partition++) {
        uint32_t owner = answer->owners[topic->first + partition];
        if (owner == WEIR_STRATEGY_NOBODY) {
            continue;
        }
        const char *id = weir_strategy_member_at(answer->group, owner)->id;
        if (!append_partition(json_object_get(assignment, id), topic->name, partition)) {
            return false;
        }
    }
    return true;
}

static size_t count_moves(const struct plan_answer *answer)
{
    size_t moves = 0;

    for (size_t i = 0; i < answer->group->partition_count; i++) {
        moves += weir_view_moves(answer->view, i, answer->owners[i]) ? 1 : 0;
    }
    return moves;
}

bool plan_write_json(FILE *stream, const struct plan_answer *answer)
{
    json_t *assignment = json_object();
    bool whole = assignment != NULL && append_members(assignment, answer->group);

    for (size_t i = 0; i < answer->group->topic_count && whole; i++) {
        whole = append_topic(assignment, answer, i);
    }
    json_t *object = whole ? json_pack("{s:O, s:I}", "assignment", assignment, "moves",
                                       (json_int_t)count_moves(answer))
                           : NULL;
    if (object != NULL) {
        (void)json_dumpf(object, stream, JSON_COMPACT | JSON_SORT_KEYS);
        (void)fputc('\n', stream);
    }
    json_decref(assignment);
    json_decref(object);
    return object != NULL;
}

/* The lines of a table. Who is nobody comes last. */
struct table {
    FILE *stream;
    const struct plan_answer *answer;
    int member_width;
    int topic_width;
};

static void widen(int *width, const char *text)
{
    int size = (int)strlen(text);

    *width = size > *width ? size : *width;
}

static const char *name_of(const struct plan_answer *answer, uint32_t owner)
{
    return owner == WEIR_STRATEGY_NOBODY ? "(nobody)"
                                         : weir_strategy_member_at(answer->group, owner)->id;
}

/* The end of the run of partitions from `first` on that the owner has, and that move as it does. */
static uint32_t run_end(const struct table *table, const struct weir_strategy_topic *topic,
                        uint32_t first)
{
    const struct plan_answer *answer = table->answer;
    uint32_t owner = answer->owners[topic->first + first];
    bool moves = weir_view_moves(answer->view, topic->first + first, owner);
    uint32_t end = first + 1;

    while (end < topic->partitions && answer->owners[topic->first + end] == owner &&
           weir_view_moves(answer->view, topic->first + end, owner) == moves) {
        end++;
    }
    return end;
}

static void write_run(const struct table *table, const struct weir_strategy_topic *topic,
                      uint32_t first, uint32_t end)
{
    const struct plan_answer *answer = table->answer;
    size_t index = topic->first + first;

    (void)fprintf(table->stream, " %s%u",
                  weir_view_moves(answer->view, index, answer->owners[index]) ? "*" : "", first);
    if (end - first > 1) {
        (void)fprintf(table->stream, "-%u", end - 1);
    }
}

/* The line of a member and a topic, unless it has nothing of it. False then. */
static bool write_line(const struct table *table, uint32_t owner, size_t index)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(table->answer->group, index);
    bool begun = false;

    for (uint32_t first = 0; first < topic->partitions;) {
        uint32_t end = run_end(table, topic, first);
        if (table->answer->owners[topic->first + first] == owner) {
            if (!begun) {
                (void)fprintf(table->stream, "%-*s  %-*s ", table->member_width,
                              name_of(table->answer, owner), table->topic_width, topic->name);
            }
            begun = true;
            write_run(table, topic, first, end);
        }
        first = end;
    }
    if (begun) {
        (void)fputc('\n', table->stream);
    }
    return begun;
}

static void write_member(const struct table *table, uint32_t owner)
{
    bool any = false;

    for (size_t topic = 0; topic < table->answer->group->topic_count; topic++) {
        any = write_line(table, owner, topic) || any;
    }
    if (!any && owner != WEIR_STRATEGY_NOBODY) {
        (void)fprintf(table->stream, "%-*s  %-*s  -\n", table->member_width,
                      name_of(table->answer, owner), table->topic_width, "-");
    }
}

static void write_summary(const struct table *table)
{
    const struct weir_strategy_view *group = table->answer->group;
    size_t without = 0;

    for (size_t i = 0; i < group->partition_count; i++) {
        without += table->answer->owners[i] == WEIR_STRATEGY_NOBODY ? 1 : 0;
    }
    (void)fprintf(table->stream,
                  "%s: %zu partitions, %zu members; %zu move (*), %zu without an owner\n",
                  table->answer->strategy, group->partition_count, group->member_count,
                  count_moves(table->answer), without);
}

bool plan_write_table(FILE *stream, const struct plan_answer *answer)
{
    const struct weir_strategy_view *group = answer->group;
    struct table table = {.stream = stream, .answer = answer};

    widen(&table.member_width, name_of(answer, WEIR_STRATEGY_NOBODY));
    widen(&table.topic_width, "TOPIC");
    for (size_t i = 0; i < group->member_count; i++) {
        widen(&table.member_width, weir_strategy_member_at(group, i)->id);
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        widen(&table.topic_width, weir_strategy_topic_at(group, i)->name);
    }
    (void)fprintf(stream, "%-*s  %-*s  PARTITIONS\n", table.member_width, "MEMBER",
                  table.topic_width, "TOPIC");
    for (size_t i = 0; i < group->member_count; i++) {
        write_member(&table, (uint32_t)i);
    }
    write_member(&table, WEIR_STRATEGY_NOBODY);
    write_summary(&table);
    return true;
}
