#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

/* weir switch apply, on a server in virtual time, and whoever comes in between. */

/* Asking. */

START_TEST(apply_writes_nothing_unless_it_is_told_to)
{
    switch_verb.wish.execute = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_printed("orders           4  blue  green\n");
    ck_assert_uint_eq(switch_verb.record.turn, 1);
    switch_verb.wish.to = "red";
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
}
END_TEST

START_TEST(apply_writes_the_request)
{
    switch_verb.wish.together = true;
    switch_verb.wish.go_on = true;
    switch_verb.wish.health_ms = 5000;
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_str_eq(switch_verb.printed, "the switch is asked for: ours from blue to green\n");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
    ck_assert_str_eq(switch_verb.record.request.id, "ours");
    ck_assert_str_eq(switch_verb.record.request.by, "me@here");
    ck_assert_int_eq(switch_verb.record.request.mode, WEIR_SWITCH_TOGETHER);
    ck_assert_int_eq(switch_verb.record.request.drain, WEIR_SWITCH_IN_FLIGHT);
    ck_assert_int_eq(switch_verb.record.request.overdue, WEIR_SWITCH_GO_ON);
    ck_assert_int_eq(switch_verb.record.request.limits.drain_ms, 60000);
    ck_assert_int_eq(switch_verb.record.request.limits.health_ms, 5000);
    ck_assert_int_gt(switch_verb.record.request.asked_ms, INT64_C(1600000000000));
}
END_TEST

START_TEST(apply_asks_for_an_immediate_switch)
{
    switch_verb.wish.immediate = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    ck_assert_int_eq(switch_verb.record.request.drain, WEIR_SWITCH_IMMEDIATE);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("mode each, drain immediate, on deadline back");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"drain\":\"immediate\"");
}
END_TEST

START_TEST(the_first_color_needs_no_record)
{
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/switch");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
    ck_assert_str_eq(switch_verb.record.request.from, "");
    switch_verb_expect_printed("ours from none to green\n");
}
END_TEST

START_TEST(apply_refuses_what_it_would_not_wait_for)
{
    switch_verb.wish.to = "blue";
    switch_verb_refuse(weir_zoo_switch_apply, "blue is active already");
    switch_verb.wish.to = "green";
    zoo_colors_leave("d");
    zoo_colors_join("c", "green", "bluegreen-range", "payments");
    zoo_colors_divide("green");
    switch_verb_refuse(weir_zoo_switch_apply, "no member of green subscribes to orders");
    ck_assert(zoo_colors_ask("theirs", "green"));
    zoo_colors_join("c", "green", "bluegreen-range", "orders");
    switch_verb_refuse(weir_zoo_switch_apply,
                       "the switch theirs to green, which rival@there asked for, is "
                       "under way (prepared)");
}
END_TEST

START_TEST(apply_asks_although_members_are_not_there_yet)
{
    zoo_colors_leave("c");
    zoo_colors_leave("d");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_said("the switch waits: there is no member of green");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
}
END_TEST

START_TEST(an_id_that_is_known_is_not_asked_for_again)
{
    switch_verb.wish.id = "theirs";
    switch_verb_be_in(WEIR_SWITCH_DRAINING);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_printed("the switch is asked for: theirs");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_DRAINING);
    switch_verb.wish.to = "blue";
    switch_verb_refuse(weir_zoo_switch_apply, "the id theirs was given to a switch to green");
}
END_TEST

START_TEST(the_end_of_an_id_that_is_known_is_told)
{
    switch_verb.wish.id = "theirs";
    switch_verb_end_theirs(WEIR_SWITCH_DONE);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_printed("done: theirs from blue to green; active color green, epoch 3\n");
    zoo_colors_activate("blue");
    switch_verb_end_theirs(WEIR_SWITCH_ABORTED);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed("aborted: theirs from blue to green: rain; active color blue");
}
END_TEST

/* Somebody else is first. */

static bool rival_has_won;

static void rival_asks(void)
{
    rival_has_won = zoo_colors_ask("theirs", "green");
}

START_TEST(of_two_operators_one_wins_at_whatever_moment)
{
    int lost = 0;
    int at = 0;
    int turns = 0;

    do {
        zoo_colors_activate("blue");
        rival_has_won = false;
        zoo_desk.act = rival_asks;
        zoo_desk.act_at = ++at;
        int code = switch_verb_run(weir_zoo_switch_apply);
        turns = zoo_desk.turns;
        ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
        ck_assert_uint_eq(switch_verb.record.turn, 2);
        if (code == WEIR_EXIT_OK) {
            ck_assert(!rival_has_won);
            ck_assert_str_eq(switch_verb.record.request.id, "ours");
        } else {
            ck_assert_int_eq(code, WEIR_EXIT_TRY_AGAIN);
            ck_assert_str_eq(switch_verb.record.request.id, "theirs");
            switch_verb_expect_said(
                "the switch theirs to green, which rival@there asked for, is under way");
            lost++;
        }
    } while (turns >= at && at < SWITCH_VERB_TURNS_MAX);
    ck_assert_int_gt(lost, 2);
    ck_assert_int_lt(at, SWITCH_VERB_TURNS_MAX);
}
END_TEST

static void rival_is_done(void)
{
    zoo_colors_read(&switch_verb.record);
    if (switch_verb.record.step == WEIR_SWITCH_IDLE) {
        switch_verb_end_theirs(WEIR_SWITCH_ABORTED);
    }
}

START_TEST(a_record_that_has_changed_is_not_overwritten)
{
    int lost = 0;

    for (int at = 1; at < SWITCH_VERB_TURNS_MAX; at++) {
        zoo_colors_activate("blue");
        zoo_colors_follow(NULL);
        zoo_desk.act = rival_is_done;
        zoo_desk.act_at = at;
        int code = switch_verb_run(weir_zoo_switch_apply);
        if (zoo_desk.turns < at) {
            break;
        }
        if (code == WEIR_EXIT_TRY_AGAIN) {
            switch_verb_expect_said(
                "somebody else was first: the switch theirs to green, which rival@there "
                "asked for, is aborted");
            lost++;
        }
    }
    ck_assert_int_gt(lost, 0);
}
END_TEST

START_TEST(a_connection_that_breaks_costs_nothing)
{
    int at = 0;
    int turns = 0;

    do {
        zoo_colors_activate("blue");
        zoo_desk.act = zoo_desk_cut;
        zoo_desk.act_at = ++at;
        ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
        turns = zoo_desk.turns;
        ck_assert_str_eq(switch_verb.record.request.id, "ours");
        ck_assert_uint_eq(switch_verb.record.turn, 2);
    } while (turns >= at && at < SWITCH_VERB_TURNS_MAX);
    ck_assert_int_gt(at, 3);
    ck_assert_int_lt(at, SWITCH_VERB_TURNS_MAX);
}
END_TEST

START_TEST(an_answer_that_was_lost_is_read)
{
    sim_zoo_lose_reply(0);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    ck_assert_uint_eq(switch_verb.record.turn, 2);
    sim_zoo_lose_reply(0);
    ck_assert_msg(switch_verb_run(weir_zoo_switch_abort) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_str_eq(switch_verb.record.past[0].why, "aborted by me@here");
}
END_TEST

START_TEST(a_server_that_is_away_or_refuses_is_unavailable)
{
    sim_zoo_deny(ZOO_DESK_GROUP "/weir/switch");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_UNAVAILABLE);
    switch_verb_expect_said("/weir/switch cannot be read");
    sim_zoo_deny(NULL);
    sim_zoo_cut(0);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_UNAVAILABLE);
    switch_verb_expect_said("no answer of zookeeper.connect=zk1:2181/kafka in time");
    sim_zoo_heal(0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_ask");

    tcase_add_checked_fixture(tcase, switch_verb_set_up, switch_verb_tear_down);
    tcase_add_test(tcase, apply_writes_nothing_unless_it_is_told_to);
    tcase_add_test(tcase, apply_writes_the_request);
    tcase_add_test(tcase, apply_asks_for_an_immediate_switch);
    tcase_add_test(tcase, the_first_color_needs_no_record);
    tcase_add_test(tcase, apply_refuses_what_it_would_not_wait_for);
    tcase_add_test(tcase, apply_asks_although_members_are_not_there_yet);
    tcase_add_test(tcase, an_id_that_is_known_is_not_asked_for_again);
    tcase_add_test(tcase, the_end_of_an_id_that_is_known_is_told);
    tcase_add_test(tcase, of_two_operators_one_wins_at_whatever_moment);
    tcase_add_test(tcase, a_record_that_has_changed_is_not_overwritten);
    tcase_add_test(tcase, a_connection_that_breaks_costs_nothing);
    tcase_add_test(tcase, an_answer_that_was_lost_is_read);
    tcase_add_test(tcase, a_server_that_is_away_or_refuses_is_unavailable);
    return runner_run("zoo_switch_ask", tcase);
}
