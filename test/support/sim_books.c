#include "test/support/deadline.h"
#include "test/support/ledger.h"
#include "test/support/sim_state.h"
#include <stdio.h>
#include <string.h>

/* What became of every record, by the word of those who handled it. */

enum { WAIT_MS = 30000 };

const struct sim_value *sim_value_of(const struct weir_record *record)
{
    const struct sim_value *value = record->value;

    if (value == NULL || record->value_size != sizeof *value || value->magic != SIM_VALUE_MAGIC) {
        sim_blame("%s/%d offset %lld came with another value", record->topic,
                  (int)record->partition, (long long)record->offset);
        return NULL;
    }
    if (value->offset != record->offset || value->partition != record->partition ||
        strcmp(value->topic, record->topic) != 0) {
        sim_blame("%s/%d offset %lld came with the value of %s/%d offset %lld", record->topic,
                  (int)record->partition, (long long)record->offset, value->topic,
                  (int)value->partition, (long long)value->offset);
    }
    return value;
}

void sim_note_attempt(const struct sim_value *value)
{
    atomic_fetch_add_explicit(&value->entry->attempts, 1, memory_order_relaxed);
}

void sim_note_completed(const struct sim_value *value)
{
    atomic_fetch_add_explicit(&value->entry->completions, 1, memory_order_relaxed);
}

static bool is_over(const struct sim_entry *entry)
{
    return atomic_load_explicit(&entry->completions, memory_order_relaxed) > 0 ||
           atomic_load_explicit(&entry->excused, memory_order_relaxed);
}

void sim_excuse(const char *topic, int32_t number, int64_t offset)
{
    sim_lock();
    struct sim_partition *partition = sim_find(topic, number);
    (void)pthread_mutex_lock(&partition->mutex);
    size_t index = sim_entry_at(partition, offset);
    if (index < partition->count && partition->entries[index]->offset == offset) {
        atomic_store(&partition->entries[index]->excused, true);
    }
    (void)pthread_mutex_unlock(&partition->mutex);
    sim_unlock();
}

void sim_excuse_below(const char *topic, int32_t number, int64_t offset)
{
    sim_lock();
    struct sim_partition *partition = sim_find(topic, number);
    (void)pthread_mutex_lock(&partition->mutex);
    size_t end = sim_entry_at(partition, offset);
    for (size_t i = 0; i < end; i++) {
        atomic_store(&partition->entries[i]->excused, true);
    }
    (void)pthread_mutex_unlock(&partition->mutex);
    sim_unlock();
}

int64_t sim_frontier_of(struct sim_partition *partition)
{
    (void)pthread_mutex_lock(&partition->mutex);
    while (partition->frontier < partition->count &&
           (partition->entries[partition->frontier]->offset < partition->base ||
            is_over(partition->entries[partition->frontier]))) {
        partition->frontier++;
    }
    int64_t frontier = partition->frontier < partition->count
                           ? partition->entries[partition->frontier]->offset
                           : INT64_MAX;
    (void)pthread_mutex_unlock(&partition->mutex);
    return frontier;
}

int64_t sim_frontier(const char *topic, int32_t number)
{
    sim_lock();
    struct sim_partition *partition = sim_find(topic, number);
    int64_t frontier = sim_frontier_of(partition);
    int64_t end = partition->end;
    sim_unlock();
    return frontier < end ? frontier : end;
}

int64_t sim_log_end(const char *topic, int32_t number)
{
    sim_lock();
    struct sim_partition *partition = sim_find(topic, number);
    (void)pthread_mutex_lock(&partition->mutex);
    int64_t end = partition->end;
    (void)pthread_mutex_unlock(&partition->mutex);
    sim_unlock();
    return end;
}

struct sum {
    uint64_t records;
    uint64_t over;
    uint64_t attempts;
    uint64_t completions;
    uint64_t uncommitted;
    uint64_t behind; /* partitions that are not committed to their end */
};

static void add_up(struct sim_partition *partition, void *user)
{
    struct sum *sum = user;

    (void)pthread_mutex_lock(&partition->mutex);
    for (size_t i = 0; i < partition->count; i++) {
        struct sim_entry *entry = partition->entries[i];
        sum->records++;
        sum->over += is_over(entry) ? 1 : 0;
        sum->attempts += atomic_load_explicit(&entry->attempts, memory_order_relaxed);
        uint32_t completions = atomic_load_explicit(&entry->completions, memory_order_relaxed);
        sum->completions += completions;
        sum->uncommitted += completions > 0 && entry->offset >= partition->stored ? 1 : 0;
    }
    int64_t last = partition->count > 0 ? partition->entries[partition->count - 1]->offset : -1;
    sum->behind += partition->stored <= last ? 1 : 0;
    (void)pthread_mutex_unlock(&partition->mutex);
}

static struct sum sum_of(const char *list)
{
    struct sum sum = {0};

    sim_lock();
    sim_each(list, add_up, &sum);
    sim_unlock();
    return sum;
}

uint64_t sim_records(const char *list)
{
    return sum_of(list).records;
}

uint64_t sim_completed(const char *list)
{
    return sum_of(list).over;
}

uint64_t sim_uncommitted(const char *list)
{
    return sum_of(list).uncommitted;
}

uint64_t sim_attempts(const char *list)
{
    return sum_of(list).attempts;
}

uint64_t sim_completions(const char *list)
{
    return sum_of(list).completions;
}

void sim_await_stored(const char *list)
{
    WAIT_UNTIL(sum_of(list).behind == 0, WAIT_MS);
}

void sim_list_records(struct ledger *ledger)
{
    char key[SIM_KEY_SIZE];

    sim_lock();
    for (size_t i = 0; i < sim.partition_count; i++) {
        struct sim_partition *partition = sim.partitions[i];
        (void)pthread_mutex_lock(&partition->mutex);
        for (size_t j = 0; j < partition->count; j++) {
            const struct sim_entry *record = partition->entries[j];
            struct ledger_entry *entry = ledger_add(ledger, partition->topic);
            entry->partition = partition->number;
            entry->offset = record->offset;
            entry->state = LEDGER_ACKNOWLEDGED;
            if (record->keys != SIM_NO_KEYS) {
                int length = snprintf(key, sizeof key, "key-%u", record->seq % record->keys);
                entry->key_hash = ledger_key_hash(key, (size_t)length);
            }
        }
        (void)pthread_mutex_unlock(&partition->mutex);
    }
    sim_unlock();
}
