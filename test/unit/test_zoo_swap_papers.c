#include "framework/switch_move.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/swap_verb.h"
#include "test/support/switch_verb.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a swap is written with in both groups: how far each old color goes, where each stood, and,
 * of the way back, that each begins there again. */

enum { LIMIT = 1000 };

static const char *const stops_nodes[] = {ZOO_DESK_GROUP "/weir/stops",
                                          SWAP_VERB_NEXT "/weir/stops"};
static const char *const snapshots[] = {ZOO_DESK_GROUP "/weir/snapshot",
                                        SWAP_VERB_NEXT "/weir/snapshot"};
static const char *const offsets[] = {ZOO_DESK_GROUP "/offsets/orders/0",
                                      SWAP_VERB_NEXT "/offsets/orders/0"};
static const char *const fences[] = {ZOO_DESK_GROUP "/weir/fence/orders/0",
                                     SWAP_VERB_NEXT "/weir/fence/orders/0"};

/* As the brokers told of each group. */
static struct weir_switch_stop_list lists[WEIR_SWAP_HALVES];

static void tear_down(void)
{
    weir_switch_stop_list_fini(&lists[0]);
    weir_switch_stop_list_fini(&lists[1]);
    swap_verb_tear_down();
}

static void wish_for_stops(const char *first, const char *second, bool given)
{
    ck_assert(weir_switch_stop_take(&lists[0], first));
    ck_assert(weir_switch_stop_take(&lists[1], second));
    lists[0].is_given = lists[1].is_given = given;
    switch_verb.wish.stops = &lists[0];
    switch_verb.wish.peer_stops = &lists[1];
}

static void expect_stops(int half, const char *topics)
{
    const char *text = sim_zoo_data(stops_nodes[half]);

    ck_assert_int_eq(swap_verb.records[half].request.drain, WEIR_SWITCH_TO_STOPS);
    ck_assert_msg(text != NULL && strstr(text, topics) != NULL &&
                      strstr(text, "\"id\":\"ours\"") != NULL,
                  "%s", text);
}

/* Stop offsets. */

START_TEST(each_half_has_its_own_stop_offsets)
{
    wish_for_stops("orders:2:40", "orders:1:70", false);
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed("orders          2          -    40\n");
    switch_verb_expect_printed("orders          1          -    70\n");
    ck_assert(!sim_zoo_exists(stops_nodes[0]));
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_stops(0, "{\"orders\":[-1,-1,40]}");
    expect_stops(1, "{\"orders\":[-1,70]}");
}
END_TEST

/* The brokers told of all that the groups know: here nobody has that topic any more. */
START_TEST(a_half_without_a_stop_offset_drains_as_ever)
{
    wish_for_stops("orders:2:40", "payments:0:5", false);
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_stops(0, "{\"orders\":[-1,-1,40]}");
    ck_assert_int_eq(swap_verb.records[1].request.drain, WEIR_SWITCH_IN_FLIGHT);
    ck_assert(!sim_zoo_exists(stops_nodes[1]));
}
END_TEST

/* They are of both groups, if both have the topic, and in the way if neither has. */
START_TEST(stop_offsets_that_are_given_are_for_who_has_the_topic)
{
    wish_for_stops("orders:2:40", "orders:2:40", true);
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_stops(0, "{\"orders\":[-1,-1,40]}");
    expect_stops(1, "{\"orders\":[-1,-1,40]}");
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_abort), WEIR_EXIT_OK);
    switch_verb.wish.id = "another";
    wish_for_stops("payments:0:5", "payments:0:5", true);
    swap_verb_refuse(
        weir_zoo_swap_apply,
        "shop: there are stop offsets of payments, which neither the color that leaves "
        "shop reads nor the one that leaves next: leave them out");
    wish_for_stops("payments:0:5", "payments:0:5", true);
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_plan), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed("blocked: there are stop offsets of payments");
}
END_TEST

/* The second group has another topic, of which nobody has anything yet. */
static void have_another_topic(void)
{
    static const char *const nodes[] = {
        "ids/a", "ids/b", "ids/c", "ids/d", "weir/allotment-blue", "weir/allotment-green"};

    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        char *path = weir_cli_text(SWAP_VERB_NEXT "/%s", nodes[i]);
        char *data = weir_cli_copy(sim_zoo_data(path));
        for (char *at = data; (at = strstr(at, "orders")) != NULL;) {
            memcpy(at, "refund", sizeof "refund" - 1);
        }
        sim_zoo_write(path, data);
        free(data);
        free(path);
    }
    for (int i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        char *path = weir_cli_text(SWAP_VERB_NEXT "/owners/orders/%d", i);
        sim_zoo_remove(path);
        free(path);
    }
}

START_TEST(each_half_takes_what_is_of_its_topic)
{
    have_another_topic();
    wish_for_stops("orders:2:40", "orders:2:40", true);
    wish_for_stops("refund:1:70", "refund:1:70", true);
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_stops(0, "\"topics\":{\"orders\":[-1,-1,40]}");
    expect_stops(1, "\"topics\":{\"refund\":[-1,70]}");
}
END_TEST

/* Learning. */

static int learnt;
static int lesson;

static int learn(void *learner)
{
    (void)learner;
    learnt++;
    return lesson;
}

static void wish_to_learn(int code)
{
    learnt = 0;
    lesson = code;
    switch_verb.wish.learn = learn;
}

/* What is asked for already is not asked of the brokers again. */
START_TEST(brokers_are_asked_once)
{
    bool swaps = _i == 0;

    wish_to_learn(WEIR_EXIT_OK);
    for (int i = 0; i < 2; i++) {
        int code =
            swaps ? swap_verb_run(weir_zoo_swap_apply) : switch_verb_run(weir_zoo_switch_apply);
        ck_assert_msg(code == WEIR_EXIT_OK, "%s", zoo_desk.said);
        ck_assert_int_eq(learnt, 1);
    }
    switch_verb.wish.execute = false;
    (void)(swaps ? swap_verb_run(weir_zoo_swap_plan) : switch_verb_run(weir_zoo_switch_plan));
    ck_assert_int_eq(learnt, 2);
}
END_TEST

START_TEST(without_the_brokers_nothing_is_asked_for)
{
    wish_to_learn(WEIR_EXIT_UNAVAILABLE);
    ck_assert_int_eq(swap_verb_run(weir_zoo_swap_apply), WEIR_EXIT_UNAVAILABLE);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_UNAVAILABLE);
    ck_assert_int_eq(swap_verb.records[0].step, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(swap_verb.records[1].step, WEIR_SWITCH_IDLE);
}
END_TEST

/* Replay. */

static int turns_late; /* for which the second half drains longer */
static bool loses;     /* its snapshot, when it has drained */

/* In shop blue stood at 10 and green came to 15; in next green stood at 20 and blue came to 26. */
static void be_done_with_offsets(void)
{
    switch_verb.wish.offsets_in_zoo = true;
    sim_zoo_write(offsets[0], "10");
    sim_zoo_write(offsets[1], "20");
    sim_zoo_write(fences[0], "a-0");
    sim_zoo_write(fences[1], "c-0");
    swap_verb_be_done();
    sim_zoo_write(offsets[0], "15");
    sim_zoo_write(offsets[1], "26");
    switch_verb.wish.replay = true;
    switch_verb.wish.wait = true;
    loses = false;
}

static void expect_offsets(const char *first, const char *second, int32_t raised)
{
    ck_assert_str_eq(sim_zoo_data(offsets[0]), first);
    ck_assert_str_eq(sim_zoo_data(offsets[1]), second);
    ck_assert_int_eq(sim_zoo_version(fences[0]), raised);
    ck_assert_int_eq(sim_zoo_version(fences[1]), raised);
}

START_TEST(what_would_come_again_in_either_group_is_told)
{
    be_done_with_offsets();
    switch_verb.wish.execute = switch_verb.wish.wait = false;
    ck_assert_msg(swap_verb_run(weir_zoo_swap_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("shop: 5 records come again");
    switch_verb_expect_printed("next: 6 records come again");
    switch_verb_expect_printed("mode together with replay");
    expect_offsets("15", "26", 0);
}
END_TEST

static void go_to(int half, enum weir_switch_step step)
{
    struct weir_switch next;

    weir_switch_move(&swap_verb.records[half], step, &next);
    swap_verb_put(half, &next);
}

/* Members of both groups drain, and take over when it is handed over. */
static void act(void)
{
    swap_verb_read();
    if (swap_verb.records[0].step == WEIR_SWITCH_PREPARED) {
        go_to(0, WEIR_SWITCH_COMMITTED);
        go_to(1, WEIR_SWITCH_DRAINING);
    } else if (swap_verb.records[1].step == WEIR_SWITCH_DRAINING && turns_late-- <= 0) {
        expect_offsets("15", "26", 0); /* the first half waits */
        go_to(1, WEIR_SWITCH_COMMITTED);
        if (loses) {
            sim_zoo_remove(snapshots[1]);
        }
    } else if (swap_verb.records[0].step == WEIR_SWITCH_HANDED_OVER) {
        ck_assert_int_eq(swap_verb.records[1].step, WEIR_SWITCH_HANDED_OVER);
        expect_offsets("10", "20", 1);
        swap_verb_end(WEIR_SWITCH_DONE);
    }
    zoo_desk.act_at = zoo_desk.turns + 1;
}

static int go_back(void)
{
    zoo_desk.act = act;
    zoo_desk.act_at = 1;
    return swap_verb_run(weir_zoo_swap_rollback);
}

START_TEST(offsets_of_both_groups_are_set_back_at_once)
{
    be_done_with_offsets();
    turns_late = _i * LIMIT;
    ck_assert_msg(go_back() == WEIR_EXIT_OK, "%s%s", zoo_desk.said, switch_verb.printed);
    expect_offsets("10", "20", 1);
    switch_verb_expect_printed("shop: done: ours-back from green to blue");
    switch_verb_expect_printed("next: done: ours-back from blue to green");
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(snapshots[1]), "\"peer\":\"shop\",\"back_of\":"
                                                             "\"ours\",\"replay\":true}"));
    ck_assert_int_eq(go_back(), WEIR_EXIT_OK); /* it is known */
    expect_offsets("10", "20", 1);
}
END_TEST

enum { RESTLESS_MS = 2000, TRIES_MAX = RESTLESS_MS / 100, REQUESTS_EACH = 25 };

static weir_time restless_since;
static uint64_t asked_by_then;

/* One of the fences is never as it was read. */
static void act_restlessly(void)
{
    swap_verb_read();
    if (swap_verb.records[0].step == WEIR_SWITCH_PREPARED) {
        go_to(0, WEIR_SWITCH_COMMITTED);
        go_to(1, WEIR_SWITCH_COMMITTED);
        restless_since = sim_zoo_now();
        asked_by_then = sim_zoo_requests();
    } else if (swap_verb.records[0].step == WEIR_SWITCH_HANDED_OVER) {
        swap_verb_end(WEIR_SWITCH_DONE);
    } else if (sim_zoo_now() < weir_time_after_ms(restless_since, RESTLESS_MS)) {
        sim_zoo_write(fences[1], "c-0");
    } else if (asked_by_then != 0) {
        uint64_t asked = sim_zoo_requests() - asked_by_then;
        printf("note: %llu requests in %d ms\n", (unsigned long long)asked, RESTLESS_MS);
        asked_by_then = 0;
        ck_assert_uint_le(asked, (uint64_t)TRIES_MAX * REQUESTS_EACH);
    }
    zoo_desk.act_at = zoo_desk.turns + 1;
}

START_TEST(what_is_set_back_in_vain_is_not_tried_without_a_pause)
{
    be_done_with_offsets();
    zoo_desk.act = act_restlessly;
    zoo_desk.act_at = 1;
    ck_assert_msg(swap_verb_run(weir_zoo_swap_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_uint_eq(asked_by_then, 0);
    ck_assert_str_eq(sim_zoo_data(offsets[1]), "20");
}
END_TEST

START_TEST(without_both_snapshots_neither_is_set_back)
{
    be_done_with_offsets();
    turns_late = 0;
    loses = true;
    ck_assert_int_eq(go_back(), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_said("the snapshot of this switch is not there any more, so its offsets "
                            "cannot be set back; nobody works until it is overdue and goes back, "
                            "or, at once, by weir switch rollback --execute");
    expect_offsets("15", "26", 0);
    switch_verb.wish.replay = switch_verb.wish.wait = false;
    ck_assert_msg(swap_verb_run(weir_zoo_swap_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_int_eq(swap_verb.records[0].step, WEIR_SWITCH_RETURNING);
    ck_assert_int_eq(swap_verb.records[1].step, WEIR_SWITCH_RETURNING);
}
END_TEST

/* A snapshot without offsets, since they were in Kafka; none of that switch; and one that is asked
 * for without it. */
START_TEST(what_cannot_begin_again_is_refused)
{
    be_done_with_offsets();
    if (_i == 0) {
        sim_zoo_write(snapshots[1],
                      "{\"version\":1,\"id\":\"ours\",\"topics\":{},\"mode\":\"each\","
                      "\"epoch\":1,\"asked_ms\":1,\"window_ms\":600000,\"store\":"
                      "\"kafka\",\"peer\":\"shop\",\"unknown\":true}");
        swap_verb_refuse(weir_zoo_swap_rollback, "the snapshot of that switch has no offsets");
    } else if (_i == 1) {
        sim_zoo_remove(snapshots[0]);
        swap_verb_refuse(weir_zoo_swap_rollback, "--replay is for a switch that is done");
    } else {
        switch_verb.wish.replay = switch_verb.wish.wait = false;
        ck_assert_int_eq(swap_verb_run(weir_zoo_swap_rollback), WEIR_EXIT_OK);
        switch_verb.wish.replay = switch_verb.wish.wait = true;
        swap_verb_refuse(weir_zoo_swap_rollback,
                         "asked for already, without --replay: leave that out to follow it; as "
                         "long as nothing has moved weir switch abort ends it");
    }
    expect_offsets("15", "26", 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("papers");

    tcase_add_checked_fixture(tcase, swap_verb_set_up, tear_down);
    tcase_add_test(tcase, each_half_has_its_own_stop_offsets);
    tcase_add_test(tcase, a_half_without_a_stop_offset_drains_as_ever);
    tcase_add_test(tcase, stop_offsets_that_are_given_are_for_who_has_the_topic);
    tcase_add_test(tcase, each_half_takes_what_is_of_its_topic);
    tcase_add_loop_test(tcase, brokers_are_asked_once, 0, 2);
    tcase_add_test(tcase, without_the_brokers_nothing_is_asked_for);
    tcase_add_test(tcase, what_would_come_again_in_either_group_is_told);
    tcase_add_loop_test(tcase, offsets_of_both_groups_are_set_back_at_once, 0, 2);
    tcase_add_test(tcase, what_is_set_back_in_vain_is_not_tried_without_a_pause);
    tcase_add_test(tcase, without_both_snapshots_neither_is_set_back);
    tcase_add_loop_test(tcase, what_cannot_begin_again_is_refused, 0, 3);
    return runner_run("zoo_swap, papers", tcase);
}
