#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"

/* The way back begins where the switch was asked for: once, or not at all. How often offsets were
 * set back is how often the fences were raised, for nobody claims here. */

enum { DENSE = 8, SPARSE = 13 };

static const char *const offsets[] = {
    ZOO_DESK_GROUP "/offsets/orders/0", ZOO_DESK_GROUP "/offsets/orders/1",
    ZOO_DESK_GROUP "/offsets/orders/2", ZOO_DESK_GROUP "/offsets/orders/3"};
static const char *const fences[] = {
    ZOO_DESK_GROUP "/weir/fence/orders/0", ZOO_DESK_GROUP "/weir/fence/orders/1",
    ZOO_DESK_GROUP "/weir/fence/orders/2", ZOO_DESK_GROUP "/weir/fence/orders/3"};

static void expect_offsets(const char *first, const char *second, const char *third,
                           const char *fourth)
{
    const char *const expected[] = {first, second, third, fourth};

    for (size_t i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        const char *there = sim_zoo_data(offsets[i]);
        ck_assert_msg(expected[i] == NULL ? there == NULL
                                          : there != NULL && strcmp(there, expected[i]) == 0,
                      "%zu: %s", i, there == NULL ? "none" : there);
    }
}

static void commit(const char *first, const char *second, const char *third, const char *fourth)
{
    const char *const all[] = {first, second, third, fourth};

    for (size_t i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        if (all[i] != NULL) {
            sim_zoo_write(offsets[i], all[i]);
        }
    }
}

/* Blue stood at 10, 20, 30 and nowhere; green came to 15, 20, 25 (somebody set that back), 5. */
static void set_up(void)
{
    switch_verb_set_up();
    switch_verb.wish.window_ms = 600000;
    switch_verb.wish.offsets_in_zoo = true;
    switch_verb.wish.wait = true;
    commit("10", "20", "30", NULL);
    for (size_t i = 1; i < ZOO_DESK_PARTITIONS; i++) {
        sim_zoo_write(fences[i], "a-0");
    }
    sim_zoo_write(fences[0], "a-0");
    sim_zoo_write(fences[0], "c-0");
    switch_verb_let_members_act();
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    commit("15", "20", "25", "5");
    switch_verb.wish.to = NULL;
    switch_verb.wish.id = "unused";
    switch_verb.wish.replay = true;
}

static int go_back(void)
{
    switch_verb_let_members_act();
    return switch_verb_run(weir_zoo_switch_rollback);
}

START_TEST(what_would_come_again_is_told)
{
    switch_verb.wish.execute = switch_verb.wish.wait = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed("TOPIC   PARTITION  COMMITTED  SET BACK TO  AGAIN\n"
                               "orders          0         15           10      5\n"
                               "5 records come again");
    switch_verb_expect_printed("mode together with replay, drain in-flight");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"again\":5,\"replay\":[{\"topic\":\"orders\",\"partition\":0,"
                               "\"committed\":15,\"offset\":10}]}");
    expect_offsets("15", "20", "25", "5");
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_IDLE);
}
END_TEST

/* Back only, never on; and what the snapshot does not know stays. */
START_TEST(offsets_are_set_back_once)
{
    ck_assert_msg(go_back() == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_str_eq(switch_verb.record.active, "blue");
    ck_assert_str_eq(switch_verb.record.past[0].id, "ours-back");
    expect_offsets("10", "20", "25", "5");
    ck_assert_int_eq(sim_zoo_version(fences[0]), 2);
    ck_assert_int_eq(sim_zoo_version(fences[1]), 1); /* also where nothing comes again */
    ck_assert_int_eq(sim_zoo_version(fences[2]), 1);
    ck_assert_int_eq(sim_zoo_version(fences[3]), 0);
    commit("12", NULL, NULL, NULL);
    ck_assert_msg(go_back() == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("done: ours-back from green to blue");
    expect_offsets("12", "20", "25", "5");
    ck_assert_int_eq(sim_zoo_version(fences[0]), 2);
}
END_TEST

START_TEST(a_partition_that_nobody_claimed_or_that_is_gone_is_no_hindrance)
{
    sim_zoo_remove(_i == 0 ? fences[0] : offsets[0]);
    ck_assert_msg(go_back() == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_offsets(_i == 0 ? "10" : NULL, "20", "25", "5");
}
END_TEST

/* Members act at every turn, and this happens at one. */
static void (*what)(void);
static int at_turn;

static void act(void)
{
    if (zoo_desk.turns == at_turn) {
        what();
    }
    switch_verb_act_always();
}

static int go_back_while(void (*something)(void), int at)
{
    what = something;
    at_turn = at;
    zoo_desk.act = act;
    zoo_desk.act_at = 1;
    return switch_verb_run(weir_zoo_switch_rollback);
}

/* Whatever breaks when: when it is over they are set back, once; and before it they are not. */
START_TEST(a_connection_that_breaks_sets_nothing_back_twice)
{
    int done = 0;

    /* Every few turns, and each kind of cut. */
    for (int at = 1; at < SWITCH_VERB_TURNS_MAX; at += at < DENSE ? 1 : SPARSE) {
        switch_verb_tear_down();
        set_up();
        int code = go_back_while(zoo_desk_cut, at);
        bool over = zoo_desk.turns < at;
        done += code == WEIR_EXIT_OK ? 1 : 0;
        if (code != WEIR_EXIT_OK) { /* a second call does the rest */
            ck_assert_msg(go_back() == WEIR_EXIT_OK, "%d: %s", at, zoo_desk.said);
        }
        expect_offsets("10", "20", "25", "5");
        ck_assert_int_eq(sim_zoo_version(fences[0]), 2);
        if (over) {
            break;
        }
    }
    ck_assert_int_gt(done, 5);
}
END_TEST

/* Members have drained, and whoever waited is gone. */
static void be_committed(void)
{
    switch_verb.wish.wait = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    for (int i = 0; i < 2; i++) { /* draining, committed */
        struct weir_switch next;
        struct weir_switch_member crew[] = {{.id = "a", .color = "blue", .ready = true},
                                            {.id = "c", .color = "green", .empty = true}};
        const struct weir_switch_sight sight = {.members = crew, .member_count = 2};
        zoo_colors_read(&switch_verb.record);
        crew[0].turn = crew[1].turn = switch_verb.record.turn;
        ck_assert(weir_switch_next(&switch_verb.record, &sight, &next));
        zoo_colors_write(&next);
    }
    zoo_colors_follow(NULL);
    zoo_colors_read(&switch_verb.record);
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_COMMITTED);
}

START_TEST(who_comes_later_sets_them_back)
{
    be_committed();
    expect_offsets("15", "20", "25", "5");
    ck_assert_int_eq(sim_zoo_version(fences[0]), 1);
    switch_verb.wish.wait = true;
    ck_assert_msg(go_back() == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_offsets("10", "20", "25", "5");
    ck_assert_int_eq(sim_zoo_version(fences[0]), 2);
}
END_TEST

enum { RESTLESS_MS = 2000, TRIES_MAX = RESTLESS_MS / 100, REQUESTS_EACH = 25 };

static weir_time restless_until;
static uint64_t asked_before;
static uint64_t asked; /* in that time; 0: it is not over */

/* One of the fences is never as it was read. */
static void act_restlessly(void)
{
    if (sim_zoo_now() < restless_until) {
        sim_zoo_write(fences[1], "a-0");
    } else if (asked == 0) {
        asked = sim_zoo_requests() - asked_before;
    }
    switch_verb_act_always();
}

START_TEST(what_is_set_back_in_vain_is_not_tried_without_a_pause)
{
    be_committed();
    restless_until = weir_time_after_ms(sim_zoo_now(), RESTLESS_MS);
    asked_before = sim_zoo_requests();
    asked = 0;
    switch_verb.wish.wait = true;
    zoo_desk.act = act_restlessly;
    zoo_desk.act_at = zoo_desk.turns + 1;
    ck_assert_msg(switch_verb_run(weir_zoo_switch_rollback) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_offsets("10", "20", "25", "5");
    ck_assert_uint_gt(asked, 0);
    ck_assert_uint_le(asked, (uint64_t)TRIES_MAX * REQUESTS_EACH);
}
END_TEST

/* Before it they are read again, and set back; after it nobody sets them back again. Of the second
 * one nothing would come again but for that. */
static size_t late_one;
static bool before_it;

static void write_late(void)
{
    struct weir_switch record;

    zoo_colors_read(&record);
    before_it = record.step != WEIR_SWITCH_IDLE && record.step <= WEIR_SWITCH_COMMITTED;
    sim_zoo_write(offsets[late_one], "26");
}

START_TEST(what_is_written_meanwhile_is_read_again)
{
    static const char *const back[] = {"10", "20"};
    int before = 0;
    int after = 0;

    late_one = (size_t)_i;
    for (int at = 1; at < SWITCH_VERB_TURNS_MAX; at += 3) {
        switch_verb_tear_down();
        set_up();
        be_committed();
        switch_verb.wish.wait = true;
        ck_assert_msg(go_back_while(write_late, at) == WEIR_EXIT_OK, "%s", zoo_desk.said);
        ck_assert_int_eq(sim_zoo_version(fences[0]), 2);
        if (zoo_desk.turns < at) {
            break;
        }
        ck_assert_str_eq(sim_zoo_data(offsets[late_one]), before_it ? back[late_one] : "26");
        before += before_it ? 1 : 0;
        after += before_it ? 0 : 1;
    }
    ck_assert_int_gt(before, 1);
    ck_assert_int_gt(after, 1);
}
END_TEST

START_TEST(what_cannot_be_set_back_is_refused)
{
    switch_verb.wish.offsets_in_zoo = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_CONFIG);
    switch_verb_expect_said("--replay needs weir.offsets.store=zookeeper");
    switch_verb.wish.offsets_in_zoo = true;
    char *kept = weir_cli_copy(sim_zoo_data(ZOO_DESK_GROUP "/weir/snapshot"));
    char *bare = weir_cli_text("%.*s,\"unknown\":true}", (int)strlen(kept) - 1, kept);
    sim_zoo_write(ZOO_DESK_GROUP "/weir/snapshot", bare);
    switch_verb_refuse(weir_zoo_switch_rollback, "--replay: the snapshot of that switch has no");
    char *store = strstr(kept, ",\"store\":\"zookeeper\"");
    ck_assert_ptr_nonnull(store);
    *store = '\0'; /* as another store's, or an older one */
    char *others = weir_cli_text(_i == 0 ? "%s}" : "%s,\"store\":\"kafka\"}", kept);
    sim_zoo_write(ZOO_DESK_GROUP "/weir/snapshot", others);
    free(others);
    switch_verb_refuse(weir_zoo_switch_rollback,
                       "--replay: the snapshot of that switch is not of offsets in ZooKeeper");
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/snapshot");
    switch_verb_refuse(weir_zoo_switch_rollback, "--replay is for a switch that is done");
    free(bare);
    free(kept);
}
END_TEST

/* Green has done nothing; or nothing was committed before it. */
START_TEST(a_replay_of_nothing_says_so)
{
    switch_verb.wish.execute = switch_verb.wish.wait = false;
    commit("10", "20", "25", "5");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_said("by now no partition is past where it was when that switch was asked");
    char *kept = weir_cli_copy(sim_zoo_data(ZOO_DESK_GROUP "/weir/snapshot"));
    char *topics = strstr(kept, "{\"orders\":");
    ck_assert_ptr_nonnull(topics);
    *topics = '\0';
    char *empty = weir_cli_text("%s{}%s", kept, strchr(topics + 1, '}') + 1);
    sim_zoo_write(ZOO_DESK_GROUP "/weir/snapshot", empty);
    switch_verb_refuse(weir_zoo_switch_rollback,
                       "--replay: nothing was committed when that switch");
    free(empty);
    free(kept);
}
END_TEST

/* Before anything moves, and although nothing of it would be set back by now: parts, or bytes. */
START_TEST(more_than_one_transaction_holds_is_refused)
{
    static const size_t counts[] = {2048, 2000, 1500};
    static const char each[] = "99,";
    size_t size = (sizeof each - 1) * counts[_i];
    char *kept = weir_cli_copy(sim_zoo_data(ZOO_DESK_GROUP "/weir/snapshot"));
    char *places = weir_cli_alloc(size + 1, 1);
    char *array = strchr(kept, '[');

    ck_assert_ptr_nonnull(array);
    for (size_t i = 0; i < size; i += sizeof each - 1) {
        memcpy(places + i, each, sizeof each - 1);
    }
    places[size - 1] = '\0';
    *array = '\0';
    char *large = weir_cli_text("%s[%s]%s", kept, places, strchr(array + 1, ']') + 1);
    sim_zoo_write(ZOO_DESK_GROUP "/weir/snapshot", large);
    switch_verb.wish.execute = switch_verb.wish.wait = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback),
                     _i < 2 ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_OK);
    if (_i < 2) {
        switch_verb_expect_said("there are more partitions than can be set back");
    }
    free(large);
    free(places);
    free(kept);
}
END_TEST

START_TEST(a_way_back_that_is_asked_for_otherwise_is_another_one)
{
    switch_verb.wish.wait = switch_verb.wish.replay = _i == 1;
    switch_verb.wish.wait = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb.wish.replay = _i != 1;
    switch_verb_refuse(weir_zoo_switch_rollback, _i == 1
                                                     ? "is asked for already, with --replay"
                                                     : "is asked for already, without --replay");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_replay");

    tcase_add_checked_fixture(tcase, set_up, switch_verb_tear_down);
    tcase_add_test(tcase, what_would_come_again_is_told);
    tcase_add_test(tcase, offsets_are_set_back_once);
    tcase_add_loop_test(tcase, a_partition_that_nobody_claimed_or_that_is_gone_is_no_hindrance, 0,
                        2);
    tcase_add_test(tcase, a_connection_that_breaks_sets_nothing_back_twice);
    tcase_add_test(tcase, who_comes_later_sets_them_back);
    tcase_add_test(tcase, what_is_set_back_in_vain_is_not_tried_without_a_pause);
    tcase_add_loop_test(tcase, what_is_written_meanwhile_is_read_again, 0, 2);
    tcase_add_loop_test(tcase, what_cannot_be_set_back_is_refused, 0, 2);
    tcase_add_test(tcase, a_replay_of_nothing_says_so);
    tcase_add_loop_test(tcase, more_than_one_transaction_holds_is_refused, 0, 3);
    tcase_add_loop_test(tcase, a_way_back_that_is_asked_for_otherwise_is_another_one, 0, 2);
    return runner_run("zoo_switch_replay", tcase);
}
