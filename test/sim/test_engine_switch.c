#include "framework/base/memory.h"
#include "framework/switch_stops.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"
#include <stdio.h>
#include <string.h>

/* An engine of the old color, and what it does with its records while it is switched. Of the new
 * one there is nobody: the switch stands where the test puts it. */

enum {
    PARTITIONS = 4,
    RECORDS = 100,
    POLLS = 3,
    DAY_MS = 86400000,
    WAIT_MS = 30000,
    DRAIN_MS = 300
};

static struct sim_run run;
static struct weir_library library;
static struct weir_switch record;

/* Blue is active; in a step, a switch to green is under way. */
static void prepare_step(enum weir_switch_step step, enum weir_switch_drain drain)
{
    record.turn++;
    record.step = step;
    memset(&record.request, 0, sizeof record.request);
    if (step != WEIR_SWITCH_IDLE) {
        record.request = (struct weir_switch_request){
            .id = "s1",
            .from = "blue",
            .to = "green",
            .by = "the test",
            .drain = drain,
            .limits = {.prepare_ms = DAY_MS, .drain_ms = DAY_MS, .take_ms = DAY_MS}};
    }
}

static void go_to(enum weir_switch_step step, enum weir_switch_drain drain)
{
    prepare_step(step, drain);
    told_zoo_do(told_zoo_write_switch, &record);
}

static void set_up(void)
{
    told_zoo_set_up(&run, &library, PARTITIONS, RECORDS);
    sim_run_set(&run, "group.id", "group-1");
    sim_run_set(&run, "weir.strategy", "bluegreen");
    sim_run_set(&run, "weir.color", "blue");
    sim_run_set(&run, "weir.member.id", "a");
    sim_run_set(&run, "weir.drain.timeout.ms", "3600000");
    weir_switch_init(&record);
    (void)snprintf(record.active, sizeof record.active, "blue");
    prepare_step(WEIR_SWITCH_IDLE, WEIR_SWITCH_IN_FLIGHT);
    told_zoo_write_switch(&record);
}

static void tear_down(void)
{
    told_zoo_tear_down(&run);
}

/* Back at its old owner, all is done. Returns how often a record was, beyond once each. */
static uint64_t end_well(void)
{
    go_to(WEIR_SWITCH_IDLE, WEIR_SWITCH_IN_FLIGHT);
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    uint64_t repeated = sim_completions("orders:0-3") - (uint64_t)PARTITIONS * RECORDS;
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY, .crashes = repeated > 0},
                  NULL);
    return repeated;
}

START_TEST(handlers_are_waited_for)
{
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    go_to(WEIR_SWITCH_DRAINING, WEIR_SWITCH_IN_FLIGHT);
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
    sim_await_polls(0, POLLS);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_REVOKE_END), 0);
    sim_run_let_go(&run);
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_END, 1);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_DRAIN_TIMEOUT), 0);
    ck_assert_uint_eq(end_well(), 0);
}
END_TEST

/* Each partition is handed back while its handler runs, and that is counted and said. */
START_TEST(handlers_are_not_waited_for_if_the_switch_is_immediate)
{
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    go_to(WEIR_SWITCH_DRAINING, WEIR_SWITCH_IMMEDIATE);
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_END, 1);
    ck_assert_uint_ge(sim_run_held(&run), PARTITIONS);
    sim_run_await_counter(&run, WEIR_COUNTER_DRAIN_TIMEOUTS, PARTITIONS);
    ck_assert(sim_run_logged(&run, "orders/3: a handler is not waited for, as the switch asks"));
    sim_run_let_go(&run);
    /* To the judge one that ended after its record came again would be a second time for nothing.
     */
    WAIT_UNTIL(sim_messages_out() == 0, WAIT_MS);
    ck_assert_uint_ge(end_well(), PARTITIONS);
}
END_TEST

/* Whoever stops meanwhile says why nobody waited, and names no limit that had nothing to do with
 * it.
 */
START_TEST(nor_are_those_of_who_stops)
{
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    weir_consumer_drain(run.consumer);
    sim_await_polls(0, POLLS);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_DRAIN_TIMEOUT), 0);
    go_to(WEIR_SWITCH_DRAINING, WEIR_SWITCH_IMMEDIATE);
    sim_run_await_counter(&run, WEIR_COUNTER_DRAIN_TIMEOUTS, PARTITIONS);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    sim_run_expect_error(&run, WEIR_ERR_TIMEOUT,
                         "4 partitions had handlers that were not waited for, as the switch asks");
    sim_run_destroy(&run);
}
END_TEST

static void look_whether_owned(void *owned)
{
    *(bool *)owned = sim_zoo_exists("/consumers/group-1/owners/orders/0");
}

static bool is_owned(void)
{
    bool owned = false;

    told_zoo_do(look_whether_owned, &owned);
    return owned;
}

/* Nobody can tell where it begins, so there is nothing to drain. */
START_TEST(what_could_not_begin_is_handed_back)
{
    sim_fail(SIM_STORE_LOAD, WEIR_ERR_UNAVAILABLE, UINT32_MAX);
    sim_run_start(&run);
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
    ck_assert(is_owned());
    go_to(WEIR_SWITCH_DRAINING, WEIR_SWITCH_IN_FLIGHT);
    WAIT_UNTIL(!is_owned(), WAIT_MS);
    sim_fail(SIM_STORE_LOAD, WEIR_OK, 0);
    ck_assert_uint_eq(end_well(), 0);
}
END_TEST

/* Stop offsets. */

static int64_t stops[PARTITIONS];

static void write_stops(void *user)
{
    struct weir_position positions[PARTITIONS];
    struct weir_switch_stops made = {.topics = NULL};
    char *text = NULL;

    for (int32_t p = 0; p < PARTITIONS; p++) {
        positions[p] =
            (struct weir_position){.topic = "orders", .partition = p, .offset = stops[p]};
    }
    ck_assert_int_eq(weir_switch_stops_create("s1", positions, PARTITIONS, &made), WEIR_OK);
    ck_assert_int_eq(weir_switch_stops_write(&made, &text), WEIR_OK);
    sim_zoo_write("/consumers/group-1/weir/stops", text);
    weir_free(text);
    weir_switch_stops_fini(&made);
    (void)user;
    told_zoo_write_switch(&record);
}

/* Does the engine say that it goes by this record? */
static void look_whether_known(void *known)
{
    char turn[64];
    const char *said = sim_zoo_data("/consumers/group-1/ids/a");

    (void)snprintf(turn, sizeof turn, "\"turn\":%llu,", (unsigned long long)record.turn);
    *(bool *)known = said != NULL && strstr(said, turn) != NULL;
}

static bool is_known(void)
{
    bool known = false;

    told_zoo_do(look_whether_known, &known);
    return known;
}

/* By way of a step in which it hears of them. */
static void drain_to_stops(enum weir_switch_overdue overdue, int64_t drain_ms)
{
    prepare_step(WEIR_SWITCH_PREPARED, WEIR_SWITCH_TO_STOPS);
    told_zoo_do(write_stops, NULL);
    WAIT_UNTIL(is_known(), WAIT_MS);
    prepare_step(WEIR_SWITCH_DRAINING, WEIR_SWITCH_TO_STOPS);
    record.request.overdue = overdue;
    record.request.limits.drain_ms = drain_ms;
    told_zoo_do(write_stops, NULL);
}

/* What is below is done and committed; of what is not, nothing was ever given to a handler. */
static void expect_at_stops(void)
{
    uint64_t records = 0;

    for (int32_t p = 0; p < PARTITIONS; p++) {
        WAIT_UNTIL(stops[p] == 0 || sim_stored("orders", p) == stops[p], WAIT_MS);
        records += (uint64_t)stops[p];
    }
    ck_assert_uint_eq(sim_completions("orders:0-3"), records);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), records);
}

/* They begin to run, with the stops known: nothing runs past them. */
static void begin_with_stops(enum weir_switch_step step)
{
    static const int64_t wanted[PARTITIONS] = {0, 1, 50, 99};

    memcpy(stops, wanted, sizeof stops);
    prepare_step(step, WEIR_SWITCH_TO_STOPS);
    write_stops(NULL);
    sim_run_start(&run);
}

START_TEST(it_goes_to_its_stop_offsets_and_no_further)
{
    begin_with_stops(WEIR_SWITCH_PREPARED);
    expect_at_stops();
    sim_await_polls(0, POLLS);
    expect_at_stops();
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_REVOKE_BEGIN), 0);
    drain_to_stops(WEIR_SWITCH_GO_BACK, DAY_MS);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, PARTITIONS);
    expect_at_stops();
    ck_assert(!sim_run_logged(&run, "its stop offset"));
    ck_assert_uint_eq(end_well(), 0);
}
END_TEST

/* Taken back before anything moved: it goes on as if nothing had been. */
START_TEST(it_goes_on_past_them_when_the_switch_is_off)
{
    begin_with_stops(WEIR_SWITCH_PREPARED);
    expect_at_stops();
    go_to(WEIR_SWITCH_IDLE, WEIR_SWITCH_IN_FLIGHT);
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_REVOKE_BEGIN), 0);
    ck_assert_uint_eq(end_well(), 0);
}
END_TEST

/* Each is handed back when it is there: those of which handlers hold a record are not. */
START_TEST(a_partition_does_not_wait_for_another)
{
    sim_run_hold(&run, "orders:2-3", 0);
    begin_with_stops(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(sim_stored("orders", 1) == stops[1], WAIT_MS);
    drain_to_stops(WEIR_SWITCH_GO_BACK, DAY_MS);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, 2);
    sim_await_polls(0, POLLS);
    ck_assert_uint_gt(sim_run_held(&run), 0);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, PARTITIONS);
    expect_at_stops();
    ck_assert_uint_eq(end_well(), 0);
}
END_TEST

/* Handlers have records past them when they become known. */
START_TEST(who_is_past_its_stop_offset_finishes_what_it_has)
{
    sim_run_hold(&run, "orders:0-3", 60);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        stops[p] = 30;
    }
    drain_to_stops(WEIR_SWITCH_GO_BACK, DAY_MS);
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, PARTITIONS);
    ck_assert(sim_run_logged(&run, "past its stop offset 30"));
    for (int32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_gt(sim_stored("orders", p), 60);
    }
    ck_assert_uint_eq(end_well(), 0);
}
END_TEST

/* With its time over, what is in flight is finished and handed back wherever it is. */
START_TEST(who_does_not_come_there_in_time_hands_back_where_it_is)
{
    for (int32_t p = 0; p < PARTITIONS; p++) {
        stops[p] = 1000000;
    }
    sim_run_start(&run);
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    drain_to_stops(WEIR_SWITCH_GO_ON, DRAIN_MS);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, PARTITIONS);
    ck_assert(sim_run_logged(&run, "before its stop offset 1000000"));
    ck_assert_uint_eq(end_well(), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("switch");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, handlers_are_waited_for);
    tcase_add_test(tcase, what_could_not_begin_is_handed_back);
    tcase_add_test(tcase, handlers_are_not_waited_for_if_the_switch_is_immediate);
    tcase_add_test(tcase, nor_are_those_of_who_stops);
    tcase_add_test(tcase, it_goes_to_its_stop_offsets_and_no_further);
    tcase_add_test(tcase, it_goes_on_past_them_when_the_switch_is_off);
    tcase_add_test(tcase, a_partition_does_not_wait_for_another);
    tcase_add_test(tcase, who_is_past_its_stop_offset_finishes_what_it_has);
    tcase_add_test(tcase, who_does_not_come_there_in_time_hands_back_where_it_is);
    return runner_run("engine_switch", tcase);
}
