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

/* Of two of the four partitions that blue has. */
static char orders[] = "orders";
static struct weir_switch_stop two[] = {
    {.topic = orders, .partition = 3, .offset = 977, .committed = 1000, .end = 1200},
    {.topic = orders, .partition = 0, .offset = 1042, .committed = 100, .end = 1000}};
static struct weir_switch_stop_list some = {.all = two, .count = 2};
static const char stops_node[] = ZOO_DESK_GROUP "/weir/stops";

START_TEST(apply_writes_stop_offsets_with_the_request)
{
    switch_verb.wish.stops = &some;
    if (_i == 1) {
        sim_zoo_write(stops_node, "of another one");
    }
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_int_eq(switch_verb.record.request.drain, WEIR_SWITCH_TO_STOPS);
    ck_assert_str_eq(sim_zoo_data(stops_node),
                     "{\"version\":1,\"id\":\"ours\",\"topics\":{\"orders\":[1042,-1,-1,977]}}");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("drain stops, on deadline back");
}
END_TEST

START_TEST(the_plan_shows_stop_offsets)
{
    switch_verb.wish.stops = &some;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed(
        "orders          3       1000   977  past it: handed over where it is\n");
    switch_verb_expect_printed(
        "orders          0        100  1042  behind the end: waits for records\n");
    ck_assert(!sim_zoo_exists(stops_node));
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"drain\":\"stops\"");
    switch_verb_expect_printed(
        "\"stops\":[{\"topic\":\"orders\",\"partition\":3,\"committed\":1000,"
        "\"stop\":977,\"end\":1200},");
}
END_TEST

START_TEST(stop_offsets_of_what_is_not_switched_are_refused)
{
    char payments[] = "payments";
    struct weir_switch_stop stop = {.topic = payments, .offset = 5};
    struct weir_switch_stop_list list = {.all = &stop, .count = 1, .is_given = true};

    switch_verb.wish.stops = &list;
    switch_verb_refuse(weir_zoo_switch_apply,
                       "there are stop offsets of payments, which blue has not");
    stop.topic = orders;
    stop.partition = INT32_MAX;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_USAGE);
    switch_verb_expect_said("these stop offsets cannot be");
}
END_TEST

/* The brokers told of all that the group knows: what green alone has, or nobody any more. */
START_TEST(what_is_not_switched_needs_no_stop_offset)
{
    struct weir_switch_stop_list list = {.all = NULL};

    ck_assert(weir_switch_stop_take(&list, "payments:0:5"));
    ck_assert(weir_switch_stop_take(&list, "orders:2:9"));
    switch_verb.wish.stops = &list;
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_str_eq(sim_zoo_data(stops_node),
                     "{\"version\":1,\"id\":\"ours\",\"topics\":{\"orders\":[-1,-1,9]}}");
    weir_switch_stop_list_fini(&list);
}
END_TEST

START_TEST(stop_offsets_are_read_from_words)
{
    static const char *const wrong[] = {"orders",      "orders:1",   ":1:2",      "orders:-1:2",
                                        "orders:1:-2", "orders:x:2", "orders:1:", "orders::2"};
    struct weir_switch_stop_list list = {.all = NULL};

    ck_assert(weir_switch_stop_take(&list, "orders:7:9007199254740993"));
    ck_assert_str_eq(list.all[0].topic, "orders");
    ck_assert_int_eq(list.all[0].partition, 7);
    ck_assert_int_eq(list.all[0].offset, 9007199254740993);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_msg(!weir_switch_stop_take(&list, wrong[i]), "%s", wrong[i]);
    }
    ck_assert_uint_eq(list.count, 1);
    weir_switch_stop_list_fini(&list);
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

/* Stop offsets come about with the request, or not at all. */
static void expect_stops(bool ours)
{
    const char *stops = sim_zoo_data(stops_node);

    ck_assert_int_eq(strstr(stops, "\"id\":\"ours\"") != NULL,
                     ours && switch_verb.wish.stops != NULL);
}

START_TEST(of_two_operators_one_wins_at_whatever_moment)
{
    int lost = 0;
    int at = 0;
    int turns = 0;

    switch_verb.wish.stops = _i == 1 ? &some : NULL;
    do {
        zoo_colors_activate("blue");
        sim_zoo_write(stops_node, "theirs");
        rival_has_won = false;
        zoo_desk.act = rival_asks;
        zoo_desk.act_at = ++at;
        int code = switch_verb_run(weir_zoo_switch_apply);
        turns = zoo_desk.turns;
        ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
        ck_assert_uint_eq(switch_verb.record.turn, 2);
        expect_stops(code == WEIR_EXIT_OK);
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

    switch_verb.wish.stops = _i == 1 ? &some : NULL;
    do {
        zoo_colors_activate("blue");
        sim_zoo_write(stops_node, "theirs");
        zoo_desk.act = zoo_desk_cut;
        zoo_desk.act_at = ++at;
        ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
        turns = zoo_desk.turns;
        ck_assert_str_eq(switch_verb.record.request.id, "ours");
        ck_assert_uint_eq(switch_verb.record.turn, 2);
        expect_stops(true);
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
    tcase_add_loop_test(tcase, apply_writes_stop_offsets_with_the_request, 0, 2);
    tcase_add_test(tcase, the_plan_shows_stop_offsets);
    tcase_add_test(tcase, stop_offsets_of_what_is_not_switched_are_refused);
    tcase_add_test(tcase, what_is_not_switched_needs_no_stop_offset);
    tcase_add_test(tcase, stop_offsets_are_read_from_words);
    tcase_add_test(tcase, the_first_color_needs_no_record);
    tcase_add_test(tcase, apply_refuses_what_it_would_not_wait_for);
    tcase_add_test(tcase, apply_asks_although_members_are_not_there_yet);
    tcase_add_test(tcase, an_id_that_is_known_is_not_asked_for_again);
    tcase_add_test(tcase, the_end_of_an_id_that_is_known_is_told);
    tcase_add_loop_test(tcase, of_two_operators_one_wins_at_whatever_moment, 0, 2);
    tcase_add_test(tcase, a_record_that_has_changed_is_not_overwritten);
    tcase_add_loop_test(tcase, a_connection_that_breaks_costs_nothing, 0, 2);
    tcase_add_test(tcase, an_answer_that_was_lost_is_read);
    tcase_add_test(tcase, a_server_that_is_away_or_refuses_is_unavailable);
    return runner_run("zoo_switch_ask", tcase);
}
