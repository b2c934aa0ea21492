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

/* A group that nobody uses is removed, as a whole, whoever comes at whatever moment. The nodes'
 * ages are the simulation's: older than any time but the longest. */

enum { NO_GROUP = 1, MANY = 1200, NAME_SIZE = 241 };

static const char offset[] = ZOO_DESK_GROUP "/offsets/orders/0";
static const char joiner[] = ZOO_DESK_GROUP "/ids/x";

/* What members of weir leave, and what others do. */
static void leave_a_group(void)
{
    zoo_desk_put("ids/a", "", 0);
    sim_zoo_remove(ZOO_DESK_GROUP "/ids/a");
    zoo_desk_put("owners/orders/0", "", 0);
    sim_zoo_remove(ZOO_DESK_GROUP "/owners/orders/0");
    zoo_desk_put("offsets/orders/0", "5", 0);
    zoo_desk_put("offsets/orders/0", "6", 0);
    zoo_desk_put("offsets/orders/1", "7", 0);
    zoo_desk_put("weir/fence/orders/0", "a-0", 0);
    zoo_desk_put("weir/allotment", "{}", 0);
    zoo_desk_put("weir/switch",
                 "{\"version\":3,\"turn\":1,\"epoch\":1,\"active\":\"blue\",\"step\":\"idle\","
                 "\"why\":\"\",\"history\":[]}",
                 0);
    zoo_desk_put("api/sample", "of somebody else", 0);
}

static void set_up(void)
{
    zoo_desk_set_up();
    switch_verb_preset();
    switch_verb.wish.unused_ms = 86400000;
    leave_a_group();
}

static int collect(void)
{
    size_t size = 0;

    free(switch_verb.printed);
    switch_verb.printed = NULL;
    zoo_desk.said[0] = '\0';
    zoo_desk.turns = 0;
    FILE *out = open_memstream(&switch_verb.printed, &size);
    ck_assert_ptr_nonnull(out);
    int code = weir_zoo_switch_collect_group(zoo_desk.group, &switch_verb.wish, out);
    ck_assert_int_eq(fclose(out), 0);
    zoo_desk.act_at = 0;
    return code;
}

START_TEST(what_there_is_is_listed_and_then_removed)
{
    switch_verb.wish.execute = false;
    ck_assert_msg(collect() == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("weir/fence          3  ");
    switch_verb_expect_printed("offsets             4  ");
    switch_verb_expect_printed("api                 2  ");
    switch_verb_expect_printed("group shop, 16 nodes: would be removed; --execute does it\n");
    switch_verb_expect_printed("kafka-consumer-groups.sh --delete --group shop\n");
    ck_assert(sim_zoo_exists(offset));
    switch_verb.wish.execute = true;
    switch_verb.wish.offsets_in_zoo = true;
    ck_assert_msg(collect() == WEIR_EXIT_OK, "%s", zoo_desk.said);
    switch_verb_expect_printed("group shop, 16 nodes: removed\n");
    ck_assert_ptr_null(strstr(switch_verb.printed, "kafka-consumer-groups"));
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP));
    ck_assert(sim_zoo_exists("/kafka/consumers"));
    ck_assert_int_eq(collect(), NO_GROUP);
    switch_verb_expect_said("there is no group 'shop' in ZooKeeper");
}
END_TEST

START_TEST(what_was_done_is_told_as_json)
{
    switch_verb.wish.json = true;
    ck_assert_int_eq(collect(), WEIR_EXIT_OK);
    switch_verb_expect_printed("{\"group\":\"shop\",\"executed\":true,\"nodes\":16,\"removed\":16,"
                               "\"kept\":null,\"areas\":[{\"what\":\"\",\"nodes\":1,");
    switch_verb_expect_printed("{\"what\":\"weir/switch\",\"nodes\":1,\"written_ms\":");
}
END_TEST

static void expect_kept(const char *why)
{
    ck_assert_int_eq(collect(), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_said(why);
    switch_verb_expect_printed("kept: ");
    ck_assert(sim_zoo_exists(offset) && sim_zoo_exists(ZOO_DESK_GROUP "/weir/fence/orders/0"));
}

START_TEST(a_group_in_use_is_kept)
{
    zoo_desk_put("ids/x", "of whoever it is", 0);
    expect_kept("group shop is in use: ids/x is there");
    sim_zoo_remove(joiner);
    zoo_desk_put("owners/orders/1", "x-0", 0);
    expect_kept("somebody owns something: owners/orders/1");
    sim_zoo_remove(ZOO_DESK_GROUP "/owners/orders/1");
    zoo_desk_put("lock", "", ZOO_DESK_SESSION_A);
    expect_kept("somebody has it in use: lock is of a session");
    sim_zoo_remove(ZOO_DESK_GROUP "/lock");
    switch_verb.wish.unused_ms = INT64_MAX / 2;
    expect_kept("its node was written ");
}
END_TEST

START_TEST(the_window_of_its_last_switch_counts)
{
    switch_verb.wish.window_ms = INT64_MAX / 2;
    expect_kept("weir/switch was written ");
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/switch");
    ck_assert_int_eq(collect(), WEIR_EXIT_OK);
}
END_TEST

/* Of which everybody is down for longer than a group may be unused. */
START_TEST(a_switch_that_is_under_way_is_waited_for)
{
    struct weir_switch_request request = {.id = "s1",
                                          .to = "green",
                                          .by = "anna",
                                          .limits = {.prepare_ms = 1, .drain_ms = 1, .take_ms = 1}};
    struct weir_switch record;
    struct weir_switch next;

    weir_switch_init(&record);
    (void)snprintf(request.peer, sizeof request.peer, "%s", _i == 0 ? "" : "next");
    ck_assert_int_eq(weir_switch_ask(&record, &request, 0, &next, NULL), WEIR_OK);
    zoo_colors_write(&next);
    expect_kept("group shop is in use: the switch s1 to green, which anna asked for, is under way "
                "(prepared)");
    switch_verb_expect_said(_i == 0 ? "(prepared): weir switch rollback takes it back"
                                    : "(prepared), and the other half of it, in next, would wait");
    switch_verb.wish.unused_ms = 0;
    ck_assert_int_eq(collect(), WEIR_EXIT_OK);
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP));
}
END_TEST

START_TEST(a_record_that_cannot_be_read_may_be_of_a_switch)
{
    zoo_desk_put("weir/switch", "damaged", 0);
    expect_kept("/weir/switch cannot be read, so a switch may be under way");
    switch_verb.wish.unused_ms = 0;
    ck_assert_int_eq(collect(), WEIR_EXIT_OK);
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP));
}
END_TEST

START_TEST(what_has_no_ids_is_removed_likewise)
{
    sim_zoo_remove(ZOO_DESK_GROUP "/ids");
    ck_assert_int_eq(collect(), WEIR_EXIT_OK);
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP));
}
END_TEST

static void join(void)
{
    sim_zoo_write(joiner, "of whoever it is");
}

static void commit(void)
{
    if (sim_zoo_exists(offset)) {
        sim_zoo_write(offset, "8");
    }
}

/* At this turn of the command; was there such a turn? */
static bool collect_while(void (*what)(void), int at, int *code)
{
    free(switch_verb.printed);
    switch_verb.printed = NULL;
    zoo_desk_tear_down();
    set_up();
    zoo_desk.act = what;
    zoo_desk.act_at = at;
    *code = collect();
    return zoo_desk.turns >= at;
}

/* It comes before, and all is there; or after, and it is the first of a new group. */
START_TEST(who_joins_meanwhile_finds_all_of_it_or_nothing)
{
    int refused = 0;
    int code = WEIR_EXIT_OK;
    int at = 1;

    for (; collect_while(join, at, &code); at++) {
        ck_assert_str_eq(sim_zoo_data(joiner), "of whoever it is");
        ck_assert_int_eq(sim_zoo_exists(offset), code != WEIR_EXIT_OK);
        ck_assert_int_eq(sim_zoo_exists(ZOO_DESK_GROUP "/weir/switch"), code != WEIR_EXIT_OK);
        refused += strstr(zoo_desk.said, "somebody has come meanwhile") != NULL ? 1 : 0;
    }
    ck_assert_int_gt(refused, 0);
    ck_assert_int_gt(at, 3);
}
END_TEST

START_TEST(who_writes_meanwhile_keeps_it)
{
    int refused = 0;
    int code = WEIR_EXIT_OK;

    for (int at = 1; collect_while(commit, at, &code); at++) {
        ck_assert_int_eq(sim_zoo_exists(offset), code != WEIR_EXIT_OK);
        refused += strstr(zoo_desk.said, "or changed " ZOO_DESK_GROUP "/offsets/orders/0") != NULL;
    }
    ck_assert_int_gt(refused, 0);
}
END_TEST

/* All of it or nothing, and a second call does the rest. */
START_TEST(a_connection_that_breaks_leaves_no_half)
{
    int code = WEIR_EXIT_OK;

    for (int at = 1; collect_while(zoo_desk_cut, at, &code); at++) {
        bool there = sim_zoo_exists(ZOO_DESK_GROUP);
        ck_assert_int_eq(there, sim_zoo_exists(offset));
        ck_assert(code == WEIR_EXIT_OK || code == WEIR_EXIT_TRY_AGAIN);
        ck_assert(code != WEIR_EXIT_OK || !there);
        ck_assert_int_eq(collect(), there ? WEIR_EXIT_OK : NO_GROUP);
    }
}
END_TEST

/* Fences of two topics, more than two transactions hold: of the last one is removed first. */
static char *fence(char topic, int partition)
{
    char name[NAME_SIZE];

    memset(name, topic, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    return weir_cli_text("weir/fence/%s/%d", name, partition);
}

static bool has_fence(char topic, int partition)
{
    char *below = fence(topic, partition);
    char *path = weir_cli_text(ZOO_DESK_GROUP "/%s", below);
    bool there = sim_zoo_exists(path);

    free(path);
    free(below);
    return there;
}

static void leave_many(void)
{
    for (int i = 0; i < 2 * MANY; i++) {
        char *below = fence(i < MANY ? 'a' : 'b', i % MANY);
        zoo_desk_put(below, "a-0", 0);
        free(below);
    }
}

/* Who joins in between stops it, and finds the offsets, which go last. */
static void collect_many_while_joining(int at)
{
    free(switch_verb.printed);
    switch_verb.printed = NULL;
    zoo_desk_tear_down();
    set_up();
    leave_many();
    zoo_desk.act = join;
    zoo_desk.act_at = at;
    int code = collect();
    ck_assert_int_eq(sim_zoo_exists(offset), code != WEIR_EXIT_OK);
    if (!has_fence('b', MANY - 1) && code != WEIR_EXIT_OK) {
        switch_verb_expect_said("no more than before that is removed");
        switch_verb_expect_printed("not all of it is removed");
    }
}

START_TEST(who_joins_between_two_transactions_keeps_what_is_left)
{
    bool first = false;
    bool second = false;

    switch_verb.wish.execute = false;
    leave_many();
    ck_assert_int_eq(collect(), WEIR_EXIT_OK);
    int looking = zoo_desk.turns;
    switch_verb.wish.execute = true;
    for (int at = looking; at == looking || zoo_desk.turns >= at - 1; at++) {
        collect_many_while_joining(at);
        first = first || (!has_fence('b', 999) && has_fence('b', 0));
        second = second || (!has_fence('b', 0) && has_fence('a', 0));
    }
    ck_assert(first);
    ck_assert(second);
    ck_assert_str_eq(sim_zoo_data(joiner) == NULL ? "" : "there", "");
}
END_TEST

static void tear_down(void)
{
    free(switch_verb.printed);
    switch_verb.printed = NULL;
    zoo_desk_tear_down();
}

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_collect_group");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_there_is_is_listed_and_then_removed);
    tcase_add_test(tcase, what_was_done_is_told_as_json);
    tcase_add_test(tcase, a_group_in_use_is_kept);
    tcase_add_test(tcase, the_window_of_its_last_switch_counts);
    tcase_add_loop_test(tcase, a_switch_that_is_under_way_is_waited_for, 0, 2);
    tcase_add_test(tcase, a_record_that_cannot_be_read_may_be_of_a_switch);
    tcase_add_test(tcase, what_has_no_ids_is_removed_likewise);
    tcase_add_test(tcase, who_joins_meanwhile_finds_all_of_it_or_nothing);
    tcase_add_test(tcase, who_writes_meanwhile_keeps_it);
    tcase_add_test(tcase, a_connection_that_breaks_leaves_no_half);
    tcase_add_test(tcase, who_joins_between_two_transactions_keeps_what_is_left);
    return runner_run("zoo_switch_collect_group", tcase);
}
