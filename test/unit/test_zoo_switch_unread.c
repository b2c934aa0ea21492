#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/options.h"
#include <string.h>

/* What weir switch says of colors with different topics: blue has "orders", green another one. */

static void set_up(void)
{
    switch_verb_set_up();
    zoo_colors_join("c", "green", "bluegreen-range", "later");
    zoo_colors_join("d", "green", "bluegreen-range", "later");
    zoo_colors_divide("green");
}

START_TEST(what_the_new_color_does_not_read_is_in_the_way)
{
    switch_verb_refuse(weir_zoo_switch_apply,
                       "no member of green subscribes to orders, which blue has: with "
                       "--leave-unread it is left to nobody");
}
END_TEST

START_TEST(it_is_left_if_that_is_wished_for)
{
    switch_verb.wish.leave_unread = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed("orders           4  blue    nobody\n");
    switch_verb_expect_printed("later            4  nobody  green\n");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"moves\":[{\"topic\":\"orders\",\"partitions\":4,\"left\":true}]");
    switch_verb_expect_printed("\"begins\":[{\"topic\":\"later\",\"partitions\":4}]}\n");
    switch_verb.wish.json = false;
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    ck_assert_int_eq(switch_verb.record.step, WEIR_SWITCH_PREPARED);
}
END_TEST

/* Nothing is known of it before its members are there. */
START_TEST(a_color_without_members_leaves_nothing)
{
    zoo_colors_leave("c");
    zoo_colors_leave("d");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed("orders           4  blue  green\n");
    ck_assert_ptr_null(strstr(switch_verb.printed, "nobody"));
}
END_TEST

/* They come after it was asked for. */
START_TEST(who_comes_later_and_reads_less_is_waited_for)
{
    zoo_colors_leave("c");
    zoo_colors_leave("d");
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    zoo_colors_join("c", "green", "bluegreen-range", "later");
    zoo_colors_divide("green");
    switch_verb.wish.wait = true;
    switch_verb_let_members_act();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed("waits: no member of green subscribes to orders, which blue has\n");
    switch_verb_expect_printed("aborted: ours from blue to green: overdue: no member of green "
                               "subscribes to orders, which blue has");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("unread");

    tcase_add_checked_fixture(tcase, set_up, switch_verb_tear_down);
    tcase_add_test(tcase, what_the_new_color_does_not_read_is_in_the_way);
    tcase_add_test(tcase, it_is_left_if_that_is_wished_for);
    tcase_add_test(tcase, who_comes_later_and_reads_less_is_waited_for);
    tcase_add_test(tcase, a_color_without_members_leaves_nothing);
    return runner_run("zoo_switch, unread", tcase);
}
