#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/gate.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys that choose the parts a consumer is made of. */

enum { RECORDS = 40 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
    sim_topic("payments", 2);
    sim_append("payments:0-1", (struct sim_batch){.records = RECORDS, .keys = 5});
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(void)
{
    sim_run_begin(&run, "orders:0-3");
}

static void end_clean(void)
{
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
}

/* What is consumed. */

START_TEST(the_topics_are_subscribed_to)
{
    sim_run_set(&run, "weir.topics", "payments, orders");
    sim_run_start(&run);
    sim_await_members(1);
    ck_assert_str_eq(sim_subscription(0), "payments,orders");
}
END_TEST

START_TEST(in_a_group_nothing_is_consumed_before_it_is_assigned)
{
    sim_run_set(&run, "weir.coordinator", "kafka");
    sim_run_start(&run);
    sim_await_members(1);
    sim_await_polls(0, 2);
    ck_assert_uint_eq(sim_assigned(0), 0);
    ck_assert_uint_eq(sim_openings("orders", 0), 0);
    sim_assign(0, "orders:1");
    sim_run_await_completed("orders:1", RECORDS);
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 1);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), RECORDS);
}
END_TEST

START_TEST(without_a_group_the_listed_partitions_are_consumed)
{
    sim_run_set(&run, "weir.coordinator", "none");
    sim_run_set(&run, "weir.topics", "");
    sim_run_set(&run, "weir.partitions", "orders:0,2-3 payments:1");
    sim_run_start(&run);
    sim_run_await_completed("orders:0,2-3 payments:1", (uint64_t)4 * RECORDS);
    ck_assert_uint_eq(sim_calls(SIM_SUBSCRIBE), 0);
    ck_assert_uint_eq(sim_assigned(0), 4);
    ck_assert_uint_eq(sim_attempts("orders:0-3 payments:0-1"), (uint64_t)4 * RECORDS);
}
END_TEST

/* Who handles it. */

START_TEST(the_plugin_of_the_configuration_is_given_the_records)
{
    const char *folder = getenv("WEIR_TEST_PLUGINS");
    char path[512];

    ck_assert_ptr_nonnull(folder);
    (void)snprintf(path, sizeof path, "%s/good.so", folder);
    run.plugin = true;
    sim_run_set(&run, "weir.handler", path);
    sim_run_set(&run, "weir.retry.attempts", "1");
    sim_run_set(&run, "weir.failure.policy", "skip");
    begin();
    sim_run_await_event(&run, WEIR_EVENT_SKIP, (uint64_t)4 * RECORDS); /* all that it does */
    sim_await_stored("orders:0-3");
    end_clean();
    /* Of some of them: so many lines are not all said. */
    ck_assert(sim_run_logged(&run, ": skip after 1 failed attempt: good"));
}
END_TEST

static int look_at_keys(const struct weir_handler_config *config, void **state)
{
    const char *url = config->get(config, "shop.url");

    (void)state;
    config->log(config, url == NULL ? "no url" : url);
    return config->get(config, "weir.topics") == NULL && config->get(config, "url") == NULL ? 0 : 1;
}

START_TEST(the_keys_of_the_handler_reach_its_open)
{
    run.open = look_at_keys;
    sim_run_set(&run, "handler.shop.url", "db://shop?a=b c ");
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    ck_assert(sim_run_logged(&run, "sim: db://shop?a=b c \n"));
}
END_TEST

/* Where offsets are kept. The cluster's own store is not in use here: the memory's forgets, so that
 * the next consumer begins anew, and nothing is asked of the brokers. */
START_TEST(offsets_in_memory_are_forgotten)
{
    const struct weir_library library = {.probe = sim_library.probe,
                                         .connect = sim_library.connect};

    for (unsigned life = 0; life < 2; life++) {
        run.library = &library;
        sim_run_set(&run, "weir.offsets.store", "memory");
        sim_run_start(&run);
        sim_await_members(life + 1);
        sim_assign(life, "orders:0-3");
        uint64_t all = (uint64_t)4 * RECORDS * (life + 1);
        sim_run_await_counter(&run, WEIR_COUNTER_DONE, (uint64_t)4 * RECORDS);
        ck_assert_uint_eq(sim_completions("orders:0-3"), all);
        sim_run_await_counter(&run, WEIR_COUNTER_COMMITS, 1);
        end_clean();
    }
    ck_assert_uint_eq(sim_calls(SIM_STORE_OPEN) + sim_calls(SIM_STORE_COMMIT), 0);
}
END_TEST

/* How long a stop waits. */

static void drain_while_busy(void)
{
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:0-3", 0);
    begin();
    sim_run_await_all_held(&run);
    weir_consumer_drain(run.consumer);
}

START_TEST(a_stop_waits_for_handlers_as_long_as_told)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "3600000");
    drain_while_busy();
    sim_await_polls(0, 3);
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_DRAINING);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_DRAIN_TIMEOUT), 0);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}
END_TEST

/* The default would be half a minute. */
START_TEST(a_stop_waits_for_handlers_no_longer_than_told)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "20");
    drain_while_busy();
    struct deadline soon = deadline_in_ms(15000);
    sim_run_await_event(&run, WEIR_EVENT_DRAIN_TIMEOUT, 4);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    ck_assert(!deadline_passed(soon));
}
END_TEST

/* What is said. */

static enum sim_outcome fail_twice(const struct weir_record *record, void *user)
{
    (void)user;
    return record->attempt <= 2 && record->offset == 0 ? SIM_RETRY : SIM_DONE;
}

/* From the least important to the most. */
static const char *const levels[] = {"debug", "info", "warning", "error"};
static const char *const lines[] = {"retry after 2 failed attempts", "4 partitions assigned",
                                    "orders/2: may not be read by us",
                                    "topic 'nothing' does not exist"};

enum { LEVELS = sizeof levels / sizeof levels[0] };

START_TEST(lines_below_the_level_are_not_said)
{
    run.decide = fail_twice;
    sim_run_set(&run, "weir.topics", "orders,nothing");
    sim_run_set(&run, "weir.log.level", levels[_i]);
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_complain("orders:2", WEIR_ERR_DENIED, "may not be read by us");
    sim_run_await_event(&run, WEIR_EVENT_TOPIC_ERROR, 2); /* the missing topic is one */
    end_clean();
    for (int i = 0; i < LEVELS; i++) {
        ck_assert_msg(sim_run_logged(&run, lines[i]) == (i >= _i), "%s: %s", levels[_i], lines[i]);
    }
}
END_TEST

/* What is allowed. */

START_TEST(only_the_insecure_may_trust_everybody)
{
    static const char *const unsafe[][2] = {
        {"enable.ssl.certificate.verification", "false"},
        {"ssl.endpoint.identification.algorithm", "none"},
    };
    struct weir_error error = {0};

    sim_run_set(&run, unsafe[_i][0], unsafe[_i][1]);
    ck_assert_int_eq(sim_run_try_create(&run, &error), WEIR_ERR_CONFIG);
    assert_contains(error.text, unsafe[_i][0]);
    sim_run_set(&run, "weir.insecure", "true");
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
}
END_TEST

/* A handler may have threads of its own, which log whenever they like. */

static struct gate said_lines;
static struct gate enough;
static pthread_t talker;
static const struct weir_handler_config *answers;

static void *talk(void *user)
{
    (void)user;
    for (uint64_t said = 0; said == 0 || gate_value(&enough) == 0;) {
        answers->log(answers, "still here");
        said = gate_add(&said_lines, 1);
    }
    return NULL;
}

static int open_and_talk(const struct weir_handler_config *config, void **state)
{
    (void)state;
    answers = config;
    if (pthread_create(&talker, NULL, talk, NULL) != 0) {
        return 1;
    }
    gate_hold(&said_lines, 1); /* the first is said while it opens */
    return 0;
}

static void fall_silent(void *state)
{
    (void)state;
    gate_hold(&said_lines, gate_value(&said_lines) + 2);
    (void)gate_add(&enough, 1);
    (void)pthread_join(talker, NULL);
}

static void let_talk(struct weir_handler *handler)
{
    handler->open = open_and_talk;
    handler->close = fall_silent;
}

/* The thread checker judges it. */
START_TEST(a_handler_logs_from_any_thread_while_it_opens_and_closes)
{
    gate_init(&said_lines);
    gate_init(&enough);
    run.adjust = let_talk;
    sim_run_create(&run);
    gate_await(&said_lines, gate_value(&said_lines) + 2);
    sim_run_destroy(&run);
    ck_assert_uint_ge(sim_run_log_lines(&run, "sim: still here"), 1);
    gate_fini(&said_lines);
    gate_fini(&enough);
}
END_TEST

int main(void)
{
    TCase *settings = tcase_create("settings");

    tcase_add_checked_fixture(settings, set_up, tear_down);
    tcase_add_test(settings, the_topics_are_subscribed_to);
    tcase_add_test(settings, in_a_group_nothing_is_consumed_before_it_is_assigned);
    tcase_add_test(settings, without_a_group_the_listed_partitions_are_consumed);
    tcase_add_test(settings, the_plugin_of_the_configuration_is_given_the_records);
    tcase_add_test(settings, the_keys_of_the_handler_reach_its_open);
    tcase_add_test(settings, offsets_in_memory_are_forgotten);
    tcase_add_test(settings, a_stop_waits_for_handlers_as_long_as_told);
    tcase_add_test(settings, a_stop_waits_for_handlers_no_longer_than_told);
    tcase_add_loop_test(settings, lines_below_the_level_are_not_said, 0, LEVELS);
    tcase_add_loop_test(settings, only_the_insecure_may_trust_everybody, 0, 2);
    tcase_add_test(settings, a_handler_logs_from_any_thread_while_it_opens_and_closes);
    return runner_run("engine_settings", settings);
}
