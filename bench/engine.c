/* What weir does with the same records: its default configuration, a handler that does nothing but
 * count. Prints one JSON object (measure.h, and weir's counters). */
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
    pthread_mutex_t mutex; /* guards `records`; taken once per batch */
    int64_t records;
    int64_t wanted;
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
    "              [--order partition|key|none] [-X KEY=VALUE]...\n"
    "Consumes N records of the topic from its beginning with a handler that does nothing and says\n"
    "what it cost. --group: as the only member of a consumer group; otherwise the partitions 0 to\n"
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

static void handle(struct weir_batch *batch, void *worker)
{
    struct count *count = worker;
    int64_t size = (int64_t)weir_batch_count(batch);
    int64_t before = count_add(count, size);

    if (before == 0) {
        mark_take(&count->first, size);
    }
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

static void print(const struct engine *engine, const struct weir_consumer *consumer)
{
    mark_print(&engine->count.first, &engine->count.last);
    threads_print();
    for (int i = 0; i < (int)WEIR_COUNTERS; i++) {
        (void)printf(", \"%s\": %llu", weir_counter_name((enum weir_counter)i),
                     (unsigned long long)weir_consumer_counter(consumer, (enum weir_counter)i));
    }
    (void)printf(", \"state\": \"%s\"}\n", weir_state_name(weir_consumer_state(consumer)));
}

static int run(struct engine *engine)
{
    /* Exactly as many records as are wanted would need a permit each (record_limit): instead the
     * topic holds no more, and the end of its partitions is the end. */
    struct weir_consumer_options options = {.size = sizeof options,
                                            .handler = &handler,
                                            .handler_state = &engine->count,
                                            .until_end = true};
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
    weir_config_destroy(engine.config);
    return code;
}
