#include "test/support/sim_run.h"

#include "framework/consumer.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/sim_state.h"
#include "test/support/text.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 30000, HOLDS_MAX = 32, HANDLER_LIMIT_MS = 120000 };

struct hold {
    char topic[SIM_TOPIC_SIZE];
    int32_t partition;
    int64_t offset;
    bool reached; /* a handler waits here */
};

struct sim_run_inside {
    struct sim_run *run;
    pthread_mutex_t mutex; /* guards all below but the atomics */
    pthread_cond_t changed;
    struct hold holds[HOLDS_MAX];
    size_t hold_count;
    uint32_t held;
    uint64_t epoch; /* of letting go */
    struct text log;
    atomic_bool holding; /* so that handlers meet no lock while nobody holds them */
    atomic_uint workers;
    atomic_uint closes;
};

/* The handler. */

static bool is_to_wait(struct sim_run_inside *inside, const struct weir_record *record)
{
    for (size_t i = 0; i < inside->hold_count; i++) {
        struct hold *hold = &inside->holds[i];
        if (hold->partition == record->partition && record->offset >= hold->offset &&
            strcmp(hold->topic, record->topic) == 0) {
            hold->reached = true;
            return true;
        }
    }
    return false;
}

static void wait_if_held(struct sim_run_inside *inside, const struct weir_record *record)
{
    if (!atomic_load_explicit(&inside->holding, memory_order_relaxed)) {
        return;
    }
    struct deadline deadline = deadline_in_ms(HANDLER_LIMIT_MS);
    struct timespec until = {.tv_sec = (time_t)(deadline.at_ns / 1000000000),
                             .tv_nsec = (long)(deadline.at_ns % 1000000000)};
    (void)pthread_mutex_lock(&inside->mutex);
    if (is_to_wait(inside, record)) {
        uint64_t epoch = inside->epoch;
        inside->held++;
        while (inside->epoch == epoch && !deadline_passed(deadline)) {
            (void)pthread_cond_timedwait(&inside->changed, &inside->mutex, &until);
        }
        inside->held--;
    }
    (void)pthread_mutex_unlock(&inside->mutex);
}

static enum sim_outcome handle_one(struct sim_run_inside *inside, struct weir_batch *batch,
                                   const struct weir_record *record)
{
    const struct sim_run *run = inside->run;
    const struct sim_value *value = sim_value_of(record);

    if (value == NULL) {
        return SIM_DONE;
    }
    sim_note_attempt(value);
    wait_if_held(inside, record);
    enum sim_outcome outcome =
        run->decide == NULL ? SIM_DONE : run->decide(record, run->decide_user);
    if (outcome == SIM_RETRY) {
        weir_batch_retry(batch, record, "the test says so");
    } else if (outcome == SIM_REJECT) {
        weir_batch_reject(batch, record, "the test rejects it");
    }
    return outcome;
}

/* Records are done once it returns, so the books are written last. */
static void handle(struct weir_batch *batch, void *worker)
{
    struct sim_run_inside *inside = worker;
    const struct weir_record *record = NULL;
    bool *done = fail_or_alloc(batch->count, sizeof done[0]);

    while ((record = weir_batch_next(batch)) != NULL) {
        done[record->index] = handle_one(inside, batch, record) == SIM_DONE;
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        if (done[i]) {
            sim_note_completed(sim_value_of(weir_batch_at(batch, i)));
        }
    }
    free(done);
}

static int open_handler(const struct weir_handler_config *config, void **state)
{
    (void)config;
    (void)state;
    return 1;
}

static int open_worker(void *state, void **worker)
{
    struct sim_run_inside *inside = state;

    *worker = inside;
    return atomic_fetch_add(&inside->workers, 1) < inside->run->workers_open ? 0 : 1;
}

static void close_handler(void *state)
{
    struct sim_run_inside *inside = state;

    (void)atomic_fetch_add(&inside->closes, 1);
}

static void hear_log(const struct weir_log_line *line, void *user)
{
    struct sim_run_inside *inside = user;

    (void)pthread_mutex_lock(&inside->mutex);
    text_add(&inside->log, "%s: %s\n", line->tag, line->text);
    (void)pthread_mutex_unlock(&inside->mutex);
}

/* What a policy passes over need not be completed. */
static void hear_event(const struct weir_event *event, void *user)
{
    struct sim_run_inside *inside = user;

    if (event->kind == WEIR_EVENT_SKIP) {
        sim_excuse(event->topic, event->partition, event->offset);
    } else if (event->kind == WEIR_EVENT_RESET) {
        sim_excuse_below(event->topic, event->partition, event->offset);
    }
    sim_events_hear(event, inside->run->events);
    if (inside->run->hear != NULL) {
        inside->run->hear(event, inside->run);
    }
}

/* Making one. */

static void init(struct sim_run *run, const char *name, struct weir_config *config)
{
    pthread_condattr_t attributes;
    struct sim_run_inside *inside = fail_or_alloc(1, sizeof *inside);

    *run = (struct sim_run){.name = name,
                            .inside = inside,
                            .events = sim_events_create(),
                            .config = config,
                            .library = &sim_library,
                            .workers_open = UINT32_MAX};
    inside->run = run;
    (void)pthread_mutex_init(&inside->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&inside->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    text_add(&inside->log, "%s", "");
    sim_run_set(run, "weir.batch.size", "16");
    sim_run_set(run, "weir.workers", "32");
    sim_run_set(run, "weir.retry.backoff.ms", "1");
    sim_run_set(run, "weir.retry.backoff.max.ms", "4");
}

void sim_run_init(struct sim_run *run, const char *name)
{
    init(run, name, config_create_complete());
}

void sim_run_init_alone(struct sim_run *run, const char *name, const char *list)
{
    init(run, name, config_create());
    sim_run_set(run, "bootstrap.servers", "127.0.0.1:9092");
    sim_run_set(run, "group.id", "shop");
    sim_run_set(run, "weir.coordinator", "none");
    sim_run_set(run, "weir.partitions", list);
}

void sim_run_set(struct sim_run *run, const char *key, const char *value)
{
    config_set(run->config, key, value);
}

enum weir_status sim_run_try_create(struct sim_run *run, struct weir_error *error)
{
    run->handler = (struct weir_handler){.name = "sim",
                                         .open = run->refuse_open ? open_handler : run->open,
                                         .worker_open = open_worker,
                                         .handle = handle,
                                         .close = close_handler};
    if (run->adjust != NULL) {
        run->adjust(&run->handler);
    }
    struct weir_consumer_options options = {.size = sizeof options,
                                            .handler = run->plugin ? NULL : &run->handler,
                                            .handler_state = run->inside,
                                            .on_event = run->unheard ? NULL : hear_event,
                                            .event_user = run->inside,
                                            .event_bytes = run->event_bytes,
                                            .event_kinds = run->event_kinds,
                                            .on_log = hear_log,
                                            .log_user = run->inside,
                                            .record_limit = run->record_limit,
                                            .until_end = run->until_end};
    return weir_consumer_create_on(run->library, run->config, &options, &run->consumer, error);
}

void sim_run_create(struct sim_run *run)
{
    struct weir_error error = {0};
    enum weir_status status = sim_run_try_create(run, &error);

    if (status != WEIR_OK) {
        fail_test("%s: %s", run->name, error.text);
    }
}

void sim_run_start(struct sim_run *run)
{
    struct weir_error error = {0};

    if (run->consumer == NULL) {
        sim_run_create(run);
    }
    if (weir_consumer_start(run->consumer, &error) != WEIR_OK) {
        fail_test("%s: %s", run->name, error.text);
    }
}

void sim_run_begin(struct sim_run *run, const char *list)
{
    sim_run_start(run);
    sim_await_members(1);
    sim_assign(0, list);
}

/* Holding handlers. */

static void add_hold(struct sim_partition *partition, void *user)
{
    struct sim_run_inside *inside = user;

    if (inside->hold_count == HOLDS_MAX) {
        fail_test("too many partitions to hold");
    }
    struct hold *hold = &inside->holds[inside->hold_count++];
    *hold = (struct hold){0};
    memcpy(hold->topic, partition->topic, sizeof hold->topic);
    hold->partition = partition->number;
}

void sim_run_hold(struct sim_run *run, const char *list, int64_t offset)
{
    struct sim_run_inside *inside = run->inside;

    sim_lock();
    (void)pthread_mutex_lock(&inside->mutex);
    size_t before = inside->hold_count;
    sim_each(list, add_hold, inside);
    for (size_t i = before; i < inside->hold_count; i++) {
        inside->holds[i].offset = offset;
    }
    atomic_store(&inside->holding, true);
    (void)pthread_mutex_unlock(&inside->mutex);
    sim_unlock();
}

void sim_run_let_go(struct sim_run *run)
{
    struct sim_run_inside *inside = run->inside;

    (void)pthread_mutex_lock(&inside->mutex);
    inside->hold_count = 0;
    inside->epoch++;
    atomic_store(&inside->holding, false);
    (void)pthread_cond_broadcast(&inside->changed);
    (void)pthread_mutex_unlock(&inside->mutex);
}

uint32_t sim_run_held(const struct sim_run *run)
{
    (void)pthread_mutex_lock(&run->inside->mutex);
    uint32_t count = run->inside->held;
    (void)pthread_mutex_unlock(&run->inside->mutex);
    return count;
}

void sim_run_await_held(struct sim_run *run, uint32_t handlers)
{
    WAIT_UNTIL(sim_run_held(run) >= handlers, WAIT_MS);
}

static bool all_reached(struct sim_run_inside *inside)
{
    bool all = true;

    (void)pthread_mutex_lock(&inside->mutex);
    for (size_t i = 0; i < inside->hold_count; i++) {
        all = all && inside->holds[i].reached;
    }
    (void)pthread_mutex_unlock(&inside->mutex);
    return all;
}

void sim_run_await_all_held(struct sim_run *run)
{
    WAIT_UNTIL(all_reached(run->inside), WAIT_MS);
}

/* Waiting. */

void sim_run_await_completed(const char *list, uint64_t records)
{
    struct deadline deadline = deadline_in_ms(WAIT_MS);
    uint64_t before = 0;

    for (uint64_t now = sim_completed(list); now < records; now = sim_completed(list)) {
        deadline = now > before ? deadline_in_ms(WAIT_MS) : deadline;
        if (deadline_passed(deadline)) {
            fail_test("%llu of %llu records of %s are completed, and no more are",
                      (unsigned long long)now, (unsigned long long)records, list);
        }
        before = now;
        deadline_turn();
    }
}

uint64_t sim_run_events(const struct sim_run *run, enum weir_event_kind kind)
{
    return sim_events_count(run->events, kind);
}

void sim_run_await_event(struct sim_run *run, enum weir_event_kind kind, uint64_t times)
{
    struct deadline deadline = deadline_in_ms(WAIT_MS);

    while (sim_run_events(run, kind) < times) {
        if (deadline_passed(deadline)) {
            fail_test("%s: event %s came %llu times, not %llu; its log:\n%s", run->name,
                      weir_event_name(kind), (unsigned long long)sim_run_events(run, kind),
                      (unsigned long long)times, run->inside->log.bytes);
        }
        deadline_turn();
    }
}

void sim_run_await_counter(struct sim_run *run, enum weir_counter counter, uint64_t value)
{
    WAIT_UNTIL(weir_consumer_counter(run->consumer, counter) >= value, WAIT_MS);
}

enum weir_state sim_run_await_end(struct sim_run *run)
{
    int64_t limit = deadline_left_ms(deadline_in_ms(WAIT_MS));

    if (weir_consumer_wait(run->consumer, limit) != WEIR_OK) {
        fail_test("%s: does not end, it is %s; its log:\n%s", run->name,
                  weir_state_name(weir_consumer_state(run->consumer)), run->inside->log.bytes);
    }
    return weir_consumer_state(run->consumer);
}

void sim_run_expect_end(struct sim_run *run, enum weir_state state)
{
    struct weir_error error = {0};
    enum weir_state found = sim_run_await_end(run);

    weir_consumer_error(run->consumer, &error);
    if (found != state) {
        fail_test("%s: ended %s, not %s: %s; its log:\n%s", run->name, weir_state_name(found),
                  weir_state_name(state), error.text, run->inside->log.bytes);
    }
    bool clean = state == WEIR_STATE_STOPPED;
    if (clean != (error.code == WEIR_OK) || clean != (error.text[0] == '\0')) {
        fail_test("%s: ended %s with '%s'", run->name, weir_state_name(found), error.text);
    }
}

void sim_run_expect_error(struct sim_run *run, enum weir_status code, const char *part)
{
    struct weir_error error = {0};

    weir_consumer_error(run->consumer, &error);
    if (error.code != code || strstr(error.text, part) == NULL) {
        fail_test("%s: ended with %s '%s', not with %s '%s'", run->name,
                  weir_status_name(error.code), error.text, weir_status_name(code), part);
    }
}

uint64_t sim_run_log_lines(struct sim_run *run, const char *part)
{
    uint64_t count = 0;

    (void)pthread_mutex_lock(&run->inside->mutex);
    for (const char *at = run->inside->log.bytes; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    (void)pthread_mutex_unlock(&run->inside->mutex);
    return count;
}

bool sim_run_logged(struct sim_run *run, const char *part)
{
    return sim_run_log_lines(run, part) > 0;
}

/* The end. */

uint32_t sim_run_closes(const struct sim_run *run)
{
    return atomic_load(&run->inside->closes);
}

void sim_run_destroy(struct sim_run *run)
{
    struct deadline deadline = deadline_in_ms(WAIT_MS);

    weir_consumer_destroy(run->consumer);
    run->consumer = NULL;
    if (deadline_passed(deadline)) {
        fail_test("%s: took too long to be destroyed", run->name);
    }
}

void sim_run_fini(struct sim_run *run)
{
    if (run->inside == NULL) {
        return;
    }
    sim_run_let_go(run);
    sim_run_destroy(run);
    weir_config_destroy(run->config);
    sim_events_destroy(run->events);
    text_fini(&run->inside->log);
    (void)pthread_cond_destroy(&run->inside->changed);
    (void)pthread_mutex_destroy(&run->inside->mutex);
    free(run->inside);
    *run = (struct sim_run){.name = NULL};
}

char *sim_run_lines(const struct sim_run *run)
{
    return sim_events_lines(run->events, run->name);
}

void sim_run_judge(struct sim_run *run, struct verify_options options, uint64_t *duplicates)
{
    char *lines = sim_run_lines(run);
    struct stream *stream = stream_from_text(run->name, lines);
    struct stream *const streams[] = {stream};

    options.ledger = ledger_create();
    sim_list_records(options.ledger);
    options.streams = streams;
    options.stream_count = 1;
    verify_expect(&options, duplicates);
    ledger_destroy(options.ledger);
    stream_close(stream);
    free(lines);
}

/* The fixture. */

void sim_run_set_up(struct sim_run *run, int32_t partitions, uint32_t records)
{
    char list[SIM_TOPIC_SIZE];

    sim_open();
    sim_topic("orders", partitions);
    sim_run_init(run, "run");
    if (records > 0) {
        (void)snprintf(list, sizeof list, "orders:0-%d", (int)partitions - 1);
        sim_append(list, (struct sim_batch){.records = records, .keys = 5});
    }
}

void sim_run_tear_down(struct sim_run *run)
{
    sim_run_fini(run);
    sim_close();
}
