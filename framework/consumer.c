#include "framework/consumer.h"

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/config.h"
#include "framework/consumer_state.h"
#include "framework/fetch_limits.h"
#include "framework/snapshot.h"
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <weir/log.h>

/* What the engine reports. */

/* What made it stop. `why` is said of a letter; where these are held, of one after which no other
 * can be written. */
static const char *stopped_by(const struct weir_consumer *consumer, const char *why)
{
    return why == NULL                            ? "weir.failure.policy=stop"
           : consumer->fetching.holds_undelivered ? "nor can any other one"
                                                  : "weir.dead.letter.failure=stop";
}

static void on_stopped(const struct weir_slot *slot, const struct weir_entry *entry,
                       const char *why, void *user)
{
    struct weir_consumer *consumer = user;
    char text[WEIR_ERROR_TEXT_SIZE];

    (void)snprintf(
        text, sizeof text,
        "%s/%d offset %lld failed %u time%s (%s)%s%s; %s. It is not committed and comes again",
        slot->topic, (int)slot->partition, (long long)entry->offset, (unsigned)entry->failures,
        entry->failures == 1 ? "" : "s", entry->reason != NULL ? entry->reason : "no reason given",
        why != NULL ? " and its dead letter cannot be written: " : "", why != NULL ? why : "",
        stopped_by(consumer, why));
    weir_control_fail(consumer->control, WEIR_ERR_RECORD, text, false);
}

static void on_exhausted(void *user)
{
    struct weir_consumer *consumer = user;

    weir_control_drain(consumer->control);
}

static void on_no_workers(const char *why, void *user)
{
    struct weir_consumer *consumer = user;
    char text[WEIR_ERROR_TEXT_SIZE];

    (void)snprintf(text, sizeof text, "no worker can be started: %s", why);
    weir_control_fail(consumer->control, WEIR_ERR_PLUGIN, text, true);
}

/* Making one. */

static uint64_t random_seed(void)
{
    uint64_t seed = 0;

    if (getentropy(&seed, sizeof seed) != 0) {
        seed = (uint64_t)weir_clock_now();
    }
    return seed;
}

static void partition_options(const struct weir_config *config, struct weir_partition_options *out)
{
    *out = (struct weir_partition_options){
        .order = (enum weir_order)weir_config_choice(config, "weir.order"),
        .buffer_records = (uint32_t)weir_config_integer(config, "weir.buffer.records"),
        .buffer_bytes = (uint64_t)weir_config_integer(config, "weir.buffer.bytes"),
        .window = (uint32_t)weir_config_integer(config, "weir.inflight"),
        .batch = {.records = (uint32_t)weir_config_integer(config, "weir.batch.size"),
                  .bytes = (uint64_t)weir_config_integer(config, "weir.batch.bytes"),
                  .linger_ns =
                      weir_config_integer(config, "weir.batch.linger.ms") * WEIR_NS_PER_MS},
        .backoff = {.first_ms = weir_config_integer(config, "weir.retry.backoff.ms"),
                    .max_ms = weir_config_integer(config, "weir.retry.backoff.max.ms")},
        .attempts = (uint32_t)weir_config_integer(config, "weir.retry.attempts"),
        .policy = (enum weir_failure_policy)weir_config_choice(config, "weir.failure.policy"),
        .seed = random_seed()};
}

static enum weir_status open_handler(struct weir_consumer *consumer,
                                     const struct weir_consumer_options *options,
                                     struct weir_error *error)
{
    enum weir_status status = weir_handler_host_open(
        &consumer->handler, consumer->config, options->handler, options->handler_state, error);

    if (status == WEIR_OK) {
        consumer->handling.handler = consumer->handler.handler;
        consumer->handling.handler_state = consumer->handler.state;
        consumer->handling.handler_version =
            consumer->handler.plugin == NULL ? NULL : weir_plugin_version(consumer->handler.plugin);
    }
    return status;
}

static void prepare_fetching(struct weir_consumer *consumer,
                             const struct weir_consumer_options *options, uint32_t workers)
{
    uint32_t share = 2 * workers / consumer->fetcher_count;

    consumer->fetching.budget = &consumer->budget;
    consumer->fetching.report = &consumer->report;
    consumer->fetching.order = (enum weir_order)weir_config_choice(consumer->config, "weir.order");
    consumer->fetching.tasks_out_min = share < 2 ? 2 : share;
    weir_permits_init(&consumer->fetching.permits, options->record_limit);
    consumer->fetching.holds_undelivered =
        weir_config_choice(consumer->config, "weir.dead.letter.failure") != 0;
    consumer->fetching.stopped = on_stopped;
    consumer->fetching.exhausted = on_exhausted;
    consumer->fetching.user = consumer;
}

static void prepare_handling(struct weir_consumer *consumer)
{
    consumer->handling.report = &consumer->report;
    consumer->handling.order = consumer->fetching.order;
    consumer->handling.policy =
        (enum weir_failure_policy)weir_config_choice(consumer->config, "weir.failure.policy");
    consumer->handling.batch_records =
        (uint32_t)weir_config_integer(consumer->config, "weir.batch.size");
    consumer->handling.failed = on_no_workers;
    consumer->handling.user = consumer;
}

static enum weir_status create_control(struct weir_consumer *consumer,
                                       const struct weir_consumer_options *options)
{
    const struct weir_config *config = consumer->config;
    struct weir_control_options control = {
        .config = config,
        .report = &consumer->report,
        .library = consumer->library,
        .strategy = consumer->strategy == NULL ? NULL : weir_strategy_opened(consumer->strategy),
        .coordinator = weir_coordinator_find(weir_config_get(config, "weir.coordinator")),
        .store = consumer->library->store != NULL
                     ? consumer->library->store
                     : weir_store_find(weir_config_get(config, "weir.offsets.store")),
        .fetching = &consumer->fetching,
        .handling = &consumer->handling,
        .fetchers = consumer->fetchers,
        .fetcher_count = consumer->fetcher_count,
        .start = (enum weir_start)weir_config_choice(config, "weir.start"),
        .start_timestamp_ms = weir_config_integer(config, "weir.start.timestamp"),
        .out_of_range = (enum weir_out_of_range)weir_config_choice(config, "weir.out.of.range"),
        .commit_interval_ms = weir_config_integer(config, "weir.commit.interval.ms"),
        .drain_timeout_ms = weir_config_integer(config, "weir.drain.timeout.ms"),
        .status_interval_ms = weir_config_integer(config, "weir.status.interval.ms"),
        .until_end = options->until_end,
        .changed = weir_ending_change,
        .user = consumer->ending};

    assert(control.coordinator != NULL && control.store != NULL);
    partition_options(config, &control.partition);
    return weir_control_create(&control, &consumer->control);
}

static enum weir_status create_threads(struct weir_consumer *consumer,
                                       const struct weir_consumer_options *options)
{
    uint32_t workers = (uint32_t)weir_config_integer(consumer->config, "weir.workers");
    uint32_t fetchers = (uint32_t)weir_config_integer(consumer->config, "weir.fetchers");
    int64_t total = weir_config_integer(consumer->config, "weir.buffer.total.bytes");

    if (weir_meters_create(&consumer->report.meters) != WEIR_OK) {
        return WEIR_ERR_NOMEM;
    }
    weir_budget_init(&consumer->budget, (uint64_t)(total - weir_fetch_limits_queues(total)));
    consumer->fetchers = weir_calloc(fetchers, sizeof(struct weir_fetcher *));
    if (consumer->fetchers == NULL) {
        return WEIR_ERR_NOMEM;
    }
    consumer->fetcher_count = fetchers;
    prepare_fetching(consumer, options, workers);
    prepare_handling(consumer);
    for (uint32_t i = 0; i < fetchers; i++) {
        if (weir_fetcher_create(&consumer->fetching, &consumer->fetchers[i]) != WEIR_OK) {
            return WEIR_ERR_NOMEM;
        }
    }
    if (weir_pool_create(workers, &weir_handling_pool_ops, &consumer->handling, &consumer->pool) !=
        WEIR_OK) {
        return WEIR_ERR_NOMEM;
    }
    consumer->fetching.pool = consumer->pool;
    if (create_control(consumer, options) != WEIR_OK) {
        return WEIR_ERR_NOMEM;
    }
    consumer->fetching.control = weir_control_mailbox(consumer->control);
    return WEIR_OK;
}

/* What others may wait for. */
static enum weir_status create_signs(struct weir_consumer *consumer,
                                     const struct weir_consumer_options *options)
{
    enum weir_status status = weir_ending_create(&consumer->ending);

    return status != WEIR_OK || options->event_bytes == 0
               ? status
               : weir_event_queue_create(options->event_bytes, options->event_kinds,
                                         &consumer->report.queue);
}

static enum weir_status open_strategy(struct weir_consumer *consumer, struct weir_error *error)
{
    const char *text = weir_config_get(consumer->config, "weir.strategy");
    struct weir_error inner = {.code = WEIR_OK};

    if (strcmp(weir_config_get(consumer->config, "weir.coordinator"), "zookeeper") != 0) {
        return WEIR_OK;
    }
    enum weir_status status = weir_strategy_open(text == NULL || *text == '\0' ? "sticky" : text,
                                                 &consumer->strategy, &inner);
    return status == WEIR_OK
               ? WEIR_OK
               : weir_error_set(error, status, inner.cause, "weir.strategy: %s", inner.text);
}

static enum weir_status fill_in(struct weir_consumer *consumer, const struct weir_config *config,
                                const struct weir_consumer_options *options,
                                struct weir_error *error)
{
    enum weir_status status = weir_config_check(config, error);

    if (status != WEIR_OK) {
        return status;
    }
    if (weir_config_clone(config, &consumer->config) != WEIR_OK) {
        return weir_error_nomem(error);
    }
    consumer->report.log.level =
        weir_log_level_parse(weir_config_get(consumer->config, "weir.log.level"));
    status = create_signs(consumer, options);
    if (status != WEIR_OK) {
        return weir_error_set(error, status, 0, "no memory or no file descriptor is left");
    }
    status = open_strategy(consumer, error);
    if (status != WEIR_OK) {
        return status;
    }
    status = create_threads(consumer, options);
    if (status != WEIR_OK) {
        return weir_error_nomem(error);
    }
    return open_handler(consumer, options, error);
}

enum weir_status weir_consumer_create(const struct weir_config *config,
                                      const struct weir_consumer_options *options,
                                      struct weir_consumer **out, struct weir_error *error)
{
    return weir_consumer_create_on(&weir_library_kafka, config, options, out, error);
}

enum weir_status weir_consumer_create_on(const struct weir_library *library,
                                         const struct weir_config *config,
                                         const struct weir_consumer_options *given,
                                         struct weir_consumer **out, struct weir_error *error)
{
    struct weir_consumer_options options = {.size = sizeof options};
    struct weir_consumer *consumer = weir_calloc(1, sizeof *consumer);

    if (consumer == NULL) {
        return weir_error_nomem(error);
    }
    if (given != NULL) { /* a caller built against an older header knows less of it */
        memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    }
    consumer->library = library;
    weir_mutex_init(&consumer->mutex);
    weir_log_init(&consumer->report.log, WEIR_LOG_INFO,
                  options.on_log != NULL ? options.on_log : weir_log_text, options.log_user);
    weir_handler_host_init(&consumer->handler, &consumer->report.log);
    consumer->report.on_event = options.on_event;
    consumer->report.event_user = options.event_user;
    enum weir_status status = fill_in(consumer, config, &options, error);
    if (status != WEIR_OK) {
        weir_consumer_free(consumer);
        return status;
    }
    *out = consumer;
    return WEIR_OK;
}

static void log_advice(const char *sentence, void *user)
{
    struct weir_consumer *consumer = user;

    weir_log(&consumer->report.log, WEIR_LOG_WARNING, "start", "%s", sentence);
}

enum weir_status weir_consumer_start(struct weir_consumer *consumer, struct weir_error *error)
{
    weir_mutex_lock(&consumer->mutex);
    bool again = consumer->started;
    consumer->started = true;
    weir_mutex_unlock(&consumer->mutex);
    if (again) {
        return weir_error_set(error, WEIR_ERR_STATE, 0, "the consumer was started before");
    }
    weir_config_advise(consumer->config, log_advice, consumer);
    for (uint32_t i = 0; i < consumer->fetcher_count; i++) {
        if (weir_fetcher_start(consumer->fetchers[i]) != WEIR_OK) {
            return weir_error_set(error, WEIR_ERR_NOMEM, 0, "no thread can be started");
        }
    }
    if (weir_control_start(consumer->control) != WEIR_OK) {
        return weir_error_set(error, WEIR_ERR_NOMEM, 0, "no thread can be started");
    }
    weir_mutex_lock(&consumer->mutex);
    consumer->running = true;
    weir_mutex_unlock(&consumer->mutex);
    return WEIR_OK;
}

/* Using one. */

void weir_consumer_drain(struct weir_consumer *consumer)
{
    weir_control_drain(consumer->control);
}

void weir_consumer_close(struct weir_consumer *consumer)
{
    weir_control_close(consumer->control);
}

void weir_consumer_abandon(struct weir_consumer *consumer)
{
    weir_control_abandon(consumer->control);
}

enum weir_state weir_consumer_state(const struct weir_consumer *consumer)
{
    return weir_ending_state(consumer->ending, NULL);
}

const char *weir_state_name(enum weir_state state)
{
    static const char *const names[] = {
#define STATE_NAME(id, name, sentence) [id] = (name),
        WEIR_STATE_TABLE(STATE_NAME)
#undef STATE_NAME
    };

    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

int weir_consumer_fd(const struct weir_consumer *consumer)
{
    return weir_ending_fd(consumer->ending);
}

enum weir_status weir_consumer_next_event(struct weir_consumer *consumer, struct weir_event **out)
{
    return consumer->report.queue == NULL ? WEIR_ERR_NOT_FOUND
                                          : weir_event_queue_take(consumer->report.queue, out);
}

int weir_consumer_events_fd(const struct weir_consumer *consumer)
{
    return consumer->report.queue == NULL ? -1 : weir_event_queue_fd(consumer->report.queue);
}

enum weir_status weir_consumer_wait(struct weir_consumer *consumer, int64_t timeout_ms)
{
    return weir_ending_wait(consumer->ending, timeout_ms);
}

void weir_consumer_error(const struct weir_consumer *consumer, struct weir_error *out)
{
    (void)weir_ending_state(consumer->ending, out);
}

/* Before control runs nothing is ours. */
static enum weir_status snapshot_of_none(const struct weir_consumer *consumer,
                                         struct weir_snapshot **out)
{
    enum weir_status status = weir_snapshot_create(0, 0, out);

    if (status == WEIR_OK) {
        (*out)->state = weir_consumer_state(consumer);
        weir_snapshot_count(*out, &consumer->report);
    }
    return status;
}

enum weir_status weir_consumer_snapshot(struct weir_consumer *consumer, int64_t timeout_ms,
                                        struct weir_snapshot **out)
{
    if (timeout_ms < 0) {
        return WEIR_ERR_INVALID;
    }
    weir_mutex_lock(&consumer->mutex);
    bool running = consumer->running;
    weir_mutex_unlock(&consumer->mutex);
    if (!running) {
        return snapshot_of_none(consumer, out);
    }
    enum weir_status status = weir_control_snapshot(
        consumer->control, weir_time_after_ms(weir_clock_now(), timeout_ms), out);
    if (status == WEIR_OK) {
        weir_snapshot_sort(*out);
    }
    return status;
}
