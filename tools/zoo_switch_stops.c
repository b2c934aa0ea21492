#include "tools/zoo_switch_stops.h"

#include "framework/base/memory.h"
#include "framework/switch_stops.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/text_table.h"
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static size_t count_of(const struct weir_switch_wish *wish)
{
    return wish->stops == NULL ? 0 : wish->stops->count;
}

static int refuse(enum weir_status status)
{
    weir_cli_complain(status == WEIR_ERR_NOMEM
                          ? "out of memory"
                          : "these stop offsets cannot be: too many, or a topic that cannot be");
    return status == WEIR_ERR_NOMEM ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_USAGE;
}

int weir_switch_stops_text(const struct weir_switch_wish *wish, char **out)
{
    size_t count = count_of(wish);
    struct weir_position *positions = weir_cli_alloc(count + 1, sizeof *positions);
    struct weir_switch_stops stops = {.topics = NULL};

    for (size_t i = 0; i < count; i++) {
        const struct weir_switch_stop *stop = &wish->stops->all[i];
        positions[i] = (struct weir_position){
            .topic = stop->topic, .partition = stop->partition, .offset = stop->offset};
    }
    enum weir_status status = weir_switch_stops_create(wish->id, positions, count, &stops);
    status = status != WEIR_OK ? status : weir_switch_stops_write(&stops, out);
    free(positions);
    weir_switch_stops_fini(&stops);
    return status == WEIR_OK ? WEIR_EXIT_OK : refuse(status);
}

static bool has_topic(const struct weir_switch_plan *plan, const char *topic)
{
    for (size_t i = 0; i < plan->topic_count; i++) {
        if (strcmp(plan->topics[i].name, topic) == 0) {
            return true;
        }
    }
    return false;
}

/* Of topics that only another color has, or another group, or nobody any more. */
static void drop_foreign(struct weir_switch_stop_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (!list->all[i].foreign) {
            list->all[kept++] = list->all[i];
        } else {
            free(list->all[i].topic);
        }
    }
    list->count = kept;
}

void weir_switch_stops_judge(const struct weir_switch_wish *wish, struct weir_switch_plan *plan)
{
    const char *from = plan->request.from;
    const char *last = "";

    for (size_t i = 0; i < count_of(wish); i++) {
        wish->stops->all[i].foreign = !has_topic(plan, wish->stops->all[i].topic);
    }
    if (wish->stops != NULL && !wish->stops->is_given) {
        drop_foreign(wish->stops);
    }
    for (size_t i = 0; i < count_of(wish) && wish->peer == NULL; i++) {
        const char *topic = wish->stops->all[i].topic;
        if (wish->stops->all[i].foreign && strcmp(topic, last) != 0) {
            weir_switch_plan_block(plan,
                                   weir_cli_text("there are stop offsets of %s, which %s%s has not",
                                                 topic, from[0] == '\0' ? "no color" : from,
                                                 from[0] == '\0' ? " that is active" : ""),
                                   false);
            last = topic;
        }
    }
}

static void refuse_unknown(const struct weir_switch_wish *const wishes[2],
                           struct weir_switch_plan *const plans[2])
{
    const struct weir_switch_stop *all[] = {wishes[0]->stops->all, wishes[1]->stops->all};
    const char *last = "";

    assert(wishes[0]->stops->count == wishes[1]->stops->count);
    for (size_t i = 0; i < wishes[0]->stops->count; i++) {
        const char *topic = all[0][i].topic;
        if (all[0][i].foreign && all[1][i].foreign && strcmp(topic, last) != 0) {
            weir_switch_plan_block(
                plans[0],
                weir_cli_text("there are stop offsets of %s, which neither the color that leaves "
                              "%s reads nor the one that leaves %s: leave them out",
                              topic, wishes[1]->peer, wishes[0]->peer),
                false);
            last = topic;
        }
    }
}

void weir_switch_stops_share(struct weir_switch_wish *const wishes[2],
                             struct weir_switch_plan *const plans[2])
{
    const struct weir_switch_wish *const read[] = {wishes[0], wishes[1]};

    if (wishes[0]->stops == NULL) {
        return;
    }
    if (wishes[0]->stops->is_given) {
        refuse_unknown(read, plans);
    }
    for (size_t i = 0; i < 2; i++) {
        drop_foreign(wishes[i]->stops);
        if (wishes[i]->stops->count == 0) {
            wishes[i]->stops = NULL;
            plans[i]->request.drain = WEIR_SWITCH_IN_FLIGHT;
            plans[i]->next.request.drain = WEIR_SWITCH_IN_FLIGHT;
        }
    }
}

/* What a person would want to know. */
static const char *note_of(const struct weir_switch_stop *stop)
{
    if (stop->committed > stop->offset) {
        return "past it: handed over where it is";
    }
    return stop->end >= 0 && stop->offset > stop->end ? "behind the end: waits for records" : "";
}

static void add_number(struct weir_text_table *table, int64_t number)
{
    if (number < 0) {
        weir_text_table_add(table, "-");
    } else {
        weir_text_table_add(table, "%" PRId64, number);
    }
}

void weir_switch_stops_show(const struct weir_switching *switching)
{
    static const char *const titles[] = {"TOPIC", "PARTITION", "COMMITTED", "STOP", "NOTE"};
    struct weir_text_table table = {.align = "lrrrl"};
    size_t count = count_of(switching->wish);

    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        weir_text_table_add(&table, "%s", titles[i]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct weir_switch_stop *stop = &switching->wish->stops->all[i];
        weir_text_table_add(&table, "%s", stop->topic);
        weir_text_table_add(&table, "%d", (int)stop->partition);
        add_number(&table, stop->committed);
        add_number(&table, stop->offset);
        weir_text_table_add(&table, "%s", note_of(stop));
    }
    if (count > 0) {
        weir_text_table_print(&table, switching->out);
        (void)fputc('\n', switching->out);
    }
    weir_text_table_fini(&table);
}

static json_t *number(int64_t value)
{
    return value < 0 ? json_null() : json_integer((json_int_t)value);
}

json_t *weir_switch_stops_json(const struct weir_switch_wish *wish)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count_of(wish); i++) {
        const struct weir_switch_stop *stop = &wish->stops->all[i];
        (void)json_array_append_new(
            array, json_pack("{s:s, s:i, s:o, s:I, s:o}", "topic", stop->topic, "partition",
                             (int)stop->partition, "committed", number(stop->committed), "stop",
                             (json_int_t)stop->offset, "end", number(stop->end)));
    }
    return array;
}
