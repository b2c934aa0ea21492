#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <string.h>

/* A new color whose health is watched: 0 to 2 are blue, 3 to 5 green; each does a record in each
 * millisecond. */

enum { PARTITIONS = 12, LIMIT_MS = 60000, HEALTH_MS = 20000, WARM_UP_MS = 10000, HALF = 50 };

static const char half[] = "green fails 50.0 % of its records, blue failed 0.0 %";

static void set_up(void)
{
    troupe_open(11);
    troupe.colored = true;
    troupe.measures = true;
    troupe.health_ms = 0;
    troupe_topic(PARTITIONS);
}

/* Blue has everything, and green stands by; the next switch is watched. */
static void raise_both(enum weir_switch_unhealthy unhealthy)
{
    troupe_start_many(0, 3);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_start_many(3, 3);
    troupe_run_ms(WARM_UP_MS);
    troupe.unhealthy = unhealthy;
    troupe.health_ms = HEALTH_MS;
}

static void await_step(enum weir_switch_step step)
{
    struct weir_switch record;
    int64_t patience_ms = LIMIT_MS;

    do {
        troupe_run_ms(1);
        troupe_record(&record);
    } while (record.step != step && --patience_ms > 0);
    ck_assert_str_eq(weir_switch_step_name(record.step), weir_switch_step_name(step));
}

/* Returns the milliseconds from when green had everything. */
static int64_t switch_to_green(void)
{
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    await_step(WEIR_SWITCH_ACTIVE);
    int64_t took_ms = troupe_await_switched(LIMIT_MS);
    (void)troupe_settle();
    return took_ms;
}

static void expect_last(enum weir_switch_outcome outcome, const char *why)
{
    struct weir_switch record;

    troupe_record(&record);
    ck_assert_str_eq(weir_switch_outcome_name(record.past[0].outcome),
                     weir_switch_outcome_name(outcome));
    ck_assert_str_eq(record.past[0].why, why);
    ck_assert_uint_eq(troupe_of_color(0), outcome == WEIR_SWITCH_DONE ? 0 : PARTITIONS);
    ck_assert_uint_eq(troupe_of_color(3), outcome == WEIR_SWITCH_DONE ? PARTITIONS : 0);
}

static void expect_verdict(enum weir_switch_verdict verdict)
{
    for (size_t i = 0; i < TROUPE_MEMBERS; i++) {
        ck_assert_int_eq(troupe.actors[i].verdict, verdict);
    }
}

/* At once, by whichever member sees it first: no tool is there. */
START_TEST(a_green_that_fails_half_of_its_records_goes_back_by_itself)
{
    raise_both(WEIR_SWITCH_TAKE_BACK);
    troupe.green_fails = HALF;
    ck_assert_int_lt(switch_to_green(), HEALTH_MS / 4);
    expect_last(WEIR_SWITCH_ROLLED_BACK, half);
}
END_TEST

START_TEST(or_stays_and_everybody_is_told)
{
    raise_both(WEIR_SWITCH_TELL);
    troupe.green_fails = HALF;
    ck_assert_int_ge(switch_to_green(), HEALTH_MS);
    expect_last(WEIR_SWITCH_DONE, half);
    expect_verdict(WEIR_SWITCH_UNHEALTHY);
}
END_TEST

START_TEST(a_green_that_is_healthy_stays)
{
    raise_both(WEIR_SWITCH_TAKE_BACK);
    ck_assert_int_ge(switch_to_green(), HEALTH_MS);
    expect_last(WEIR_SWITCH_DONE, "");
    expect_verdict(WEIR_SWITCH_HEALTHY);
}
END_TEST

/* It is no worse than blue was. */
START_TEST(a_green_that_fails_as_blue_did_stays)
{
    troupe.blue_fails = HALF;
    raise_both(WEIR_SWITCH_TAKE_BACK);
    troupe.green_fails = HALF;
    (void)switch_to_green();
    expect_last(WEIR_SWITCH_DONE, "");
    expect_verdict(WEIR_SWITCH_HEALTHY);
}
END_TEST

START_TEST(a_green_that_falls_behind_goes_back_when_that_is_sure)
{
    raise_both(WEIR_SWITCH_TAKE_BACK);
    troupe.green_lags = 200;
    int64_t took_ms = switch_to_green();
    ck_assert_int_ge(took_ms, HEALTH_MS - HEALTH_MS / 4);
    ck_assert_int_lt(took_ms, HEALTH_MS);
    struct weir_switch record;
    troupe_record(&record);
    ck_assert_ptr_nonnull(strstr(record.past[0].why, "the lag of green has grown by "));
    ck_assert_ptr_nonnull(strstr(record.past[0].why, "that of blue by 0.0 %"));
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
}
END_TEST

START_TEST(without_measures_nothing_is_judged)
{
    raise_both(WEIR_SWITCH_TAKE_BACK);
    troupe.measures = false;
    troupe.green_fails = HALF;
    (void)switch_to_green();
    expect_last(WEIR_SWITCH_DONE, "");
    expect_verdict(WEIR_SWITCH_UNJUDGED);
}
END_TEST

/* What blue did stands in the record, whoever dies; what a member counted before it died is its
 * own, and is not counted twice. */
START_TEST(members_that_restart_change_nothing)
{
    bool fails = _i == 1;

    raise_both(WEIR_SWITCH_TELL);
    troupe.green_fails = fails ? HALF : 0;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    await_step(WEIR_SWITCH_ACTIVE);
    troupe_run_ms(HEALTH_MS / 4);
    for (unsigned i = 0; i < TROUPE_MEMBERS; i++) {
        if (i != 5) { /* somebody has to have it */
            troupe_crash(i);
            troupe_start(i);
        }
    }
    (void)troupe_await_switched(LIMIT_MS);
    (void)troupe_settle();
    expect_last(WEIR_SWITCH_DONE, fails ? half : "");
}
END_TEST

/* As docs/decisions/0010 says: each of green's members tells so often, and everybody reads it. */
START_TEST(it_costs_what_is_written)
{
    enum { TELLS = 16, BEATS = 4 };
    const uint64_t n = TROUPE_MEMBERS;

    raise_both(WEIR_SWITCH_TELL);
    troupe.health_ms = LIMIT_MS / 2;
    troupe.green_fails = _i == 0 ? 0 : HALF;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    await_step(WEIR_SWITCH_ACTIVE);
    troupe_run_ms(1000);
    uint64_t before = sim_zoo_requests();
    troupe_run_ms(LIMIT_MS / 2 - 2000);
    ck_assert_uint_le(sim_zoo_requests() - before, (TELLS + 1) * n / 2 * (n + 1));
    ck_assert_uint_ge(sim_zoo_requests() - before, (TELLS - BEATS) * n / 2 * (n + 1));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("health");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_test(tcase, a_green_that_fails_half_of_its_records_goes_back_by_itself);
    tcase_add_test(tcase, or_stays_and_everybody_is_told);
    tcase_add_test(tcase, a_green_that_is_healthy_stays);
    tcase_add_test(tcase, a_green_that_fails_as_blue_did_stays);
    tcase_add_test(tcase, a_green_that_falls_behind_goes_back_when_that_is_sure);
    tcase_add_test(tcase, without_measures_nothing_is_judged);
    tcase_add_loop_test(tcase, members_that_restart_change_nothing, 0, 2);
    tcase_add_loop_test(tcase, it_costs_what_is_written, 0, 2);
    return runner_run("colors_health", tcase);
}
