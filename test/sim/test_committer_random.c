#include "test/support/committer_walk.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include <inttypes.h>
#include <string.h>

enum { SHARES = 4, USUAL_SEEDS = 20000, CONTROL_SEEDS = 300, FLAGGED_MIN = 100 };

static struct committer_walk walk;

START_TEST(a_committer_writes_what_it_must_on_every_schedule)
{
    struct seeds seeds = seeds_share(USUAL_SEEDS, _i, SHARES);

    walk.sabotage = NULL;
    for (uint64_t seed = seeds.first; seed < seeds.end; seed++) {
        seeds_begin(seed);
        const char *broken = committer_walk_run(&walk, seed);
        ck_assert_msg(broken[0] == '\0', "seed %" PRIu64 ": %s", seed, broken);
    }
}
END_TEST

START_TEST(schedules_come_into_every_corner)
{
    uint32_t requests = 0;
    uint32_t refreshes = 0;
    uint32_t outages = 0;

    walk.sabotage = NULL;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        (void)committer_walk_run(&walk, seed);
        requests += walk.requests;
        refreshes += walk.refreshes;
        outages += walk.failures > 5 ? 1 : 0;
    }
    ck_assert_uint_gt(requests, (uint64_t)500 * 5);
    ck_assert_uint_gt(refreshes, 50);
    ck_assert_uint_eq(outages, 0); /* all of them ended well */
}
END_TEST

/* Negative controls: a machine that is broken on purpose, by reaching into it. */

static void forget_what_is_dirty(struct committer_walk *w)
{
    w->core.dirty = 0;
}

static void send_while_one_is_out(struct committer_walk *w)
{
    w->core.out = false;
}

static void believe_without_an_answer(struct committer_walk *w)
{
    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        w->commits[i].acked = w->commits[i].watermark;
    }
}

static void never_back_off(struct committer_walk *w)
{
    w->core.not_before = 0;
}

static void never_keep_the_interval(struct committer_walk *w)
{
    w->core.interval_ns = 0;
}

static void never_refresh(struct committer_walk *w)
{
    w->core.refresh_at = WEIR_TIME_NEVER;
}

static void always_hurry(struct committer_walk *w)
{
    w->core.urgent = true;
}

static void commit_one_too_far(struct committer_walk *w)
{
    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        w->commits[i].watermark =
            w->facts[i].watermark > 0 ? w->facts[i].watermark + 1 : w->commits[i].watermark;
    }
}

static void commit_the_last_one_done(struct committer_walk *w)
{
    for (int i = 0; i < COMMITTER_MEMBERS; i++) {
        w->commits[i].watermark =
            w->facts[i].watermark > 0 ? w->facts[i].watermark - 1 : w->commits[i].watermark;
    }
}

static void forget_a_member(struct committer_walk *w)
{
    w->core.first = w->core.first != NULL ? w->core.first->next : NULL;
}

static void (*const sabotages[])(struct committer_walk *) = {
    forget_what_is_dirty, send_while_one_is_out,   believe_without_an_answer,
    never_back_off,       never_keep_the_interval, never_refresh,
    always_hurry,         commit_one_too_far,      commit_the_last_one_done,
    forget_a_member};
enum { SABOTAGES = sizeof sabotages / sizeof sabotages[0] };

START_TEST(a_broken_committer_is_flagged)
{
    uint32_t flagged = 0;

    walk.sabotage = sabotages[_i];
    for (uint64_t seed = 1; seed <= CONTROL_SEEDS; seed++) {
        flagged += committer_walk_run(&walk, seed)[0] != '\0' ? 1 : 0;
    }
    ck_assert_uint_ge(flagged, FLAGGED_MIN);
}
END_TEST

int main(void)
{
    TCase *schedules = tcase_create("schedules");
    TCase *controls = tcase_create("negative controls");

    tcase_add_loop_test(schedules, a_committer_writes_what_it_must_on_every_schedule, 0, SHARES);
    tcase_add_test(schedules, schedules_come_into_every_corner);
    tcase_add_loop_test(controls, a_broken_committer_is_flagged, 0, SABOTAGES);
    return runner_run_two("committer, random", schedules, controls);
}
