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
    tcase_add_loop_test(tcase, deadlines_saturate_at_never, 0, SUMS);
    return runner_run("clock", tcase);
}
