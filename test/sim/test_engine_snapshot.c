#include "framework/base/memory.h"
#include "test/support/deadline.h"
#include "test/support/gate.h"
#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <pthread.h>
#include <stdatomic.h>

/* What a snapshot says while handlers are held, so that every figure is known. */

enum { RECORDS = 100, HELD = 50, FLIGHT = 20, BUFFER = 10, WAIT_MS = 30000, NS_PER_MS = 1000000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 2, 0);
    sim_run_set(&run, "weir.order", "partition");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_run_set(&run, "weir.inflight", "20");
    sim_run_set(&run, "weir.buffer.records", "10");
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void append(const char *list, uint32_t records)
{
    sim_append(list, (struct sim_batch){.records = records, .keys = 5});
}

static uint64_t record_bytes(const struct weir_snapshot *snapshot)
{
    return snapshot->counters[WEIR_COUNTER_FETCHED_BYTES] /
           snapshot->counters[WEIR_COUNTER_FETCHED];
}

START_TEST(a_held_handler_gives_exact_figures)
{
    append("orders:0", RECORDS);
    append("orders:1", 7);
    sim_run_hold(&run, "orders:0", HELD);
    sim_run_begin(&run, "orders:0-1");
    struct weir_snapshot *snapshot =
        picture_await(run.consumer, "orders/0 running 80 50 50 100 lag 50 20 10\n"
                                    "orders/1 running 7 7 7 7 lag 0 0 0\n");
    const struct weir_snapshot_row *row = weir_snapshot_at(snapshot, 0);
    ck_assert_uint_eq(row->size, sizeof *row);
    ck_assert_uint_eq(row->bytes, (FLIGHT + BUFFER) * record_bytes(snapshot));
    ck_assert_uint_eq(weir_snapshot_at(snapshot, 1)->bytes, 0);
    ck_assert_int_eq(weir_snapshot_at(snapshot, 1)->oldest_ms, -1);
    ck_assert_ptr_null(weir_snapshot_at(snapshot, 2));
    ck_assert_int_eq(snapshot->state, WEIR_STATE_RUNNING);
    ck_assert_uint_eq(snapshot->assigned, 2);
    ck_assert_uint_eq(snapshot->lag, HELD);
    ck_assert_uint_eq(snapshot->lag_unknown, 0);
    ck_assert_uint_eq(snapshot->in_flight, FLIGHT);
    ck_assert_uint_eq(snapshot->buffered, BUFFER);
    ck_assert_uint_eq(snapshot->bytes, row->bytes);
    ck_assert_int_eq(snapshot->oldest_ms, row->oldest_ms);
    ck_assert_uint_eq(snapshot->counter_count, WEIR_COUNTERS);
    ck_assert_uint_eq(snapshot->counters[WEIR_COUNTER_DONE], HELD + 7);
    weir_snapshot_destroy(snapshot);
    sim_run_let_go(&run);
    picture_expect(run.consumer, "orders/0 running 100 100 100 100 lag 0 0 0\n"
                                 "orders/1 running 7 7 7 7 lag 0 0 0\n");
}
END_TEST

/* A record that waits for its retry is in flight, and all that is done above it is not lag less. */
static enum sim_outcome retry_one(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset == HELD ? SIM_RETRY : SIM_DONE;
}

START_TEST(a_record_that_waits_for_its_retry_is_in_flight)
{
    sim_run_set(&run, "weir.order", "none");
    sim_run_set(&run, "weir.inflight", "60");
    sim_run_set(&run, "weir.retry.backoff.max.ms", "3600000");
    sim_run_set(&run, "weir.retry.backoff.ms", "3600000");
    run.decide = retry_one;
    append("orders:0", RECORDS);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 running 100 50 50 100 lag 50 1 0\n");
}
END_TEST

static bool is_old(int64_t age_ms)
{
    struct weir_snapshot *snapshot = picture_take(run.consumer);
    bool old = snapshot->oldest_ms >= age_ms;

    weir_snapshot_destroy(snapshot);
    return old;
}

/* Whatever comes behind it. */
START_TEST(the_oldest_in_flight_grows_old)
{
    int64_t before = deadline_now_ns();

    append("orders:0", 1);
    sim_run_hold(&run, "orders:0", 0);
    sim_run_begin(&run, "orders:0");
    struct weir_snapshot *first =
        picture_await(run.consumer, "orders/0 running 1 0 - 1 lag 1 1 0\n");
    ck_assert_int_ge(first->oldest_ms, 0);
    WAIT_UNTIL(is_old(first->oldest_ms + 20), WAIT_MS);
    append("orders:0", 1);
    struct weir_snapshot *second =
        picture_await(run.consumer, "orders/0 running 2 0 - 2 lag 2 2 0\n");
    ck_assert_int_le(second->oldest_ms, (second->time_ns - before) / NS_PER_MS);
    int64_t apart = (second->time_ns / NS_PER_MS - second->oldest_ms) -
                    (first->time_ns / NS_PER_MS - first->oldest_ms);
    ck_assert_int_le(apart < 0 ? -apart : apart, 1); /* both speak of the same record */
    weir_snapshot_destroy(first);
    weir_snapshot_destroy(second);
}
END_TEST

/* Up to the start of the first batch, however long that one takes. */
START_TEST(a_partition_tells_where_it_began_and_how_long_that_took)
{
    int64_t before = deadline_now_ns();

    append("orders:0", RECORDS);
    sim_store("orders:0", 7);
    sim_run_hold(&run, "orders:0", 0);
    sim_run_begin(&run, "orders:0-1");
    sim_run_await_held(&run, 1);
    int64_t begun = deadline_now_ns();
    struct weir_snapshot *snapshot =
        picture_await(run.consumer, "orders/0 running 37 7 7 100 lag 93 20 10\n"
                                    "orders/1 running 0 0 - 0 lag 0 0 0\n");
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->began, 7);
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->take_over_ns, -1);
    ck_assert_int_eq(weir_snapshot_at(snapshot, 1)->began, 0);
    ck_assert_int_ge(weir_snapshot_at(snapshot, 1)->take_over_ns, 0); /* there is nothing */
    ck_assert_ptr_null(snapshot->color);
    weir_snapshot_destroy(snapshot);
    WAIT_UNTIL(deadline_now_ns() - begun > begun - before, WAIT_MS);
    sim_run_let_go(&run);
    snapshot = picture_await(run.consumer, "orders/0 running 100 100 100 100 lag 0 0 0\n"
                                           "orders/1 running 0 0 - 0 lag 0 0 0\n");
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->began, 7);
    ck_assert_int_ge(weir_snapshot_at(snapshot, 0)->take_over_ns, 0);
    ck_assert_int_le(weir_snapshot_at(snapshot, 0)->take_over_ns, begun - before);
    weir_snapshot_destroy(snapshot);
}
END_TEST

/* That everything is there is no batch. */
START_TEST(a_partition_is_not_taken_over_while_its_first_batch_waits)
{
    append("orders:0", 5);
    sim_run_hold(&run, "orders:0", 0);
    sim_run_begin(&run, "orders:0");
    struct weir_snapshot *snapshot =
        picture_await(run.consumer, "orders/0 running 5 0 - 5 lag 5 5 0\n");
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->take_over_ns, -1);
    weir_snapshot_destroy(snapshot);
}
END_TEST

/* No figure is made up. */

START_TEST(an_end_is_not_known_before_something_was_fetched)
{
    sim_arrive_by(0);
    append("orders:0", RECORDS);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 running 0 0 - - lag - 0 0\n");
    struct weir_snapshot *snapshot = picture_take(run.consumer);
    ck_assert_uint_eq(snapshot->lag, 0);
    ck_assert_uint_eq(snapshot->lag_unknown, 1);
    weir_snapshot_destroy(snapshot);
    sim_arrive_by(RECORDS);
    append("orders:0", 1);
    picture_expect(run.consumer, "orders/0 running 101 101 101 101 lag 0 0 0\n");
}
END_TEST

START_TEST(an_end_that_nobody_told_or_that_is_too_old_is_not_known)
{
    static const int64_t ends[] = {-1, RECORDS - 1};

    sim_tell_end("orders:0", ends[_i]);
    append("orders:0", RECORDS);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 running 100 100 100 - lag - 0 0\n");
}
END_TEST

START_TEST(holes_at_the_end_are_no_lag)
{
    append("orders:0", RECORDS);
    sim_append_holes("orders:0", 3);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 running 103 103 103 103 lag 0 0 0\n");
}
END_TEST

START_TEST(what_nobody_can_place_waits)
{
    sim_mute("orders:1", WEIR_ERR_UNAVAILABLE);
    append("orders:0-1", 7);
    sim_run_begin(&run, "orders:0-1");
    picture_expect(run.consumer, "orders/0 running 7 7 7 7 lag 0 0 0\n"
                                 "orders/1 waiting - - - - lag - 0 0\n");
}
END_TEST

START_TEST(what_starts_anew_waits)
{
    append("orders:0", RECORDS);
    sim_store("orders:0", 7);
    sim_trim("orders:0", 20);
    sim_hold(SIM_LOOK_UP);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 waiting - 7 7 - lag - 0 0\n");
    sim_let_go(SIM_LOOK_UP);
    picture_expect(run.consumer, "orders/0 running 100 100 100 100 lag 0 0 0\n");
}
END_TEST

/* The store was not told of the new start: nothing was done from there yet. */
START_TEST(what_started_anew_has_what_the_store_held)
{
    append("orders:0", RECORDS);
    sim_store("orders:0", 7);
    sim_trim("orders:0", HELD);
    sim_run_hold(&run, "orders:0", HELD);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 running 80 50 7 100 lag 50 20 10\n");
    sim_run_let_go(&run);
    picture_expect(run.consumer, "orders/0 running 100 100 100 100 lag 0 0 0\n");
}
END_TEST

/* Coming and going. */

START_TEST(before_the_start_nothing_is_ours)
{
    sim_run_create(&run);
    struct weir_snapshot *snapshot = picture_take(run.consumer);
    ck_assert_int_eq(snapshot->state, WEIR_STATE_CREATED);
    ck_assert_uint_eq(snapshot->row_count, 0);
    ck_assert_int_eq(snapshot->oldest_ms, -1);
    ck_assert_uint_eq(snapshot->counters[WEIR_COUNTER_FETCHED], 0);
    weir_snapshot_destroy(snapshot);
}
END_TEST

START_TEST(what_is_handed_back_drains_and_goes)
{
    sim_incremental(true);
    append("orders:0-1", RECORDS);
    sim_run_hold(&run, "orders:0", HELD);
    sim_run_begin(&run, "orders:0-1");
    picture_expect(run.consumer, "orders/0 running 80 50 50 100 lag 50 20 10\n"
                                 "orders/1 running 100 100 100 100 lag 0 0 0\n");
    sim_revoke(0, "orders:0");
    picture_expect(run.consumer, "orders/0 draining 80 50 50 100 lag 50 20 10\n"
                                 "orders/1 running 100 100 100 100 lag 0 0 0\n");
    sim_run_let_go(&run);
    picture_expect(run.consumer, "orders/1 running 100 100 100 100 lag 0 0 0\n");
}
END_TEST

START_TEST(what_was_lost_closes_until_its_handlers_are_back)
{
    append("orders:0", RECORDS);
    sim_run_hold(&run, "orders:0", HELD);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 running 80 50 50 100 lag 50 20 10\n");
    sim_lose(0, "orders:0");
    struct weir_snapshot *snapshot =
        picture_await(run.consumer, "orders/0 closing 80 50 50 - lag - 20 10\n");
    ck_assert_uint_eq(snapshot->assigned, 0);
    ck_assert_uint_eq(snapshot->in_flight, 0);
    weir_snapshot_destroy(snapshot);
    sim_run_let_go(&run);
    picture_expect(run.consumer, "");
}
END_TEST

START_TEST(after_the_end_only_what_was_left_behind_is_there)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "1");
    append("orders:0", RECORDS);
    sim_run_hold(&run, "orders:0", HELD);
    sim_run_begin(&run, "orders:0");
    picture_expect(run.consumer, "orders/0 running 80 50 50 100 lag 50 20 10\n");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    struct weir_snapshot *snapshot =
        picture_await(run.consumer, "orders/0 closing 80 50 50 - lag - 20 10\n");
    ck_assert_int_eq(snapshot->state, WEIR_STATE_INCOMPLETE);
    ck_assert_uint_eq(snapshot->counters[WEIR_COUNTER_DONE], HELD);
    sim_run_let_go(&run);
    picture_expect(run.consumer, "");
    sim_run_destroy(&run);
    ck_assert_str_eq(weir_snapshot_at(snapshot, 0)->topic, "orders"); /* it outlives all of it */
    weir_snapshot_destroy(snapshot);
}
END_TEST

/* Asking. */

static struct gate go;
static atomic_bool blocked;

static void block_control(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->kind == WEIR_EVENT_ASSIGN) {
        atomic_store(&blocked, true);
        gate_hold(&go, 1);
    }
}

START_TEST(a_control_loop_that_is_held_up_is_not_waited_for)
{
    struct weir_snapshot *snapshot = NULL;

    gate_init(&go);
    atomic_store(&blocked, false);
    run.hear = block_control;
    sim_run_begin(&run, "orders:0");
    WAIT_UNTIL(atomic_load(&blocked), WAIT_MS);
    ck_assert_int_eq(weir_consumer_snapshot(run.consumer, 0, &snapshot), WEIR_ERR_TIMEOUT);
    ck_assert_int_eq(weir_consumer_snapshot(run.consumer, 20, &snapshot), WEIR_ERR_TIMEOUT);
    ck_assert_ptr_null(snapshot);
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_RUNNING);
    (void)gate_add(&go, 1);
    picture_expect(run.consumer, "orders/0 running 0 0 - 0 lag 0 0 0\n");
    sim_run_destroy(&run);
    gate_fini(&go);
}
END_TEST

START_TEST(a_span_before_now_is_refused)
{
    struct weir_snapshot *snapshot = NULL;

    sim_run_start(&run);
    ck_assert_int_eq(weir_consumer_snapshot(run.consumer, -1, &snapshot), WEIR_ERR_INVALID);
    ck_assert_ptr_null(snapshot);
}
END_TEST

static bool is_refused_memory(void)
{
    struct weir_snapshot *snapshot = NULL;

    weir_memory_fail_nth(1);
    enum weir_status status = weir_consumer_snapshot(run.consumer, WAIT_MS, &snapshot);
    weir_memory_fail_nth(0);
    ck_assert(status == WEIR_ERR_NOMEM || status == WEIR_OK);
    ck_assert((status == WEIR_OK) == (snapshot != NULL));
    weir_snapshot_destroy(snapshot);
    return status == WEIR_ERR_NOMEM;
}

START_TEST(without_memory_there_is_none)
{
    if (_i == 0) {
        sim_run_create(&run);
    } else {
        sim_run_begin(&run, "orders:0");
        picture_expect(run.consumer, "orders/0 running 0 0 - 0 lag 0 0 0\n");
    }
    WAIT_UNTIL(is_refused_memory(), WAIT_MS); /* not at once if somebody else asked first */
    weir_snapshot_destroy(picture_take(run.consumer));
}
END_TEST

static atomic_uint taken;

/* Whatever it shows is of one moment: nothing is finished that was not taken, and what was taken
 * and is not finished is here. */
static void *look_on(void *user)
{
    struct weir_consumer *consumer = user;

    while (weir_consumer_state(consumer) != WEIR_STATE_STOPPED) {
        struct weir_snapshot *snapshot = NULL;
        if (weir_consumer_snapshot(consumer, WAIT_MS, &snapshot) != WEIR_OK) {
            sim_blame("no snapshot");
            break;
        }
        for (size_t i = 0; i < snapshot->row_count; i++) {
            const struct weir_snapshot_row *row = weir_snapshot_at(snapshot, i);
            int64_t held = (int64_t)row->in_flight + row->buffered;
            if (row->watermark < row->committed || row->position < row->watermark ||
                (held == 0) != (row->position == row->watermark) ||
                (held == 0) != (row->bytes == 0)) {
                sim_blame("position %lld, watermark %lld, committed %lld, %lld held",
                          (long long)row->position, (long long)row->watermark,
                          (long long)row->committed, (long long)held);
            }
        }
        weir_snapshot_destroy(snapshot);
        (void)atomic_fetch_add(&taken, 1);
    }
    return NULL;
}

START_TEST(many_may_look_while_records_move)
{
    enum { LOOKERS = 4, MANY = 3000 };
    pthread_t threads[LOOKERS];

    atomic_store(&taken, 0);
    append("orders:0-1", MANY);
    sim_run_start(&run);
    for (int i = 0; i < LOOKERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, look_on, run.consumer), 0);
    }
    sim_await_members(1);
    sim_assign(0, "orders:0-1");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * MANY);
    WAIT_UNTIL(atomic_load(&taken) >= 100, WAIT_MS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    for (int i = 0; i < LOOKERS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}
END_TEST

int main(void)
{
    TCase *figures = tcase_create("figures");
    TCase *asking = tcase_create("asking");

    tcase_add_checked_fixture(figures, set_up, tear_down);
    tcase_add_test(figures, a_held_handler_gives_exact_figures);
    tcase_add_test(figures, a_record_that_waits_for_its_retry_is_in_flight);
    tcase_add_test(figures, the_oldest_in_flight_grows_old);
    tcase_add_test(figures, a_partition_tells_where_it_began_and_how_long_that_took);
    tcase_add_test(figures, a_partition_is_not_taken_over_while_its_first_batch_waits);
    tcase_add_test(figures, an_end_is_not_known_before_something_was_fetched);
    tcase_add_loop_test(figures, an_end_that_nobody_told_or_that_is_too_old_is_not_known, 0, 2);
    tcase_add_test(figures, holes_at_the_end_are_no_lag);
    tcase_add_test(figures, what_nobody_can_place_waits);
    tcase_add_test(figures, what_starts_anew_waits);
    tcase_add_test(figures, what_started_anew_has_what_the_store_held);
    tcase_add_test(figures, before_the_start_nothing_is_ours);
    tcase_add_test(figures, what_is_handed_back_drains_and_goes);
    tcase_add_test(figures, what_was_lost_closes_until_its_handlers_are_back);
    tcase_add_test(figures, after_the_end_only_what_was_left_behind_is_there);
    tcase_add_checked_fixture(asking, set_up, tear_down);
    tcase_add_test(asking, a_control_loop_that_is_held_up_is_not_waited_for);
    tcase_add_test(asking, a_span_before_now_is_refused);
    tcase_add_loop_test(asking, without_memory_there_is_none, 0, 2);
    tcase_add_test(asking, many_may_look_while_records_move);
    return runner_run_two("engine_snapshot", figures, asking);
}
