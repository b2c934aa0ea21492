#include "framework/client_kafka.h"
#include <string.h>

/* Hazard R6: a cooperative member keeps its partitions while it joins anew. A commit that is sent
 * behind the join request is read by the broker when the group has moved on: it refuses the old
 * generation, and an older librdkafka drops the whole assignment for that. So commits wait from
 * the moment a join request is sent until its member is in sync again. */

enum { SOUND_VERSION = 0x020a00ff, JOIN_GROUP = 11, SYNC_GROUP = 14 };

bool weir_kafka_is_cooperative(const struct weir_client_kafka *kafka)
{
    const char *strategy = weir_config_get(kafka->config, "partition.assignment.strategy");

    return kafka->grouped && strategy != NULL && strstr(strategy, "cooperative") != NULL;
}

/* These two have the signatures of librdkafka and run on its threads: they only signal. */

static rd_kafka_resp_err_t on_library_sent(rd_kafka_t *handle, int fd, const char *broker,
                                           int32_t id, int16_t key, int16_t version,
                                           int32_t correlation, size_t size, void *opaque)
{
    struct weir_client_kafka *kafka = opaque;

    (void)handle, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)size;
    if (key == JOIN_GROUP) {
        weir_flag_raise(&kafka->joining);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_library_received(rd_kafka_t *handle, int fd, const char *broker,
                                               int32_t id, int16_t key, int16_t version,
                                               int32_t correlation, size_t size, int64_t rtt,
                                               rd_kafka_resp_err_t failure, void *opaque)
{
    struct weir_client_kafka *kafka = opaque;

    (void)handle, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)size;
    (void)rtt, (void)failure;
    if (key == SYNC_GROUP) {
        weir_flag_lower(&kafka->joining);
        kafka->wake(kafka->wake_user);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *handle, const rd_kafka_conf_t *conf, void *opaque,
                                  char *reason, size_t reason_size)
{
    rd_kafka_resp_err_t code =
        rd_kafka_interceptor_add_on_request_sent(handle, "weir", on_library_sent, opaque);

    (void)conf, (void)reason, (void)reason_size;
    return code != RD_KAFKA_RESP_ERR_NO_ERROR ? code
                                              : rd_kafka_interceptor_add_on_response_received(
                                                    handle, "weir", on_library_received, opaque);
}

void weir_kafka_guard_commits(struct weir_client_kafka *kafka, rd_kafka_conf_t *conf)
{
    if (rd_kafka_version() < SOUND_VERSION && weir_kafka_is_cooperative(kafka)) {
        (void)rd_kafka_conf_interceptor_add_on_new(conf, "weir", on_new, kafka);
    }
}

bool weir_kafka_may_commit(struct weir_client *client)
{
    return !weir_flag_is_up(&((struct weir_client_kafka *)client)->joining);
}
