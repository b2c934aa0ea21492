#include "test/support/fail.h"
#include "test/support/sim_state.h"
#include <stdlib.h>
#include <string.h>

/* Offsets, as the brokers keep them: they outlive the consumers. */

struct sim_store {
    struct weir_store store; /* first */
    struct sim_member *member;
};

static struct sim_member *member_of(struct weir_store *store)
{
    return ((struct sim_store *)store)->member;
}

static enum weir_status open_store(struct weir_store *store, const struct weir_store_env *env,
                                   struct weir_error *error)
{
    struct sim_member *member = env->client;

    sim_lock();
    enum weir_status status = sim_enter(SIM_STORE_OPEN);
    if (status == WEIR_OK) {
        ((struct sim_store *)store)->member = member;
        member->store_env = *env;
        member->store_open = true;
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_STORE_OPEN, error);
}

static enum weir_status load(struct weir_store *store, struct weir_position *positions,
                             size_t count, int64_t timeout_ms, struct weir_error *error)
{
    const struct sim_member *member = member_of(store);

    sim_lock();
    if (pthread_equal(pthread_self(), member->control) || !member->store_open) {
        sim_blame("member %u: loads on the wrong thread, or from a closed store", member->number);
    }
    enum weir_status status = sim_enter(SIM_STORE_LOAD);
    if (status == WEIR_OK) {
        status = sim_linger(SIM_STORE_LOAD, timeout_ms, NULL);
    }
    for (size_t i = 0; status == WEIR_OK && i < count; i++) {
        const struct sim_partition *partition =
            sim_find(positions[i].topic, positions[i].partition);
        positions[i].offset =
            partition == NULL || partition->deleted ? WEIR_OFFSET_NONE : partition->stored;
        positions[i].status = WEIR_OK;
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_STORE_LOAD, error);
}

static void check_commit(const struct sim_member *member, const struct weir_position *position)
{
    struct sim_partition *partition = sim_find(position->topic, position->partition);

    if (member->fatal) {
        sim_blame("member %u: commits after a fatal error", member->number);
    }
    if (partition->owner != member) {
        sim_blame("member %u: commits %s/%d, which it does not own", member->number,
                  position->topic, (int)position->partition);
    }
    if (position->offset < 0 || sim_frontier_of(partition) < position->offset) {
        sim_blame("%s/%d: %lld was committed, but %lld is not done", position->topic,
                  (int)position->partition, (long long)position->offset,
                  (long long)sim_frontier_of(partition));
    }
}

/* The status of one partition's commit. */
static enum weir_status keep(const struct weir_position *position)
{
    struct sim_partition *partition = sim_find(position->topic, position->partition);

    if (partition->refusals > 0) {
        partition->refusals -= partition->refusals == UINT32_MAX ? 0 : 1;
        return partition->refusal;
    }
    partition->stored = position->offset;
    return partition->deleted ? WEIR_ERR_NOT_FOUND : WEIR_OK;
}

static void copy_answer(struct sim_member *member, const struct weir_position *positions,
                        size_t count)
{
    member->answer = fail_or_realloc(member->answer, count, sizeof member->answer[0]);
    member->answer_count = count;
    member->answer_status = WEIR_OK;
    for (size_t i = 0; i < count; i++) {
        const struct sim_partition *partition =
            sim_find(positions[i].topic, positions[i].partition);
        member->answer[i] = positions[i];
        member->answer[i].topic = partition->topic; /* the caller's may be gone by then */
        check_commit(member, &positions[i]);
        member->answer[i].status = keep(&positions[i]);
    }
    member->answer_due = true;
}

void *sim_native(struct weir_client *client)
{
    return client;
}

bool sim_commit_begin(struct weir_client *client)
{
    struct sim_member *member = (struct sim_member *)client;
    struct sim_fault *fault = &sim.faults[SIM_COMMIT_BEGIN];

    sim_lock();
    if (member->sending) {
        sim_blame("member %u: begins a commit within another", member->number);
    }
    fault->calls++;
    member->sending = fault->times == 0;
    fault->times -= fault->times == 0 ? 0 : 1;
    bool sending = member->sending;
    sim_unlock();
    return sending;
}

void sim_commit_end(struct weir_client *client)
{
    struct sim_member *member = (struct sim_member *)client;

    sim_lock();
    if (!member->sending) {
        sim_blame("member %u: ends a commit that it did not begin", member->number);
    }
    member->sending = false;
    sim_unlock();
}

static enum weir_status commit(struct weir_store *store, const struct weir_position *positions,
                               size_t count, struct weir_error *error)
{
    struct sim_member *member = member_of(store);

    sim_lock();
    if (!pthread_equal(pthread_self(), member->control) || !member->store_open) {
        sim_blame("member %u: commits on the wrong thread, or to a closed store", member->number);
    }
    if (!member->sending) {
        sim_blame("member %u: commits without having begun", member->number);
    }
    if (member->answer_due || count == 0) {
        sim_blame("member %u: commits before the answer to the last, or nothing", member->number);
    }
    enum weir_status status = sim_enter(SIM_STORE_COMMIT);
    if (status == WEIR_OK) {
        copy_answer(member, positions, count);
        if (sim_enter(SIM_STORE_ANSWER) != WEIR_OK) {
            member->answer_status = WEIR_ERR_TIMEOUT;
            member->answer_count = 0;
        }
        if (sim.faults[SIM_STORE_COMMIT].held) {
            sim.faults[SIM_STORE_COMMIT].waiting++;
        } else {
            member->store_env.wake(member->store_env.wake_user);
        }
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_STORE_COMMIT, error);
}

static void serve(struct weir_store *store)
{
    struct sim_member *member = member_of(store);

    sim_lock();
    bool due = member->answer_due && !sim.faults[SIM_STORE_COMMIT].held;
    member->answer_due = member->answer_due && !due;
    sim_unlock();
    if (due) {
        member->store_env.done(member->answer_status, member->answer, member->answer_count,
                               member->answer_status == WEIR_OK ? NULL : "the reply was lost",
                               member->store_env.done_user);
    }
}

static void close_store(struct weir_store *store)
{
    struct sim_member *member = member_of(store);

    sim_lock();
    if (!member->store_open) {
        sim_blame("member %u: its store was closed twice", member->number);
    }
    member->store_open = false;
    member->answer_due = false;
    sim_unlock();
}

const struct weir_store_ops sim_store_ops = {.name = "sim",
                                             .size = sizeof(struct sim_store),
                                             .through_client = true,
                                             .open = open_store,
                                             .load = load,
                                             .commit = commit,
                                             .serve = serve,
                                             .close = close_store};

void sim_answer_commits(void)
{
    if (!sim.faults[SIM_STORE_COMMIT].held) {
        sim.faults[SIM_STORE_COMMIT].waiting = 0;
    }
}

/* The test's side. */

struct refusal {
    enum weir_status status;
    uint32_t times;
};

static void refuse_partition(struct sim_partition *partition, void *user)
{
    const struct refusal *refusal = user;

    partition->refusal = refusal->status;
    partition->refusals = refusal->times;
}

void sim_refuse(const char *list, enum weir_status status, uint32_t times)
{
    struct refusal refusal = {.status = status, .times = times};

    sim_lock();
    sim_each(list, refuse_partition, &refusal);
    sim_unlock();
}

static void store_at(struct sim_partition *partition, void *user)
{
    const int64_t *offset = user;

    partition->stored = *offset;
}

void sim_store(const char *list, int64_t offset)
{
    sim_lock();
    sim_each(list, store_at, &offset);
    sim_unlock();
}

int64_t sim_stored(const char *topic, int32_t number)
{
    sim_lock();
    int64_t stored = sim_find(topic, number)->stored;
    sim_unlock();
    return stored;
}
