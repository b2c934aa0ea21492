#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/group_print.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

/* The verbs of weir switch that look, on a server in virtual time. */

enum { NO_GROUP = 1 };

/* Looking. */

START_TEST(status_tells_colors_members_and_what_is_waited_for)
{
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed(
        "group shop: active color blue, epoch 1, idle, ZooKeeper zk1:2181/kafka\n");
    switch_verb_expect_printed("blue   active         2           4\n");
    switch_verb_expect_printed("green  standby        2           0\n");
    switch_verb_expect_printed(
        "blue   a       -      -      -      -              2"); /* not asked */
    switch_verb.stubborn = "a";
    ck_assert(zoo_colors_ask("theirs", "green"));
    zoo_colors_follow(switch_verb.stubborn);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("epoch 1, prepared");
    switch_verb_expect_printed(
        "switch theirs from blue to green, asked for by rival@there at 1970-");
    switch_verb_expect_printed(
        "mode each, drain in-flight, on deadline back, prepare 30.0 s, drain 60.0 s, take 30.0 s, "
        "health 0.0 s\n");
    switch_verb_expect_printed("waits: a has not heard of it\n");
    switch_verb_expect_printed("blue   a       no     yes    no     yes            2");
    switch_verb_expect_printed("green  c       yes    yes    yes    no             0");
}
END_TEST

static void drain_by_hand(void)
{
    zoo_colors_read(&switch_verb.record);
    switch_verb.record.turn++;
    switch_verb.record.step = WEIR_SWITCH_COMMITTED;
    zoo_colors_write(&switch_verb.record);
}

/* What no member does: `c` has a partition that it may not have. But who drains may still have
 * what it does not own by right, and of a record that changed meanwhile nobody can tell. */
START_TEST(status_tells_who_has_what_it_may_not_have)
{
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    ck_assert_ptr_null(strstr(switch_verb.printed, "WRONG"));
    zoo_desk_own(1, "c-0", 103);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("WRONG: 1 of the partitions are with a color that may not have "
                               "them: orders/1 is with c-0 of green;");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"misplaced\":1,");
    zoo_desk_own(1, "a-0", 101);
    switch_verb.stubborn = "a";
    ck_assert(zoo_colors_ask("theirs", "green"));
    zoo_colors_read(&switch_verb.record);
    switch_verb.record.turn++;
    switch_verb.record.epoch++;
    switch_verb.record.step = WEIR_SWITCH_DRAINING;
    zoo_colors_write(&switch_verb.record);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"misplaced\":0,");
    int turns = zoo_desk.turns;
    drain_by_hand();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"misplaced\":4,");
    zoo_desk.act = drain_by_hand; /* between the first and the last answer */
    zoo_desk.act_at = turns - 1;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"misplaced\":0,");
}
END_TEST

/* Of weir status. */
static void expect_view(const char *table, const char *json)
{
    char *shown = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&shown, &size);

    ck_assert_ptr_nonnull(out);
    (void)zoo_desk_look();
    weir_print_status(out, "shop", &zoo_desk.view);
    weir_print_view_json(out, "shop", &zoo_desk.view);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_msg(strstr(shown, table) != NULL && strstr(shown, json) != NULL, "%s", shown);
    free(shown);
}

START_TEST(the_status_of_a_group_has_color_epoch_and_step)
{
    expect_view("Stable, strategy bluegreen-range", "\"color\":\"blue\",\"epoch\":1");
    switch_verb_be_in(WEIR_SWITCH_DRAINING);
    expect_view("\nactive color blue, epoch 2, switch draining\n",
                "\"color\":\"blue\",\"epoch\":2,\"step\":\"draining\",\"request\":{");
    zoo_desk_put("weir/switch", "{}", 0);
    expect_view("weir/switch cannot be read: it is of no weir\n", "]}\n");
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/switch");
    expect_view("Waiting: no color is active yet: weir switch apply chooses one\n", "]}\n");
}
END_TEST

START_TEST(status_is_one_line_of_json)
{
    switch_verb.wish.json = true;
    switch_verb_be_in(WEIR_SWITCH_DRAINING);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed(
        "{\"group\":\"shop\",\"active\":\"blue\",\"epoch\":2,\"turn\":3,\"step\":"
        "\"draining\",\"request\":{\"id\":\"theirs\",\"from\":\"blue\",\"to\":\"green\"");
    switch_verb_expect_printed(
        "\"colors\":[{\"color\":\"blue\",\"may_own\":false,\"members\":2,\"partitions\":");
    switch_verb_expect_printed(
        "{\"id\":\"c\",\"color\":\"green\",\"turn\":3,\"heard\":true,\"ready\":true");
    ck_assert_ptr_eq(strchr(switch_verb.printed, '\n'),
                     switch_verb.printed + strlen(switch_verb.printed) - 1);
}
END_TEST

START_TEST(a_group_that_was_never_switched_has_a_status)
{
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/switch");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("active color none, epoch 0, idle");
    switch_verb_expect_printed("no switch was ever asked for\n");
}
END_TEST

START_TEST(history_is_the_newest_first)
{
    struct weir_switch one;

    switch_verb_end_theirs(WEIR_SWITCH_DONE);
    ck_assert(zoo_colors_ask("later", "blue"));
    zoo_colors_read(&one);
    ck_assert_int_eq(weir_switch_undo(&one, "rain", 0, &switch_verb.record, NULL), WEIR_OK);
    zoo_colors_write(&switch_verb.record);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_history), WEIR_EXIT_OK);
    const char *later =
        strstr(switch_verb.printed,
               "aborted  green  blue       3    -        -  later   rival@there  rain");
    const char *earlier = strstr(switch_verb.printed,
                                 "done     blue   green      3    -        -  theirs  rival@there");
    ck_assert_msg(later != NULL && earlier != NULL && later < earlier, "%s", switch_verb.printed);
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_history), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"history\":[{\"id\":\"later\",\"outcome\":\"aborted\"");
}
END_TEST

START_TEST(what_is_damaged_is_named_and_refused)
{
    static weir_zoo_switch_fn *const verbs[] = {weir_zoo_switch_status,   weir_zoo_switch_plan,
                                                weir_zoo_switch_apply,    weir_zoo_switch_abort,
                                                weir_zoo_switch_rollback, weir_zoo_switch_history};

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        zoo_desk_put("weir/switch", "{\"version\":1}", 0);
        zoo_desk.said[0] = '\0';
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        ck_assert_int_eq(verbs[i](zoo_desk.group, &switch_verb.wish, out), WEIR_EXIT_TRY_AGAIN);
        ck_assert_int_eq(fclose(out), 0);
        ck_assert_str_eq(text, "");
        free(text);
        switch_verb_expect_said(ZOO_DESK_GROUP
                                "/weir/switch cannot be obeyed: its head is damaged");
        ck_assert_str_eq(sim_zoo_data(ZOO_DESK_GROUP "/weir/switch"), "{\"version\":1}");
    }
}
END_TEST

START_TEST(a_group_that_is_not_there_is_none)
{
    struct weir_zoo_group *other = NULL;
    FILE *out = fopen("/dev/null", "w");

    ck_assert_int_eq(weir_zoo_group_open(zoo_desk.config, "nobody", &zoo_desk_world, &other),
                     WEIR_EXIT_OK);
    ck_assert_int_eq(weir_zoo_switch_status(other, &switch_verb.wish, out), NO_GROUP);
    switch_verb_expect_said("there is no group 'nobody' in ZooKeeper zk1:2181/kafka");
    ck_assert_int_eq(weir_zoo_switch_apply(other, &switch_verb.wish, out), NO_GROUP);
    ck_assert(!sim_zoo_exists("/kafka/consumers/nobody"));
    ck_assert_int_eq(fclose(out), 0);
    weir_zoo_group_close(other);
}
END_TEST

/* Planning. */

static void expect_block(const char *why)
{
    int code = switch_verb_run(weir_zoo_switch_plan);

    ck_assert_msg(code == WEIR_EXIT_TRY_AGAIN, "%s", switch_verb.printed);
    switch_verb_expect_printed(why);
    switch_verb_expect_printed("\nnothing is written\n");
}

START_TEST(plan_tells_what_would_move)
{
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed("group shop: from blue to green, epoch 1\n");
    switch_verb_expect_printed("orders           4  blue  green\n");
    switch_verb_expect_printed("nothing is written: weir switch apply --execute does it\n");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"moves\":[{\"topic\":\"orders\",\"partitions\":4}],\"expected_"
                               "gap\":null,\"stops\":[],\"blocked\":[]}");
}
END_TEST

START_TEST(plan_tells_what_is_in_the_way)
{
    switch_verb.wish.to = "blue";
    expect_block("blocked: blue is active already\n");
    switch_verb.wish.to = "red";
    expect_block("blocked: there is no member of red (a switch waits for that)\n");
    switch_verb.wish.to = "green";
    sim_zoo_remove(ZOO_DESK_GROUP "/weir/allotment-green");
    expect_block("blocked: c has no share yet, and 1 more (a switch waits for that)\n");
    zoo_colors_leave("d");
    zoo_colors_join("c", "green", "bluegreen-range", "payments");
    zoo_colors_divide("green");
    expect_block("blocked: no member of green subscribes to orders, which blue has: with "
                 "--leave-unread it is left to nobody\n");
    zoo_colors_join("d", "green", "bluegreen-static", "orders");
    expect_block("blocked: 'c' has weir.strategy=bluegreen-range and 'd' has bluegreen-static");
    ck_assert(zoo_colors_ask("theirs", "green"));
    expect_block("blocked: the switch theirs to green, which rival@there asked for, is under way "
                 "(prepared)\n");
}
END_TEST

START_TEST(what_cannot_be_asked_for_is_wrong_usage)
{
    switch_verb.wish.to = "no color";
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_USAGE);
    switch_verb_expect_said("a color: give 1 to 32 letters");
    switch_verb.wish.to = "a-color-of-more-than-thirty-two-characters";
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_USAGE);
    switch_verb_expect_said("the color has more than 32 characters");
    switch_verb_preset();
    switch_verb.wish.id = "";
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_USAGE);
    switch_verb_expect_said("the id of a switch");
    ck_assert_uint_eq(switch_verb.record.turn, 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch");

    tcase_add_checked_fixture(tcase, switch_verb_set_up, switch_verb_tear_down);
    tcase_add_test(tcase, status_tells_colors_members_and_what_is_waited_for);
    tcase_add_test(tcase, the_status_of_a_group_has_color_epoch_and_step);
    tcase_add_test(tcase, status_tells_who_has_what_it_may_not_have);
    tcase_add_test(tcase, status_is_one_line_of_json);
    tcase_add_test(tcase, a_group_that_was_never_switched_has_a_status);
    tcase_add_test(tcase, history_is_the_newest_first);
    tcase_add_test(tcase, what_is_damaged_is_named_and_refused);
    tcase_add_test(tcase, a_group_that_is_not_there_is_none);
    tcase_add_test(tcase, plan_tells_what_would_move);
    tcase_add_test(tcase, plan_tells_what_is_in_the_way);
    tcase_add_test(tcase, what_cannot_be_asked_for_is_wrong_usage);
    return runner_run("zoo_switch", tcase);
}
