#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdatomic.h>

enum { RECORDS = 100, WAIT_MS = 30000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(void)
{
    sim_run_begin(&run, "orders:0-3");
}

/* Retention passed the position while nobody read. */

START_TEST(earliest_goes_on_at_the_oldest_record)
{
    sim_store("orders:0-3", 10);
    sim_trim("orders:0", 30);
    begin();
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    sim_run_await_completed("orders:0", RECORDS);
    sim_run_await_completed("orders:1-3", (uint64_t)3 * (RECORDS - 10));
    ck_assert_uint_eq(sim_attempts("orders:0"), RECORDS - 30);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_OUT_OF_RANGE), 1);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_TRUNCATION), 0);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_RESETS), 1);
    ck_assert_uint_eq(sim_openings("orders", 0), 2);
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY, .late_start = true},
                  NULL);
}
END_TEST

START_TEST(latest_goes_on_at_the_end)
{
    sim_run_set(&run, "weir.out.of.range", "latest");
    sim_store("orders:0-3", 10);
    sim_trim("orders:0", 30);
    begin();
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    sim_append("orders:0", (struct sim_batch){.records = 7, .keys = 5});
    sim_run_await_completed("orders:0", RECORDS + 7);
    ck_assert_uint_eq(sim_attempts("orders:0"), 7);
    sim_await_stored("orders:0");
}
END_TEST

START_TEST(stop_stops_and_says_which)
{
    sim_run_set(&run, "weir.out.of.range", "stop");
    sim_store("orders:0-3", 10);
    sim_trim("orders:0", 30);
    begin();
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_NOT_FOUND, "orders/0 offset 10 does not exist");
    sim_run_expect_error(&run, WEIR_ERR_NOT_FOUND, "set weir.out.of.range to earliest or latest");
    ck_assert_int_eq(sim_stored("orders", 0), 10);
    ck_assert_uint_eq(sim_attempts("orders:0"), 0);
}
END_TEST

/* It happens behind our back: what was read before is finished first. */
START_TEST(what_was_read_before_is_finished_before_a_restart)
{
    sim_run_set(&run, "weir.order", "partition");
    sim_arrive_by(20);
    sim_run_hold(&run, "orders:0", 10);
    begin();
    sim_run_await_held(&run, 1);
    sim_run_await_completed("orders:1-3", (uint64_t)3 * RECORDS);
    sim_append("orders:0", (struct sim_batch){.records = 5000, .keys = 5});
    /* The reservoir and the window are full; the next fetch comes too late. */
    WAIT_UNTIL(sim_messages_out() >= 4096, WAIT_MS);
    sim_trim("orders:0", 5090);
    sim_run_let_go(&run);
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    sim_run_await_completed("orders:0", RECORDS + 5000);
    sim_await_stored("orders:0");
    ck_assert_uint_ge(sim_completions("orders:0"), 4096);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_PARTITION}, NULL);
}
END_TEST

static enum sim_outcome reject_one(const struct weir_record *record, void *user)
{
    (void)user;
    return record->partition == 0 && record->offset == 5 ? SIM_REJECT : SIM_DONE;
}

/* It is in flight for good, and would be waited for as long. */
START_TEST(a_held_record_keeps_no_restart_back)
{
    sim_run_set(&run, "weir.order", "none");
    sim_run_set(&run, "weir.failure.policy", "hold");
    run.decide = reject_one;
    begin();
    sim_run_await_event(&run, WEIR_EVENT_HOLD, 1);
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS - 1);
    sim_cut("orders:0", 50);
    sim_run_await_event(&run, WEIR_EVENT_TRUNCATION, 1);
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
}
END_TEST

/* The brokers lost records that were committed: said loudly. */
START_TEST(a_log_that_ends_below_our_position_is_said)
{
    sim_store("orders:0", 90);
    sim_cut("orders:0", 50);
    begin();
    sim_run_await_event(&run, WEIR_EVENT_TRUNCATION, 1);
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    ck_assert(sim_run_logged(&run, "the log ends at 50, below our position 90"));
    sim_run_await_completed("orders:0", 50);
    ck_assert_uint_eq(sim_attempts("orders:0"), 50);
}
END_TEST

/* A restart takes time, and anything may happen meanwhile. */

static void be_restarting(enum sim_op op)
{
    sim_store("orders:0-3", 10);
    sim_trim("orders:0", 30);
    sim_hold(op);
    begin();
    sim_await_held(op, 1);
}

static const enum sim_op questions[] = {SIM_LOOK_UP};

enum { QUESTIONS = 1, PROTOCOLS = 2 };

START_TEST(a_partition_may_be_revoked_while_it_restarts)
{
    sim_incremental(_i / QUESTIONS == 1);
    be_restarting(questions[_i % QUESTIONS]);
    sim_revoke(0, "orders:0-3");
    sim_await_answered(0);
    sim_let_go(questions[_i % QUESTIONS]);
    sim_assign(0, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    sim_run_await_completed("orders:1-3", (uint64_t)3 * (RECORDS - 10));
    sim_run_await_completed("orders:0", RECORDS);
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_attempts("orders:0"), RECORDS - 30);
}
END_TEST

/* It comes back before the question about its last time is answered. That one may still move it, so
 * it is not opened before. */
START_TEST(a_partition_that_comes_back_waits_for_its_last_restart)
{
    sim_incremental(_i / QUESTIONS == 1);
    be_restarting(questions[_i % QUESTIONS]);
    sim_revoke(0, "orders:0-3");
    sim_await_answered(0);
    uint64_t loads = sim_calls(SIM_STORE_LOAD);
    sim_assign(0, "orders:0-3");
    WAIT_UNTIL(sim_calls(SIM_STORE_LOAD) == loads + 1, WAIT_MS);
    uint64_t polls = sim_polls(0);
    WAIT_UNTIL(sim_polls(0) > polls, WAIT_MS);
    ck_assert(!sim_is_answered(0));
    ck_assert_uint_eq(sim_openings("orders", 0), 1);
    sim_let_go(questions[_i % QUESTIONS]);
    sim_run_await_completed("orders:0-3", RECORDS + (3 * (RECORDS - 10)));
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_attempts("orders:0"), RECORDS - 30);
}
END_TEST

START_TEST(a_partition_may_be_lost_while_it_restarts)
{
    be_restarting(questions[_i % QUESTIONS]);
    sim_lose(0, "orders:0-3");
    sim_await_answered(0);
    sim_let_go(questions[_i % QUESTIONS]);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0", RECORDS);
    sim_run_await_completed("orders:1-3", (uint64_t)3 * (RECORDS - 10));
}
END_TEST

START_TEST(a_restart_that_fails_is_tried_again)
{
    sim_store("orders:0-3", 10);
    sim_trim("orders:0", 30);
    sim_fail(questions[_i], WEIR_ERR_UNAVAILABLE, 1);
    begin();
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    sim_run_await_completed("orders:0", RECORDS);
    ck_assert(sim_run_logged(&run, "trying again"));
}
END_TEST

static atomic_uint restarts; /* when the first was told */

static void hear_reset(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->kind == WEIR_EVENT_RESET) {
        atomic_store(&restarts, (unsigned)sim_calls(SIM_RESTART));
    }
}

/* It would be taken for the answer to them. Nor may a listener take his time in between. */
START_TEST(a_restart_waits_for_news_of_the_group)
{
    atomic_store(&restarts, 0);
    run.hear = hear_reset;
    sim_incremental(_i == 1);
    sim_store("orders:0-3", 10);
    sim_trim("orders:0", 30);
    sim_fail(SIM_MAY_RESTART, WEIR_ERR_STATE, 1);
    begin();
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    sim_run_await_completed("orders:0", RECORDS);
    ck_assert_uint_eq(sim_calls(SIM_MAY_RESTART), 2);
    ck_assert_uint_eq(sim_calls(SIM_RESTART), 1);
    ck_assert_uint_eq(atomic_load(&restarts), 1);
    ck_assert_uint_eq(sim_openings("orders", 0), 2);
}
END_TEST

/* The library announces what is there while the new source is opened. */
START_TEST(records_may_be_announced_while_a_source_is_opened_anew)
{
    sim_announce_early(true);
    sim_store("orders:0-3", 10);
    sim_trim("orders:0-3", 30);
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)4 * (RECORDS - 30));
}
END_TEST

START_TEST(until_end_waits_for_a_restart)
{
    run.until_end = true;
    sim_store("orders:0-3", 10);
    sim_trim("orders:0", 30);
    begin();
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_completed("orders:0"), RECORDS);
    ck_assert_int_eq(sim_stored("orders", 0), RECORDS);
}
END_TEST

int main(void)
{
    TCase *policy = tcase_create("policy");
    TCase *restart = tcase_create("restart");

    tcase_add_checked_fixture(policy, set_up, tear_down);
    tcase_add_test(policy, earliest_goes_on_at_the_oldest_record);
    tcase_add_test(policy, latest_goes_on_at_the_end);
    tcase_add_test(policy, stop_stops_and_says_which);
    tcase_add_test(policy, what_was_read_before_is_finished_before_a_restart);
    tcase_add_test(policy, a_held_record_keeps_no_restart_back);
    tcase_add_test(policy, a_log_that_ends_below_our_position_is_said);
    tcase_add_checked_fixture(restart, set_up, tear_down);
    tcase_add_loop_test(restart, a_partition_may_be_revoked_while_it_restarts, 0,
                        QUESTIONS * PROTOCOLS);
    tcase_add_loop_test(restart, a_partition_that_comes_back_waits_for_its_last_restart, 0,
                        QUESTIONS * PROTOCOLS);
    tcase_add_loop_test(restart, a_partition_may_be_lost_while_it_restarts, 0, QUESTIONS);
    tcase_add_loop_test(restart, a_restart_that_fails_is_tried_again, 0, QUESTIONS);
    tcase_add_loop_test(restart, a_restart_waits_for_news_of_the_group, 0, PROTOCOLS);
    tcase_add_test(restart, records_may_be_announced_while_a_source_is_opened_anew);
    tcase_add_test(restart, until_end_waits_for_a_restart);
    return runner_run_two("engine_range", policy, restart);
}
