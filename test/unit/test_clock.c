#include "framework/base/clock.h"

#include "test/support/runner.h"

START_TEST(the_clock_does_not_go_back)
{
    weir_time before = weir_clock_now();

    ck_assert_int_gt(before, 0);
    for (int i = 0; i < 10000; i++) {
        weir_time now = weir_clock_now();
        ck_assert_int_ge(now, before);
        before = now;
    }
}
END_TEST

START_TEST(the_clock_of_deadlines_that_others_count_is_that_of_the_boot)
{
    struct timespec before;
    struct timespec after;

    ck_assert_int_eq(clock_gettime(CLOCK_BOOTTIME, &before), 0);
    weir_time now = weir_clock_boot();
    ck_assert_int_eq(clock_gettime(CLOCK_BOOTTIME, &after), 0);
    ck_assert_int_ge(now, (weir_time)before.tv_sec * 1000000000 + before.tv_nsec);
    ck_assert_int_le(now, (weir_time)after.tv_sec * 1000000000 + after.tv_nsec);
}
END_TEST

START_TEST(a_time_since_the_boot_is_told_by_the_other_clock)
{
    weir_time before = weir_clock_now();
    weir_time now = weir_clock_from_boot(weir_clock_boot());

    ck_assert_int_le(before, now);
    ck_assert_int_le(now, weir_clock_now());
    ck_assert_int_eq(weir_clock_from_boot(WEIR_TIME_NEVER), WEIR_TIME_NEVER);
}
END_TEST

static const struct {
    weir_time at;
    int64_t ms;
    weir_time expected;
} sums[] = {
    {0, 0, 0},
    {5, 0, 5},
    {0, 1, 1000000},
    {7, 1500, 1500000007},
    {WEIR_TIME_NEVER, 0, WEIR_TIME_NEVER},
    {WEIR_TIME_NEVER, 1, WEIR_TIME_NEVER},
    {WEIR_TIME_NEVER - 1, 1, WEIR_TIME_NEVER},
    {WEIR_TIME_NEVER - 1000000, 1, WEIR_TIME_NEVER},
    {WEIR_TIME_NEVER - 1000001, 1, WEIR_TIME_NEVER - 1},
    {1, INT64_MAX, WEIR_TIME_NEVER},
    {0, INT64_MAX / 1000000, INT64_MAX / 1000000 * 1000000},
    {0, INT64_MAX / 1000000 + 1, WEIR_TIME_NEVER},
};
enum { SUMS = sizeof sums / sizeof sums[0] };

START_TEST(deadlines_saturate_at_never)
{
    ck_assert_int_eq(weir_time_after_ms(sums[_i].at, sums[_i].ms), sums[_i].expected);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("clock");

    tcase_add_test(tcase, the_clock_does_not_go_back);
    tcase_add_test(tcase, the_clock_of_deadlines_that_others_count_is_that_of_the_boot);
    tcase_add_test(tcase, a_time_since_the_boot_is_told_by_the_other_clock);
    tcase_add_loop_test(tcase, deadlines_saturate_at_never, 0, SUMS);
    return runner_run("clock", tcase);
}
