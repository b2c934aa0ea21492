#include "test/support/fake_batch.h"

#include "test/support/fail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_SIZE = 256, GAP = 24 };

struct mark {
    enum fake_mark mark;
    char reason[REASON_SIZE];
};

/* A record with something behind it that no handler knows of. */
struct slot {
    struct weir_record record;
    unsigned char gap[GAP];
};

/* Of one record; borrowed from the test. */
struct headers {
    const struct weir_header *list;
    size_t count;
};

struct fake_batch {
    struct weir_batch batch; /* first: the operations get its address */
    struct slot *slots;
    struct mark *marks;
    struct headers *headers;
    char *topic;
    int64_t first_offset;
    bool ordered;
};

static struct fake_batch *fake_of(struct weir_batch *batch)
{
    return (struct fake_batch *)batch;
}

static void set_mark(struct weir_batch *batch, uint32_t index, enum fake_mark mark,
                     const char *reason)
{
    if (index >= batch->count) {
        fail_test("a handler marks record %u of %u", index, batch->count);
    }
    struct mark *slot = &fake_of(batch)->marks[index];
    slot->mark = mark;
    (void)snprintf(slot->reason, sizeof slot->reason, "%s", reason == NULL ? "" : reason);
}

static void retry(struct weir_batch *batch, uint32_t index, const char *reason)
{
    set_mark(batch, index, FAKE_RETRY, reason);
    batch->ended = fake_of(batch)->ordered ? 1 : 0;
}

static void reject(struct weir_batch *batch, uint32_t index, const char *reason)
{
    set_mark(batch, index, FAKE_REJECT, reason);
}

static int header(const struct weir_batch *batch, uint32_t index, size_t header_index,
                  struct weir_header *out)
{
    const struct fake_batch *fake = (const struct fake_batch *)batch;

    if (index >= batch->count || header_index >= fake->headers[index].count) {
        return 0;
    }
    *out = fake->headers[index].list[header_index];
    return 1;
}

static enum weir_status defer(struct weir_batch *batch)
{
    (void)batch;
    return WEIR_ERR_STATE;
}

static const struct weir_batch_ops fake_ops = {
    .size = sizeof fake_ops,
    .retry = retry,
    .reject = reject,
    .header = header,
    .defer = defer,
};

struct fake_batch *fake_batch_create(const char *topic, int32_t partition, int64_t first_offset,
                                     bool ordered)
{
    struct fake_batch *fake = fail_or_alloc(1, sizeof *fake);

    fake->topic = fail_or_copy(topic);
    fake->first_offset = first_offset;
    fake->ordered = ordered;
    fake->batch.ops = &fake_ops;
    fake->batch.topic = fake->topic;
    fake->batch.partition = partition;
    fake->batch.record_size = sizeof(struct slot);
    return fake;
}

/* Borrowed records say const; these copies are ours. */
static void free_bytes(const void *bytes)
{
    union {
        const void *borrowed;
        void *owned;
    } copy = {.borrowed = bytes};

    free(copy.owned);
}

void fake_batch_destroy(struct fake_batch *fake)
{
    if (fake == NULL) {
        return;
    }
    for (uint32_t i = 0; i < fake->batch.count; i++) {
        free_bytes(fake->slots[i].record.key);
        free_bytes(fake->slots[i].record.value);
    }
    free(fake->slots);
    free(fake->marks);
    free(fake->headers);
    free(fake->topic);
    free(fake);
}

static void *copy_bytes(const void *bytes, size_t size)
{
    if (bytes == NULL) {
        return NULL;
    }
    void *copy = malloc(size); /* of no byte more, even for none */
    if (copy == NULL) {
        return fail_or_alloc(1, size);
    }
    return size == 0 ? copy : memcpy(copy, bytes, size);
}

void fake_batch_add(struct fake_batch *fake, const struct fake_record *record)
{
    uint32_t index = fake->batch.count;
    size_t count = (size_t)index + 1;

    fake->slots = fail_or_realloc(fake->slots, count, sizeof fake->slots[0]);
    fake->marks = fail_or_realloc(fake->marks, count, sizeof fake->marks[0]);
    fake->headers = fail_or_realloc(fake->headers, count, sizeof fake->headers[0]);
    fake->headers[index] = (struct headers){record->headers, record->header_count};
    memset(&fake->slots[index], 0xa5, sizeof fake->slots[index]);
    fake->slots[index].record = (struct weir_record){
        .topic = fake->topic,
        .offset = fake->first_offset + index,
        .timestamp_ms = record->timestamp_ms,
        .key = copy_bytes(record->key, record->key_size),
        .key_size = record->key_size,
        .value = copy_bytes(record->value, record->value_size),
        .value_size = record->value_size,
        .partition = fake->batch.partition,
        .attempt = record->attempt == 0 ? 1 : record->attempt,
        .index = index,
    };
    fake->batch.records = fake->slots;
    fake->batch.count++;
}

struct weir_batch *fake_batch_get(struct fake_batch *fake)
{
    fake->batch.next = 0;
    fake->batch.ended = 0;
    for (uint32_t i = 0; i < fake->batch.count; i++) {
        fake->marks[i] = (struct mark){.mark = FAKE_DONE};
    }
    return &fake->batch;
}

enum fake_mark fake_batch_mark(const struct fake_batch *fake, uint32_t index)
{
    for (uint32_t i = 0; fake->ordered && i < index; i++) {
        if (fake->marks[i].mark == FAKE_RETRY) {
            return FAKE_RETRY;
        }
    }
    return fake->marks[index].mark;
}

uint32_t fake_batch_marks(const struct fake_batch *fake, enum fake_mark mark)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < fake->batch.count; i++) {
        count += fake_batch_mark(fake, i) == mark ? 1 : 0;
    }
    return count;
}

const char *fake_batch_reason(const struct fake_batch *fake, uint32_t index)
{
    return fake->marks[index].reason;
}
