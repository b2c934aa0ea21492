#include "framework/base/atomic.h"
#include "framework/base/hash.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <sched.h>

enum { PARTITIONS = 4, RECORDS = 500, AWAIT_MS = 20000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, PARTITIONS, 0);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static const struct {
    const char *order;
    enum verify_order judged;
    uint32_t keys;
    uint32_t step;
} modes[] = {{"partition", VERIFY_ORDER_PARTITION, 7, 1},
             {"partition", VERIFY_ORDER_PARTITION, SIM_NO_KEYS, 3},
             {"key", VERIFY_ORDER_KEY, 7, 1},
             {"key", VERIFY_ORDER_KEY, 100, 2},
             {"key", VERIFY_ORDER_KEY, SIM_NO_KEYS, 1},
             {"none", VERIFY_ORDER_NONE, 7, 1}};

enum { MODES = sizeof modes / sizeof modes[0] };

static void consume_all(int mode)
{
    sim_run_set(&run, "weir.order", modes[mode].order);
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS / 2,
                                                .keys = modes[mode].keys,
                                                .step = modes[mode].step});
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_completed("orders:0-3", PARTITIONS * RECORDS / 2);
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS / 2,
                                                .keys = modes[mode].keys,
                                                .step = modes[mode].step});
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        ck_assert_int_eq(sim_stored("orders", i), sim_log_end("orders", i));
    }
    ck_assert_uint_eq(sim_attempts("orders:0-3"), (uint64_t)PARTITIONS * RECORDS);
    sim_run_destroy(&run);
}

START_TEST(every_order_handles_each_record_once)
{
    consume_all(_i);
    sim_run_judge(&run, (struct verify_options){.order = modes[_i].judged}, NULL);
}
END_TEST

/* Raised once a batch has records of two lanes. */
static enum sim_outcome watch_lanes(const struct weir_record *record, void *user)
{
    static _Thread_local uint32_t before;
    uint32_t lane = weir_hash(record->key, record->key_size) % 256;

    if (record->index > 0 && lane != before) {
        weir_flag_raise(user);
    }
    before = lane;
    return SIM_DONE;
}

/* How soon depends on how long handlers take here, so it is given records until it happens. */
START_TEST(in_key_order_a_quick_handler_is_given_several_keys_at_once)
{
    static struct weir_flag gathered;
    uint64_t records = 0;

    weir_flag_lower(&gathered);
    run.decide = watch_lanes;
    run.decide_user = &gathered;
    sim_run_set(&run, "weir.order", "key");
    sim_run_begin(&run, "orders:0-3");
    struct deadline deadline = deadline_in_ms(AWAIT_MS);
    while (!weir_flag_is_up(&gathered)) {
        ck_assert_msg(!deadline_passed(deadline), "no batch gathered lanes");
        sim_append("orders:0-3", (struct sim_batch){.records = RECORDS, .keys = 100});
        records += (uint64_t)PARTITIONS * RECORDS;
        sim_run_await_completed("orders:0-3", records);
    }
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), records);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}
END_TEST

/* Does a worker begin a batch while the fetcher stands still, after another that it began then? */
static struct {
    struct weir_flag on;      /* the next batch to begin waits until the fetcher stands */
    struct weir_flag waits;   /* a batch does */
    struct weir_flag stands;  /* the fetcher does, with records it took */
    struct weir_flag go_on;   /* the fetcher may */
    struct weir_flag chained; /* yes */
    bool fails;               /* and that batch, the middle one of three or more, does */
} chain;

static void stand_still(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->kind != WEIR_EVENT_DELIVER || !weir_flag_is_up(&chain.waits)) {
        return;
    }
    weir_flag_raise(&chain.stands);
    WAIT_UNTIL(weir_flag_is_up(&chain.go_on), AWAIT_MS);
}

static enum sim_outcome watch_batches(const struct weir_record *record, void *user)
{
    (void)user;
    if (record->index > 0 || !weir_flag_is_up(&chain.on) || weir_flag_is_up(&chain.go_on)) {
        return SIM_DONE;
    }
    if (weir_flag_is_up(&chain.chained)) {
        return SIM_DONE;
    }
    if (weir_flag_is_up(&chain.waits)) {
        weir_flag_raise(&chain.chained);
        return chain.fails ? SIM_RETRY : SIM_DONE;
    }
    weir_flag_raise(&chain.waits);
    WAIT_UNTIL(weir_flag_is_up(&chain.stands), AWAIT_MS);
    return SIM_DONE;
}

static void lower_all(void)
{
    weir_flag_lower(&chain.on);
    weir_flag_lower(&chain.waits);
    weir_flag_lower(&chain.stands);
    weir_flag_lower(&chain.go_on);
    weir_flag_lower(&chain.chained);
}

static bool is_chained(uint64_t *records)
{
    enum { WHILE_MS = 200 };

    lower_all();
    sim_append("orders:0", (struct sim_batch){.records = RECORDS});
    *records += RECORDS;
    sim_run_await_completed("orders:0", *records); /* it learns how quick the handler is */
    weir_flag_raise(&chain.on);
    sim_append("orders:0", (struct sim_batch){.records = RECORDS});
    *records += RECORDS;
    WAIT_UNTIL(weir_flag_is_up(&chain.waits), AWAIT_MS);
    sim_append("orders:0", (struct sim_batch){.records = 1});
    *records += 1;
    struct deadline deadline = deadline_in_ms(WHILE_MS);
    while (!weir_flag_is_up(&chain.chained) && !deadline_passed(deadline)) {
        (void)sched_yield();
    }
    weir_flag_raise(&chain.go_on);
    sim_run_await_completed("orders:0", *records);
    return weir_flag_is_up(&chain.chained);
}

/* How soon depends on how long handlers take here, as above. */
START_TEST(in_partition_order_a_quick_handler_is_given_several_batches_at_once)
{
    uint64_t records = 0;

    chain.fails = _i == 1;
    run.decide = watch_batches;
    run.hear = stand_still;
    sim_run_set(&run, "weir.order", "partition");
    sim_run_start(&run);
    sim_await_members(1);
    sim_assign(0, "orders:0");
    struct deadline deadline = deadline_in_ms(AWAIT_MS);
    while (!is_chained(&records)) {
        ck_assert_msg(!deadline_passed(deadline), "no batch went behind another");
    }
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_attempts("orders:0"), records + (chain.fails ? 1 : 0));
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_PARTITION}, NULL);
}
END_TEST

int main(void)
{
    TCase *order = tcase_create("order");

    tcase_add_checked_fixture(order, set_up, tear_down);
    tcase_add_loop_test(order, in_partition_order_a_quick_handler_is_given_several_batches_at_once,
                        0, 2);
    tcase_add_test(order, in_key_order_a_quick_handler_is_given_several_keys_at_once);
    tcase_add_loop_test(order, every_order_handles_each_record_once, 0, MODES);
    return runner_run("engine_order", order);
}
