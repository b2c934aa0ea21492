#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/swap_verb.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "tools/group_print.h"
#include "tools/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What weir status shows of a swap that is under way: where each partition stops, what comes again,
 * and what is left unread. Of the group "shop", in which blue hands over to green. */

static char *shown;

static void tear_down(void)
{
    free(shown);
    shown = NULL;
    swap_verb_tear_down();
}

/* As the offset store and the brokers tell it. */
static void look(void)
{
    static const int64_t committed[] = {10, 40, 55, WEIR_VIEW_UNKNOWN};

    (void)zoo_desk_look();
    for (size_t i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        zoo_desk.view.partitions[i].committed = committed[i];
        zoo_desk.view.partitions[i].none = committed[i] < 0;
        zoo_desk.view.partitions[i].end = 60;
    }
}

static void print(void (*what)(FILE *out, const char *group, const struct weir_view *view))
{
    size_t size = 0;
    FILE *out = NULL;

    look();
    free(shown);
    shown = NULL;
    out = open_memstream(&shown, &size);
    ck_assert_ptr_nonnull(out);
    what(out, "shop", &zoo_desk.view);
    ck_assert_int_eq(fclose(out), 0);
}

/* The heading, but for the line with the state, and the partitions. */
static void expect_status(const char *heading, const char *rows)
{
    print(weir_print_status);
    const char *line = strchr(shown, '\n');
    const char *members = strstr(shown, "\n\n#");
    const char *partitions = strstr(shown, "TOPIC");

    ck_assert_msg(line != NULL && members != NULL && partitions != NULL, "%s", shown);
    size_t size = (size_t)(members - line);
    ck_assert_msg(size == strlen(heading) && strncmp(line + 1, heading, size) == 0, "%s", shown);
    ck_assert_msg(strcmp(partitions, rows) == 0, "%s", shown);
}

static void expect_json(const char *part)
{
    print(weir_print_view_json);
    ck_assert_msg(strstr(shown, part) != NULL, "%s", shown);
}

static void expect_no_json(const char *part)
{
    print(weir_print_view_json);
    ck_assert_msg(strstr(shown, part) == NULL, "%s", shown);
}

/* The record as it would be later. */
static void be_in(enum weir_switch_step step)
{
    struct weir_switch record;

    zoo_colors_read(&record);
    record.step = step;
    record.turn++;
    if (step == WEIR_SWITCH_HANDED_OVER) {
        memcpy(record.active, record.request.to, sizeof record.active);
    }
    (void)snprintf(record.why, sizeof record.why, "%s",
                   step == WEIR_SWITCH_RETURNING ? "rain" : "");
    zoo_colors_write(&record);
    zoo_colors_read(&record); /* so it can be read */
    ck_assert_int_eq(record.step, step);
}

static void ask_with_stops(const char *const *stops, size_t count)
{
    static struct weir_switch_stop_list lists[WEIR_SWAP_HALVES];

    for (size_t i = 0; i < count; i++) {
        ck_assert(weir_switch_stop_take(&lists[0], stops[i]));
        ck_assert(weir_switch_stop_take(&lists[1], stops[i]));
    }
    lists[0].is_given = lists[1].is_given = true;
    switch_verb.wish.stops = &lists[0];
    switch_verb.wish.peer_stops = &lists[1];
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    weir_switch_stop_list_fini(&lists[0]);
    weir_switch_stop_list_fini(&lists[1]);
}

#define TITLES "TOPIC   PARTITION  #  COMMITTED  END      LAG  NOTE\n"
#define PLAIN                                                                                      \
    TITLES "orders          0  1         10   60       50\n"                                       \
           "orders          1  1         40   60       20\n"                                       \
           "orders          2  2         55   60        5\n"                                       \
           "orders          3  2       none   60  unknown\n"

START_TEST(without_a_swap_it_says_nothing_of_one)
{
    expect_status("active color blue, epoch 1, switch idle\n", PLAIN);
    expect_json("\"trouble\":null},");
    expect_json("\"step\":\"idle\",\"request\":null}\n");
    expect_no_json("\"stop\"");
}
END_TEST

START_TEST(a_swap_without_papers_is_named)
{
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    expect_status("active color blue, epoch 1, switch prepared\n"
                  "switch ours from blue to green\n"
                  "one half of a swap: the other one is in group next\n",
                  PLAIN);
    expect_json("\"request\":{\"id\":\"ours\",\"from\":\"blue\",\"to\":\"green\",\"peer\":\"next\","
                "\"stops\":false,\"replay\":false}}\n");
    expect_no_json("\"stop\":");
}
END_TEST

START_TEST(each_partition_says_where_it_stops_until_it_is_handed_over)
{
    static const char *const stops[] = {"orders:0:45", "orders:1:40", "orders:2:50", "orders:3:70"};

    ask_with_stops(stops, ZOO_DESK_PARTITIONS);
    expect_status("active color blue, epoch 1, switch prepared\n"
                  "switch ours from blue to green, up to stop offsets\n"
                  "one half of a swap: the other one is in group next\n",
                  TITLES "orders          0  1         10   60       50  stops at 45, 35 to go\n"
                         "orders          1  1         40   60       20  is at its stop\n"
                         "orders          2  2         55   60        5  past its stop at 50\n"
                         "orders          3  2       none   60  unknown  stops at 70\n");
    expect_json("\"partition\":0,\"committed\":10,\"begin\":null,\"end\":60,\"lag\":50,");
    expect_json("\"trouble\":null,\"stop\":45},{\"topic\":\"orders\",\"partition\":1,");
    expect_json("\"peer\":\"next\",\"stops\":true,\"replay\":false}}\n");
    be_in(WEIR_SWITCH_DRAINING);
    zoo_desk_own(1, "c-0", 103); /* and goes on from there */
    expect_json("\"stop\":45");
    expect_no_json("\"stop\":40");
    be_in(WEIR_SWITCH_COMMITTED);
    expect_no_json("\"stop\":");
    be_in(WEIR_SWITCH_RETURNING);
    expect_no_json("\"stop\":");
}
END_TEST

START_TEST(records_that_are_yet_to_come_are_counted)
{
    static const char *const stop = "orders:2:70";

    ask_with_stops(&stop, 1);
    print(weir_print_status);
    ck_assert_msg(strstr(shown, "  stops at 70, 15 to go, 10 to come\n") != NULL, "%s", shown);
}
END_TEST

static void ask_with_replay(void)
{
    struct weir_switch record;

    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    zoo_colors_read(&record);
    record.request.mode = WEIR_SWITCH_TOGETHER;
    record.request.replay = true;
    zoo_colors_write(&record);
    zoo_desk_put("weir/snapshot",
                 "{\"version\":1,\"id\":\"ours\",\"topics\":{\"orders\":[4,40,-1,7]},\"mode\":"
                 "\"together\",\"epoch\":1,\"asked_ms\":1,\"window_ms\":600000,\"store\":"
                 "\"zookeeper\",\"back_of\":\"before\",\"replay\":true,\"peer\":\"next\"}",
                 0);
}

START_TEST(what_comes_again_is_told_until_it_is_set_back)
{
    ask_with_replay();
    expect_status(
        "active color blue, epoch 1, switch prepared\n"
        "switch ours from blue to green, with replay\n"
        "one half of a swap: the other one is in group next\n",
        TITLES "orders          0  1         10   60       50  to be set back to 4, 6 come again\n"
               "orders          1  1         40   60       20\n"
               "orders          2  2         55   60        5\n"
               "orders          3  2       none   60  unknown\n");
    expect_json("\"trouble\":null,\"set_back_to\":4,\"again\":6},");
    expect_json("\"trouble\":null,\"set_back_to\":40,\"again\":0},");
    expect_json("\"replay\":true}}\n");
    be_in(WEIR_SWITCH_DRAINING);
    expect_json("\"again\":6");
    be_in(WEIR_SWITCH_COMMITTED);
    expect_json("\"again\":6");
    be_in(WEIR_SWITCH_HANDED_OVER);
    expect_no_json("\"again\":");
}
END_TEST

START_TEST(what_is_left_unread_is_told)
{
    zoo_colors_join("c", "green", "bluegreen-range", "later");
    zoo_colors_join("d", "green", "bluegreen-range", "later");
    zoo_colors_divide("green");
    switch_verb.wish.leave_unread = true;
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    print(weir_print_status);
    ck_assert_msg(strstr(shown, "60       50  left unread: green does not read it\n") != NULL, "%s",
                  shown);
    expect_json("\"trouble\":null,\"left\":true},");
    zoo_colors_join("c", "green", "bluegreen-range", "orders");
    expect_no_json("\"left\":");
}
END_TEST

/* The members wait as long. */
START_TEST(stops_that_cannot_be_obeyed_are_a_reason)
{
    static const char *const stop = "orders:0:45";

    ask_with_stops(&stop, 1);
    zoo_desk_put("weir/stops", "{}", 0);
    print(weir_print_status);
    ck_assert_msg(strstr(shown, ": weir/stops cannot be read: they are damaged\n") != NULL, "%s",
                  shown);
    zoo_desk_put("weir/stops", "{\"version\":1,\"id\":\"theirs\",\"topics\":{\"orders\":[45]}}", 0);
    expect_json("\"reason\":\"weir/stops is of another switch, theirs\"");
    expect_no_json("\"stop\":");
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/stops");
    expect_json("\"reason\":\"weir/stops is not there\"");
}
END_TEST

START_TEST(a_snapshot_that_cannot_be_obeyed_is_a_reason)
{
    ask_with_replay();
    zoo_desk_put("weir/snapshot", "nonsense", 0);
    expect_json("\"reason\":\"weir/snapshot cannot be read: they are damaged\"");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_group_switch");

    tcase_add_checked_fixture(tcase, swap_verb_set_up, tear_down);
    tcase_add_test(tcase, without_a_swap_it_says_nothing_of_one);
    tcase_add_test(tcase, a_swap_without_papers_is_named);
    tcase_add_test(tcase, each_partition_says_where_it_stops_until_it_is_handed_over);
    tcase_add_test(tcase, records_that_are_yet_to_come_are_counted);
    tcase_add_test(tcase, what_comes_again_is_told_until_it_is_set_back);
    tcase_add_test(tcase, what_is_left_unread_is_told);
    tcase_add_test(tcase, stops_that_cannot_be_obeyed_are_a_reason);
    tcase_add_test(tcase, a_snapshot_that_cannot_be_obeyed_is_a_reason);
    return runner_run("zoo_group_switch", tcase);
}
