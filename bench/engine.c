/* What weir does with the same records: its default configuration, a handler that does nothing but
 * count, or that takes a while. Prints one JSON object (measure.h, and weir's counters). */
#include "bench/delays.h"
#include "bench/measure.h"
#include "bench/threads.h"
#include <assert.h>
#include <getopt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <weir/consumer.h>

enum { WAIT_MS = 120000, TEXT_SIZE = 512 };

/* Workers count together; `first` and `last` are taken by the two of them whose batch began and
 * completed the count, and read when no worker is left. */
struct count {
    pthread_mutex_t mutex; /* guards `records`, `begun` and `delays`; taken once or twice a batch */
    struct delays delays;
    int64_t records;
    int64_t wanted;
    int64_t handler_us; /* for each record */
    bool begun;
    struct mark first;
    struct mark last;
};

struct engine {
    struct weir_config *config;
    const char *topic;
    long partitions;
    bool grouped;
    struct count count;
};

static const char usage[] =
    "Usage: engine --bootstrap HOST:PORT --topic NAME --records N [--partitions 8] [--group]\n"
    "              [--order partition|key|none] [--handler-us 0] [--delays]\n"
    "              [-X KEY=VALUE]...\n"
    "Consumes N records of the topic from its beginning with a handler that does nothing, or "
    "sleeps\n"
    "so long for each record, and says what it cost. --delays (after --records): and how long "
    "after\n"
    "their sending records came; ends after N of them. --group: as the only member of a consumer "
    "group; otherwise the partitions 0 to\n"
    "P-1 are assigned. Set group.id with -X to something new for each run: offsets are "
    "committed.\n";

/* How many records were counted before these. */
static int64_t count_add(struct count *count, int64_t size)
{
    (void)pthread_mutex_lock(&count->mutex);
    int64_t before = count->records;
    count->records += size;
    (void)pthread_mutex_unlock(&count->mutex);
    return before;
}

static bool count_begin(struct count *count)
{
    (void)pthread_mutex_lock(&count->mutex);
    bool first = !count->begun;
    count->begun = true;
    (void)pthread_mutex_unlock(&count->mutex);
    return first;
}

static void add_delays(struct count *count, struct weir_batch *batch)
{
    int64_t now_ns = delays_now_ns();
    const struct weir_record *record = NULL;

    (void)pthread_mutex_lock(&count->mutex);
    while ((record = weir_batch_next(batch)) != NULL) {
        delays_add(&count->delays, record->value, record->value_size, now_ns);
    }
    (void)pthread_mutex_unlock(&count->mutex);
}

static void take_time(int64_t microseconds)
{
    struct timespec rest = {.tv_sec = (time_t)(microseconds / 1000000),
                            .tv_nsec = (long)(microseconds % 1000000) * 1000};

    while (nanosleep(&rest, &rest) != 0) {
    }
}

static void handle(struct weir_batch *batch, void *worker)
{
    struct count *count = worker;
    int64_t size = (int64_t)weir_batch_count(batch);

    if (count_begin(count)) {
        /* What a handler that takes no time did first was before the mark. */
        mark_take(&count->first, count->handler_us > 0 ? 0 : size);
    }
    if (count->delays.ns != NULL) {
        add_delays(count, batch);
    }
    if (count->handler_us > 0) {
        take_time(count->handler_us * size);
    }
    int64_t before = count_add(count, size);
    if (before < count->wanted && before + size >= count->wanted) {
        mark_take(&count->last, before + size);
    }
}

static const struct weir_handler handler = {.name = "nothing", .handle = handle};

static bool set(struct engine *engine, const char *key, const char *value)
{
    struct weir_error error = {0};

    if (weir_config_set(engine->config, key, value, WEIR_CONFIG_ARGUMENT, &error) != WEIR_OK) {
        (void)fprintf(stderr, "engine: %s\n", error.text);
        return false;
    }
    return true;
}

static bool set_pair(struct engine *engine, const char *pair)
{
    char key[TEXT_SIZE];
    const char *equals = strchr(pair, '=');

    if (equals == NULL || (size_t)(equals - pair) >= sizeof key) {
        (void)fprintf(stderr, "engine: -X wants KEY=VALUE, not '%s'\n", pair);
        return false;
    }
    (void)snprintf(key, sizeof key, "%.*s", (int)(equals - pair), pair);
    return set(engine, key, equals + 1);
}

static bool take_option(struct engine *engine, int option)
{
    switch (option) {
    case 'b':
        return set(engine, "bootstrap.servers", optarg);
    case 't':
        engine->topic = optarg;
        return true;
    case 'p':
        engine->partitions = strtol(optarg, NULL, 10);
        return engine->partitions > 0;
    case 'r':
        engine->count.wanted = strtoll(optarg, NULL, 10);
        return engine->count.wanted > 0;
    case 'o':
        return set(engine, "weir.order", optarg);
    case 'h':
        engine->count.handler_us = strtoll(optarg, NULL, 10);
        return engine->count.handler_us >= 0;
    case 'd':
        return engine->count.wanted > 0 &&
               delays_init(&engine->count.delays, (size_t)engine->count.wanted);
    case 'g':
        engine->grouped = true;
        return true;
    case 'X':
        return set_pair(engine, optarg);
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct engine *engine)
{
    static const struct option options[] = {{"bootstrap", required_argument, NULL, 'b'},
                                            {"topic", required_argument, NULL, 't'},
                                            {"partitions", required_argument, NULL, 'p'},
                                            {"records", required_argument, NULL, 'r'},
                                            {"order", required_argument, NULL, 'o'},
                                            {"handler-us", required_argument, NULL, 'h'},
                                            {"delays", no_argument, NULL, 'd'},
                                            {"group", no_argument, NULL, 'g'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    while ((option = getopt_long(argc, argv, "X:", options, NULL)) != -1) {
        if (!take_option(engine, option)) {
            return false;
        }
    }
    return optind == argc && engine->topic != NULL && engine->count.wanted > 0;
}

static bool set_source(struct engine *engine)
{
    char text[TEXT_SIZE];

    if (!set(engine, "weir.log.level", "warning")) {
        return false;
    }
    if (engine->grouped) {
        return set(engine, "weir.coordinator", "kafka") &&
               set(engine, "weir.topics", engine->topic);
    }
    (void)snprintf(text, sizeof text, "%s:0-%ld", engine->topic, engine->partitions - 1);
    return set(engine, "weir.coordinator", "none") && set(engine, "weir.partitions", text);
}

static void print(struct engine *engine, const struct weir_consumer *consumer)
{
    mark_print(&engine->count.first, &engine->count.last);
    threads_print();
    for (int i = 0; i < (int)WEIR_COUNTERS; i++) {
        (void)printf(", \"%s\": %llu", weir_counter_name((enum weir_counter)i),
                     (unsigned long long)weir_consumer_counter(consumer, (enum weir_counter)i));
    }
    delays_print(&engine->count.delays);
    (void)printf(", \"state\": \"%s\"}\n", weir_state_name(weir_consumer_state(consumer)));
}

static int run(struct engine *engine)
{
    bool live = engine->count.delays.ns != NULL; /* its records are yet to come */
    /* Exactly as many records as are wanted would need a permit each (record_limit): instead the
     * topic holds no more, and the end of its partitions is the end. */
    struct weir_consumer_options options = {.size = sizeof options,
                                            .handler = &handler,
                                            .handler_state = &engine->count,
                                            .record_limit =
                                                live ? (uint64_t)engine->count.wanted : 0,
                                            .until_end = !live};
    struct weir_consumer *consumer = NULL;
    struct weir_error error = {0};

    if (weir_consumer_create(engine->config, &options, &consumer, &error) != WEIR_OK ||
        weir_consumer_start(consumer, &error) != WEIR_OK) {
        (void)fprintf(stderr, "engine: %s\n", error.text);
        weir_consumer_destroy(consumer);
        return 78;
    }
    bool ended = weir_consumer_wait(consumer, WAIT_MS) == WEIR_OK;
    bool stopped = ended && weir_consumer_state(consumer) == WEIR_STATE_STOPPED;
    int64_t records = count_add(&engine->count, 0);
    bool complete = records == engine->count.wanted;
    weir_consumer_error(consumer, &error);
    if (stopped && complete) {
        print(engine, consumer);
    } else {
        (void)fprintf(stderr, "engine: %lld of %lld records, %s: %s\n", (long long)records,
                      (long long)engine->count.wanted,
                      weir_state_name(weir_consumer_state(consumer)), error.text);
    }
    weir_consumer_destroy(consumer);
    return stopped && complete ? 0 : 75;
}

int main(int argc, char **argv)
{
    static struct engine engine = {.partitions = 8, .count.mutex = PTHREAD_MUTEX_INITIALIZER};

    if (weir_config_create(&engine.config) != WEIR_OK) {
        return 75;
    }
    bool good = parse(argc, argv, &engine) && set_source(&engine);
    int code = 64;
    if (good) {
        code = run(&engine);
    } else {
        (void)fputs(usage, stderr);
    }
    delays_fini(&engine.count.delays);
    weir_config_destroy(engine.config);
    return code;
}
