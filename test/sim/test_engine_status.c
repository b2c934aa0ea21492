#include "test/support/deadline.h"
#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"

/* Is it said how it goes? */

enum { RECORDS = 100, ALL = 2 * RECORDS, WAIT_MS = 30000, INTERVALS = 10 };

static const char idle[] = "status: 0 records/s, 0 in flight, 0 buffered (0 B held), lag 0, all "
                           "committed, 2 partitions";

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 2, RECORDS);
    sim_run_set(&run, "weir.status.interval.ms", "86400000"); /* only who asks is told */
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(void)
{
    sim_run_begin(&run, "orders:0-1");
}

static void begin_held(void)
{
    sim_run_hold(&run, "orders:0-1", 0);
    begin();
    sim_run_await_all_held(&run);
}

static void end_clean(void)
{
    sim_run_let_go(&run);
    sim_await_stored("orders:0-1");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}

static uint64_t status_lines(void)
{
    return sim_run_log_lines(&run, "status: ");
}

/* Handlers that do not end are under way: that is said as long as it lasts. */
START_TEST(a_line_says_how_it_goes_as_often_as_told)
{
    sim_run_set(&run, "weir.status.interval.ms", "20");
    begin_held();
    WAIT_UNTIL(sim_run_logged(&run, "in flight (oldest "), WAIT_MS);
    const uint64_t before = status_lines();
    WAIT_UNTIL(status_lines() >= before + 5, WAIT_MS);
    WAIT_UNTIL(sim_run_logged(&run, ", 2 partitions"), WAIT_MS);
    end_clean();
}
END_TEST

/* The control loop takes a turn for each interval, and polls the client in each turn: once it knows
 * that all is committed, it says so in the next turns or has said so. */
START_TEST(with_nothing_to_say_there_is_silence)
{
    sim_run_set(&run, "weir.status.interval.ms", "20");
    begin();
    picture_expect(run.consumer, "orders/0 running 100 100 100 100 lag 0 0 0\n"
                                 "orders/1 running 100 100 100 100 lag 0 0 0\n");
    sim_await_polls(0, INTERVALS);
    ck_assert(sim_run_logged(&run, idle));
    const uint64_t before = status_lines();
    sim_await_polls(0, INTERVALS);
    ck_assert_uint_eq(status_lines(), before);
    end_clean();
}
END_TEST

START_TEST(a_status_may_be_switched_off)
{
    sim_run_set(&run, "weir.status.interval.ms", "0");
    begin_held();
    sim_await_polls(0, 1);
    ck_assert_uint_eq(status_lines(), 0);
    end_clean();
    ck_assert(sim_run_logged(&run, "counters: fetched_records 200")); /* the end is said */
}
END_TEST

/* A turn is measured at its end, and handlers begin before that. */
static bool has_measured_a_turn(void)
{
    struct weir_summary turns = {.size = sizeof turns};

    weir_consumer_histogram(run.consumer, WEIR_HISTOGRAM_FETCHER_TURN, &turns);
    return turns.count > 0;
}

START_TEST(who_asks_is_told_everything_whatever_the_level)
{
    sim_run_set(&run, "weir.log.level", "error");
    begin_held();
    WAIT_UNTIL(has_measured_a_turn(), WAIT_MS);
    weir_consumer_emit(run.consumer);
    WAIT_UNTIL(status_lines() == 1, WAIT_MS);
    ck_assert(sim_run_logged(&run, "counters: fetched_records "));
    ck_assert(sim_run_logged(&run, "times: fetcher_turn: "));
    ck_assert(sim_run_logged(&run, "partition: orders/0: running, position "));
    ck_assert(sim_run_logged(&run, "partition: orders/1: running, position "));
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_RUNNING);
    end_clean();
    ck_assert_uint_eq(sim_run_log_lines(&run, "counters: "), 1); /* the end is below the level */
}
END_TEST

START_TEST(how_many_workers_are_busy_is_said)
{
    sim_run_set(&run, "weir.order", "partition");
    sim_run_set(&run, "weir.workers", "3");
    sim_run_set(&run, "weir.batch.size", "100");
    begin_held();
    weir_consumer_emit(run.consumer);
    WAIT_UNTIL(status_lines() == 1, WAIT_MS);
    ck_assert(sim_run_logged(&run, ", 2 workers busy, "));
    ck_assert(!sim_run_logged(&run, " queued"));
    end_clean();
}
END_TEST

START_TEST(the_end_says_everything)
{
    begin();
    end_clean();
    ck_assert(sim_run_logged(&run, "handled_records 200, done_records 200"));
    ck_assert(sim_run_logged(&run, "times: time_in_buffer: 200 records, mean "));
    ck_assert(sim_run_logged(&run, "times: handler_call: "));
    ck_assert(sim_run_logged(&run, "times: end_to_end: 200 records, mean "));
    ck_assert(sim_run_logged(&run, "times: commit: "));
    ck_assert_uint_eq(sim_run_log_lines(&run, "partition: "), 0);
    ck_assert_uint_eq(status_lines(), 0);
    ck_assert_uint_eq(sim_run_log_lines(&run, "start: joining group "), 1);
}
END_TEST

START_TEST(after_the_end_one_may_still_ask)
{
    begin();
    end_clean();
    weir_consumer_emit(run.consumer);
    WAIT_UNTIL(sim_run_log_lines(&run, "counters: fetched_records 200") == 2, WAIT_MS);
}
END_TEST

/* Before the start nobody answers; the question waits. */
START_TEST(who_asks_before_the_start_is_told_after_it)
{
    sim_run_create(&run);
    weir_consumer_emit(run.consumer);
    begin();
    WAIT_UNTIL(status_lines() == 1, WAIT_MS);
    end_clean();
}
END_TEST

/* While commits hang, what is finished gets old. */
START_TEST(the_commit_age_is_of_what_waits)
{
    sim_hold(SIM_STORE_COMMIT);
    sim_run_set(&run, "weir.status.interval.ms", "20");
    begin();
    sim_run_await_completed("orders:0-1", ALL);
    WAIT_UNTIL(sim_run_log_lines(&run, "commit age ") >= 3, WAIT_MS);
    sim_let_go(SIM_STORE_COMMIT);
    WAIT_UNTIL(sim_run_logged(&run, idle), WAIT_MS);
    end_clean();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("engine_status");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_says_how_it_goes_as_often_as_told);
    tcase_add_test(tcase, with_nothing_to_say_there_is_silence);
    tcase_add_test(tcase, a_status_may_be_switched_off);
    tcase_add_test(tcase, who_asks_is_told_everything_whatever_the_level);
    tcase_add_test(tcase, how_many_workers_are_busy_is_said);
    tcase_add_test(tcase, the_end_says_everything);
    tcase_add_test(tcase, after_the_end_one_may_still_ask);
    tcase_add_test(tcase, who_asks_before_the_start_is_told_after_it);
    tcase_add_test(tcase, the_commit_age_is_of_what_waits);
    return runner_run("engine_status", tcase);
}
