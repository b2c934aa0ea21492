/* Fills a topic once, for every program that is going to be measured on it. */
#include "bench/delays.h"
#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TEXT_SIZE = 512,
    CREATE_MS = 60000,
    TRY_MS = 5000,
    FULL_WAIT_MS = 100,
    FLUSH_MS = 120000,
    VALUE_MAX = 1 << 20,
    REPLICAS = 1
};

struct produce {
    const char *bootstrap;
    const char *topic;
    int partitions;
    int busy; /* partitions that get records */
    int64_t records;
    int64_t keys;    /* different ones */
    double zipf;     /* 0: every key as often as the others */
    double *shares;  /* of the first key, of the first two, ...; with zipf only */
    int64_t hottest; /* records of the most frequent key; with zipf only */
    int64_t rate;    /* records a second; 0: as fast as may be */
    bool existing;   /* the topic is there already */
    size_t value_size;
    int64_t failed;
};

static const char usage[] =
    "Usage: produce_kafka --bootstrap HOST:PORT --topic NAME --records N [--partitions 8]\n"
    "                     [--busy P] [--keys 100000] [--value-size 100] [--zipf S] [--rate R]\n"
    "                     [--existing]\n"
    "Creates the topic (or uses an --existing one) and fills its first P partitions evenly. Equal\n"
    "keys share a partition. --zipf: the nth key comes in proportion to 1 / n^S; prints how often\n"
    "the first did. --rate: R records a second, each with the time of its sending in it.\n";

static bool take_option(struct produce *produce, int option)
{
    switch (option) {
    case 'b':
        produce->bootstrap = optarg;
        return true;
    case 't':
        produce->topic = optarg;
        return true;
    case 'p':
        produce->partitions = (int)strtol(optarg, NULL, 10);
        return produce->partitions > 0;
    case 'y':
        produce->busy = (int)strtol(optarg, NULL, 10);
        return produce->busy > 0;
    case 'r':
        produce->records = strtoll(optarg, NULL, 10);
        return produce->records > 0;
    case 'k':
        produce->keys = strtoll(optarg, NULL, 10);
        return produce->keys > 0;
    case 'v':
        produce->value_size = strtoul(optarg, NULL, 10);
        return produce->value_size >= sizeof(int64_t) && produce->value_size <= VALUE_MAX;
    case 'z':
        produce->zipf = strtod(optarg, NULL);
        return produce->zipf > 0;
    case 'a':
        produce->rate = strtoll(optarg, NULL, 10);
        return produce->rate > 0;
    case 'e':
        produce->existing = true;
        return true;
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct produce *produce)
{
    static const struct option options[] = {{"bootstrap", required_argument, NULL, 'b'},
                                            {"topic", required_argument, NULL, 't'},
                                            {"partitions", required_argument, NULL, 'p'},
                                            {"busy", required_argument, NULL, 'y'},
                                            {"records", required_argument, NULL, 'r'},
                                            {"keys", required_argument, NULL, 'k'},
                                            {"value-size", required_argument, NULL, 'v'},
                                            {"zipf", required_argument, NULL, 'z'},
                                            {"rate", required_argument, NULL, 'a'},
                                            {"existing", no_argument, NULL, 'e'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!take_option(produce, option)) {
            return false;
        }
    }
    produce->busy = produce->busy > 0 ? produce->busy : produce->partitions;
    return optind == argc && produce->bootstrap != NULL && produce->topic != NULL &&
           produce->records > 0 && produce->busy <= produce->partitions;
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct produce *produce = opaque;

    (void)handle;
    produce->failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
}

static rd_kafka_t *open_producer(struct produce *produce)
{
    const char *const settings[][2] = {{"linger.ms", produce->rate > 0 ? "0" : "50"},
                                       {"queue.buffering.max.messages", "200000"},
                                       {"acks", "all"}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[TEXT_SIZE];

    rd_kafka_conf_res_t set =
        rd_kafka_conf_set(conf, "bootstrap.servers", produce->bootstrap, reason, sizeof reason);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0] && set == RD_KAFKA_CONF_OK; i++) {
        set = rd_kafka_conf_set(conf, settings[i][0], settings[i][1], reason, sizeof reason);
    }
    rd_kafka_conf_set_opaque(conf, produce);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *handle = set == RD_KAFKA_CONF_OK
                             ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason)
                             : NULL;
    if (handle == NULL) {
        (void)fprintf(stderr, "produce_kafka: %s\n", reason);
        exit(69);
    }
    return handle;
}

static rd_kafka_resp_err_t result_of(rd_kafka_event_t *event)
{
    size_t count = 0;

    if (event == NULL) {
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rd_kafka_event_error(event);
    }
    const rd_kafka_topic_result_t **topics =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    assert(count == 1);
    return rd_kafka_topic_result_error(topics[0]);
}

static rd_kafka_resp_err_t create_topic_once(rd_kafka_t *handle, const struct produce *produce)
{
    char reason[TEXT_SIZE];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(produce->topic, produce->partitions, REPLICAS, reason, sizeof reason);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS);

    (void)rd_kafka_AdminOptions_set_request_timeout(options, TRY_MS, reason, sizeof reason);
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, TRY_MS, reason, sizeof reason);
    rd_kafka_CreateTopics(handle, &topic, 1, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 2 * TRY_MS);
    rd_kafka_resp_err_t result = result_of(event);
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
    return result;
}

/* The broker may only just have been started. */
static bool create_topic(rd_kafka_t *handle, const struct produce *produce)
{
    int64_t deadline_ns = delays_now_ns() + (int64_t)CREATE_MS * 1000000;
    rd_kafka_resp_err_t result = RD_KAFKA_RESP_ERR_NO_ERROR;

    do {
        result = create_topic_once(handle, produce);
    } while ((result == RD_KAFKA_RESP_ERR__TIMED_OUT || result == RD_KAFKA_RESP_ERR__TRANSPORT) &&
             delays_now_ns() < deadline_ns);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)fprintf(stderr, "produce_kafka: cannot create %s: %s\n", produce->topic,
                      rd_kafka_err2str(result));
    }
    return result == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* The same numbers in every run: two programs are to meet the same records. */
static double random_share(int64_t index)
{
    uint64_t x = (uint64_t)index * UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

static bool prepare_zipf(struct produce *produce)
{
    double sum = 0;

    produce->shares = calloc((size_t)produce->keys, sizeof(double));
    for (int64_t i = 0; produce->shares != NULL && i < produce->keys; i++) {
        sum += 1 / pow((double)(i + 1), produce->zipf);
        produce->shares[i] = sum;
    }
    return produce->shares != NULL;
}

static int64_t choose_key(const struct produce *produce, int64_t index)
{
    if (produce->shares == NULL) {
        return index % produce->keys;
    }
    double sought = random_share(index) * produce->shares[produce->keys - 1];
    int64_t low = 0;
    int64_t high = produce->keys - 1;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (produce->shares[middle] < sought) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void await_turn(const struct produce *produce, int64_t begun_ns, int64_t index)
{
    int64_t due_ns = begun_ns + index * 1000000000 / produce->rate;
    struct timespec due = {.tv_sec = (time_t)(due_ns / 1000000000),
                           .tv_nsec = (long)(due_ns % 1000000000)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) != 0) {
    }
}

static bool produce_one(rd_kafka_topic_t *topic, struct produce *produce, int64_t index,
                        void *value)
{
    char key[32];
    int64_t number = choose_key(produce, index);
    int length = snprintf(key, sizeof key, "key-%08" PRId64, number);

    bool taken = rd_kafka_produce(topic, (int32_t)(number % produce->busy), RD_KAFKA_MSG_F_COPY,
                                  value, produce->value_size, key, (size_t)length, NULL) == 0;
    produce->hottest += taken && number == 0 ? 1 : 0;
    return taken;
}

static void stamp(const struct produce *produce, int64_t begun_ns, int64_t index, void *value)
{
    await_turn(produce, begun_ns, index);
    int64_t now_ns = delays_now_ns();
    memcpy(value, &now_ns, sizeof now_ns);
}

static bool produce_all(rd_kafka_t *handle, struct produce *produce, void *value)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(handle, produce->topic, NULL);
    int64_t begun_ns = delays_now_ns();

    for (int64_t i = 0; topic != NULL && i < produce->records && produce->failed == 0;) {
        if (produce->rate > 0) {
            stamp(produce, begun_ns, i, value);
        }
        if (produce_one(topic, produce, i, value)) {
            i++;
        } else if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            (void)rd_kafka_poll(handle, FULL_WAIT_MS);
        } else {
            produce->failed++;
        }
    }
    bool flushed = rd_kafka_flush(handle, FLUSH_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (topic != NULL) {
        rd_kafka_topic_destroy(topic);
    }
    return topic != NULL && flushed && produce->failed == 0;
}

int main(int argc, char **argv)
{
    static char value[VALUE_MAX];
    struct produce produce = {.partitions = 8, .keys = 100000, .value_size = 100};

    if (!parse(argc, argv, &produce)) {
        (void)fputs(usage, stderr);
        return 64;
    }
    memset(value, 'v', produce.value_size);
    if (produce.zipf > 0 && !prepare_zipf(&produce)) {
        return 75;
    }
    rd_kafka_t *handle = open_producer(&produce);
    bool created = produce.existing || create_topic(handle, &produce);
    bool done = created && produce_all(handle, &produce, value);
    if (created && !done) {
        (void)fprintf(stderr, "produce_kafka: not every record was acknowledged\n");
    }
    if (done && produce.zipf > 0) {
        (void)printf("{\"hottest\": %" PRId64 "}\n", produce.hottest);
    }
    free(produce.shares);
    rd_kafka_destroy(handle);
    return done ? 0 : 69;
}
