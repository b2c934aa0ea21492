#include "tools/zoo_switch_unread.h"

#include "tools/memory.h"
#include <string.h>

static bool is_of(const struct weir_roster_member *member, const char *color)
{
    return member->state == WEIR_ROSTER_READ && member->registration.color != NULL &&
           strcmp(member->registration.color, color) == 0;
}

static const struct weir_registration_topic *find_topic(const struct weir_registration *self,
                                                        const char *name)
{
    for (size_t t = 0; t < self->topic_count; t++) {
        if (strcmp(self->topics[t].name, name) == 0) {
            return &self->topics[t];
        }
    }
    return NULL;
}

static bool is_covered(const struct weir_zoo_look *look, const char *color, const char *topic)
{
    for (size_t i = 0; i < look->roster.count; i++) {
        const struct weir_roster_member *member = look->roster.members[i];
        if (is_of(member, color) && find_topic(&member->registration, topic) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_known(const struct weir_switch_topic *topics, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(topics[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_left(const struct weir_switching *switching, struct weir_switch_plan *plan)
{
    for (size_t i = 0; i < plan->topic_count; i++) {
        struct weir_switch_topic *topic = &plan->topics[i];
        topic->left = !is_covered(&switching->look, plan->request.to, topic->name);
        if (topic->left && !switching->wish->leave_unread) {
            weir_switch_plan_block(plan,
                                   weir_cli_text("no member of %s subscribes to %s, which %s has: "
                                                 "with --leave-unread it is left to nobody",
                                                 plan->request.to, topic->name, plan->request.from),
                                   false);
        }
    }
}

/* The way back of a swap may leave what it has to, and says so only where it does: of an older
 * weir, whose color it may go back to, nobody obeys a half that says so (framework/switch.h). */
static void leave_no_more(const struct weir_switching *switching, struct weir_switch_plan *plan)
{
    bool leaves = switching->wish->back == NULL || plan->request.peer[0] == '\0';

    for (size_t i = 0; !leaves && i < plan->topic_count; i++) {
        leaves = plan->topics[i].left;
    }
    plan->request.leave_unread = plan->request.leave_unread && leaves;
    plan->next.request.leave_unread = plan->request.leave_unread;
}

static void take_begin(struct weir_switch_plan *plan, const struct weir_registration_topic *topic)
{
    if (is_known(plan->topics, plan->topic_count, topic->name) ||
        is_known(plan->begins, plan->begin_count, topic->name)) {
        return;
    }
    plan->begins = weir_cli_grow(plan->begins, plan->begin_count + 1, sizeof plan->begins[0]);
    plan->begins[plan->begin_count++] =
        (struct weir_switch_topic){.name = topic->name, .partitions = topic->partitions};
}

void weir_switch_unread_judge(const struct weir_switching *switching, struct weir_switch_plan *plan)
{
    const struct weir_roster *roster = &switching->look.roster;
    bool somebody = false;

    for (size_t i = 0; i < roster->count; i++) {
        const struct weir_registration *self = &roster->members[i]->registration;
        bool of_new = is_of(roster->members[i], plan->request.to);
        somebody = somebody || of_new;
        for (size_t t = 0; of_new && plan->topic_count > 0 && t < self->topic_count; t++) {
            take_begin(plan, &self->topics[t]);
        }
    }
    if (somebody) {
        judge_left(switching, plan);
        leave_no_more(switching, plan);
    }
}
