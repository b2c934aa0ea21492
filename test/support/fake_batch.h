/* What would weir hand to a handler, and what did the handler make of it? */
#ifndef WEIR_TEST_FAKE_BATCH_H
#define WEIR_TEST_FAKE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/handler.h>

/* A record as a test writes it down. NULL is no key, or a tombstone. */
struct fake_record {
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    int64_t timestamp_ms;
    const struct weir_header *headers;
    size_t header_count;
    uint32_t attempt; /* 0 means 1 */
};

/* The bytes of string literals, without the NUL at their end. */
#define FAKE_KEY(literal)   .key = (literal), .key_size = sizeof(literal) - 1
#define FAKE_VALUE(literal) .value = (literal), .value_size = sizeof(literal) - 1

enum fake_mark { FAKE_DONE, FAKE_RETRY, FAKE_REJECT };

/* A batch without a consumer behind it. Keys and values are copies of their exact size, so that a
 * checker sees a handler that reads on; records are further apart than sizeof(struct weir_record),
 * so that a handler that does without weir_batch_next is found out. Thread: any, one at a time. */
struct fake_batch;

/* Offsets begin with `first_offset`. `ordered`: the first retry ends the batch. */
WEIR_MUST_CHECK struct fake_batch *fake_batch_create(const char *topic, int32_t partition,
                                                     int64_t first_offset, bool ordered);
void fake_batch_destroy(struct fake_batch *fake);
/* Before fake_batch_get. */
void fake_batch_add(struct fake_batch *fake, const struct fake_record *record);

/* To give to `handle`; at the first record again, with no marks. Borrowed until destroy. */
struct weir_batch *fake_batch_get(struct fake_batch *fake);

/* After `handle` returned: in ordered modes a record behind the first retry counts as retry. */
enum fake_mark fake_batch_mark(const struct fake_batch *fake, uint32_t index);
uint32_t fake_batch_marks(const struct fake_batch *fake, enum fake_mark mark);
/* The reason given with the mark, "" if none. Borrowed until the next get. */
const char *fake_batch_reason(const struct fake_batch *fake, uint32_t index);

#endif /* WEIR_TEST_FAKE_BATCH_H */
