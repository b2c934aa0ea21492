#include <weir/plan.h>

#include "framework/base/memory.h"
#include "test/support/require.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BIG = 1 << 20 };

static struct weir_view *view;
static struct weir_error error;

static void set_up(void)
{
    ck_assert_int_eq(weir_view_create(&view), WEIR_OK);
}

static void tear_down(void)
{
    weir_view_destroy(view);
    view = NULL;
}

static void topic(const char *name, int64_t partitions)
{
    ck_assert_int_eq(weir_view_add_topic(view, name, partitions, &error), WEIR_OK);
}

/* Subscribes to a, b and c as far as they are in `topics`, one letter each. */
static void member(const char *id, const char *topics)
{
    static const char *const names[] = {"a", "b", "c"};
    const char *chosen[8];
    struct weir_view_member joined = {.size = sizeof joined, .id = id, .topics = chosen};

    for (const char *at = topics; *at != '\0'; at++) {
        chosen[joined.topic_count++] = names[*at - 'a'];
    }
    ck_assert_int_eq(weir_view_add_member(view, &joined, &error), WEIR_OK);
}

static void owned(const char *id, const char *name, uint32_t partition)
{
    const struct weir_view_owned held = {id, name, &partition, 1};

    ck_assert_int_eq(weir_view_add_owned(view, &held), WEIR_OK);
}

static const struct weir_strategy_view *finish(void)
{
    const struct weir_strategy_view *told = NULL;

    ck_assert_int_eq(weir_view_finish(view, &told, &error), WEIR_OK);
    return told;
}

START_TEST(everything_is_sorted_and_once)
{
    topic("c", 1);
    member("z", "cbcb");
    topic("a", 2);
    member("B", "a");
    topic("b", 3);
    const struct weir_strategy_view *told = finish();

    ck_assert_uint_eq(told->topic_count, 3);
    ck_assert_str_eq(weir_strategy_topic_at(told, 0)->name, "a");
    ck_assert_uint_eq(weir_strategy_topic_at(told, 1)->first, 2);
    ck_assert_uint_eq(weir_strategy_topic_at(told, 2)->first, 5);
    ck_assert_uint_eq(told->partition_count, 6);
    ck_assert_uint_eq(told->member_count, 2);
    ck_assert_str_eq(weir_strategy_member_at(told, 0)->id, "B");
    const struct weir_strategy_member *z = weir_strategy_member_at(told, 1);
    ck_assert_uint_eq(z->topic_count, 2);
    ck_assert_uint_eq(z->topics[0], 1);
    ck_assert_uint_eq(z->topics[1], 2);
    ck_assert_uint_eq(z->capacity, 1);
}
END_TEST

START_TEST(what_is_not_there_is_ignored)
{
    topic("a", 2);
    topic("b", 0); /* as good as none */
    member("m", "abc");
    owned("m", "a", 2);
    owned("m", "c", 0);
    owned("m", "b", 0);
    const struct weir_strategy_view *told = finish();

    ck_assert_uint_eq(told->topic_count, 1);
    ck_assert_uint_eq(weir_strategy_member_at(told, 0)->topic_count, 1);
    ck_assert_uint_eq(told->owned[0], WEIR_STRATEGY_NOBODY);
    ck_assert_uint_eq(told->owned[1], WEIR_STRATEGY_NOBODY);
}
END_TEST

START_TEST(the_owner_is_who_says_so_alone)
{
    topic("a", 4);
    member("m", "a");
    member("n", "a");
    member("o", "a");
    owned("n", "a", 0);
    owned("n", "a", 0); /* twice is the same */
    owned("o", "a", 1);
    owned("m", "a", 1);
    owned("o", "a", 1);
    owned("gone", "a", 2);
    owned("gone", "a", 3);
    owned("o", "a", 3);
    const struct weir_strategy_view *told = finish();

    ck_assert_uint_eq(told->owned[0], 1);
    ck_assert_uint_eq(told->owned[1], WEIR_STRATEGY_NOBODY);
    ck_assert_uint_eq(told->owned[2], WEIR_STRATEGY_NOBODY);
    ck_assert_uint_eq(told->owned[3], 2);
}
END_TEST

START_TEST(moves_are_what_changes_hands)
{
    topic("a", 4);
    member("m", "a");
    member("n", "a");
    owned("m", "a", 0);
    owned("gone", "a", 1);
    owned("m", "a", 2);
    owned("n", "a", 2);
    (void)finish();

    ck_assert(!weir_view_moves(view, 0, 0));
    ck_assert(weir_view_moves(view, 0, 1));
    ck_assert(!weir_view_moves(view, 0, WEIR_STRATEGY_NOBODY));
    ck_assert(weir_view_moves(view, 1, 0));
    ck_assert(!weir_view_moves(view, 1, WEIR_STRATEGY_NOBODY));
    ck_assert(!weir_view_moves(view, 2, 0)); /* nobody knows whose it was */
    ck_assert(!weir_view_moves(view, 3, 1));
}
END_TEST

START_TEST(what_a_member_says_of_itself_is_copied)
{
    char id[] = "m";
    char rack[] = "r1";
    const struct weir_view_member joined = {.size = sizeof joined,
                                            .id = id,
                                            .capacity = 7,
                                            .rack = rack,
                                            .color = "blue",
                                            .partitions = "b:0-1 a:0 b:1"};

    topic("a", 1);
    topic("b", 1);
    ck_assert_int_eq(weir_view_add_member(view, &joined, &error), WEIR_OK);
    ck_assert_int_eq(weir_view_set_color(view, "green", 1), WEIR_OK);
    ck_assert_int_eq(weir_view_set_color(view, "blue", 3), WEIR_OK);
    id[0] = rack[0] = 'x';
    const struct weir_strategy_view *told = finish();
    const struct weir_strategy_member *m = weir_strategy_member_at(told, 0);

    ck_assert_str_eq(m->id, "m");
    ck_assert_str_eq(m->rack, "r1");
    ck_assert_str_eq(m->color, "blue");
    ck_assert_str_eq(m->partitions, "b:0-1 a:0 b:1");
    ck_assert_uint_eq(m->capacity, 7);
    ck_assert_str_eq(told->color, "blue");
    ck_assert_uint_eq(told->epoch, 3);
}
END_TEST

START_TEST(who_only_names_partitions_subscribes_to_their_topics)
{
    struct weir_view_member joined = {.size = sizeof joined, .id = "m", .partitions = "b:0-1 c:9"};

    topic("a", 1);
    topic("b", 1);
    topic("c", 1);
    ck_assert_int_eq(weir_view_add_member(view, &joined, &error), WEIR_OK);
    joined.id = "wrong";
    joined.partitions = "a:";
    ck_assert_int_eq(weir_view_add_member(view, &joined, &error), WEIR_OK);
    const struct weir_strategy_view *told = finish();

    ck_assert_uint_eq(weir_strategy_member_at(told, 0)->topic_count, 2);
    ck_assert_uint_eq(weir_strategy_member_at(told, 0)->topics[0], 1);
    ck_assert_uint_eq(weir_strategy_member_at(told, 1)->topic_count, 0);
}
END_TEST

static void refuse_topic(const char *name, int64_t partitions, const char *part)
{
    ck_assert_int_eq(weir_view_add_topic(view, name, partitions, &error), WEIR_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(error.text, part));
}

START_TEST(what_no_broker_has_is_refused)
{
    const struct weir_view_member nameless = {.size = sizeof nameless, .id = ""};

    refuse_topic("", 1, "1 to 249 letters");
    refuse_topic("a b", 1, "1 to 249 letters");
    refuse_topic("a", -1, "cannot have -1 partitions");
    refuse_topic("a", INT64_MAX, "0 to 1048576");
    refuse_topic("a", INT64_MIN, "0 to 1048576");
    topic("a", BIG - 1);
    refuse_topic("b", 2, "0 to 1048576");
    topic("b", 1);
    ck_assert_int_eq(weir_view_add_member(view, &nameless, &error), WEIR_ERR_INVALID);
}
END_TEST

START_TEST(a_view_has_room_for_so_many)
{
    struct weir_view_member one = {.size = sizeof one};
    enum weir_status status = WEIR_OK;
    char id[16];
    int count = 0;

    for (; status == WEIR_OK; count++) {
        (void)snprintf(id, sizeof id, "m%d", count);
        one.id = id;
        status = weir_view_add_member(view, &one, &error);
    }
    ck_assert_int_eq(status, WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, "more than 10000 members");
    ck_assert_int_eq(count, 10001);
    ck_assert_uint_eq(finish()->member_count, 10000);
}
END_TEST

START_TEST(doubles_are_refused)
{
    const struct weir_strategy_view *told = NULL;

    topic("a", 1);
    topic("b", 1);
    topic("a", 1);
    ck_assert_int_eq(weir_view_finish(view, &told, &error), WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, "topic a is there twice");
    weir_view_destroy(view);
    set_up();
    member("n", "");
    member("m", "a");
    member("n", "b");
    ck_assert_int_eq(weir_view_finish(view, &told, &error), WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, "member n is there twice");
}
END_TEST

START_TEST(nothing_at_all_is_a_view)
{
    const struct weir_strategy_view *told = finish();

    ck_assert_uint_eq(told->member_count, 0);
    ck_assert_uint_eq(told->partition_count, 0);
    for (size_t i = 0; weir_strategy_list(i) != NULL; i++) {
        uint32_t owners[1];
        ck_assert_int_eq(weir_strategy_ask(weir_strategy_list(i), told, owners, &error), WEIR_OK);
    }
}
END_TEST

/* Builds a whole view and asks every strategy. */
static enum weir_status tell_and_ask(void)
{
    static const char *const topics[] = {"b", "a", "b"};
    static const char *const one[] = {"a"};
    const struct weir_view_member first = {.size = sizeof first,
                                           .id = "m",
                                           .topics = topics,
                                           .topic_count = 3,
                                           .rack = "r",
                                           .color = "c",
                                           .partitions = "a:0-1"};
    const struct weir_view_member second = {
        .size = sizeof second, .id = "n", .topics = one, .topic_count = 1};
    const struct weir_view_member third = {.size = sizeof third, .id = "o", .partitions = "b:0"};
    const uint32_t numbers[] = {0, 1, 2};
    const struct weir_view_owned held = {"m", "a", numbers, 3};
    const struct weir_strategy_view *told = NULL;
    struct weir_view *tried = NULL;
    uint32_t owners[6];

    enum weir_status status = weir_view_create(&tried);
    status = status == WEIR_OK ? weir_view_add_topic(tried, "b", 3, &error) : status;
    status = status == WEIR_OK ? weir_view_add_topic(tried, "a", 3, &error) : status;
    status = status == WEIR_OK ? weir_view_add_member(tried, &first, &error) : status;
    status = status == WEIR_OK ? weir_view_add_member(tried, &second, &error) : status;
    status = status == WEIR_OK ? weir_view_add_member(tried, &third, &error) : status;
    status = status == WEIR_OK ? weir_view_add_owned(tried, &held) : status;
    status = status == WEIR_OK ? weir_view_set_color(tried, "blue", 1) : status;
    status = status == WEIR_OK ? weir_view_finish(tried, &told, &error) : status;
    for (size_t i = 0; status == WEIR_OK && weir_strategy_list(i) != NULL; i++) {
        status = weir_strategy_ask(weir_strategy_list(i), told, owners, &error);
    }
    weir_view_destroy(tried);
    return status;
}

START_TEST(every_failing_allocation_is_survived)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t failed = 0;

    for (uint64_t nth = 1; status != WEIR_OK; nth++) {
        weir_memory_fail_nth(nth);
        status = tell_and_ask();
        weir_memory_fail_nth(0);
        REQUIRE(status == WEIR_OK || status == WEIR_ERR_NOMEM);
        failed += status == WEIR_OK ? 0 : 1;
    }
    ck_assert_uint_ge(failed, 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("view");
    TCase *tcase = tcase_create("view");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, everything_is_sorted_and_once);
    tcase_add_test(tcase, what_is_not_there_is_ignored);
    tcase_add_test(tcase, the_owner_is_who_says_so_alone);
    tcase_add_test(tcase, moves_are_what_changes_hands);
    tcase_add_test(tcase, what_a_member_says_of_itself_is_copied);
    tcase_add_test(tcase, who_only_names_partitions_subscribes_to_their_topics);
    tcase_add_test(tcase, what_no_broker_has_is_refused);
    tcase_add_test(tcase, a_view_has_room_for_so_many);
    tcase_add_test(tcase, doubles_are_refused);
    tcase_add_test(tcase, nothing_at_all_is_a_view);
    tcase_add_test(tcase, every_failing_allocation_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
