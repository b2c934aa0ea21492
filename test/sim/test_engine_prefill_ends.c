#include "framework/warming.h"
#include "test/support/deadline.h"
#include "test/support/prefill_scene.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"

/* What is fetched before it is ours: when it is not to be, or comes late, or cannot be fetched. */

enum { MORE = 10 };
static char last_owner[] = "/consumers/group-1/owners/orders/3";

static void take_from_blue(void *path)
{
    sim_zoo_remove(path);
}

/* Blue is slow with one of them, and goes on in it meanwhile. */
static void take_over_all_but_one(void)
{
    sim_zoo_write(last_owner, "b");
    prefill_begin();
    sim_store("orders:0-2", PREFILL_TAKEN_AT);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_await_stored("orders:0-2");
    ck_assert_uint_eq(sim_prefetched(0), 1);
    ck_assert_uint_eq(sim_attempts("orders:3"), 0);
}

START_TEST(one_that_comes_later_waits_and_begins_where_its_owner_ended)
{
    take_over_all_but_one();
    sim_store("orders:3", PREFILL_RECORDS - 1);
    told_zoo_do(take_from_blue, last_owner);
    sim_await_stored("orders:3");
    ck_assert_uint_eq(sim_attempts("orders:3"), 1);
    prefill_expect_openings(1);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), PREFILL_PARTITIONS);
    prefill_stop();
}
END_TEST

START_TEST(what_did_not_come_is_let_go_when_the_switch_returns)
{
    take_over_all_but_one();
    prefill_go_to(WEIR_SWITCH_RETURNING);
    WAIT_UNTIL(sim_prefetched(0) == 0 && sim_messages_out() == 0, PREFILL_WAIT_MS);
    WAIT_UNTIL(sim_assigned(0) == 0, PREFILL_WAIT_MS);
    ck_assert_uint_eq(sim_attempts("orders:3"), 0);
    prefill_stop();
}
END_TEST

START_TEST(a_switch_that_is_off_lets_go_of_it_and_the_next_one_begins_anew)
{
    prefill_begin();
    prefill_go_to(WEIR_SWITCH_IDLE);
    prefill_expect_nothing();
    sim_store("orders:0-3", PREFILL_TAKEN_AT);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(prefill_times() == 2, PREFILL_WAIT_MS);
    prefill_take_over_at(PREFILL_TAKEN_AT);
    prefill_expect_openings(2);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), PREFILL_PARTITIONS);
    prefill_stop();
}
END_TEST

static void register_another(void *path)
{
    char green[] = "green";

    told_zoo_register(path, green, PREFILL_PARTITIONS);
}

START_TEST(another_share_is_filled_in_place_of_the_last)
{
    char path[] = "/consumers/group-1/ids/c";

    prefill_begin();
    told_zoo_do(register_another, path);
    WAIT_UNTIL(sim_run_logged(&prefill_run, "2 partitions prefilled"), PREFILL_WAIT_MS);
    ck_assert_uint_eq(sim_prefetched(0), 2);
    WAIT_UNTIL(sim_messages_out() == PREFILL_WAITING / 2, PREFILL_WAIT_MS);
    sim_store("orders:0-3", PREFILL_TAKEN_AT);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_run_await_completed("orders:0-3", PREFILL_TAKEN / 2);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), 2);
    prefill_stop();
    ck_assert_uint_eq(sim_attempts("orders:0-3"), PREFILL_TAKEN / 2);
}
END_TEST

static void deny_divisions(void *user)
{
    (void)user;
    sim_zoo_deny("/consumers/group-1/weir/allotment-green");
}

/* Another topic of that name may have come, and the records may be those of the former one: nobody
 * waits until it is divided anew, which here it never is. */
START_TEST(other_topics_let_go_of_it)
{
    sim_run_set(&prefill_run, "topic.metadata.refresh.interval.ms", "100");
    prefill_begin();
    told_zoo_do(deny_divisions, NULL);
    sim_grow("orders", PREFILL_PARTITIONS + 1);
    prefill_expect_nothing();
    prefill_stop();
}
END_TEST

/* Ends. */

/* A clean one, one in a hurry, and one that asks nobody any more. */
static void (*const stops[])(struct weir_consumer *) = {weir_consumer_drain, weir_consumer_close,
                                                        weir_consumer_abandon};

enum { STOPS = sizeof stops / sizeof stops[0] };

START_TEST(a_stop_lets_go_of_it)
{
    prefill_begin();
    stops[_i](prefill_run.consumer);
    enum weir_state state = sim_run_await_end(&prefill_run);
    ck_assert_int_eq(state, _i < 2 ? WEIR_STATE_STOPPED : WEIR_STATE_INCOMPLETE);
    WAIT_UNTIL(sim_messages_out() == 0, PREFILL_WAIT_MS);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), 0);
}
END_TEST

START_TEST(a_stop_while_its_offsets_are_looked_up_fetches_nothing)
{
    sim_hold_endlessly(SIM_STORE_LOAD);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    sim_await_held(SIM_STORE_LOAD, TOLD_ZOO_GREETING + 1);
    weir_consumer_drain(prefill_run.consumer);
    sim_await_polls(0, 1);
    sim_let_go(SIM_STORE_LOAD);
    sim_run_expect_end(&prefill_run, WEIR_STATE_STOPPED);
    prefill_expect_nothing();
    prefill_expect_openings(0);
}
END_TEST

/* Nor does it wait for long, and the group is left. */
START_TEST(a_stop_waits_for_no_broker_that_is_silent)
{
    sim_hold(SIM_STORE_LOAD);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    sim_await_held(SIM_STORE_LOAD, TOLD_ZOO_GREETING + 1);
    weir_consumer_drain(prefill_run.consumer);
    sim_run_expect_end(&prefill_run, WEIR_STATE_STOPPED);
    ck_assert(!sim_run_logged(&prefill_run, "in time"));
    prefill_expect_openings(0);
}
END_TEST

static void heal(void *user)
{
    (void)user;
    sim_zoo_heal(0);
}

static void end_session(void *user)
{
    (void)user;
    sim_zoo_expire(0);
    sim_zoo_cut(0);
}

START_TEST(a_session_that_ends_lets_go_of_it)
{
    prefill_begin();
    told_zoo_do(end_session, NULL);
    prefill_expect_nothing();
    told_zoo_do(heal, NULL);
    prefill_stop();
}
END_TEST

/* What fails is as if nobody had tried. */

START_TEST(offsets_that_cannot_be_read_are_read_when_it_is_ours)
{
    sim_fail(SIM_STORE_LOAD, WEIR_ERR_UNAVAILABLE, TOLD_ZOO_GREETING + 1);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(prefill_is_ready(), PREFILL_WAIT_MS);
    prefill_take_over_at(PREFILL_TAKEN_AT);
    prefill_expect_openings(1);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), 0);
    prefill_stop();
}
END_TEST

/* What was fetched may be of another topic of that name: nothing says that anybody was there. */
START_TEST(where_nothing_is_committed_it_is_opened_anew)
{
    sim_store("orders:0-3", -1);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(sim_run_logged(&prefill_run, "4 partitions prefilled"), PREFILL_WAIT_MS);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_await_stored("orders:0-3");
    prefill_expect_openings(2);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), 0);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)PREFILL_PARTITIONS * PREFILL_RECORDS);
    prefill_stop();
}
END_TEST

START_TEST(a_client_that_will_not_fetch_ahead_fetches_when_it_is_ours)
{
    sim_fail(SIM_PREFETCH, WEIR_ERR_UNAVAILABLE, 1);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(sim_calls(SIM_PREFETCH) > 0, PREFILL_WAIT_MS); /* it may be ready before */
    WAIT_UNTIL(prefill_is_ready(), PREFILL_WAIT_MS);
    prefill_expect_nothing();
    prefill_take_over_at(PREFILL_TAKEN_AT);
    prefill_expect_openings(2);
    prefill_stop();
}
END_TEST

START_TEST(a_source_that_cannot_be_opened_is_opened_when_it_is_ours)
{
    sim_fail(SIM_SOURCE_OPEN, WEIR_ERR_NOMEM, 1);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(sim_run_logged(&prefill_run, "3 partitions prefilled"), PREFILL_WAIT_MS);
    prefill_take_over_at(PREFILL_TAKEN_AT);
    prefill_expect_openings(1);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), PREFILL_PARTITIONS - 1);
    prefill_stop();
}
END_TEST

/* The answer comes when it is of no use any more. */
START_TEST(what_is_ours_before_its_offsets_are_here_is_not_waited_for)
{
    sim_hold_endlessly(SIM_STORE_LOAD);
    sim_run_start(&prefill_run);
    prefill_go_to(WEIR_SWITCH_PREPARED);
    sim_await_held(SIM_STORE_LOAD, TOLD_ZOO_GREETING + 1);
    sim_store("orders:0-3", PREFILL_TAKEN_AT);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_await_held(SIM_STORE_LOAD, TOLD_ZOO_GREETING + 2);
    sim_let_go(SIM_STORE_LOAD);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_attempts("orders:0-3"), PREFILL_TAKEN);
    prefill_expect_openings(1);
    ck_assert_uint_eq(prefill_counted(WEIR_COUNTER_PREFILLED), 0);
    prefill_stop();
}
END_TEST

/* What is not there is said once it is ours, and not before. */
START_TEST(a_position_that_does_not_exist_is_a_matter_of_its_owner)
{
    sim_trim("orders:0-3", PREFILL_STORED + 30);
    prefill_begin();
    sim_await_polls(0, PREFILL_POLLS);
    ck_assert_uint_eq(sim_run_events(&prefill_run, WEIR_EVENT_OUT_OF_RANGE), 0);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_run_events(&prefill_run, WEIR_EVENT_OUT_OF_RANGE), PREFILL_PARTITIONS);
    ck_assert_uint_eq(sim_run_events(&prefill_run, WEIR_EVENT_RESET), PREFILL_PARTITIONS);
    ck_assert_uint_eq(sim_attempts("orders:0-3"),
                      (uint64_t)PREFILL_PARTITIONS * (PREFILL_RECORDS - PREFILL_STORED - 30));
    prefill_stop();
}
END_TEST

/* Readiness. */

START_TEST(a_switch_waits_for_it_but_not_for_ever)
{
    sim_hold_endlessly(SIM_STORE_LOAD);
    sim_run_start(&prefill_run);
    int64_t before = deadline_now_ns();
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(prefill_is_ready(), PREFILL_WAIT_MS);
    ck_assert_int_ge(deadline_now_ns() - before, (int64_t)WEIR_WARMING_LIMIT_MS * WEIR_NS_PER_MS);
    ck_assert_uint_eq(sim_calls(SIM_STORE_LOAD), TOLD_ZOO_GREETING + 1);
    sim_let_go(SIM_STORE_LOAD);
    WAIT_UNTIL(prefill_times() == 1, PREFILL_WAIT_MS);
    prefill_take_over_at(PREFILL_TAKEN_AT);
    prefill_expect_openings(1);
    prefill_stop();
}
END_TEST

/* Where there is nothing to come nobody waits for it. */
START_TEST(an_empty_share_is_ready_at_once)
{
    sim_store("orders:0-3", PREFILL_RECORDS);
    prefill_begin();
    WAIT_UNTIL(prefill_is_ready(), PREFILL_WAIT_MS);
    prefill_take_over_at(PREFILL_RECORDS);
    sim_append("orders:0-3", (struct sim_batch){.records = MORE, .keys = 5});
    sim_await_stored("orders:0-3");
    prefill_expect_openings(1);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)PREFILL_PARTITIONS * MORE);
    prefill_stop();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("prefill_ends");

    tcase_add_checked_fixture(tcase, prefill_set_up, prefill_tear_down);
    tcase_add_test(tcase, one_that_comes_later_waits_and_begins_where_its_owner_ended);
    tcase_add_test(tcase, what_did_not_come_is_let_go_when_the_switch_returns);
    tcase_add_test(tcase, a_switch_that_is_off_lets_go_of_it_and_the_next_one_begins_anew);
    tcase_add_test(tcase, another_share_is_filled_in_place_of_the_last);
    tcase_add_test(tcase, other_topics_let_go_of_it);
    tcase_add_loop_test(tcase, a_stop_lets_go_of_it, 0, STOPS);
    tcase_add_test(tcase, a_stop_while_its_offsets_are_looked_up_fetches_nothing);
    tcase_add_test(tcase, a_stop_waits_for_no_broker_that_is_silent);
    tcase_add_test(tcase, a_session_that_ends_lets_go_of_it);
    tcase_add_test(tcase, offsets_that_cannot_be_read_are_read_when_it_is_ours);
    tcase_add_test(tcase, where_nothing_is_committed_it_is_opened_anew);
    tcase_add_test(tcase, a_client_that_will_not_fetch_ahead_fetches_when_it_is_ours);
    tcase_add_test(tcase, a_source_that_cannot_be_opened_is_opened_when_it_is_ours);
    tcase_add_test(tcase, what_is_ours_before_its_offsets_are_here_is_not_waited_for);
    tcase_add_test(tcase, a_position_that_does_not_exist_is_a_matter_of_its_owner);
    tcase_add_test(tcase, a_switch_waits_for_it_but_not_for_ever);
    tcase_add_test(tcase, an_empty_share_is_ready_at_once);
    return runner_run("engine_prefill_ends", tcase);
}
