#include "test/support/sim_cluster.h"

#include "test/support/fail.h"
#include "test/support/sim_state.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLAME_SIZE = 1024 };

struct sim sim;

/* Of its own, because everybody may blame, whatever lock they hold. */
static pthread_mutex_t blame_mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t blames;
static char blame[BLAME_SIZE];

void sim_blame(const char *format, ...)
{
    va_list arguments;

    (void)pthread_mutex_lock(&blame_mutex);
    if (blames++ == 0) {
        va_start(arguments, format);
        (void)vsnprintf(blame, sizeof blame, format, arguments);
        va_end(arguments);
    }
    (void)pthread_mutex_unlock(&blame_mutex);
}

uint64_t sim_take_blame(char *text, size_t size)
{
    (void)pthread_mutex_lock(&blame_mutex);
    uint64_t count = blames;
    if (text != NULL) {
        (void)snprintf(text, size, "%s", blame);
    }
    blames = 0;
    blame[0] = '\0';
    (void)pthread_mutex_unlock(&blame_mutex);
    return count;
}

bool sim_is_blameless(void)
{
    (void)pthread_mutex_lock(&blame_mutex);
    bool blameless = blames == 0;
    (void)pthread_mutex_unlock(&blame_mutex);
    return blameless;
}

void sim_lock(void)
{
    (void)pthread_mutex_lock(&sim.mutex);
}

void sim_unlock(void)
{
    (void)pthread_cond_broadcast(&sim.changed);
    (void)pthread_mutex_unlock(&sim.mutex);
}

/* Opening and closing. */

void sim_open(void)
{
    pthread_condattr_t attributes;

    assert(!sim.open);
    sim = (struct sim){.open = true, .failed = SIM_OPS};
    atomic_init(&sim.arrive_by, SIM_ARRIVE_BY);
    (void)pthread_mutex_init(&sim.mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&sim.changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)sim_take_blame(NULL, 0);
    sim_carrier_start();
}

static void free_partition(struct sim_partition *partition)
{
    for (size_t i = 0; i < partition->count; i++) {
        free(partition->entries[i]);
    }
    for (size_t i = 0; i < partition->cut_count; i++) {
        free(partition->cut[i]);
    }
    for (unsigned i = 0; i < SIM_MEMBERS_MAX; i++) {
        free(partition->claims[i]);
    }
    free(partition->cut);
    free(partition->entries);
    (void)pthread_mutex_destroy(&partition->mutex);
    free(partition);
}

void sim_close(void)
{
    char text[BLAME_SIZE];

    if (!sim.open) {
        return;
    }
    for (unsigned i = 0; i < sim.member_count; i++) {
        if (!sim.members[i]->destroyed) {
            sim_blame("member %u was never destroyed", i);
        }
    }
    sim_carrier_stop();
    for (unsigned i = 0; i < sim.member_count; i++) {
        sim_free_member(sim.members[i]);
    }
    for (size_t i = 0; i < sim.partition_count; i++) {
        free_partition(sim.partitions[i]);
    }
    free(sim.partitions);
    sim_forget_letters();
    (void)pthread_cond_destroy(&sim.changed);
    (void)pthread_mutex_destroy(&sim.mutex);
    sim.open = false;
    uint64_t count = sim_take_blame(text, sizeof text);
    if (count > 0) {
        fail_test("the cluster was used wrongly %llu times, first: %s", (unsigned long long)count,
                  text);
    }
}

/* Partitions. */

bool sim_is(const struct sim_partition *partition, const char *topic, int32_t number)
{
    return partition->number == number && strcmp(partition->topic, topic) == 0;
}

struct sim_partition *sim_find(const char *topic, int32_t number)
{
    struct sim_partition *deleted = NULL;

    for (size_t i = 0; i < sim.partition_count; i++) {
        if (sim_is(sim.partitions[i], topic, number)) {
            if (!sim.partitions[i]->deleted) {
                return sim.partitions[i];
            }
            deleted = sim.partitions[i];
        }
    }
    return deleted;
}

static void add_partition(const char *topic, int32_t number)
{
    struct sim_partition *partition = fail_or_alloc(1, sizeof *partition);

    (void)pthread_mutex_init(&partition->mutex, NULL);
    (void)snprintf(partition->topic, sizeof partition->topic, "%s", topic);
    partition->number = number;
    partition->stored = WEIR_OFFSET_NONE;
    partition->base = INT64_MAX;
    partition->told_end = SIM_TRUTH;
    sim.partitions =
        fail_or_realloc(sim.partitions, sim.partition_count + 1, sizeof(struct sim_partition *));
    sim.partitions[sim.partition_count++] = partition;
}

void sim_topic(const char *topic, int32_t partitions)
{
    sim_lock();
    for (int32_t i = 0; i < partitions; i++) {
        add_partition(topic, i);
    }
    sim_unlock();
}

void sim_grow(const char *topic, int32_t partitions)
{
    sim_lock();
    for (int32_t i = 0; i < partitions; i++) {
        if (sim_find(topic, i) == NULL) {
            add_partition(topic, i);
        }
    }
    sim_unlock();
}

void sim_delete(const char *topic)
{
    sim_lock();
    for (size_t i = 0; i < sim.partition_count; i++) {
        struct sim_partition *partition = sim.partitions[i];
        partition->deleted = partition->deleted || strcmp(partition->topic, topic) == 0;
    }
    sim_unlock();
}

void sim_forget(const char *topic, uint32_t times)
{
    sim_lock();
    sim.forgotten = topic;
    sim.forgets = times;
    sim_unlock();
}

/* "3" or "0-3" after a topic; returns where it ends. */
static const char *each_range(const char *topic, const char *text, sim_each_fn *fn, void *user)
{
    char *rest = NULL;
    long first = strtol(text, &rest, 10);
    long last = first;

    if (rest == text) {
        fail_test("no partition at '%s'", text);
    }
    if (*rest == '-') {
        last = strtol(rest + 1, &rest, 10);
    }
    for (long i = first; i <= last; i++) {
        struct sim_partition *partition = sim_find(topic, (int32_t)i);
        if (partition == NULL) {
            fail_test("there is no %s/%ld", topic, i);
        }
        fn(partition, user);
    }
    return rest;
}

void sim_each(const char *list, sim_each_fn *fn, void *user)
{
    char topic[SIM_TOPIC_SIZE];

    while (*list != '\0') {
        size_t length = strcspn(list, ":");
        if (list[length] == '\0' || length >= sizeof topic) {
            fail_test("no topic at '%s'", list);
        }
        memcpy(topic, list, length);
        topic[length] = '\0';
        list += length;
        while (*list == ':' || *list == ',') {
            list = each_range(topic, list + 1, fn, user);
        }
        list += strspn(list, " ");
    }
}

/* The log. */

size_t sim_entry_at(const struct sim_partition *partition, int64_t offset)
{
    size_t low = 0;
    size_t high = partition->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (partition->entries[middle]->offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void arrive_at_all(struct sim_partition *partition)
{
    for (unsigned i = 0; i < sim.member_count; i++) {
        if (partition->claims[i] != NULL) {
            sim_arrive(partition->claims[i]);
        }
    }
}

static void append_one(struct sim_partition *partition, const struct sim_batch *batch)
{
    if (partition->count == partition->capacity) {
        partition->capacity = partition->capacity * 2 + 64;
        partition->entries =
            fail_or_realloc(partition->entries, partition->capacity, sizeof(struct sim_entry *));
    }
    struct sim_entry *entry = fail_or_alloc(1, sizeof *entry);
    entry->offset = partition->end;
    entry->seq = (uint32_t)partition->count;
    entry->keys = batch->keys;
    entry->weight = batch->weight;
    partition->entries[partition->count++] = entry;
    partition->end += batch->step > 0 ? batch->step : 1;
}

static void append(struct sim_partition *partition, void *user)
{
    const struct sim_batch *batch = user;

    (void)pthread_mutex_lock(&partition->mutex);
    for (uint32_t i = 0; i < batch->records; i++) {
        append_one(partition, batch);
    }
    arrive_at_all(partition);
    (void)pthread_mutex_unlock(&partition->mutex);
}

void sim_append(const char *list, struct sim_batch batch)
{
    sim_lock();
    sim_each(list, append, &batch);
    sim_unlock();
}

static void append_holes(struct sim_partition *partition, void *user)
{
    const uint32_t *offsets = user;

    (void)pthread_mutex_lock(&partition->mutex);
    partition->end += *offsets;
    arrive_at_all(partition);
    (void)pthread_mutex_unlock(&partition->mutex);
}

void sim_append_holes(const char *list, uint32_t offsets)
{
    sim_lock();
    sim_each(list, append_holes, &offsets);
    sim_unlock();
}

static void trim(struct sim_partition *partition, void *user)
{
    const int64_t *first = user;

    (void)pthread_mutex_lock(&partition->mutex);
    partition->start = *first;
    arrive_at_all(partition);
    (void)pthread_mutex_unlock(&partition->mutex);
}

void sim_trim(const char *list, int64_t first)
{
    sim_lock();
    sim_each(list, trim, &first);
    sim_unlock();
}

static void hide(struct sim_partition *partition, void *user)
{
    (void)user;
    partition->hidden = true;
}

static void mute(struct sim_partition *partition, void *user)
{
    const enum weir_status *status = user;

    partition->mute = *status;
    partition->was_mute = true;
}

void sim_mute(const char *list, enum weir_status status)
{
    sim_lock();
    sim_each(list, mute, &status);
    sim_unlock();
}

void sim_hide(const char *list)
{
    sim_lock();
    sim_each(list, hide, NULL);
    sim_unlock();
}

static void cut(struct sim_partition *partition, void *user)
{
    const int64_t *end = user;

    (void)pthread_mutex_lock(&partition->mutex);
    size_t kept = sim_entry_at(partition, *end);
    partition->cut = fail_or_realloc(partition->cut, partition->cut_count + partition->count,
                                     sizeof(struct sim_entry *));
    while (partition->count > kept) {
        partition->cut[partition->cut_count++] = partition->entries[--partition->count];
    }
    partition->frontier = partition->frontier < kept ? partition->frontier : kept;
    partition->end = *end;
    arrive_at_all(partition);
    (void)pthread_mutex_unlock(&partition->mutex);
}

void sim_cut(const char *list, int64_t end)
{
    sim_lock();
    sim_each(list, cut, &end);
    sim_unlock();
}

struct complaint {
    enum weir_status status;
    const char *text;
};

static void complain(struct sim_partition *partition, void *user)
{
    const struct complaint *complaint = user;

    (void)pthread_mutex_lock(&partition->mutex);
    for (unsigned i = 0; i < sim.member_count; i++) {
        if (partition->claims[i] != NULL) {
            partition->claims[i]->complaint = complaint->status;
            partition->claims[i]->complaint_text = complaint->text;
        }
    }
    arrive_at_all(partition);
    (void)pthread_mutex_unlock(&partition->mutex);
}

void sim_complain(const char *list, enum weir_status status, const char *text)
{
    struct complaint complaint = {.status = status, .text = text};

    sim_lock();
    sim_each(list, complain, &complaint);
    sim_unlock();
}

void sim_arrive_by(uint32_t records)
{
    atomic_store(&sim.arrive_by, records);
}

void sim_announce_early(bool early)
{
    sim_lock();
    sim.early = early;
    sim_unlock();
}
