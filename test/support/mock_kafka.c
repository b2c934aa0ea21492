#include "test/support/mock_kafka.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

#include "test/support/client_kafka.h"
#include "test/support/fail.h"

struct mock {
    rd_kafka_t *owner; /* an idle client that the cluster lives in */
    rd_kafka_mock_cluster_t *cluster;
    int brokers;
};

int mock_library_version(void)
{
    return rd_kafka_version();
}

struct mock *mock_start(int brokers)
{
    struct mock *mock = fail_or_alloc(1, sizeof *mock);

    mock->brokers = brokers;
    mock->owner = client_producer(client_conf("127.0.0.1:1", NULL)); /* which it never talks to */
    mock->cluster = rd_kafka_mock_cluster_new(mock->owner, brokers);
    if (mock->cluster == NULL) {
        fail_test("librdkafka cannot start a mock cluster of %d brokers", brokers);
    }
    return mock;
}

void mock_stop(struct mock *mock)
{
    if (mock == NULL) {
        return;
    }
    rd_kafka_mock_cluster_destroy(mock->cluster);
    rd_kafka_destroy(mock->owner);
    free(mock);
}

const char *mock_bootstrap(const struct mock *mock)
{
    return rd_kafka_mock_cluster_bootstraps(mock->cluster);
}

static void require(rd_kafka_resp_err_t error, const char *what)
{
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("mock cluster: %s: %s", what, rd_kafka_err2str(error));
    }
}

void mock_create_topic(struct mock *mock, const char *topic, int partitions)
{
    require(rd_kafka_mock_topic_create(mock->cluster, topic, partitions, mock->brokers), topic);
}

void mock_topic_error(struct mock *mock, const char *topic, int error)
{
    rd_kafka_mock_topic_set_error(mock->cluster, topic, (rd_kafka_resp_err_t)error);
}

void mock_push_errors(struct mock *mock, enum mock_request request, size_t count, int error)
{
    for (size_t i = 0; i < count; i++) {
        rd_kafka_mock_push_request_errors(mock->cluster, (int16_t)request, 1,
                                          (rd_kafka_resp_err_t)error);
    }
}

void mock_clear_errors(struct mock *mock, enum mock_request request)
{
    rd_kafka_mock_clear_request_errors(mock->cluster, (int16_t)request);
}

void mock_push_late(struct mock *mock, int broker, enum mock_request request, int error, int rtt_ms)
{
    require(rd_kafka_mock_broker_push_request_error_rtts(mock->cluster, broker, (int16_t)request, 1,
                                                         (rd_kafka_resp_err_t)error, rtt_ms),
            "push of a late answer");
}

void mock_broker_down(struct mock *mock, int broker)
{
    require(rd_kafka_mock_broker_set_down(mock->cluster, broker), "broker down");
}

void mock_broker_up(struct mock *mock, int broker)
{
    require(rd_kafka_mock_broker_set_up(mock->cluster, broker), "broker up");
}

void mock_broker_rtt(struct mock *mock, int broker, int ms)
{
    require(rd_kafka_mock_broker_set_rtt(mock->cluster, broker, ms), "round-trip time");
}

void mock_partition_leader(struct mock *mock, const char *topic, int32_t partition, int broker)
{
    require(rd_kafka_mock_partition_set_leader(mock->cluster, topic, partition, broker),
            "partition leader");
}

void mock_group_coordinator(struct mock *mock, const char *group, int broker)
{
    require(rd_kafka_mock_coordinator_set(mock->cluster, "group", group, broker), "coordinator");
}
