#include "test/support/runner.h"
#include "test/support/seeds.h"
#include "test/support/singly_walk.h"
#include <inttypes.h>

enum { SHARES = 4, USUAL_SEEDS = 10000, CONTROL_SEEDS = 300, FLAGGED_MIN = 50 };

static struct singly_walk walk;

START_TEST(each_partition_goes_by_itself_on_every_schedule)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);

    walk.sabotage = NULL;
    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *broken = singly_walk_run(&walk, seed);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}
END_TEST

START_TEST(schedules_come_into_every_corner)
{
    uint32_t answers = 0;
    uint32_t parts = 0;
    uint32_t given_up = 0;
    uint32_t never_heard = 0;

    walk.sabotage = NULL;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        (void)singly_walk_run(&walk, seed);
        answers += walk.answers;
        parts += walk.parts;
        given_up += walk.given_up;
        never_heard += walk.never_heard;
    }
    ck_assert_uint_gt(answers, 2500);
    ck_assert_uint_gt(parts, 1000);
    ck_assert_uint_gt(given_up, 400);
    ck_assert_uint_gt(never_heard, 400);
}
END_TEST

/* Negative controls: a machine that is broken on purpose, by reaching into it. */

static void swap_states(struct singly_walk *w, enum weir_tenure_state from,
                        enum weir_tenure_state to)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        w->tenures[i].state = w->tenures[i].state == from ? to : w->tenures[i].state;
    }
}

static void believe_that_all_are_idle(struct singly_walk *w)
{
    swap_states(w, WEIR_TENURE_DRAINING, WEIR_TENURE_IDLE);
    swap_states(w, WEIR_TENURE_BUSY, WEIR_TENURE_IDLE);
}

static void believe_that_all_are_heard(struct singly_walk *w)
{
    swap_states(w, WEIR_TENURE_DRAINING, WEIR_TENURE_BUSY);
}

static void take_a_late_word_for_true(struct singly_walk *w)
{
    swap_states(w, WEIR_TENURE_COMMITTING, WEIR_TENURE_IDLE);
}

static void release_before_the_commit_is_answered(struct singly_walk *w)
{
    swap_states(w, WEIR_TENURE_COMMITTING, WEIR_TENURE_DONE);
}

static void skip_the_commit(struct singly_walk *w)
{
    swap_states(w, WEIR_TENURE_IDLE, WEIR_TENURE_COMMITTING);
}

static void believe_that_all_are_clean(struct singly_walk *w)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        w->tenures[i].clean = true;
    }
}

static void set_late(struct singly_walk *w, bool late)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        w->tenures[i].late = late;
    }
}

static void believe_that_handlers_are_late(struct singly_walk *w)
{
    set_late(w, true);
}

static void grant_handlers_more_time(struct singly_walk *w)
{
    set_late(w, false);
}

static void set_revoked(struct singly_walk *w, bool revoked)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        w->tenures[i].revoked = revoked;
    }
}

static void answer_what_nobody_asked_for(struct singly_walk *w)
{
    set_revoked(w, true);
}

static void forget_who_is_asked_for(struct singly_walk *w)
{
    set_revoked(w, false);
}

static void set_deadlines(struct singly_walk *w, weir_time deadline)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        w->tenures[i].deadline = deadline;
    }
}

static void wait_for_ever(struct singly_walk *w)
{
    set_deadlines(w, WEIR_TIME_NEVER);
}

static void wait_for_nobody(struct singly_walk *w)
{
    set_deadlines(w, 0);
}

static void forget_who_returns(struct singly_walk *w)
{
    w->core.returning = w->core.returning != NULL ? w->core.returning->next : NULL;
}

static void leave_again(struct singly_walk *w)
{
    w->core.left = false;
}

static void touch_one_that_stays(struct singly_walk *w)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        if (w->facts[i].ours && !w->facts[i].named && !w->facts[i].closed) {
            weir_rebalance_return(&w->core, &w->tenures[i]);
        }
    }
}

static void (*const controls[])(struct singly_walk *walk) = {believe_that_all_are_idle,
                                                             believe_that_all_are_heard,
                                                             take_a_late_word_for_true,
                                                             release_before_the_commit_is_answered,
                                                             skip_the_commit,
                                                             believe_that_all_are_clean,
                                                             believe_that_handlers_are_late,
                                                             grant_handlers_more_time,
                                                             answer_what_nobody_asked_for,
                                                             forget_who_is_asked_for,
                                                             wait_for_ever,
                                                             wait_for_nobody,
                                                             forget_who_returns,
                                                             leave_again,
                                                             touch_one_that_stays};
enum { CONTROLS = sizeof controls / sizeof controls[0] };

START_TEST(a_broken_rebalance_is_flagged)
{
    uint32_t flagged = 0;

    walk.sabotage = controls[_i];
    for (uint64_t seed = 1; seed <= CONTROL_SEEDS; seed++) {
        flagged += singly_walk_run(&walk, seed)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *broken = tcase_create("negative controls");

    tcase_add_loop_test(schedules, each_partition_goes_by_itself_on_every_schedule, 0, SHARES);
    tcase_add_test(schedules, schedules_come_into_every_corner);
    tcase_add_loop_test(broken, a_broken_rebalance_is_flagged, 0, CONTROLS);
    return runner_run_two("rebalance, singly, random", schedules, broken);
}
