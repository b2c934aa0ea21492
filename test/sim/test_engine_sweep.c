#include "framework/base/memory.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdbool.h>

/* Every allocation and every call of the library that may fail does, one after the other. Whatever
 * it is: no crash, no hang, no leak (under ASan), no commit above what is done, and in the end
 * either all is handled and committed, or the consumer says why it ended. */

enum { RECORDS = 50, ALL = 4 * RECORDS, WAIT_MS = 30000, SHARES = 8 };
enum { SWEEP_SECONDS = 180 }; /* it waits for some twenty */

static struct sim_run run;
static bool started;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
    sim_run_set(&run, "weir.inflight", "32");
    sim_run_set(&run, "weir.buffer.records", "32");
    sim_run_set(&run, "weir.fetchers", "2");
    sim_run_set(&run, "weir.workers", "3");
    started = false;
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    sim_run_tear_down(&run);
}

static bool has_ended(void)
{
    enum weir_state state = weir_consumer_state(run.consumer);

    return state != WEIR_STATE_CREATED && state != WEIR_STATE_RUNNING &&
           state != WEIR_STATE_DRAINING;
}

static bool has_joined(void)
{
    return sim_calls(SIM_SUBSCRIBE) > 0;
}

static bool has_all(void)
{
    return sim_completed("orders:0-3") == ALL;
}

static bool has_answered(void)
{
    return sim_is_answered(0);
}

/* False: it ended instead. */
static bool reached(bool (*condition)(void), const char *what, uint64_t nth)
{
    struct deadline deadline = deadline_in_ms(WAIT_MS);

    while (!condition()) {
        if (has_ended()) {
            return false;
        }
        if (deadline_passed(deadline)) {
            fail_test("%llu (%s): hangs: %s; %llu of %d records", (unsigned long long)nth,
                      sim_op_name(sim_failed_op()), what,
                      (unsigned long long)sim_completed("orders:0-3"), (int)ALL);
        }
        deadline_turn();
    }
    return true;
}

/* The life of a consumer that joins, consumes, hands back, takes over again, drains. */
static void live(uint64_t nth)
{
    struct weir_error error = {0};

    if (sim_run_try_create(&run, &error) != WEIR_OK) {
        ck_assert_str_ne(error.text, "");
        return;
    }
    if (weir_consumer_start(run.consumer, &error) != WEIR_OK) {
        ck_assert_str_ne(error.text, "");
        return;
    }
    started = true;
    if (!reached(has_joined, "joins", nth)) {
        return;
    }
    sim_assign(0, "orders:0-3");
    if (!reached(has_answered, "is assigned", nth)) {
        return;
    }
    sim_revoke(0, "orders:0-3");
    if (!reached(has_answered, "hands back", nth)) {
        return;
    }
    sim_assign(0, "orders:0-3");
    if (reached(has_all, "consumes", nth)) {
        weir_consumer_drain(run.consumer);
    }
}

static void judge(uint64_t nth)
{
    if (started) {
        enum weir_state state = sim_run_await_end(&run);
        sim_run_expect_end(&run, state); /* what is not clean says why */
        ck_assert(sim_empty_answers() == 0 || state == WEIR_STATE_FAILED);
        if (state == WEIR_STATE_STOPPED && (!has_all() || sim_uncommitted("orders:0-3") > 0)) {
            fail_test("%llu: stopped, but %llu records are done and %llu of them not committed",
                      (unsigned long long)nth, (unsigned long long)sim_completed("orders:0-3"),
                      (unsigned long long)sim_uncommitted("orders:0-3"));
        }
    }
    sim_run_destroy(&run);
    ck_assert_uint_eq(sim_messages_out(), 0);
}

START_TEST(any_allocation_may_fail)
{
    bool incremental = _i % 2 == 1;
    uint64_t asked = 0;

    for (uint64_t nth = (uint64_t)_i + 1; asked + SHARES >= nth || nth <= SHARES; nth += SHARES) {
        set_up();
        sim_incremental(incremental);
        sim_allow_empty_answers();
        weir_memory_fail_nth(nth);
        live(nth);
        judge(nth);
        asked = weir_memory_count();
        tear_down();
    }
    ck_assert_uint_gt(asked, 100);
}
END_TEST

START_TEST(any_call_of_the_library_may_fail)
{
    bool incremental = _i == 1;
    bool failed = true;
    uint64_t nth = 0;

    while (failed) {
        set_up();
        sim_incremental(incremental);
        sim_fail_nth(++nth);
        live(nth);
        judge(nth);
        failed = sim_failed_op() != SIM_OPS;
        tear_down();
    }
    ck_assert_uint_gt(nth, 15);
}
END_TEST

/* Without faults it does end well, so that the sweeps mean something. */
START_TEST(nothing_fails_of_itself)
{
    set_up();
    live(0);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    judge(0);
    tear_down();
}
END_TEST

int main(void)
{
    TCase *sweep = tcase_create("sweep");

    tcase_set_timeout(sweep, SWEEP_SECONDS);
    tcase_add_test(sweep, nothing_fails_of_itself);
    tcase_add_loop_test(sweep, any_allocation_may_fail, 0, SHARES);
    tcase_add_loop_test(sweep, any_call_of_the_library_may_fail, 0, 2);
    return runner_run("engine_sweep", sweep);
}
