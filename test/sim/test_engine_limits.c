#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"

enum { MANY = 1000, WAIT_MS = 30000, NS_PER_S = 1000000000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 8, 0);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

/* The record limit. */

static const struct {
    const char *fetchers;
    const char *workers;
    const char *batch;
    const char *order;
    uint64_t limit;
} limits[] = {{"1", "1", "1", "partition", 1},  {"1", "8", "16", "key", 100},
              {"4", "16", "7", "none", 1000},   {"8", "32", "500", "key", 1234},
              {"3", "5", "3", "partition", 17}, {"8", "2", "2048", "none", 1599}};

enum { LIMITS = sizeof limits / sizeof limits[0] };

START_TEST(the_record_limit_is_exact)
{
    run.record_limit = limits[_i].limit;
    sim_run_set(&run, "weir.fetchers", limits[_i].fetchers);
    sim_run_set(&run, "weir.workers", limits[_i].workers);
    sim_run_set(&run, "weir.batch.size", limits[_i].batch);
    sim_run_set(&run, "weir.order", limits[_i].order);
    sim_append("orders:0-7", (struct sim_batch){.records = 200, .keys = 9});
    sim_run_begin(&run, "orders:0-7");
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_attempts("orders:0-7"), limits[_i].limit);
    ck_assert_uint_eq(sim_completed("orders:0-7"), limits[_i].limit);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.unfinished = true}, NULL);
}
END_TEST

static enum sim_outcome fail_first(const struct weir_record *record, void *user)
{
    (void)user;
    return record->attempt == 1 ? SIM_RETRY : SIM_DONE;
}

START_TEST(attempts_do_not_count_against_the_record_limit)
{
    run.record_limit = 50;
    run.decide = fail_first;
    sim_append("orders:0-7", (struct sim_batch){.records = 20, .keys = 3});
    sim_run_begin(&run, "orders:0-7");
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_completed("orders:0-7"), 50);
}
END_TEST

/* What was begun and not finished when its partition went away is somebody else's: the permits go
 * to the partitions that stay, which may have nothing else to wait for. */
START_TEST(permits_of_a_partition_that_goes_are_used_by_the_others)
{
    run.record_limit = 30;
    sim_run_set(&run, "weir.fetchers", "2");
    sim_run_set(&run, "weir.inflight", "10");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_run_set(&run, "weir.order", "partition");
    sim_incremental(true);
    sim_run_hold(&run, "orders:0", 0);
    sim_append("orders:0", (struct sim_batch){.records = 10});
    sim_run_begin(&run, "orders:0");
    sim_run_await_held(&run, 1);
    sim_append("orders:1", (struct sim_batch){.records = 100});
    sim_assign(0, "orders:1");
    sim_run_await_completed("orders:1", 20);
    sim_lose(0, "orders:0");
    sim_await_answered(0);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_completed("orders:1"), 30);
}
END_TEST

/* Until the end. */

START_TEST(until_end_handles_and_commits_all_and_no_more)
{
    run.until_end = true;
    sim_append("orders:0-3", (struct sim_batch){.records = 100, .keys = 5});
    sim_append_holes("orders:1-2", 7);
    sim_append_holes("orders:5", 3);
    sim_run_begin(&run, "orders:0-7");
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_completed("orders:0-3"), 400);
    for (int32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(sim_stored("orders", i), sim_log_end("orders", i));
    }
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}
END_TEST

START_TEST(until_end_of_nothing_ends_at_once)
{
    run.until_end = true;
    sim_run_begin(&run, "orders:0-7");
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
}
END_TEST

START_TEST(until_end_waits_for_the_commit)
{
    run.until_end = true;
    sim_append("orders:0", (struct sim_batch){.records = 10});
    sim_hold(SIM_STORE_COMMIT);
    sim_run_begin(&run, "orders:0");
    sim_await_held(SIM_STORE_COMMIT, 1);
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_RUNNING);
    sim_let_go(SIM_STORE_COMMIT);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_int_eq(sim_stored("orders", 0), 10);
}
END_TEST

/* Bytes. */

START_TEST(a_stuck_partition_does_not_starve_the_others)
{
    sim_run_set(&run, "weir.buffer.total.bytes", "64KiB");
    sim_run_set(&run, "weir.buffer.bytes", "64KiB");
    sim_run_set(&run, "weir.batch.bytes", "8KiB");
    sim_run_set(&run, "weir.order", "partition");
    sim_run_set(&run, "weir.fetchers", "2");
    sim_run_hold(&run, "orders:0", 0);
    sim_append("orders:0", (struct sim_batch){.records = 400, .weight = 1000});
    sim_run_begin(&run, "orders:0-7");
    sim_run_await_held(&run, 1);
    sim_append("orders:1-7", (struct sim_batch){.records = 300, .weight = 500, .keys = 7});
    sim_run_await_completed("orders:1-7", (uint64_t)7 * 300);
    ck_assert_uint_eq(sim_completed("orders:0"), 0);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", 400);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_PARTITION}, NULL);
}
END_TEST

/* Everything one partition may hold is held; nothing more is taken, nothing is dropped. */
START_TEST(full_means_wait)
{
    sim_run_set(&run, "weir.batch.size", "5");
    sim_run_set(&run, "weir.buffer.records", "10");
    sim_run_set(&run, "weir.inflight", "20");
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:0", 0);
    sim_append("orders:0", (struct sim_batch){.records = 1000});
    sim_run_begin(&run, "orders:0-1");
    sim_run_await_held(&run, 1);
    WAIT_UNTIL(sim_messages_out() == 30, WAIT_MS);
    sim_append("orders:1", (struct sim_batch){.records = 200});
    sim_run_await_completed("orders:1", 200);
    WAIT_UNTIL(sim_messages_out() == 30, WAIT_MS); /* the last are released after their handler */
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", 1000);
}
END_TEST

START_TEST(a_record_larger_than_every_buffer_comes_alone)
{
    sim_run_set(&run, "weir.buffer.total.bytes", "64KiB");
    sim_run_set(&run, "weir.buffer.bytes", "1KiB");
    sim_run_set(&run, "weir.batch.bytes", "1KiB");
    sim_run_set(&run, "weir.order", "partition");
    sim_append("orders:0-1", (struct sim_batch){.records = 20, .weight = 100 << 20});
    sim_append("orders:0-1", (struct sim_batch){.records = 100});
    sim_append("orders:0-1", (struct sim_batch){.records = 1, .weight = 1 << 30});
    sim_run_begin(&run, "orders:0-1");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * 121);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_PARTITION}, NULL);
}
END_TEST

/* Many partitions. */

START_TEST(a_thousand_idle_partitions_cost_the_busy_one_nothing)
{
    sim_topic("idle", MANY);
    sim_run_set(&run, "weir.inflight", "64");
    sim_run_set(&run, "weir.buffer.records", "64");
    sim_run_set(&run, "weir.order", "none");
    sim_run_begin(&run, "idle:0-999 orders:0");
    sim_await_answered(0);
    sim_run_await_event(&run, WEIR_EVENT_END, MANY + 1);
    sim_append("orders:0", (struct sim_batch){.records = 20000});
    sim_run_await_completed("orders:0", 20000);
    sim_await_stored("orders:0");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
}
END_TEST

/* For a while in which control, which turns for its heartbeat, did so no oftener than that. */
static bool nobody_turns(void)
{
    const int64_t begun = deadline_now_ns();
    const uint64_t polls = sim_polls(0);
    const uint64_t turns = weir_consumer_counter(run.consumer, WEIR_COUNTER_WAKEUPS);

    sim_await_polls(0, 2);
    const uint64_t more = sim_polls(0) - polls;
    const int64_t seconds = (deadline_now_ns() - begun) / NS_PER_S;
    return weir_consumer_counter(run.consumer, WEIR_COUNTER_WAKEUPS) == turns &&
           more <= (uint64_t)seconds + 1;
}

/* While nothing happens nobody turns, once what was on its way has come: not with idle partitions,
 * not with a stuck one whose buffers are full. */
START_TEST(waiting_costs_no_turns)
{
    sim_run_set(&run, "weir.batch.size", "5");
    sim_run_set(&run, "weir.buffer.records", "10");
    sim_run_set(&run, "weir.inflight", "20");
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:0", 0);
    sim_append("orders:0", (struct sim_batch){.records = 1000});
    sim_run_begin(&run, "orders:0-7");
    sim_run_await_held(&run, 1);
    WAIT_UNTIL(sim_messages_out() == 30, WAIT_MS);
    sim_run_await_event(&run, WEIR_EVENT_END, 7);
    WAIT_UNTIL(nobody_turns(), WAIT_MS);
    sim_run_let_go(&run);
}
END_TEST

static void assign_more(const char *list)
{
    sim_assign(0, list);
    sim_await_answered(0);
}

/* 32 KiB of each are librdkafka's at the least, and seven eighths of the total are. */
START_TEST(a_total_that_is_too_small_for_the_partitions_is_said_once)
{
    sim_incremental(true);
    sim_run_set(&run, "weir.buffer.total.bytes", "150KiB");
    sim_run_set(&run, "weir.buffer.bytes", "64KiB");
    sim_run_set(&run, "weir.batch.bytes", "64KiB");
    sim_append("orders:0-7", (struct sim_batch){.records = 10});
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_completed("orders:0-3", 40);
    ck_assert(!sim_run_logged(&run, "is too small"));
    assign_more("orders:4");
    sim_run_await_completed("orders:4", 10);
    WAIT_UNTIL(sim_run_logged(&run, "is too small"), WAIT_MS); /* said after they began */
    ck_assert(sim_run_logged(&run, "weir.buffer.total.bytes=153600 is too small for 5 partitions"));
    ck_assert(sim_run_logged(&run, "Set it to 187245 or more"));
    assign_more("orders:5-7");
    sim_run_await_completed("orders:0-7", 80);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_run_log_lines(&run, "is too small"), 1);
}
END_TEST

int main(void)
{
    TCase *records = tcase_create("records");
    TCase *bytes = tcase_create("bytes");

    tcase_add_checked_fixture(records, set_up, tear_down);
    tcase_add_loop_test(records, the_record_limit_is_exact, 0, LIMITS);
    tcase_add_test(records, attempts_do_not_count_against_the_record_limit);
    tcase_add_test(records, permits_of_a_partition_that_goes_are_used_by_the_others);
    tcase_add_test(records, until_end_handles_and_commits_all_and_no_more);
    tcase_add_test(records, until_end_of_nothing_ends_at_once);
    tcase_add_test(records, until_end_waits_for_the_commit);
    tcase_add_checked_fixture(bytes, set_up, tear_down);
    tcase_add_test(bytes, a_stuck_partition_does_not_starve_the_others);
    tcase_add_test(bytes, full_means_wait);
    tcase_add_test(bytes, a_record_larger_than_every_buffer_comes_alone);
    tcase_add_test(bytes, a_thousand_idle_partitions_cost_the_busy_one_nothing);
    tcase_add_test(bytes, waiting_costs_no_turns);
    tcase_add_test(bytes, a_total_that_is_too_small_for_the_partitions_is_said_once);
    return runner_run_two("engine_limits", records, bytes);
}
