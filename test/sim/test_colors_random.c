#include "test/support/runner.h"
#include "test/support/troupe_test.h"

enum { USUAL_SEEDS = 600, SHARES = 4, CONTROL_SEEDS = 300 };

/* Two colors, and an operator who switches. */
START_TEST(colors_keep_their_promises_on_every_schedule)
{
    troupe_expect_sound(seeds_share(USUAL_SEEDS, _i, SHARES), true);
}
END_TEST

/* Negative controls. */
static const enum troupe_sabotage broken[] = {TROUPE_NO_FENCE, TROUPE_NO_DRAIN, TROUPE_NO_GATE,
                                              TROUPE_NO_STOP};

START_TEST(broken_colors_are_flagged)
{
    troupe_expect_flagged(broken[_i], CONTROL_SEEDS, true);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *controls = tcase_create("negative controls");

    tcase_add_loop_test(schedules, colors_keep_their_promises_on_every_schedule, 0, SHARES);
    tcase_add_loop_test(controls, broken_colors_are_flagged, 0, sizeof broken / sizeof broken[0]);
    return runner_run_two("colors, random", schedules, controls);
}
