#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

/* What a plan tells of the color that is to take over. */

static int plan(void)
{
    switch_verb.wish.execute = false;
    return switch_verb_run(weir_zoo_switch_plan);
}

START_TEST(members_tell_their_share_and_their_handler)
{
    zoo_colors_equip("c", "store", "2.1.0");
    zoo_colors_equip("d", "store", "2.1.0");
    ck_assert_int_eq(plan(), WEIR_EXIT_OK);
    switch_verb_expect_printed("STANDBY  PARTITIONS  HANDLER  VERSION\n"
                               "c                 2  store    2.1.0\n"
                               "d                 2  store    2.1.0\n");
    ck_assert_ptr_null(strstr(switch_verb.printed, "warning"));
    switch_verb.wish.json = true;
    ck_assert_int_eq(plan(), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"standby\":[{\"id\":\"c\",\"partitions\":2,\"handler\":\"store\","
                               "\"version\":\"2.1.0\"},{\"id\":\"d\",");
}
END_TEST

static const struct {
    const char *handler;
    const char *version;
    const char *warning;
} others[] = {
    {"store", "2.0.9", "c has store 2.1.0, d has store 2.0.9\n"},
    {"stock", "2.1.0", "c has store 2.1.0, d has stock 2.1.0\n"},
    {"store", NULL, "c has store 2.1.0, d has store -\n"},
    {NULL, NULL, "c has store 2.1.0, d has - -\n"},
};
enum { OTHERS = sizeof others / sizeof others[0] };

/* It may be so in a rolling restart of the standby: it is said, and is in nobody's way. */
START_TEST(handlers_that_differ_within_a_color_are_a_warning)
{
    zoo_colors_equip("a", "store", "1.0"); /* the other color has another one */
    zoo_colors_equip("c", "store", "2.1.0");
    zoo_colors_equip("d", others[_i].handler, others[_i].version);
    ck_assert_int_eq(plan(), WEIR_EXIT_OK);
    char *warning = weir_cli_text(
        "\nwarning: the members of green do not have the same handler: %s", others[_i].warning);
    switch_verb_expect_printed(warning);
    free(warning);
}
END_TEST

START_TEST(members_that_tell_nothing_have_a_share_all_the_same)
{
    ck_assert_int_eq(plan(), WEIR_EXIT_OK);
    switch_verb_expect_printed("c                 2  -        -\n");
    ck_assert_ptr_null(strstr(switch_verb.printed, "warning"));
}
END_TEST

START_TEST(without_members_there_is_no_table)
{
    zoo_colors_leave("c");
    zoo_colors_leave("d");
    ck_assert_int_eq(plan(), WEIR_EXIT_TRY_AGAIN);
    ck_assert_ptr_null(strstr(switch_verb.printed, "STANDBY"));
    switch_verb.wish.json = true;
    ck_assert_int_eq(plan(), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed("\"standby\":[],");
}
END_TEST

/* As a strategy may divide that goes by what members say they want. */
START_TEST(what_nobody_would_have_is_in_the_way)
{
    static const char all[] = "[0,0,1,1]";
    static const char some[] = "[0,-1,1,1]";
    char *text = weir_cli_copy(sim_zoo_data(ZOO_DESK_GROUP "/weir/allotment-green"));
    char *at = strstr(text, all);

    ck_assert_ptr_nonnull(at);
    char *less = weir_cli_text("%.*s%s%s", (int)(at - text), text, some, at + strlen(all));
    zoo_desk_put("weir/allotment-green", less, 0);
    ck_assert_int_eq(plan(), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed(
        "blocked: no member of green has orders/1 on paper, which blue has\n");
    switch_verb_expect_printed("c                 1  -        -\n");
    switch_verb.wish.execute = true;
    switch_verb_refuse(weir_zoo_switch_apply, "no member of green has orders/1 on paper");
    free(less);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_ready");

    tcase_add_checked_fixture(tcase, switch_verb_set_up, switch_verb_tear_down);
    tcase_add_test(tcase, members_tell_their_share_and_their_handler);
    tcase_add_loop_test(tcase, handlers_that_differ_within_a_color_are_a_warning, 0, OTHERS);
    tcase_add_test(tcase, members_that_tell_nothing_have_a_share_all_the_same);
    tcase_add_test(tcase, without_members_there_is_no_table);
    tcase_add_test(tcase, what_nobody_would_have_is_in_the_way);
    return runner_run("zoo_switch_ready", tcase);
}
