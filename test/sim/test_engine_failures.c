#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <weir/snapshot.h>

enum { RECORDS = 200, KEYS = 5, FAILING = 37, WAIT_MS = 30000 };

static struct sim_run run;
static const char *const orders[] = {"partition", "key", "none"};
static const enum verify_order judged[] = {VERIFY_ORDER_PARTITION, VERIFY_ORDER_KEY,
                                           VERIFY_ORDER_NONE};

enum { ORDERS = 3 };

static void set_up(void)
{
    sim_run_set_up(&run, 2, 0);
    sim_append("orders:0-1", (struct sim_batch){.records = RECORDS, .keys = KEYS});
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(int order)
{
    sim_run_set(&run, "weir.order", orders[order]);
    sim_run_begin(&run, "orders:0-1");
}

static void end_clean(int order)
{
    sim_await_stored("orders:0-1");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = judged[order]}, NULL);
}

static enum sim_outcome fail_twice(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset % 3 == 0 && record->attempt <= 2 ? SIM_RETRY : SIM_DONE;
}

static enum sim_outcome fail_one_thrice(const struct weir_record *record, void *user)
{
    (void)user;
    return record->partition == 0 && record->offset == FAILING && record->attempt <= 3 ? SIM_RETRY
                                                                                       : SIM_DONE;
}

START_TEST(the_first_failure_of_a_record_is_said_and_no_more)
{
    run.decide = fail_one_thrice;
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    ck_assert_uint_eq(sim_run_log_lines(&run, "orders/0 offset 37: retry after 1 failed attempt:"),
                      1);
    ck_assert_uint_eq(sim_run_log_lines(&run, "retry after"), 1);
    end_clean(_i);
}
END_TEST

START_TEST(failed_attempts_are_tried_again_in_order)
{
    run.decide = fail_twice;
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    ck_assert_uint_ge(weir_consumer_counter(run.consumer, WEIR_COUNTER_RETRIED),
                      (uint64_t)2 * (2 * RECORDS / 3));
    end_clean(_i);
    ck_assert_uint_eq(sim_completions("orders:0-1"), (uint64_t)2 * RECORDS);
}
END_TEST

static enum sim_outcome fail_some_for_ever(const struct weir_record *record, void *user)
{
    atomic_uint *attempts = user;

    if (record->offset != FAILING) {
        return SIM_DONE;
    }
    atomic_fetch_add(attempts, 1);
    return SIM_RETRY;
}

START_TEST(what_fails_for_good_is_skipped_after_all_attempts)
{
    atomic_uint attempts = 0;

    run.decide = fail_some_for_ever;
    run.decide_user = &attempts;
    sim_run_set(&run, "weir.failure.policy", "skip");
    sim_run_set(&run, "weir.retry.attempts", "3");
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_SKIP, 2);
    uint64_t skipped = weir_consumer_counter(run.consumer, WEIR_COUNTER_SKIPPED);
    end_clean(_i);
    ck_assert_uint_eq(attempts, (uint64_t)2 * 3);
    ck_assert_uint_eq(skipped, 2);
    ck_assert_uint_eq(sim_completions("orders:0-1"), 2 * RECORDS - 2);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_RETRY), (uint64_t)2 * 2);
}
END_TEST

/* In the orders of the table: what is behind a held record of each partition waits. */
static const uint64_t beside_held[] = {FAILING, RECORDS - (RECORDS - FAILING + KEYS - 1) / KEYS,
                                       RECORDS - 1};

START_TEST(what_fails_for_good_is_held_and_comes_with_the_next_start)
{
    atomic_uint attempts = 0;
    struct weir_snapshot *snapshot = NULL;

    run.decide = fail_some_for_ever;
    run.decide_user = &attempts;
    sim_run_set(&run, "weir.failure.policy", "hold");
    sim_run_set(&run, "weir.retry.attempts", "3");
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_HOLD, 2);
    sim_run_await_completed("orders:0-1", 2 * beside_held[_i]);
    WAIT_UNTIL(sim_stored("orders", 0) == FAILING && sim_stored("orders", 1) == FAILING, WAIT_MS);
    ck_assert_int_eq(weir_consumer_snapshot(run.consumer, WAIT_MS, &snapshot), WEIR_OK);
    ck_assert_uint_eq(snapshot->held, 2);
    ck_assert_uint_eq(weir_snapshot_at(snapshot, 1)->held, 1);
    weir_snapshot_destroy(snapshot);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_HELD), 2);
    ck_assert(sim_run_logged(&run, "orders/1 offset 37: hold after 3 failed attempts"));
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = judged[_i], .unfinished = true}, NULL);
    ck_assert_int_eq(sim_stored("orders", 0), FAILING);
    ck_assert_uint_eq(attempts, (uint64_t)2 * 3);
    run.decide = NULL;
    sim_run_start(&run);
    sim_await_members(2);
    sim_assign(1, "orders:0-1");
    sim_await_stored("orders:0-1");
}
END_TEST

static enum sim_outcome reject_some(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset % 50 == 7 ? SIM_REJECT : SIM_DONE;
}

START_TEST(what_is_rejected_is_not_tried_again)
{
    run.decide = reject_some;
    sim_run_set(&run, "weir.failure.policy", "skip");
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_SKIP, 2 * RECORDS / 50);
    end_clean(_i);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_RETRY), 0);
    ck_assert_uint_eq(sim_attempts("orders:0-1"), (uint64_t)2 * RECORDS);
}
END_TEST

static enum sim_outcome reject_one(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset == FAILING && record->partition == 0 ? SIM_REJECT : SIM_DONE;
}

START_TEST(what_fails_for_good_stops_the_consumer_below_it)
{
    run.decide = reject_one;
    begin(_i);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_RECORD, "orders/0 offset 37");
    ck_assert_int_le(sim_stored("orders", 0), FAILING);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_STOP), 1);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = judged[_i], .unfinished = true}, NULL);
    run.decide = NULL;
    sim_run_start(&run);
    sim_await_members(2);
    sim_assign(1, "orders:0-1");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    sim_await_stored("orders:0-1");
}
END_TEST

/* The pauses between attempts. A pause is drawn from the upper half of what the keys say. */

enum { PAUSE_MS = 200, NS_PER_MS = 1000000, LONG_ATTEMPTS = 40 };

struct patient {
    uint32_t attempts; /* that fail */
    atomic_int_fast64_t times[LONG_ATTEMPTS];
};

static struct patient patient; /* handlers may outlive a test's own frame */

static enum sim_outcome fail_at_first(const struct weir_record *record, void *user)
{
    (void)user;
    if (record->offset != FAILING || record->partition != 0) {
        return SIM_DONE;
    }
    if (record->attempt <= LONG_ATTEMPTS) {
        atomic_store(&patient.times[record->attempt - 1], deadline_now_ns());
    }
    return record->attempt <= patient.attempts ? SIM_RETRY : SIM_DONE;
}

static void be_patient(uint32_t attempts, const char *first_ms, const char *longest_ms)
{
    patient.attempts = attempts;
    for (int i = 0; i < LONG_ATTEMPTS; i++) {
        atomic_store(&patient.times[i], 0);
    }
    run.decide = fail_at_first;
    sim_run_set(&run, "weir.retry.backoff.ms", first_ms);
    sim_run_set(&run, "weir.retry.backoff.max.ms", longest_ms);
}

static int64_t pause_before(uint32_t attempt)
{
    return atomic_load(&patient.times[attempt - 1]) - atomic_load(&patient.times[attempt - 2]);
}

/* An hour would be too long for the test, so the first pause is the one of its key. */
START_TEST(the_first_pause_is_as_told_and_the_next_is_twice_that)
{
    be_patient(2, "200", "3600000");
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    ck_assert_int_ge(pause_before(2), (int64_t)PAUSE_MS / 2 * NS_PER_MS);
    ck_assert_int_ge(pause_before(3), (int64_t)PAUSE_MS * NS_PER_MS);
    end_clean(_i);
}
END_TEST

/* Doubled 38 times, a millisecond is some years. */
START_TEST(no_pause_is_longer_than_told)
{
    be_patient(LONG_ATTEMPTS - 1, "1", "2");
    sim_run_set(&run, "weir.retry.attempts", "40");
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    end_clean(_i);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_RETRY), LONG_ATTEMPTS - 1);
}
END_TEST

START_TEST(a_long_pause_is_kept)
{
    be_patient(1, "3600000", "3600000");
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_RETRY, 1);
    sim_run_await_completed("orders:1", RECORDS);
    WAIT_UNTIL(sim_frontier("orders", 0) == FAILING, WAIT_MS); /* others may be slower than it */
    sim_await_polls(0, 2);
    ck_assert_int_eq(atomic_load(&patient.times[1]), 0);
    ck_assert_int_eq(sim_frontier("orders", 0), FAILING);
}
END_TEST

/* The handler's own words are in the event and in the log. */
START_TEST(a_skipped_record_is_named_with_the_reason)
{
    run.decide = reject_one;
    sim_run_set(&run, "weir.failure.policy", "skip");
    begin(_i);
    sim_run_await_completed("orders:0-1", 2 * RECORDS - 1);
    end_clean(_i);
    ck_assert(sim_run_logged(&run, "orders/0 offset 37: skip after 1 failed attempt: the test "
                                   "rejects it"));
    char *lines = sim_run_lines(&run);
    ck_assert_ptr_nonnull(strstr(lines, "\"ev\":\"skip\",\"topic\":\"orders\",\"partition\":0,"
                                        "\"offset\":37"));
    free(lines);
}
END_TEST

/* What weir/handler.h says of its calls. */

enum { REASON_MAX = 255 };

static void (*given)(struct weir_batch *batch, void *worker);
static atomic_uint calls;
static atomic_uint reason_length;
static atomic_int answer;

static void hear_reason(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->kind == WEIR_EVENT_SKIP && event->text != NULL) {
        atomic_store(&reason_length, (unsigned)strlen(event->text));
    }
}

/* Those that were rejected already: the last mark counts. */
static void reject_anew(struct weir_batch *batch, void *worker)
{
    char reason[REASON_MAX + 2];

    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    given(batch, worker);
    for (uint32_t i = 0; i < weir_batch_count(batch); i++) {
        const struct weir_record *record = weir_batch_at(batch, i);
        if (record->offset == FAILING) {
            weir_batch_reject(batch, record, record->partition == 0 ? reason : NULL);
        }
    }
}

static void retry_first(struct weir_batch *batch, void *worker)
{
    if (atomic_fetch_add(&calls, 1) == 0) {
        weir_batch_reject(batch, weir_batch_at(batch, 0), "this one");
        weir_batch_retry_all(batch, "none of them");
    } else {
        given(batch, worker);
    }
}

static void defer_all(struct weir_batch *batch, void *worker)
{
    atomic_store(&answer, (int)weir_batch_defer(batch));
    given(batch, worker);
}

static void reject_anew_instead(struct weir_handler *handler)
{
    given = handler->handle;
    handler->handle = reject_anew;
}

static void retry_first_instead(struct weir_handler *handler)
{
    given = handler->handle;
    handler->handle = retry_first;
}

static void defer_all_instead(struct weir_handler *handler)
{
    given = handler->handle;
    handler->handle = defer_all;
}

static enum sim_outcome reject_failing(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset == FAILING ? SIM_REJECT : SIM_DONE;
}

START_TEST(a_reason_is_cut_and_may_be_missing)
{
    atomic_store(&reason_length, 0);
    run.adjust = reject_anew_instead;
    run.decide = reject_failing;
    run.hear = hear_reason;
    sim_run_set(&run, "weir.failure.policy", "skip");
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_SKIP, 2);
    end_clean(_i);
    ck_assert_uint_eq(atomic_load(&reason_length), REASON_MAX);
    ck_assert(sim_run_logged(&run, "orders/1 offset 37: skip after 1 failed attempt: no reason"));
}
END_TEST

START_TEST(a_batch_may_be_refused_as_a_whole)
{
    atomic_store(&calls, 0);
    run.adjust = retry_first_instead;
    sim_run_set(&run, "weir.failure.policy", "skip");
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    end_clean(_i);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_SKIP), 0);
    ck_assert_uint_ge(sim_run_events(&run, WEIR_EVENT_RETRY), 1);
    ck_assert_uint_eq(sim_completions("orders:0-1"), (uint64_t)2 * RECORDS);
}
END_TEST

START_TEST(a_batch_that_would_be_completed_later_counts_as_any_other)
{
    atomic_store(&answer, WEIR_OK);
    run.adjust = defer_all_instead;
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    end_clean(_i);
    ck_assert_int_eq(atomic_load(&answer), WEIR_ERR_STATE);
    ck_assert(sim_run_logged(&run, "asked to complete a batch later, which this version cannot"));
}
END_TEST

int main(void)
{
    TCase *failures = tcase_create("failures");
    TCase *calling = tcase_create("calling");

    tcase_add_checked_fixture(failures, set_up, tear_down);
    tcase_add_loop_test(failures, the_first_failure_of_a_record_is_said_and_no_more, 0, ORDERS);
    tcase_add_loop_test(failures, failed_attempts_are_tried_again_in_order, 0, ORDERS);
    tcase_add_loop_test(failures, what_fails_for_good_is_skipped_after_all_attempts, 0, ORDERS);
    tcase_add_loop_test(failures, what_fails_for_good_is_held_and_comes_with_the_next_start, 0,
                        ORDERS);
    tcase_add_loop_test(failures, what_is_rejected_is_not_tried_again, 0, ORDERS);
    tcase_add_loop_test(failures, what_fails_for_good_stops_the_consumer_below_it, 0, ORDERS);
    tcase_add_loop_test(failures, the_first_pause_is_as_told_and_the_next_is_twice_that, 0, ORDERS);
    tcase_add_loop_test(failures, no_pause_is_longer_than_told, 0, ORDERS);
    tcase_add_loop_test(failures, a_long_pause_is_kept, 0, ORDERS);
    tcase_add_loop_test(failures, a_skipped_record_is_named_with_the_reason, 0, ORDERS);
    tcase_add_checked_fixture(calling, set_up, tear_down);
    tcase_add_loop_test(calling, a_reason_is_cut_and_may_be_missing, 0, ORDERS);
    tcase_add_loop_test(calling, a_batch_may_be_refused_as_a_whole, 0, ORDERS);
    tcase_add_loop_test(calling, a_batch_that_would_be_completed_later_counts_as_any_other, 0,
                        ORDERS);
    return runner_run_two("engine_failures", failures, calling);
}
