#include "tools/zoo_switch_ready.h"

#include "tools/memory.h"
#include "tools/text_table.h"
#include <jansson.h>
#include <string.h>

/* The next one of the color, from `from` on; SIZE_MAX: none. */
static size_t next_of(const struct weir_zoo_look *look, const char *color, size_t from)
{
    for (size_t i = from; i < look->roster.count; i++) {
        const struct weir_roster_member *member = look->roster.members[i];
        if (member->state == WEIR_ROSTER_READ && member->registration.color != NULL &&
            strcmp(member->registration.color, color) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* What the division gives to it. */
static size_t share_of(const struct weir_zoo_look *look, size_t index)
{
    const struct weir_allotment *allotment = &look->allotment;
    size_t count = 0;

    for (size_t t = 0; look->divided && t < allotment->topic_count; t++) {
        const struct weir_allotment_topic *topic = &allotment->topics[t];
        for (uint32_t p = 0; p < topic->partitions; p++) {
            count += weir_zoo_look_allotted(look, topic->name, (int32_t)p) == index ? 1 : 0;
        }
    }
    return count;
}

/* While it is not divided, or not anew, another sentence says so. */
static bool is_settled(const struct weir_switch_plan *plan)
{
    return plan->block_count == 0;
}

/* To nobody, which was agreed to. */
static bool is_left(const struct weir_switch_plan *plan, const char *topic)
{
    for (size_t i = 0; i < plan->topic_count; i++) {
        if (plan->topics[i].left && strcmp(plan->topics[i].name, topic) == 0) {
            return true;
        }
    }
    return false;
}

void weir_switch_ready_judge(const struct weir_zoo_look *look, struct weir_switch_plan *plan)
{
    const struct weir_zoo_owner *first = NULL;
    size_t count = 0;

    for (size_t i = 0; is_settled(plan) && i < look->owner_count; i++) {
        const struct weir_zoo_owner *owner = &look->owners[i];
        const char *color = weir_switching_owner_color(look, owner);
        if (color != NULL && strcmp(color, plan->request.from) == 0 &&
            weir_zoo_look_allotted(look, owner->topic, owner->partition) == SIZE_MAX &&
            !is_left(plan, owner->topic)) {
            first = count == 0 ? owner : first;
            count++;
        }
    }
    if (count > 0) {
        weir_switch_plan_block(plan,
                               weir_cli_text("no member of %s has %s/%d on paper, which %s has%s",
                                             plan->request.to, first->topic, (int)first->partition,
                                             plan->request.from,
                                             count == 1 ? "" : ", and so it is with others"),
                               false);
    }
}

/* "-" for what it does not tell. */
static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static bool is_same(const char *one, const char *other)
{
    return strcmp(or_dash(one), or_dash(other)) == 0;
}

static void warn(const struct weir_switching *switching, const char *color)
{
    const struct weir_zoo_look *look = &switching->look;
    size_t first = next_of(look, color, 0);

    for (size_t i = first; i != SIZE_MAX; i = next_of(look, color, i + 1)) {
        const struct weir_registration *a = &look->roster.members[first]->registration;
        const struct weir_registration *b = &look->roster.members[i]->registration;
        if (!is_same(a->handler, b->handler) || !is_same(a->version, b->version)) {
            (void)fprintf(switching->out,
                          "warning: the members of %s do not have the same handler: %s has %s %s, "
                          "%s has %s %s\n",
                          color, look->roster.members[first]->id, or_dash(a->handler),
                          or_dash(a->version), look->roster.members[i]->id, or_dash(b->handler),
                          or_dash(b->version));
            return;
        }
    }
}

void weir_switch_ready_show(const struct weir_switching *switching,
                            const struct weir_switch_plan *plan)
{
    static const char *const titles[] = {"STANDBY", "PARTITIONS", "HANDLER", "VERSION"};
    const struct weir_zoo_look *look = &switching->look;
    const char *color = plan->request.to;
    struct weir_text_table table = {.align = "lrll"};
    size_t first = next_of(look, color, 0);

    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        weir_text_table_add(&table, "%s", titles[i]);
    }
    for (size_t i = first; i != SIZE_MAX; i = next_of(look, color, i + 1)) {
        const struct weir_registration *self = &look->roster.members[i]->registration;
        weir_text_table_add(&table, "%s", look->roster.members[i]->id);
        weir_text_table_add(&table, "%zu", share_of(look, i));
        weir_text_table_add(&table, "%s", or_dash(self->handler));
        weir_text_table_add(&table, "%s", or_dash(self->version));
    }
    if (first != SIZE_MAX) {
        weir_text_table_print(&table, switching->out);
        (void)fputc('\n', switching->out);
        warn(switching, color);
    }
    weir_text_table_fini(&table);
}

static json_t *text_or_null(const char *text)
{
    json_t *string = text == NULL ? NULL : json_string(text);

    return string == NULL ? json_null() : string;
}

json_t *weir_switch_ready_json(const struct weir_switching *switching,
                               const struct weir_switch_plan *plan)
{
    const struct weir_zoo_look *look = &switching->look;
    const char *color = plan->request.to;
    json_t *array = json_array();

    for (size_t i = next_of(look, color, 0); i != SIZE_MAX; i = next_of(look, color, i + 1)) {
        const struct weir_registration *self = &look->roster.members[i]->registration;
        (void)json_array_append_new(array, json_pack("{s:o, s:I, s:o, s:o}", "id",
                                                     text_or_null(look->roster.members[i]->id),
                                                     "partitions", (json_int_t)share_of(look, i),
                                                     "handler", text_or_null(self->handler),
                                                     "version", text_or_null(self->version)));
    }
    return array;
}
