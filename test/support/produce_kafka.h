/* How does a test fill topics and know exactly what it put there? */
#ifndef WEIR_TEST_PRODUCE_KAFKA_H
#define WEIR_TEST_PRODUCE_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/ledger.h"

/* A producer, idempotent unless asked otherwise, whose every record has a sequence number and a
 * line in a ledger. The value begins with the number in decimal, 20 digits, where it has the room.
 * Does not survive a fork. Thread: the one that opened it. */
struct producer;

struct producer_options {
    const char *bootstrap;
    const char *codec;             /* none, gzip, snappy, lz4, zstd; NULL: none */
    const char *transactional_id;  /* NULL: no transactions */
    const char *const *properties; /* more of librdkafka's; or NULL */
    bool plain; /* not idempotent: half a second less to open, wrong if a broker fails meanwhile */
};

WEIR_MUST_CHECK struct producer *producer_open(const struct producer_options *options);
/* The ledger goes with it. NULL is accepted. */
void producer_close(struct producer *producer);

enum { PRODUCE_BY_KEY = -1, PRODUCE_IN_TURN = -2, PRODUCE_SEQ_DIGITS = 20 };

enum produce_value { PRODUCE_SEQ, PRODUCE_EMPTY, PRODUCE_TOMBSTONE };

/* All but topic and count may be 0. */
struct produce_options {
    const char *topic;
    uint64_t count;
    int32_t partition;  /* or PRODUCE_BY_KEY (librdkafka's partitioner), or PRODUCE_IN_TURN */
    int32_t partitions; /* for PRODUCE_IN_TURN: over 0..partitions-1 by sequence number */
    uint32_t keys;      /* key-0..key-(keys-1) by sequence number; 0: null keys */
    const char *key;    /* the same key for all; stronger than `keys`; "" is an empty key */
    size_t value_size;  /* 0: the digits only */
    enum produce_value value;
    uint32_t headers;     /* header-0=0 ... on every record */
    int64_t timestamp_ms; /* 0: now */
};

/* Hands the records to librdkafka and goes on; waits only while its queue is full. */
void producer_send(struct producer *producer, const struct produce_options *options);
/* Takes in the acknowledgements that came. */
void producer_poll(struct producer *producer);
uint64_t producer_unanswered(const struct producer *producer);
/* Until every record sent is acknowledged. The test fails if one is refused. */
void producer_flush(struct producer *producer);
/* producer_send and producer_flush. */
void producer_produce(struct producer *producer, const struct produce_options *options);
/* Open a plain one, produce, and give away the ledger: for tests that need no more. */
WEIR_MUST_CHECK struct ledger *produce(const char *bootstrap,
                                       const struct produce_options *options);

/* With a transactional_id. Ending a transaction flushes it first and marks its ledger entries. */
void producer_begin(struct producer *producer);
void producer_commit(struct producer *producer);
void producer_abort(struct producer *producer);

/* Borrowed until producer_close; producer_take_ledger gives it away and starts an empty one. */
struct ledger *producer_ledger(const struct producer *producer);
WEIR_MUST_CHECK struct ledger *producer_take_ledger(struct producer *producer);

#endif /* WEIR_TEST_PRODUCE_KAFKA_H */
