#include "test/support/books.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

/* Last index of each key hash, for one partition at a time. Open addressing. */
struct key_table {
    size_t *indexes;
    size_t mask;
};

static struct key_table table_create(size_t keys)
{
    size_t size = 16;

    while (size < keys * 2) {
        size *= 2;
    }
    struct key_table table = {.indexes = fail_or_alloc(size, sizeof *table.indexes),
                              .mask = size - 1};
    for (size_t i = 0; i < size; i++) {
        table.indexes[i] = SIZE_MAX;
    }
    return table;
}

/* Remembers `index` as the last one of its key; returns the one before, or its own. */
static size_t table_exchange(struct key_table *table, const struct ledger *ledger, size_t index)
{
    uint64_t hash = ledger_at(ledger, index)->key_hash;
    size_t slot = (size_t)hash & table->mask;

    while (table->indexes[slot] != SIZE_MAX &&
           ledger_at(ledger, table->indexes[slot])->key_hash != hash) {
        slot = (slot + 1) & table->mask;
    }
    size_t before = table->indexes[slot];
    table->indexes[slot] = index;
    return before == SIZE_MAX ? index : before;
}

static bool is_acknowledged(const struct ledger *ledger, size_t index)
{
    return ledger_at(ledger, index)->state == LEDGER_ACKNOWLEDGED;
}

/* Only records that must come count as predecessors. */
static void chain_keys(struct books *books, const struct books_partition *partition)
{
    struct key_table table = table_create(partition->end - partition->first);

    for (size_t i = partition->first; i < partition->end; i++) {
        bool ordered = is_acknowledged(books->ledger, i) &&
                       ledger_at(books->ledger, i)->key_hash != LEDGER_NO_KEY;
        books->records[i].same_key = ordered ? table_exchange(&table, books->ledger, i) : i;
    }
    free(table.indexes);
}

static void add_partition(struct books *books, size_t first, size_t end)
{
    const struct ledger_entry *entry = ledger_at(books->ledger, first);

    books->partitions =
        fail_or_realloc(books->partitions, books->partition_count + 1, sizeof *books->partitions);
    struct books_partition *partition = &books->partitions[books->partition_count++];
    *partition = (struct books_partition){.topic = entry->topic,
                                          .partition = entry->partition,
                                          .first = first,
                                          .end = end,
                                          .frontier = first,
                                          .committed = -1,
                                          .requested = -1,
                                          .held_at = -1,
                                          .owner = BOOKS_NOBODY,
                                          .returned_by = BOOKS_NOBODY,
                                          .era = 1};
    chain_keys(books, partition);
}

static bool same_partition(const struct ledger_entry *a, const struct ledger_entry *b)
{
    return a->topic == b->topic && a->partition == b->partition;
}

struct books *books_create(struct ledger *ledger)
{
    struct books *books = fail_or_alloc(1, sizeof *books);
    size_t count = ledger_count(ledger);
    size_t first = 0;

    ledger_sort(ledger);
    books->ledger = ledger;
    books->records = fail_or_alloc(count, sizeof *books->records);
    while (count > 0 && ledger_at(ledger, count - 1)->offset == LEDGER_NO_OFFSET) {
        count--;
    }
    books->whole = count == ledger_count(ledger);
    for (size_t i = 1; i <= count; i++) {
        if (i == count || !same_partition(ledger_at(ledger, first), ledger_at(ledger, i))) {
            add_partition(books, first, i);
            first = i;
        }
    }
    return books;
}

void books_destroy(struct books *books)
{
    for (size_t i = 0; i < books->partition_count; i++) {
        free(books->partitions[i].formers);
    }
    free(books->records);
    free(books->partitions);
    free(books);
}

struct books_partition *books_find(const struct books *books, const char *topic, int32_t partition)
{
    size_t low = 0;
    size_t high = books->partition_count;

    while (low < high) { /* they have the order of the ledger */
        size_t middle = low + (high - low) / 2;
        struct books_partition *one = &books->partitions[middle];
        int topics = strcmp(topic, one->topic);
        if (topics == 0 && partition == one->partition) {
            return one;
        }
        bool after = topics > 0 || (topics == 0 && partition > one->partition);
        low = after ? middle + 1 : low;
        high = after ? high : middle;
    }
    return NULL;
}

size_t books_at(const struct books *books, const struct books_partition *partition, int64_t offset)
{
    size_t index = 0;

    (void)ledger_find(books->ledger, partition->topic, partition->partition, offset, &index);
    assert(index >= partition->first);
    return index < partition->end ? index : partition->end;
}

bool books_required(const struct books *books, const struct books_partition *partition,
                    size_t index)
{
    return is_acknowledged(books->ledger, index) &&
           ledger_at(books->ledger, index)->offset >= partition->base;
}

bool books_done(const struct books *books, size_t index)
{
    return books->records[index].completions > 0 || books->records[index].excused;
}

int64_t books_frontier(const struct books *books, struct books_partition *partition)
{
    while (partition->frontier < partition->end &&
           (!books_required(books, partition, partition->frontier) ||
            books_done(books, partition->frontier))) {
        partition->frontier++;
    }
    return partition->frontier == partition->end
               ? INT64_MAX
               : ledger_at(books->ledger, partition->frontier)->offset;
}

struct books_former *books_former(const struct books_partition *partition, size_t member)
{
    for (size_t i = 0; i < partition->former_count; i++) {
        if (partition->formers[i].member == member) {
            return &partition->formers[i];
        }
    }
    return NULL;
}

struct books_former *books_add_former(struct books_partition *partition, size_t member)
{
    struct books_former *former = books_former(partition, member);

    if (former == NULL) {
        partition->formers = fail_or_realloc(partition->formers, partition->former_count + 1,
                                             sizeof *partition->formers);
        former = &partition->formers[partition->former_count++];
        *former = (struct books_former){.member = member};
    }
    return former;
}

void books_drop_former(struct books_partition *partition, size_t member)
{
    struct books_former *former = books_former(partition, member);

    if (former != NULL) {
        *former = partition->formers[--partition->former_count];
    }
}
