#include "test/support/config_fixture.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/options.h"
#include "tools/switch_health.h"
#include <string.h>

/* Who waits for a new color that is watched, and what is told of it. */

static const struct weir_vitals faultless = {.told = true, .records = 1000, .busy_us = 1000000};
static const struct weir_vitals failing = {
    .told = true, .records = 200, .failed = 100, .busy_us = 200000};

#define HALF "green fails 50.0 % of its records, blue failed 0.0 %"

enum { HEALTH_MS = 5000 };

static void set_up(void)
{
    switch_verb_set_up();
    switch_verb.wish.wait = true;
    switch_verb.wish.health_ms = HEALTH_MS;
    zoo_colors_tell(&faultless, &failing);
    switch_verb_let_members_act();
}

START_TEST(a_color_that_is_unhealthy_is_shown_at_once_and_in_the_end)
{
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed(" s  no-go: " HALF
                               "; weir switch rollback --execute takes it back\n");
    switch_verb_expect_printed(" s  done: ours from blue to green: " HALF
                               "; active color green, epoch 3\n");
    ck_assert_str_eq(switch_verb.record.past[0].why, HALF);
    const char *shown = strstr(switch_verb.printed, "no-go");
    ck_assert_ptr_null(strstr(shown + 1, "no-go"));
    /* Whoever asks for it again is told the same. */
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed("done: ours from blue to green: " HALF);
}
END_TEST

START_TEST(or_it_goes_back)
{
    switch_verb.wish.health.take_back = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed(" s  no-go: " HALF "\n");
    switch_verb_expect_printed(" s  returning    epoch 4");
    switch_verb_expect_printed(" s  rolled_back: ours from blue to green: " HALF
                               "; active color blue, epoch 4\n");
}
END_TEST

START_TEST(a_color_that_is_healthy_is_shown_too)
{
    zoo_colors_tell(&faultless, &faultless);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb_expect_printed(" s  green is healthy so far\n");
    switch_verb_expect_printed(" s  done: ours from blue to green; active color green, epoch 3\n");
}
END_TEST

START_TEST(what_is_shown_is_JSON_if_asked_for)
{
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_TRY_AGAIN);
    switch_verb_expect_printed("\"health\":{\"max_errors\":5,\"max_latency\":3,\"max_lag\":10,"
                               "\"min_records\":100,\"on_unhealthy\":\"tell\"}");
    switch_verb_expect_printed("\"health\":{\"verdict\":\"unhealthy\",\"why\":\"" HALF "\"}}\n");
    switch_verb_expect_printed("\"outcome\":\"done\"");
    switch_verb_expect_printed("\"why\":\"" HALF "\"");
}
END_TEST

/* Green has everything since a moment ago. */
static void be_active(void)
{
    switch_verb.wish.wait = false;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_apply), WEIR_EXIT_OK);
    switch_verb.record.step = WEIR_SWITCH_ACTIVE;
    memcpy(switch_verb.record.active, "green", sizeof "green");
    switch_verb.record.turn++;
    switch_verb.record.before = faultless;
    zoo_colors_write(&switch_verb.record);
    zoo_colors_follow(NULL);
    zoo_colors_follow(NULL);
}

START_TEST(status_shows_what_is_known_so_far)
{
    be_active();
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\nhealth: max errors +5 %, max latency x3, max lag +10 %, min "
                               "records 100, on unhealthy tell\n");
    switch_verb_expect_printed("\nno-go: " HALF "\n");
    switch_verb.wish.json = true;
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"health\":{\"verdict\":\"unhealthy\",\"why\":\"" HALF "\"}");
    zoo_colors_tell(NULL, NULL);
    zoo_colors_follow(NULL);
    ck_assert_int_eq(switch_verb_run(weir_zoo_switch_status), WEIR_EXIT_OK);
    switch_verb_expect_printed("\"health\":{\"verdict\":\"unjudged\",\"why\":null}");
}
END_TEST

/* The one key, and who has the last word. */
static const struct {
    const char *key; /* NULL: not in the configuration */
    const char *option;
    int64_t health_ms;
    bool good;
    bool take_back;
    int64_t watched_ms;
} wishes[] = {
    {NULL, NULL, -1, true, false, 0},
    {NULL, NULL, 7000, true, false, 7000},
    {"never", NULL, -1, true, false, 0},
    {"unhealthy", NULL, -1, true, true, 60000},
    {"unhealthy", NULL, 7000, true, true, 7000},
    {"unhealthy", NULL, 0, true, true, 0},
    {"unhealthy", "tell", 7000, true, false, 7000},
    {"unhealthy", "tell", -1, false, false, 0},
    {NULL, "back", -1, true, true, 60000},
    {NULL, "back", 0, false, true, 0},
    {NULL, "tell", -1, false, false, 0},
};
enum { WISHES = sizeof wishes / sizeof wishes[0] };

START_TEST(one_key_says_what_becomes_of_a_color_that_is_unhealthy)
{
    struct weir_config *config = config_create();
    struct weir_switch_health_wish wish = {.given = false};
    int64_t health_ms = wishes[_i].health_ms;

    if (wishes[_i].key != NULL) {
        config_set(config, "weir.bluegreen.rollback", wishes[_i].key);
    }
    if (wishes[_i].option != NULL) {
        ck_assert(weir_switch_health_take(&wish, 'B', wishes[_i].option));
    }
    ck_assert_int_eq(weir_switch_health_settle(config, &wish, &health_ms), wishes[_i].good);
    ck_assert_int_eq(wish.take_back, wishes[_i].take_back);
    ck_assert_int_eq(health_ms, wishes[_i].watched_ms);
    if (!wishes[_i].good) {
        switch_verb_expect_said("without --health nobody watches");
    }
    weir_config_destroy(config);
}
END_TEST

static const struct {
    int option;
    const char *text;
    bool good;
} options[] = {
    {'e', "1", true},      {'e', "100", true},  {'e', "101", false},       {'e', "0", false},
    {'e', "5%", false},    {'l', "1000", true}, {'l', "1.5", false},       {'g', "100000", true},
    {'g', "-1", false},    {'N', "1", true},    {'N', "1000000000", true}, {'N', "", false},
    {'B', "never", false}, {'B', "back", true},
};
enum { OPTIONS = sizeof options / sizeof options[0] };

START_TEST(limits_are_numbers_that_can_be)
{
    struct weir_switch_health_wish wish = {.given = false};

    ck_assert_int_eq(weir_switch_health_take(&wish, options[_i].option, options[_i].text),
                     options[_i].good);
    const struct weir_switch_health_limits limits = {
        .errors = wish.errors, .latency = wish.latency, .lag = wish.lag, .records = wish.records};
    ck_assert_int_eq(weir_switch_health_check(&limits, NULL), WEIR_OK);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_health");

    tcase_add_checked_fixture(tcase, set_up, switch_verb_tear_down);
    tcase_add_test(tcase, a_color_that_is_unhealthy_is_shown_at_once_and_in_the_end);
    tcase_add_test(tcase, or_it_goes_back);
    tcase_add_test(tcase, a_color_that_is_healthy_is_shown_too);
    tcase_add_test(tcase, what_is_shown_is_JSON_if_asked_for);
    tcase_add_test(tcase, status_shows_what_is_known_so_far);
    tcase_add_loop_test(tcase, one_key_says_what_becomes_of_a_color_that_is_unhealthy, 0, WISHES);
    tcase_add_loop_test(tcase, limits_are_numbers_that_can_be, 0, OPTIONS);
    return runner_run("zoo_switch_health", tcase);
}
