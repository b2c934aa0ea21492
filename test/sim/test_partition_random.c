#include "test/support/partition_walk.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include <inttypes.h>

enum { SHARES = 8, USUAL_SEEDS = 40000 };

static struct partition_walk walk;

START_TEST(a_partition_keeps_its_promises_on_every_schedule)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);

    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        walk_prepare(&walk, seed);
        const char *broken = walk_run(&walk);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}
END_TEST

/* Schedules that never come into a corner say nothing about it. */
START_TEST(schedules_come_into_every_corner)
{
    uint32_t finished = 0;
    uint32_t stopped = 0;
    uint32_t taken = 0;
    uint32_t failed = 0;
    uint32_t many_batches = 0;
    uint64_t followed[WEIR_ORDER_NONE + 1] = {0};
    uint64_t steps = 0;
    uint64_t halted = 0;

    for (uint64_t seed = 1; seed <= 1000; seed++) {
        walk_prepare(&walk, seed);
        (void)walk_run(&walk);
        uint32_t failures = 0;
        for (uint32_t i = 0; i < walk.model.count; i++) {
            failures += walk.model.tokens[i].failures;
        }
        finished += model_count(&walk.model, TOKEN_FINISHED);
        stopped += walk.model.stopped ? 1 : 0;
        taken += model_count(&walk.model, TOKEN_TAKEN) > 0 ? 1 : 0;
        failed += failures > 3 ? 1 : 0;
        many_batches += walk.model.batches > 10 ? 1 : 0;
        followed[walk.options.order] += walk.followed;
        steps += walk.steps;
        halted += walk.halted;
    }
    ck_assert_uint_gt(steps, (uint64_t)150 * 1000);
    ck_assert_uint_gt(halted, 2000);
    ck_assert_uint_gt(finished, (uint64_t)10 * 1000);
    ck_assert_uint_gt(stopped, 100);
    ck_assert_uint_gt(taken, 200);
    ck_assert_uint_gt(failed, 150);
    ck_assert_uint_gt(many_batches, 300);
    ck_assert_uint_gt(followed[WEIR_ORDER_PARTITION], 1000);
    ck_assert_uint_gt(followed[WEIR_ORDER_KEY], 100);
    ck_assert_uint_eq(followed[WEIR_ORDER_NONE], 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("schedules");

    tcase_add_loop_test(tcase, a_partition_keeps_its_promises_on_every_schedule, 0, SHARES);
    tcase_add_test(tcase, schedules_come_into_every_corner);
    return runner_run("partition, random", tcase);
}
