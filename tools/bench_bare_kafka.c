#include "tools/bench_conf_kafka.h"
#include "tools/bench_delays.h"
#include "tools/bench_measure.h"
#include "tools/bench_threads.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* The control: what librdkafka alone does with the same records. One thread, one loop of
 * rd_kafka_consume_batch_queue on the consumer's queue, every message destroyed, nothing else; it
 * does not even commit. Prints one JSON object (bench_measure.h). */

enum { BATCH_MAX = 10000, WAIT_MS = 1000, IDLE_WAITS_MAX = 60, TEXT_SIZE = 512 };

struct bare {
    struct weir_bench_part part;
    int64_t batch;
    bool with_delays;
    struct delays delays;
};

static const char usage[] =
    "Usage: weir bench bare [-c FILE]... [-X KEY=VALUE]... --topic NAME --records N\n"
    "                       [--partitions 8] [--batch 1000] [--delays]\n"
    "Consumes N records of the topic from its beginning with librdkafka alone and says what it\n"
    "cost. --delays: and how long after their sending they came.\n";

static bool take_option(int option, const char *argument, void *user)
{
    struct bare *bare = user;

    switch (option) {
    case 's':
        return weir_bench_number(argument, 1, &bare->batch) && bare->batch <= BATCH_MAX;
    case 'd':
        bare->with_delays = true;
        return true;
    default:
        return weir_bench_part_take(&bare->part, option, argument);
    }
}

static bool parse(int argc, char **argv, struct bare *bare)
{
    static const struct option options[] = {{"batch", required_argument, NULL, 's'},
                                            {"delays", no_argument, NULL, 'd'},
                                            WEIR_BENCH_PART_LONG,
                                            {NULL, 0, NULL, 0}};

    if (!weir_bench_part_parse(argc, argv, options, take_option, bare)) {
        return false;
    }
    if (bare->part.topic == NULL || bare->part.records == 0) {
        bare->part.wrong = "it needs --topic and --records";
    }
    return bare->part.wrong == NULL;
}

/* What weir sets whatever its user says, as far as it matters here; the rest is the library's
 * default. */
static const struct weir_client_setting settings[] = {
    {"group.id", "weir-bench-bare"},       {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "error"},
    {"socket.nagle.disable", "true"},      {NULL, NULL}};

static rd_kafka_t *open_consumer(const struct bare *bare, int *code)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)bare->part.partitions);
    rd_kafka_t *handle =
        weir_bench_open_kafka(&bare->part, RD_KAFKA_CONSUMER, settings, rd_kafka_conf_new(), code);

    for (int32_t i = 0; i < (int32_t)bare->part.partitions; i++) {
        rd_kafka_topic_partition_list_add(list, bare->part.topic, i)->offset = 0;
    }
    if (handle != NULL) {
        (void)rd_kafka_poll_set_consumer(handle);
        rd_kafka_resp_err_t failed = rd_kafka_assign(handle, list);
        if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
            weir_bench_part_complain(&bare->part, rd_kafka_err2str(failed));
            *code = WEIR_EXIT_UNAVAILABLE;
            rd_kafka_destroy(handle);
            handle = NULL;
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
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

    while (records < bare->part.records && idle_waits < IDLE_WAITS_MAX) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, (size_t)bare->batch);
        bool none_before = records == 0;
        records += count > 0 ? destroy_all(&bare->delays, messages, (size_t)count) : 0;
        if (none_before && records > 0) {
            mark_take(first, records);
        }
        idle_waits = count > 0 ? 0 : idle_waits + 1;
    }
    mark_take(last, records);
    return records >= bare->part.records;
}

static int run(struct bare *bare)
{
    struct mark first = {0};
    struct mark last = {0};
    int code = WEIR_EXIT_OK;
    rd_kafka_t *handle = open_consumer(bare, &code);

    if (handle == NULL) {
        return code;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(handle);
    bool complete = consume(bare, queue, &first, &last);
    rd_kafka_queue_destroy(queue);
    if (complete) {
        mark_print(&first, &last);
        threads_print();
        if (bare->delays.ns != NULL) {
            delays_print(&bare->delays);
        }
        (void)printf(", \"librdkafka\": \"%s\"}\n", rd_kafka_version_str());
    } else {
        weir_bench_part_complain(&bare->part, "no more records came");
    }
    (void)rd_kafka_consumer_close(handle);
    rd_kafka_destroy(handle);
    return complete ? WEIR_EXIT_OK : WEIR_EXIT_TRY_AGAIN;
}

int weir_bench_bare(int argc, char **argv)
{
    struct bare bare = {.part = {.name = "bare", .usage = usage, .partitions = 8}, .batch = 1000};

    if (!parse(argc, argv, &bare)) {
        return weir_bench_part_misused(&bare.part, argv);
    }
    if (bare.with_delays && !delays_init(&bare.delays, (size_t)bare.part.records)) {
        return WEIR_EXIT_TRY_AGAIN;
    }
    int code = run(&bare);
    delays_fini(&bare.delays);
    return code;
}
