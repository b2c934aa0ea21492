#include "test/support/produce_kafka.h"

#include <assert.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/client_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/text.h"

enum { FLUSH_MS = 60000, TURN_MS = 50, KEY_SIZE = 32, ERROR_SIZE = 256 };

struct producer {
    rd_kafka_t *handle;
    struct ledger *ledger;
    uint64_t seq;         /* of the next record; never goes back, the ledger may be taken */
    uint64_t ledger_from; /* seq of the ledger's first entry */
    uint64_t unanswered;
    uint64_t transaction; /* the running one, 0: none */
    uint64_t transactions;
    size_t transaction_from; /* index of its first ledger entry */
    bool transactional;
    char refused[ERROR_SIZE]; /* why the first refused record was; empty: none */
    struct text value;        /* the last one made, so that big ones cost little */
};

/* Runs inside rd_kafka_poll and flush, on our thread. The opaque value is the sequence number. */
static void delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *user)
{
    struct producer *producer = user;
    uint64_t seq = (uint64_t)(uintptr_t)message->_private;

    (void)handle;
    assert(seq >= producer->ledger_from);
    struct ledger_entry *entry = ledger_at(producer->ledger, seq - producer->ledger_from);
    entry->partition = message->partition;
    producer->unanswered--;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        entry->state = LEDGER_ACKNOWLEDGED;
        entry->offset = message->offset >= 0 ? message->offset : LEDGER_NO_OFFSET;
        return;
    }
    entry->state = LEDGER_FAILED;
    if (producer->refused[0] == '\0') {
        (void)snprintf(producer->refused, sizeof producer->refused, "record %llu for %s/%d: %s",
                       (unsigned long long)seq, entry->topic, message->partition,
                       rd_kafka_err2str(message->err));
    }
}

static void require(rd_kafka_error_t *error, const char *what)
{
    if (error != NULL) {
        fail_test("%s: %s", what, rd_kafka_error_string(error));
    }
}

struct producer *producer_open(const struct producer_options *options)
{
    struct producer *producer = fail_or_alloc(1, sizeof *producer);
    rd_kafka_conf_t *conf = client_conf(options->bootstrap, NULL);

    client_set(conf, "enable.idempotence", options->plain ? "false" : "true");
    /* A broker that has just heard of a topic refuses the first request for a partition and may
     * take the second; the first one, sent again, is then a duplicate by its number: acknowledged,
     * and nowhere in the log. */
    client_set(conf, "max.in.flight", "1");
    client_set(conf, "linger.ms", "2");
    /* Topics are there before they are produced to; one that is not should be said soon. */
    client_set(conf, "topic.metadata.propagation.max.ms", "5000");
    client_set(conf, "message.max.bytes", "67108864"); /* the topic's limit decides */
    client_set(conf, "compression.codec", options->codec == NULL ? "none" : options->codec);
    if (options->transactional_id != NULL) {
        client_set(conf, "transactional.id", options->transactional_id);
        client_set(conf, "transaction.timeout.ms", "600000"); /* it ends when a test says so */
    }
    client_set_all(conf, options->properties);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, producer);
    producer->ledger = ledger_create();
    producer->handle = client_producer(conf);
    producer->transactional = options->transactional_id != NULL;
    if (producer->transactional) {
        struct deadline deadline = deadline_in_ms(FLUSH_MS);
        require(rd_kafka_init_transactions(producer->handle, deadline_left_ms(deadline)),
                "init_transactions");
    }
    return producer;
}

void producer_close(struct producer *producer)
{
    if (producer == NULL) {
        return;
    }
    (void)rd_kafka_purge(producer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_flush(producer->handle, FLUSH_MS);
    rd_kafka_destroy(producer->handle);
    ledger_destroy(producer->ledger);
    text_fini(&producer->value);
    free(producer);
}

/* Digits, then a filler that differs from record to record but compresses. */
static void make_value(struct producer *producer, size_t size)
{
    struct text *value = &producer->value;

    value->length = 0;
    text_add(value, "%0*llu", PRODUCE_SEQ_DIGITS, (unsigned long long)producer->seq);
    while (value->length < size) {
        uint64_t filler = producer->seq * 2654435761u + value->length;
        text_add(value, " %llu", (unsigned long long)filler);
    }
    value->length = size == 0 ? PRODUCE_SEQ_DIGITS : size;
}

/* The length, or -1 for a null key. */
static int make_key(const struct producer *producer, const struct produce_options *options,
                    char *key)
{
    if (options->key != NULL) {
        return snprintf(key, KEY_SIZE, "%s", options->key);
    }
    if (options->keys == 0) {
        return -1;
    }
    return snprintf(key, KEY_SIZE, "key-%llu", (unsigned long long)(producer->seq % options->keys));
}

static rd_kafka_headers_t *make_headers(uint32_t count)
{
    rd_kafka_headers_t *headers = count == 0 ? NULL : rd_kafka_headers_new(count);

    for (uint32_t i = 0; i < count; i++) {
        char name[KEY_SIZE];
        char value[KEY_SIZE];
        (void)snprintf(name, sizeof name, "header-%u", i);
        (void)snprintf(value, sizeof value, "%u", i);
        (void)rd_kafka_header_add(headers, name, -1, value, -1);
    }
    return headers;
}

static int32_t choose_partition(const struct producer *producer,
                                const struct produce_options *options)
{
    if (options->partition != PRODUCE_IN_TURN) {
        return options->partition == PRODUCE_BY_KEY ? RD_KAFKA_PARTITION_UA : options->partition;
    }
    assert(options->partitions > 0);
    return (int32_t)(producer->seq % (uint64_t)options->partitions);
}

/* One try, without an entry in the ledger. */
static rd_kafka_resp_err_t offer(struct producer *producer, const struct produce_options *options,
                                 char *key, int key_length)
{
    void *value = options->value == PRODUCE_TOMBSTONE ? NULL : producer->value.bytes;
    size_t length = options->value == PRODUCE_SEQ ? producer->value.length : 0;
    /* A number that goes through librdkafka and back; pointers to entries move. */
    void *opaque = (void *)(uintptr_t)producer->seq; /* NOLINT(performance-no-int-to-ptr) */
    rd_kafka_headers_t *headers = make_headers(options->headers);
    rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = options->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = choose_partition(producer, options)},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = value, .size = length}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = options->timestamp_ms},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {.ptr = key_length < 0 ? NULL : key,
                   .size = key_length < 0 ? 0 : (size_t)key_length}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t count = sizeof parts / sizeof parts[0] - (headers == NULL ? 1 : 0);
    rd_kafka_error_t *error = rd_kafka_produceva(producer->handle, parts, count);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (error != NULL) {
        code = rd_kafka_error_code(error);
        rd_kafka_error_destroy(error);
        if (headers != NULL) {
            rd_kafka_headers_destroy(headers);
        }
    }
    return code;
}

static void send_one(struct producer *producer, const struct produce_options *options)
{
    struct deadline deadline = deadline_in_ms(FLUSH_MS);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    char key[KEY_SIZE];
    int key_length = make_key(producer, options, key);

    make_value(producer, options->value_size);
    /* The entry comes first: the report of the record may run while a full queue is waited for. */
    struct ledger_entry *entry = ledger_add(producer->ledger, options->topic);
    entry->seq = producer->seq;
    entry->key_hash = key_length < 0 ? LEDGER_NO_KEY : ledger_key_hash(key, (size_t)key_length);
    entry->transaction = producer->transaction;
    producer->unanswered++;
    while ((error = offer(producer, options, key, key_length)) == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
           !deadline_passed(deadline)) {
        (void)rd_kafka_poll(producer->handle, TURN_MS);
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("record %llu for %s: %s", (unsigned long long)producer->seq, options->topic,
                  rd_kafka_err2str(error));
    }
    producer->seq++;
}

void producer_send(struct producer *producer, const struct produce_options *options)
{
    assert(!producer->transactional || producer->transaction != 0);
    for (uint64_t i = 0; i < options->count; i++) {
        send_one(producer, options);
        if (i % 1000 == 0) {
            (void)rd_kafka_poll(producer->handle, 0);
        }
    }
}

void producer_poll(struct producer *producer)
{
    (void)rd_kafka_poll(producer->handle, 0);
}

uint64_t producer_unanswered(const struct producer *producer)
{
    return producer->unanswered;
}

void producer_flush(struct producer *producer)
{
    struct deadline deadline = deadline_in_ms(FLUSH_MS);

    while (producer->unanswered > 0 && !deadline_passed(deadline)) {
        (void)rd_kafka_flush(producer->handle, TURN_MS);
    }
    if (producer->unanswered > 0) {
        fail_test("%llu records are not acknowledged after %d ms",
                  (unsigned long long)producer->unanswered, FLUSH_MS);
    }
    if (producer->refused[0] != '\0') {
        fail_test("the broker refused %s", producer->refused);
    }
}

void producer_produce(struct producer *producer, const struct produce_options *options)
{
    producer_send(producer, options);
    producer_flush(producer);
}

struct ledger *produce(const char *bootstrap, const struct produce_options *options)
{
    struct producer *producer =
        producer_open(&(struct producer_options){.bootstrap = bootstrap, .plain = true});

    producer_produce(producer, options);
    struct ledger *ledger = producer_take_ledger(producer);
    producer_close(producer);
    return ledger;
}

void producer_begin(struct producer *producer)
{
    assert(producer->transactional);
    assert(producer->transaction == 0);
    require(rd_kafka_begin_transaction(producer->handle), "begin_transaction");
    producer->transaction = ++producer->transactions;
    producer->transaction_from = ledger_count(producer->ledger);
}

void producer_commit(struct producer *producer)
{
    struct deadline deadline = deadline_in_ms(FLUSH_MS);

    assert(producer->transaction != 0);
    producer_flush(producer);
    require(rd_kafka_commit_transaction(producer->handle, deadline_left_ms(deadline)),
            "commit_transaction");
    producer->transaction = 0;
}

void producer_abort(struct producer *producer)
{
    struct deadline deadline = deadline_in_ms(FLUSH_MS);

    assert(producer->transaction != 0);
    producer_flush(producer); /* so that the aborted records are in the log */
    require(rd_kafka_abort_transaction(producer->handle, deadline_left_ms(deadline)),
            "abort_transaction");
    for (size_t i = producer->transaction_from; i < ledger_count(producer->ledger); i++) {
        ledger_at(producer->ledger, i)->state = LEDGER_ABORTED;
    }
    producer->transaction = 0;
}

struct ledger *producer_ledger(const struct producer *producer)
{
    return producer->ledger;
}

struct ledger *producer_take_ledger(struct producer *producer)
{
    struct ledger *ledger = producer->ledger;

    assert(producer->unanswered == 0);
    assert(producer->transaction == 0);
    producer->ledger = ledger_create();
    producer->ledger_from = producer->seq;
    return ledger;
}
