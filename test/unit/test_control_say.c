#include "framework/control_state.h"

#include "framework/config.h"
#include "test/support/runner.h"
#include <stdio.h>
#include <string.h>

/* What is said while a consumer joins. */

#define S(n) ((weir_time)(n)*1000 * WEIR_NS_PER_MS)

enum { LINES_MAX = 100, TEXT_SIZE = 512, BEGIN_S = 1000 };

static char lines[LINES_MAX][TEXT_SIZE];
static uint32_t count;
static struct weir_report report;
static struct weir_handling handling;
static struct weir_control control;
static struct weir_config *config;
static const struct weir_handler handler = {.name = "store"};

static void hear(const struct weir_log_line *line, void *user)
{
    (void)user;
    ck_assert_uint_lt(count, LINES_MAX);
    (void)snprintf(lines[count++], TEXT_SIZE, "%s: %s", line->tag, line->text);
}

static void set(const char *key, const char *value)
{
    struct weir_error error = {0};

    ck_assert_int_eq(weir_config_set(config, key, value, WEIR_CONFIG_ARGUMENT, &error), WEIR_OK);
}

static void set_up(void)
{
    count = 0;
    memset(&control, 0, sizeof control);
    ck_assert_int_eq(weir_config_create(&config), WEIR_OK);
    set("bootstrap.servers", "a:1,b:2");
    set("group.id", "billing");
    set("weir.topics", "orders,payments");
    set("weir.workers", "7");
    weir_log_init(&report.log, WEIR_LOG_INFO, hear, NULL);
    handling.handler = &handler;
    control.options.config = config;
    control.options.report = &report;
    control.options.handling = &handling;
    control.options.coordinator = weir_coordinator_find("kafka");
}

static void tear_down(void)
{
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

/* Asks as the loop does: at the time it said, or earlier. */
static weir_time ask(weir_time at)
{
    return weir_control_say_joining(&control, at);
}

START_TEST(the_first_line_says_what_is_joined_with_what)
{
    (void)ask(S(BEGIN_S));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(lines[0], "start: joining group 'billing' at a:1,b:2: topics orders,payments; "
                               "handler 'store', 7 workers, order key");
}
END_TEST

START_TEST(without_a_group_it_says_which_partitions)
{
    control.options.coordinator = weir_coordinator_find("none");
    set("weir.topics", "");
    set("weir.partitions", "orders:0-3");
    set("weir.workers", "1");
    (void)ask(S(BEGIN_S));
    ck_assert_str_eq(lines[0], "start: without a group at a:1,b:2: partitions orders:0-3; handler "
                               "'store', 1 worker, order key");
}
END_TEST

START_TEST(what_takes_long_is_said_less_and_less_often)
{
    static const int at_s[] = {5, 10, 20, 40, 80, 140, 200};
    weir_time due = ask(S(BEGIN_S));

    for (size_t i = 0; i < sizeof at_s / sizeof at_s[0]; i++) {
        char start[TEXT_SIZE];
        ck_assert_int_eq(due, S(BEGIN_S + at_s[i]));
        ck_assert_int_eq(ask(due - 1), due); /* not before */
        ck_assert_uint_eq(count, i + 1);
        due = ask(due);
        ck_assert_uint_eq(count, i + 2);
        (void)snprintf(start, sizeof start,
                       "start: nothing is assigned after %d s; waiting for an "
                       "answer of the brokers",
                       at_s[i]);
        ck_assert_msg(strncmp(lines[i + 1], start, strlen(start)) == 0, "%s", lines[i + 1]);
    }
}
END_TEST

static const char *waiting(void)
{
    (void)ask(S(BEGIN_S));
    (void)ask(S(BEGIN_S + 5));
    ck_assert_uint_eq(count, 2);
    return lines[1];
}

START_TEST(it_is_said_what_is_waited_for)
{
    control.phase = WEIR_CONTROL_MEMBER;
    ck_assert_ptr_nonnull(strstr(waiting(), "waiting for the group to share its partitions out"));
    ck_assert_ptr_nonnull(strstr(lines[1], " for session.timeout.ms"));
}
END_TEST

START_TEST(who_died_in_a_ZooKeeper_group_holds_its_place_for_that_session)
{
    control.phase = WEIR_CONTROL_MEMBER;
    control.options.coordinator = weir_coordinator_find("zookeeper");
    ck_assert_ptr_nonnull(strstr(waiting(), " for zookeeper.session.timeout.ms"));
}
END_TEST

START_TEST(offsets_that_do_not_come_are_waited_for)
{
    control.phase = WEIR_CONTROL_MEMBER;
    control.resolve = (struct weir_resolve *)(void *)&control;
    ck_assert_ptr_nonnull(strstr(waiting(), "waiting for the offsets at which"));
}
END_TEST

START_TEST(topics_that_do_not_come_are_waited_for)
{
    control.phase = WEIR_CONTROL_MEMBER;
    control.selection = (struct weir_selection *)(void *)&control;
    ck_assert_ptr_nonnull(strstr(waiting(), "waiting for a topic that weir.topics selects"));
}
END_TEST

START_TEST(who_has_joined_or_stops_waits_no_more)
{
    (void)ask(S(BEGIN_S));
    control.assigned_once = _i == 0;
    control.rebalance.stopping = _i == 1;
    ck_assert_int_eq(ask(S(BEGIN_S + 5)), WEIR_TIME_NEVER);
    ck_assert_uint_eq(count, 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("control_say");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_first_line_says_what_is_joined_with_what);
    tcase_add_test(tcase, without_a_group_it_says_which_partitions);
    tcase_add_test(tcase, what_takes_long_is_said_less_and_less_often);
    tcase_add_test(tcase, it_is_said_what_is_waited_for);
    tcase_add_test(tcase, who_died_in_a_ZooKeeper_group_holds_its_place_for_that_session);
    tcase_add_test(tcase, offsets_that_do_not_come_are_waited_for);
    tcase_add_test(tcase, topics_that_do_not_come_are_waited_for);
    tcase_add_loop_test(tcase, who_has_joined_or_stops_waits_no_more, 0, 2);
    return runner_run("control_say", tcase);
}
