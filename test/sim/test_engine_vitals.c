#include "framework/base/memory.h"
#include "framework/registration.h"
#include "framework/switch.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"
#include <stdio.h>
#include <string.h>

/* An engine of the new color, whose health is watched: what it tells the others of its work. Of the
 * old color there is nobody. */

enum {
    PARTITIONS = 4,
    RECORDS = 100,
    ATTEMPTS = PARTITIONS * RECORDS * 3 / 2, /* every other record fails once */
    DAY_MS = 86400000,
    WAIT_MS = 60000
};

static struct sim_run run;
static struct weir_library library;
static struct weir_switch record;
static struct weir_vitals vitals;

static void read_vitals(void *user)
{
    const char *text = sim_zoo_data("/consumers/group-1/ids/a");
    struct weir_registration self = {.strategy = NULL};

    (void)user;
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(weir_registration_read(text, strlen(text), &self, NULL), WEIR_OK);
    vitals = self.progress.vitals;
    weir_registration_fini(&self);
}

static enum sim_outcome fail_every_other_once(const struct weir_record *one, void *user)
{
    (void)user;
    return one->offset % 2 == 1 && one->attempt == 1 ? SIM_RETRY : SIM_DONE;
}

/* Nothing is judged before all of it has been. */
static void set_up(void)
{
    told_zoo_set_up(&run, &library, PARTITIONS, RECORDS);
    sim_run_set(&run, "group.id", "group-1");
    sim_run_set(&run, "weir.strategy", "bluegreen");
    sim_run_set(&run, "weir.color", "green");
    sim_run_set(&run, "weir.member.id", "a");
    run.decide = fail_every_other_once;
    vitals = (struct weir_vitals){.told = false};
    weir_switch_init(&record);
    record.turn = 1;
    record.step = WEIR_SWITCH_ACTIVE;
    memcpy(record.active, "green", sizeof "green");
    record.request = (struct weir_switch_request){.id = "s1",
                                                  .from = "blue",
                                                  .to = "green",
                                                  .by = "the test",
                                                  .limits = {.prepare_ms = DAY_MS,
                                                             .drain_ms = DAY_MS,
                                                             .take_ms = DAY_MS,
                                                             .health_ms = DAY_MS},
                                                  .health = {.records = ATTEMPTS}};
    told_zoo_write_switch(&record);
}

static void tear_down(void)
{
    told_zoo_tear_down(&run);
}

static bool is_told(void)
{
    told_zoo_do(read_vitals, NULL);
    return vitals.told;
}

/* What was with handlers before it was given away again is in it. */
START_TEST(it_tells_what_its_handlers_did)
{
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    weir_time from = weir_clock_now();
    ck_assert(!is_told());
    int64_t held_us = (weir_clock_now() - from) / WEIR_NS_PER_US;
    sim_run_let_go(&run);
    WAIT_UNTIL(is_told(), WAIT_MS);
    ck_assert_uint_eq(vitals.records, ATTEMPTS);
    ck_assert_uint_eq(vitals.failed, ATTEMPTS / 3);
    ck_assert_int_ge(vitals.busy_us, PARTITIONS * held_us);
    sim_run_await_event(&run, WEIR_EVENT_SWITCH_HEALTH, 1);
    ck_assert(
        sim_run_logged(&run, "switch 's1': green is unhealthy: green fails 33.3 % of its records"));
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("vitals");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, it_tells_what_its_handlers_did);
    return runner_run("engine_vitals", tcase);
}
