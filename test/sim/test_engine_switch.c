#include "framework/base/memory.h"
#include "framework/switch.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"
#include <stdio.h>
#include <string.h>

/* An engine of the old color, and what it does with its records while it is switched. Of the new
 * one there is nobody: the switch stands where the test puts it. */

enum { PARTITIONS = 4, RECORDS = 100, POLLS = 3, DAY_MS = 86400000 };
static const char group_switch[] = "/consumers/group-1/weir/switch";

static struct sim_run run;
static struct weir_library library;
static struct weir_switch record;

/* On the engine's thread, but before it has one. */
static void write_record(void *user)
{
    char *text = NULL;

    (void)user;
    ck_assert_int_eq(weir_switch_write(&record, &text), WEIR_OK);
    sim_zoo_write(group_switch, text);
    weir_free(text);
}

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
    told_zoo_do(write_record, NULL);
}

static void set_up(void)
{
    told_zoo_reset();
    sim_zoo_open(1);
    sim_zoo_host(0);
    library = sim_library;
    library.zoo = &told_zoo_library;
    sim_run_set_up(&run, PARTITIONS, RECORDS);
    run.library = &library;
    sim_run_set(&run, "group.id", "group-1");
    sim_run_set(&run, "weir.coordinator", "zookeeper");
    sim_run_set(&run, "zookeeper.connect", "zk:2181");
    sim_run_set(&run, "weir.strategy", "bluegreen");
    sim_run_set(&run, "weir.color", "blue");
    sim_run_set(&run, "weir.drain.timeout.ms", "3600000");
    weir_switch_init(&record);
    (void)snprintf(record.active, sizeof record.active, "blue");
    prepare_step(WEIR_SWITCH_IDLE, WEIR_SWITCH_IN_FLIGHT);
    write_record(NULL);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
    sim_zoo_close();
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
    ck_assert_uint_ge(end_well(), PARTITIONS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("switch");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, handlers_are_waited_for);
    tcase_add_test(tcase, handlers_are_not_waited_for_if_the_switch_is_immediate);
    return runner_run("engine_switch", tcase);
}
