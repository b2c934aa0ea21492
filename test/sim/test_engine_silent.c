#include "test/support/runner.h"
#include "test/support/sim_run.h"

/* A partition that nobody can say the start of keeps no other waiting. */

enum { RECORDS = 40, PROTOCOLS = 2, SILENT_WAYS = 2 * PROTOCOLS };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

/* All but orders:2, of a group of either protocol. */
static void consume_but_one(int incremental)
{
    sim_incremental(incremental == 1);
    sim_mute("orders:2", WEIR_ERR_UNAVAILABLE);
    sim_run_begin(&run, "orders:0-3");
    sim_await_answered(0);
    sim_run_await_completed("orders:0-1,3", (uint64_t)3 * RECORDS);
    sim_await_stored("orders:0-1,3");
    ck_assert_uint_eq(sim_attempts("orders:2"), 0);
    ck_assert_uint_eq(sim_openings("orders", 2), 0);
}

static void expect_good_end(void)
{
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}

START_TEST(a_partition_without_an_answer_keeps_no_other_waiting)
{
    consume_but_one(_i);
    ck_assert(sim_run_logged(&run, "1 of them wait, nobody says where to start"));
    sim_mute("orders:2", WEIR_OK);
    sim_run_await_completed("orders:2", RECORDS);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_RESET), 0);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)4 * RECORDS);
    expect_good_end();
}
END_TEST

START_TEST(a_partition_without_an_answer_is_simply_handed_back)
{
    consume_but_one(_i % PROTOCOLS);
    if (_i < PROTOCOLS) {
        sim_revoke(0, "orders:0-3");
    } else {
        sim_lose(0, "orders:0-3");
    }
    sim_await_answered(0);
    ck_assert_int_eq(sim_stored("orders", 2), WEIR_OFFSET_NONE);
    sim_mute("orders:2", WEIR_OK);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:2", RECORDS);
    sim_await_stored("orders:0-3");
    expect_good_end();
}
END_TEST

START_TEST(a_stop_waits_for_no_answer)
{
    consume_but_one(_i);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_int_eq(sim_stored("orders", 2), WEIR_OFFSET_NONE);
}
END_TEST

/* The question is under way when it is handed back and comes again. */
START_TEST(an_answer_for_what_was_handed_back_is_stale)
{
    consume_but_one(_i);
    sim_hold(SIM_LOOK_UP);
    sim_await_held(SIM_LOOK_UP, 1);
    sim_revoke(0, "orders:0-3");
    sim_await_answered(0);
    sim_mute("orders:2", WEIR_OK);
    sim_assign(0, "orders:0-3");
    sim_let_go(SIM_LOOK_UP);
    sim_run_await_completed("orders:2", RECORDS);
    sim_await_stored("orders:0-3");
    expect_good_end();
}
END_TEST

/* The next assignment brings more, and takes the place of all with the older protocol. */
START_TEST(the_group_goes_on_without_an_answer)
{
    consume_but_one(_i);
    sim_topic("more", 1);
    sim_append("more:0", (struct sim_batch){.records = RECORDS});
    if (_i == 0) {
        sim_revoke(0, "orders:0-3");
        sim_assign(0, "orders:0-3 more:0");
    } else {
        sim_assign(0, "more:0");
    }
    sim_run_await_completed("more:0", RECORDS);
    sim_mute("orders:2", WEIR_OK);
    sim_run_await_completed("orders:2", RECORDS);
    sim_await_stored("orders:0-3 more:0");
    expect_good_end();
}
END_TEST

START_TEST(until_end_waits_for_the_answer)
{
    run.until_end = true;
    sim_store("orders:2", _i < PROTOCOLS ? WEIR_OFFSET_NONE : 10); /* its end is not known either */
    consume_but_one(_i % PROTOCOLS);
    sim_await_polls(0, 3);
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_RUNNING);
    sim_mute("orders:2", WEIR_OK);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_int_eq(sim_stored("orders", 2), RECORDS);
}
END_TEST

/* A time that was not looked up is not one without a record: it would begin at the end. */
START_TEST(what_is_not_answered_has_no_other_start)
{
    sim_run_set(&run, "weir.start", "timestamp");
    sim_run_set(&run, "weir.start.timestamp", "251"); /* offset 26 of the sim's clock */
    sim_mute("orders:2", WEIR_ERR_TIMEOUT);
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_completed("orders:0-1,3", (uint64_t)3 * (RECORDS - 26));
    sim_mute("orders:2", WEIR_OK);
    sim_run_await_completed("orders:2", RECORDS - 26);
    ck_assert_uint_eq(sim_attempts("orders:2"), RECORDS - 26);
}
END_TEST

START_TEST(a_partition_that_may_not_be_asked_for_ends_it)
{
    sim_mute("orders:1", WEIR_ERR_UNAVAILABLE);
    sim_mute("orders:2", _i == 0 ? WEIR_ERR_DENIED : WEIR_ERR_UNAVAILABLE);
    sim_run_begin(&run, "orders:0-3");
    if (_i == 1) {
        sim_run_await_completed("orders:0", RECORDS);
        sim_mute("orders:2", WEIR_ERR_DENIED);
    }
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_DENIED, "look_up");
}
END_TEST

START_TEST(without_a_group_a_silent_partition_keeps_no_other_waiting)
{
    sim_run_fini(&run);
    sim_run_init_alone(&run, "run", "orders:0-3");
    sim_mute("orders:0-2", WEIR_ERR_UNAVAILABLE);
    sim_run_start(&run);
    sim_run_await_completed("orders:3", RECORDS);
    sim_mute("orders:0-2", WEIR_OK);
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}
END_TEST

int main(void)
{
    TCase *silent = tcase_create("silent");

    tcase_add_checked_fixture(silent, set_up, tear_down);
    tcase_add_loop_test(silent, a_partition_without_an_answer_keeps_no_other_waiting, 0, PROTOCOLS);
    tcase_add_loop_test(silent, a_partition_without_an_answer_is_simply_handed_back, 0,
                        SILENT_WAYS);
    tcase_add_loop_test(silent, a_stop_waits_for_no_answer, 0, PROTOCOLS);
    tcase_add_loop_test(silent, an_answer_for_what_was_handed_back_is_stale, 0, PROTOCOLS);
    tcase_add_loop_test(silent, the_group_goes_on_without_an_answer, 0, PROTOCOLS);
    tcase_add_loop_test(silent, until_end_waits_for_the_answer, 0, SILENT_WAYS);
    tcase_add_test(silent, what_is_not_answered_has_no_other_start);
    tcase_add_loop_test(silent, a_partition_that_may_not_be_asked_for_ends_it, 0, 2);
    tcase_add_test(silent, without_a_group_a_silent_partition_keeps_no_other_waiting);
    return runner_run("engine_silent", silent);
}
