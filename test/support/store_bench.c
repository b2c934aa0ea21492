#include "test/support/store_bench.h"

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 30000, LOAD_MS = 30000 };

struct store_bench store_bench;

const struct store_setting store_setting_memory = {.ops = &weir_store_memory};

static void on_wake(void *user)
{
    (void)gate_add(&((struct store_bench *)user)->wakes, 1);
}

static void on_done(enum weir_status status, const struct weir_position *positions, size_t count,
                    const char *text, void *user)
{
    struct store_answer *last = &store_bench.last;

    ck_assert_ptr_eq(user, &store_bench);
    ck_assert(store_bench.serving); /* from within serve, nowhere else */
    ck_assert_uint_le(count, STORE_ANSWER_MAX);
    store_bench.answers++;
    last->status = status;
    last->count = count;
    (void)snprintf(last->text, sizeof last->text, "%s", text != NULL ? text : "");
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(last->positions[i].topic, sizeof last->positions[i].topic, "%s",
                       positions[i].topic);
        last->positions[i].partition = positions[i].partition;
        last->positions[i].offset = positions[i].offset;
        last->positions[i].status = positions[i].status;
    }
}

static void hear(const struct weir_log_line *line, void *user)
{
    (void)user;
    (void)snprintf(store_bench.last_line, sizeof store_bench.last_line, "%s", line->text);
}

static bool is_ready(void)
{
    store_turn();
    return store_bench.setting->ready(store_bench.store);
}

void store_bench_open(const struct store_setting *setting)
{
    struct weir_error error = {0};

    memset(&store_bench, 0, sizeof store_bench);
    store_bench.setting = setting;
    weir_log_init(&store_bench.report.log, WEIR_LOG_INFO, hear, NULL);
    gate_init(&store_bench.wakes);
    if (setting->client_open != NULL) {
        store_bench.client = setting->client_open();
    }
    store_bench.store = fail_or_alloc(1, setting->ops->size);
    store_bench.store->ops = setting->ops;
    struct weir_store_env env = {.report = &store_bench.report,
                                 .now = weir_clock_now,
                                 .client = store_bench.client,
                                 .wake = on_wake,
                                 .wake_user = &store_bench,
                                 .done = on_done,
                                 .done_user = &store_bench};
    if (setting->open != NULL) {
        setting->open(&env);
    }
    enum weir_status status = setting->ops->open(store_bench.store, &env, &error);
    ck_assert_msg(status == WEIR_OK, "%s", error.text);
    memset(&env, 0, sizeof env); /* the store keeps a copy */
    if (setting->ready != NULL) {
        WAIT_UNTIL(is_ready(), ANSWER_MS);
    }
}

void store_bench_close_store(void)
{
    if (store_bench.store != NULL) {
        store_bench.setting->ops->close(store_bench.store);
        free(store_bench.store);
        store_bench.store = NULL;
    }
}

void store_bench_close(void)
{
    store_bench_close_store();
    if (store_bench.client != NULL) {
        store_bench.setting->client_close(store_bench.client);
    }
    if (store_bench.setting->close != NULL) {
        store_bench.setting->close();
    }
    weir_log_fini(&store_bench.report.log);
    gate_fini(&store_bench.wakes);
}

void store_send(const struct weir_position *positions, size_t count)
{
    struct weir_position *list = fail_or_alloc(count, sizeof list[0]);
    char **topics = fail_or_alloc(count, sizeof(char *));
    struct weir_error error = {0};

    for (size_t i = 0; i < count; i++) {
        list[i] = positions[i];
        topics[i] = fail_or_copy(positions[i].topic);
        list[i].topic = topics[i];
    }
    enum weir_status status =
        store_bench.setting->ops->commit(store_bench.store, list, count, &error);
    ck_assert_msg(status == WEIR_OK, "%s", error.text);
    for (size_t i = 0; i < count; i++) {
        memset(topics[i], '#', strlen(topics[i]));
        free(topics[i]);
    }
    free(topics);
    free(list);
}

void store_turn(void)
{
    store_bench.serving = true;
    store_bench.setting->ops->serve(store_bench.store);
    store_bench.serving = false;
    if (store_bench.setting->pass != NULL) {
        store_bench.setting->pass();
    }
}

static bool is_answered(uint32_t answers)
{
    store_turn();
    return store_bench.answers == answers;
}

void store_await_answer(void)
{
    uint32_t answers = store_bench.answers + 1;

    WAIT_UNTIL(is_answered(answers), ANSWER_MS);
}

void store_commit(const char *topic, int32_t partition, int64_t offset)
{
    store_send(&(struct weir_position){.topic = topic, .partition = partition, .offset = offset},
               1);
    store_await_answer();
    ck_assert_int_eq(store_bench.last.status, WEIR_OK);
    ck_assert_uint_eq(store_bench.last.count, 1);
    ck_assert_int_eq(store_bench.last.positions[0].status, WEIR_OK);
}

struct load {
    struct weir_position *positions;
    size_t count;
    int64_t timeout_ms;
    enum weir_status status;
    struct weir_error error;
    struct gate done;
};

static void *run_load(void *user)
{
    struct load *load = user;

    load->status = store_bench.setting->ops->load(store_bench.store, load->positions, load->count,
                                                  load->timeout_ms, &load->error);
    (void)gate_add(&load->done, 1);
    return NULL;
}

static bool is_done(struct load *load)
{
    store_turn();
    return gate_value(&load->done) == 1;
}

enum weir_status store_try_load(struct weir_position *positions, size_t count, int64_t timeout_ms,
                                struct weir_error *error)
{
    struct load load = {.positions = positions, .count = count, .timeout_ms = timeout_ms};
    pthread_t thread;

    gate_init(&load.done);
    ck_assert_int_eq(pthread_create(&thread, NULL, run_load, &load), 0);
    WAIT_UNTIL(is_done(&load), timeout_ms + ANSWER_MS);
    (void)pthread_join(thread, NULL);
    gate_fini(&load.done);
    *error = load.error;
    return load.status;
}

void store_load(struct weir_position *positions, size_t count)
{
    struct weir_error error = {0};
    enum weir_status status = store_try_load(positions, count, LOAD_MS, &error);

    ck_assert_msg(status == WEIR_OK, "%s", error.text);
}

int64_t store_loaded(const char *topic, int32_t partition)
{
    struct weir_position position = {
        .topic = topic, .partition = partition, .offset = 4711, .status = WEIR_ERR_STATE};

    store_load(&position, 1);
    ck_assert_int_eq(position.status, WEIR_OK);
    return position.offset;
}
