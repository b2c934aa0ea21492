#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"

/* Does the end of a consumer come when a library does not come to its own? */

enum { RECORDS = 100, WAIT_MS = 30000 };

static struct sim_run run;

static void set_up(void)
{
    sim_open();
    sim_topic("orders", 4);
    sim_run_init(&run, "run");
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS, .keys = 5});
}

static void tear_down(void)
{
    sim_run_fini(&run);
    sim_close();
}

static void consume(void)
{
    sim_run_start(&run);
    sim_await_members(1);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
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

int main(void)
{
    TCase *tcase = tcase_create("engine_hang");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_library_that_never_ends_is_left_behind);
    tcase_add_test(tcase, a_connection_that_cannot_be_ended_is_left_behind);
    return runner_run("engine_hang", tcase);
}
