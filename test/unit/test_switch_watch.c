#include "test/unit/switch_bench.h"

/* A new color that is watched: blue was without fault, and green fails half of its records. */

static const struct weir_vitals faultless = {
    .told = true, .lag_known = true, .records = 1000, .busy_us = 1000000};
static const struct weir_vitals failing = {
    .told = true, .lag_known = true, .records = 200, .failed = 100, .busy_us = 200000};
static const char why[] = "green fails 50.0 % of its records, blue failed 0.0 %";

/* Blue has told how it did when it had drained. */
static void be_active(enum weir_switch_unhealthy unhealthy)
{
    request.unhealthy = unhealthy;
    be_in(WEIR_SWITCH_DRAINING);
    vitals[0] = faultless;
    ck_assert(step_at("b:ke g:k", 0));
    vitals[0] = (struct weir_vitals){.told = false};
    ck_assert(step_at("b: g:", 0));
    ck_assert(step_at("b: g:kf", 0));
    expect(WEIR_SWITCH_ACTIVE, "green", 4);
}

START_TEST(what_the_old_color_did_is_kept_while_it_is_of_use)
{
    be_in(WEIR_SWITCH_DRAINING);
    ck_assert(!record.before.told);
    vitals[0] = vitals[1] = faultless;
    vitals[2] = failing; /* the new one's is no matter */
    ck_assert(step_at("b:ke b:ke g:k", 0));
    expect(WEIR_SWITCH_COMMITTED, "blue", 3);
    ck_assert_uint_eq(record.before.records, 2000);
    ck_assert_uint_eq(record.before.failed, 0);
    ck_assert(record.before.lag_known);
    ck_assert(step_at("", 0));
    ck_assert(step_at("g:kf", 0));
    expect(WEIR_SWITCH_ACTIVE, "green", 4);
    ck_assert_uint_eq(record.before.records, 2000);
    vitals[0] = (struct weir_vitals){.told = false};
    ck_assert(step_at("g:k", HEALTH_MS));
    expect_past(WEIR_SWITCH_DONE, "");
    ck_assert(!record.before.told);
}
END_TEST

START_TEST(one_that_is_unhealthy_goes_back_by_itself)
{
    be_active(WEIR_SWITCH_TAKE_BACK);
    vitals[1] = failing;
    ck_assert(step_at("b: g:k", 0));
    ck_assert_str_eq(blocked, why);
    expect(WEIR_SWITCH_RETURNING, "blue", 5);
    ck_assert_str_eq(record.why, why);
    ck_assert(step_at("b:kf g:ke", 0));
    expect_past(WEIR_SWITCH_ROLLED_BACK, why);
}
END_TEST

START_TEST(or_is_told_of_and_stays)
{
    be_active(WEIR_SWITCH_TELL);
    vitals[1] = failing;
    expect_blocked("b: g:k", HEALTH_MS - 1, why);
    ck_assert(step_at("b: g:k", HEALTH_MS));
    expect(WEIR_SWITCH_IDLE, "green", 4);
    expect_past(WEIR_SWITCH_DONE, why);
}
END_TEST

START_TEST(what_is_told_of_another_turn_does_not_count)
{
    be_active(WEIR_SWITCH_TAKE_BACK);
    vitals[1] = failing;
    expect_blocked("b: g:", HEALTH_MS - 1, "the health of green is watched");
    ck_assert(step_at("b: g:k", HEALTH_MS - 1));
    expect(WEIR_SWITCH_RETURNING, "blue", 5);
}
END_TEST

START_TEST(one_that_is_healthy_is_done)
{
    be_active(WEIR_SWITCH_TAKE_BACK);
    expect_blocked("b: g:k", 0, "the health of green is watched");
    vitals[1] = faultless;
    expect_blocked("b: g:k", HEALTH_MS - 1, "the health of green is watched, and is good so far");
    ck_assert(step_at("b: g:k", HEALTH_MS));
    expect_past(WEIR_SWITCH_DONE, "");
}
END_TEST

/* What one of them does badly the others may make up for. */
START_TEST(a_color_is_judged_as_a_whole)
{
    be_active(WEIR_SWITCH_TAKE_BACK);
    vitals[1] = failing;
    vitals[2] = (struct weir_vitals){.told = true, .records = 5000};
    expect_blocked("b: g:k g:k", 0, "the health of green is watched, and is good so far");
    vitals[0] = failing;
    vitals[3] = failing;
    expect_blocked("o: g:k g:k n:", 0, "the health of green is watched, and is good so far");
    vitals[2].records = 600;
    ck_assert(step_at("b: g:k g:k", 0));
    expect(WEIR_SWITCH_RETURNING, "blue", 5);
    ck_assert_str_eq(record.why, "green fails 12.5 % of its records, blue failed 0.0 %");
}
END_TEST

START_TEST(a_lag_is_known_when_all_tell_of_it)
{
    be_active(WEIR_SWITCH_TAKE_BACK);
    vitals[1] = faultless;
    vitals[1].lag_grew = 500;
    expect_blocked("b: g:k g:k", HEALTH_MS - 1,
                   "the health of green is watched, and is good so far");
    vitals[2] = faultless;
    expect_blocked("b: g:k g:k", HEALTH_MS - HEALTH_MS / 4 - 1,
                   "the health of green is watched, and is good so far");
    ck_assert(step_at("b: g:k g:k", HEALTH_MS - HEALTH_MS / 4));
    expect(WEIR_SWITCH_RETURNING, "blue", 5);
}
END_TEST

START_TEST(nobody_is_sent_back_to_nobody)
{
    be_active(WEIR_SWITCH_TAKE_BACK);
    vitals[0] = failing;
    expect_blocked("g:k", HEALTH_MS - 1, why);
    ck_assert(step_at("g:k", HEALTH_MS));
    expect_past(WEIR_SWITCH_DONE, why);
}
END_TEST

START_TEST(a_first_color_is_not_sent_back)
{
    request.unhealthy = WEIR_SWITCH_TAKE_BACK;
    ck_assert_int_eq(ask(), WEIR_OK);
    ck_assert(step_at("g:kr", 0));
    ck_assert(step_at("g:k", 0));
    ck_assert(step_at("g:", 0));
    ck_assert(step_at("g:kf", 0));
    vitals[0] = failing;
    expect_blocked("g:k", HEALTH_MS - 1, "green fails 50.0 % of its records");
    ck_assert(step_at("g:k", HEALTH_MS));
    expect_past(WEIR_SWITCH_DONE, "green fails 50.0 % of its records");
}
END_TEST

START_TEST(who_is_not_watched_is_not_judged)
{
    request.limits.health_ms = 0;
    be_active(WEIR_SWITCH_TAKE_BACK);
    vitals[1] = failing;
    ck_assert(step_at("b: g:k", 0));
    expect_past(WEIR_SWITCH_DONE, "");
}
END_TEST

START_TEST(limits_that_cannot_be_are_refused)
{
    request.health.errors = 101;
    ck_assert_int_eq(ask(), WEIR_ERR_INVALID);
    request.health.errors = 0;
    request.unhealthy = (enum weir_switch_unhealthy)(WEIR_SWITCH_TAKE_BACK + 1);
    ck_assert_int_eq(ask(), WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, "what to do when the new color is not healthy is unknown");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("watch");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, what_the_old_color_did_is_kept_while_it_is_of_use);
    tcase_add_test(tcase, one_that_is_unhealthy_goes_back_by_itself);
    tcase_add_test(tcase, or_is_told_of_and_stays);
    tcase_add_test(tcase, what_is_told_of_another_turn_does_not_count);
    tcase_add_test(tcase, one_that_is_healthy_is_done);
    tcase_add_test(tcase, a_color_is_judged_as_a_whole);
    tcase_add_test(tcase, a_lag_is_known_when_all_tell_of_it);
    tcase_add_test(tcase, nobody_is_sent_back_to_nobody);
    tcase_add_test(tcase, a_first_color_is_not_sent_back);
    tcase_add_test(tcase, who_is_not_watched_is_not_judged);
    tcase_add_test(tcase, limits_that_cannot_be_are_refused);
    return runner_run("switch, watched", tcase);
}
