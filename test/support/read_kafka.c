#include "test/support/read_kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/admin_kafka.h"
#include "test/support/client_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/produce_kafka.h"

enum { READ_MS = 60000, POLL_MS = 100, SEQ_SIZE = PRODUCE_SEQ_DIGITS + 1 };

struct reading {
    const char *topic;
    rd_kafka_t *handle;
    read_record_fn *fn;
    void *user;
    uint64_t records;
    int unfinished; /* partitions whose end has not been seen */
};

static rd_kafka_t *open_consumer(const struct read_options *options)
{
    rd_kafka_conf_t *conf = client_conf(options->bootstrap, NULL);

    client_set(conf, "group.id", "read"); /* never used: nothing is committed */
    client_set(conf, "enable.auto.commit", "false");
    client_set(conf, "enable.partition.eof", "true");
    client_set(conf, "auto.offset.reset", "earliest");
    client_set(conf, "isolation.level", "read_uncommitted");
    client_set(conf, "fetch.wait.max.ms", "10");
    client_set(conf, "fetch.message.max.bytes", "16777216");
    client_set_all(conf, options->properties);
    return client_consumer(conf);
}

/* A number: librdkafka takes half a second to look up the beginning by itself. */
static int64_t beginning(const struct reading *reading, int32_t partition)
{
    struct deadline deadline = deadline_in_ms(READ_MS);
    int64_t low = 0;
    int64_t high = 0;
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        reading->handle, reading->topic, partition, &low, &high, deadline_left_ms(deadline));

    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("offsets of %s/%d: %s", reading->topic, partition, rd_kafka_err2str(error));
    }
    return low;
}

static int assign_all(struct reading *reading, const struct read_options *options)
{
    struct admin *admin = admin_open(options->bootstrap);
    int partitions = admin_partitions(admin, options->topic);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);

    admin_close(admin);
    if (partitions <= 0) {
        fail_test("there is no topic %s to read", options->topic);
    }
    for (int32_t i = 0; i < partitions; i++) {
        rd_kafka_topic_partition_list_add(list, options->topic, i)->offset =
            options->from == 0 ? beginning(reading, i) : options->from;
    }
    rd_kafka_resp_err_t error = rd_kafka_assign(reading->handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("cannot read topic %s: %s", options->topic, rd_kafka_err2str(error));
    }
    return partitions;
}

static size_t count_headers(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    return rd_kafka_header_cnt(headers);
}

/* librdkafka puts a NUL behind the value of a header. */
const char *read_header(const struct read_record *record, const char *name)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;

    if (rd_kafka_message_headers(record->message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return NULL;
    }
    return value;
}

static void take(struct reading *reading, const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;

    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        reading->unfinished--;
        return;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("reading %s/%d: %s", reading->topic, message->partition,
                  rd_kafka_message_errstr(message));
    }
    const struct read_record record = {.key = message->key,
                                       .value = message->payload,
                                       .key_length = message->key_len,
                                       .value_length = message->len,
                                       .headers = count_headers(message),
                                       .offset = message->offset,
                                       .timestamp_ms = rd_kafka_message_timestamp(message, &type),
                                       .partition = message->partition,
                                       .message = message};
    reading->records++;
    if (reading->fn != NULL) {
        reading->fn(&record, reading->user);
    }
}

uint64_t read_topic(const struct read_options *options, read_record_fn *fn, void *user)
{
    struct reading reading = {.topic = options->topic, .fn = fn, .user = user};
    struct deadline deadline = deadline_in_ms(READ_MS);

    reading.handle = open_consumer(options);
    reading.unfinished = assign_all(&reading, options);
    while (reading.unfinished > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reading.handle, POLL_MS);
        if (message != NULL) {
            take(&reading, message);
            rd_kafka_message_destroy(message);
        } else if (deadline_passed(deadline)) {
            fail_test("reading %s stalls: %llu records after %d ms, and %d partitions go on",
                      options->topic, (unsigned long long)reading.records, READ_MS,
                      reading.unfinished);
        }
    }
    (void)rd_kafka_consumer_close(reading.handle);
    rd_kafka_destroy(reading.handle);
    return reading.records;
}

/* The acknowledged entries of a topic without an offset: few, or none. */
struct placing {
    struct ledger_entry **entries;
    size_t count;
};

static struct placing collect_unplaced(const struct ledger *ledger, const char *topic)
{
    struct placing placing = {.entries = fail_or_alloc(ledger_count(ledger), sizeof(void *))};

    for (size_t i = 0; i < ledger_count(ledger); i++) {
        struct ledger_entry *entry = ledger_at(ledger, i);
        if (entry->state == LEDGER_ACKNOWLEDGED && entry->offset == LEDGER_NO_OFFSET &&
            strcmp(entry->topic, topic) == 0) {
            placing.entries[placing.count++] = entry;
        }
    }
    return placing;
}

static void place(const struct read_record *record, void *user)
{
    const struct placing *placing = user;
    char digits[SEQ_SIZE];

    if (record->value == NULL || record->value_length < PRODUCE_SEQ_DIGITS) {
        return;
    }
    memcpy(digits, record->value, PRODUCE_SEQ_DIGITS);
    digits[PRODUCE_SEQ_DIGITS] = '\0';
    uint64_t seq = strtoull(digits, NULL, 10);
    for (size_t i = 0; i < placing->count; i++) {
        if (placing->entries[i]->seq == seq) {
            placing->entries[i]->offset = record->offset;
            placing->entries[i]->partition = record->partition;
        }
    }
}

void read_place(const char *bootstrap, const char *topic, struct ledger *ledger)
{
    struct placing placing = collect_unplaced(ledger, topic);
    const struct read_options options = {.bootstrap = bootstrap, .topic = topic};

    if (placing.count > 0) {
        (void)read_topic(&options, place, &placing);
    }
    for (size_t i = 0; i < placing.count; i++) {
        if (placing.entries[i]->offset == LEDGER_NO_OFFSET) {
            fail_test("record %llu of %s was acknowledged and is not in the log",
                      (unsigned long long)placing.entries[i]->seq, topic);
        }
    }
    free(placing.entries);
}
