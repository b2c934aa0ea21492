/* What did the producer hand over, and where does the broker say it is? */
#ifndef WEIR_TEST_LEDGER_H
#define WEIR_TEST_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

enum ledger_state {
    LEDGER_PENDING,      /* not acknowledged (yet) */
    LEDGER_ACKNOWLEDGED, /* it must be consumed */
    LEDGER_ABORTED,      /* of an aborted transaction: readers of committed records never see it */
    LEDGER_FAILED,       /* refused: it may or may not be in the log */
    LEDGER_REMOVED       /* for the test to set: compaction or deletion may have taken it */
};

enum { LEDGER_NO_KEY = 0, LEDGER_NO_OFFSET = -1 };

struct ledger_entry {
    const char *topic;    /* owned by the ledger; equal names are the same pointer */
    uint64_t seq;         /* of the producer, from 0; stands in the value, if that has room */
    uint64_t key_hash;    /* LEDGER_NO_KEY: the key is null */
    uint64_t transaction; /* which one, from 1; 0: none */
    int64_t offset;       /* LEDGER_NO_OFFSET: the acknowledgement did not name it */
    int32_t partition;
    enum ledger_state state;
};

/* Pure data: no Kafka in it. Entries are in the order of seq until ledger_sort. */
struct ledger;

WEIR_MUST_CHECK struct ledger *ledger_create(void);
void ledger_destroy(struct ledger *ledger);

/* Borrowed until the next addition. */
struct ledger_entry *ledger_add(struct ledger *ledger, const char *topic);
struct ledger_entry *ledger_at(const struct ledger *ledger, size_t index);
size_t ledger_count(const struct ledger *ledger);
size_t ledger_count_in(const struct ledger *ledger, enum ledger_state state);
/* Takes over a copy of every entry of the other one. */
void ledger_merge(struct ledger *ledger, const struct ledger *other);

/* By topic, partition and offset; what has no offset comes last. Entries must not be added after.
 */
void ledger_sort(struct ledger *ledger);
/* In a sorted ledger: the index of the first entry of the partition at `offset` or later, and
 * whether it is one (else it is where one would be). */
bool ledger_find(const struct ledger *ledger, const char *topic, int32_t partition, int64_t offset,
                 size_t *index);

/* Never LEDGER_NO_KEY for a key that is there. */
uint64_t ledger_key_hash(const void *key, size_t length);

#endif /* WEIR_TEST_LEDGER_H */
