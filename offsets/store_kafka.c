#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "offsets/store.h"
#include <assert.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* The group's committed offsets on the brokers, through the member's own connection, so that a
 * commit carries the member's generation and the group coordinator can refuse it. */
struct kafka_store {
    struct weir_store store; /* first */
    struct weir_store_env env;
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue; /* answers to commits */
};

static struct kafka_store *kafka_of(struct weir_store *store)
{
    return (struct kafka_store *)store;
}

/* Runs on a librdkafka thread with the queue locked: it may only signal. */
static void on_answer(rd_kafka_t *handle, void *opaque)
{
    struct kafka_store *kafka = opaque;

    (void)handle;
    kafka->env.wake(kafka->env.wake_user);
}

static enum weir_status open_kafka(struct weir_store *store, const struct weir_store_env *env,
                                   struct weir_error *error)
{
    struct kafka_store *kafka = kafka_of(store);

    assert(env->client != NULL);
    kafka->env = *env;
    kafka->handle = env->client;
    kafka->queue = rd_kafka_queue_new(kafka->handle);
    if (kafka->queue == NULL) {
        return weir_error_nomem(error);
    }
    rd_kafka_queue_cb_event_enable(kafka->queue, on_answer, kafka);
    return WEIR_OK;
}

static rd_kafka_topic_partition_list_t *list_of(const struct weir_position *positions, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)
            ->offset = positions[i].offset;
    }
    return list;
}

static enum weir_status status_of(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return WEIR_OK;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return WEIR_ERR_DENIED;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
        return WEIR_ERR_STALE;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        return WEIR_ERR_TIMEOUT;
    default:
        return WEIR_ERR_UNAVAILABLE;
    }
}

static enum weir_status load_kafka(struct weir_store *store, struct weir_position *positions,
                                   size_t count, int64_t timeout_ms, struct weir_error *error)
{
    rd_kafka_topic_partition_list_t *list = list_of(positions, count);
    rd_kafka_resp_err_t code = rd_kafka_committed(kafka_of(store)->handle, list, (int)timeout_ms);

    for (size_t i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < count; i++) {
        code = list->elems[i].err;
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
            code = RD_KAFKA_RESP_ERR_NO_ERROR; /* what does not exist has nothing committed */
        }
        positions[i].offset = list->elems[i].offset < 0 ? WEIR_OFFSET_NONE : list->elems[i].offset;
        positions[i].status = WEIR_OK;
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return weir_error_set(error, status_of(code), (int)code,
                              "cannot read the group's committed offsets: %s",
                              rd_kafka_err2str(code));
    }
    return WEIR_OK;
}

static enum weir_status commit_kafka(struct weir_store *store,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct kafka_store *kafka = kafka_of(store);
    rd_kafka_topic_partition_list_t *list = list_of(positions, count);
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(kafka->handle, list, kafka->queue, NULL, NULL);

    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return weir_error_set(error, status_of(code), (int)code, "cannot commit: %s",
                              rd_kafka_err2str(code));
    }
    return WEIR_OK;
}

/* A request can succeed and fail for one partition (hazard R47): every error is read. When the
 * request failed as a whole, the list says nothing about the partitions. */
static void report(struct kafka_store *kafka, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    size_t count = list != NULL ? (size_t)list->cnt : 0;
    struct weir_position *positions = weir_calloc(count + 1, sizeof positions[0]);

    if (positions == NULL) {
        kafka->env.done(WEIR_ERR_NOMEM, NULL, 0, "out of memory", kafka->env.done_user);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t own = list->elems[i].err;
        positions[i] = (struct weir_position){
            .topic = list->elems[i].topic,
            .partition = list->elems[i].partition,
            .offset = list->elems[i].offset,
            .status = status_of(own != RD_KAFKA_RESP_ERR_NO_ERROR ? own : code)};
    }
    kafka->env.done(status_of(code), positions, count,
                    code != RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_err2str(code) : NULL,
                    kafka->env.done_user);
    weir_free(positions);
}

static void serve_kafka(struct weir_store *store)
{
    struct kafka_store *kafka = kafka_of(store);
    rd_kafka_event_t *event = NULL;

    while ((event = rd_kafka_queue_poll(kafka->queue, 0)) != NULL) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
            report(kafka, event);
        }
        rd_kafka_event_destroy(event);
    }
}

static void close_kafka(struct weir_store *store)
{
    struct kafka_store *kafka = kafka_of(store);

    rd_kafka_queue_cb_event_enable(kafka->queue, NULL, NULL);
    rd_kafka_queue_destroy(kafka->queue);
}

const struct weir_store_ops weir_store_kafka = {.name = "kafka",
                                                .size = sizeof(struct kafka_store),
                                                .through_client = true,
                                                .open = open_kafka,
                                                .load = load_kafka,
                                                .commit = commit_kafka,
                                                .serve = serve_kafka,
                                                .close = close_kafka};
