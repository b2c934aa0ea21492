#include "test/support/deadline.h"
#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <string.h>
#include <weir/snapshot.h>

/* weir.failure.policy=dead-letter: is a record finished when its letter is acknowledged, and not
 * before? */

enum { RECORDS = 200, KEYS = 5, FAILING = 37, BOTH = 2, WAIT_MS = 30000 };

#define LETTERS "orders.dead-letter"

static struct sim_run run;
static const char *const orders[] = {"partition", "key", "none"};
static const enum verify_order judged[] = {VERIFY_ORDER_PARTITION, VERIFY_ORDER_KEY,
                                           VERIFY_ORDER_NONE};

enum { ORDERS = 3 };

static enum sim_outcome reject_failing(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset == FAILING ? SIM_REJECT : SIM_DONE;
}

static void set_up(void)
{
    sim_run_set_up(&run, BOTH, 0);
    sim_append("orders:0-1", (struct sim_batch){.records = RECORDS, .keys = KEYS});
    sim_run_set(&run, "weir.failure.policy", "dead-letter");
    run.decide = reject_failing;
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

/* All but the letters is done, and these are under way. */
static void begin_waiting(int order)
{
    sim_hold(SIM_LETTER_ACK);
    begin(order);
    WAIT_UNTIL(sim_letters_under_way() == BOTH, WAIT_MS);
    sim_run_await_completed("orders:0-1", (uint64_t)BOTH * (RECORDS - 1));
    WAIT_UNTIL(sim_stored("orders", 0) == FAILING && sim_stored("orders", 1) == FAILING, WAIT_MS);
}

static void end_clean(int order)
{
    sim_await_stored("orders:0-1");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = judged[order]}, NULL);
}

static void expect_nothing_above(void)
{
    ck_assert_int_le(sim_stored("orders", 0), FAILING);
    ck_assert_int_le(sim_stored("orders", 1), FAILING);
}

/* In a new life everything is done. */
static void finish_in_another_life(unsigned member)
{
    run.decide = NULL;
    sim_run_start(&run);
    sim_await_members(member + 1);
    sim_assign(member, "orders:0-1");
    sim_await_stored("orders:0-1");
}

START_TEST(what_fails_for_good_becomes_a_letter)
{
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_DEAD_LETTER, BOTH);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_LETTERS), BOTH);
    ck_assert(sim_run_logged(&run, "orders/1 offset 37: dead_letter after 1 failed attempt: the "
                                   "test rejects it"));
    end_clean(_i);
    ck_assert_uint_eq(sim_letters(LETTERS, "orders", 0, FAILING), 1);
    ck_assert_uint_eq(sim_letters(LETTERS, "orders", 1, -1), 1);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_FAIL), BOTH);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_SKIP), 0);
}
END_TEST

START_TEST(letters_go_to_the_topic_that_is_named)
{
    sim_run_set(&run, "weir.dead.letter.topic", "graves.of.{topic}.all");
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_DEAD_LETTER, BOTH);
    end_clean(_i);
    ck_assert_uint_eq(sim_letters("graves.of.orders.all", "orders", 0, FAILING), 1);
}
END_TEST

START_TEST(a_letter_holds_the_commit_until_it_is_acknowledged)
{
    begin_waiting(_i);
    struct weir_snapshot *snapshot =
        picture_await(run.consumer, "orders/0 running 200 37 37 200 lag 163 1 0\n"
                                    "orders/1 running 200 37 37 200 lag 163 1 0\n");
    ck_assert_uint_eq(snapshot->letters, BOTH);
    ck_assert_uint_eq(snapshot->in_flight, BOTH);
    ck_assert_uint_eq(weir_snapshot_at(snapshot, 0)->letters, 1);
    weir_snapshot_destroy(snapshot);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_DEAD_LETTER), 0);
    sim_let_go(SIM_LETTER_ACK);
    end_clean(_i);
}
END_TEST

START_TEST(a_letter_that_is_refused_stops_the_consumer)
{
    sim_fail(SIM_LETTER_ACK, WEIR_ERR_NOT_FOUND, UINT32_MAX);
    begin(_i);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_RECORD,
                         "its dead letter cannot be written: the simulated topic "
                         "'orders.dead-letter' refuses it; weir.dead.letter.failure=stop");
    expect_nothing_above();
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = judged[_i], .unfinished = true}, NULL);
    sim_fail(SIM_LETTER_ACK, WEIR_OK, 0);
    finish_in_another_life(1);
}
END_TEST

START_TEST(a_letter_that_is_refused_may_be_held)
{
    sim_fail(SIM_LETTER, WEIR_ERR_INVALID, UINT32_MAX);
    sim_run_set(&run, "weir.dead.letter.failure", "hold");
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_HOLD, BOTH);
    sim_run_await_completed("orders:0-1", (uint64_t)BOTH * (RECORDS - 1));
    WAIT_UNTIL(sim_stored("orders", 0) == FAILING && sim_stored("orders", 1) == FAILING, WAIT_MS);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_LETTERS_FAILED), BOTH);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    expect_nothing_above();
    sim_fail(SIM_LETTER, WEIR_OK, 0);
    finish_in_another_life(1);
}
END_TEST

enum { NO_ROOM = 4, CALLS_MAX = 64 };

START_TEST(a_letter_waits_for_room)
{
    sim_fail(SIM_LETTER, WEIR_ERR_FULL, NO_ROOM);
    begin(_i);
    sim_run_await_event(&run, WEIR_EVENT_DEAD_LETTER, BOTH);
    ck_assert_uint_eq(sim_calls(SIM_LETTER), NO_ROOM + BOTH);
    end_clean(_i);
    ck_assert_uint_eq(sim_letters(LETTERS, "orders", 0, -1), 1);
}
END_TEST

START_TEST(without_room_nobody_asks_all_the_time)
{
    sim_fail(SIM_LETTER, WEIR_ERR_FULL, UINT32_MAX);
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)BOTH * (RECORDS - 1));
    sim_await_polls(0, 3);
    ck_assert_uint_lt(sim_calls(SIM_LETTER), CALLS_MAX);
    weir_consumer_close(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    sim_run_destroy(&run);
    expect_nothing_above();
}
END_TEST

/* As of whoever may not write with idempotence: nothing is held for that. */
START_TEST(an_error_that_is_fatal_to_letters_stops_the_consumer_in_any_case)
{
    sim_fail(_i == 0 ? SIM_LETTER : SIM_LETTER_ACK, WEIR_ERR_FATAL, UINT32_MAX);
    sim_run_set(&run, "weir.dead.letter.failure", "hold");
    begin(0);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_RECORD, "refuse");
    sim_run_expect_error(&run, WEIR_ERR_RECORD, "; nor can any other one. It is not committed");
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_HOLD), 0);
    sim_run_destroy(&run);
    expect_nothing_above();
    sim_fail(_i == 0 ? SIM_LETTER : SIM_LETTER_ACK, WEIR_OK, 0);
    finish_in_another_life(1);
}
END_TEST

START_TEST(a_drain_waits_for_letters)
{
    begin_waiting(_i);
    weir_consumer_drain(run.consumer);
    WAIT_UNTIL(weir_consumer_state(run.consumer) == WEIR_STATE_DRAINING, WAIT_MS);
    sim_let_go(SIM_LETTER_ACK);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    ck_assert_int_eq(sim_stored("orders", 0), RECORDS);
    sim_run_judge(&run, (struct verify_options){.order = judged[_i]}, NULL);
}
END_TEST

START_TEST(a_drain_waits_no_longer_than_it_may)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "50");
    begin_waiting(_i);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    ck_assert(sim_run_logged(&run, "orders/0: a dead letter did not end within"));
    sim_run_destroy(&run);
    expect_nothing_above();
    ck_assert_uint_eq(sim_letters_under_way(), 0);
    sim_let_go(SIM_LETTER_ACK);
    finish_in_another_life(1);
}
END_TEST

/* The fetcher has them back before their slots are closed: what was given up must not look done to
 * the commit that is still under way. */
START_TEST(a_letter_that_is_given_up_is_not_taken_for_acknowledged)
{
    sim_fail(SIM_LETTER, WEIR_ERR_FULL, UINT32_MAX);
    sim_hold(SIM_STORE_COMMIT);
    sim_run_set(&run, "weir.drain.timeout.ms", "50");
    begin(_i);
    sim_run_await_completed("orders:0-1", (uint64_t)BOTH * (RECORDS - 1));
    weir_consumer_drain(run.consumer);
    WAIT_UNTIL(sim_messages_out() == 0, WAIT_MS);
    sim_let_go(SIM_STORE_COMMIT);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    sim_run_destroy(&run);
    expect_nothing_above();
    sim_fail(SIM_LETTER, WEIR_OK, 0);
    finish_in_another_life(1);
}
END_TEST

START_TEST(a_consumer_that_is_abandoned_leaves_no_letter_behind)
{
    begin_waiting(_i);
    weir_consumer_abandon(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    sim_run_destroy(&run);
    expect_nothing_above();
    ck_assert_uint_eq(sim_letters_under_way(), 0);
    sim_let_go(SIM_LETTER_ACK);
    finish_in_another_life(1);
}
END_TEST

/* The records come again, and their letters are acknowledged along with the late ones. */
START_TEST(an_acknowledgement_after_the_partition_was_lost_counts_for_nothing)
{
    begin_waiting(_i);
    sim_lose(0, "orders:0-1");
    sim_run_await_event(&run, WEIR_EVENT_LOST, 1);
    sim_assign(0, "orders:0-1");
    WAIT_UNTIL(sim_letters_under_way() == (uint64_t)2 * BOTH, WAIT_MS);
    expect_nothing_above();
    sim_let_go(SIM_LETTER_ACK);
    sim_await_stored("orders:0-1");
    ck_assert_uint_eq(sim_letters(LETTERS, "orders", 0, FAILING), 2);
    ck_assert_uint_ge(weir_consumer_counter(run.consumer, WEIR_COUNTER_STALE), BOTH);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_LETTERS), BOTH);
}
END_TEST

/* Whoever has the partition then sends one of its own. */
START_TEST(a_letter_that_waits_for_room_when_its_partition_is_lost_is_not_sent)
{
    sim_fail(SIM_LETTER, WEIR_ERR_FULL, UINT32_MAX);
    begin(_i);
    WAIT_UNTIL(sim_calls(SIM_LETTER) > 0, WAIT_MS);
    sim_run_await_completed("orders:0-1", (uint64_t)BOTH * (RECORDS - 1));
    sim_lose(0, "orders:0-1");
    sim_run_await_event(&run, WEIR_EVENT_LOST, 1);
    sim_fail(SIM_LETTER, WEIR_OK, 0);
    sim_assign(0, "orders:0-1");
    sim_await_stored("orders:0-1");
    ck_assert_uint_eq(sim_letters(LETTERS, "orders", 0, -1), 1);
    ck_assert_uint_eq(sim_letters(LETTERS, "orders", 1, FAILING), 1);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_LETTERS), BOTH);
}
END_TEST

START_TEST(letters_that_cannot_be_opened_are_no_start)
{
    sim_fail(SIM_LETTERS_OPEN, WEIR_ERR_CONFIG, 1);
    sim_run_start(&run);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_CONFIG, "opening of dead letters fails");
}
END_TEST

START_TEST(a_run_to_the_end_waits_for_its_letters)
{
    run.until_end = true;
    begin(_i);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_int_eq(sim_stored("orders", 0), RECORDS);
    ck_assert_uint_eq(sim_letters(LETTERS, "orders", 0, FAILING), 1);
}
END_TEST

START_TEST(a_letter_counts_for_the_limit_of_records)
{
    run.record_limit = (uint64_t)BOTH * RECORDS;
    begin(_i);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_int_eq(sim_stored("orders", 1), RECORDS);
}
END_TEST

int main(void)
{
    TCase *letters = tcase_create("letters");
    TCase *ends = tcase_create("ends");

    tcase_add_checked_fixture(letters, set_up, tear_down);
    tcase_add_loop_test(letters, what_fails_for_good_becomes_a_letter, 0, ORDERS);
    tcase_add_loop_test(letters, letters_go_to_the_topic_that_is_named, 0, 1);
    tcase_add_loop_test(letters, a_letter_holds_the_commit_until_it_is_acknowledged, 0, ORDERS);
    tcase_add_loop_test(letters, a_letter_that_is_refused_stops_the_consumer, 0, ORDERS);
    tcase_add_loop_test(letters, a_letter_that_is_refused_may_be_held, 0, ORDERS);
    tcase_add_loop_test(letters, a_letter_waits_for_room, 0, ORDERS);
    tcase_add_loop_test(letters, without_room_nobody_asks_all_the_time, 0, 1);
    tcase_add_loop_test(letters, an_error_that_is_fatal_to_letters_stops_the_consumer_in_any_case,
                        0, BOTH);
    tcase_add_checked_fixture(ends, set_up, tear_down);
    tcase_add_loop_test(ends, a_drain_waits_for_letters, 0, ORDERS);
    tcase_add_loop_test(ends, a_drain_waits_no_longer_than_it_may, 0, ORDERS);
    tcase_add_loop_test(ends, a_letter_that_is_given_up_is_not_taken_for_acknowledged, 0, ORDERS);
    tcase_add_loop_test(ends, a_consumer_that_is_abandoned_leaves_no_letter_behind, 0, ORDERS);
    tcase_add_loop_test(ends, an_acknowledgement_after_the_partition_was_lost_counts_for_nothing, 0,
                        ORDERS);
    tcase_add_loop_test(ends, a_letter_that_waits_for_room_when_its_partition_is_lost_is_not_sent,
                        0, 1);
    tcase_add_loop_test(ends, letters_that_cannot_be_opened_are_no_start, 0, 1);
    tcase_add_loop_test(ends, a_run_to_the_end_waits_for_its_letters, 0, ORDERS);
    tcase_add_loop_test(ends, a_letter_counts_for_the_limit_of_records, 0, ORDERS);
    return runner_run_two("engine_letters", letters, ends);
}
