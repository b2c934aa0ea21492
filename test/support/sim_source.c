#include "framework/base/hash.h"
#include "test/support/fail.h"
#include "test/support/sim_state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records on their way from the log to whoever takes them. */

struct sim_claim *sim_claim_of(struct sim_member *member, struct sim_partition *partition)
{
    struct sim_claim **place = &partition->claims[member->number];

    if (*place == NULL) {
        *place = fail_or_alloc(1, sizeof **place);
        (*place)->partition = partition;
        (*place)->member = member;
        (*place)->complaint = WEIR_OK;
        (*place)->end_told = -1;
    }
    return *place;
}

/* Arrival. */

static bool has_something(const struct sim_claim *claim)
{
    return claim->fetched < claim->arrived || claim->end_due || claim->range_due ||
           claim->complaint != WEIR_OK;
}

static void fetch_more(struct sim_claim *claim)
{
    const struct sim_partition *partition = claim->partition;

    if (claim->arrived < partition->start || claim->arrived > partition->end) {
        claim->ended = true;
        claim->range_due = true;
        return;
    }
    size_t index = sim_entry_at(partition, claim->arrived);
    size_t burst = atomic_load(&sim.arrive_by);
    bool all = partition->count - index <= burst;
    claim->arrived = all ? partition->end : partition->entries[index + burst]->offset;
    if (index == partition->count) {
        claim->fetched = claim->arrived; /* holes only */
    }
    if (all && claim->end_told != partition->end) {
        claim->end_told = partition->end;
        claim->end_due = true;
    }
}

void sim_arrive(struct sim_claim *claim)
{
    if (!claim->assigned || claim->source == NULL) {
        return;
    }
    bool was_empty = claim->fetched == claim->arrived && !claim->end_due && !claim->range_due;
    if (was_empty && !claim->ended) {
        fetch_more(claim);
    }
    if (was_empty && has_something(claim)) {
        claim->source->wake(claim->source->wake_user);
    }
}

void sim_fetch_from(struct sim_claim *claim, int64_t offset)
{
    claim->fetched = offset;
    claim->arrived = offset;
    claim->ended = false;
    claim->end_due = false;
    claim->range_due = false;
    claim->end_told = -1;
    sim_carry(claim);
}

/* The carrier: a thread of the library's. */

void sim_carry(struct sim_claim *claim)
{
    (void)pthread_mutex_lock(&sim.carrier_mutex);
    if (!claim->carried) {
        claim->carried = true;
        claim->next_carried = sim.carried;
        sim.carried = claim;
        (void)pthread_cond_signal(&sim.carrier_work);
    }
    (void)pthread_mutex_unlock(&sim.carrier_mutex);
}

/* NULL: it is over. */
static struct sim_claim *next_carried(void)
{
    (void)pthread_mutex_lock(&sim.carrier_mutex);
    while (sim.carried == NULL && !sim.carrier_stops) {
        (void)pthread_cond_wait(&sim.carrier_work, &sim.carrier_mutex);
    }
    struct sim_claim *claim = sim.carrier_stops ? NULL : sim.carried;
    if (claim != NULL) {
        sim.carried = claim->next_carried;
        claim->carried = false;
    }
    (void)pthread_mutex_unlock(&sim.carrier_mutex);
    return claim;
}

static void *carry(void *user)
{
    struct sim_claim *claim = NULL;

    (void)pthread_setname_np(pthread_self(), "sim-carrier");
    while ((claim = next_carried()) != NULL) {
        (void)pthread_mutex_lock(&claim->partition->mutex);
        sim_arrive(claim);
        (void)pthread_mutex_unlock(&claim->partition->mutex);
    }
    return user;
}

void sim_carrier_start(void)
{
    (void)pthread_mutex_init(&sim.carrier_mutex, NULL);
    (void)pthread_cond_init(&sim.carrier_work, NULL);
    if (pthread_create(&sim.carrier, NULL, carry, NULL) != 0) {
        fail_test("no thread for the cluster");
    }
}

void sim_carrier_stop(void)
{
    (void)pthread_mutex_lock(&sim.carrier_mutex);
    sim.carrier_stops = true;
    (void)pthread_cond_signal(&sim.carrier_work);
    (void)pthread_mutex_unlock(&sim.carrier_mutex);
    (void)pthread_join(sim.carrier, NULL);
    (void)pthread_cond_destroy(&sim.carrier_work);
    (void)pthread_mutex_destroy(&sim.carrier_mutex);
}

/* Opening and closing. */

static struct sim_source *add_source(struct sim_member *member,
                                     const struct weir_position *position)
{
    struct sim_source *source = fail_or_alloc(1, sizeof *source);

    source->source.ops = member->client.ops;
    source->position = position->offset;
    source->next = member->sources;
    member->sources = source;
    return source;
}

/* The cluster and the partition are locked. */
static void plug(struct sim_claim *claim, struct sim_source *source)
{
    const struct sim_partition *partition = claim->partition;

    /* Where it is assigned already, a restart follows and says at which offset. */
    if (claim->source != NULL) {
        sim_blame("%s/%d: a source was opened while another one was", partition->topic,
                  (int)partition->number);
    }
    source->claim = claim;
    claim->source = source;
    claim->partition->openings++;
    if (sim.early) {
        source->wake(source->wake_user);
    }
    sim_carry(claim);
}

struct weir_source *sim_source_open(struct weir_client *client,
                                    const struct weir_position *position, weir_wake_fn *wake,
                                    void *wake_user)
{
    struct sim_member *member = (struct sim_member *)client;
    struct sim_source *source = NULL;

    sim_lock();
    struct sim_partition *partition = sim_find(position->topic, position->partition);
    if (!pthread_equal(pthread_self(), member->control) || member->destroyed) {
        sim_blame("a source was opened by the wrong thread, or after the end");
    }
    if (partition == NULL || position->offset < 0) {
        sim_blame("a source was opened for %s/%d at %lld", position->topic,
                  (int)position->partition, (long long)position->offset);
    } else if (sim_enter(SIM_SOURCE_OPEN) == WEIR_OK) {
        source = add_source(member, position);
        source->wake = wake;
        source->wake_user = wake_user;
        (void)pthread_mutex_lock(&partition->mutex);
        plug(sim_claim_of(member, partition), source);
        (void)pthread_mutex_unlock(&partition->mutex);
    }
    sim_unlock();
    return source == NULL ? NULL : &source->source;
}

/* The partition is locked. */
static void check_use(struct sim_source *source, const char *what)
{
    const struct sim_partition *partition = source->claim->partition;

    if (!source->bound) {
        source->bound = true;
        source->thread = pthread_self();
    }
    if (source->closed) {
        sim_blame("%s/%d: %s after the source was closed", partition->topic, (int)partition->number,
                  what);
    }
    if (!pthread_equal(source->thread, pthread_self()) ||
        pthread_equal(source->claim->member->control, pthread_self())) {
        sim_blame("%s/%d: %s on the wrong thread", partition->topic, (int)partition->number, what);
    }
}

void sim_source_close(struct weir_source *opened)
{
    struct sim_source *source = (struct sim_source *)opened;
    struct sim_claim *claim = source->claim;

    (void)pthread_mutex_lock(&claim->partition->mutex);
    check_use(source, "close");
    source->closed = true;
    if (claim->source == source) {
        claim->source = NULL;
    }
    (void)pthread_mutex_unlock(&claim->partition->mutex);
}

/* Who takes. */

struct takers {
    pthread_t threads[SIM_TAKERS_MAX];
    uint32_t count;
};

static void note_taker(struct takers *takers, pthread_t thread)
{
    uint32_t i = 0;

    while (i < takers->count && !pthread_equal(takers->threads[i], thread)) {
        i++;
    }
    if (i == SIM_TAKERS_MAX) {
        fail_test("more threads take than can be counted");
    }
    if (i == takers->count) {
        takers->threads[takers->count++] = thread;
    }
}

static void note_takers_of(struct sim_partition *partition, void *user)
{
    (void)pthread_mutex_lock(&partition->mutex);
    for (unsigned i = 0; i < sim.member_count; i++) {
        const struct sim_claim *claim = partition->claims[i];
        if (claim != NULL && claim->source != NULL && claim->source->bound) {
            note_taker(user, claim->source->thread);
        }
    }
    (void)pthread_mutex_unlock(&partition->mutex);
}

uint32_t sim_takers(const char *list)
{
    struct takers takers = {.count = 0};

    sim_lock();
    sim_each(list, note_takers_of, &takers);
    sim_unlock();
    return takers.count;
}

/* Taking. */

static struct sim_payload *make_payload(const struct sim_partition *partition,
                                        struct sim_entry *entry)
{
    struct sim_payload *payload = fail_or_alloc(1, sizeof *payload);

    payload->value.magic = SIM_VALUE_MAGIC;
    payload->value.entry = entry;
    payload->value.offset = entry->offset;
    payload->value.partition = partition->number;
    memcpy(payload->value.topic, partition->topic, sizeof payload->value.topic);
    payload->keyed = entry->keys != SIM_NO_KEYS;
    if (payload->keyed) {
        (void)snprintf(payload->key, sizeof payload->key, "key-%u", entry->seq % entry->keys);
    }
    return payload;
}

static void give_record(struct sim_source *source, struct sim_entry *entry,
                        struct weir_fetched *out)
{
    struct sim_member *member = source->claim->member;
    struct sim_message *message = fail_or_alloc(1, sizeof *message);

    message->member = member;
    message->payload = make_payload(source->claim->partition, entry);
    message->next = source->messages;
    source->messages = message;
    atomic_fetch_add(&member->messages_out, 1);
    size_t key_size = strlen(message->payload->key);
    bool keyed = message->payload->keyed && member->options.keyed;
    *out = (struct weir_fetched){
        .kind = WEIR_FETCHED_RECORD,
        .item = {.message = message,
                 .offset = entry->offset,
                 .bytes = (uint32_t)(sizeof(struct sim_value) + key_size) + WEIR_RECORD_OVERHEAD +
                          entry->weight,
                 .hash = keyed ? weir_hash(message->payload->key, key_size) : 0,
                 .keyed = keyed}};
}

/* False: nothing is there. */
static bool give_sign(struct sim_claim *claim, struct weir_fetched *out)
{
    *out = (struct weir_fetched){.item = {.offset = claim->arrived}};
    if (claim->range_due) {
        claim->range_due = false;
        out->kind = WEIR_FETCHED_OUT_OF_RANGE;
        out->status = WEIR_ERR_NOT_FOUND;
        out->text = "out of range";
        return true;
    }
    if (claim->end_due) {
        claim->end_due = false;
        out->kind = WEIR_FETCHED_END;
        return true;
    }
    return false;
}

/* False: nothing is there. */
static bool give_next(struct sim_source *source, struct weir_fetched *out)
{
    struct sim_claim *claim = source->claim;

    if (claim->complaint != WEIR_OK) {
        *out = (struct weir_fetched){.kind = WEIR_FETCHED_ERROR,
                                     .status = claim->complaint,
                                     .item = {.offset = claim->fetched},
                                     .text = claim->complaint_text};
        claim->complaint = WEIR_OK;
        return true;
    }
    size_t index = sim_entry_at(claim->partition, claim->fetched);
    if (index < claim->partition->count &&
        claim->partition->entries[index]->offset < claim->arrived) {
        give_record(source, claim->partition->entries[index], out);
        claim->fetched = out->item.offset + 1;
        return true;
    }
    claim->fetched = claim->arrived;
    return give_sign(claim, out);
}

uint32_t sim_source_take(struct weir_source *opened, struct weir_fetched *out, uint32_t capacity)
{
    struct sim_source *source = (struct sim_source *)opened;
    struct sim_claim *claim = source->claim;
    uint32_t count = 0;

    (void)pthread_mutex_lock(&claim->partition->mutex);
    check_use(source, "take");
    while (claim->assigned && count < capacity && give_next(source, &out[count])) {
        count++;
    }
    if (count < capacity) {
        sim_carry(claim);
    }
    (void)pthread_mutex_unlock(&claim->partition->mutex);
    return count;
}

/* The end. */

int64_t sim_client_log_end(struct weir_client *client, const char *topic, int32_t number)
{
    const struct sim_member *member = (struct sim_member *)client;

    sim_lock();
    if (!pthread_equal(pthread_self(), member->control) || member->destroyed) {
        sim_blame("member %u: log_end on the wrong thread, or after the end", member->number);
    }
    struct sim_partition *partition = sim_find(topic, number);
    (void)pthread_mutex_lock(&partition->mutex);
    int64_t end = partition->told_end == SIM_TRUTH ? partition->end : partition->told_end;
    (void)pthread_mutex_unlock(&partition->mutex);
    sim_unlock();
    return end;
}

static void tell_end_of(struct sim_partition *partition, void *end)
{
    partition->told_end = *(const int64_t *)end;
}

void sim_tell_end(const char *list, int64_t end)
{
    sim_lock();
    sim_each(list, tell_end_of, &end);
    sim_unlock();
}

/* Messages. */

static void check_alive(const struct sim_message *message, const char *what)
{
    if (atomic_load_explicit(&message->releases, memory_order_relaxed) > 0) {
        sim_blame("%s of a message that was released", what);
    }
}

void sim_message_view(const void *opaque, struct weir_record *out)
{
    const struct sim_message *message = opaque;

    check_alive(message, "view");
    const struct sim_payload *payload = message->payload;
    out->offset = payload->value.offset;
    out->timestamp_ms = payload->value.offset * 10;
    out->key = payload->keyed ? payload->key : NULL;
    out->key_size = strlen(payload->key);
    out->value = &payload->value;
    out->value_size = sizeof payload->value;
}

int sim_message_header(const void *opaque, size_t index, struct weir_header *out)
{
    const struct sim_message *message = opaque;

    check_alive(message, "header");
    if (index > 0) {
        return 0;
    }
    out->name = "offset";
    out->value = &message->payload->value.offset;
    out->value_size = sizeof message->payload->value.offset;
    return 1;
}

void sim_message_release(void *opaque)
{
    struct sim_message *message = opaque;

    if (atomic_fetch_add_explicit(&message->releases, 1, memory_order_relaxed) > 0) {
        sim_blame("a message was released twice");
        return;
    }
    if (atomic_fetch_sub(&message->member->messages_out, 1) <= 0) {
        sim_blame("more messages were released than taken");
    }
    free(message->payload);
}
