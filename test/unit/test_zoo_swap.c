#include "framework/switch_move.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/swap_verb.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

/* weir switch of the two groups of swap_verb.h. */

enum { CUTS = 40, WINDOW_MS = 600000 };

static const char *const snapshots[] = {ZOO_DESK_GROUP "/weir/snapshot",
                                        SWAP_VERB_NEXT "/weir/snapshot"};

static void expect_asked(const char *id)
{
    static const char *const colors[] = {"blue", "green"};
    static const char *const names[] = {"shop", "next"};

    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        ck_assert_int_eq(swap_verb.records[i].step, WEIR_SWITCH_PREPARED);
        ck_assert_str_eq(swap_verb.records[i].request.id, id);
        ck_assert_str_eq(swap_verb.records[i].request.from, colors[i]);
        ck_assert_str_eq(swap_verb.records[i].request.to, colors[1 - i]);
        ck_assert_str_eq(swap_verb.records[i].request.peer, names[1 - i]);
    }
}

START_TEST(a_swap_is_asked_for_of_both_groups)
{
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_asked("ours");
    switch_verb_expect_printed("shop: the swap is asked for: ours from blue to green\n"
                               "next: the swap is asked for: ours from green to blue\n");
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_OK); /* known by its id */
    ck_assert_uint_eq(swap_verb.records[0].turn, 2);
    switch_verb.wish.id = "another";
    swap_verb_refuse(weir_zoo_swap_apply, "next: the switch ours to blue, which me@here asked for");
    switch_verb.wish.id = "ours";
    switch_verb.wish.peer_to = "blue";
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_OK);
    switch_verb.wish.peer_to = "red";
    swap_verb_refuse(weir_zoo_swap_apply, "the id ours was given to another switch");
    switch_verb.wish.peer_to = NULL;
    switch_verb.wish.to = "blue";
    swap_verb_refuse(weir_zoo_swap_apply, "the id ours was given to another switch");
}
END_TEST

START_TEST(a_switch_of_one_group_is_not_gone_along_with)
{
    ck_assert(zoo_colors_ask("ours", "green"));
    swap_verb_refuse(weir_zoo_swap_apply, "the id ours was given to another switch");
}
END_TEST

START_TEST(a_plan_shows_both_and_writes_nothing)
{
    int32_t before = sim_zoo_version(swap_verb_paths[1]);

    ck_assert_msg(swap_verb_run(weir_zoo_swap_plan) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("group shop: from blue to green, epoch 1\n");
    switch_verb_expect_printed("group next: from green to blue, epoch 1\n");
    switch_verb.wish.execute = false;
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_OK);
    ck_assert_int_eq(sim_zoo_version(swap_verb_paths[1]), before);
}
END_TEST

/* Also what a switch of one group would wait for. */
START_TEST(a_swap_does_not_begin_before_both_are_ready)
{
    sim_zoo_remove(SWAP_VERB_NEXT "/ids/a");
    sim_zoo_remove(SWAP_VERB_NEXT "/ids/b");
    swap_verb_refuse(weir_zoo_swap_apply, "next: there is no member of blue");
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_plan), WEIR_EXIT_TRY_AGAIN);
}
END_TEST

/* Somebody asks for a switch of one of the two between our look and our write. */
static void be_first(void)
{
    (void)zoo_colors_ask("theirs", "green");
}

START_TEST(of_two_operators_one_is_told_who_was_first)
{
    int lost = 0;

    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_OK);
    int turns = zoo_desk.turns;
    for (int turn = 1; turn <= turns; turn++) {
        swap_verb_tear_down();
        swap_verb_set_up();
        zoo_desk.act = be_first;
        zoo_desk.act_at = turn;
        int code = swap_verb_run(weir_zoo_swap_apply);
        bool theirs = strcmp(swap_verb.records[0].request.id, "theirs") == 0;
        ck_assert_int_eq(code, theirs ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_OK);
        if (theirs) { /* and nothing is written of the other half */
            switch_verb_expect_said("rival@there");
            ck_assert_int_eq(swap_verb.records[1].step, WEIR_SWITCH_IDLE);
            lost++;
        } else {
            expect_asked("ours");
        }
    }
    ck_assert_int_gt(lost, 0);
    ck_assert_int_lt(lost, turns);
}
END_TEST

START_TEST(an_abort_and_a_rollback_are_of_both)
{
    swap_verb_refuse(weir_zoo_swap_abort, "no swap is under way, and there was none");
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_OK);
    switch_verb.wish.execute = false;
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_abort), WEIR_EXIT_OK);
    switch_verb_expect_printed("next: the switch would be aborted; --execute does it: ours");
    expect_asked("ours");
    switch_verb.wish.execute = true;
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_abort), WEIR_EXIT_OK);
    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        ck_assert_int_eq(swap_verb.records[i].step, WEIR_SWITCH_IDLE);
        ck_assert_int_eq(swap_verb.records[i].past[0].outcome, WEIR_SWITCH_ABORTED);
        ck_assert_str_eq(swap_verb.records[i].past[0].why, "aborted by me@here");
    }
    swap_verb_refuse(weir_zoo_swap_rollback,
                     "no swap is under way; the last switch of shop, ours to green");
}
END_TEST

START_TEST(what_has_moved_is_taken_back_wherever_the_halves_are)
{
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_OK);
    swap_verb.records[0].step = WEIR_SWITCH_ACTIVE;
    (void)snprintf(swap_verb.records[0].active, sizeof swap_verb.records[0].active, "green");
    swap_verb.records[1].step = WEIR_SWITCH_DRAINING;
    swap_verb_put(0, &swap_verb.records[0]);
    swap_verb_put(1, &swap_verb.records[1]);
    swap_verb_refuse(weir_zoo_swap_abort,
                     "has begun to move (active): weir switch rollback takes it back");
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_rollback), WEIR_EXIT_OK);
    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        ck_assert_int_eq(swap_verb.records[i].step, WEIR_SWITCH_RETURNING);
        ck_assert_str_eq(swap_verb.records[i].why, "rolled back by me@here");
    }
    ck_assert_str_eq(swap_verb.records[0].active, "blue");
    swap_verb_refuse(weir_zoo_swap_rollback, "is on its way back already");
}
END_TEST

START_TEST(one_half_is_not_taken_back_alone)
{
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_OK);
    switch_verb_refuse(weir_zoo_switch_rollback, "one half of a swap with next");
    switch_verb_refuse(weir_zoo_switch_abort, "one half of a swap with next");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("one half of a swap: the other one is in group next\n");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"peer\":\"next\"");
}
END_TEST

START_TEST(a_switch_of_one_group_is_no_swap)
{
    ck_assert(zoo_colors_ask("theirs", "green"));
    swap_verb_refuse(
        weir_zoo_swap_abort,
        "the switch theirs of shop to green is no half of a swap with next: it is taken back "
        "alone, by the group's name and -X weir.bluegreen.topology=standby");
}
END_TEST

START_TEST(the_first_colors_are_both_named)
{
    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        sim_zoo_remove(swap_verb_paths[i]);
    }
    switch_verb.wish.to = "blue";
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_said("in shop no color is active yet: say with --peer-to");
    ck_assert_ptr_null(sim_zoo_data(swap_verb_paths[0]));
    switch_verb.wish.peer_to = "green";
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_str_eq(swap_verb.records[0].request.to, "blue");
    ck_assert_str_eq(swap_verb.records[1].request.to, "green");
}
END_TEST

START_TEST(what_is_done_is_taken_back_within_its_window)
{
    swap_verb_be_done();
    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        const char *text = sim_zoo_data(snapshots[i]);
        ck_assert_ptr_nonnull(strstr(text, "{\"version\":1,\"id\":\"ours\",\"topics\":{},"));
    }
    switch_verb.wish.execute = false;
    ck_assert_msg(swap_verb_run(weir_zoo_swap_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("that would be ours-back:\n");
    switch_verb_expect_printed("group next: from blue to green");
    ck_assert_int_eq(swap_verb.records[0].step, WEIR_SWITCH_IDLE);
    switch_verb.wish.execute = true;
    switch_verb.wish.health_ms = 60000;
    for (int i = 0; i < 2; i++) { /* however often, it is one way back */
        ck_assert_msg(swap_verb_run(weir_zoo_swap_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
        ck_assert_int_eq(swap_verb.records[0].step, WEIR_SWITCH_PREPARED);
        ck_assert_str_eq(swap_verb.records[0].request.id, "ours-back");
        ck_assert_str_eq(swap_verb.records[0].request.to, "blue");
        ck_assert_str_eq(swap_verb.records[0].request.peer, "next");
        ck_assert_str_eq(swap_verb.records[1].request.id, "ours-back");
        ck_assert_str_eq(swap_verb.records[1].request.to, "green");
        ck_assert_int_eq(swap_verb.records[1].request.limits.health_ms, 0);
        ck_assert_ptr_nonnull(strstr(sim_zoo_data(snapshots[1]),
                                     "\"peer\":\"shop\",\"unknown\":true,\"back_of\":\"ours\"}"));
    }
    swap_verb_end(WEIR_SWITCH_DONE);
    ck_assert_msg(swap_verb_run(weir_zoo_swap_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("next: done: ours-back from blue to green");
    ck_assert_int_eq(swap_verb.records[0].step, WEIR_SWITCH_IDLE);
}
END_TEST

static void expect_version(int half, bool leaves)
{
    const char *text = sim_zoo_data(swap_verb_paths[half]);
    const char *version = leaves ? "{\"version\":4," : "{\"version\":3,";

    ck_assert_int_eq(swap_verb.records[half].request.leave_unread, leaves);
    ck_assert_int_eq(strncmp(text, version, strlen(version)), 0);
}

/* So that those obey it who were there before; where green has a topic of its own in shop, blue
 * leaves it there. */
START_TEST(a_way_back_leaves_topics_only_where_there_are_some)
{
    bool leaves = _i == 1;

    swap_verb_be_done();
    if (leaves) {
        zoo_colors_join("e", "green", "bluegreen-range", "later");
    }
    ck_assert_msg(swap_verb_run(weir_zoo_swap_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_str_eq(swap_verb.records[0].request.from, "green");
    expect_version(0, leaves);
    expect_version(1, false);
}
END_TEST

START_TEST(a_way_back_that_is_aborted_can_be_asked_for_again)
{
    swap_verb_be_done();
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_rollback), WEIR_EXIT_OK);
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_abort), WEIR_EXIT_OK);
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_rollback), WEIR_EXIT_OK);
    ck_assert_str_eq(swap_verb.records[0].request.id, "ours-back2");
    ck_assert_str_eq(swap_verb.records[1].request.id, "ours-back2");
}
END_TEST

/* Of the half that is through its end is told, of the other one that it is asked for. */
START_TEST(a_way_back_of_which_one_half_has_ended_is_told)
{
    struct weir_switch next;

    swap_verb_be_done();
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_rollback), WEIR_EXIT_OK);
    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        swap_verb.records[i].step = WEIR_SWITCH_DRAINING;
        weir_switch_move_back(&swap_verb.records[i], "rain", &next);
        swap_verb_put(i, &next);
        swap_verb.records[i] = next;
    }
    weir_switch_end(&swap_verb.records[_i], WEIR_SWITCH_ROLLED_BACK, "rain", 0, &next);
    swap_verb_put(_i, &next);
    switch_verb.wish.execute = false;
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed(_i == 0 ? "shop: rolled_back: ours-back from green to blue: rain"
                                       : "next: rolled_back: ours-back from blue to green: rain");
    switch_verb_expect_printed(_i == 1 ? "shop: the way back is asked for already: ours-back"
                                       : "next: the way back is asked for already: ours-back");
    ck_assert_ptr_null(strstr(switch_verb.printed, "that would be"));
}
END_TEST

/* After its window, of one group alone, and when one group alone has done something else since. */
START_TEST(what_cannot_be_taken_back_any_more_is_refused)
{
    swap_verb_be_done();
    switch_verb_refuse(weir_zoo_switch_rollback, "is one half of a swap with next");
    swap_verb.records[0].past[0].ended_ms -= _i == 0 ? WINDOW_MS : 0;
    swap_verb_put(0, &swap_verb.records[0]);
    if (_i == 1) {
        sim_zoo_write(snapshots[1], "{}");
    }
    swap_verb_refuse(weir_zoo_swap_rollback,
                     _i == 0
                         ? "and its window was over at 20"
                         : "no swap is under way; the last switch of shop, ours to green, is done");
    switch_verb.wish.window_ms = 0;
}
END_TEST

/* Both to green; to a color that was in neither; and from two to one. */
START_TEST(what_is_no_exchange_is_refused)
{
    static const char *const wishes[][3] = {
        {"green", "green", ""}, {"red", NULL, "green"}, {"green", "blue", "red"}};

    switch_verb.wish.to = wishes[_i][0];
    switch_verb.wish.peer_to = wishes[_i][1];
    (void)snprintf(swap_verb.records[1].active, sizeof swap_verb.records[1].active, "%s",
                   wishes[_i][2]);
    swap_verb_put(1, &swap_verb.records[1]);
    swap_verb_refuse(weir_zoo_swap_apply, "is no exchange: a swap is of two colors");
    switch_verb.wish.execute = false;
    swap_verb_refuse(weir_zoo_swap_apply, "give its name and -X weir.bluegreen.topology=standby");
    swap_verb_refuse(weir_zoo_swap_plan, "shop from blue to ");
}
END_TEST

START_TEST(a_look_is_at_one_after_the_other)
{
    size_t size = 0;
    char *printed = NULL;
    FILE *out = open_memstream(&printed, &size);

    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(
        weir_zoo_swap_each(weir_zoo_switch_status, swap_verb.groups, &switch_verb.wish, out),
        WEIR_EXIT_OK);
    ck_assert_int_eq(fclose(out), 0);
    const char *first = strstr(printed, "group shop: active color blue");
    ck_assert_msg(first != NULL && strstr(first, "group next: active color green") != NULL, "%s",
                  printed);
    free(printed);
}
END_TEST

/* Whatever was lost with a connection, both are asked for, or neither is. */
START_TEST(broken_connections_leave_no_half)
{
    for (int turn = 1; turn <= CUTS; turn++) {
        swap_verb_tear_down();
        swap_verb_set_up();
        zoo_desk.act = zoo_desk_cut;
        zoo_desk.act_at = turn;
        int code = swap_verb_run(weir_zoo_swap_apply);
        ck_assert_int_eq(swap_verb.records[0].step, swap_verb.records[1].step);
        ck_assert_int_eq(code, WEIR_EXIT_OK);
        expect_asked("ours");
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("swap");

    tcase_add_checked_fixture(tcase, swap_verb_set_up, swap_verb_tear_down);
    tcase_add_test(tcase, a_swap_is_asked_for_of_both_groups);
    tcase_add_test(tcase, a_switch_of_one_group_is_not_gone_along_with);
    tcase_add_test(tcase, a_plan_shows_both_and_writes_nothing);
    tcase_add_test(tcase, a_swap_does_not_begin_before_both_are_ready);
    tcase_add_test(tcase, of_two_operators_one_is_told_who_was_first);
    tcase_add_test(tcase, an_abort_and_a_rollback_are_of_both);
    tcase_add_test(tcase, what_has_moved_is_taken_back_wherever_the_halves_are);
    tcase_add_test(tcase, one_half_is_not_taken_back_alone);
    tcase_add_test(tcase, a_switch_of_one_group_is_no_swap);
    tcase_add_test(tcase, the_first_colors_are_both_named);
    tcase_add_test(tcase, what_is_done_is_taken_back_within_its_window);
    tcase_add_loop_test(tcase, a_way_back_leaves_topics_only_where_there_are_some, 0, 2);
    tcase_add_test(tcase, a_way_back_that_is_aborted_can_be_asked_for_again);
    tcase_add_loop_test(tcase, a_way_back_of_which_one_half_has_ended_is_told, 0, 2);
    tcase_add_loop_test(tcase, what_cannot_be_taken_back_any_more_is_refused, 0, 2);
    tcase_add_loop_test(tcase, what_is_no_exchange_is_refused, 0, 3);
    tcase_add_test(tcase, a_look_is_at_one_after_the_other);
    tcase_add_test(tcase, broken_connections_leave_no_half);
    return runner_run("zoo_swap", tcase);
}
