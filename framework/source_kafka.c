#include "framework/base/hash.h"
#include "framework/base/memory.h"
#include "framework/client_kafka.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { BURST_MAX = 512, AHEAD = 8, MISCOUNTS_FROM = 0x02020000, COUNTS_FROM = 0x020d0200 };

struct weir_kafka_source {
    struct weir_source source; /* first */
    struct weir_client_kafka *client;
    struct weir_kafka_source *next; /* of the closed ones */
    rd_kafka_queue_t *queue;
    weir_wake_fn *wake;
    void *wake_user;
    bool one_by_one;
    int32_t partition;
    char topic[];
};

/* Runs on a librdkafka thread with the queue locked: it may only signal (hazard R28). */
static void on_records(rd_kafka_t *handle, void *opaque)
{
    struct weir_kafka_source *source = opaque;

    (void)handle;
    source->wake(source->wake_user);
}

/* The library pauses what a cooperative member keeps during a rebalance. It throws away what lies
 * in its queue then and goes on behind what it has given us; but of a batch it throws away what it
 * has counted as given, and those records never come, before 2.2.0. From there to 2.13.1 an end or
 * an error in a batch counts as one record more (librdkafka#4844). Taken one by one they are
 * counted right. */
static bool must_go_one_by_one(const struct weir_client_kafka *client)
{
    int version = rd_kafka_version();

    return version < COUNTS_FROM &&
           (version >= MISCOUNTS_FROM || (client->grouped && client->incremental));
}

/* What librdkafka puts into a partition's queue after we closed it, if only the mark that it was
 * stopped, refers to the partition. If that is removed from the cluster nobody empties the queue,
 * the two keep each other, and the connection has no end (librdkafka#4724, before 2.6.1). So the
 * queue is kept until its partition is opened again, or until the end, and emptied then. */
static void empty(rd_kafka_queue_t *queue)
{
    for (rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 0); event != NULL;
         event = rd_kafka_queue_poll(queue, 0)) {
        rd_kafka_event_destroy(event);
    }
}

static void destroy_source(struct weir_kafka_source *source)
{
    empty(source->queue);
    rd_kafka_queue_destroy(source->queue);
    weir_free(source);
}

/* NULL: it was not open before. */
static struct weir_kafka_source *take_closed(struct weir_client_kafka *kafka,
                                             const struct weir_position *position)
{
    struct weir_kafka_source **link = &kafka->closed;

    weir_mutex_lock(&kafka->closed_mutex);
    while (*link != NULL && ((*link)->partition != position->partition ||
                             strcmp((*link)->topic, position->topic) != 0)) {
        link = &(*link)->next;
    }
    struct weir_kafka_source *source = *link;
    if (source != NULL) {
        *link = source->next;
    }
    weir_mutex_unlock(&kafka->closed_mutex);
    return source;
}

void weir_kafka_sources_fini(struct weir_client_kafka *kafka)
{
    while (kafka->closed != NULL) {
        struct weir_kafka_source *source = kafka->closed;
        kafka->closed = source->next;
        destroy_source(source);
    }
}

static struct weir_kafka_source *create_source(struct weir_client_kafka *kafka,
                                               const struct weir_position *position)
{
    size_t size = strlen(position->topic) + 1;
    struct weir_kafka_source *source = weir_calloc(1, sizeof *source + size);

    if (source != NULL) {
        source->source.ops = kafka->client.ops;
        source->client = kafka;
        source->one_by_one = must_go_one_by_one(kafka);
        source->partition = position->partition;
        memcpy(source->topic, position->topic, size);
    }
    return source;
}

/* The library asks for the leaders of a topic's partitions when somebody opens the topic, and once
 * a second for those it does not know; not when a partition is assigned. So records of a topic that
 * is new to it would come up to a second late. */
static void ask_for_leaders(struct weir_client_kafka *kafka, const char *name)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka->handle, name, NULL);

    if (topic != NULL) {
        rd_kafka_topic_destroy(topic);
    }
}

struct weir_source *weir_kafka_source_open(struct weir_client *client,
                                           const struct weir_position *position, weir_wake_fn *wake,
                                           void *wake_user)
{
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;
    struct weir_kafka_source *before = take_closed(kafka, position);
    struct weir_kafka_source *source = create_source(kafka, position);

    if (before != NULL) {
        destroy_source(before);
    }
    if (source == NULL) {
        return NULL;
    }
    source->wake = wake;
    source->wake_user = wake_user;
    ask_for_leaders(kafka, position->topic);
    source->queue =
        rd_kafka_queue_get_partition(kafka->handle, position->topic, position->partition);
    if (source->queue == NULL) {
        weir_free(source);
        return NULL;
    }
    /* Before the partition is assigned, so that no record ever goes to the consumer's queue. */
    rd_kafka_queue_forward(source->queue, NULL);
    rd_kafka_queue_cb_event_enable(source->queue, on_records, source);
    return &source->source;
}

void weir_kafka_source_close(struct weir_source *opened)
{
    struct weir_kafka_source *source = (struct weir_kafka_source *)opened;
    struct weir_client_kafka *kafka = source->client;

    /* Takes the queue's lock: once it returns, on_records is not running and will not run. */
    rd_kafka_queue_cb_event_enable(source->queue, NULL, NULL);
    empty(source->queue); /* records that nobody wants would stay as long as the queue */
    weir_mutex_lock(&kafka->closed_mutex);
    source->next = kafka->closed;
    kafka->closed = source;
    weir_mutex_unlock(&kafka->closed_mutex);
}

/* Kept by the library, no request is made; unlike rd_kafka_query_watermark_offsets (hazard R7). */
int64_t weir_kafka_log_end(struct weir_client *client, const char *topic, int32_t partition)
{
    int64_t low = -1;
    int64_t high = -1;
    rd_kafka_resp_err_t code = rd_kafka_get_watermark_offsets(
        ((struct weir_client_kafka *)client)->handle, topic, partition, &low, &high);

    return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : -1;
}

static void fill_record(const struct weir_kafka_source *source, rd_kafka_message_t *message,
                        struct weir_fetched *out)
{
    bool keyed = source->client->keyed && message->key != NULL;

    out->kind = WEIR_FETCHED_RECORD;
    out->status = WEIR_OK;
    out->text = NULL;
    out->item = (struct weir_item){.message = message,
                                   .offset = message->offset,
                                   .bytes = (uint32_t)(message->len + message->key_len) +
                                            WEIR_RECORD_OVERHEAD,
                                   .hash = keyed ? weir_hash(message->key, message->key_len) : 0,
                                   .keyed = keyed};
}

static void fill_sign(const rd_kafka_message_t *message, struct weir_fetched *out)
{
    const char *text = rd_kafka_err2str(message->err);
    const char *advice = weir_refusal_advice(weir_kafka_refusal(message->err), text);

    out->item = (struct weir_item){.offset = message->offset};
    out->status = weir_kafka_status(message->err);
    out->text = advice != NULL ? advice : text;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        out->kind = WEIR_FETCHED_END;
    } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
               message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        out->kind = WEIR_FETCHED_OUT_OF_RANGE;
    } else {
        out->kind = WEIR_FETCHED_ERROR;
    }
}

static ssize_t take_messages(const struct weir_kafka_source *source, rd_kafka_message_t **out,
                             size_t capacity)
{
    if (!source->one_by_one) {
        return rd_kafka_consume_batch_queue(source->queue, 0, out, capacity);
    }
    size_t count = 0;
    while (count < capacity && (out[count] = rd_kafka_consume_queue(source->queue, 0)) != NULL) {
        count++;
    }
    return (ssize_t)count;
}

uint32_t weir_kafka_source_take(struct weir_source *opened, struct weir_fetched *out,
                                uint32_t capacity)
{
    struct weir_kafka_source *source = (struct weir_kafka_source *)opened;
    rd_kafka_message_t *messages[BURST_MAX];

    assert(capacity > 0);
    ssize_t count = take_messages(source, messages, capacity < BURST_MAX ? capacity : BURST_MAX);
    if (count <= 0) {
        return 0;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (source->client->keyed && i + AHEAD < count) {
            __builtin_prefetch(messages[i + AHEAD]->key); /* another thread wrote it just now */
        }
        if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            fill_record(source, messages[i], &out[i]);
        } else {
            fill_sign(messages[i], &out[i]);
            rd_kafka_message_destroy(messages[i]);
        }
    }
    return (uint32_t)count;
}

void weir_kafka_message_view(const void *opaque, struct weir_record *out)
{
    const rd_kafka_message_t *message = opaque;
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;

    out->offset = message->offset;
    out->timestamp_ms = rd_kafka_message_timestamp(message, &type);
    out->key = message->key;
    out->key_size = message->key_len;
    out->value = message->payload;
    out->value_size = message->len;
}

int weir_kafka_message_header(const void *message, size_t index, struct weir_header *out)
{
    rd_kafka_headers_t *headers = NULL;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    return rd_kafka_header_get_all(headers, index, &out->name, &out->value, &out->value_size) ==
                   RD_KAFKA_RESP_ERR_NO_ERROR
               ? 1
               : 0;
}

void weir_kafka_message_release(void *message)
{
    rd_kafka_message_destroy(message);
}
