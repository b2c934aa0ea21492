#include "tools/bench_delays.h"
#include "tools/bench_measure.h"
#include "tools/bench_part.h"
#include "tools/bench_threads.h"
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <weir/consumer.h>

/* What weir does with the records: a handler that does nothing but count, or that takes a while.
 * Prints one JSON object (bench_measure.h, and weir's counters). */

enum { TEXT_SIZE = 512 };

/* Workers count together; `first` and `last` are taken by the two of them whose batch began and
 * completed the count, `last` by the only one there is, and read when no worker is left. */
struct count {
    pthread_mutex_t mutex; /* guards all but `wanted` and `handler_us`; taken a few times a batch */
    struct delays delays;
    int64_t records;
    int64_t wanted;
    int64_t handler_us; /* for each record */
    bool begun;
    struct mark first;
    struct mark last;
};

struct engine {
    struct weir_bench_part part;
    const char *group; /* commits for it */
    bool member;       /* of the group; otherwise it takes the partitions 0 to P-1 */
    const char *order;
    bool with_delays;
    struct count count;
};

static const char usage[] =
    "Usage: weir bench engine [-c FILE]... [-X KEY=VALUE]... --topic NAME --records N\n"
    "                         --group ID [--member] [--partitions 8] [--order key]\n"
    "                         [--handler-us 0] [--delays]\n"
    "Consumes N records of the topic from its beginning with a handler that does nothing, or\n"
    "sleeps so long for each record, and says what it cost. --member: as a member of the group, "
    "to\n"
    "the end of what it is assigned. --delays: says how long after their sending records\n"
    "came, too.\n";

/* How many records were counted before these. */
static int64_t count_add(struct count *count, int64_t size)
{
    (void)pthread_mutex_lock(&count->mutex);
    int64_t before = count->records;
    count->records += size;
    (void)pthread_mutex_unlock(&count->mutex);
    return before;
}

/* No batch goes on before the first one has taken the mark: `before` it so many records. */
static void count_begin(struct count *count, int64_t before)
{
    (void)pthread_mutex_lock(&count->mutex);
    if (!count->begun) {
        count->begun = true;
        mark_take(&count->first, before);
    }
    (void)pthread_mutex_unlock(&count->mutex);
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

    /* What a handler that takes no time did first was before the mark. */
    count_begin(count, count->handler_us > 0 ? 0 : size);
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

/* In a group nobody knows which batch is a member's last: each might be. */
static void handle_in_group(struct weir_batch *batch, void *worker)
{
    struct count *count = worker;
    int64_t size = (int64_t)weir_batch_count(batch);

    count_begin(count, 0);
    if (count->handler_us > 0) {
        take_time(count->handler_us * size);
    }
    (void)pthread_mutex_lock(&count->mutex);
    count->records += size;
    count->last.wall_ns = delays_now_ns();
    (void)pthread_mutex_unlock(&count->mutex);
}

static const struct weir_handler handler = {.name = "nothing", .handle = handle};
static const struct weir_handler group_handler = {.name = "nothing", .handle = handle_in_group};

static bool take_option(int option, const char *argument, void *user)
{
    struct engine *engine = user;

    switch (option) {
    case 'o':
        engine->order = argument;
        return true;
    case 'u':
        return weir_bench_number(argument, 0, &engine->count.handler_us);
    case 'd':
        engine->with_delays = true;
        return true;
    case 'g':
        engine->group = argument;
        return true;
    case 'm':
        engine->member = true;
        return true;
    default:
        return weir_bench_part_take(&engine->part, option, argument);
    }
}

static bool parse(int argc, char **argv, struct engine *engine)
{
    static const struct option options[] = {{"order", required_argument, NULL, 'o'},
                                            {"handler-us", required_argument, NULL, 'u'},
                                            {"delays", no_argument, NULL, 'd'},
                                            {"group", required_argument, NULL, 'g'},
                                            {"member", no_argument, NULL, 'm'},
                                            WEIR_BENCH_PART_LONG,
                                            {NULL, 0, NULL, 0}};

    if (!weir_bench_part_parse(argc, argv, options, take_option, engine)) {
        return false;
    }
    engine->count.wanted = engine->member ? 0 : engine->part.records;
    if (engine->part.topic == NULL || engine->group == NULL || engine->part.records == 0) {
        engine->part.wrong = "it needs --topic, --group and --records";
    }
    return engine->part.wrong == NULL;
}

static bool set(const struct engine *engine, struct weir_config *config, const char *key,
                const char *value)
{
    struct weir_error error = {0};

    if (weir_config_set(config, key, value, WEIR_CONFIG_ARGUMENT, &error) != WEIR_OK) {
        weir_bench_part_complain(&engine->part, error.text);
        return false;
    }
    return true;
}

static bool set_source(const struct engine *engine, struct weir_config *config)
{
    char text[TEXT_SIZE];

    if (!set(engine, config, "weir.order", engine->order) ||
        !set(engine, config, "weir.log.level", "warning") ||
        !set(engine, config, "group.id", engine->group)) {
        return false;
    }
    if (engine->member) {
        return set(engine, config, "weir.coordinator", "kafka") &&
               set(engine, config, "weir.topics", engine->part.topic);
    }
    (void)snprintf(text, sizeof text, "%s:0-%lld", engine->part.topic,
                   (long long)engine->part.partitions - 1);
    return set(engine, config, "weir.coordinator", "none") &&
           set(engine, config, "weir.partitions", text);
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

static struct weir_consumer *start(struct engine *engine, const struct weir_config *config)
{
    /* Exactly as many records as are wanted would need a permit each (record_limit): instead the
     * topic holds no more, and the end of its partitions is the end. With delays its records are
     * yet to come. */
    uint64_t limit = engine->with_delays ? (uint64_t)engine->part.records : 0;
    struct weir_consumer_options options = {.size = sizeof options,
                                            .handler = engine->member ? &group_handler : &handler,
                                            .handler_state = &engine->count,
                                            .record_limit = limit,
                                            .until_end = limit == 0};
    struct weir_consumer *consumer = NULL;
    struct weir_error error = {0};

    if (weir_consumer_create(config, &options, &consumer, &error) != WEIR_OK ||
        weir_consumer_start(consumer, &error) != WEIR_OK) {
        weir_bench_part_complain(&engine->part, error.text);
        weir_consumer_destroy(consumer);
        return NULL;
    }
    return consumer;
}

static int run(struct engine *engine, const struct weir_config *config)
{
    struct weir_error error = {0};
    struct weir_consumer *consumer = start(engine, config);

    if (consumer == NULL) {
        return WEIR_EXIT_CONFIG;
    }
    bool ended = weir_consumer_wait(consumer, -1) == WEIR_OK;
    bool stopped = ended && weir_consumer_state(consumer) == WEIR_STATE_STOPPED;
    int64_t records = count_add(&engine->count, 0);
    bool complete = engine->member || records == engine->part.records;
    weir_consumer_error(consumer, &error);
    if (stopped && complete) {
        if (engine->member) {
            int64_t last_ns = engine->count.last.wall_ns;
            mark_take(&engine->count.last, records);
            engine->count.last.wall_ns = last_ns;
        }
        print(engine, consumer);
    } else {
        char text[TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%lld of %lld records, %s: %.300s", (long long)records,
                       (long long)engine->part.records,
                       weir_state_name(weir_consumer_state(consumer)), error.text);
        weir_bench_part_complain(&engine->part, text);
    }
    weir_consumer_destroy(consumer);
    return stopped && complete ? WEIR_EXIT_OK : WEIR_EXIT_TRY_AGAIN;
}

static int configure_and_run(struct engine *engine)
{
    struct weir_config *given = NULL;
    int code = weir_cli_config_build(&engine->part.cli, &given);

    if (code != WEIR_EXIT_OK) {
        return code;
    }
    struct weir_config *config = weir_bench_part_config(given);
    weir_config_destroy(given);
    bool ready =
        config != NULL &&
        (!engine->with_delays || delays_init(&engine->count.delays, (size_t)engine->part.records));
    code = WEIR_EXIT_TRY_AGAIN;
    if (ready) {
        code = set_source(engine, config) ? run(engine, config) : WEIR_EXIT_CONFIG;
    }
    delays_fini(&engine->count.delays);
    weir_config_destroy(config);
    return code;
}

int weir_bench_engine(int argc, char **argv)
{
    struct engine engine = {.part = {.name = "engine", .usage = usage, .partitions = 8},
                            .order = "key",
                            .count.mutex = PTHREAD_MUTEX_INITIALIZER};

    if (!parse(argc, argv, &engine)) {
        return weir_bench_part_misused(&engine.part, argv);
    }
    return configure_and_run(&engine);
}
