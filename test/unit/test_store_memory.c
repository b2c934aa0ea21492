#include "offsets/store.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include "test/support/store_bench.h"
#include <pthread.h>
#include <stdio.h>

/* What only the memory store promises; the rest is in test/conformance/test_store.c. */

enum { MANY = 300, ROUNDS = 500 };

static void set_up(void)
{
    store_bench_open(&store_setting_memory);
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    store_bench_close();
}

START_TEST(many_partitions_are_kept)
{
    char topic[16];

    for (int i = 0; i < MANY; i++) {
        (void)snprintf(topic, sizeof topic, "t%d", i % 10);
        store_commit(topic, i / 10, i);
    }
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(topic, sizeof topic, "t%d", i % 10);
        ck_assert_int_eq(store_loaded(topic, i / 10), i);
    }
    ck_assert_int_eq(store_loaded("t0", MANY), WEIR_OFFSET_NONE);
}
END_TEST

START_TEST(a_commit_without_memory_is_refused_whole)
{
    const struct weir_position sent[] = {{.topic = "a", .offset = 1}, {.topic = "b", .offset = 2}};
    struct weir_error error = {0};
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    store_commit("a", 0, 7);
    while (status != WEIR_OK) {
        weir_memory_fail_nth(++nth);
        status = weir_store_memory.commit(store_bench.store, sent, 2, &error);
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
        ck_assert(status == WEIR_OK || error.code == WEIR_ERR_NOMEM);
        if (status == WEIR_OK) {
            store_await_answer();
        }
        ck_assert_int_eq(store_loaded("a", 0), status == WEIR_OK ? 1 : 7);
        ck_assert_int_eq(store_loaded("b", 0), status == WEIR_OK ? 2 : WEIR_OFFSET_NONE);
    }
    ck_assert_uint_ge(nth, 3);
    ck_assert_uint_eq(store_bench.answers, 2); /* none for those that were refused */
    ck_assert_uint_eq(store_bench.last.count, 2);
}
END_TEST

static void *load_often(void *user)
{
    struct weir_position positions[] = {{.topic = "a"}, {.topic = "b"}, {.topic = "c"}};
    int64_t *most = user;

    for (int i = 0; i < ROUNDS; i++) {
        ck_assert_int_eq(weir_store_memory.load(store_bench.store, positions, 3, 0, NULL), WEIR_OK);
        ck_assert_int_ge(positions[0].offset, *most);
        *most = positions[0].offset;
    }
    return NULL;
}

START_TEST(side_threads_load_while_control_commits)
{
    enum { LOADERS = 3 };
    pthread_t loaders[LOADERS];
    int64_t most[LOADERS] = {WEIR_OFFSET_NONE, WEIR_OFFSET_NONE, WEIR_OFFSET_NONE};

    for (int i = 0; i < LOADERS; i++) {
        ck_assert_int_eq(pthread_create(&loaders[i], NULL, load_often, &most[i]), 0);
    }
    for (int64_t offset = 0; offset < ROUNDS; offset++) {
        const struct weir_position sent[] = {{.topic = "a", .offset = offset},
                                             {.topic = "c", .offset = offset}};
        store_send(sent, 2);
        store_await_answer();
    }
    for (int i = 0; i < LOADERS; i++) {
        (void)pthread_join(loaders[i], NULL);
    }
    ck_assert_int_eq(store_loaded("a", 0), ROUNDS - 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("memory store");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, many_partitions_are_kept);
    tcase_add_test(tcase, a_commit_without_memory_is_refused_whole);
    tcase_add_test(tcase, side_threads_load_while_control_commits);
    return runner_run("memory store", tcase);
}
