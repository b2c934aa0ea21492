#include "test/support/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

enum { FIRST_CAPACITY = 1024 };

struct ledger {
    struct ledger_entry *entries;
    size_t count;
    size_t capacity;
    char **topics;
    size_t topic_count;
    bool sorted;
};

struct ledger *ledger_create(void)
{
    return fail_or_alloc(1, sizeof(struct ledger));
}

void ledger_destroy(struct ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    for (size_t i = 0; i < ledger->topic_count; i++) {
        free(ledger->topics[i]);
    }
    free(ledger->topics);
    free(ledger->entries);
    free(ledger);
}

static const char *intern(struct ledger *ledger, const char *topic)
{
    for (size_t i = 0; i < ledger->topic_count; i++) {
        if (strcmp(ledger->topics[i], topic) == 0) {
            return ledger->topics[i];
        }
    }
    ledger->topics =
        fail_or_realloc(ledger->topics, ledger->topic_count + 1, sizeof *ledger->topics);
    ledger->topics[ledger->topic_count] = fail_or_copy(topic);
    return ledger->topics[ledger->topic_count++];
}

struct ledger_entry *ledger_add(struct ledger *ledger, const char *topic)
{
    assert(!ledger->sorted);
    if (ledger->count == ledger->capacity) {
        ledger->capacity = ledger->capacity == 0 ? FIRST_CAPACITY : ledger->capacity * 2;
        ledger->entries =
            fail_or_realloc(ledger->entries, ledger->capacity, sizeof *ledger->entries);
    }
    struct ledger_entry *entry = &ledger->entries[ledger->count];
    *entry = (struct ledger_entry){.topic = intern(ledger, topic),
                                   .seq = ledger->count,
                                   .offset = LEDGER_NO_OFFSET,
                                   .partition = -1};
    ledger->count++;
    return entry;
}

struct ledger_entry *ledger_at(const struct ledger *ledger, size_t index)
{
    assert(index < ledger->count);
    return &ledger->entries[index];
}

size_t ledger_count(const struct ledger *ledger)
{
    return ledger->count;
}

size_t ledger_count_in(const struct ledger *ledger, enum ledger_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < ledger->count; i++) {
        count += ledger->entries[i].state == state;
    }
    return count;
}

void ledger_merge(struct ledger *ledger, const struct ledger *other)
{
    for (size_t i = 0; i < other->count; i++) {
        struct ledger_entry *entry = ledger_add(ledger, other->entries[i].topic);
        const char *topic = entry->topic;
        *entry = other->entries[i];
        entry->topic = topic;
    }
}

static int compare_place(const char *topic, int32_t partition, int64_t offset,
                         const struct ledger_entry *entry)
{
    int topics = strcmp(topic, entry->topic);

    if (topics != 0) {
        return topics;
    }
    if (partition != entry->partition) {
        return partition < entry->partition ? -1 : 1;
    }
    return (offset > entry->offset) - (offset < entry->offset);
}

static int compare_entries(const void *left, const void *right)
{
    const struct ledger_entry *a = left;
    const struct ledger_entry *b = right;
    bool a_last = a->offset == LEDGER_NO_OFFSET;
    bool b_last = b->offset == LEDGER_NO_OFFSET;

    if (a_last || b_last) {
        return a_last - b_last;
    }
    return compare_place(a->topic, a->partition, a->offset, b);
}

void ledger_sort(struct ledger *ledger)
{
    if (ledger->count > 0) {
        qsort(ledger->entries, ledger->count, sizeof *ledger->entries, compare_entries);
    }
    ledger->sorted = true;
}

bool ledger_find(const struct ledger *ledger, const char *topic, int32_t partition, int64_t offset,
                 size_t *index)
{
    size_t low = 0;
    size_t high = ledger->count;

    assert(ledger->sorted);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ledger_entry *entry = &ledger->entries[middle];
        bool after =
            entry->offset != LEDGER_NO_OFFSET && compare_place(topic, partition, offset, entry) > 0;
        low = after ? middle + 1 : low;
        high = after ? high : middle;
    }
    *index = low;
    return low < ledger->count && ledger->entries[low].offset != LEDGER_NO_OFFSET &&
           compare_place(topic, partition, offset, &ledger->entries[low]) == 0;
}

uint64_t ledger_key_hash(const void *key, size_t length)
{
    const unsigned char *byte = key;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ byte[i]) * 1099511628211u;
    }
    return hash == LEDGER_NO_KEY ? 1 : hash;
}
