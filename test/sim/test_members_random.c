#include "test/support/runner.h"
#include "test/support/troupe_test.h"

enum { SHARES = 4, USUAL_SEEDS = 2000, CONTROL_SEEDS = 60 };

START_TEST(a_group_keeps_its_promises_on_every_schedule)
{
    troupe_expect_sound(seeds_share(USUAL_SEEDS, _i, SHARES), false);
}
END_TEST

/* Negative controls. */
static const enum troupe_sabotage broken[] = {TROUPE_NO_FENCE,     TROUPE_NO_DRAIN,
                                              TROUPE_NO_DEADLINE,  TROUPE_NO_REVOCATION,
                                              TROUPE_LOST_REFUSED, TROUPE_RESTLESS};

START_TEST(a_broken_group_is_flagged)
{
    troupe_expect_flagged(broken[_i], CONTROL_SEEDS, false);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *controls = tcase_create("negative controls");

    tcase_add_loop_test(schedules, a_group_keeps_its_promises_on_every_schedule, 0, SHARES);
    tcase_add_loop_test(controls, a_broken_group_is_flagged, 0, sizeof broken / sizeof broken[0]);
    return runner_run_two("members, random", schedules, controls);
}
