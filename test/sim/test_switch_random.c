#include "test/support/runner.h"
#include "test/support/seeds.h"
#include "test/support/switch_walk.h"
#include <inttypes.h>

/* Sanitizers make each ten times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
enum { USUAL_SEEDS = 400 };
#else
enum { USUAL_SEEDS = 8000 };
#endif

enum { SHARES = 4, CORNER_SEEDS = 300, CONTROL_SEEDS = 2000, FLAGGED_MIN = 3 };

static struct switch_walk walk;

START_TEST(a_group_with_two_colors_keeps_its_promises_on_every_schedule)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);

    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *broken = switch_walk_run(&walk, seed, SWITCH_SOUND);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}
END_TEST

START_TEST(schedules_come_into_every_corner)
{
    uint32_t outcomes[WEIR_SWITCH_ROLLED_BACK + 1] = {0};
    uint32_t entered[WEIR_SWITCH_STEPS] = {0};
    uint32_t undone[WEIR_SWITCH_STEPS] = {0};
    uint32_t expired[WEIR_SWITCH_STEPS] = {0};
    uint32_t taken_back = 0;
    uint32_t lost_writes = 0;
    uint32_t refused_claims = 0;

    for (uint64_t seed = 1; seed <= CORNER_SEEDS; seed++) {
        (void)switch_walk_run(&walk, seed, SWITCH_SOUND);
        for (size_t i = 0; i < WEIR_SWITCH_STEPS; i++) {
            entered[i] += walk.entered[i];
            undone[i] += walk.undone[i];
            expired[i] += walk.expired[i];
        }
        for (size_t i = 0; i <= WEIR_SWITCH_ROLLED_BACK; i++) {
            outcomes[i] += walk.outcomes[i];
        }
        taken_back += walk.taken_back;
        lost_writes += walk.lost_writes;
        refused_claims += walk.refused_claims;
    }
    for (size_t i = 0; i < WEIR_SWITCH_STEPS; i++) {
        bool can_undo = i >= WEIR_SWITCH_PREPARED && i <= WEIR_SWITCH_ACTIVE;
        ck_assert_uint_gt(entered[i], 100);
        ck_assert_uint_gt(expired[i], 20);
        ck_assert_int_eq(undone[i] > 0, can_undo);
    }
    for (size_t i = 0; i <= WEIR_SWITCH_ROLLED_BACK; i++) {
        ck_assert_uint_gt(outcomes[i], 100);
    }
    ck_assert_uint_gt(taken_back, 20);
    ck_assert_uint_gt(lost_writes, 500);
    ck_assert_uint_gt(refused_claims, 200);
}
END_TEST

/* Negative controls. */
START_TEST(a_broken_group_is_flagged)
{
    uint32_t flagged = 0;

    for (uint64_t seed = 1; seed <= CONTROL_SEEDS && flagged < FLAGGED_MIN; seed++) {
        flagged += switch_walk_run(&walk, seed, (enum switch_sabotage)_i)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *broken = tcase_create("negative controls");

    tcase_add_loop_test(schedules, a_group_with_two_colors_keeps_its_promises_on_every_schedule, 0,
                        SHARES);
    tcase_add_test(schedules, schedules_come_into_every_corner);
    tcase_add_loop_test(broken, a_broken_group_is_flagged, SWITCH_SOUND + 1, SWITCH_SABOTAGES);
    return runner_run_two("switch, random", schedules, broken);
}
