#include "test/support/rebalance_walk.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include <inttypes.h>

enum { SHARES = 4, USUAL_SEEDS = 20000, CONTROL_SEEDS = 300, FLAGGED_MIN = 100 };

static struct rebalance_walk walk;

START_TEST(a_rebalance_asks_for_the_right_things_on_every_schedule)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);

    walk.sabotage = NULL;
    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *broken = rebalance_walk_run(&walk, seed);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}
END_TEST

START_TEST(schedules_come_into_every_corner)
{
    uint32_t answers = 0;
    uint32_t given_up = 0;
    uint32_t never_heard = 0;
    uint32_t stopped_early = 0;

    walk.sabotage = NULL;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        (void)rebalance_walk_run(&walk, seed);
        answers += walk.answers;
        given_up += walk.given_up;
        never_heard += walk.never_heard;
        stopped_early += walk.drain_ms == 0 ? 1 : 0;
    }
    ck_assert_uint_gt(answers, (uint64_t)500 * 3);
    ck_assert_uint_gt(given_up, 400);
    ck_assert_uint_gt(never_heard, 400);
    ck_assert_uint_gt(stopped_early, 100);
}
END_TEST

/* Negative controls: a machine that is broken on purpose, by reaching into it. */

static void swap_states(struct rebalance_walk *w, enum weir_tenure_state from,
                        enum weir_tenure_state to)
{
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        w->tenures[i].state = w->tenures[i].state == from ? to : w->tenures[i].state;
    }
}

static void believe_that_all_are_idle(struct rebalance_walk *w)
{
    swap_states(w, WEIR_TENURE_DRAINING, WEIR_TENURE_IDLE);
    swap_states(w, WEIR_TENURE_BUSY, WEIR_TENURE_IDLE);
}

static void believe_that_all_are_heard(struct rebalance_walk *w)
{
    swap_states(w, WEIR_TENURE_DRAINING, WEIR_TENURE_BUSY);
}

static void forget_who_is_busy(struct rebalance_walk *w)
{
    swap_states(w, WEIR_TENURE_BUSY, WEIR_TENURE_DRAINING);
}

static void take_a_late_word_for_true(struct rebalance_walk *w)
{
    swap_states(w, WEIR_TENURE_IDLE, WEIR_TENURE_BUSY);
}

static void believe_that_handlers_are_late(struct rebalance_walk *w)
{
    w->core.handlers_late = true;
}

static void grant_handlers_more_time(struct rebalance_walk *w)
{
    w->core.handlers_late = false;
}

static void believe_that_all_are_clean(struct rebalance_walk *w)
{
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        w->tenures[i].clean = true;
    }
}

static void forget_the_answer(struct rebalance_walk *w)
{
    w->core.answer_due = false;
}

static void answer_again(struct rebalance_walk *w)
{
    w->core.answer_due = true;
}

static void skip_the_commit(struct rebalance_walk *w)
{
    if (w->core.phase == WEIR_REBALANCE_FINISH) {
        w->core.phase = WEIR_REBALANCE_COMMIT;
    }
}

static void wait_for_ever(struct rebalance_walk *w)
{
    w->core.deadline = WEIR_TIME_NEVER;
}

static void wait_for_nobody(struct rebalance_walk *w)
{
    w->core.deadline = 0;
}

static void forget_who_returns(struct rebalance_walk *w)
{
    w->core.returning = w->core.returning != NULL ? w->core.returning->next : NULL;
}

static void leave_again(struct rebalance_walk *w)
{
    w->core.left = false;
}

static void touch_one_that_stays(struct rebalance_walk *w)
{
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        if (w->facts[i].ours && !w->facts[i].named && !w->facts[i].closed) {
            weir_rebalance_return(&w->core, &w->tenures[i]);
        }
    }
}

static const struct {
    void (*sabotage)(struct rebalance_walk *walk);
    uint32_t flagged_min;
} controls[] = {
    {believe_that_all_are_idle, FLAGGED_MIN},
    {believe_that_all_are_heard, FLAGGED_MIN},
    {forget_who_is_busy, FLAGGED_MIN},
    {take_a_late_word_for_true, FLAGGED_MIN},
    {believe_that_handlers_are_late, FLAGGED_MIN},
    {grant_handlers_more_time, FLAGGED_MIN},
    {believe_that_all_are_clean, FLAGGED_MIN},
    {forget_the_answer, FLAGGED_MIN},
    {answer_again, FLAGGED_MIN},
    {skip_the_commit, FLAGGED_MIN},
    {wait_for_ever, FLAGGED_MIN},
    {wait_for_nobody, FLAGGED_MIN},
    {forget_who_returns, FLAGGED_MIN},
    {leave_again, 10}, /* needs a stop, and a revocation after it */
    {touch_one_that_stays, FLAGGED_MIN},
};
enum { CONTROLS = sizeof controls / sizeof controls[0] };

START_TEST(a_broken_rebalance_is_flagged)
{
    uint32_t flagged = 0;

    walk.sabotage = controls[_i].sabotage;
    for (uint64_t seed = 1; seed <= CONTROL_SEEDS; seed++) {
        flagged += rebalance_walk_run(&walk, seed)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, controls[_i].flagged_min);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *broken = tcase_create("negative controls");

    tcase_add_loop_test(schedules, a_rebalance_asks_for_the_right_things_on_every_schedule, 0,
                        SHARES);
    tcase_add_test(schedules, schedules_come_into_every_corner);
    tcase_add_loop_test(broken, a_broken_rebalance_is_flagged, 0, CONTROLS);
    return runner_run_two("rebalance, random", schedules, broken);
}
