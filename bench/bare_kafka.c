/* The control: what librdkafka alone does with the same records. One thread, one loop of
 * rd_kafka_consume_batch_queue on the consumer's queue, every message destroyed, nothing else; it
 * does not even commit. Prints one JSON object (measure.h). */
#include "bench/delays.h"
#include "bench/measure.h"
#include "bench/threads.h"
#include <assert.h>
#include <getopt.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_MAX = 10000, WAIT_MS = 1000, IDLE_WAITS_MAX = 60, TEXT_SIZE = 512 };

struct bare {
    const char *bootstrap;
    const char *topic;
    int partitions;
    int64_t records;
    size_t batch;
    struct delays delays;
    rd_kafka_conf_t *conf;
};

static const char usage[] =
    "Usage: bare_kafka --bootstrap HOST:PORT --topic NAME --records N [--partitions 8]\n"
    "                  [--batch 1000] [--delays] [-X KEY=VALUE]...\n"
    "Consumes N records of the topic from its beginning with librdkafka alone and says what it\n"
    "cost. --delays (after --records): and how long after their sending they came. KEY is a "
    "property\n"
    "of librdkafka.\n";

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char reason[TEXT_SIZE];

    if (rd_kafka_conf_set(conf, key, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) {
        (void)fprintf(stderr, "bare_kafka: %s\n", reason);
        exit(64);
    }
}

static void set_pair(rd_kafka_conf_t *conf, const char *pair)
{
    char key[TEXT_SIZE];
    const char *equals = strchr(pair, '=');

    if (equals == NULL || (size_t)(equals - pair) >= sizeof key) {
        (void)fprintf(stderr, "bare_kafka: -X wants KEY=VALUE, not '%s'\n", pair);
        exit(64);
    }
    (void)snprintf(key, sizeof key, "%.*s", (int)(equals - pair), pair);
    set(conf, key, equals + 1);
}

/* What weir sets whatever its user says, as far as it matters here; the rest is the library's
 * default. */
static rd_kafka_conf_t *default_conf(void)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "group.id", "bare");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    set(conf, "auto.offset.reset", "error");
    set(conf, "socket.nagle.disable", "true");
    return conf;
}

static bool take_option(struct bare *bare, int option)
{
    switch (option) {
    case 'b':
        bare->bootstrap = optarg;
        return true;
    case 't':
        bare->topic = optarg;
        return true;
    case 'p':
        bare->partitions = (int)strtol(optarg, NULL, 10);
        return bare->partitions > 0;
    case 'r':
        bare->records = strtoll(optarg, NULL, 10);
        return bare->records > 0;
    case 's':
        bare->batch = strtoul(optarg, NULL, 10);
        return bare->batch > 0 && bare->batch <= BATCH_MAX;
    case 'd':
        return bare->records > 0 && delays_init(&bare->delays, (size_t)bare->records);
    case 'X':
        set_pair(bare->conf, optarg);
        return true;
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct bare *bare)
{
    static const struct option options[] = {{"bootstrap", required_argument, NULL, 'b'},
                                            {"topic", required_argument, NULL, 't'},
                                            {"partitions", required_argument, NULL, 'p'},
                                            {"records", required_argument, NULL, 'r'},
                                            {"batch", required_argument, NULL, 's'},
                                            {"delays", no_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    while ((option = getopt_long(argc, argv, "X:", options, NULL)) != -1) {
        if (!take_option(bare, option)) {
            return false;
        }
    }
    return optind == argc && bare->bootstrap != NULL && bare->topic != NULL && bare->records > 0;
}

static rd_kafka_t *open_consumer(struct bare *bare)
{
    char reason[TEXT_SIZE];
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(bare->partitions);

    set(bare->conf, "bootstrap.servers", bare->bootstrap);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_CONSUMER, bare->conf, reason, sizeof reason);
    if (handle == NULL) {
        (void)fprintf(stderr, "bare_kafka: %s\n", reason);
        exit(69);
    }
    (void)rd_kafka_poll_set_consumer(handle);
    for (int i = 0; i < bare->partitions; i++) {
        rd_kafka_topic_partition_list_add(list, bare->topic, i)->offset = 0;
    }
    rd_kafka_resp_err_t failed = rd_kafka_assign(handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)fprintf(stderr, "bare_kafka: cannot assign: %s\n", rd_kafka_err2str(failed));
        exit(69);
    }
    return handle;
}

/* Destroys the messages. Returns how many of them were records. */
static int64_t destroy_all(struct delays *delays, rd_kafka_message_t **messages, size_t count)
{
    int64_t now_ns = delays->ns != NULL ? delays_now_ns() : 0;
    int64_t records = 0;

    for (size_t i = 0; i < count; i++) {
        if (delays->ns != NULL) {
            delays_add(delays, messages[i]->payload, messages[i]->len, now_ns);
        }
        records += messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
        rd_kafka_message_destroy(messages[i]);
    }
    return records;
}

static bool consume(struct bare *bare, rd_kafka_queue_t *queue, struct mark *first,
                    struct mark *last)
{
    static rd_kafka_message_t *messages[BATCH_MAX];
    int64_t records = 0;
    int idle_waits = 0;

    while (records < bare->records && idle_waits < IDLE_WAITS_MAX) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, bare->batch);
        bool none_before = records == 0;
        records += count > 0 ? destroy_all(&bare->delays, messages, (size_t)count) : 0;
        if (none_before && records > 0) {
            mark_take(first, records);
        }
        idle_waits = count > 0 ? 0 : idle_waits + 1;
    }
    mark_take(last, records);
    return records >= bare->records;
}

int main(int argc, char **argv)
{
    struct bare bare = {.partitions = 8, .batch = 1000, .conf = default_conf()};
    struct mark first = {0};
    struct mark last = {0};

    if (!parse(argc, argv, &bare)) {
        (void)fputs(usage, stderr);
        return 64;
    }
    rd_kafka_t *handle = open_consumer(&bare);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(handle);
    bool complete = consume(&bare, queue, &first, &last);
    rd_kafka_queue_destroy(queue);
    mark_print(&first, &last);
    threads_print();
    delays_print(&bare.delays);
    delays_fini(&bare.delays);
    (void)printf("}\n");
    (void)rd_kafka_consumer_close(handle);
    rd_kafka_destroy(handle);
    if (!complete) {
        (void)fprintf(stderr, "bare_kafka: no more records came\n");
        return 75;
    }
    return 0;
}
