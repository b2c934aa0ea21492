#include "tools/zoo_group_state.h"

#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_switch.h"
#include "tools/zoo_look.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

int weir_zoo_group_open(const struct weir_config *config, const char *group,
                        const struct weir_zoo_world *world, struct weir_zoo_group **out)
{
    struct weir_zoo_talk *talk = NULL;
    char text[TEXT_SIZE];

    if (!weir_znode_name_valid(group)) {
        (void)snprintf(text, sizeof text,
                       "no group in ZooKeeper has such a name: '%.255s'; it is printable ASCII of "
                       "at most 255 characters without a slash",
                       group);
        weir_cli_complain(text);
        return WEIR_EXIT_USAGE;
    }
    int code = weir_zoo_talk_open(config, world, &talk);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    struct weir_zoo_group *made = weir_cli_alloc(1, sizeof *made);
    made->name = weir_cli_copy(group);
    made->talk = talk;
    *out = made;
    return WEIR_EXIT_OK;
}

void weir_zoo_group_close(struct weir_zoo_group *group)
{
    if (group != NULL) {
        weir_zoo_talk_close(group->talk);
        free(group->name);
        free(group);
    }
}

/* Members. */

/* As far as can be seen: whether it handles anything, it tells in its own log. */
static bool is_shadow(const struct weir_zoo_look *look, const struct weir_registration *self)
{
    return self->shadow && self->color != NULL && look->switched &&
           look->record.step == WEIR_SWITCH_IDLE && look->record.active[0] != '\0' &&
           !weir_switch_may_own(&look->record, self->color);
}

static void take_member(struct weir_view *view, const struct weir_zoo_look *look, size_t index)
{
    const struct weir_roster_member *from = look->roster.members[index];
    struct weir_view_member *member = weir_view_join(view, from->id);

    member->trouble = weir_cli_copy(look->troubles[index]);
    if (from->state == WEIR_ROSTER_READ) {
        member->strategy = weir_cli_copy(from->registration.strategy);
        member->rack = weir_cli_copy(from->registration.rack);
        member->color = weir_cli_copy(from->registration.color);
        member->capacity = from->registration.capacity;
        member->shadow = is_shadow(look, &from->registration);
    }
}

/* That all of weir's members have, or NULL. */
static const char *common_strategy(const struct weir_view *view)
{
    const char *strategy = NULL;

    for (size_t i = 0; i < view->member_count; i++) {
        const char *one = view->members[i].strategy;
        if (one != NULL && strategy != NULL && strcmp(one, strategy) != 0) {
            return NULL;
        }
        strategy = one != NULL ? one : strategy;
    }
    return strategy;
}

/* What is damaged, or left behind, says more than the state. */
static char *reason_of(const struct weir_zoo_look *look, const char *why)
{
    if (look->record_damage != NULL) {
        return weir_cli_text("weir/switch cannot be read: %s", look->record_damage);
    }
    if (look->damage != NULL) {
        return weir_cli_text("weir/allotment cannot be read: %s", look->damage);
    }
    if (look->roster.count == 0 && look->owner_count > 0) {
        return weir_cli_text("%s owns %s/%d, and is no member", look->owners[0].data,
                             look->owners[0].topic, (int)look->owners[0].partition);
    }
    return weir_cli_copy(why);
}

static void take_group(struct weir_view *view, const struct weir_zoo_group *group,
                       const struct weir_zoo_look *look)
{
    char text[WEIR_ZOO_WHY_SIZE];
    const char *why = NULL;

    view->meeting = WEIR_VIEW_ZOOKEEPER;
    view->state = weir_cli_copy(weir_zoo_look_state(look, text, &why));
    view->reason = reason_of(look, why);
    view->coordinator = weir_cli_copy(weir_zoo_talk_address(group->talk));
    if (look->switched) {
        view->step = weir_switch_step_name(look->record.step);
        view->active_color = weir_cli_copy(weir_zoo_look_color(look));
        view->epoch = look->record.epoch;
    }
    for (size_t i = 0; i < look->roster.count; i++) {
        take_member(view, look, i);
    }
    view->assignor = weir_cli_copy(common_strategy(view));
}

/* Partitions. */

static void note_trouble(struct weir_view_partition *partition, const char *sentence)
{
    if (partition->trouble == NULL) {
        partition->trouble = weir_cli_copy(sentence);
    }
}

static void take_owner(struct weir_view_partition *partition, const struct weir_zoo_look *look,
                       const struct weir_zoo_owner *owner)
{
    size_t index = weir_zoo_look_find(look, owner->data);

    if (index == SIZE_MAX) {
        partition->holder = weir_cli_copy(owner->data);
    } else {
        partition->owner = (int32_t)index;
    }
    if (owner->session == 0) {
        note_trouble(partition, "the owner's node is not ephemeral: it stays until it is deleted");
    } else if (index != SIZE_MAX && owner->session != look->sessions[index]) {
        note_trouble(partition, "the owner's node is of an earlier session of this member");
    }
}

static void take_partition(struct weir_view_partition *partition, const struct weir_zoo_look *look)
{
    const struct weir_zoo_owner *owner =
        weir_zoo_look_owner(look, partition->topic, partition->partition);
    size_t allotted = weir_zoo_look_allotted(look, partition->topic, partition->partition);

    if (owner != NULL) {
        take_owner(partition, look, owner);
    }
    if (allotted != SIZE_MAX) {
        partition->allotted = (int32_t)allotted;
        partition->wanted = true;
    }
}

static void take_wanted(struct weir_view *view, const struct weir_registration *registration)
{
    for (size_t t = 0; t < registration->topic_count; t++) {
        for (uint32_t p = 0; p < registration->topics[t].partitions; p++) {
            struct weir_view_partition *partition =
                weir_view_find(view, registration->topics[t].name, (int32_t)p);
            if (partition != NULL) {
                partition->wanted = true;
            }
        }
    }
}

int weir_zoo_group_describe(struct weir_zoo_group *group, int64_t timeout_ms,
                            struct weir_view *view)
{
    struct weir_zoo_look look;

    weir_zoo_talk_allow(group->talk, timeout_ms);
    int code = weir_zoo_look(group->talk, group->name, &look);
    if (code == WEIR_EXIT_OK) {
        take_group(view, group, &look);
        for (size_t i = 0; i < view->partition_count; i++) {
            take_partition(&view->partitions[i], &look);
        }
        for (size_t i = 0; i < look.roster.count; i++) {
            take_wanted(view, &look.roster.members[i]->registration);
        }
        code = weir_zoo_group_ask_switch(group, &look, view);
    }
    weir_zoo_look_fini(&look);
    return code;
}
