#include "tools/demo_group.h"

#include <assert.h>
#include <stdio.h>

enum { LAG_USUAL = 16, DOOM_IN_FLIGHT = 3 };

void demo_group_init(struct demo_group *group, const struct demo_plan *plan, int64_t now_ns)
{
    *group = (struct demo_group){.members = plan->members,
                                 .partitions = plan->partitions,
                                 .lag_max = LAG_USUAL + plan->rate / plan->partitions / 4};
    for (uint32_t i = 0; i < DEMO_PARTITIONS_MAX; i++) {
        group->partition[i].owner = -1;
        group->partition[i].previous = -1;
        group->partition[i].standing = true;
        group->partition[i].behind = true;
    }
    demo_group_expect(group, "the group forms");
    demo_group_unsettle(group, now_ns);
}

static bool is_alive(const struct demo_group *group, int member)
{
    return member >= 0 && (group->member[member].state == DEMO_MEMBER_RUNNING ||
                           group->member[member].state == DEMO_MEMBER_LEAVING);
}

static struct demo_partition *partition_at(struct demo_group *group, int32_t partition)
{
    assert(partition >= 0 && (uint32_t)partition < group->partitions);
    return &group->partition[partition];
}

void demo_group_expect(struct demo_group *group, const char *cause)
{
    (void)snprintf(group->cause, sizeof group->cause, "%s", cause);
}

void demo_group_enter(struct demo_group *group, int member, enum demo_member_state state)
{
    assert(member >= 0 && (uint32_t)member < group->members);
    if (group->member[member].state != DEMO_MEMBER_KILLED) {
        group->member[member].state = state;
    }
}

/* Rebalances. */

static struct demo_rebalance *current(struct demo_group *group)
{
    return group->rebalances == 0 ? NULL : &group->rebalance[group->rebalances - 1];
}

void demo_group_unsettle(struct demo_group *group, int64_t now_ns)
{
    bool first = group->rebalances == 0;

    if (group->closed || (!group->settled && !first) || group->rebalances == DEMO_REBALANCES_MAX) {
        return;
    }
    struct demo_rebalance *rebalance = &group->rebalance[group->rebalances++];
    *rebalance = (struct demo_rebalance){.began_ns = now_ns};
    (void)snprintf(rebalance->cause, sizeof rebalance->cause, "%s",
                   group->cause[0] != '\0' ? group->cause : "a member came or went");
    for (uint32_t i = 0; i < DEMO_PARTITIONS_MAX; i++) {
        rebalance->pause_ns[i] = -1;
    }
    group->cause[0] = '\0';
    group->settled = false;
    group->noticed = false;
}

void demo_group_notice(struct demo_group *group, int member, int64_t now_ns)
{
    if (!group->closed) {
        demo_group_unsettle(group, now_ns);
        group->noticed = group->noticed || group->member[member].state == DEMO_MEMBER_RUNNING;
    }
}

static void settle(struct demo_group *group, int64_t now_ns)
{
    for (uint32_t i = 0; i < group->partitions; i++) {
        if (!is_alive(group, group->partition[i].owner)) {
            return;
        }
    }
    if (!group->settled && current(group) != NULL) {
        group->settled = true;
        current(group)->settled_ns = now_ns;
    }
}

static void let_go(struct demo_group *group, struct demo_partition *partition)
{
    if (partition->owner >= 0) {
        struct demo_member_row *owner = &group->member[partition->owner];
        partition->refused = owner->refused;
        partition->previous = partition->owner;
        owner->partitions--;
        owner->in_flight -= partition->in_flight;
    }
    partition->in_flight = 0;
    partition->owner = -1;
    partition->standing = true;
}

void demo_group_kill(struct demo_group *group, int member, int64_t now_ns)
{
    struct demo_member_row *row = &group->member[member];

    if (row->state == DEMO_MEMBER_KILLED) {
        return;
    }
    demo_group_unsettle(group, now_ns);
    group->crash_in_flight += row->in_flight;
    row->state = DEMO_MEMBER_KILLED;
    for (uint32_t i = 0; i < group->partitions; i++) {
        if (group->partition[i].owner == member) {
            let_go(group, &group->partition[i]);
        }
    }
}

static enum demo_repeat reason_of(const struct demo_group *group,
                                  const struct demo_partition *partition)
{
    if (partition->previous >= 0 &&
        group->member[partition->previous].state == DEMO_MEMBER_KILLED) {
        return DEMO_REPEAT_CRASH;
    }
    return partition->refused ? DEMO_REPEAT_REFUSED : DEMO_REPEAT_NO_REASON;
}

void demo_group_assign(struct demo_group *group, int member, int32_t number, int64_t position,
                       int64_t now_ns)
{
    struct demo_partition *partition = partition_at(group, number);

    if (!is_alive(group, member)) {
        return;
    }
    demo_group_unsettle(group, now_ns);
    let_go(group, partition);
    partition->replay_from = position;
    partition->replay_to = partition->done_to;
    partition->reason = reason_of(group, partition);
    partition->owner = member;
    if (position > partition->committed) {
        partition->committed = position; /* the answer to that commit was never heard */
    }
    group->member[member].partitions++;
    settle(group, now_ns);
}

void demo_group_release(struct demo_group *group, int member, int32_t number, int64_t now_ns)
{
    struct demo_partition *partition = partition_at(group, number);

    if (partition->owner == member) {
        demo_group_unsettle(group, now_ns);
        let_go(group, partition);
    }
}

/* Offsets. */

void demo_group_commit(struct demo_group *group, int member, int32_t number, int64_t position,
                       int64_t now_ns)
{
    struct demo_partition *partition = partition_at(group, number);

    partition->committed = position;
    group->member[member].refused = false;
    if (partition->behind && !partition->standing && partition->end - position <= group->lag_max) {
        partition->behind = false;
        partition->calm_ns = now_ns;
    }
}

void demo_group_refuse(struct demo_group *group, int member)
{
    group->member[member].refused = true;
}

/* Handlers. */

static void resume(struct demo_group *group, struct demo_partition *partition, int32_t number,
                   int64_t now_ns)
{
    struct demo_rebalance *rebalance = current(group);

    if (!partition->standing) {
        return;
    }
    partition->standing = false;
    partition->behind = true;
    if (partition->last_end_ns > 0 && rebalance != NULL) {
        rebalance->pause_ns[number] = now_ns - partition->last_end_ns;
    }
}

bool demo_group_start(struct demo_group *group, int member, int32_t number, uint32_t count,
                      int64_t now_ns)
{
    struct demo_partition *partition = partition_at(group, number);

    if (group->member[member].state == DEMO_MEMBER_KILLED) {
        return false;
    }
    if (partition->owner == member) {
        resume(group, partition, number, now_ns);
        partition->in_flight += count;
        group->member[member].in_flight += count;
    }
    if (group->member[member].doomed && group->member[member].in_flight >= DOOM_IN_FLIGHT) {
        demo_group_kill(group, member, now_ns);
    }
    return true;
}

bool demo_group_finish(struct demo_group *group, int member, struct demo_completion *completion,
                       int64_t produced_ns)
{
    struct demo_partition *partition = partition_at(group, completion->partition);
    int64_t next = completion->offset + 1;

    if (group->member[member].state == DEMO_MEMBER_KILLED) {
        return false;
    }
    completion->replayed =
        completion->offset >= partition->replay_from && completion->offset < partition->replay_to;
    completion->reason = partition->reason;
    completion->held_up = partition->behind || produced_ns < partition->calm_ns;
    group->member[member].handled++;
    if (partition->owner == member && partition->in_flight > 0) {
        partition->in_flight--;
        group->member[member].in_flight--;
    }
    if (next > partition->done_to) {
        partition->done_to = next;
    }
    partition->last_end_ns = completion->now_ns;
    return true;
}
