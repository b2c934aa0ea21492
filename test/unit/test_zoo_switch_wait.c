#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

/* Who waits for a switch, and who takes one back, on a server in virtual time. */

/* Waiting. */

START_TEST(who_waits_sees_each_step_and_takes_those_that_nobody_takes)
{
    switch_verb.wish.wait = true;
    switch_verb_let_members_act();
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s%s",
                  switch_verb.printed, zoo_desk.said);
    ck_assert_str_eq(switch_verb.record.active, "green");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_IDLE);
    switch_verb_expect_printed(" s  prepared     epoch 1");
    switch_verb_expect_printed(" s  draining     epoch 2");
    switch_verb_expect_printed(" s  committed    epoch 2\n");
    switch_verb_expect_printed(" s  handed_over  epoch 3");
    switch_verb_expect_printed(" s  active       epoch 3\n");
    switch_verb_expect_printed(" s  done: ours from blue to green; active color green, epoch 3\n");
    ck_assert_ptr_null(strchr(switch_verb.printed, '\r'));
    switch_verb_expect_printed(
        " s  4 of 4 partitions are with green: orders/0 2.0 ms, orders/1 2.0 "
        "ms, orders/2 2.0 ms, orders/3 2.0 ms\n");
    switch_verb_expect_printed("gaps from owner to owner, as seen from here: 4 of 4 partitions, "
                               "median 2.0 ms, p99 2.0 ms, max 2.0 ms\n");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("green  active         2           4\n");
}
END_TEST

START_TEST(steps_are_lines_of_json_and_in_place_on_a_terminal)
{
    switch_verb.wish.wait = true;
    switch_verb.wish.json = true;
    switch_verb.wish.live = true;
    switch_verb_let_members_act();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"step\":\"draining\",\"elapsed_ms\":");
    switch_verb_expect_printed("\"elapsed_ms\":4,\"taken\":0,\"partitions\":4,\"waits\":null}\n");
    switch_verb_expect_printed("\"taken\":4,\"partitions\":4,");
    switch_verb_expect_printed(
        "\"gaps\":{\"measured\":4,\"median_us\":2000,\"p99_us\":2000,\"max_us\":2000,"
        "\"partitions\":4,\"each\":[{\"topic\":\"orders\",\"partition\":0,\"moves\":1,\"gap_us\":"
        "2000},{");
    switch_verb_expect_printed("\"ended\":{\"id\":\"ours\",\"outcome\":\"done\"");
    ck_assert_ptr_null(strchr(switch_verb.printed, '\r'));
    switch_verb_preset();
    switch_verb.wish.wait = switch_verb.wish.live = true;
    switch_verb.wish.to = "blue";
    switch_verb.wish.id = "back";
    switch_verb_let_members_act();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_printed("\r\x1b[K");
    switch_verb_expect_printed(" s  [....................] 0/4 prepared");
    switch_verb_expect_printed(" s  [####################] 4/4 draining");
    switch_verb_expect_printed("done: back from green to blue");
}
END_TEST

/* Nobody has them while the record goes from draining to handed over. */
START_TEST(a_switch_that_waits_for_all_has_a_longer_gap)
{
    switch_verb.wish.wait = true;
    switch_verb.wish.together = true;
    switch_verb_let_members_act();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_printed("as seen from here: 4 of 4 partitions, median 1");
    switch_verb_expect_printed("the longest: orders/");
    const char *taken = strstr(switch_verb.printed, "4 of 4 partitions are with green");
    const char *step = strstr(switch_verb.printed, "handed_over");
    ck_assert(taken != NULL && step != NULL && step < taken);
}
END_TEST

START_TEST(who_does_not_prepare_in_time_is_named)
{
    weir_time from = sim_zoo_now();

    switch_verb.wish.wait = true;
    switch_verb.stubborn = "d";
    switch_verb_let_members_act();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed(
        "aborted: ours from blue to green: overdue: d has not heard of it; active color "
        "blue, epoch 1\n");
    ck_assert_int_ge(sim_zoo_now() - from, switch_verb.wish.prepare_ms * WEIR_NS_PER_MS);
}
END_TEST

static weir_time prepared_at;

static void prepare_late_and_never_drain(void)
{
    zoo_colors_read(&switch_verb.record);
    switch_verb.stubborn = sim_zoo_now() < prepared_at                       ? "d"
                           : switch_verb.record.step == WEIR_SWITCH_DRAINING ? "a"
                                                                             : NULL;
    switch_verb_act_always();
}

START_TEST(who_does_not_drain_in_time_keeps_it)
{
    weir_time from = sim_zoo_now();

    prepared_at = weir_time_after_ms(from, 25000);
    switch_verb.wish.wait = true;
    switch_verb.wish.drain_ms = 20000;
    zoo_desk.act = prepare_late_and_never_drain;
    zoo_desk.act_at = 1;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed(
        " s  2 of 4 partitions are with green: orders/2 2.0 ms, orders/3 2.0 "
        "ms\n");
    switch_verb_expect_printed("returning    epoch 3");
    switch_verb_expect_printed(" s  4 of 4 partitions are with blue: orders/2 2.0 ms, orders/3 2.0 "
                               "ms\n");
    switch_verb_expect_printed("as seen from here: 2 of 4 partitions, median 2.0 ms");
    switch_verb_expect_printed(
        "rolled_back: ours from blue to green: overdue: a has not heard of it; active "
        "color blue, epoch 3\n");
    ck_assert_int_ge(sim_zoo_now(), weir_time_after_ms(prepared_at, 20000));
}
END_TEST

START_TEST(a_server_that_goes_away_is_asked_on_until_the_time_is_up)
{
    switch_verb.wish.wait = true;
    zoo_desk.act = zoo_desk_cut;
    zoo_desk.act_at = 100;
    switch_verb.stubborn = "d";
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply),
                     WEIR_EXIT_TRY_AGAIN); /* overdue, after all */
    switch_verb_expect_printed("aborted: ours");
}
END_TEST

static void cut_for_good(void)
{
    sim_zoo_cut(0);
}

START_TEST(a_server_that_stays_away_while_one_waits_is_unavailable)
{
    switch_verb.wish.wait = true;
    zoo_desk.act = cut_for_good;
    zoo_desk.act_at = 100;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_UNAVAILABLE);
    switch_verb_expect_printed("the switch is asked for");
    switch_verb_expect_said("no answer of zookeeper.connect=zk1:2181/kafka in time");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
    sim_zoo_heal(0);
}
END_TEST

static void forget(void)
{
    zoo_colors_activate("blue");
}

START_TEST(what_is_forgotten_while_one_waits_is_told)
{
    switch_verb.wish.wait = true;
    zoo_desk.act = forget;
    zoo_desk.act_at = 100;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_said("the record of the switch knows nothing of it any more");
}
END_TEST

/* Everybody but `e` does what is asked for, for a while; then the record is begun anew. */
static int turns_left;

static void hold_on(void)
{
    zoo_colors_read(&switch_verb.record);
    ck_assert_msg(switch_verb.record.step == WEIR_SWITCH_DRAINING, "e was overlooked");
    zoo_colors_follow(NULL);
    if (--turns_left == 0) {
        zoo_colors_activate("blue");
    } else {
        zoo_desk.act_at = zoo_desk.turns + 1;
    }
}

/* `e` joins while it is prepared, and knows nothing of it; then somebody takes it further. */
static void join_and_go_on(void)
{
    struct weir_switch next;

    zoo_colors_join("e", "blue", "bluegreen-range", "orders");
    zoo_colors_read(&switch_verb.record);
    next = switch_verb.record;
    next.step = WEIR_SWITCH_DRAINING;
    next.turn++;
    next.epoch++;
    zoo_colors_write(&next);
    zoo_desk.act = hold_on;
    turns_left = 40;
    hold_on();
}

/* The members are listed after the record was read: the turns meet what is between the two. */
START_TEST(who_joined_before_a_step_was_written_is_not_overlooked)
{
    enum { FOLLOWING = 120, TURNS = 30 }; /* of some looks */

    switch_verb.wish.wait = true;
    sim_zoo_latency_us(500, 3000);
    for (int i = 0; i < TURNS; i++) {
        zoo_colors_activate("blue");
        zoo_desk.act = join_and_go_on;
        zoo_desk.act_at = FOLLOWING + i;
        ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
        switch_verb_expect_printed(" s  draining     epoch 2, waits: e has not heard of it\n");
        zoo_colors_leave("e");
    }
}
END_TEST

/* Taking it back. */

START_TEST(abort_is_for_what_has_not_moved)
{
    enum weir_switch_step step = (enum weir_switch_step)_i;

    switch_verb_be_in(step);
    if (step == WEIR_SWITCH_PREPARED) {
        switch_verb.wish.execute = false;
        ck_assert_int_eq(switch_verb_run(weir_zoo_switch_abort), WEIR_EXIT_OK);
        switch_verb_expect_printed(
            "the switch would be aborted; --execute does it: theirs from blue to green");
        ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
        switch_verb.wish.execute = true;
        ck_assert_int_eq(switch_verb_run(weir_zoo_switch_abort), WEIR_EXIT_OK);
        ck_assert_int_eq(switch_verb.record.past[0].outcome, WEIR_SWITCH_ABORTED);
        ck_assert_str_eq(switch_verb.record.past[0].why, "aborted by me@here");
        switch_verb_refuse(weir_zoo_switch_abort,
                           "no switch is under way; the last one, theirs to green, which "
                           "rival@there asked for, is aborted: aborted by me@here");
    } else {
        switch_verb_refuse(weir_zoo_switch_abort, "has begun to move (");
        switch_verb_expect_said("weir switch rollback takes it back");
    }
}
END_TEST

START_TEST(rollback_is_for_every_step)
{
    enum weir_switch_step step = (enum weir_switch_step)_i;

    switch_verb_be_in(step);
    switch_verb.wish.wait = true;
    switch_verb_let_members_act();
    ck_assert_msg(switch_verb_run(weir_zoo_switch_rollback) == WEIR_EXIT_OK, "%s%s",
                  switch_verb.printed, zoo_desk.said);
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_IDLE);
    ck_assert_str_eq(switch_verb.record.active, "blue");
    ck_assert_str_eq(switch_verb.record.past[0].why, "rolled back by me@here");
    switch_verb_expect_printed(step == WEIR_SWITCH_PREPARED ? "aborted: theirs"
                                                            : "rolled_back: theirs");
    switch_verb_refuse(weir_zoo_switch_rollback,
                       "no switch is under way; the last one, theirs to green");
}
END_TEST

START_TEST(after_its_end_a_switch_is_undone_by_another_one)
{
    switch_verb_end_theirs(WEIR_SWITCH_DONE);
    switch_verb_refuse(weir_zoo_switch_rollback,
                       "is done; to go back: weir switch apply --to blue");
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/switch");
    switch_verb_refuse(weir_zoo_switch_rollback, "no switch is under way, and there was none");
}
END_TEST

START_TEST(of_two_who_take_it_back_one_is_told_of_the_other)
{
    switch_verb_be_in(WEIR_SWITCH_DRAINING);
    switch_verb.wish.by = "first@there";
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb.wish.by = "me@here";
    switch_verb_refuse(weir_zoo_switch_rollback,
                       "is on its way back already: rolled back by first@there");
    switch_verb_refuse(weir_zoo_switch_abort,
                       "is on its way back already: rolled back by first@there");
}
END_TEST

/* Members take it further at this turn. */
static void take_further(void)
{
    struct weir_switch next;
    const struct weir_switch_member crew[] = {
        {.id = "a", .color = "blue", .turn = 2, .ready = true},
        {.id = "c", .color = "green", .turn = 2, .ready = true}};
    const struct weir_switch_sight sight = {.members = crew, .member_count = 2};

    zoo_colors_read(&switch_verb.record);
    if (weir_switch_next(&switch_verb.record, &sight, &next)) {
        zoo_colors_write(&next);
    }
}

/* One that is prepared, at this turn of who runs the command. */
static void be_taken_further(int at)
{
    zoo_colors_activate("blue");
    switch_verb_be_in(WEIR_SWITCH_PREPARED);
    zoo_desk.act = take_further;
    zoo_desk.act_at = at;
}

START_TEST(a_step_meanwhile_does_not_save_a_switch_from_its_rollback)
{
    int moved = 0;

    for (int at = 1; at < SWITCH_VERB_TURNS_MAX; at++) {
        be_taken_further(at);
        ck_assert_msg(switch_verb_run(weir_zoo_switch_rollback) == WEIR_EXIT_OK, "%s",
                      zoo_desk.said);
        bool back = switch_verb.record.step == WEIR_SWITCH_RETURNING;
        ck_assert(back || switch_verb.record.past[0].outcome == WEIR_SWITCH_ABORTED);
        moved += back ? 1 : 0;
        if (zoo_desk.turns < at) {
            break;
        }
    }
    ck_assert_int_gt(moved, 1);
}
END_TEST

START_TEST(a_step_meanwhile_is_told_to_who_aborts)
{
    int moved = 0;

    for (int at = 1; at < SWITCH_VERB_TURNS_MAX; at++) {
        be_taken_further(at);
        int code = switch_verb_run(weir_zoo_switch_abort);
        if (code != WEIR_EXIT_OK) {
            ck_assert_int_eq(code, WEIR_EXIT_TRY_AGAIN);
            switch_verb_expect_said("has begun to move (draining)");
            ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_DRAINING);
            moved++;
        }
        if (zoo_desk.turns < at) {
            break;
        }
    }
    ck_assert_int_gt(moved, 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_wait");

    tcase_add_checked_fixture(tcase, switch_verb_set_up, switch_verb_tear_down);
    tcase_add_test(tcase, who_waits_sees_each_step_and_takes_those_that_nobody_takes);
    tcase_add_test(tcase, steps_are_lines_of_json_and_in_place_on_a_terminal);
    tcase_add_test(tcase, a_switch_that_waits_for_all_has_a_longer_gap);
    tcase_add_test(tcase, who_does_not_prepare_in_time_is_named);
    tcase_add_test(tcase, who_does_not_drain_in_time_keeps_it);
    tcase_add_test(tcase, a_server_that_goes_away_is_asked_on_until_the_time_is_up);
    tcase_add_test(tcase, a_server_that_stays_away_while_one_waits_is_unavailable);
    tcase_add_test(tcase, what_is_forgotten_while_one_waits_is_told);
    tcase_add_test(tcase, who_joined_before_a_step_was_written_is_not_overlooked);
    tcase_add_loop_test(tcase, abort_is_for_what_has_not_moved, WEIR_SWITCH_PREPARED,
                        WEIR_SWITCH_RETURNING);
    tcase_add_loop_test(tcase, rollback_is_for_every_step, WEIR_SWITCH_PREPARED,
                        WEIR_SWITCH_RETURNING);
    tcase_add_test(tcase, after_its_end_a_switch_is_undone_by_another_one);
    tcase_add_test(tcase, of_two_who_take_it_back_one_is_told_of_the_other);
    tcase_add_test(tcase, a_step_meanwhile_does_not_save_a_switch_from_its_rollback);
    tcase_add_test(tcase, a_step_meanwhile_is_told_to_who_aborts);
    return runner_run("zoo_switch_wait", tcase);
}
