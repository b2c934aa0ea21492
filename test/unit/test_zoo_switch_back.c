#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_switch_back.h"

/* A switch that is done is taken back within its window, by one more switch, and by one only. */

static const char node[] = ZOO_DESK_GROUP "/weir/snapshot";
enum { WINDOW_MS = 600000 };

static void set_up(void)
{
    switch_verb_set_up();
    switch_verb.wish.window_ms = WINDOW_MS;
    switch_verb.wish.offsets_in_zoo = true;
    zoo_desk_put("offsets/orders/0", "1042", 0);
    zoo_desk_put("offsets/orders/2", "977", 0);
    zoo_desk_put("offsets/orders/3", "no offset", 0);
    zoo_desk_put("offsets/payments/1", "5", 0);
}

/* Judging. */

static struct weir_switch_past done(const char *id, const char *from, const char *to,
                                    int64_t ended_ms)
{
    struct weir_switch_past past = {.outcome = WEIR_SWITCH_DONE, .ended_ms = ended_ms};

    (void)snprintf(past.id, sizeof past.id, "%s", id);
    (void)snprintf(past.from, sizeof past.from, "%s", from);
    (void)snprintf(past.to, sizeof past.to, "%s", to);
    return past;
}

static struct weir_switch_snapshot snapshot_of(const char *id, const char *back_of)
{
    struct weir_switch_snapshot snapshot = {.window_ms = 100};

    (void)snprintf(snapshot.id, sizeof snapshot.id, "%s", id);
    (void)snprintf(snapshot.back_of, sizeof snapshot.back_of, "%s", back_of);
    return snapshot;
}

/* Green is active since "one". */
static struct weir_switch after_one(void)
{
    struct weir_switch record = {.turn = 7, .active = "green", .past_count = 1};

    record.past[0] = done("one", "blue", "green", 1000);
    return record;
}

START_TEST(the_way_back_is_open_for_the_window_of_the_last_switch)
{
    struct weir_switch record = after_one();
    struct weir_switch_snapshot snapshot = snapshot_of("one", "");
    struct weir_switch_back back = weir_switch_back_judge(&record, &snapshot, 1099);

    ck_assert_int_eq(back.way, WEIR_SWITCH_WAY_OPEN);
    ck_assert_ptr_eq(back.of, &record.past[0]);
    ck_assert_str_eq(back.id, "one-back");
    ck_assert_str_eq(back.to, "blue");
    ck_assert_int_eq(back.until_ms, 1100);
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1100).way, WEIR_SWITCH_WAY_CLOSED);
    ck_assert_int_eq(weir_switch_back_judge(&record, NULL, 1000).way, WEIR_SWITCH_WAY_NONE);
    snapshot = snapshot_of("two", "");
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1000).way, WEIR_SWITCH_WAY_NONE);
}
END_TEST

START_TEST(what_did_not_come_about_or_was_the_first_has_no_way_back)
{
    struct weir_switch record = after_one();
    struct weir_switch_snapshot snapshot = snapshot_of("one", "");

    record.past[0].outcome = WEIR_SWITCH_ROLLED_BACK;
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1000).way, WEIR_SWITCH_WAY_NONE);
    record = after_one();
    record.past[0].from[0] = '\0';
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1000).way, WEIR_SWITCH_WAY_NONE);
    record = (struct weir_switch){.turn = 1};
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1000).way, WEIR_SWITCH_WAY_NONE);
}
END_TEST

START_TEST(one_that_is_under_way_is_left_to_rollback_and_a_way_back_is_not)
{
    struct weir_switch record = after_one();
    struct weir_switch_snapshot snapshot = snapshot_of("two", "");

    record.step = WEIR_SWITCH_DRAINING;
    record.request = (struct weir_switch_request){.id = "two", .from = "green", .to = "blue"};
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1000).way, WEIR_SWITCH_WAY_NONE);
    snapshot = snapshot_of("two", "one");
    struct weir_switch_back back = weir_switch_back_judge(&record, &snapshot, 1000);
    ck_assert_int_eq(back.way, WEIR_SWITCH_WAY_ASKED);
    ck_assert_str_eq(back.id, "two");
    ck_assert_str_eq(back.to, "blue");
}
END_TEST

START_TEST(a_way_back_that_was_gone_leads_nowhere_and_one_that_was_not_is_open_again)
{
    struct weir_switch record = after_one();
    struct weir_switch_snapshot snapshot = snapshot_of("one-back", "one");

    record.past[1] = record.past[0];
    record.past[0] = done("one-back", "green", "blue", 1050);
    record.past_count = 2;
    memcpy(record.active, "blue", sizeof "blue");
    struct weir_switch_back back = weir_switch_back_judge(&record, &snapshot, 5000);
    ck_assert_int_eq(back.way, WEIR_SWITCH_WAY_ASKED);
    ck_assert_str_eq(back.id, "one-back");
    record.past[0].outcome = WEIR_SWITCH_ROLLED_BACK;
    memcpy(record.active, "green", sizeof "green");
    back = weir_switch_back_judge(&record, &snapshot, 1060);
    ck_assert_int_eq(back.way, WEIR_SWITCH_WAY_OPEN);
    ck_assert_ptr_eq(back.of, &record.past[1]);
    ck_assert_str_eq(back.id, "one-back2");
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1100).way, WEIR_SWITCH_WAY_CLOSED);
    record.past_count = 1; /* it is forgotten */
    ck_assert_int_eq(weir_switch_back_judge(&record, &snapshot, 1060).way, WEIR_SWITCH_WAY_NONE);
}
END_TEST

START_TEST(the_longest_id_has_a_way_back)
{
    struct weir_switch record = after_one();
    struct weir_switch_snapshot snapshot = snapshot_of("", "");

    memset(record.past[0].id, 'x', WEIR_SWITCH_ID_SIZE - 1);
    memcpy(snapshot.id, record.past[0].id, sizeof snapshot.id);
    struct weir_switch_back back = weir_switch_back_judge(&record, &snapshot, 1000);
    ck_assert_uint_eq(strlen(back.id), WEIR_SWITCH_ID_SIZE - 1);
    ck_assert_str_eq(&back.id[WEIR_SWITCH_ID_SIZE - 1 - 5], "-back");
}
END_TEST

/* As a document. */

static const char document[] =
    "{\"version\":1,\"id\":\"ours\",\"topics\":{\"orders\":[1042,-1,977]},\"mode\":\"together\","
    "\"epoch\":6,\"asked_ms\":1700000000123,\"window_ms\":5000,\"store\":\"zookeeper\","
    "\"peer\":\"next\",\"back_of\":\"theirs\"}";

START_TEST(a_snapshot_is_written_and_read)
{
    struct weir_switch_snapshot snapshot = {.unknown = false};

    ck_assert_int_eq(weir_switch_snapshot_read(document, strlen(document), &snapshot, NULL),
                     WEIR_OK);
    ck_assert_str_eq(snapshot.id, "ours");
    ck_assert_str_eq(snapshot.back_of, "theirs");
    ck_assert_int_eq(snapshot.mode, WEIR_SWITCH_TOGETHER);
    ck_assert_uint_eq(snapshot.epoch, 6);
    ck_assert_int_eq(snapshot.asked_ms, 1700000000123);
    ck_assert_int_eq(snapshot.window_ms, 5000);
    ck_assert_int_eq(snapshot.store, WEIR_SWITCH_STORE_ZOOKEEPER);
    ck_assert_str_eq(snapshot.peer, "next");
    ck_assert_int_eq(weir_switch_stops_find(&snapshot.offsets, "orders", 2), 977);
    char *text = weir_switch_snapshot_text(&snapshot);
    ck_assert_str_eq(text, document);
    free(text);
    weir_switch_snapshot_fini(&snapshot);
}
END_TEST

static const char *const damaged[] = {
    "",
    "{}",
    "{\"version\":1,\"id\":\"x\",\"topics\":{}}",
    "{\"version\":2,\"id\":\"x\",\"topics\":{},\"mode\":\"each\",\"epoch\":1,\"asked_ms\":1,"
    "\"window_ms\":1}",
    "{\"version\":1,\"id\":\"x\",\"topics\":{},\"mode\":\"never\",\"epoch\":1,\"asked_ms\":1,"
    "\"window_ms\":1}",
    "{\"version\":1,\"id\":\"x\",\"topics\":{},\"mode\":\"each\",\"epoch\":-1,\"asked_ms\":1,"
    "\"window_ms\":1}",
    "{\"version\":1,\"id\":\"x\",\"topics\":{},\"mode\":\"each\",\"epoch\":1,\"asked_ms\":1,"
    "\"window_ms\":\"1\"}",
    "{\"version\":1,\"id\":\"x\",\"topics\":{},\"mode\":\"each\",\"epoch\":1,\"asked_ms\":1,"
    "\"window_ms\":1,\"back_of\":\"\"}",
    "{\"version\":1,\"id\":\"x\",\"topics\":{},\"mode\":\"each\",\"epoch\":1,\"asked_ms\":1,"
    "\"window_ms\":1,\"store\":\"paper\"}",
    "{\"version\":1,\"id\":\"x\",\"topics\":{},\"mode\":\"each\",\"epoch\":1,\"asked_ms\":1,"
    "\"window_ms\":1,\"peer\":\"\"}"};

START_TEST(a_damaged_snapshot_is_refused)
{
    struct weir_switch_snapshot snapshot = {.unknown = false};

    ck_assert_int_ne(weir_switch_snapshot_read(damaged[_i], strlen(damaged[_i]), &snapshot, NULL),
                     WEIR_OK);
    ck_assert_ptr_null(snapshot.offsets.topics);
}
END_TEST

enum { MANY = 30000 };

START_TEST(more_offsets_than_fit_are_left_out)
{
    struct weir_switch_snapshot snapshot = snapshot_of("ours", "");
    struct weir_position *positions = calloc(MANY, sizeof *positions);

    ck_assert_ptr_nonnull(positions);
    for (int i = 0; i < MANY; i++) {
        positions[i] = (struct weir_position){
            .topic = "orders", .partition = i, .offset = INT64_C(1000000000)};
    }
    ck_assert_int_eq(weir_switch_stops_create("ours", positions, MANY, &snapshot.offsets), WEIR_OK);
    char *text = weir_switch_snapshot_text(&snapshot);
    ck_assert_ptr_nonnull(strstr(text, "\"topics\":{},"));
    ck_assert_ptr_nonnull(strstr(text, "\"unknown\":true"));
    free(text);
    free(positions);
    weir_switch_snapshot_fini(&snapshot);
}
END_TEST

/* With a request. */

START_TEST(what_is_committed_is_kept_with_the_request)
{
    char text[256];

    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    (void)snprintf(text, sizeof text,
                   "{\"version\":1,\"id\":\"ours\",\"topics\":{\"orders\":[1042,-1,977],"
                   "\"payments\":[-1,5]},\"mode\":\"each\",\"epoch\":1,\"asked_ms\":");
    ck_assert_int_eq(strncmp(sim_zoo_data(node), text, strlen(text)), 0);
    ck_assert_ptr_nonnull(
        strstr(sim_zoo_data(node), ",\"window_ms\":600000,\"store\":\"zookeeper\"}"));
}
END_TEST

START_TEST(what_the_brokers_told_is_kept_likewise)
{
    char orders[] = "orders";
    struct weir_switch_stop told = {.topic = orders, .partition = 1, .offset = 9};
    const struct weir_switch_stop_list list = {.all = &told, .count = 1};

    switch_verb.wish.offsets_in_zoo = false;
    switch_verb.wish.committed = &list;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"topics\":{\"orders\":[-1,9]},"));
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"store\":\"kafka\"}"));
    ck_assert_ptr_null(strstr(sim_zoo_data(node), "unknown"));
}
END_TEST

START_TEST(without_offsets_the_way_back_is_kept_all_the_same)
{
    switch_verb.wish.offsets_in_zoo = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"topics\":{},"));
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"unknown\":true"));
}
END_TEST

START_TEST(without_a_window_or_a_former_color_nothing_is_kept)
{
    switch_verb.wish.window_ms = 0;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    ck_assert(!sim_zoo_exists(node));
    switch_verb.wish.window_ms = WINDOW_MS;
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/switch");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    ck_assert(!sim_zoo_exists(node));
}
END_TEST

/* One transaction: there is never the one without the other. */
START_TEST(a_request_and_its_snapshot_come_about_together)
{
    int code = WEIR_EXIT_OK;

    for (int at = 1; at < SWITCH_VERB_TURNS_MAX; at++) {
        switch_verb_tear_down();
        set_up();
        zoo_desk.act = zoo_desk_cut;
        zoo_desk.act_at = at;
        code = switch_verb_run(weir_zoo_switch_apply);
        ck_assert_msg(code == WEIR_EXIT_OK, "%d: %s", at, zoo_desk.said);
        ck_assert_str_eq(switch_verb.record.request.id, "ours");
        ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"id\":\"ours\""));
        if (zoo_desk.turns < at) {
            break;
        }
    }
}
END_TEST

/* Rolling back. */

/* Done, by members that do what it asks for. */
static void switch_to_green(void)
{
    switch_verb.wish.wait = true;
    switch_verb_let_members_act();
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_str_eq(switch_verb.record.active, "green");
    switch_verb.wish.wait = false;
    switch_verb.wish.to = NULL;
    switch_verb.wish.id = "unused";
}

START_TEST(rollback_of_what_is_done_asks_for_the_way_back)
{
    switch_verb.wish.together = true;
    switch_to_green();
    switch_verb.wish.together = false;
    switch_verb.wish.execute = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed("ours to green was done at ");
    switch_verb_expect_printed("that would be ours-back:\ngroup shop: from green to blue");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_IDLE);
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"back\":{\"of\":\"ours\",\"id\":\"ours-back\",\"to\":\"blue\","
                               "\"ended_ms\":");
    switch_verb_expect_printed(",\"until_ms\":");
    switch_verb.wish.json = false;
    switch_verb.wish.execute = true;
    switch_verb.wish.health_ms = 60000; /* as weir.bluegreen.rollback=unhealthy has it */
    switch_verb.wish.health.take_back = true;
    ck_assert_msg(switch_verb_run(weir_zoo_switch_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("the switch is asked for: ours-back from green to blue\n");
    ck_assert_int_eq(switch_verb.record.request.limits.health_ms, 0);
    ck_assert_int_eq(switch_verb.record.request.unhealthy, WEIR_SWITCH_TELL);
    ck_assert_int_eq(switch_verb.record.request.mode, WEIR_SWITCH_TOGETHER);
    ck_assert_int_eq(switch_verb.record.request.drain, WEIR_SWITCH_IN_FLIGHT);
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "{\"version\":1,\"id\":\"ours-back\","
                                                     "\"topics\":{\"orders\":[1042,-1,977],"));
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"back_of\":\"ours\"}"));
}
END_TEST

/* A Job that is killed and tried again must not go there and back. */
START_TEST(however_often_it_is_asked_for_it_is_one_way_back)
{
    switch_to_green();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    ck_assert_str_eq(switch_verb.record.request.id, "ours-back");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
    switch_verb.wish.wait = true;
    switch_verb_let_members_act();
    ck_assert_msg(switch_verb_run(weir_zoo_switch_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("done: ours-back from green to blue");
    uint64_t turn = switch_verb.record.turn;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed("done: ours-back from green to blue");
    switch_verb.wish.wait = switch_verb.wish.execute = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed("the way back is asked for already\n");
    ck_assert_uint_eq(switch_verb.record.turn, turn);
    ck_assert_str_eq(switch_verb.record.active, "blue");
}
END_TEST

START_TEST(a_way_back_that_is_aborted_can_be_asked_for_again)
{
    switch_to_green();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_abort), WEIR_EXIT_OK);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    ck_assert_str_eq(switch_verb.record.request.id, "ours-back2");
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"back_of\":\"ours\"}"));
}
END_TEST

START_TEST(after_its_window_it_is_refused)
{
    switch_to_green();
    switch_verb.record.past[0].ended_ms -= WINDOW_MS;
    zoo_colors_write(&switch_verb.record);
    switch_verb_refuse(weir_zoo_switch_rollback, "(weir.bluegreen.window.ms); to go on with blue "
                                                 "all the same: weir switch apply --to blue;");
    switch_verb_expect_said("its window was over at 20");
}
END_TEST

START_TEST(a_snapshot_that_cannot_be_read_is_as_good_as_none)
{
    switch_to_green();
    sim_zoo_write(node, _i == 0 ? "" : "{\"version\":1}");
    switch_verb_refuse(weir_zoo_switch_rollback,
                       "is done; to go back: weir switch apply --to blue");
}
END_TEST

/* Whoever asks for something else meanwhile wins, and nothing is kept of ours. */
static void ask_for_red(void)
{
    zoo_colors_join("d", "red", "bluegreen-range", "orders");
    (void)zoo_colors_ask("theirs", "red");
}

START_TEST(who_is_first_meanwhile_wins)
{
    int refused = 0;

    for (int at = 1; at < SWITCH_VERB_TURNS_MAX; at += 4) {
        switch_verb_tear_down();
        set_up();
        switch_to_green();
        zoo_desk.act = ask_for_red;
        zoo_desk.act_at = at;
        int code = switch_verb_run(weir_zoo_switch_rollback);
        bool ours = strcmp(switch_verb.record.request.id, "ours-back") == 0;
        ck_assert_int_eq(ours, strstr(sim_zoo_data(node), "ours-back") != NULL);
        refused += code == WEIR_EXIT_TRY_AGAIN && !ours ? 1 : 0;
        if (zoo_desk.turns < at) {
            break;
        }
    }
    ck_assert_int_gt(refused, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_back");

    tcase_add_checked_fixture(tcase, set_up, switch_verb_tear_down);
    tcase_add_test(tcase, the_way_back_is_open_for_the_window_of_the_last_switch);
    tcase_add_test(tcase, what_did_not_come_about_or_was_the_first_has_no_way_back);
    tcase_add_test(tcase, one_that_is_under_way_is_left_to_rollback_and_a_way_back_is_not);
    tcase_add_test(tcase,
                   a_way_back_that_was_gone_leads_nowhere_and_one_that_was_not_is_open_again);
    tcase_add_test(tcase, the_longest_id_has_a_way_back);
    tcase_add_test(tcase, a_snapshot_is_written_and_read);
    tcase_add_loop_test(tcase, a_damaged_snapshot_is_refused, 0,
                        (int)(sizeof damaged / sizeof damaged[0]));
    tcase_add_test(tcase, more_offsets_than_fit_are_left_out);
    tcase_add_test(tcase, what_is_committed_is_kept_with_the_request);
    tcase_add_test(tcase, what_the_brokers_told_is_kept_likewise);
    tcase_add_test(tcase, without_offsets_the_way_back_is_kept_all_the_same);
    tcase_add_test(tcase, without_a_window_or_a_former_color_nothing_is_kept);
    tcase_add_test(tcase, a_request_and_its_snapshot_come_about_together);
    tcase_add_test(tcase, rollback_of_what_is_done_asks_for_the_way_back);
    tcase_add_test(tcase, however_often_it_is_asked_for_it_is_one_way_back);
    tcase_add_test(tcase, a_way_back_that_is_aborted_can_be_asked_for_again);
    tcase_add_test(tcase, after_its_window_it_is_refused);
    tcase_add_loop_test(tcase, a_snapshot_that_cannot_be_read_is_as_good_as_none, 0, 2);
    tcase_add_test(tcase, who_is_first_meanwhile_wins);
    return runner_run("zoo_switch_back", tcase);
}
