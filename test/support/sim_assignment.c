#include "test/support/sim_state.h"
#include <string.h>

/* How a member answers the group, and restarts what it was given. The cluster is locked, but where
 * the engine calls. */

static struct sim_member *member_of(struct weir_client *client)
{
    return (struct sim_member *)client;
}

static bool is_in(const struct sim_event *event, const struct weir_position *position)
{
    for (size_t i = 0; i < event->count; i++) {
        if (event->positions[i].partition == position->partition &&
            strcmp(event->positions[i].topic, position->topic) == 0) {
            return true;
        }
    }
    return false;
}

/* Of an assignment, what nobody says the start of may be left out. */
static size_t count_optional(const struct sim_event *event)
{
    size_t optional = 0;

    for (size_t i = 0; event->kind == WEIR_CLIENT_ASSIGNED && i < event->count; i++) {
        optional += sim_find(event->positions[i].topic, event->positions[i].partition)->was_mute;
    }
    return optional;
}

static void check_answer(const struct sim_member *member, const struct weir_position *positions,
                         size_t count)
{
    const struct sim_event *event = member->unanswered;

    if (event->count < count || event->count > count + count_optional(event)) {
        sim_blame("member %u: %zu partitions were announced, %zu come back", member->number,
                  event->count, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_in(event, &positions[i])) {
            sim_blame("member %u: %s/%d was not announced", member->number, positions[i].topic,
                      (int)positions[i].partition);
        }
    }
}

/* What waited for it comes now. */
static void take_answer(struct sim_member *member)
{
    sim_free_event(member->unanswered);
    member->unanswered = NULL;
    if (member->events != NULL) {
        member->options.wake(member->options.wake_user);
    }
}

/* The partition is locked. */
static void begin_fetching(struct sim_claim *claim, const struct weir_position *position)
{
    if (claim->source == NULL || claim->source->position != position->offset) {
        sim_blame("%s/%d was assigned at %lld without a source there", position->topic,
                  (int)position->partition, (long long)position->offset);
    }
    claim->assigned = true;
    sim_fetch_from(claim, position->offset);
}

/* The partition is locked. Between where its source began and what was taken from there nothing is
 * missing to the member. */
static void take_over_prefetched(struct sim_claim *claim, const struct weir_position *position)
{
    if (claim->source == NULL || position->offset < claim->source->position ||
        position->offset > claim->fetched) {
        sim_blame("%s/%d was assigned at %lld, and fetched from elsewhere", position->topic,
                  (int)position->partition, (long long)position->offset);
    }
    claim->prefetched = false;
    claim->member->prefetched--;
}

static void prefetch_one(struct sim_member *member, const struct weir_position *position)
{
    struct sim_partition *partition = sim_find(position->topic, position->partition);

    if (partition == NULL || member->options.grouped || partition->owner == member) {
        sim_blame("%s/%d was prefetched", position->topic, (int)position->partition);
        return;
    }
    (void)pthread_mutex_lock(&partition->mutex);
    struct sim_claim *claim = sim_claim_of(member, partition);
    if (claim->assigned) {
        sim_blame("%s/%d was prefetched twice", position->topic, (int)position->partition);
    }
    begin_fetching(claim, position);
    claim->prefetched = true;
    (void)pthread_mutex_unlock(&partition->mutex);
    member->prefetched++;
}

enum weir_status sim_client_prefetch(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "prefetch");
    enum weir_status status = sim_enter(SIM_PREFETCH);
    for (size_t i = 0; status == WEIR_OK && i < count; i++) {
        prefetch_one(member, &positions[i]);
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_PREFETCH, error);
}

static void assign_one(struct sim_member *member, const struct weir_position *position)
{
    struct sim_partition *partition = sim_find(position->topic, position->partition);

    if (partition == NULL) {
        sim_blame("%s/%d was assigned", position->topic, (int)position->partition);
        return;
    }
    if (partition->owner != NULL) {
        sim_blame("%s/%d was assigned while member %u had it", position->topic,
                  (int)position->partition, partition->owner->number);
    }
    partition->owner = member;
    partition->base = position->offset < partition->base ? position->offset : partition->base;
    (void)pthread_mutex_lock(&partition->mutex);
    struct sim_claim *claim = sim_claim_of(member, partition);
    if (claim->prefetched) {
        take_over_prefetched(claim, position);
    } else {
        begin_fetching(claim, position);
    }
    (void)pthread_mutex_unlock(&partition->mutex);
    member->assigned++;
}

enum weir_status sim_client_assign(struct weir_client *client,
                                   const struct weir_position *positions, size_t count,
                                   struct weir_error *error)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "assign");
    enum weir_status status = sim_enter(SIM_ASSIGN);
    if (status == WEIR_OK && member->options.grouped) {
        bool due = member->unanswered != NULL && member->unanswered->kind == WEIR_CLIENT_ASSIGNED;
        if (!due) {
            sim_blame("member %u: an assignment was answered that nobody made", member->number);
        } else if (count > 0) {
            check_answer(member, positions, count);
        }
        take_answer(member);
    }
    for (size_t i = 0; status == WEIR_OK && i < count; i++) {
        assign_one(member, &positions[i]);
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_ASSIGN, error);
}

static bool is_assigned(const struct sim_member *member, const struct sim_partition *partition)
{
    const struct sim_claim *claim = partition->claims[member->number];

    return claim != NULL && claim->assigned;
}

static void unassign_one(struct sim_member *member, struct sim_partition *partition)
{
    struct sim_claim *claim = partition->claims[member->number];

    if (!is_assigned(member, partition)) {
        return;
    }
    (void)pthread_mutex_lock(&partition->mutex);
    bool prefetched = claim->prefetched;
    claim->assigned = false;
    claim->prefetched = false;
    claim->arrived = claim->fetched;
    (void)pthread_mutex_unlock(&partition->mutex);
    member->assigned -= prefetched ? 0 : 1;
    member->prefetched -= prefetched ? 1 : 0;
    partition->owner = partition->owner == member ? NULL : partition->owner;
    partition->given_by = partition->given_by == member ? NULL : partition->given_by;
}

void sim_unassign_all(struct sim_member *member)
{
    for (size_t i = 0; i < sim.partition_count; i++) {
        unassign_one(member, sim.partitions[i]);
    }
}

/* The one of that name that is assigned may be deleted. */
static void unassign_named(struct sim_member *member, const struct weir_position *position)
{
    for (size_t i = 0; i < sim.partition_count; i++) {
        if (sim_is(sim.partitions[i], position->topic, position->partition)) {
            unassign_one(member, sim.partitions[i]);
        }
    }
}

static void answer_revocation(struct sim_member *member, const struct weir_position *positions,
                              size_t count)
{
    bool due = member->unanswered != NULL && member->unanswered->kind != WEIR_CLIENT_ASSIGNED;

    if (!due) {
        sim_blame("member %u: a revocation was answered that nobody made", member->number);
        return;
    }
    if (!sim.incremental) {
        sim_unassign_all(member);
    } else if (count == 0 && member->unanswered->count > 0 && sim.empty_allowed) {
        sim.empty_answers++;
    } else {
        check_answer(member, positions, count);
        for (size_t i = 0; i < count; i++) {
            unassign_named(member, &positions[i]);
        }
    }
    take_answer(member);
}

bool sim_client_gave_away(struct weir_client *client, const struct weir_position *position)
{
    const struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "gave_away");
    const struct sim_partition *partition = sim_find(position->topic, position->partition);
    bool given = partition != NULL && partition->given_by == member;
    sim_unlock();
    return given;
}

/* One that was left out when it was assigned is from now on. */
static void restart_one(struct sim_member *member, const struct weir_position *held,
                        const struct weir_position *one)
{
    bool is_one = held->partition == one->partition && strcmp(held->topic, one->topic) == 0;
    struct sim_partition *partition = sim_find(held->topic, held->partition);

    (void)pthread_mutex_lock(&partition->mutex);
    struct sim_claim *claim = sim_claim_of(member, partition);
    bool assigned = claim->assigned;
    if (assigned && (is_one || (member->options.grouped && !sim.incremental))) {
        sim_fetch_from(claim, is_one ? one->offset : held->offset);
    }
    (void)pthread_mutex_unlock(&partition->mutex);
    if (!assigned && is_one && partition->was_mute) {
        assign_one(member, one);
    } else if (!assigned) {
        sim_blame("member %u: a restart names what is not assigned", member->number);
    }
}

/* As librdkafka does it: incrementally the one, else everything anew. */
enum weir_status sim_client_restart(struct weir_client *client, const struct weir_position *one,
                                    const struct weir_position *held, size_t count,
                                    struct weir_error *error)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "restart");
    if (member->unanswered != NULL) {
        sim_blame("member %u: a restart while the group waits for an answer", member->number);
    }
    if (!member->may_restart) {
        sim_blame("member %u: a restart that the client was not asked about", member->number);
    }
    member->may_restart = false;
    enum weir_status status = sim_enter(SIM_RESTART);
    for (size_t i = 0; status == WEIR_OK && i < count; i++) {
        restart_one(member, &held[i], one);
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_RESTART, error);
}

/* It cannot fail, so it is none of the calls of which the nth does. */
bool sim_client_may_restart(struct weir_client *client)
{
    struct sim_member *member = member_of(client);
    struct sim_fault *fault = &sim.faults[SIM_MAY_RESTART];

    sim_lock();
    sim_check_control(member, "may_restart");
    fault->calls++;
    bool may = member->events == NULL && fault->times == 0;
    fault->times -= fault->times == 0 ? 0 : 1;
    member->may_restart = may;
    sim_unlock();
    return may;
}

enum weir_status sim_client_unassign(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct sim_member *member = member_of(client);

    sim_lock();
    sim_check_control(member, "unassign");
    enum weir_status status = sim_enter(SIM_UNASSIGN);
    if (status == WEIR_OK && member->options.grouped) {
        answer_revocation(member, positions, count);
    } else if (status == WEIR_OK && count == 0) {
        sim_unassign_all(member);
    }
    for (size_t i = 0; status == WEIR_OK && !member->options.grouped && i < count; i++) {
        unassign_named(member, &positions[i]);
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_UNASSIGN, error);
}
