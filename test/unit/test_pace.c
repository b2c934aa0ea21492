#include "framework/pace.h"

#include "test/support/runner.h"

#define US(n) ((weir_time)(n)*WEIR_NS_PER_US)
#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

enum { FLOOR = 8 };

static struct weir_pace pace;

static void turn(weir_time now, uint32_t came_back)
{
    weir_pace_turn(&pace, now, (struct weir_paced){.batches = came_back});
}

static void turn_measured(weir_time now, uint32_t records, weir_time took)
{
    struct weir_paced came_back = {.batches = 1, .records = records, .took = took};

    weir_pace_turn(&pace, now, came_back);
}

static void open_pace(void)
{
    weir_pace_init(&pace, FLOOR);
    turn(MS(1000), 0);
}

START_TEST(nothing_came_back_yet_and_the_floor_may_be_out)
{
    weir_pace_init(&pace, FLOOR);
    ck_assert_uint_eq(pace.limit, FLOOR);
    turn(MS(5000), 0);
    ck_assert_uint_eq(pace.limit, FLOOR);
}
END_TEST

START_TEST(what_came_back_within_a_millisecond_may_be_out_next)
{
    turn(MS(1000) + US(400), 60);
    ck_assert_uint_eq(pace.limit, FLOOR); /* too early to tell */
    turn(MS(1001), 40);
    ck_assert_uint_eq(pace.limit, 100);
}
END_TEST

START_TEST(a_late_turn_counts_per_millisecond)
{
    turn(MS(1010), 1000);
    ck_assert_uint_eq(pace.limit, 100);
}
END_TEST

START_TEST(a_slow_handler_leaves_the_floor)
{
    for (int i = 1; i <= 100; i++) {
        turn(MS(1000 + 10 * i), FLOOR); /* 10 ms each, all busy */
        ck_assert_uint_eq(pace.limit, FLOOR);
    }
}
END_TEST

START_TEST(a_quick_handler_that_turns_slow_is_followed)
{
    turn(MS(1001), 500);
    ck_assert_uint_eq(pace.limit, 500);
    turn(MS(1051), 500);
    ck_assert_uint_eq(pace.limit, 10);
    turn(MS(1151), 10);
    ck_assert_uint_eq(pace.limit, FLOOR);
}
END_TEST

/* Each round trip takes 50 us: were the floor all there is, no more than that ever came back. */
START_TEST(a_short_round_trip_lifts_the_limit_step_by_step)
{
    weir_time now = MS(1000);
    uint32_t before = pace.limit;

    for (int ms = 0; ms < 3; ms++) {
        for (int trip = 0; trip < 20; trip++) {
            now += US(50);
            turn(now, pace.limit < 600 / 20 ? pace.limit : 600 / 20);
        }
        ck_assert_uint_ge(pace.limit, before);
        before = pace.limit;
    }
    ck_assert_uint_eq(pace.limit, 600); /* what the workers can do in a millisecond, no more */
}
END_TEST

START_TEST(there_is_an_upper_limit)
{
    turn(MS(1001), UINT32_MAX);
    ck_assert_uint_eq(pace.limit, WEIR_PACE_LIMIT_MAX);
}
END_TEST

START_TEST(a_floor_above_the_upper_limit_holds)
{
    weir_pace_init(&pace, 2 * WEIR_PACE_LIMIT_MAX);
    turn(MS(1), 5000);
    ck_assert_uint_eq(pace.limit, (uint64_t)2 * WEIR_PACE_LIMIT_MAX);
}
END_TEST

START_TEST(a_batch_gathers_work_for_a_tenth_of_a_millisecond)
{
    ck_assert_uint_eq(pace.gather, 0);
    turn_measured(MS(1000) + US(500), 500, US(50));
    ck_assert_uint_eq(pace.gather, 0); /* too early to tell */
    turn_measured(MS(1001), 500, US(50));
    ck_assert_uint_eq(pace.gather, 1000);
    turn_measured(MS(1011), 1000, MS(20));
    ck_assert_uint_eq(pace.gather, 5);
}
END_TEST

START_TEST(a_slow_handler_has_each_lane_for_itself)
{
    turn_measured(MS(1010), 1, MS(10));
    ck_assert_uint_eq(pace.gather, 0);
    turn_measured(MS(1020), 1000, MS(100)); /* exactly the tenth for one */
    ck_assert_uint_eq(pace.gather, 1);
}
END_TEST

START_TEST(what_was_measured_last_holds_until_more_comes_back)
{
    turn_measured(MS(1001), 10, US(100));
    turn(MS(1002), 0);
    turn(MS(1003), 5); /* refused, for instance */
    ck_assert_uint_eq(pace.gather, 10);
}
END_TEST

START_TEST(the_greatest_measures_do_not_overflow)
{
    turn_measured(MS(1001), UINT32_MAX, 1);
    ck_assert_uint_eq(pace.gather, UINT32_MAX);
    turn_measured(MS(1002), 1, INT64_MAX);
    ck_assert_uint_eq(pace.gather, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("pace");

    tcase_add_checked_fixture(tcase, open_pace, NULL);
    tcase_add_test(tcase, nothing_came_back_yet_and_the_floor_may_be_out);
    tcase_add_test(tcase, what_came_back_within_a_millisecond_may_be_out_next);
    tcase_add_test(tcase, a_late_turn_counts_per_millisecond);
    tcase_add_test(tcase, a_slow_handler_leaves_the_floor);
    tcase_add_test(tcase, a_quick_handler_that_turns_slow_is_followed);
    tcase_add_test(tcase, a_short_round_trip_lifts_the_limit_step_by_step);
    tcase_add_test(tcase, there_is_an_upper_limit);
    tcase_add_test(tcase, a_floor_above_the_upper_limit_holds);
    tcase_add_test(tcase, a_batch_gathers_work_for_a_tenth_of_a_millisecond);
    tcase_add_test(tcase, a_slow_handler_has_each_lane_for_itself);
    tcase_add_test(tcase, what_was_measured_last_holds_until_more_comes_back);
    tcase_add_test(tcase, the_greatest_measures_do_not_overflow);
    return runner_run("pace", tcase);
}
