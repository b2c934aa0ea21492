#include "tools/demo_story.h"

#include "test/support/runner.h"
#include "test/support/text.h"
#include <stdio.h>
#include <string.h>

/* The story of two colors, in a world that does at once what it is told to. */

#define NS_PER_MS INT64_C(1000000)

enum { FRAME_MS = 100, FRAMES_MAX = 6000, STUCK_AFTER_MS = 200 };

static struct demo_plan plan;
static struct demo_story story;
static struct demo_picture picture;
static struct weir_zoo_demo_sight sight;
static struct text told; /* what was done, in words */
static bool deaf;        /* switches that are asked for do not end */
static bool hasty;       /* they end although a member hangs */

static void set_up(void)
{
    plan = (struct demo_plan){
        .seconds = 120, .members = 4, .partitions = 4, .rate = 100, .bluegreen = true};
    sight = (struct weir_zoo_demo_sight){.step = "idle"};
    picture = (struct demo_picture){.now_ns = NS_PER_MS, .colors = &sight};
    deaf = hasty = false;
    text_add(&told, "%s", "");
    demo_group_init(&picture.group, &plan, picture.now_ns);
    picture.group.member[plan.members - 1].partitions = 1;
    demo_story_begin(&story, &plan, picture.now_ns);
}

static void tear_down(void)
{
    text_fini(&told);
    told = (struct text){.bytes = NULL};
}

static void end_switch(void)
{
    sight.to[0] = '\0';
    sight.step = "idle";
    sight.ended++;
    picture.group.settled = true;
}

/* What comes of it, and what it is called. */
static void perform(enum demo_act act)
{
    static const char *const names[] = {
        [DEMO_ACT_JOIN] = "join ",        [DEMO_ACT_LEAVE] = "leave ",
        [DEMO_ACT_KILL] = "kill ",        [DEMO_ACT_SWITCH] = "switch ",
        [DEMO_ACT_HANG] = "hang ",        [DEMO_ACT_CRASH] = "crash ",
        [DEMO_ACT_BACK] = "back ",        [DEMO_ACT_ENDED] = "ended ",
        [DEMO_ACT_STOP_ORDERS] = "stop ", [DEMO_ACT_FINISH] = "finish"};

    text_add(&told, "%s", act == DEMO_ACT_NONE ? "" : names[act]);
    if (act == DEMO_ACT_SWITCH) {
        (void)snprintf(sight.to, sizeof sight.to, "%s",
                       demo_color_name(demo_story_chapter(&story)->to));
        sight.step = "prepared";
        picture.group.settled = false;
    } else if (act == DEMO_ACT_CRASH) {
        picture.group.member[story.member].state = DEMO_MEMBER_KILLED;
    } else if (act == DEMO_ACT_BACK) {
        end_switch();
    }
}

/* A switch goes its way: it drains, unless somebody hangs, and is watched if that is asked for. */
static void pass_time(void)
{
    const struct demo_chapter *chapter = demo_story_chapter(&story);
    bool dead = picture.group.member[plan.members - 1].state == DEMO_MEMBER_KILLED;

    picture.now_ns += FRAME_MS * NS_PER_MS;
    story.ready = true;
    picture.group.member[plan.members - 1].stuck = story.hung ? 1 : 0;
    if (sight.to[0] == '\0' || deaf) {
        return;
    }
    if (story.hung && !dead && !hasty) {
        sight.step = "draining";
    } else if (chapter != NULL && chapter->back) {
        sight.step = "active";
        picture.group.settled = true;
    } else {
        end_switch();
    }
}

/* To its end, or until something is told. */
static void play(const char *until)
{
    enum demo_act act = DEMO_ACT_NONE;

    for (int frame = 0; act != DEMO_ACT_FINISH && strstr(told.bytes, until) == NULL; frame++) {
        ck_assert_int_lt(frame, FRAMES_MAX);
        act = demo_story_step(&story, &picture);
        perform(act);
        pass_time();
    }
}

START_TEST(the_chapters_are_told_in_order)
{
    play("finish");
    ck_assert_str_eq(told.bytes, "join join join join switch ended switch ended "
                                 "hang switch crash ended switch back ended stop finish");
    ck_assert(!story.late);
    ck_assert_ptr_null(demo_story_chapter(&story));
}
END_TEST

START_TEST(nobody_is_killed_when_only_one_would_be_left_of_none)
{
    plan.members = 3;
    play("finish");
    ck_assert_str_eq(told.bytes, "join join join switch ended switch ended switch ended "
                                 "switch back ended stop finish");
}
END_TEST

START_TEST(who_has_nothing_is_not_killed)
{
    picture.group.member[plan.members - 1].partitions = 0;
    play("finish");
    ck_assert_str_eq(told.bytes, "join join join join switch ended switch ended switch ended "
                                 "switch back ended stop finish");
}
END_TEST

START_TEST(after_its_time_no_switch_begins)
{
    plan.seconds = 1;
    play("finish");
    ck_assert_str_eq(told.bytes, "join join join join switch ended stop finish");
}
END_TEST

START_TEST(who_hangs_is_killed_even_if_nobody_waited_for_it)
{
    play("hang ");
    hasty = true;
    play("finish");
    ck_assert_str_eq(told.bytes, "join join join join switch ended switch ended "
                                 "hang switch crash ended switch back ended stop finish");
}
END_TEST

START_TEST(an_interruption_ends_it_anywhere)
{
    play("hang ");
    story.interrupted = true;
    play("finish");
    ck_assert_ptr_nonnull(strstr(told.bytes, "hang stop finish"));
}
END_TEST

START_TEST(a_switch_that_does_not_end_is_given_up)
{
    deaf = true;
    play("finish");
    ck_assert_str_eq(told.bytes, "join join join join switch stop finish");
    ck_assert(story.late);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("colors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_chapters_are_told_in_order);
    tcase_add_test(tcase, nobody_is_killed_when_only_one_would_be_left_of_none);
    tcase_add_test(tcase, who_has_nothing_is_not_killed);
    tcase_add_test(tcase, after_its_time_no_switch_begins);
    tcase_add_test(tcase, who_hangs_is_killed_even_if_nobody_waited_for_it);
    tcase_add_test(tcase, an_interruption_ends_it_anywhere);
    tcase_add_test(tcase, a_switch_that_does_not_end_is_given_up);
    return runner_run("demo_story", tcase);
}
