#include "tools/zoo_switch_log.h"

#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/options.h"
#include <stdio.h>
#include <string.h>

/* What is kept of the gaps that were measured, on a server in virtual time. */

static const char node[] = ZOO_DESK_GROUP "/weir/gaps";

static void go_to(const char *color, const char *id, bool together)
{
    switch_verb.wish.to = color;
    switch_verb.wish.id = id;
    switch_verb.wish.wait = true;
    switch_verb.wish.together = together;
    switch_verb_let_members_act();
    ck_assert_msg(switch_verb_run(weir_zoo_switch_apply) == WEIR_EXIT_OK, "%s%s",
                  switch_verb.printed, zoo_desk.said);
}

static void plan(bool together)
{
    switch_verb_preset();
    zoo_colors_read(&switch_verb.record);
    switch_verb.wish.to = strcmp(switch_verb.record.active, "blue") == 0 ? "green" : "blue";
    switch_verb.wish.together = together;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
}

START_TEST(what_was_measured_is_what_is_expected)
{
    plan(false);
    switch_verb_expect_printed("expected gap: not known, no switch of mode each was watched to its "
                               "end: weir switch apply --wait measures it\n");
    go_to("green", "first", false);
    plan(false);
    switch_verb_expect_printed("expected gap from owner to owner: median 2.0 ms, p99 2.0 ms, by "
                               "the last 1 of mode each that was watched\n");
    plan(true);
    switch_verb_expect_printed("expected gap: not known, no switch of mode together");
    go_to("blue", "second", true);
    plan(true);
    switch_verb_expect_printed("expected gap from owner to owner: median 1");
    plan(false);
    switch_verb_expect_printed("median 2.0 ms");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_plan), WEIR_EXIT_OK);
    switch_verb_expect_printed(
        "\"expected_gap\":{\"measured\":4,\"median_us\":2000,\"p99_us\":2000,\"max_us\":2000}");
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_history), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"gaps\":{\"measured\":4,\"median_us\":2000");
    switch_verb.wish.json = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_history), WEIR_EXIT_OK);
    switch_verb_expect_printed("3  2.0 ms   2.0 ms  first ");
}
END_TEST

/* Nobody hands over what nobody has, and what went back says nothing of how long it takes. */
START_TEST(only_what_is_done_and_was_measured_is_kept)
{
    switch_verb.wish.wait = true;
    switch_verb.stubborn = "d";
    switch_verb_let_members_act();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    ck_assert(!sim_zoo_exists(node));
    switch_verb_be_in(WEIR_SWITCH_DRAINING);
    switch_verb.stubborn = NULL;
    switch_verb_let_members_act();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_rollback), WEIR_EXIT_OK);
    switch_verb_expect_printed("gaps from owner to owner");
    ck_assert(!sim_zoo_exists(node));
    zoo_colors_activate("");
    plan(false);
    ck_assert_ptr_null(strstr(switch_verb.printed, "expected gap"));
}
END_TEST

static const char out_of_order[] =
    "{\"version\":1,\"gaps\":[{\"id\":\"x\",\"mode\":\"each\",\"measured\":1,\"median_ns\":9,"
    "\"p99_ns\":8,\"max_ns\":10}]}";
static const char *const damaged[] = {"", "[]", "{\"version\":1,\"gaps\":[{\"id\":\"x\"},7]}",
                                      out_of_order};

START_TEST(what_is_damaged_is_nothing_and_is_written_over)
{
    sim_zoo_write(node, damaged[_i]);
    plan(false);
    switch_verb_expect_printed("expected gap: not known");
    go_to("green", "mended", false);
    ck_assert_ptr_nonnull(strstr(sim_zoo_data(node), "\"gaps\":[{\"id\":\"mended\""));
    plan(false);
    switch_verb_expect_printed("by the last 1 of mode each");
}
END_TEST

START_TEST(what_a_newer_weir_wrote_stays)
{
    static const char newer[] = "{\"version\":2,\"gaps\":{}}";

    sim_zoo_write(node, newer);
    go_to("green", "ours", false);
    switch_verb_expect_said("the gaps that were measured are not kept for the next plan");
    ck_assert_str_eq(sim_zoo_data(node), newer);
}
END_TEST

START_TEST(the_last_twenty_are_kept)
{
    struct weir_switching switching = {.group = zoo_desk.group, .wish = &switch_verb.wish};
    struct weir_switch_log log;
    char id[8] = "";

    for (int i = 0; i < WEIR_SWITCH_LOG_MAX + 3; i++) {
        (void)snprintf(id, sizeof id, "s%d", i);
        go_to(i % 2 == 0 ? "green" : "blue", id, false);
    }
    ck_assert_int_eq(weir_switch_log_read(&switching, &log), WEIR_EXIT_OK);
    ck_assert_uint_eq(log.count, WEIR_SWITCH_LOG_MAX);
    ck_assert_str_eq(log.all[0].id, id);
    ck_assert_ptr_eq(weir_switch_log_find(&log, id), &log.all[0]);
    ck_assert_ptr_null(weir_switch_log_find(&log, "s2"));
    ck_assert_ptr_nonnull(weir_switch_log_find(&log, "s3"));
}
END_TEST

START_TEST(what_is_expected_is_of_the_last_five_of_the_mode)
{
    static const int64_t medians[] = {7, 1, 9, 3, 5, 1000};
    struct weir_switch_log log = {.count = 8};
    struct weir_switch_gaps_sum sum;

    log.all[0].mode = log.all[4].mode = WEIR_SWITCH_TOGETHER;
    log.all[4].sum = (struct weir_switch_gaps_sum){4, 20, 30, 40};
    for (size_t i = 0, at = 1; i < sizeof medians / sizeof medians[0]; i++, at++) {
        at += at == 4 ? 1 : 0;
        log.all[at].sum =
            (struct weir_switch_gaps_sum){8, medians[i], medians[i] * 2, medians[i] * 3};
    }
    ck_assert_uint_eq(weir_switch_log_expect(&log, WEIR_SWITCH_EACH, &sum), 5);
    ck_assert_int_eq(sum.median_ns, 5);
    ck_assert_int_eq(sum.p99_ns, 18);
    ck_assert_int_eq(sum.max_ns, 27);
    ck_assert_uint_eq(sum.measured, 40);
    ck_assert_uint_eq(weir_switch_log_expect(&log, WEIR_SWITCH_TOGETHER, &sum), 2);
    ck_assert_int_eq(sum.median_ns, 0);
    ck_assert_int_eq(sum.p99_ns, 30);
    log.count = 0;
    ck_assert_uint_eq(weir_switch_log_expect(&log, WEIR_SWITCH_EACH, &sum), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_log");

    tcase_add_checked_fixture(tcase, switch_verb_set_up, switch_verb_tear_down);
    tcase_add_test(tcase, what_was_measured_is_what_is_expected);
    tcase_add_test(tcase, only_what_is_done_and_was_measured_is_kept);
    tcase_add_loop_test(tcase, what_is_damaged_is_nothing_and_is_written_over, 0,
                        sizeof damaged / sizeof damaged[0]);
    tcase_add_test(tcase, what_a_newer_weir_wrote_stays);
    tcase_add_test(tcase, the_last_twenty_are_kept);
    tcase_add_test(tcase, what_is_expected_is_of_the_last_five_of_the_mode);
    return runner_run("zoo_switch_log", tcase);
}
