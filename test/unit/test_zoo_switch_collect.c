#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"

/* What a color left behind is removed if nobody uses it, whoever comes at whatever moment. The
 * nodes' ages are the simulation's: older than any window but the longest. */

#define BLUE  ZOO_DESK_GROUP "/weir/allotment-blue"
#define GREEN ZOO_DESK_GROUP "/weir/allotment-green"
#define RED   ZOO_DESK_GROUP "/weir/allotment-red"

static void set_up(void)
{
    switch_verb_set_up();
    switch_verb.wish.unused_ms = 86400000;
    sim_zoo_write(RED, "whatever it was");
}

static void leave_green(void)
{
    zoo_colors_leave("c");
    zoo_colors_leave("d");
}

START_TEST(what_nobody_uses_is_listed_and_then_removed)
{
    switch_verb.wish.execute = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_collect), WEIR_EXIT_OK);
    switch_verb_expect_printed("kept: it is active");
    switch_verb_expect_printed("kept: it has members");
    switch_verb_expect_printed("would be removed; --execute does it");
    ck_assert(sim_zoo_exists(RED));
    switch_verb.wish.execute = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_collect), WEIR_EXIT_OK);
    switch_verb_expect_printed("  removed\n");
    ck_assert(!sim_zoo_exists(RED));
    ck_assert(sim_zoo_exists(BLUE) && sim_zoo_exists(GREEN));
    ck_assert(sim_zoo_exists(ZOO_DESK_GROUP "/weir/switch"));
}
END_TEST

START_TEST(a_color_without_members_goes_and_the_active_one_never)
{
    leave_green();
    zoo_colors_leave("a");
    zoo_colors_leave("b");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_collect), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"removed\":false,\"kept\":\"it is active\"}");
    switch_verb_expect_printed("\"removed\":true,\"kept\":null}");
    ck_assert(sim_zoo_exists(BLUE) && !sim_zoo_exists(GREEN) && !sim_zoo_exists(RED));
}
END_TEST

START_TEST(what_was_used_a_short_time_ago_stays)
{
    leave_green();
    switch_verb.wish.unused_ms = INT64_MAX / 2;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_collect), WEIR_EXIT_OK);
    switch_verb_expect_printed("kept: it was used a short time ago");
    ck_assert(sim_zoo_exists(GREEN) && sim_zoo_exists(RED));
}
END_TEST

/* It may be one of green's: of a newer weir, say. */
START_TEST(nothing_goes_while_somebody_cannot_be_told)
{
    leave_green();
    sim_zoo_write(ZOO_DESK_GROUP "/ids/z", "{\"version\":1}");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_collect), WEIR_EXIT_OK);
    switch_verb_expect_printed("kept: there is a member whose color cannot be told");
    ck_assert(sim_zoo_exists(GREEN) && sim_zoo_exists(RED));
    sim_zoo_remove(ZOO_DESK_GROUP "/ids/z");
}
END_TEST

/* The window is that of the switch, however old the division is. */
START_TEST(a_color_that_was_switched_lately_stays)
{
    struct weir_switch record;

    leave_green();
    zoo_colors_read(&record);
    record.past_count = 1;
    record.past[0] = (struct weir_switch_past){.id = "then",
                                               .from = "green",
                                               .to = "blue",
                                               .by = "me",
                                               .outcome = WEIR_SWITCH_DONE,
                                               .ended_ms = weir_clock_wall() / WEIR_NS_PER_MS};
    zoo_colors_write(&record);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_collect), WEIR_EXIT_OK);
    ck_assert(sim_zoo_exists(GREEN) && !sim_zoo_exists(RED));
}
END_TEST

START_TEST(nothing_is_removed_while_a_switch_is_under_way)
{
    ck_assert(zoo_colors_ask("theirs", "green"));
    switch_verb_refuse(weir_zoo_switch_collect, "the switch theirs to green is under way");
    ck_assert(sim_zoo_exists(RED));
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/switch");
    switch_verb_refuse(weir_zoo_switch_collect, "no switch was ever asked for");
    ck_assert(sim_zoo_exists(RED));
}
END_TEST

static void ask_for_green(void)
{
    (void)zoo_colors_ask("theirs", "green");
}

static void divide_red(void)
{
    sim_zoo_write(RED, "anew");
}

/* At this turn of the command; was there such a turn? */
static bool collect_while(void (*what)(void), int at, int *code)
{
    switch_verb_tear_down();
    set_up();
    zoo_desk.act = what;
    zoo_desk.act_at = at;
    *code = switch_verb_run(weir_zoo_switch_collect);
    return zoo_desk.turns >= at;
}

/* If it was removed, that was before; and it was refused at some turn. */
static void expect_fenced(void (*what)(void), const char *said)
{
    int refused = 0;
    int code = WEIR_EXIT_OK;

    for (int at = 1; collect_while(what, at, &code); at++) {
        if (code != WEIR_EXIT_OK) {
            ck_assert_int_eq(code, WEIR_EXIT_TRY_AGAIN);
            ck_assert(sim_zoo_exists(RED));
            refused += strstr(zoo_desk.said, said) != NULL ? 1 : 0;
        }
    }
    ck_assert_int_gt(refused, 0);
}

START_TEST(a_switch_that_is_asked_for_meanwhile_wins)
{
    expect_fenced(ask_for_green, "red is not removed: a switch was asked for meanwhile");
}
END_TEST

START_TEST(who_divides_meanwhile_wins)
{
    expect_fenced(divide_red, "red is not removed: somebody has divided it meanwhile");
}
END_TEST

/* After a cut it is removed, or it is said that it may not be; a second call does the rest. */
START_TEST(a_connection_that_breaks_costs_another_try)
{
    int code = WEIR_EXIT_OK;

    for (int at = 1; collect_while(zoo_desk_cut, at, &code); at++) {
        ck_assert(code == WEIR_EXIT_TRY_AGAIN || !sim_zoo_exists(RED));
        ck_assert_int_eq(switch_verb_run(weir_zoo_switch_collect), WEIR_EXIT_OK);
        ck_assert(!sim_zoo_exists(RED));
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_collect");

    tcase_add_checked_fixture(tcase, set_up, switch_verb_tear_down);
    tcase_add_test(tcase, what_nobody_uses_is_listed_and_then_removed);
    tcase_add_test(tcase, a_color_without_members_goes_and_the_active_one_never);
    tcase_add_test(tcase, what_was_used_a_short_time_ago_stays);
    tcase_add_test(tcase, nothing_goes_while_somebody_cannot_be_told);
    tcase_add_test(tcase, a_color_that_was_switched_lately_stays);
    tcase_add_test(tcase, nothing_is_removed_while_a_switch_is_under_way);
    tcase_add_test(tcase, a_switch_that_is_asked_for_meanwhile_wins);
    tcase_add_test(tcase, who_divides_meanwhile_wins);
    tcase_add_test(tcase, a_connection_that_breaks_costs_another_try);
    return runner_run("zoo_switch_collect", tcase);
}
