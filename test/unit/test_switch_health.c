#include "framework/switch_health.h"

#include "test/support/runner.h"
#include <string.h>

#define BLUE                                                                                       \
    {                                                                                              \
        .told = true, .lag_known = true, .records = 1000, .failed = 10, .busy_us = 2000000,        \
        .lag_grew = 20                                                                             \
    } /* 1 % fail, 2 ms each, the lag grows by 2 % */
#define GREEN(...)                                                                                 \
    {                                                                                              \
        .told = true, .lag_known = true, __VA_ARGS__                                               \
    }
#define GREEN_BLIND(...)                                                                           \
    {                                                                                              \
        .told = true, __VA_ARGS__                                                                  \
    }
#define UNKNOWN                                                                                    \
    {                                                                                              \
        .told = false                                                                              \
    }

enum { EARLY, LATE };

static const struct judgement {
    struct weir_vitals before;
    struct weir_vitals now;
    bool late;
    struct weir_switch_health_limits limits;
    enum weir_switch_verdict verdict;
    const char *why;
} judgements[] = {
    /* Too little is known. */
    {BLUE, UNKNOWN, LATE, {0}, WEIR_SWITCH_UNJUDGED, ""},
    {BLUE, GREEN(.records = 99, .failed = 99), LATE, {0}, WEIR_SWITCH_UNJUDGED, ""},
    {BLUE,
     GREEN(.records = 100, .failed = 100),
     EARLY,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "green fails 100.0 % of its records, blue failed 1.0 %"},
    {BLUE, GREEN(.records = 9, .failed = 9), EARLY, {.records = 10}, WEIR_SWITCH_UNJUDGED, ""},
    {BLUE,
     GREEN(.records = 10, .failed = 9),
     EARLY,
     {.records = 10},
     WEIR_SWITCH_UNHEALTHY,
     "green fails 90.0 % of its records, blue failed 1.0 %"},
    /* Errors. */
    {BLUE, GREEN(.records = 1000, .failed = 60), EARLY, {0}, WEIR_SWITCH_HEALTHY, ""},
    {BLUE,
     GREEN(.records = 1000, .failed = 61),
     EARLY,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "green fails 6.1 % of its records, blue failed 1.0 %"},
    {BLUE, GREEN(.records = 1000, .failed = 20), EARLY, {.errors = 1}, WEIR_SWITCH_HEALTHY, ""},
    {BLUE,
     GREEN(.records = 1000, .failed = 21),
     EARLY,
     {.errors = 1},
     WEIR_SWITCH_UNHEALTHY,
     "green fails 2.1 % of its records, blue failed 1.0 %"},
    {BLUE, GREEN(.records = 1000, .failed = 1000), EARLY, {.errors = 99}, WEIR_SWITCH_HEALTHY, ""},
    /* A blue of which nothing is known, or too little, was without fault. */
    {UNKNOWN, GREEN(.records = 1000, .failed = 50), EARLY, {0}, WEIR_SWITCH_HEALTHY, ""},
    {UNKNOWN,
     GREEN(.records = 1000, .failed = 51),
     EARLY,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "green fails 5.1 % of its records"},
    {GREEN(.records = 99, .failed = 99),
     GREEN(.records = 1000, .failed = 60),
     EARLY,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "green fails 6.0 % of its records"},
    {GREEN(.records = 100, .failed = 100),
     GREEN(.records = 1000, .failed = 1000),
     EARLY,
     {0},
     WEIR_SWITCH_HEALTHY,
     ""},
    /* Time in the handler. */
    {BLUE, GREEN(.records = 1000, .busy_us = 11999999), EARLY, {0}, WEIR_SWITCH_HEALTHY, ""},
    {BLUE,
     GREEN(.records = 1000, .busy_us = 12000000),
     EARLY,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "green takes 12.0 ms in the handler for each record, blue took 2.0 ms"},
    {BLUE,
     GREEN(.records = 1000, .busy_us = 14000000),
     EARLY,
     {.latency = 7},
     WEIR_SWITCH_HEALTHY,
     ""},
    {BLUE,
     GREEN(.records = 1000, .busy_us = 14000001),
     EARLY,
     {.latency = 7},
     WEIR_SWITCH_UNHEALTHY,
     "green takes 14.0 ms in the handler for each record, blue took 2.0 ms"},
    {UNKNOWN, GREEN(.records = 1000, .busy_us = 900000000), EARLY, {0}, WEIR_SWITCH_HEALTHY, ""},
    {GREEN(.records = 1000, .busy_us = 100000000),
     GREEN(.records = 1000, .busy_us = 290000000),
     EARLY,
     {0},
     WEIR_SWITCH_HEALTHY,
     ""},
    /* The lag, not before it is late. */
    {BLUE, GREEN(.records = 1000, .lag_grew = 121), EARLY, {0}, WEIR_SWITCH_HEALTHY, ""},
    {BLUE, GREEN(.records = 1000, .lag_grew = 120), LATE, {0}, WEIR_SWITCH_HEALTHY, ""},
    {BLUE,
     GREEN(.records = 1000, .lag_grew = 121),
     LATE,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "the lag of green has grown by 121 records while it handled 1000, that of blue by 2.0 % of "
     "what it handled"},
    {BLUE, GREEN(.records = 1000, .lag_grew = 520), LATE, {.lag = 50}, WEIR_SWITCH_HEALTHY, ""},
    {BLUE,
     GREEN(.records = 1000, .lag_grew = 521),
     LATE,
     {.lag = 50},
     WEIR_SWITCH_UNHEALTHY,
     "the lag of green has grown by 521 records while it handled 1000, that of blue by 2.0 % of "
     "what it handled"},
    {BLUE, GREEN_BLIND(.records = 1000), LATE, {0}, WEIR_SWITCH_HEALTHY, ""},
    {BLUE, GREEN(.records = 1000, .lag_grew = -5000), LATE, {0}, WEIR_SWITCH_HEALTHY, ""},
    {GREEN(.records = 1000, .lag_grew = -900),
     GREEN(.records = 1000, .lag_grew = 100),
     LATE,
     {0},
     WEIR_SWITCH_HEALTHY,
     ""},
    /* One that does nothing at all, with something to do. */
    {BLUE, GREEN(.records = 0, .lag_grew = 99), LATE, {0}, WEIR_SWITCH_UNJUDGED, ""},
    {BLUE,
     GREEN(.records = 0, .lag_grew = 100),
     LATE,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "the lag of green has grown by 100 records while it handled 0, that of blue by 2.0 % of what "
     "it handled"},
    {UNKNOWN,
     GREEN(.records = 0, .lag_grew = 100),
     LATE,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "the lag of green has grown by 100 records while it handled 0"},
    {UNKNOWN, GREEN(.records = 0), LATE, {0}, WEIR_SWITCH_UNJUDGED, ""},
    /* What is worst is named first. */
    {BLUE,
     GREEN(.records = 1000, .failed = 500, .busy_us = 99000000, .lag_grew = 5000),
     LATE,
     {0},
     WEIR_SWITCH_UNHEALTHY,
     "green fails 50.0 % of its records, blue failed 1.0 %"},
};
enum { JUDGEMENTS = sizeof judgements / sizeof judgements[0] };

START_TEST(a_color_is_judged_by_the_one_before)
{
    const struct judgement *one = &judgements[_i];
    const struct weir_switch_health health = {.from = "blue",
                                              .to = "green",
                                              .before = one->before,
                                              .now = one->now,
                                              .late = one->late,
                                              .limits = one->limits};
    char why[WEIR_SWITCH_HEALTH_WHY_SIZE];

    ck_assert_str_eq(weir_switch_verdict_name(weir_switch_health_judge(&health, why)),
                     weir_switch_verdict_name(one->verdict));
    ck_assert_str_eq(why, one->why);
}
END_TEST

START_TEST(the_longest_names_and_numbers_fit)
{
    static const char name[] = "12345678901234567890123456789012";
    struct weir_switch_health health = {
        .from = name,
        .to = name,
        .before = {.told = true, .lag_known = true, .records = 1000, .lag_grew = WEIR_VITALS_MAX},
        .now = {.told = true, .lag_known = true, .lag_grew = WEIR_VITALS_MAX},
        .late = true};
    char why[WEIR_SWITCH_HEALTH_WHY_SIZE];

    ck_assert_int_eq(weir_switch_health_judge(&health, why), WEIR_SWITCH_UNHEALTHY);
    ck_assert_ptr_nonnull(strstr(why, "of what it handled"));
    health.now.records = (uint64_t)WEIR_VITALS_MAX;
    health.now.failed = (uint64_t)WEIR_VITALS_MAX;
    ck_assert_int_eq(weir_switch_health_judge(&health, why), WEIR_SWITCH_UNHEALTHY);
    ck_assert_ptr_nonnull(strstr(why, "fails 100.0 %"));
}
END_TEST

static const struct {
    struct weir_switch_health_limits limits;
    const char *part; /* "": they can be */
} limits[] = {
    {{0, 0, 0, 0}, ""},
    {{1, 1, 1, 1}, ""},
    {{100, 1000, 100000, 1000000000}, ""},
    {{-1, 0, 0, 0}, "of more errors: give percentage points from 1 to 100"},
    {{101, 0, 0, 0}, "of more errors"},
    {{0, -1, 0, 0}, "of the time in handlers: give a factor from 1 to 1000"},
    {{0, 1001, 0, 0}, "of the time in handlers"},
    {{0, 0, -1, 0}, "of the growth of the lag"},
    {{0, 0, 100001, 0}, "of the growth of the lag"},
    {{0, 0, 0, -1}, "of records before it is judged"},
    {{0, 0, 0, INT64_MAX}, "of records before it is judged"},
};
enum { LIMITS = sizeof limits / sizeof limits[0] };

START_TEST(limits_are_checked)
{
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status = weir_switch_health_check(&limits[_i].limits, &error);

    ck_assert_int_eq(status, limits[_i].part[0] == '\0' ? WEIR_OK : WEIR_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(error.text, limits[_i].part));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("health");

    tcase_add_loop_test(tcase, a_color_is_judged_by_the_one_before, 0, JUDGEMENTS);
    tcase_add_test(tcase, the_longest_names_and_numbers_fit);
    tcase_add_loop_test(tcase, limits_are_checked, 0, LIMITS);
    return runner_run("switch, health", tcase);
}
