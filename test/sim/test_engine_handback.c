#include "framework/base/memory.h"
#include "framework/switch.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"
#include <stdio.h>
#include <string.h>

/* An engine in a ZooKeeper group hands back several partitions, and the handler of one of them does
 * not end: the others go. Members beside it are nodes that the test writes. By weir.strategy=range
 * a member b gets partitions 2 and 3; with c and d each has one. */

enum { PARTITIONS = 4, RECORDS = 100, POLLS = 3, WAIT_MS = 30000 };
/* Every so many allocations one fails; it waits for some seconds. */
enum { STRIDE = 17, SWEEP_SECONDS = 180 };

#define GROUP "/consumers/shop"
#define REGISTRATION                                                                               \
    "{\"version\":1,\"subscription\":{\"orders\":1},\"pattern\":\"static\",\"timestamp\":\"1\","   \
    "\"weir\":{\"version\":1,\"strategy\":\"range\",\"capacity\":1,\"topics\":{\"orders\":4}}}"

static struct sim_run run;
static struct weir_library library;

static void set_up(void)
{
    told_zoo_set_up(&run, &library, PARTITIONS, RECORDS);
    sim_run_set(&run, "weir.strategy", "range");
    sim_run_set(&run, "weir.member.id", "a");
    sim_run_set(&run, "weir.rebalance.delay.ms", "0");
    sim_run_set(&run, "weir.drain.timeout.ms", "3600000");
}

static void tear_down(void)
{
    told_zoo_tear_down(&run);
}

/* On the engine's thread. */

static void write_member(void *name)
{
    char path[64];

    (void)snprintf(path, sizeof path, GROUP "/ids/%s", (const char *)name);
    sim_zoo_write(path, REGISTRATION);
}

static void remove_member(void *name)
{
    char path[64];

    (void)snprintf(path, sizeof path, GROUP "/ids/%s", (const char *)name);
    sim_zoo_remove(path);
}

static void list_owned(void *digits)
{
    char *next = digits;

    for (int p = 0; p < PARTITIONS; p++) {
        char path[64];
        (void)snprintf(path, sizeof path, GROUP "/owners/orders/%d", p);
        if (sim_zoo_exists(path)) {
            *next++ = (char)('0' + p);
        }
    }
    *next = '\0';
}

static void expire(void *user)
{
    (void)user;
    sim_zoo_expire(0);
}

/* The partitions that have an owner's node are these. */
static bool is_owned(const char *expected)
{
    char digits[PARTITIONS + 1];

    told_zoo_do(list_owned, digits);
    return strcmp(digits, expected) == 0;
}

static void join(char *name)
{
    told_zoo_do(write_member, name);
}

static void part(char *name)
{
    told_zoo_do(remove_member, name);
}

/* A handler has a record of partition 3; all of the others are done. */
static void begin_stuck(void)
{
    sim_run_hold(&run, "orders:3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    sim_run_await_completed("orders:0-2", (uint64_t)3 * RECORDS);
}

/* Partition 2 goes to b, 3 would. */
static void begin_handing_back(void)
{
    begin_stuck();
    join("b");
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, 1);
    WAIT_UNTIL(is_owned("013"), WAIT_MS);
    ck_assert_int_eq(sim_stored("orders", 2), RECORDS);
    ck_assert_uint_gt(sim_run_held(&run), 0);
}

static void end_well(void)
{
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
    uint64_t repeated = sim_completions("orders:0-3") - (uint64_t)PARTITIONS * RECORDS;
    bool lost = sim_run_events(&run, WEIR_EVENT_LOST) > 0;
    ck_assert(lost || repeated == 0);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY, .crashes = lost}, NULL);
}

START_TEST(a_partition_does_not_wait_for_a_handler_of_another)
{
    begin_handing_back();
    sim_await_polls(0, POLLS);
    ck_assert(is_owned("013"));
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, 2);
    WAIT_UNTIL(is_owned("01"), WAIT_MS);
    part("b");
    WAIT_UNTIL(is_owned("0123"), WAIT_MS);
    end_well();
}
END_TEST

START_TEST(nothing_is_released_before_its_commit_is_answered)
{
    sim_run_set(&run, "weir.commit.interval.ms", "3600000");
    sim_hold(SIM_STORE_COMMIT);
    begin_stuck();
    join("b");
    sim_await_held(SIM_STORE_COMMIT, 1);
    sim_await_polls(0, POLLS);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED), 0);
    ck_assert(is_owned("0123"));
    sim_let_go(SIM_STORE_COMMIT);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, 1);
    ck_assert_int_eq(sim_stored("orders", 2), RECORDS);
    WAIT_UNTIL(is_owned("013"), WAIT_MS);
    sim_run_let_go(&run);
    part("b");
    end_well();
}
END_TEST

/* It is assigned anew while the other one is still being handed back. */
START_TEST(what_comes_back_does_not_wait_for_what_goes)
{
    begin_handing_back();
    part("b");
    WAIT_UNTIL(is_owned("0123"), WAIT_MS);
    sim_run_await_counter(&run, WEIR_COUNTER_ASSIGNED, PARTITIONS + 1);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED), 1);
    ck_assert_uint_gt(sim_run_held(&run), 0);
    sim_append("orders:2", (struct sim_batch){.records = RECORDS, .keys = 5});
    sim_run_await_completed("orders:2", (uint64_t)2 * RECORDS);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_ASSIGNED, PARTITIONS + 2);
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    ck_assert_uint_eq(sim_completions("orders:0-3"), (uint64_t)(PARTITIONS + 1) * RECORDS);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}
END_TEST

/* One more goes, though the answer to what was revoked before is not complete. */
START_TEST(what_goes_later_does_not_wait_for_what_goes_already)
{
    begin_handing_back();
    join("c");
    join("d");
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, 2);
    WAIT_UNTIL(is_owned("03"), WAIT_MS);
    ck_assert_uint_gt(sim_run_held(&run), 0);
    sim_run_let_go(&run);
    WAIT_UNTIL(is_owned("0"), WAIT_MS);
    part("b");
    part("c");
    part("d");
    end_well();
}
END_TEST

/* Nobody says where it is to begin again. */
START_TEST(what_goes_does_not_wait_for_what_comes)
{
    begin_handing_back();
    sim_hold_endlessly(SIM_STORE_LOAD);
    part("b");
    sim_await_held(SIM_STORE_LOAD, 1);
    join("b");
    join("c");
    join("d");
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, 2);
    WAIT_UNTIL(is_owned("023"), WAIT_MS);
    sim_let_go(SIM_STORE_LOAD);
    WAIT_UNTIL(is_owned("03"), WAIT_MS);
    ck_assert_uint_gt(sim_run_held(&run), 0);
    sim_run_let_go(&run);
    part("b");
    part("c");
    part("d");
    end_well();
}
END_TEST

START_TEST(a_session_that_is_lost_meanwhile_loses_what_was_not_released)
{
    begin_handing_back();
    told_zoo_do(expire, NULL);
    sim_run_await_counter(&run, WEIR_COUNTER_LOST, PARTITIONS - 1);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED), 1);
    sim_run_let_go(&run);
    part("b");
    WAIT_UNTIL(is_owned("0123"), WAIT_MS);
    end_well();
}
END_TEST

START_TEST(a_stop_meanwhile_hands_back_the_rest)
{
    begin_handing_back();
    weir_consumer_drain(run.consumer);
    sim_run_await_event(&run, WEIR_EVENT_STATE, 2); /* running, draining */
    sim_await_polls(0, POLLS);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED), 1);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED), PARTITIONS);
    sim_run_destroy(&run);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
    ck_assert(!sim_zoo_exists(GROUP "/ids/a"));
    ck_assert_uint_eq(sim_zoo_ephemerals(), 0);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY, .unfinished = true},
                  NULL);
}
END_TEST

/* A switch. */

static void write_record(void *text)
{
    sim_zoo_write(GROUP "/weir/switch", text);
}

#define RECORD_OF(turn, step)                                                                      \
    "{\"version\":2,\"turn\":" turn ",\"epoch\":" turn ",\"active\":\"blue\",\"step\":" step       \
    ",\"why\":\"\",\"history\":[]"
#define ASKED                                                                                      \
    ",\"request\":{\"id\":\"s\",\"from\":\"blue\",\"to\":\"green\",\"by\":\"b\",\"mode\":"         \
    "\"each\",\"drain\":\"in_flight\",\"overdue\":\"go_on\",\"limits_ms\":{\"prepare\":86400000,"  \
    "\"drain\":86400000,\"take\":86400000,\"health\":0},\"asked_ms\":0}"

/* All of blue's go, but the one with the handler that does not end. */
START_TEST(in_a_switch_each_partition_changes_hands_by_itself)
{
    sim_run_set(&run, "weir.strategy", "bluegreen");
    sim_run_set(&run, "weir.color", "blue");
    write_record(RECORD_OF("1", "\"idle\"") "}");
    begin_stuck();
    told_zoo_do(write_record, RECORD_OF("2", "\"draining\"") ASKED "}");
    sim_run_await_counter(&run, WEIR_COUNTER_HANDED_OVER, PARTITIONS - 1);
    WAIT_UNTIL(is_owned("3"), WAIT_MS);
    for (int32_t p = 0; p < PARTITIONS - 1; p++) {
        ck_assert_int_eq(sim_stored("orders", p), RECORDS);
    }
    ck_assert_uint_gt(sim_run_held(&run), 0);
    /* Taken back: they come, and the one that is still drained comes when it has gone. */
    told_zoo_do(write_record, RECORD_OF("3", "\"idle\"") "}");
    sim_run_await_counter(&run, WEIR_COUNTER_ASSIGNED, PARTITIONS + PARTITIONS - 1);
    WAIT_UNTIL(is_owned("0123"), WAIT_MS);
    ck_assert_uint_gt(sim_run_held(&run), 0);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_ASSIGNED, PARTITIONS + PARTITIONS);
    end_well();
}
END_TEST

/* Whatever fails on the way. */

static bool has_ended(void)
{
    enum weir_state state = weir_consumer_state(run.consumer);

    return state != WEIR_STATE_RUNNING && state != WEIR_STATE_DRAINING;
}

static bool has_released(uint64_t partitions)
{
    return has_ended() || weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED) >= partitions;
}

static bool has_stored(void)
{
    bool all = sim_completed("orders:0-3") == (uint64_t)PARTITIONS * RECORDS;

    return has_ended() || (all && sim_uncommitted("orders:0-3") == 0);
}

/* It hands back one and then the other, and takes both again. */
static void live(void)
{
    told_zoo_try(write_member, "b", has_ended);
    WAIT_UNTIL(has_released(1), WAIT_MS);
    sim_run_let_go(&run);
    WAIT_UNTIL(has_released(2), WAIT_MS);
    told_zoo_try(remove_member, "b", has_ended);
    WAIT_UNTIL(has_stored(), WAIT_MS);
    weir_consumer_drain(run.consumer);
    enum weir_state state = sim_run_await_end(&run);
    sim_run_expect_end(&run, state); /* what is not clean says why */
    ck_assert(state != WEIR_STATE_STOPPED || sim_uncommitted("orders:0-3") == 0);
    sim_run_destroy(&run);
    ck_assert_uint_eq(sim_messages_out(), 0);
}

START_TEST(any_allocation_may_fail)
{
    uint64_t asked = 0;

    for (uint64_t nth = 1; nth == 1 || nth <= asked + STRIDE; nth += STRIDE) {
        set_up();
        begin_stuck();
        weir_memory_fail_nth(nth);
        live();
        asked = weir_memory_count();
        weir_memory_fail_nth(0);
        tear_down();
    }
    ck_assert_uint_gt(asked, 20);
}
END_TEST

START_TEST(any_call_of_the_library_may_fail)
{
    bool failed = true;

    for (uint64_t nth = 1; failed; nth++) {
        set_up();
        begin_stuck();
        sim_fail_nth(nth);
        live();
        failed = sim_failed_op() != SIM_OPS;
        tear_down();
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("hand back");
    TCase *sweep = tcase_create("sweep");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_partition_does_not_wait_for_a_handler_of_another);
    tcase_add_test(tcase, nothing_is_released_before_its_commit_is_answered);
    tcase_add_test(tcase, what_comes_back_does_not_wait_for_what_goes);
    tcase_add_test(tcase, what_goes_later_does_not_wait_for_what_goes_already);
    tcase_add_test(tcase, what_goes_does_not_wait_for_what_comes);
    tcase_add_test(tcase, a_session_that_is_lost_meanwhile_loses_what_was_not_released);
    tcase_add_test(tcase, a_stop_meanwhile_hands_back_the_rest);
    tcase_add_test(tcase, in_a_switch_each_partition_changes_hands_by_itself);
    tcase_set_timeout(sweep, SWEEP_SECONDS);
    tcase_add_test(sweep, any_allocation_may_fail);
    tcase_add_test(sweep, any_call_of_the_library_may_fail);
    return runner_run_two("engine_handback", tcase, sweep);
}
