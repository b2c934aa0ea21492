#include "framework/switch.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* An engine of green with weir.shadow, while blue works, of which there is a name alone: where blue
 * stands and how far a switch is the test says. */

enum {
    PARTITIONS = 4,
    RECORDS = 100,
    STORED = 20,
    ALL = PARTITIONS * (RECORDS - STORED),
    AGAIN = 70, /* where blue stands when a switch is off */
    ALL_AND_AGAIN = ALL + PARTITIONS * (RECORDS - AGAIN),
    TAKEN_AT = 60,
    TAKEN = PARTITIONS * (RECORDS - TAKEN_AT),
    MORE = 10,
    ALL_MORE = PARTITIONS * MORE,
    LOOKS = 50,
    DAY_MS = 86400000,
    WAIT_MS = 30000
};
static const char orders_owner[] = "/consumers/group-1/owners/orders/2";

static struct sim_run run;
static struct weir_library library;
static struct weir_switch record;

/* How many handlers have the record now, for real and as a shadow, and whether that was both. */
static atomic_uint real[PARTITIONS][RECORDS * 2];
static atomic_uint shadow[PARTITIONS][RECORDS * 2];
static atomic_bool both;
static atomic_uint real_records;
static atomic_uint real_assignments;
static atomic_uint shadow_ends;
static void (*handle)(struct weir_batch *batch, void *worker);

static void enter(const struct weir_batch *batch, atomic_uint mine[PARTITIONS][RECORDS * 2],
                  atomic_uint others[PARTITIONS][RECORDS * 2])
{
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct weir_record *one = weir_batch_at(batch, i);
        (void)atomic_fetch_add(&mine[one->partition][one->offset], 1);
        if (atomic_load(&others[one->partition][one->offset]) > 0) {
            atomic_store(&both, true);
        }
    }
}

static void leave(const struct weir_batch *batch, atomic_uint mine[PARTITIONS][RECORDS * 2])
{
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct weir_record *one = weir_batch_at(batch, i);
        (void)atomic_fetch_sub(&mine[one->partition][one->offset], 1);
    }
}

static void handle_real(struct weir_batch *batch, void *worker)
{
    enter(batch, real, shadow);
    (void)atomic_fetch_add(&real_records, batch->count);
    handle(batch, worker);
    leave(batch, real);
}

static void handle_shadow(struct weir_batch *batch, void *worker)
{
    enter(batch, shadow, real);
    handle(batch, worker);
    leave(batch, shadow);
}

static void tell_apart(struct weir_handler *handler)
{
    handle = handler->handle;
    handler->handle = handle_real;
    handler->handle_shadow = handle_shadow;
}

static void hear(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->kind == WEIR_EVENT_ASSIGN && !event->shadow) {
        (void)atomic_fetch_add(&real_assignments, 1);
    } else if (event->kind == WEIR_EVENT_REVOKE_END && event->shadow) {
        (void)atomic_fetch_add(&shadow_ends, 1);
    }
}

/* The record. */

static void prepare_step(enum weir_switch_step step, const char *from, const char *to)
{
    record.turn++;
    record.step = step;
    memset(&record.request, 0, sizeof record.request);
    if (step == WEIR_SWITCH_IDLE) {
        (void)snprintf(record.active, sizeof record.active, "%s", to);
        return;
    }
    record.request = (struct weir_switch_request){
        .id = "s1",
        .by = "the test",
        .limits = {.prepare_ms = DAY_MS, .drain_ms = DAY_MS, .take_ms = DAY_MS}};
    (void)snprintf(record.request.from, sizeof record.request.from, "%s", from);
    (void)snprintf(record.request.to, sizeof record.request.to, "%s", to);
}

static void go_to(enum weir_switch_step step, const char *from, const char *to)
{
    prepare_step(step, from, to);
    told_zoo_do(told_zoo_write_switch, &record);
}

/* What is seen of the engine in ZooKeeper. */

struct seen {
    bool known; /* it goes by the record */
    bool says;  /* that it may be a shadow */
    bool owns;
};

static void look(void *user)
{
    struct seen *seen = user;
    char turn[64];
    const char *said = sim_zoo_data("/consumers/group-1/ids/a");

    (void)snprintf(turn, sizeof turn, "\"turn\":%llu,", (unsigned long long)record.turn);
    seen->known = said != NULL && strstr(said, turn) != NULL;
    seen->says = said != NULL && strstr(said, "\"shadow\":true") != NULL;
    seen->owns = sim_zoo_exists(orders_owner);
}

static struct seen seen_now(void)
{
    struct seen seen = {.known = false};

    told_zoo_do(look, &seen);
    return seen;
}

/* For what must not happen: as many turns of the engine as messages could ever take. */
static struct seen seen_later(void)
{
    for (int i = 0; i < LOOKS; i++) {
        (void)seen_now();
    }
    return seen_now();
}

static void set_up(void)
{
    char blue[] = "blue";

    told_zoo_set_up(&run, &library, PARTITIONS, RECORDS);
    run.adjust = tell_apart;
    run.hear = hear;
    sim_run_set(&run, "group.id", "group-1");
    sim_run_set(&run, "weir.strategy", "bluegreen");
    sim_run_set(&run, "weir.color", "green");
    sim_run_set(&run, "weir.shadow", "true");
    sim_run_set(&run, "weir.member.id", "a");
    sim_run_set(&run, "weir.drain.timeout.ms", "3600000");
    sim_store("orders:0-3", STORED);
    atomic_store(&both, false);
    atomic_store(&real_records, 0);
    atomic_store(&real_assignments, 0);
    atomic_store(&shadow_ends, 0);
    weir_switch_init(&record);
    prepare_step(WEIR_SWITCH_IDLE, "", "blue");
    told_zoo_write_switch(&record);
    told_zoo_register("/consumers/group-1/ids/b", blue, PARTITIONS);
}

static void tear_down(void)
{
    told_zoo_tear_down(&run);
    ck_assert(!atomic_load(&both));
}

static void await_shadowed(uint64_t records)
{
    WAIT_UNTIL(weir_consumer_counter(run.consumer, WEIR_COUNTER_SHADOW) >= records, WAIT_MS);
}

static void expect_nothing_real(void)
{
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
    ck_assert_uint_eq(atomic_load(&real_records), 0);
    ck_assert_uint_eq(atomic_load(&real_assignments), 0);
}

/* A shadow may have ended before it came to all of them. */
static void work_as_blue(void)
{
    for (int32_t i = 0; i < PARTITIONS; i++) {
        sim_excuse_below("orders", i, TAKEN_AT);
    }
    sim_store("orders:0-3", TAKEN_AT);
}

/* Green has them, and what blue committed last is where it begins. */
static void take_over(void)
{
    go_to(WEIR_SWITCH_PREPARED, "blue", "green");
    WAIT_UNTIL(seen_now().known, WAIT_MS);
    ck_assert_uint_ge(atomic_load(&shadow_ends), 1);
    work_as_blue();
    go_to(WEIR_SWITCH_DRAINING, "blue", "green");
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(atomic_load(&real_records), TAKEN);
    ck_assert(seen_now().owns);
}

static void stop(void)
{
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}

START_TEST(its_share_on_paper_is_handled_and_nothing_claimed)
{
    sim_run_start(&run);
    await_shadowed(ALL);
    struct seen seen = seen_later();
    ck_assert(seen.says);
    ck_assert(!seen.owns);
    stop();
    expect_nothing_real();
    ck_assert_int_eq(sim_stored("orders", 2), STORED);
}
END_TEST

START_TEST(it_takes_over_where_the_other_color_ends)
{
    sim_run_start(&run);
    await_shadowed(ALL);
    expect_nothing_real();
    take_over();
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_SHADOW), ALL);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_ASSIGNED), PARTITIONS);
    stop();
}
END_TEST

/* What handlers have as a shadow ends first: nobody hears that it knows the switch before. */
START_TEST(a_switch_waits_for_what_it_has_as_a_shadow)
{
    sim_run_hold(&run, "orders:0-3", 50);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    go_to(WEIR_SWITCH_PREPARED, "blue", "green");
    ck_assert(!seen_later().known);
    ck_assert_uint_eq(atomic_load(&shadow_ends), 0);
    sim_run_let_go(&run);
    take_over();
    stop();
}
END_TEST

/* Each ends by itself, and one is held. */
START_TEST(a_switch_waits_for_the_last_of_them)
{
    sim_run_hold(&run, "orders:2", 50);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    go_to(WEIR_SWITCH_PREPARED, "blue", "green");
    WAIT_UNTIL(atomic_load(&shadow_ends) > 0, WAIT_MS);
    ck_assert(!seen_later().known);
    sim_run_let_go(&run);
    take_over();
    stop();
}
END_TEST

/* As after a session that was lost: the switch did not wait for it. */
START_TEST(nothing_is_real_before_the_shadow_has_ended)
{
    sim_run_hold(&run, "orders:0-3", 50);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    go_to(WEIR_SWITCH_DRAINING, "blue", "green");
    WAIT_UNTIL(seen_now().owns, WAIT_MS);
    (void)seen_later();
    ck_assert_uint_eq(atomic_load(&shadow_ends), 0);
    expect_nothing_real();
    sim_run_let_go(&run);
    sim_await_stored("orders:0-3");
    ck_assert_uint_ge(atomic_load(&shadow_ends), 1);
    ck_assert_uint_eq(atomic_load(&real_records), ALL);
    stop();
}
END_TEST

START_TEST(a_switch_that_is_off_makes_it_a_shadow_again)
{
    sim_run_start(&run);
    await_shadowed(ALL);
    go_to(WEIR_SWITCH_PREPARED, "blue", "green");
    WAIT_UNTIL(seen_now().known, WAIT_MS);
    sim_store("orders:0-3", AGAIN);
    go_to(WEIR_SWITCH_IDLE, "", "blue");
    await_shadowed(ALL_AND_AGAIN);
    stop();
    expect_nothing_real();
    ck_assert_int_eq(sim_stored("orders", 2), AGAIN);
}
END_TEST

/* It has not begun, and holds up nobody. */
START_TEST(a_switch_does_not_wait_for_a_shadow_that_cannot_begin)
{
    sim_fail(SIM_STORE_LOAD, WEIR_ERR_UNAVAILABLE, UINT32_MAX);
    sim_run_start(&run);
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
    go_to(WEIR_SWITCH_PREPARED, "blue", "green");
    WAIT_UNTIL(seen_now().known, WAIT_MS);
    sim_fail(SIM_STORE_LOAD, WEIR_OK, 0);
    go_to(WEIR_SWITCH_IDLE, "", "blue");
    await_shadowed(ALL);
    stop();
    expect_nothing_real();
}
END_TEST

START_TEST(a_color_that_worked_becomes_a_shadow)
{
    sim_run_start(&run);
    await_shadowed(ALL);
    take_over();
    go_to(WEIR_SWITCH_IDLE, "", "green");
    go_to(WEIR_SWITCH_PREPARED, "green", "blue");
    go_to(WEIR_SWITCH_DRAINING, "green", "blue");
    WAIT_UNTIL(!seen_now().owns, WAIT_MS);
    uint64_t shadowed = weir_consumer_counter(run.consumer, WEIR_COUNTER_SHADOW);
    uint64_t commits = sim_calls(SIM_STORE_COMMIT);
    unsigned worked = atomic_load(&real_records);
    (void)seen_later();
    go_to(WEIR_SWITCH_IDLE, "", "blue");
    sim_append("orders:0-3", (struct sim_batch){.records = MORE, .keys = 5});
    await_shadowed(shadowed + ALL_MORE);
    stop();
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), commits);
    ck_assert_uint_eq(atomic_load(&real_records), worked);
    ck_assert_int_eq(sim_stored("orders", 2), RECORDS);
}
END_TEST

/* No color works: there is nobody whose shadow it could be. */
START_TEST(it_waits_until_a_color_is_active)
{
    prepare_step(WEIR_SWITCH_IDLE, "", "");
    told_zoo_write_switch(&record);
    sim_run_start(&run);
    WAIT_UNTIL(seen_now().says, WAIT_MS);
    (void)seen_later();
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_SHADOW), 0);
    go_to(WEIR_SWITCH_IDLE, "", "blue");
    await_shadowed(ALL);
    stop();
    expect_nothing_real();
}
END_TEST

START_TEST(a_stop_waits_for_its_handlers)
{
    sim_run_hold(&run, "orders:0-3", 50);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    weir_consumer_drain(run.consumer);
    ck_assert(seen_later().says);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    expect_nothing_real();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("standby");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, its_share_on_paper_is_handled_and_nothing_claimed);
    tcase_add_test(tcase, it_takes_over_where_the_other_color_ends);
    tcase_add_test(tcase, a_switch_waits_for_what_it_has_as_a_shadow);
    tcase_add_test(tcase, a_switch_waits_for_the_last_of_them);
    tcase_add_test(tcase, nothing_is_real_before_the_shadow_has_ended);
    tcase_add_test(tcase, a_switch_that_is_off_makes_it_a_shadow_again);
    tcase_add_test(tcase, a_switch_does_not_wait_for_a_shadow_that_cannot_begin);
    tcase_add_test(tcase, a_color_that_worked_becomes_a_shadow);
    tcase_add_test(tcase, it_waits_until_a_color_is_active);
    tcase_add_test(tcase, a_stop_waits_for_its_handlers);
    return runner_run("engine_standby", tcase);
}
