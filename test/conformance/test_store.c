#include "offsets/store.h"

#include "test/support/runner.h"
#include "test/support/store_bench.h"
#include <string.h>

/* Every store passes every test here. */

static void set_up_memory(void)
{
    store_bench_open(&store_setting_memory);
}

static void set_up_kafka(void)
{
    store_bench_open(&store_setting_kafka);
}

static void set_up_zookeeper(void)
{
    store_bench_open(&store_setting_zookeeper);
}

static struct weir_position at(const char *topic, int32_t partition, int64_t offset)
{
    return (struct weir_position){.topic = topic, .partition = partition, .offset = offset};
}

START_TEST(what_was_never_stored_is_none)
{
    ck_assert_int_eq(store_loaded("orders", 0), WEIR_OFFSET_NONE);
}
END_TEST

START_TEST(what_was_committed_is_loaded)
{
    store_commit("orders", 3, 42);
    ck_assert_int_eq(store_loaded("orders", 3), 42);
}
END_TEST

START_TEST(offset_zero_is_not_none)
{
    store_commit("orders", 0, 0);
    ck_assert_int_eq(store_loaded("orders", 0), 0);
}
END_TEST

static const int64_t offsets[] = {1,
                                  INT32_MAX,
                                  (int64_t)UINT32_MAX + 1,
                                  (INT64_C(1) << 53) - 1,
                                  (INT64_C(1) << 53) + 1,
                                  INT64_MAX - 1};
enum { OFFSETS = sizeof offsets / sizeof offsets[0] };

START_TEST(great_offsets_are_kept_exactly)
{
    for (size_t i = 0; i < OFFSETS; i++) {
        store_commit("orders", 1, offsets[i]);
        ck_assert_int_eq(store_loaded("orders", 1), offsets[i]);
    }
}
END_TEST

START_TEST(a_lower_offset_overwrites_a_higher_one)
{
    store_commit("orders", 0, 100);
    store_commit("orders", 0, 7);
    ck_assert_int_eq(store_loaded("orders", 0), 7);
}
END_TEST

START_TEST(partitions_and_topics_are_kept_apart)
{
    const struct weir_position sent[] = {at("orders", 0, 10), at("payments", 0, 20),
                                         at("orders", 1, 30), at("orders", 7, 40)};
    struct weir_position asked[] = {at("orders", 7, 0), at("payments", 0, 0), at("payments", 1, 0),
                                    at("orders", 0, 0), at("orders", 1, 0)};
    const int64_t expected[] = {40, 20, WEIR_OFFSET_NONE, 10, 30};

    store_send(sent, 4);
    store_await_answer();
    store_load(asked, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(asked[i].offset, expected[i]);
        ck_assert_int_eq(asked[i].status, WEIR_OK);
    }
}
END_TEST

START_TEST(an_answer_speaks_of_every_partition_by_its_name)
{
    const struct weir_position sent[] = {at("orders", 5, 10), at("payments", 2, 20)};
    const struct store_answer *last = &store_bench.last;

    store_send(sent, 2); /* its strings are gone before the answer comes */
    store_await_answer();
    ck_assert_int_eq(last->status, WEIR_OK);
    ck_assert_uint_eq(last->count, 2);
    for (size_t i = 0; i < 2; i++) {
        size_t place = strcmp(last->positions[i].topic, "orders") == 0 ? 0 : 1;
        ck_assert_str_eq(last->positions[i].topic, sent[place].topic);
        ck_assert_int_eq(last->positions[i].partition, sent[place].partition);
        ck_assert_int_eq(last->positions[i].offset, sent[place].offset);
        ck_assert_int_eq(last->positions[i].status, WEIR_OK);
    }
    ck_assert_str_ne(last->positions[0].topic, last->positions[1].topic);
}
END_TEST

START_TEST(an_answer_comes_after_a_wake_from_serve_and_once)
{
    const struct weir_position sent = at("orders", 0, 1);

    store_send(&sent, 1);
    ck_assert_uint_eq(store_bench.answers, 0);
    gate_await(&store_bench.wakes, 1);
    ck_assert_uint_eq(store_bench.answers, 0);
    store_await_answer();
    store_bench.serving = true;
    for (int i = 0; i < 3; i++) {
        store_bench.setting->ops->serve(store_bench.store);
    }
    ck_assert_uint_eq(store_bench.answers, 1);
}
END_TEST

START_TEST(serving_without_a_commit_does_nothing)
{
    store_bench.setting->ops->serve(store_bench.store);
    ck_assert_uint_eq(store_bench.answers, 0);
}
END_TEST

START_TEST(one_commit_may_follow_another)
{
    for (int64_t offset = 1; offset <= 30; offset++) {
        store_commit("orders", (int32_t)(offset % 3), offset);
    }
    ck_assert_uint_eq(store_bench.answers, 30);
    ck_assert_int_eq(store_loaded("orders", 0), 30);
    ck_assert_int_eq(store_loaded("orders", 1), 28);
    ck_assert_int_eq(store_loaded("orders", 2), 29);
}
END_TEST

START_TEST(the_number_of_partitions_may_change_from_commit_to_commit)
{
    const struct weir_position sent[] = {at("orders", 0, 1), at("orders", 1, 2),
                                         at("orders", 2, 3)};
    static const size_t counts[] = {1, 3, 2, 3, 1};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        store_send(sent, counts[i]);
        store_await_answer();
        ck_assert_uint_eq(store_bench.last.count, counts[i]);
    }
}
END_TEST

START_TEST(a_close_forgets_the_answer_that_is_outstanding)
{
    const struct weir_position sent = at("orders", 0, 9);

    store_send(&sent, 1);
    store_bench_close_store();
    ck_assert_uint_eq(store_bench.answers, 0);
}
END_TEST

START_TEST(a_store_is_found_by_its_name)
{
    const struct weir_store_ops *ops = store_bench.setting->ops;

    ck_assert_ptr_eq(weir_store_find(ops->name), ops);
    ck_assert_ptr_null(weir_store_find("papyrus"));
    ck_assert_uint_ge(ops->size, sizeof(struct weir_store));
}
END_TEST

START_TEST(what_is_forgotten_is_none_and_may_come_again)
{
    const struct weir_position gone[] = {at("orders", 0, 0), at("orders", 9, 0)};

    store_commit("orders", 0, 7);
    store_commit("orders", 1, 8);
    store_bench.setting->ops->forget(store_bench.store, gone, 2);
    ck_assert_int_eq(store_loaded("orders", 0), WEIR_OFFSET_NONE);
    ck_assert_int_eq(store_loaded("orders", 1), 8);
    store_commit("orders", 0, 3);
    ck_assert_int_eq(store_loaded("orders", 0), 3);
}
END_TEST

static TCase *conformance(const struct weir_store_ops *ops, void (*set_up)(void))
{
    TCase *tcase = tcase_create(ops->name);

    tcase_add_checked_fixture(tcase, set_up, store_bench_close);
    tcase_add_test(tcase, what_was_never_stored_is_none);
    tcase_add_test(tcase, what_was_committed_is_loaded);
    tcase_add_test(tcase, offset_zero_is_not_none);
    tcase_add_test(tcase, great_offsets_are_kept_exactly);
    tcase_add_test(tcase, a_lower_offset_overwrites_a_higher_one);
    tcase_add_test(tcase, partitions_and_topics_are_kept_apart);
    tcase_add_test(tcase, an_answer_speaks_of_every_partition_by_its_name);
    tcase_add_test(tcase, an_answer_comes_after_a_wake_from_serve_and_once);
    tcase_add_test(tcase, serving_without_a_commit_does_nothing);
    tcase_add_test(tcase, one_commit_may_follow_another);
    tcase_add_test(tcase, the_number_of_partitions_may_change_from_commit_to_commit);
    tcase_add_test(tcase, a_close_forgets_the_answer_that_is_outstanding);
    tcase_add_test(tcase, a_store_is_found_by_its_name);
    if (ops->forget != NULL) { /* else the brokers do so */
        tcase_add_test(tcase, what_is_forgotten_is_none_and_may_come_again);
    }
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("stores");

    store_setting_zookeeper_start();
    suite_add_tcase(suite, conformance(&weir_store_memory, set_up_memory));
    suite_add_tcase(suite, conformance(&weir_store_kafka, set_up_kafka));
    suite_add_tcase(suite, conformance(&weir_store_zookeeper, set_up_zookeeper));
    int result = runner_run_suite(suite);
    store_setting_zookeeper_stop();
    return result;
}
