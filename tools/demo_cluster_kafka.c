#include "tools/demo_cluster_kafka.h"

#include <assert.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLUSH_MS = 5000,
    ASK_MS = 10000,
    ERRSTR_SIZE = 256,
    COORDINATOR = 1,
    COORDINATOR_RTT_MS = 25,
    MOCK_REST_MS = 5
};

/* What librdkafka takes as a plain pointer: text it does not change, a number it hands back. */
union carried {
    const char *text;
    intptr_t number;
    void *pointer;
};

struct demo_cluster {
    rd_kafka_t *owner; /* an idle client that the mock cluster lives in */
    rd_kafka_mock_cluster_t *mock;
    rd_kafka_t *producer;
    struct demo_cluster_options options;
};

static enum weir_status fail(struct weir_error *error, const char *act, const char *why)
{
    error->code = WEIR_ERR_UNAVAILABLE;
    (void)snprintf(error->text, sizeof error->text, "%s: %s", act, why);
    return WEIR_ERR_UNAVAILABLE;
}

/* What librdkafka says about closed connections is part of the show, not of its log. */
static void drop_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle;
    (void)level;
    (void)facility;
    (void)text;
}

/* Takes `conf`. */
static rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf,
                               struct weir_error *error)
{
    char reason[ERRSTR_SIZE];

    rd_kafka_conf_set_log_cb(conf, drop_log);
    rd_kafka_t *handle = rd_kafka_new(type, conf, reason, sizeof reason);
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        (void)fail(error, "librdkafka cannot be started", reason);
    }
    return handle;
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char reason[ERRSTR_SIZE];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, key, value, reason, sizeof reason);

    assert(result == RD_KAFKA_CONF_OK);
    (void)result;
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    const struct demo_cluster *cluster = opaque;
    int64_t seq = (int64_t)(intptr_t)message->_private;
    bool taken = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;

    (void)handle;
    cluster->options.delivered(seq, message->partition, taken ? message->offset : -1,
                               cluster->options.user);
}

/* The mock cluster takes requests one after another; one that follows another within a millisecond
 * or so does not wake its thread, which then sleeps on for up to a second. */
static void let_mock_rest(void)
{
    (void)poll(NULL, 0, MOCK_REST_MS);
}

/* The mock cluster ends a rebalance once the leader's assignment is there, and sends away whoever
 * asks for it later. The leader asks the coordinator for metadata first, so with a coordinator that
 * answers late it comes last. The orders live on the other brokers, which answer at once. */
static rd_kafka_resp_err_t separate_coordinator(struct demo_cluster *cluster)
{
    uint32_t partitions = cluster->options.partitions;

    let_mock_rest();
    rd_kafka_resp_err_t code =
        rd_kafka_mock_coordinator_set(cluster->mock, "group", cluster->options.group, COORDINATOR);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        let_mock_rest();
        code = rd_kafka_mock_broker_set_rtt(cluster->mock, COORDINATOR, COORDINATOR_RTT_MS);
    }
    for (uint32_t i = 0; i < partitions && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        int32_t leader = COORDINATOR + 1 + (int32_t)(i % (DEMO_BROKERS - 1));
        let_mock_rest();
        code = rd_kafka_mock_partition_set_leader(cluster->mock, DEMO_TOPIC, (int32_t)i, leader);
    }
    return code;
}

static enum weir_status open_mock(struct demo_cluster *cluster, struct weir_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "client.id", "weir-demo-cluster");
    set(conf, "bootstrap.servers", "127.0.0.1:1"); /* which it never talks to */
    cluster->owner = open_client(RD_KAFKA_PRODUCER, conf, error);
    if (cluster->owner == NULL) {
        return error->code;
    }
    cluster->mock = rd_kafka_mock_cluster_new(cluster->owner, DEMO_BROKERS);
    if (cluster->mock == NULL) {
        return fail(error, "librdkafka cannot start its mock cluster", "are there free ports?");
    }
    let_mock_rest();
    rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(
        cluster->mock, DEMO_TOPIC, (int)cluster->options.partitions, DEMO_BROKERS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && cluster->options.joined) {
        code = separate_coordinator(cluster);
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? WEIR_OK
               : fail(error, "the topic cannot be made", rd_kafka_err2str(code));
}

/* No retries: an order is in the log once or not at all, so what is handled twice was delivered
 * twice. */
static enum weir_status open_producer(struct demo_cluster *cluster, struct weir_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "client.id", "weir-demo-shop");
    set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster->mock));
    set(conf, "acks", "all");
    set(conf, "retries", "0");
    set(conf, "linger.ms", "1");
    set(conf, "partitioner", "murmur2_random"); /* as the Java client's */
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, cluster);
    cluster->producer = open_client(RD_KAFKA_PRODUCER, conf, error);
    return cluster->producer != NULL ? WEIR_OK : error->code;
}

enum weir_status demo_cluster_create(const struct demo_cluster_options *options,
                                     struct demo_cluster **out, struct weir_error *error)
{
    struct demo_cluster *cluster = calloc(1, sizeof *cluster);

    if (cluster == NULL) {
        return fail(error, "the demonstration cannot start", "out of memory");
    }
    cluster->options = *options;
    if (open_mock(cluster, error) != WEIR_OK || open_producer(cluster, error) != WEIR_OK) {
        demo_cluster_destroy(cluster);
        return error->code;
    }
    *out = cluster;
    return WEIR_OK;
}

void demo_cluster_destroy(struct demo_cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    if (cluster->producer != NULL) {
        (void)rd_kafka_flush(cluster->producer, FLUSH_MS);
        rd_kafka_destroy(cluster->producer);
    }
    if (cluster->mock != NULL) {
        rd_kafka_mock_cluster_destroy(cluster->mock);
    }
    if (cluster->owner != NULL) {
        rd_kafka_destroy(cluster->owner);
    }
    free(cluster);
}

const char *demo_cluster_bootstrap(const struct demo_cluster *cluster)
{
    return rd_kafka_mock_cluster_bootstraps(cluster->mock);
}

void demo_cluster_send(struct demo_cluster *cluster, const struct demo_message *message)
{
    /* librdkafka copies key and value, and takes them without const for another mode. */
    union carried key = {.text = message->key};
    union carried value = {.text = message->value};
    union carried seq = {.number = (intptr_t)message->seq};
    const rd_kafka_vu_t order[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = DEMO_TOPIC},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = key.pointer, .size = strlen(message->key)}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {.ptr = value.pointer, .size = strlen(message->value)}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = seq.pointer}};
    rd_kafka_error_t *error =
        rd_kafka_produceva(cluster->producer, order, sizeof order / sizeof order[0]);

    if (error != NULL) { /* its queue is full, for one */
        rd_kafka_error_destroy(error);
        cluster->options.delivered(message->seq, -1, -1, cluster->options.user);
    }
}

void demo_cluster_serve(struct demo_cluster *cluster, int timeout_ms)
{
    (void)rd_kafka_poll(cluster->producer, timeout_ms);
}

enum weir_status demo_cluster_committed(const struct demo_cluster *cluster, int64_t *offsets,
                                        struct weir_error *error)
{
    uint32_t partitions = cluster->options.partitions;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "client.id", "weir-demo-auditor");
    set(conf, "group.id", cluster->options.group);
    set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster->mock));
    rd_kafka_t *client = open_client(RD_KAFKA_CONSUMER, conf, error);
    if (client == NULL) {
        return error->code;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)partitions);
    rd_kafka_topic_partition_list_add_range(list, DEMO_TOPIC, 0, (int32_t)partitions - 1);
    rd_kafka_resp_err_t code = rd_kafka_committed(client, list, ASK_MS);
    for (uint32_t i = 0; i < partitions; i++) {
        const rd_kafka_topic_partition_t *element =
            rd_kafka_topic_partition_list_find(list, DEMO_TOPIC, (int32_t)i);
        bool known = element != NULL && element->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        offsets[i] = known && element->offset >= 0 ? element->offset : -1;
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? WEIR_OK
               : fail(error, "the group's offsets cannot be read", rd_kafka_err2str(code));
}
