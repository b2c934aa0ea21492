#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <string.h>

/* Topics come, grow and go while a consumer runs, whoever shares out their partitions. */

enum { RECORDS = 40, WAIT_MS = 30000, NS_PER_S = 1000000000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 2, RECORDS);
    sim_run_set(&run, "topic.metadata.refresh.interval.ms", "100");
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void create(const char *topic, const char *list, int32_t partitions)
{
    sim_topic(topic, partitions);
    sim_append(list, (struct sim_batch){.records = RECORDS, .keys = 5});
}

/* Without a group, so that all of these topics are its own. */
static void start_alone(const char *topics)
{
    sim_run_set(&run, "weir.coordinator", "none");
    sim_run_set(&run, "weir.topics", topics);
    sim_run_start(&run);
}

static void await_assigned(uint32_t partitions)
{
    WAIT_UNTIL(sim_assigned(0) == partitions, WAIT_MS);
}

/* So many times more. */
static void await_looks(uint64_t more)
{
    uint64_t looks = sim_calls(SIM_TOPICS) + more;

    WAIT_UNTIL(sim_calls(SIM_TOPICS) >= looks, WAIT_MS);
}

static void end_clean(void)
{
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
}

static void end_judged(void)
{
    end_clean();
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}

/* Without a group. */

START_TEST(all_partitions_of_the_topics_are_consumed)
{
    create("log-a", "log-a:0-2", 3);
    create("other", "other:0", 1);
    start_alone("orders,^log-.*");
    sim_run_await_completed("orders:0-1 log-a:0-2", (uint64_t)5 * RECORDS);
    ck_assert_uint_eq(sim_assigned(0), 5);
    ck_assert_uint_eq(sim_attempts("other:0"), 0);
    ck_assert(sim_run_logged(&run, "weir.topics selects 2 topics with 5 partitions"));
    sim_delete("other"); /* no judge asks for it */
    end_clean();
}
END_TEST

START_TEST(a_topic_that_comes_is_consumed)
{
    start_alone("^(orders|log-.*)$");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    create("log-a", "log-a:0-2", 3);
    sim_run_await_completed("log-a:0-2", (uint64_t)3 * RECORDS);
    ck_assert(sim_run_logged(&run, "topic 'log-a' is there now, with 3 partitions"));
    ck_assert_uint_eq(sim_openings("orders", 0), 1); /* what stays is not touched */
    end_judged();
}
END_TEST

START_TEST(a_topic_that_is_named_is_waited_for)
{
    start_alone("orders,log-a");
    sim_run_await_event(&run, WEIR_EVENT_TOPIC_ERROR, 1);
    ck_assert(sim_run_logged(&run, "topic 'log-a' does not exist; create it or correct "
                                   "weir.topics"));
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    create("log-a", "log-a:0-2", 3);
    sim_run_await_completed("log-a:0-2", (uint64_t)3 * RECORDS);
    end_judged();
}
END_TEST

START_TEST(partitions_that_are_added_are_consumed_from_their_start)
{
    start_alone("orders");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    sim_grow("orders", 5);
    sim_append("orders:2-4", (struct sim_batch){.records = RECORDS, .keys = 5});
    sim_run_await_completed("orders:0-4", (uint64_t)5 * RECORDS);
    ck_assert(sim_run_logged(&run, "topic 'orders' grew from 2 to 5 partitions"));
    ck_assert_uint_eq(sim_openings("orders", 0), 1);
    end_judged();
}
END_TEST

/* Others go on, and what runs of it is not waited for. */
START_TEST(a_topic_that_is_deleted_is_given_up)
{
    create("log-a", "log-a:0-2", 3);
    sim_run_hold(&run, "log-a:0", 0);
    start_alone("orders,log-a");
    sim_run_await_completed("orders:0-1 log-a:1-2", (uint64_t)4 * RECORDS);
    sim_run_await_all_held(&run);
    sim_delete("log-a");
    await_assigned(2);
    sim_run_await_event(&run, WEIR_EVENT_TOPIC_ERROR, 1);
    sim_run_await_event(&run, WEIR_EVENT_LOST, 1);
    ck_assert(sim_run_logged(&run, "topic 'log-a' was deleted"));
    ck_assert(sim_run_logged(&run, "3 partitions given up"));
    sim_append("orders:0-1", (struct sim_batch){.records = RECORDS, .keys = 5});
    sim_run_await_completed("orders:0-1", (uint64_t)4 * RECORDS);
    ck_assert_uint_eq(sim_openings("orders", 0), 1);
    sim_run_let_go(&run);
    end_clean();
}
END_TEST

START_TEST(a_topic_that_is_created_again_begins_anew)
{
    create("log-a", "log-a:0-2", 3);
    start_alone("orders,^log-");
    sim_run_await_completed("orders:0-1 log-a:0-2", (uint64_t)5 * RECORDS);
    sim_await_stored("orders:0-1 log-a:0-2");
    sim_delete("log-a");
    await_assigned(2);
    create("log-a", "log-a:0-2", 3);
    sim_run_await_completed("log-a:0-2", (uint64_t)3 * RECORDS);
    sim_await_stored("log-a:0-2");
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_OUT_OF_RANGE), 0);
    ck_assert_uint_eq(sim_openings("log-a", 0), 1);
    ck_assert_uint_eq(sim_openings("orders", 0), 1);
    end_clean();
}
END_TEST

START_TEST(offsets_in_memory_are_forgotten_with_their_topic)
{
    const struct weir_library library = {.probe = sim_library.probe,
                                         .connect = sim_library.connect};

    run.library = &library;
    sim_run_set(&run, "weir.offsets.store", "memory");
    create("log-a", "log-a:0", 1);
    start_alone("log-a");
    sim_run_await_completed("log-a:0", RECORDS);
    sim_run_await_counter(&run, WEIR_COUNTER_COMMITS, 1);
    sim_delete("log-a");
    await_assigned(0);
    create("log-a", "log-a:0", 1);
    sim_run_await_completed("log-a:0", RECORDS);
    end_clean();
}
END_TEST

/* Between two looks: it is told by its having fewer partitions than it had. */
START_TEST(a_topic_with_fewer_partitions_is_another_one)
{
    create("log-a", "log-a:0-2", 3);
    start_alone("orders,log-a");
    sim_run_await_completed("orders:0-1 log-a:0-2", (uint64_t)5 * RECORDS);
    sim_await_stored("orders:0-1 log-a:0-2");
    sim_hold(SIM_TOPICS);
    sim_await_held(SIM_TOPICS, 1);
    sim_delete("log-a");
    create("log-a", "log-a:0-1", 2);
    sim_let_go(SIM_TOPICS);
    sim_run_await_completed("log-a:0-1", (uint64_t)2 * RECORDS);
    ck_assert(sim_run_logged(&run, "topic 'log-a' was created anew, with 2 partitions; it had 3"));
    await_assigned(4);
    end_clean();
}
END_TEST

/* One answer alone may come of a broker that is behind. */
START_TEST(an_absence_that_is_not_confirmed_changes_nothing)
{
    create("log-a", "log-a:0", 1);
    start_alone("orders,log-a");
    sim_run_await_completed("orders:0-1 log-a:0", (uint64_t)3 * RECORDS);
    sim_forget("log-a", 1);
    await_looks(4);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_LOST), 0);
    ck_assert_uint_eq(sim_openings("log-a", 0), 1);
    sim_forget("log-a", 2); /* and twice in turn does */
    sim_run_await_event(&run, WEIR_EVENT_LOST, 1);
    WAIT_UNTIL(sim_openings("log-a", 0) == 2, WAIT_MS);
    await_assigned(3);
    end_clean();
}
END_TEST

/* The wanted topic comes later than those that must not come, so they were seen. */
START_TEST(what_is_excluded_never_comes)
{
    create("log-debug", "log-debug:0", 1);
    sim_run_set(&run, "weir.topics.exclude", "^.*-debug$,log-b");
    start_alone("orders,^log-");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    create("log-b", "log-b:0", 1);
    create("log-x-debug", "log-x-debug:0", 1);
    create("log-c", "log-c:0", 1);
    sim_run_await_completed("log-c:0", RECORDS);
    ck_assert_uint_eq(sim_attempts("log-b:0 log-debug:0 log-x-debug:0"), 0);
    ck_assert_uint_eq(sim_assigned(0), 3);
    end_clean();
}
END_TEST

START_TEST(internal_topics_come_only_when_asked_for)
{
    create("__consumer_offsets", "__consumer_offsets:0", 1);
    create("__mine", "__mine:0", 1);
    sim_run_set(&run, "weir.topics.internal", _i == 0 ? "false" : "true");
    start_alone("^.*");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    create("later", "later:0", 1);
    sim_run_await_completed("later:0", RECORDS);
    if (_i == 1) {
        sim_run_await_completed("__consumer_offsets:0 __mine:0", (uint64_t)2 * RECORDS);
    }
    ck_assert_uint_eq(sim_assigned(0), _i == 0 ? 3 : 5);
    end_clean();
}
END_TEST

/* Answers that fail, and an end in between. */

/* The next question comes a second after the one that failed, not an interval. */
START_TEST(brokers_that_do_not_answer_are_asked_less_often)
{
    start_alone("^.*");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    int64_t began = deadline_now_ns();
    sim_fail(SIM_TOPICS, WEIR_ERR_UNAVAILABLE, 1);
    create("log-a", "log-a:0-2", 3);
    WAIT_UNTIL(sim_run_logged(&run, "topics fails; trying again"), WAIT_MS);
    sim_run_await_completed("log-a:0-2", (uint64_t)3 * RECORDS);
    ck_assert_int_ge(deadline_now_ns() - began, NS_PER_S);
    end_judged();
}
END_TEST

START_TEST(a_stop_cancels_the_question)
{
    sim_hold_endlessly(SIM_TOPICS);
    start_alone("^.*");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    sim_await_held(SIM_TOPICS, 1);
    weir_consumer_drain(run.consumer);
    WAIT_UNTIL(sim_cancellations(SIM_TOPICS) == 1, WAIT_MS);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_let_go(SIM_TOPICS);
}
END_TEST

START_TEST(an_interval_below_zero_never_looks)
{
    sim_run_set(&run, "topic.metadata.refresh.interval.ms", "-1");
    start_alone("^.*");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    sim_await_polls(0, 1);
    ck_assert_uint_eq(sim_calls(SIM_TOPICS), 0);
    end_judged();
}
END_TEST

START_TEST(nothing_selected_has_no_end)
{
    run.until_end = true;
    start_alone("^nothing");
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_NOT_FOUND, "weir.topics selects no topic");
}
END_TEST

static const char evil[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa-";

START_TEST(an_evil_expression_fails_the_start_and_is_named)
{
    create(evil, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa-:0", 1);
    start_alone("orders,^(a+)+$");
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_CONFIG, "^(a+)+$ takes too long over topic 'aaaa");
}
END_TEST

START_TEST(an_evil_expression_is_told_later_and_harms_no_other_topic)
{
    start_alone("orders,^(a+)+$");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    create(evil, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa-:0", 1);
    sim_run_await_event(&run, WEIR_EVENT_TOPIC_ERROR, 1);
    ck_assert(sim_run_logged(&run, "^(a+)+$ takes too long over topic 'aaaa"));
    create("aaa", "aaa:0", 1);
    sim_run_await_completed("aaa:0", RECORDS);
    ck_assert_uint_eq(sim_assigned(0), 3);
    end_clean();
}
END_TEST

/* In a group. */

START_TEST(expressions_are_subscribed_to_by_name)
{
    create("log-a", "log-a:0", 1);
    create("log-debug", "log-debug:0", 1);
    create("__log-b", "__log-b:0", 1);
    sim_run_set(&run, "weir.topics", "orders,later,^.*log-");
    sim_run_set(&run, "weir.topics.exclude", "^.*-debug$");
    sim_run_start(&run);
    sim_await_members(1);
    ck_assert_str_eq(sim_subscription(0), "later,log-a,orders");
}
END_TEST

/* Each subscription costs the group a rebalance. */
START_TEST(only_a_topic_that_came_renews_the_subscription)
{
    create("log-a", "log-a:0", 1);
    sim_run_set(&run, "weir.topics", "orders,^log-");
    sim_run_start(&run);
    sim_await_members(1);
    await_looks(2);
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 1);
    sim_delete("log-a");
    sim_grow("orders", 3);
    sim_run_await_event(&run, WEIR_EVENT_TOPIC_ERROR, 1);
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 1);
    create("log-b", "log-b:0", 1);
    WAIT_UNTIL(sim_calls(SIM_SUBSCRIBE) == 2, WAIT_MS);
    ck_assert_str_eq(sim_subscription(0), "log-b,orders");
    await_looks(2);
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 2);
}
END_TEST

START_TEST(a_member_without_a_topic_joins_when_there_is_one)
{
    sim_run_set(&run, "weir.topics", "^log-");
    sim_run_start(&run);
    await_looks(2);
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 0);
    create("log-a", "log-a:0", 1);
    sim_await_members(1);
    sim_assign(0, "log-a:0");
    sim_run_await_completed("log-a:0", RECORDS);
    end_clean();
}
END_TEST

START_TEST(a_member_without_a_topic_may_leave)
{
    sim_run_set(&run, "weir.topics", "^log-");
    sim_run_start(&run);
    await_looks(1);
    end_clean();
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 0);
}
END_TEST

START_TEST(a_subscription_that_cannot_be_renewed_ends_it)
{
    sim_run_set(&run, "weir.topics", "orders,^log-");
    sim_run_start(&run);
    sim_await_members(1);
    sim_fail(SIM_SUBSCRIBE, WEIR_ERR_INVALID, 1);
    create("log-a", "log-a:0", 1);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_INVALID, "subscribe");
}
END_TEST

START_TEST(a_member_that_names_its_topics_does_not_look)
{
    sim_run_set(&run, "weir.topics", "orders,later");
    sim_run_start(&run);
    sim_await_members(1);
    ck_assert_str_eq(sim_subscription(0), "orders,later");
    sim_await_polls(0, 1);
    ck_assert_uint_eq(sim_calls(SIM_TOPICS), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("topics");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, all_partitions_of_the_topics_are_consumed);
    tcase_add_test(tcase, a_topic_that_comes_is_consumed);
    tcase_add_test(tcase, a_topic_that_is_named_is_waited_for);
    tcase_add_test(tcase, partitions_that_are_added_are_consumed_from_their_start);
    tcase_add_test(tcase, a_topic_that_is_deleted_is_given_up);
    tcase_add_test(tcase, a_topic_that_is_created_again_begins_anew);
    tcase_add_test(tcase, offsets_in_memory_are_forgotten_with_their_topic);
    tcase_add_test(tcase, a_topic_with_fewer_partitions_is_another_one);
    tcase_add_test(tcase, an_absence_that_is_not_confirmed_changes_nothing);
    tcase_add_test(tcase, what_is_excluded_never_comes);
    tcase_add_loop_test(tcase, internal_topics_come_only_when_asked_for, 0, 2);
    tcase_add_test(tcase, brokers_that_do_not_answer_are_asked_less_often);
    tcase_add_test(tcase, a_stop_cancels_the_question);
    tcase_add_test(tcase, an_interval_below_zero_never_looks);
    tcase_add_test(tcase, nothing_selected_has_no_end);
    tcase_add_test(tcase, an_evil_expression_fails_the_start_and_is_named);
    tcase_add_test(tcase, an_evil_expression_is_told_later_and_harms_no_other_topic);
    tcase_add_test(tcase, expressions_are_subscribed_to_by_name);
    tcase_add_test(tcase, only_a_topic_that_came_renews_the_subscription);
    tcase_add_test(tcase, a_member_without_a_topic_joins_when_there_is_one);
    tcase_add_test(tcase, a_member_without_a_topic_may_leave);
    tcase_add_test(tcase, a_subscription_that_cannot_be_renewed_ends_it);
    tcase_add_test(tcase, a_member_that_names_its_topics_does_not_look);
    return runner_run("engine_topics", tcase);
}
