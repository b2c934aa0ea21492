/* How does a test get a cluster that misbehaves on command, without a server? */
#ifndef WEIR_TEST_MOCK_KAFKA_H
#define WEIR_TEST_MOCK_KAFKA_H

#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

/* librdkafka's mock cluster, owned by this process, which other processes may use by its bootstrap
 * list. What it lacks and what it gets wrong is hazards M1-M6: no more than 5 MiB or 100,000
 * records per partition, and a commit on revoke fails. Does not survive a fork. */
struct mock;

/* Protocol numbers of the requests that errors are pushed onto. */
enum mock_request {
    MOCK_PRODUCE = 0,
    MOCK_FETCH = 1,
    MOCK_LIST_OFFSETS = 2,
    MOCK_METADATA = 3,
    MOCK_OFFSET_COMMIT = 8,
    MOCK_OFFSET_FETCH = 9,
    MOCK_FIND_COORDINATOR = 10,
    MOCK_JOIN_GROUP = 11,
    MOCK_HEARTBEAT = 12,
    MOCK_LEAVE_GROUP = 13,
    MOCK_SYNC_GROUP = 14,
    MOCK_INIT_PRODUCER_ID = 22
};

/* The errors they are usually made to give; any rd_kafka_resp_err_t will do. */
enum mock_error {
    MOCK_DISCONNECT = -195, /* the connection is cut instead of an answer */
    MOCK_NOT_LEADER = 6,
    MOCK_REQUEST_TIMED_OUT = 7,
    MOCK_METADATA_TOO_LARGE = 12,
    MOCK_COORDINATOR_LOADING = 14,
    MOCK_COORDINATOR_NOT_AVAILABLE = 15,
    MOCK_NOT_COORDINATOR = 16,
    MOCK_ILLEGAL_GENERATION = 22,
    MOCK_UNKNOWN_MEMBER = 25,
    MOCK_REBALANCE_IN_PROGRESS = 27,
    MOCK_TOPIC_DENIED = 29,
    MOCK_GROUP_DENIED = 30,
    MOCK_FENCED_INSTANCE = 82
};

/* Of the client library, which has the mock: 0xMMmmrrff. */
int mock_library_version(void);

WEIR_MUST_CHECK struct mock *mock_start(int brokers);
void mock_stop(struct mock *mock); /* NULL is accepted */

/* Borrowed until mock_stop. */
const char *mock_bootstrap(const struct mock *mock);

void mock_create_topic(struct mock *mock, const char *topic, int partitions);
/* Every answer about the topic carries the error; 0 heals it. */
void mock_topic_error(struct mock *mock, const char *topic, int error);
/* The next `count` requests of the kind fail, whichever broker gets them. */
void mock_push_errors(struct mock *mock, enum mock_request request, size_t count, int error);
void mock_clear_errors(struct mock *mock, enum mock_request request);
/* The next request of the kind at this broker is answered `rtt_ms` late, with the error (0: none).
 */
void mock_push_late(struct mock *mock, int broker, enum mock_request request, int error,
                    int rtt_ms);

/* Brokers are numbered from 1. One that is down closes its connections and refuses new ones. */
void mock_broker_down(struct mock *mock, int broker);
void mock_broker_up(struct mock *mock, int broker);
/* From now on every answer of the broker comes this late. */
void mock_broker_rtt(struct mock *mock, int broker, int ms);
void mock_partition_leader(struct mock *mock, const char *topic, int32_t partition, int broker);
void mock_group_coordinator(struct mock *mock, const char *group, int broker);

#endif /* WEIR_TEST_MOCK_KAFKA_H */
