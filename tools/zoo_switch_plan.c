#include "tools/zoo_switch_plan.h"

#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_ready.h"
#include "tools/zoo_switch_show.h"
#include "tools/zoo_switch_stops.h"
#include "tools/zoo_switch_unread.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void weir_switch_plan_block(struct weir_switch_plan *plan, char *why, bool waits)
{
    plan->blocks = weir_cli_grow(plan->blocks, plan->block_count + 1, sizeof plan->blocks[0]);
    plan->blocks[plan->block_count++] = (struct weir_switch_block){.why = why, .waits = waits};
    plan->refused = plan->refused || !waits;
}

static bool is_of(const struct weir_roster_member *member, const char *color)
{
    return member->state == WEIR_ROSTER_READ && member->registration.color != NULL &&
           strcmp(member->registration.color, color) == 0;
}

/* The request. */

static int take_text(char *out, size_t size, const char *text, const char *what)
{
    char said[128];

    if (strlen(text) < size) {
        memcpy(out, text, strlen(text) + 1);
        return WEIR_EXIT_OK;
    }
    (void)snprintf(said, sizeof said, "%s has more than %zu characters", what, size - 1);
    weir_cli_complain(said);
    return WEIR_EXIT_USAGE;
}

int weir_switch_plan_request(const struct weir_switch_wish *wish, struct weir_switch_request *out)
{
    struct weir_error error = {.code = WEIR_OK};

    *out = (struct weir_switch_request){
        .mode = wish->together ? WEIR_SWITCH_TOGETHER : WEIR_SWITCH_EACH,
        .drain = wish->stops != NULL ? WEIR_SWITCH_TO_STOPS
                 : wish->immediate   ? WEIR_SWITCH_IMMEDIATE
                                     : WEIR_SWITCH_IN_FLIGHT,
        .overdue = wish->go_on ? WEIR_SWITCH_GO_ON : WEIR_SWITCH_GO_BACK,
        .replay = wish->replay,
        .leave_unread = wish->leave_unread,
        .limits = {.prepare_ms = wish->prepare_ms,
                   .drain_ms = wish->drain_ms,
                   .take_ms = wish->take_ms,
                   .health_ms = wish->health_ms},
        .health = {.errors = wish->health.errors,
                   .latency = wish->health.latency,
                   .lag = wish->health.lag,
                   .records = wish->health.records},
        .unhealthy = wish->health.take_back ? WEIR_SWITCH_TAKE_BACK : WEIR_SWITCH_TELL};
    int code = take_text(out->to, sizeof out->to, wish->to, "the color");
    code = code != WEIR_EXIT_OK ? code : take_text(out->id, sizeof out->id, wish->id, "the id");
    code = code != WEIR_EXIT_OK ? code : take_text(out->by, sizeof out->by, wish->by, "the asker");
    if (code == WEIR_EXIT_OK && wish->peer != NULL) {
        code = take_text(out->peer, sizeof out->peer, wish->peer, "the other group");
    }
    if (code == WEIR_EXIT_OK && weir_switch_check(out, &error) != WEIR_OK) {
        weir_cli_complain(error.text);
        code = WEIR_EXIT_USAGE;
    }
    return code;
}

/* What is in its way. */

static void judge_quarrel(const struct weir_zoo_look *look, struct weir_switch_plan *plan)
{
    char text[WEIR_ZOO_WHY_SIZE];
    const char *why = NULL;

    if (strcmp(weir_zoo_look_state(look, text, &why), "Disagreeing") == 0) {
        weir_switch_plan_block(plan, weir_cli_copy(why), false);
    }
}

static bool has_share(const struct weir_zoo_look *look, const char *id)
{
    for (size_t i = 0; look->divided && i < look->allotment.present_count; i++) {
        if (strcmp(look->allotment.members[i], id) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_members(const struct weir_zoo_look *look, struct weir_switch_plan *plan)
{
    const char *first = NULL;
    size_t members = 0;
    size_t lacking = 0;

    for (size_t i = 0; i < look->roster.count; i++) {
        const struct weir_roster_member *member = look->roster.members[i];
        if (is_of(member, plan->request.to)) {
            bool lacks = !has_share(look, member->id);
            first = lacks && first == NULL ? member->id : first;
            lacking += lacks ? 1 : 0;
            members++;
        }
    }
    if (members == 0) {
        weir_switch_plan_block(plan, weir_cli_text("there is no member of %s", plan->request.to),
                               true);
    } else if (lacking == 1) {
        weir_switch_plan_block(plan, weir_cli_text("%s has no share yet", first), true);
    } else if (lacking > 1) {
        weir_switch_plan_block(
            plan, weir_cli_text("%s has no share yet, and %zu more", first, lacking - 1), true);
    }
}

/* What would move. */

static struct weir_switch_topic *topic_of(struct weir_switch_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->topic_count; i++) {
        if (strcmp(plan->topics[i].name, name) == 0) {
            return &plan->topics[i];
        }
    }
    plan->topics = weir_cli_grow(plan->topics, plan->topic_count + 1, sizeof plan->topics[0]);
    struct weir_switch_topic *topic = &plan->topics[plan->topic_count++];
    *topic = (struct weir_switch_topic){.name = name};
    return topic;
}

static int by_name(const void *one, const void *other)
{
    const struct weir_switch_topic *a = one;
    const struct weir_switch_topic *b = other;

    return strcmp(a->name, b->name);
}

/* What it owns, and what it would own if somebody owned it. */
static void take_topics(const struct weir_zoo_look *look, struct weir_switch_plan *plan)
{
    const char *from = plan->request.from;

    for (size_t i = 0; i < look->roster.count; i++) {
        const struct weir_roster_member *member = look->roster.members[i];
        for (size_t t = 0; is_of(member, from) && t < member->registration.topic_count; t++) {
            (void)topic_of(plan, member->registration.topics[t].name);
        }
    }
    for (size_t i = 0; i < look->owner_count; i++) {
        const char *color = weir_switching_owner_color(look, &look->owners[i]);
        if (color != NULL && strcmp(color, from) == 0) {
            topic_of(plan, look->owners[i].topic)->partitions++;
        }
    }
    if (plan->topic_count > 0) {
        qsort(plan->topics, plan->topic_count, sizeof plan->topics[0], by_name);
    }
}

int weir_switch_plan_make(struct weir_switching *switching, struct weir_switch_plan *out)
{
    struct weir_zoo_look *look = &switching->look;
    struct weir_zoo_group *group = switching->group;
    struct weir_error error = {.code = WEIR_OK};

    assert(switching->wish->to != NULL);
    *out = (struct weir_switch_plan){.blocks = NULL};
    int code = weir_switch_plan_request(switching->wish, &out->request);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    memcpy(out->request.from, look->record.active, sizeof out->request.from);
    if (weir_switch_ask(&look->record, &out->request, weir_clock_wall() / WEIR_NS_PER_MS,
                        &out->next, &error) != WEIR_OK) {
        weir_switch_plan_block(out, weir_cli_copy(error.text), false);
    }
    judge_quarrel(look, out);
    weir_zoo_talk_allow(group->talk, switching->wish->timeout_ms);
    code = weir_zoo_look_division(group->talk, group->name, out->request.to, look);
    if (code == WEIR_EXIT_OK) {
        take_topics(look, out);
        judge_members(look, out);
        weir_switch_unread_judge(switching, out);
        weir_switch_ready_judge(look, out);
        weir_switch_stops_judge(switching->wish, out);
    }
    return code;
}

int weir_switch_plan_expect(struct weir_switching *switching, struct weir_switch_plan *plan)
{
    struct weir_switch_log log;
    int code = weir_switch_log_read(switching, &log);

    if (code == WEIR_EXIT_OK) {
        plan->watched = weir_switch_log_expect(&log, plan->request.mode, &plan->expected);
    }
    return code;
}

void weir_switch_plan_fini(struct weir_switch_plan *plan)
{
    for (size_t i = 0; i < plan->block_count; i++) {
        free(plan->blocks[i].why);
    }
    free(plan->blocks);
    free(plan->topics);
    free(plan->begins);
    *plan = (struct weir_switch_plan){.blocks = NULL};
}

int weir_switching_show_plan(struct weir_switching *switching, struct weir_switch_plan *plan)
{
    int code = weir_switch_plan_expect(switching, plan);

    if (code == WEIR_EXIT_OK) {
        weir_switch_show_plan(switching, plan);
        code = plan->block_count > 0 ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_OK;
    }
    return code;
}

int weir_switching_plan(struct weir_switching *switching)
{
    struct weir_switch_plan plan = {.blocks = NULL};
    int code = weir_switch_plan_make(switching, &plan);

    code = code != WEIR_EXIT_OK ? code : weir_switching_show_plan(switching, &plan);
    weir_switch_plan_fini(&plan);
    return code;
}
