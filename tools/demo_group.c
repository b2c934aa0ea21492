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
    for (uint32_t i = 0; i < plan->members; i++) {
        group->member[i].color = i < (plan->members + 1) / 2 ? DEMO_BLUE : DEMO_GREEN;
    }
    group->colored = plan->bluegreen;
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

static void begin_rebalance(struct demo_group *group, int64_t now_ns)
{
    if (group->closed || group->rebalances == DEMO_REBALANCES_MAX) {
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

void demo_group_unsettle(struct demo_group *group, int64_t now_ns)
{
    if (!group->colored && (group->settled || group->rebalances == 0)) {
        begin_rebalance(group, now_ns);
    }
}

void demo_group_turn(struct demo_group *group, const char *cause, enum demo_color wanted,
                     int64_t now_ns)
{
    assert(group->colored);
    group->wanted = wanted;
    demo_group_expect(group, cause);
    begin_rebalance(group, now_ns);
}

void demo_group_end_turn(struct demo_group *group, const char *outcome, bool failed)
{
    struct demo_rebalance *rebalance = current(group);

    assert(rebalance != NULL);
    rebalance->outcome = outcome;
    rebalance->failed = failed;
}

void demo_group_notice(struct demo_group *group, int member, int64_t now_ns)
{
    if (!group->closed) {
        demo_group_unsettle(group, now_ns);
        group->noticed = group->noticed || group->member[member].state == DEMO_MEMBER_RUNNING;
    }
}

/* Does whoever is to have it have it? */
static bool is_placed(const struct demo_group *group, const struct demo_partition *partition)
{
    return is_alive(group, partition->owner) &&
           (!group->colored || group->member[partition->owner].color == group->wanted);
}

static void settle(struct demo_group *group, int64_t now_ns)
{
    for (uint32_t i = 0; i < group->partitions; i++) {
        if (!is_placed(group, &group->partition[i])) {
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
    if (partition->lost) {
        return DEMO_REPEAT_LOST;
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
    if (partition->reason == DEMO_REPEAT_LOST) {
        partition->replay_to = INT64_MAX; /* what it had begun it may still finish */
    }
    partition->lost = false;
    partition->owner = member;
    if (position > partition->committed) {
        partition->committed = position; /* the answer to that commit was never heard */
    }
    group->member[member].partitions++;
    settle(group, now_ns);
}

void demo_group_release(struct demo_group *group, int member, int32_t number, bool lost,
                        int64_t now_ns)
{
    struct demo_partition *partition = partition_at(group, number);

    if (partition->owner == member) {
        demo_group_unsettle(group, now_ns);
        let_go(group, partition);
        partition->lost = lost;
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

/* With colors a gap is what lies between two of them. */
static bool is_gap(const struct demo_group *group, const struct demo_partition *partition)
{
    return partition->last_end_ns > 0 &&
           (!group->colored ||
            (partition->previous >= 0 &&
             group->member[partition->previous].color != group->member[partition->owner].color));
}

static void resume(struct demo_group *group, struct demo_partition *partition, int32_t number,
                   int64_t now_ns)
{
    struct demo_rebalance *rebalance = current(group);

    if (!partition->standing) {
        return;
    }
    partition->standing = false;
    partition->behind = true;
    if (rebalance != NULL && is_gap(group, partition)) {
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
    if (group->colored && partition->owner != member) { /* somebody else has it meanwhile */
        completion->replayed = true;
        completion->reason = DEMO_REPEAT_LOST;
    }
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
