#include "framework/base/error.h"
#include "framework/client_kafka.h"
#include "framework/config_kafka.h"
#include "framework/config_mask.h"
#include "framework/fetch_limits.h"
#include <stdio.h>
#include <stdlib.h>

/* The library's own lines have at most 2048 bytes: none is cut here before it is masked, for of a
 * secret that is cut nobody knows that it is one. */
enum { ERRSTR_SIZE = 256, LOG_SIZE = 2048, NUMBER_SIZE = 32 };

/* Of group.protocol=consumer; older headers do not have the names. */
enum { FENCED_MEMBER_EPOCH = 110, STALE_MEMBER_EPOCH = 113, STRATEGY_REFUSED_VERSION = 0x020a0000 };

enum weir_status weir_kafka_status(rd_kafka_resp_err_t code)
{
    /* NOLINTNEXTLINE(clang-diagnostic-switch-enum): the rest is one group */
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return WEIR_OK;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return WEIR_ERR_NOT_FOUND;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        return WEIR_ERR_DENIED;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        return WEIR_ERR_TIMEOUT;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case FENCED_MEMBER_EPOCH:
    case STALE_MEMBER_EPOCH:
        return WEIR_ERR_STALE;
    case RD_KAFKA_RESP_ERR__FATAL:
        return WEIR_ERR_FATAL;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return WEIR_ERR_INVALID;
    default:
        return WEIR_ERR_UNAVAILABLE;
    }
}

enum weir_refusal weir_kafka_refusal(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        return WEIR_REFUSAL_LOGIN;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return WEIR_REFUSAL_GROUP;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return WEIR_REFUSAL_TOPIC;
    default:
        return WEIR_REFUSAL_OTHER;
    }
}

rd_kafka_topic_partition_list_t *weir_kafka_list(const struct weir_position *positions,
                                                 size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; list != NULL && i < count; i++) {
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)
            ->offset = positions[i].offset;
    }
    return list;
}

/* Runs on librdkafka's threads; the log has its own lock (hazard R33). */
static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    struct weir_client_kafka *client = rd_kafka_opaque(handle);
    char copy[LOG_SIZE];

    if (level > client->report->log.level) {
        return;
    }
    (void)snprintf(copy, sizeof copy, "%s", text);
    weir_config_mask(client->config, true, copy);
    weir_log(&client->report->log, level, "librdkafka", "%s: %s", facility, copy);
}

static enum weir_status set(rd_kafka_conf_t *conf, const char *key, const char *value,
                            struct weir_error *error)
{
    char reason[ERRSTR_SIZE];

    if (rd_kafka_conf_set(conf, key, value, reason, sizeof reason) == RD_KAFKA_CONF_OK) {
        return WEIR_OK;
    }
    return weir_error_set(error, WEIR_ERR_CONFIG, 0, "librdkafka refuses our own setting: %s",
                          reason);
}

/* What only weir may decide (hazards R20, R8), and what it decides where the user did not. */
static enum weir_status set_ours(rd_kafka_conf_t *conf, const struct weir_config *config,
                                 struct weir_error *error)
{
    static const struct {
        const char *key;
        const char *value;
        bool unless_set;
    } ours[] = {
        {"enable.auto.commit", "false", false},  {"enable.auto.offset.store", "false", false},
        {"enable.partition.eof", "true", false}, {"auto.offset.reset", "error", false},
        {"socket.nagle.disable", "true", true},  {"client.id", "weir", true},
        {"group.id", "weir-ungrouped", true}};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (ours[i].unless_set && weir_config_get(config, ours[i].key) != NULL) {
            continue;
        }
        if (set(conf, ours[i].key, ours[i].value, error) != WEIR_OK) {
            return error != NULL ? error->code : WEIR_ERR_CONFIG;
        }
    }
    return WEIR_OK;
}

/* Where the brokers assign, librdkafka before 2.10 still lets this decide whether partitions come
 * and go one by one; later ones refuse it. */
static enum weir_status set_strategy(rd_kafka_conf_t *conf, const struct weir_client_kafka *kafka,
                                     struct weir_error *error)
{
    static const char strategy[] = "partition.assignment.strategy";

    return weir_kafka_brokers_assign(kafka) && rd_kafka_version() < STRATEGY_REFUSED_VERSION &&
                   weir_config_get(kafka->config, strategy) == NULL
               ? set(conf, strategy, "cooperative-sticky", error)
               : WEIR_OK;
}

/* Kafka's clients look for new topics every five minutes: too long for one that was named and will
 * be created any time now. It stays so until the member ends, and costs a small request. */
static enum weir_status set_discovery(rd_kafka_conf_t *conf,
                                      const struct weir_client_options *options,
                                      struct weir_error *error)
{
    static const char interval[] = "topic.metadata.refresh.interval.ms";

    return options->awaits_topics && weir_config_get(options->config, interval) == NULL
               ? set(conf, interval, "5000", error)
               : WEIR_OK;
}

static int64_t effective_value(const rd_kafka_conf_t *conf, const char *key)
{
    char text[NUMBER_SIZE];
    size_t size = sizeof text;
    char *end = NULL;

    if (rd_kafka_conf_get(conf, key, text, &size) != RD_KAFKA_CONF_OK) {
        return WEIR_FETCH_UNSET; /* this librdkafka does not have it */
    }
    int64_t value = strtoll(text, &end, 10);
    return end == text ? WEIR_FETCH_UNSET : value;
}

static int64_t user_value(const struct weir_config *config, const rd_kafka_conf_t *conf,
                          const char *key)
{
    return weir_config_get(config, key) == NULL ? WEIR_FETCH_UNSET : effective_value(conf, key);
}

static enum weir_status set_limits(rd_kafka_conf_t *conf, const struct weir_config *config,
                                   uint32_t partitions, struct weir_error *error)
{
    static const char *const keys[] = {"queued.max.messages.kbytes", "queued.min.messages",
                                       "fetch.wait.max.ms",          "fetch.queue.backoff.ms",
                                       "max.partition.fetch.bytes",  "fetch.max.bytes"};
    struct weir_fetch_limits user = {.queued_kbytes = user_value(config, conf, keys[0]),
                                     .queued_messages = user_value(config, conf, keys[1]),
                                     .wait_ms = user_value(config, conf, keys[2]),
                                     .queue_backoff_ms = user_value(config, conf, keys[3]),
                                     .partition_fetch_bytes = user_value(config, conf, keys[4]),
                                     .fetch_bytes = user_value(config, conf, keys[5]),
                                     .message_bytes = effective_value(conf, "message.max.bytes"),
                                     .receive_bytes =
                                         effective_value(conf, "receive.message.max.bytes")};
    struct weir_fetch_limits limits;

    weir_fetch_limits_derive(weir_config_integer(config, "weir.buffer.total.bytes"), partitions,
                             &user, &limits);
    const int64_t values[] = {
        limits.queued_kbytes,    limits.queued_messages,       limits.wait_ms,
        limits.queue_backoff_ms, limits.partition_fetch_bytes, limits.fetch_bytes};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[NUMBER_SIZE];
        char reason[ERRSTR_SIZE];
        (void)snprintf(text, sizeof text, "%lld", (long long)values[i]);
        rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, keys[i], text, reason, sizeof reason);
        if (result == RD_KAFKA_CONF_INVALID) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0, "cannot limit fetching: %s", reason);
        }
    }
    return WEIR_OK;
}

rd_kafka_t *weir_kafka_handle_create(const struct weir_client_options *options, void *opaque,
                                     struct weir_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[ERRSTR_SIZE];

    if (weir_config_kafka_apply(options->config, conf, error) != WEIR_OK ||
        set_ours(conf, options->config, error) != WEIR_OK ||
        set_strategy(conf, opaque, error) != WEIR_OK ||
        set_discovery(conf, options, error) != WEIR_OK ||
        set_limits(conf, options->config, options->partitions, error) != WEIR_OK) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    weir_kafka_guard_commits(opaque, conf);
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR |
                                       RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_STATS);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        weir_config_mask(options->config, false, reason);
        (void)weir_error_set(error, WEIR_ERR_CONFIG, 0, "librdkafka cannot be started: %s", reason);
    }
    return handle;
}
