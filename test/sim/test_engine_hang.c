#include "test/support/deadline.h"
#include "test/support/gate.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"

/* Does the end of a consumer come when a library or a handler takes long to come to its own, or
 * never does? */

enum { RECORDS = 100, WAIT_MS = 30000, LONG_NS = 1500000000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void consume(void)
{
    sim_run_begin(&run, "orders:0-3");
    sim_await_stored("orders:0-3"); /* then no handler runs */
}

/* Where nothing of ours can be freed it stays: the test keeps hold of it until the library is let
 * go, and so does the memory checker. */
START_TEST(a_library_that_never_ends_is_left_behind)
{
    static struct weir_consumer *left_behind;

    consume();
    sim_hold(SIM_DESTROY);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    left_behind = run.consumer;
    run.consumer = NULL;
    ck_assert_int_eq(weir_consumer_destroy(left_behind), WEIR_ERR_TIMEOUT);
    ck_assert(sim_run_logged(&run, "the client library did not end"));
    ck_assert_uint_eq(sim_run_closes(&run), 1);
    sim_let_go(SIM_DESTROY);
    WAIT_UNTIL(sim_is_destroyed(0), WAIT_MS);
}
END_TEST

/* The same for a library that says at once that it lives on. */
START_TEST(a_connection_that_cannot_be_ended_is_left_behind)
{
    static struct weir_consumer *left_behind;

    consume();
    sim_fail(SIM_DESTROY, WEIR_ERR_TIMEOUT, 1);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    left_behind = run.consumer;
    run.consumer = NULL;
    ck_assert_int_eq(weir_consumer_destroy(left_behind), WEIR_ERR_TIMEOUT);
    ck_assert(sim_run_logged(&run, "cannot end its connection"));
    ck_assert_uint_eq(sim_run_closes(&run), 1);
    ck_assert(sim_is_destroyed(0));
}
END_TEST

/* Slots of workers. */

static struct gate openings;
static struct gate may_go; /* opened once the end is near; what waits takes a while longer */
static _Atomic(int64_t) go_at;
static int (*open_as_ever)(void *state, void **worker);

static bool is_past(int64_t at_ns)
{
    return deadline_now_ns() > at_ns;
}

static void wait_for_long(void)
{
    gate_hold(&may_go, 1);
    int64_t at_ns = go_at;
    WAIT_UNTIL(is_past(at_ns), WAIT_MS);
}

static int open_first_only(void *state, void **worker)
{
    if (gate_add(&openings, 1) > 1) {
        wait_for_long();
    }
    return open_as_ever(state, worker);
}

static void close_late(void *state, void *worker)
{
    (void)state;
    (void)worker;
    wait_for_long();
}

static void let_open_late(struct weir_handler *handler)
{
    open_as_ever = handler->worker_open;
    handler->worker_open = open_first_only;
}

static void let_close_late(struct weir_handler *handler)
{
    handler->worker_close = close_late;
}

static void set_up_slots(void)
{
    set_up();
    gate_init(&openings);
    gate_init(&may_go);
}

static void tear_down_slots(void)
{
    tear_down();
    gate_fini(&openings);
    gate_fini(&may_go);
}

/* The first worker is held until another is being opened for what waits, then does it all. */
static void consume_while_another_opens(void)
{
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_begin(&run, "orders:0-3");
    gate_await(&openings, 2);
    sim_run_let_go(&run);
    sim_await_stored("orders:0-3");
}

static void drain(void)
{
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}

static const struct {
    void (*adjust)(struct weir_handler *handler);
    void (*arrive)(void);
    const char *sentence;
} slots[] = {{let_open_late, consume_while_another_opens, "worker_open did not return"},
             {let_close_late, consume, "worker_close did not return"}};

enum { SLOTS = sizeof slots / sizeof slots[0] };

START_TEST(a_worker_may_take_long_to_open_and_to_close)
{
    run.adjust = slots[_i].adjust;
    slots[_i].arrive();
    drain();
    go_at = deadline_now_ns() + LONG_NS;
    (void)gate_add(&may_go, 1);
    struct weir_consumer *consumer = run.consumer;
    run.consumer = NULL;
    ck_assert_int_eq(weir_consumer_destroy(consumer), WEIR_OK);
    ck_assert(is_past(go_at));
    ck_assert_uint_eq(sim_run_closes(&run), 1);
    ck_assert(!sim_run_logged(&run, "left behind"));
}
END_TEST

/* What was left behind for the time being is destroyed in the end, since nothing keeps it. */
START_TEST(a_slot_that_does_not_return_is_named)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "5000"); /* slots are given no less anyway */
    run.adjust = slots[_i].adjust;
    slots[_i].arrive();
    drain();
    ck_assert_int_eq(weir_consumer_destroy(run.consumer), WEIR_ERR_TIMEOUT);
    ck_assert(sim_run_logged(&run, slots[_i].sentence));
    ck_assert_uint_eq(sim_run_closes(&run), 0);
    (void)gate_add(&may_go, 1);
    sim_run_destroy(&run);
    ck_assert_uint_eq(sim_run_closes(&run), 1);
}
END_TEST

START_TEST(a_handler_that_does_not_return_is_not_taken_for_another_slot)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "100");
    sim_run_hold(&run, "orders:0-3", 50);
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_all_held(&run);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    ck_assert_int_eq(weir_consumer_destroy(run.consumer), WEIR_ERR_TIMEOUT);
    ck_assert(sim_run_logged(&run, "a handler never returned"));
    sim_run_let_go(&run);
    sim_run_destroy(&run);
    ck_assert_uint_eq(sim_run_closes(&run), 1);
}
END_TEST

int main(void)
{
    TCase *library = tcase_create("library");
    TCase *handler = tcase_create("handler");

    tcase_add_checked_fixture(library, set_up, tear_down);
    tcase_add_test(library, a_library_that_never_ends_is_left_behind);
    tcase_add_test(library, a_connection_that_cannot_be_ended_is_left_behind);
    tcase_add_checked_fixture(handler, set_up_slots, tear_down_slots);
    tcase_add_loop_test(handler, a_worker_may_take_long_to_open_and_to_close, 0, SLOTS);
    tcase_add_loop_test(handler, a_slot_that_does_not_return_is_named, 0, SLOTS);
    tcase_add_test(handler, a_handler_that_does_not_return_is_not_taken_for_another_slot);
    return runner_run_two("engine_hang", library, handler);
}
