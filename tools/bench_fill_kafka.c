#include "tools/bench_conf_kafka.h"
#include "tools/bench_delays.h"
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fills a topic once, for every program that is going to be measured on it, and deletes it in the
 * end. */

enum {
    TEXT_SIZE = 512,
    CREATE_MS = 30000,
    TRY_MS = 5000,
    FULL_WAIT_MS = 100,
    FLUSH_MS = 120000,
    VALUE_MAX = 1 << 20
};

struct produce {
    struct weir_bench_part part;
    int64_t busy; /* partitions that get records */
    int64_t keys; /* different ones */
    int64_t value_size;
    int64_t replicas; /* -1: the brokers' default */
    double zipf;      /* 0: every key as often as the others */
    double *shares;   /* of the first key, of the first two, ...; with zipf only */
    int64_t hottest;  /* records of the first key, the most frequent one */
    int64_t *sizes;   /* records of each partition */
    int64_t rate;     /* records a second; 0: as fast as may be */
    bool existing;    /* the topic is there already */
    int64_t failed;
    rd_kafka_resp_err_t why; /* the first that failed did */
};

static const char usage[] =
    "Usage: weir bench fill [-c FILE]... [-X KEY=VALUE]... --topic NAME --records N\n"
    "                       [--partitions 8] [--busy P] [--keys 100000] [--value-size 100]\n"
    "                       [--replicas N] [--zipf S] [--rate R] [--existing]\n"
    "Creates the topic (or uses an --existing one) and fills its first P partitions evenly. Equal\n"
    "keys share a partition. --zipf: the nth key comes in proportion to 1 / n^S. Prints how many\n"
    "records the first key and the fullest partition got. --rate: R records a second, each with\n"
    "the time of its sending in it.\n";

static bool take_option(int option, const char *argument, void *user)
{
    struct produce *produce = user;

    switch (option) {
    case 'b':
        return weir_bench_number(argument, 1, &produce->busy);
    case 'k':
        return weir_bench_number(argument, 1, &produce->keys);
    case 'v':
        return weir_bench_number(argument, (int64_t)sizeof(int64_t), &produce->value_size) &&
               produce->value_size <= VALUE_MAX;
    case 'R':
        return weir_bench_number(argument, 1, &produce->replicas) && produce->replicas < INT16_MAX;
    case 'z':
        produce->zipf = strtod(argument, NULL);
        return produce->zipf > 0;
    case 'a':
        return weir_bench_number(argument, 1, &produce->rate);
    case 'e':
        produce->existing = true;
        return true;
    default:
        return weir_bench_part_take(&produce->part, option, argument);
    }
}

static bool parse(int argc, char **argv, struct produce *produce)
{
    static const struct option options[] = {{"busy", required_argument, NULL, 'b'},
                                            {"keys", required_argument, NULL, 'k'},
                                            {"value-size", required_argument, NULL, 'v'},
                                            {"replicas", required_argument, NULL, 'R'},
                                            {"zipf", required_argument, NULL, 'z'},
                                            {"rate", required_argument, NULL, 'a'},
                                            {"existing", no_argument, NULL, 'e'},
                                            WEIR_BENCH_PART_LONG,
                                            {NULL, 0, NULL, 0}};

    if (!weir_bench_part_parse(argc, argv, options, take_option, produce)) {
        return false;
    }
    produce->busy = produce->busy > 0 ? produce->busy : produce->part.partitions;
    if (produce->part.topic == NULL || produce->part.records == 0) {
        produce->part.wrong = "it needs --topic and --records";
    } else if (produce->busy > produce->part.partitions) {
        produce->part.wrong = "--busy is more than --partitions";
    }
    return produce->part.wrong == NULL;
}

static void note_failure(struct produce *produce, rd_kafka_resp_err_t why)
{
    produce->why = produce->failed == 0 ? why : produce->why;
    produce->failed++;
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct produce *produce = opaque;

    (void)handle;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        note_failure(produce, message->err);
    }
}

static rd_kafka_t *open_producer(struct produce *produce, int *code)
{
    const struct weir_client_setting settings[] = {{"linger.ms", produce->rate > 0 ? "0" : "50"},
                                                   {"queue.buffering.max.messages", "200000"},
                                                   {"acks", "all"},
                                                   {NULL, NULL}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    rd_kafka_conf_set_opaque(conf, produce);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return weir_bench_open_kafka(&produce->part, RD_KAFKA_PRODUCER, settings, conf, code);
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
        rd_kafka_NewTopic_new(produce->part.topic, (int)produce->part.partitions,
                              (int)produce->replicas, reason, sizeof reason);
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

    bool again = false;

    do {
        result = create_topic_once(handle, produce);
        /* What was not answered may have been done. */
        if (again && result == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            result = RD_KAFKA_RESP_ERR_NO_ERROR;
        }
        again = true;
    } while ((result == RD_KAFKA_RESP_ERR__TIMED_OUT || result == RD_KAFKA_RESP_ERR__TRANSPORT) &&
             delays_now_ns() < deadline_ns);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
        char text[TEXT_SIZE];
        (void)snprintf(text, sizeof text, "cannot create topic %s: %s", produce->part.topic,
                       rd_kafka_err2str(result));
        weir_bench_part_complain(&produce->part, text);
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

    bool taken =
        rd_kafka_produce(topic, (int32_t)(number % produce->busy), RD_KAFKA_MSG_F_COPY, value,
                         (size_t)produce->value_size, key, (size_t)length, NULL) == 0;
    produce->hottest += taken && number == 0 ? 1 : 0;
    produce->sizes[number % produce->busy] += taken ? 1 : 0;
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
    rd_kafka_topic_t *topic = rd_kafka_topic_new(handle, produce->part.topic, NULL);
    int64_t begun_ns = delays_now_ns();

    for (int64_t i = 0; topic != NULL && i < produce->part.records && produce->failed == 0;) {
        if (produce->rate > 0) {
            stamp(produce, begun_ns, i, value);
        }
        if (produce_one(topic, produce, i, value)) {
            i++;
        } else if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            (void)rd_kafka_poll(handle, FULL_WAIT_MS);
        } else {
            note_failure(produce, rd_kafka_last_error());
        }
    }
    bool flushed = rd_kafka_flush(handle, FLUSH_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (topic != NULL) {
        rd_kafka_topic_destroy(topic);
    }
    return topic != NULL && flushed && produce->failed == 0;
}

static int64_t largest(const int64_t *values, int64_t count)
{
    int64_t most = 0;

    for (int64_t i = 0; i < count; i++) {
        most = values[i] > most ? values[i] : most;
    }
    return most;
}

static int run(struct produce *produce, void *value)
{
    int code = WEIR_EXIT_OK;
    rd_kafka_t *handle = open_producer(produce, &code);

    if (handle == NULL) {
        return code;
    }
    bool created = produce->existing || create_topic(handle, produce);
    bool done = created && produce_all(handle, produce, value);
    if (created && !done) {
        char text[TEXT_SIZE];
        (void)snprintf(text, sizeof text, "not every record was acknowledged: %s",
                       produce->failed > 0 ? rd_kafka_err2str(produce->why) : "timed out");
        weir_bench_part_complain(&produce->part, text);
    }
    rd_kafka_destroy(handle);
    if (done) {
        (void)printf("{\"hottest\": %" PRId64 ", \"fullest\": %" PRId64 "}\n", produce->hottest,
                     largest(produce->sizes, produce->busy));
    }
    return done ? WEIR_EXIT_OK : created ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_UNAVAILABLE;
}

int weir_bench_fill(int argc, char **argv)
{
    static char value[VALUE_MAX];
    struct produce produce = {.part = {.name = "fill", .usage = usage, .partitions = 8},
                              .keys = 100000,
                              .value_size = 100,
                              .replicas = -1};

    if (!parse(argc, argv, &produce)) {
        return weir_bench_part_misused(&produce.part, argv);
    }
    memset(value, 'v', (size_t)produce.value_size);
    produce.sizes = calloc((size_t)produce.busy, sizeof produce.sizes[0]);
    bool ready = produce.sizes != NULL && (produce.zipf <= 0 || prepare_zipf(&produce));
    int code = ready ? run(&produce, value) : WEIR_EXIT_TRY_AGAIN;
    free(produce.sizes);
    free(produce.shares);
    return code;
}
