#include "test/support/sim_state.h"
#include <string.h>

/* What the engine asks of a cluster and waits for, on side threads. */

static int64_t anchor_of(const struct sim_partition *partition, const struct weir_lookup *question)
{
    switch (question->anchor) {
    case WEIR_ANCHOR_EARLIEST:
        return partition->start;
    case WEIR_ANCHOR_LATEST:
        return partition->end;
    case WEIR_ANCHOR_TIMESTAMP:
        break;
    }
    size_t index = sim_entry_at(partition, (question->timestamp_ms + 9) / 10);
    return index < partition->count ? partition->entries[index]->offset : WEIR_OFFSET_NONE;
}

static void check_side(const struct sim_member *member, const char *what)
{
    if (pthread_equal(pthread_self(), member->control) || member->destroyed) {
        sim_blame("member %u: %s on the wrong thread, or after the end", member->number, what);
    }
}

static enum weir_status answer_look_up(struct weir_position *position,
                                       const struct weir_lookup *question)
{
    struct sim_partition *partition = sim_find(position->topic, position->partition);

    if (partition == NULL || partition->hidden || partition->deleted) {
        position->offset = WEIR_OFFSET_ABSENT;
        return WEIR_OK;
    }
    if (partition->mute != WEIR_OK) {
        return partition->mute;
    }
    (void)pthread_mutex_lock(&partition->mutex);
    position->offset = anchor_of(partition, question);
    (void)pthread_mutex_unlock(&partition->mutex);
    return WEIR_OK;
}

enum weir_status sim_look_up(struct weir_client *client, const struct weir_lookup *question,
                             struct weir_position *positions, size_t count,
                             struct weir_error *error)
{
    sim_lock();
    check_side((struct sim_member *)client, "look_up");
    enum weir_status status = sim_enter(SIM_LOOK_UP);
    if (status == WEIR_OK) {
        status = sim_linger(SIM_LOOK_UP, question->timeout_ms, NULL);
    }
    enum weir_status whole = status;
    for (size_t i = 0; i < count; i++) {
        positions[i].status = whole == WEIR_OK ? answer_look_up(&positions[i], question) : whole;
        bool first = status == WEIR_OK || positions[i].status == WEIR_ERR_DENIED;
        status = first ? positions[i].status : status;
    }
    sim_unlock();
    return status == WEIR_OK ? status : sim_refusal(status, SIM_LOOK_UP, error);
}

static bool is_of(const struct sim_partition *partition, const char *topic)
{
    bool forgotten = sim.forgets > 0 && strcmp(sim.forgotten, topic) == 0;

    return !partition->deleted && !forgotten && strcmp(partition->topic, topic) == 0;
}

static void answer_probe(struct weir_topic_facts *facts)
{
    facts->partitions = 0;
    for (size_t i = 0; i < sim.partition_count; i++) {
        facts->partitions += is_of(sim.partitions[i], facts->topic) ? 1 : 0;
    }
    facts->status = facts->partitions > 0 ? WEIR_OK : WEIR_ERR_NOT_FOUND;
}

/* Each topic by its first partition. */
static void list_all(struct weir_listing *listing)
{
    for (size_t i = 0; i < sim.partition_count; i++) {
        struct weir_topic_facts facts = {.topic = sim.partitions[i]->topic};
        answer_probe(&facts);
        bool first = sim.partitions[i]->number == 0 && !sim.partitions[i]->deleted;
        if (first && facts.status == WEIR_OK && !weir_listing_add(listing, &facts)) {
            sim_blame("no memory for a listing");
        }
    }
}

static enum weir_status answer_listing(enum sim_op op, struct weir_listing *listing,
                                       const struct weir_probe_patience *patience,
                                       struct weir_error *error)
{
    enum weir_status status = sim_enter(op);

    if (status == WEIR_OK && sim_linger(op, patience->timeout_ms, patience->cancelled) != WEIR_OK) {
        status = WEIR_ERR_UNAVAILABLE;
    }
    for (size_t i = 0; status == WEIR_OK && i < listing->named_count; i++) {
        answer_probe(&listing->named[i]);
    }
    if (status == WEIR_OK && listing->all) {
        list_all(listing);
    }
    sim.forgets -= status == WEIR_OK && sim.forgets > 0 ? 1 : 0;
    return status == WEIR_OK ? status : sim_refusal(status, op, error);
}

enum weir_status sim_probe(const struct weir_config *config, struct weir_listing *listing,
                           const struct weir_probe_patience *patience, struct weir_error *error)
{
    (void)config;
    sim_lock();
    enum weir_status status = answer_listing(SIM_PROBE, listing, patience, error);
    sim_unlock();
    return status;
}

enum weir_status sim_topics(struct weir_client *client, struct weir_listing *listing,
                            const struct weir_probe_patience *patience, struct weir_error *error)
{
    sim_lock();
    check_side((struct sim_member *)client, "topics");
    enum weir_status status = answer_listing(SIM_TOPICS, listing, patience, error);
    sim_unlock();
    return status;
}
