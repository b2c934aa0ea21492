#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stddef.h>
#include <time.h>

/* What is measured, and how often? */

enum { PARTITIONS = 2, RECORDS = 300, ALL = PARTITIONS * RECORDS, WAIT_MS = 30000 };

#define MS(n)    ((int64_t)(n)*1000000)
#define HOUR_MS  ((int64_t)3600 * 1000)
#define UP_TO(n) ((n) + (n) / 31 + 1)

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, PARTITIONS, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(void)
{
    sim_run_begin(&run, "orders:0-1");
}

static void end_clean(void)
{
    sim_await_stored("orders:0-1");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}

static uint64_t counted(enum weir_counter counter)
{
    return weir_consumer_counter(run.consumer, counter);
}

static struct weir_summary summary(enum weir_histogram histogram)
{
    struct weir_summary summary = {.size = sizeof summary};

    weir_consumer_histogram(run.consumer, histogram, &summary);
    ck_assert_int_le(summary.min_ns, summary.p50_ns);
    ck_assert_int_le(summary.p50_ns, summary.p90_ns);
    ck_assert_int_le(summary.p90_ns, summary.p99_ns);
    ck_assert_int_le(summary.p99_ns, summary.p999_ns);
    ck_assert_int_le(summary.p999_ns, summary.max_ns);
    ck_assert_double_ge(summary.sum_ns * 1.000001, (double)summary.min_ns * (double)summary.count);
    ck_assert_double_le(summary.sum_ns, (double)summary.max_ns * (double)summary.count * 1.000001);
    return summary;
}

static uint64_t measured(enum weir_histogram histogram)
{
    return summary(histogram).count;
}

static const char *const orders[] = {"partition", "key", "none"};

enum { ORDERS = sizeof orders / sizeof orders[0] };

START_TEST(every_record_batch_and_request_is_measured_once)
{
    sim_run_set(&run, "weir.order", orders[_i]);
    begin();
    end_clean();
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_BUFFER), ALL);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_END_TO_END), ALL);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_HANDLER), counted(WEIR_COUNTER_BATCHES));
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_COMMIT), counted(WEIR_COUNTER_COMMITS));
    ck_assert_uint_le(measured(WEIR_HISTOGRAM_WORKER_IDLE), counted(WEIR_COUNTER_BATCHES));
    ck_assert_uint_gt(counted(WEIR_COUNTER_COMMITS), 0);
    /* A turn is counted when it begins and measured when it ends. */
    ck_assert_uint_gt(measured(WEIR_HISTOGRAM_FETCHER_TURN), 0);
    ck_assert_uint_le(measured(WEIR_HISTOGRAM_FETCHER_TURN), counted(WEIR_COUNTER_WAKEUPS));
}
END_TEST

static enum sim_outcome fail_once(const struct weir_record *record, void *user)
{
    (void)user;
    return record->attempt == 1 ? SIM_RETRY : SIM_DONE;
}

/* Some are given to the handler again because one before them failed, most after they failed. */
START_TEST(what_is_handled_again_waited_in_the_buffer_once)
{
    run.decide = fail_once;
    begin();
    end_clean();
    ck_assert_uint_ge(counted(WEIR_COUNTER_HANDLED), (uint64_t)2 * ALL);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_BUFFER), ALL);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_END_TO_END), ALL);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_HANDLER), counted(WEIR_COUNTER_BATCHES));
}
END_TEST

/* With one worker, everything that is here while its handler is held waits as long. */
START_TEST(durations_are_as_long_as_what_they_measure)
{
    const int64_t begun = deadline_now_ns();

    sim_run_set(&run, "weir.workers", "1");
    sim_run_hold(&run, "orders:0-1", 0);
    begin();
    sim_run_await_held(&run, 1);
    WAIT_UNTIL(sim_messages_out() == ALL, WAIT_MS);
    const int64_t held = deadline_now_ns();
    WAIT_UNTIL(deadline_now_ns() - held > MS(20), WAIT_MS);
    const int64_t let_go = deadline_now_ns();
    sim_run_let_go(&run);
    end_clean();
    const int64_t whole = deadline_now_ns() - begun;

    struct weir_summary handler = summary(WEIR_HISTOGRAM_HANDLER);
    ck_assert_int_ge(handler.max_ns, let_go - held);
    ck_assert_int_le(handler.max_ns, whole);
    struct weir_summary buffer = summary(WEIR_HISTOGRAM_BUFFER);
    ck_assert_int_le(buffer.max_ns, whole);
    /* All but the batch that was held, of 16 at most. */
    ck_assert_int_ge(UP_TO(buffer.p50_ns), let_go - held);
    ck_assert_int_ge(UP_TO(buffer.p90_ns), let_go - held);
    ck_assert_double_ge(buffer.sum_ns, (double)(let_go - held) * (ALL - 16));
}
END_TEST

/* A batch that is cut still waits until a worker takes it. */
START_TEST(waiting_for_a_worker_is_time_in_the_buffer)
{
    sim_run_set(&run, "weir.workers", "1");
    sim_run_set(&run, "weir.order", "partition");
    sim_run_set(&run, "weir.batch.size", "1000");
    sim_run_hold(&run, "orders:0-1", 0);
    begin();
    sim_run_await_held(&run, 1);
    WAIT_UNTIL(sim_messages_out() == ALL, WAIT_MS);
    const int64_t held = deadline_now_ns();
    WAIT_UNTIL(deadline_now_ns() - held > MS(20), WAIT_MS);
    const int64_t let_go = deadline_now_ns();
    sim_run_let_go(&run);
    end_clean();
    /* The other partition's at least. */
    ck_assert_double_ge(summary(WEIR_HISTOGRAM_BUFFER).sum_ns, (double)((let_go - held) * RECORDS));
}
END_TEST

START_TEST(a_commit_lasts_until_it_is_acknowledged)
{
    sim_hold(SIM_STORE_COMMIT);
    begin();
    sim_await_held(SIM_STORE_COMMIT, 1);
    const int64_t held = deadline_now_ns();
    WAIT_UNTIL(deadline_now_ns() - held > MS(5), WAIT_MS);
    const int64_t let_go = deadline_now_ns();
    sim_let_go(SIM_STORE_COMMIT);
    end_clean();
    ck_assert_int_ge(summary(WEIR_HISTOGRAM_COMMIT).max_ns, let_go - held);
}
END_TEST

START_TEST(a_commit_that_is_refused_is_not_measured)
{
    sim_fail(SIM_STORE_COMMIT, WEIR_ERR_UNAVAILABLE, 1);
    sim_fail(SIM_STORE_ANSWER, WEIR_ERR_TIMEOUT, 1);
    begin();
    end_clean();
    ck_assert_uint_gt(sim_calls(SIM_STORE_COMMIT), counted(WEIR_COUNTER_COMMITS));
    ck_assert_uint_ge(counted(WEIR_COUNTER_COMMIT_ERRORS), 2); /* a partition in each at least */
    ck_assert_uint_le(counted(WEIR_COUNTER_COMMIT_ERRORS), (uint64_t)2 * PARTITIONS);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_COMMIT), counted(WEIR_COUNTER_COMMITS));
}
END_TEST

/* The same library, but for the time that records carry. */

static struct weir_client_ops stamped;
static const struct weir_client_ops *plain;
static int64_t timestamp_ms;

static int64_t wall_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void view_stamped(const void *message, struct weir_record *out)
{
    plain->view(message, out);
    out->timestamp_ms = timestamp_ms;
}

static enum weir_status connect_stamped(const struct weir_client_options *options,
                                        struct weir_client **out, struct weir_error *error)
{
    enum weir_status status = sim_library.connect(options, out, error);

    if (status == WEIR_OK) {
        plain = (*out)->ops;
        stamped = *plain;
        stamped.view = view_stamped;
        (*out)->ops = &stamped;
    }
    return status;
}

static struct weir_summary consume_stamped(int64_t at_ms)
{
    static struct weir_library library;

    library = sim_library;
    timestamp_ms = at_ms;
    library.connect = connect_stamped;
    run.library = &library;
    begin();
    end_clean();
    return summary(WEIR_HISTOGRAM_END_TO_END);
}

START_TEST(end_to_end_is_by_the_timestamp)
{
    const int64_t age_ms = HOUR_MS / 6;
    const int64_t begun_ms = wall_ms();
    const struct weir_summary found = consume_stamped(begun_ms - age_ms);
    const int64_t took_ms = wall_ms() - begun_ms + 1;

    ck_assert_uint_eq(found.count, ALL);
    ck_assert_int_ge(found.min_ns, MS(age_ms));
    ck_assert_int_le(found.max_ns, MS(age_ms + took_ms));
    ck_assert_uint_eq(counted(WEIR_COUNTER_FUTURE), 0);
}
END_TEST

START_TEST(a_timestamp_to_come_is_no_time_at_all_and_counted)
{
    const struct weir_summary found = consume_stamped(wall_ms() + HOUR_MS);

    ck_assert_uint_eq(found.count, ALL);
    ck_assert_int_eq(found.max_ns, 0);
    ck_assert_uint_eq(counted(WEIR_COUNTER_FUTURE), ALL);
}
END_TEST

START_TEST(the_latest_timestamp_there_can_be_is_no_trouble)
{
    const struct weir_summary found = consume_stamped(INT64_MAX);

    ck_assert_int_eq(found.max_ns, 0);
    ck_assert_uint_eq(counted(WEIR_COUNTER_FUTURE), ALL);
}
END_TEST

START_TEST(without_a_timestamp_there_is_no_end_to_end)
{
    const struct weir_summary found = consume_stamped(-1);

    ck_assert_uint_eq(found.count, 0);
    ck_assert_uint_eq(counted(WEIR_COUNTER_FUTURE), 0);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_BUFFER), ALL);
}
END_TEST

START_TEST(partitions_whose_handlers_were_given_up_are_counted)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "20");
    sim_run_hold(&run, "orders:0-1", 0);
    begin();
    sim_run_await_all_held(&run);
    ck_assert_uint_eq(counted(WEIR_COUNTER_DRAIN_TIMEOUTS), 0);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    ck_assert_uint_eq(counted(WEIR_COUNTER_DRAIN_TIMEOUTS), PARTITIONS);
    sim_run_let_go(&run);
}
END_TEST

START_TEST(a_caller_with_an_older_header_gets_what_it_knows)
{
    struct weir_summary found = {.size = offsetof(struct weir_summary, p50_ns), .p50_ns = -7};

    begin();
    end_clean();
    weir_consumer_histogram(run.consumer, WEIR_HISTOGRAM_HANDLER, &found);
    ck_assert_uint_eq(found.size, offsetof(struct weir_summary, p50_ns));
    ck_assert_uint_gt(found.count, 0);
    ck_assert_int_eq(found.p50_ns, -7);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("engine_metrics");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, every_record_batch_and_request_is_measured_once, 0, ORDERS);
    tcase_add_test(tcase, what_is_handled_again_waited_in_the_buffer_once);
    tcase_add_test(tcase, durations_are_as_long_as_what_they_measure);
    tcase_add_test(tcase, waiting_for_a_worker_is_time_in_the_buffer);
    tcase_add_test(tcase, a_commit_lasts_until_it_is_acknowledged);
    tcase_add_test(tcase, a_commit_that_is_refused_is_not_measured);
    tcase_add_test(tcase, end_to_end_is_by_the_timestamp);
    tcase_add_test(tcase, a_timestamp_to_come_is_no_time_at_all_and_counted);
    tcase_add_test(tcase, the_latest_timestamp_there_can_be_is_no_trouble);
    tcase_add_test(tcase, without_a_timestamp_there_is_no_end_to_end);
    tcase_add_test(tcase, partitions_whose_handlers_were_given_up_are_counted);
    tcase_add_test(tcase, a_caller_with_an_older_header_gets_what_it_knows);
    return runner_run("engine_metrics", tcase);
}
