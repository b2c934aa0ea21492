#include "tools/demo_verdict.h"

#include "test/support/runner.h"

/* What is counted of two colors, and what it comes to. a and b are blue, c and d green. */

#define MS(n) ((n)*INT64_C(1000000))

enum { A, B, C, D, PARTITIONS = 2, ORDERS = 8 };

static struct demo_group group;
static struct demo_orders orders;
static struct demo_verdict verdict;

static void set_up(void)
{
    const struct demo_plan plan = {
        .members = 4, .partitions = PARTITIONS, .rate = 100, .bluegreen = true};

    demo_group_init(&group, &plan, 0);
    ck_assert_int_eq(demo_orders_init(&orders, ORDERS), WEIR_OK);
    for (int member = A; member <= D; member++) {
        demo_group_enter(&group, member, DEMO_MEMBER_RUNNING);
    }
    verdict = (struct demo_verdict){.committed_known = true, .committed = PARTITIONS};
    orders.handled = 1;
    demo_group_turn(&group, "to blue", DEMO_BLUE, 0);
}

static void tear_down(void)
{
    demo_orders_fini(&orders);
}

static void assign_both(int first, int second, int64_t now_ns)
{
    demo_group_assign(&group, first, 0, 0, now_ns);
    demo_group_assign(&group, second, 1, 0, now_ns);
}

static void release_both(int first, int second, int64_t now_ns)
{
    demo_group_release(&group, first, 0, false, now_ns);
    demo_group_release(&group, second, 1, false, now_ns);
}

/* One order of the partition, from a handler's start to its end. */
static void handle(int member, int32_t partition, int64_t began_ns, int64_t ended_ns)
{
    struct demo_completion completion = {.partition = partition, .now_ns = ended_ns};

    ck_assert(demo_group_start(&group, member, partition, 1, began_ns));
    ck_assert(demo_group_finish(&group, member, &completion, began_ns));
}

/* Blue worked until 10 ms, green has it from 20 ms on. */
static void switch_to_green(void)
{
    assign_both(A, B, MS(1));
    handle(A, 0, MS(2), MS(9));
    handle(B, 1, MS(2), MS(10));
    demo_group_end_turn(&group, "done", false);
    demo_group_turn(&group, "to green", DEMO_GREEN, MS(11));
    release_both(A, B, MS(12));
    assign_both(C, D, MS(20));
}

START_TEST(a_switch_is_over_when_the_new_color_has_everything)
{
    assign_both(A, B, MS(1));
    ck_assert(group.settled);
    demo_group_turn(&group, "to green", DEMO_GREEN, MS(11));
    ck_assert(!group.settled);
    demo_group_release(&group, A, 0, false, MS(12));
    demo_group_assign(&group, C, 0, 0, MS(13));
    ck_assert(!group.settled); /* b has the other one */
    demo_group_release(&group, B, 1, false, MS(14));
    demo_group_assign(&group, D, 1, 0, MS(15));
    ck_assert(group.settled);
    ck_assert_int_eq(group.rebalance[1].settled_ns - group.rebalance[1].began_ns, MS(4));
    ck_assert_uint_eq(group.rebalances, 2);
}
END_TEST

START_TEST(a_gap_is_from_the_last_handler_to_the_first_of_the_other_color)
{
    struct demo_latency gaps;

    switch_to_green();
    handle(C, 0, MS(29), MS(30));
    handle(C, 0, MS(60), MS(61));
    handle(D, 1, MS(40), MS(41));
    ck_assert_int_eq(group.rebalance[1].pause_ns[0], MS(20));
    ck_assert_int_eq(group.rebalance[1].pause_ns[1], MS(30));
    demo_verdict_gaps(&group, &group.rebalance[1], &gaps);
    ck_assert_uint_eq(gaps.orders, PARTITIONS);
    ck_assert_double_eq(gaps.max_ms, 30);
    demo_verdict_gaps(&group, &group.rebalance[0], &gaps);
    ck_assert_uint_eq(gaps.orders, 0); /* nobody worked before */
}
END_TEST

START_TEST(what_moves_within_a_color_is_no_gap)
{
    struct demo_latency gaps;

    assign_both(A, A, MS(1));
    handle(A, 0, MS(2), MS(9));
    demo_group_release(&group, A, 0, false, MS(12));
    demo_group_assign(&group, B, 0, 0, MS(13));
    handle(B, 0, MS(500), MS(501));
    demo_verdict_gaps(&group, &group.rebalance[0], &gaps);
    ck_assert_uint_eq(gaps.orders, 0);
}
END_TEST

START_TEST(as_much_as_was_in_flight_may_come_again)
{
    demo_group_end_turn(&group, "done", false);
    group.crash_in_flight = 2;
    group.crash_uncommitted = 3;
    orders.repeats[DEMO_REPEAT_CRASH] = 5;
    ck_assert_uint_eq(demo_verdict_bound(&group), 5);
    ck_assert(demo_verdict_holds(&verdict, &orders, &group));
    orders.repeats[DEMO_REPEAT_CRASH] = 6;
    ck_assert(!demo_verdict_holds(&verdict, &orders, &group));
    orders.repeats[DEMO_REPEAT_CRASH] = 0;
    ck_assert(demo_verdict_holds(&verdict, &orders, &group));
    orders.repeats[DEMO_REPEAT_REFUSED] = 1; /* that is no reason here */
    ck_assert(!demo_verdict_holds(&verdict, &orders, &group));
}
END_TEST

START_TEST(what_a_lost_session_repeats_has_its_reason)
{
    struct demo_completion completion = {.partition = 0, .now_ns = MS(40)};

    switch_to_green();
    demo_group_release(&group, C, 0, true, MS(21));
    demo_group_assign(&group, D, 0, 0, MS(22));
    ck_assert(demo_group_finish(&group, D, &completion, MS(1)));
    ck_assert(completion.replayed);
    ck_assert_int_eq(completion.reason, DEMO_REPEAT_LOST);
    ck_assert(demo_group_finish(&group, C, &completion, MS(1))); /* it had begun it */
    ck_assert(completion.replayed);
    ck_assert_int_eq(completion.reason, DEMO_REPEAT_LOST);
}
END_TEST

START_TEST(every_switch_must_end_as_it_should)
{
    ck_assert(!demo_verdict_holds(&verdict, &orders, &group)); /* it goes on */
    verdict.interrupted = true;
    ck_assert(demo_verdict_holds(&verdict, &orders, &group));
    verdict.interrupted = false;
    demo_group_end_turn(&group, "done", false);
    ck_assert(demo_verdict_holds(&verdict, &orders, &group));
    verdict.late = true;
    ck_assert(!demo_verdict_holds(&verdict, &orders, &group));
    verdict.late = false;
    demo_group_end_turn(&group, "aborted", true);
    ck_assert(!demo_verdict_holds(&verdict, &orders, &group));
    verdict.interrupted = true;
    ck_assert(!demo_verdict_holds(&verdict, &orders, &group));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("colors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_switch_is_over_when_the_new_color_has_everything);
    tcase_add_test(tcase, a_gap_is_from_the_last_handler_to_the_first_of_the_other_color);
    tcase_add_test(tcase, what_moves_within_a_color_is_no_gap);
    tcase_add_test(tcase, as_much_as_was_in_flight_may_come_again);
    tcase_add_test(tcase, what_a_lost_session_repeats_has_its_reason);
    tcase_add_test(tcase, every_switch_must_end_as_it_should);
    return runner_run("demo_verdict", tcase);
}
