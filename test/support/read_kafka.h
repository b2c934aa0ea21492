/* What does a topic hold, read by nothing of ours? */
#ifndef WEIR_TEST_READ_KAFKA_H
#define WEIR_TEST_READ_KAFKA_H

#include <stddef.h>
#include <stdint.h>

#include "test/support/ledger.h"

/* Borrowed for the call. A null key or value is NULL; an empty one is not. */
struct read_record {
    const void *key;
    const void *value;
    size_t key_length;
    size_t value_length;
    size_t headers;
    int64_t offset;
    int64_t timestamp_ms;
    int32_t partition;
    const void *message; /* for read_header */
};

/* Text of the last header of that name; NULL: there is none. */
const char *read_header(const struct read_record *record, const char *name);

typedef void read_record_fn(const struct read_record *record, void *user);

struct read_options {
    const char *bootstrap;
    const char *topic;
    int64_t from;                  /* offset, for every partition; 0: the beginning */
    const char *const *properties; /* more of librdkafka's (isolation.level=...); or NULL */
};

/* Reads every partition up to the end it has when the call begins, in offset order within each.
 * Returns the number of records. The test fails if it stalls. `fn` may be NULL. */
uint64_t read_topic(const struct read_options *options, read_record_fn *fn, void *user);

/* Gives the entries whose acknowledgement did not name an offset (a broker died before it answered)
 * the place where the log has their sequence number. The topic is that one producer's alone. The
 * test fails if one is nowhere. */
void read_place(const char *bootstrap, const char *topic, struct ledger *ledger);

#endif /* WEIR_TEST_READ_KAFKA_H */
