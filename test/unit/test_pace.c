#include "framework/pace.h"

#include "test/support/runner.h"

#define US(n) ((weir_time)(n)*WEIR_NS_PER_US)
#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

enum { FLOOR = 8 };

static struct weir_pace pace;

static void open_pace(void)
{
    weir_pace_init(&pace, FLOOR);
    weir_pace_turn(&pace, MS(1000), 0);
}

START_TEST(nothing_came_back_yet_and_the_floor_may_be_out)
{
    weir_pace_init(&pace, FLOOR);
    ck_assert_uint_eq(pace.limit, FLOOR);
    weir_pace_turn(&pace, MS(5000), 0);
    ck_assert_uint_eq(pace.limit, FLOOR);
}
END_TEST

START_TEST(what_came_back_within_a_millisecond_may_be_out_next)
{
    weir_pace_turn(&pace, MS(1000) + US(400), 60);
    ck_assert_uint_eq(pace.limit, FLOOR); /* too early to tell */
    weir_pace_turn(&pace, MS(1001), 40);
    ck_assert_uint_eq(pace.limit, 100);
}
END_TEST

START_TEST(a_late_turn_counts_per_millisecond)
{
    weir_pace_turn(&pace, MS(1010), 1000);
    ck_assert_uint_eq(pace.limit, 100);
}
END_TEST

START_TEST(a_slow_handler_leaves_the_floor)
{
    for (int i = 1; i <= 100; i++) {
        weir_pace_turn(&pace, MS(1000 + 10 * i), FLOOR); /* 10 ms each, all busy */
        ck_assert_uint_eq(pace.limit, FLOOR);
    }
}
END_TEST

START_TEST(a_quick_handler_that_turns_slow_is_followed)
{
    weir_pace_turn(&pace, MS(1001), 500);
    ck_assert_uint_eq(pace.limit, 500);
    weir_pace_turn(&pace, MS(1051), 500);
    ck_assert_uint_eq(pace.limit, 10);
    weir_pace_turn(&pace, MS(1151), 10);
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
            weir_pace_turn(&pace, now, pace.limit < 600 / 20 ? pace.limit : 600 / 20);
        }
        ck_assert_uint_ge(pace.limit, before);
        before = pace.limit;
    }
    ck_assert_uint_eq(pace.limit, 600); /* what the workers can do in a millisecond, no more */
}
END_TEST

START_TEST(there_is_an_upper_limit)
{
    weir_pace_turn(&pace, MS(1001), UINT32_MAX);
    ck_assert_uint_eq(pace.limit, WEIR_PACE_LIMIT_MAX);
}
END_TEST

START_TEST(a_floor_above_the_upper_limit_holds)
{
    weir_pace_init(&pace, 2 * WEIR_PACE_LIMIT_MAX);
    weir_pace_turn(&pace, MS(1), 5000);
    ck_assert_uint_eq(pace.limit, (uint64_t)2 * WEIR_PACE_LIMIT_MAX);
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
    return runner_run("pace", tcase);
}
