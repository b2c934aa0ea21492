#include "test/support/runner.h"
#include "test/support/seeds.h"
#include "test/support/troupe.h"
#include <inttypes.h>

enum { SHARES = 4, USUAL_SEEDS = 2000, CONTROL_SEEDS = 60, FLAGGED_MIN = 3 };

START_TEST(a_group_keeps_its_promises_on_every_schedule)
{
    uint64_t share = seeds_count(USUAL_SEEDS) / SHARES + 1;
    uint64_t first = seeds_first() + (uint64_t)_i * share;

    for (uint64_t seed = first; seed < first + share; seed++) {
        seeds_begin(seed);
        const char *broken = troupe_walk(seed, TROUPE_SOUND, false);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}
END_TEST

/* Negative controls. */
static const enum troupe_sabotage broken[] = {TROUPE_NO_FENCE, TROUPE_NO_DRAIN, TROUPE_NO_DEADLINE,
                                              TROUPE_NO_REVOCATION, TROUPE_LOST_REFUSED};

START_TEST(a_broken_group_is_flagged)
{
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= CONTROL_SEEDS && flagged < FLAGGED_MIN; seed++) {
        flagged += troupe_walk(seed, broken[_i], false)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
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
