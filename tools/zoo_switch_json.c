#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_back.h"
#include "tools/zoo_switch_health.h"
#include "tools/zoo_switch_progress.h"
#include "tools/zoo_switch_ready.h"
#include "tools/zoo_switch_show.h"
#include "tools/zoo_switch_stops.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What is no UTF-8 is as good as nothing for whoever reads JSON. */
static json_t *text(const char *value)
{
    json_t *string = value == NULL || value[0] == '\0' ? NULL : json_string(value);

    return string == NULL ? json_null() : string;
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static void print_line(const struct weir_switching *switching, json_t *object)
{
    (void)json_dumpf(object, switching->out, JSON_COMPACT);
    (void)fputc('\n', switching->out);
    (void)fflush(switching->out);
    json_decref(object);
}

static json_t *limits_json(const struct weir_switch_limits *limits)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "prepare", (json_int_t)limits->prepare_ms, "drain",
                     (json_int_t)limits->drain_ms, "take", (json_int_t)limits->take_ms, "health",
                     (json_int_t)limits->health_ms);
}

static json_t *request_json(const struct weir_switch_request *request)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:I, s:b, s:o}", "id", text(request->id),
        "from", text(request->from), "to", text(request->to), "by", text(request->by), "mode",
        weir_switch_show_mode(request), "drain", weir_switch_show_drain(request), "on_deadline",
        weir_switch_show_overdue(request), "limits_ms", limits_json(&request->limits), "health",
        weir_switch_health_json(request), "asked_ms", (json_int_t)request->asked_ms, "replay",
        request->replay, "peer", text(request->peer));
}

static json_t *micros(int64_t time_ns)
{
    return time_ns < 0 ? json_null() : json_integer((json_int_t)(time_ns / WEIR_NS_PER_US));
}

static json_t *sum_json(const struct weir_switch_gaps_sum *sum)
{
    bool any = sum->measured > 0;

    return json_pack("{s:o, s:o, s:o, s:o}", "measured", count(sum->measured), "median_us",
                     micros(any ? sum->median_ns : -1), "p99_us", micros(any ? sum->p99_ns : -1),
                     "max_us", micros(any ? sum->max_ns : -1));
}

/* Which color, epoch and step: all lines have these. */
static json_t *head_json(const struct weir_switching *switching)
{
    const struct weir_switch *record = &switching->look.record;

    return json_pack("{s:o, s:o, s:o, s:o, s:s}", "group", text(switching->group->name), "active",
                     text(record->active), "epoch", count(record->epoch), "turn",
                     count(record->turn), "step", weir_switch_step_name(record->step));
}

static json_t *blocked_json(const struct weir_zoo_look *look)
{
    char blocked[WEIR_SWITCH_WHY_SIZE] = "";

    if (look->record.step != WEIR_SWITCH_IDLE) {
        weir_switching_blocked(look, blocked);
    }
    return text(blocked);
}

static json_t *colors_json(const struct weir_zoo_look *look)
{
    json_t *array = json_array();
    size_t colors_count = 0;
    const char **colors = weir_switch_show_colors(look, &colors_count);

    for (size_t i = 0; i < colors_count; i++) {
        (void)json_array_append_new(
            array, json_pack("{s:o, s:b, s:o, s:o}", "color", text(colors[i]), "may_own",
                             weir_switch_may_own(&look->record, colors[i]), "members",
                             count(weir_switch_show_members_of(look, colors[i])), "partitions",
                             count(weir_switch_show_owned_by(look, colors[i]))));
    }
    free((void *)colors);
    return array;
}

static json_t *member_json(const struct weir_zoo_look *look, size_t index)
{
    const struct weir_roster_member *member = look->roster.members[index];
    const struct weir_registration *self = &member->registration;
    const struct weir_registration_progress *progress = &self->progress;

    return json_pack("{s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:o, s:o}", "id", text(member->id),
                     "color", text(self->color), "turn", count(progress->turn), "heard",
                     self->color != NULL && progress->turn == look->record.turn, "ready",
                     progress->ready, "empty", progress->empty, "full", progress->full, "asked",
                     self->color != NULL && weir_switch_asks(&look->record, self->color),
                     "partitions", count(weir_switch_show_owned(look, index)), "trouble",
                     text(look->troubles[index]));
}

static json_t *members_json(const struct weir_zoo_look *look)
{
    json_t *array = json_array();

    for (size_t i = 0; i < look->roster.count; i++) {
        (void)json_array_append_new(array, member_json(look, i));
    }
    return array;
}

void weir_switch_json_status(const struct weir_switching *switching)
{
    const struct weir_zoo_look *look = &switching->look;
    const struct weir_zoo_owner *first = NULL;
    const struct weir_switch *record = &look->record;
    json_t *object = head_json(switching);

    (void)json_object_update_new(
        object,
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "request",
                  record->step == WEIR_SWITCH_IDLE ? json_null() : request_json(&record->request),
                  "why", text(record->why), "waits", blocked_json(look), "health",
                  weir_switch_health_look_json(look), "colors", colors_json(look), "strangers",
                  count(weir_switch_show_owned_by(look, NULL)), "misplaced",
                  count(weir_switching_misplaced(look, &first)), "members", members_json(look)));
    print_line(switching, object);
}

/* NULL: nothing does. */
static json_t *begins_json(const struct weir_switch_plan *plan)
{
    json_t *array = plan->begin_count == 0 ? NULL : json_array();

    for (size_t i = 0; i < plan->begin_count; i++) {
        (void)json_array_append_new(array,
                                    json_pack("{s:o, s:o}", "topic", text(plan->begins[i].name),
                                              "partitions", count(plan->begins[i].partitions)));
    }
    return array;
}

void weir_switch_json_plan(const struct weir_switching *switching,
                           const struct weir_switch_plan *plan)
{
    json_t *object = head_json(switching);
    json_t *blocks = json_array();
    json_t *topics = json_array();

    for (size_t i = 0; i < plan->block_count; i++) {
        (void)json_array_append_new(blocks,
                                    json_pack("{s:o, s:b}", "why", text(plan->blocks[i].why),
                                              "waits", plan->blocks[i].waits));
    }
    for (size_t i = 0; i < plan->topic_count; i++) {
        (void)json_array_append_new(topics, json_pack("{s:o, s:o, s:o*}", "topic",
                                                      text(plan->topics[i].name), "partitions",
                                                      count(plan->topics[i].partitions), "left",
                                                      plan->topics[i].left ? json_true() : NULL));
    }
    (void)json_object_update_new(
        object, json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*}",
                          "peer", text(plan->request.peer), "from", text(plan->request.from), "to",
                          text(plan->request.to), "mode", weir_switch_show_mode(&plan->request),
                          "drain", weir_switch_show_drain(&plan->request), "on_deadline",
                          weir_switch_show_overdue(&plan->request), "limits_ms",
                          limits_json(&plan->request.limits), "health",
                          weir_switch_health_json(&plan->request), "standby",
                          weir_switch_ready_json(switching, plan), "moves", topics, "expected_gap",
                          plan->watched == 0 ? json_null() : sum_json(&plan->expected), "stops",
                          weir_switch_stops_json(switching->wish), "blocked", blocks, "begins",
                          begins_json(plan)));
    print_line(switching, object);
}

static json_t *past_json(const struct weir_switch_past *past)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "id", text(past->id),
                     "outcome", weir_switch_outcome_name(past->outcome), "from", text(past->from),
                     "to", text(past->to), "by", text(past->by), "why", text(past->why), "epoch",
                     count(past->epoch), "asked_ms", (json_int_t)past->asked_ms, "ended_ms",
                     (json_int_t)past->ended_ms);
}

static json_t *entry_json(const struct weir_switch_log_entry *entry)
{
    return entry == NULL ? json_null() : sum_json(&entry->sum);
}

void weir_switch_json_history(const struct weir_switching *switching,
                              const struct weir_switch_log *log)
{
    const struct weir_switch *record = &switching->look.record;
    json_t *object = head_json(switching);
    json_t *array = json_array();

    for (size_t i = 0; i < record->past_count; i++) {
        const struct weir_switch_past *past = &record->past[i];
        json_t *one = past_json(past);
        (void)json_object_set_new(one, "gaps", entry_json(weir_switch_log_find(log, past->id)));
        (void)json_array_append_new(array, one);
    }
    (void)json_object_set_new(object, "history", array);
    print_line(switching, object);
}

void weir_switch_json_open(const struct weir_switching *switching,
                           const struct weir_switch_back *back)
{
    json_t *object = head_json(switching);

    (void)json_object_update_new(
        object, json_pack("{s:{s:o, s:o, s:o, s:I, s:I}}", "back", "of", text(back->of->id), "id",
                          text(back->id), "to", text(back->to), "ended_ms",
                          (json_int_t)back->of->ended_ms, "until_ms", (json_int_t)back->until_ms));
    print_line(switching, object);
}

void weir_switch_json_act(const struct weir_switching *switching, const char *what)
{
    const struct weir_switch *record = &switching->look.record;
    json_t *object = head_json(switching);

    (void)json_object_update_new(
        object,
        json_pack("{s:o, s:o}", "request",
                  record->step == WEIR_SWITCH_IDLE ? json_null() : request_json(&record->request),
                  "says", text(what)));
    print_line(switching, object);
}

void weir_switch_json_step(const struct weir_switching *switching, int64_t elapsed_ms)
{
    json_t *object = head_json(switching);

    (void)json_object_update_new(
        object, json_pack("{s:I, s:o, s:o, s:o}", "elapsed_ms", (json_int_t)elapsed_ms, "taken",
                          count(weir_switch_progress_taken(switching)), "partitions",
                          count(switching->gaps.count), "waits", blocked_json(&switching->look)));
    print_line(switching, object);
}

void weir_switch_json_health(const struct weir_switching *switching,
                             enum weir_switch_verdict verdict, const char *why, int64_t elapsed_ms)
{
    json_t *object = head_json(switching);

    (void)json_object_update_new(
        object, json_pack("{s:I, s:{s:s, s:o}}", "elapsed_ms", (json_int_t)elapsed_ms, "health",
                          "verdict", weir_switch_verdict_name(verdict), "why", text(why)));
    print_line(switching, object);
}

static json_t *each_gap_json(const struct weir_switch_gaps *gaps)
{
    json_t *array = json_array();

    for (size_t i = 0; i < gaps->count; i++) {
        const struct weir_switch_gap *gap = &gaps->all[i];
        (void)json_array_append_new(
            array, json_pack("{s:o, s:i, s:I, s:o}", "topic", text(gap->topic), "partition",
                             (int)gap->partition, "moves", (json_int_t)gap->moves, "gap_us",
                             micros(gap->gap_ns)));
    }
    return array;
}

static json_t *gaps_json(const struct weir_switch_gaps *gaps)
{
    struct weir_switch_gaps_sum sum = weir_switch_gaps_sum(gaps);
    json_t *object = sum_json(&sum);

    (void)json_object_set_new(object, "partitions", count(gaps->count));
    (void)json_object_set_new(object, "each", each_gap_json(gaps));
    return object;
}

void weir_switch_json_end(const struct weir_switching *switching,
                          const struct weir_switch_past *past, int64_t elapsed_ms)
{
    json_t *object = head_json(switching);

    (void)json_object_update_new(
        object, json_pack("{s:o, s:o, s:o}", "elapsed_ms",
                          elapsed_ms < 0 ? json_null() : json_integer((json_int_t)elapsed_ms),
                          "gaps", elapsed_ms < 0 ? json_null() : gaps_json(&switching->gaps),
                          "ended", past_json(past)));
    print_line(switching, object);
}
