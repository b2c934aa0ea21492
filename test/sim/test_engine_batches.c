#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdatomic.h>

/* What a handler is given at once, and what it is given at the same time. */

enum { RECORDS = 400, COMPANY = 10, NS_PER_MS = 1000000, WAIT_MS = 30000 };

static struct sim_run run;
static atomic_uint largest;          /* batch, in records */
static atomic_int_fast64_t earliest; /* time at which a handler was given something; 0: never */

static enum sim_outcome measure(const struct weir_record *record, void *user)
{
    unsigned seen = atomic_load(&largest);
    int_fast64_t never = 0;

    (void)user;
    (void)atomic_compare_exchange_strong(&earliest, &never, deadline_now_ns());
    while (seen < record->index + 1 &&
           !atomic_compare_exchange_weak(&largest, &seen, record->index + 1)) {
    }
    return SIM_DONE;
}

static void set_up(void)
{
    atomic_store(&largest, 0);
    atomic_store(&earliest, 0);
    sim_run_set_up(&run, 1, 0);
    run.decide = measure;
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(void)
{
    sim_run_begin(&run, "orders:0");
}

/* All of it is there before the first batch comes back: the others can be as large as they may. */
static void consume_from_a_full_reservoir(uint32_t weight)
{
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:0", 0);
    sim_append("orders:0", (struct sim_batch){.records = RECORDS, .weight = weight});
    begin();
    sim_run_await_held(&run, 1);
    WAIT_UNTIL(sim_messages_out() == RECORDS, WAIT_MS);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", RECORDS);
}

static const struct {
    const char *size;
    unsigned records;
} sizes[] = {{"1", 1}, {"7", 7}, {"100", 100}};

enum { SIZES = sizeof sizes / sizeof sizes[0] };

START_TEST(a_batch_has_as_many_records_as_told)
{
    sim_run_set(&run, "weir.batch.size", sizes[_i].size);
    consume_from_a_full_reservoir(0);
    ck_assert_uint_eq(atomic_load(&largest), sizes[_i].records);
}
END_TEST

static const struct {
    const char *bytes;
    uint64_t limit;
} bytes[] = {{"1", 1}, {"15000", 15000}, {"45000", 45000}, {"1MiB", 1 << 20}};

enum { BYTES = sizeof bytes / sizeof bytes[0] };

START_TEST(a_batch_has_as_many_bytes_as_told)
{
    sim_run_set(&run, "weir.batch.size", "400");
    sim_run_set(&run, "weir.batch.bytes", bytes[_i].bytes);
    consume_from_a_full_reservoir(10000);
    uint64_t record = weir_consumer_counter(run.consumer, WEIR_COUNTER_FETCHED_BYTES) / RECORDS;
    uint64_t fitting = bytes[_i].limit / record;
    ck_assert_uint_eq(atomic_load(&largest), fitting > 0 ? fitting : 1);
}
END_TEST

/* Ten minutes are longer than any test: a batch that comes is a full one. */
START_TEST(a_batch_waits_for_company)
{
    sim_run_set(&run, "weir.batch.linger.ms", "600000");
    sim_run_set(&run, "weir.batch.size", "10");
    sim_run_set(&run, "weir.order", "partition");
    sim_append("orders:0", (struct sim_batch){.records = COMPANY - 1});
    begin();
    sim_run_await_event(&run, WEIR_EVENT_END, 1);
    sim_await_polls(0, 2);
    ck_assert_uint_eq(sim_attempts("orders:0"), 0);
    sim_append("orders:0", (struct sim_batch){.records = 1});
    sim_run_await_completed("orders:0", COMPANY);
    ck_assert_uint_eq(atomic_load(&largest), COMPANY);
    ck_assert_uint_eq(sim_attempts("orders:0"), COMPANY);
}
END_TEST

START_TEST(a_batch_waits_no_longer_than_told)
{
    sim_run_set(&run, "weir.batch.linger.ms", "300");
    sim_run_set(&run, "weir.batch.size", "10");
    sim_run_set(&run, "weir.order", "partition");
    sim_append("orders:0", (struct sim_batch){.records = COMPANY - 1});
    int64_t begun = deadline_now_ns();
    begin();
    sim_run_await_completed("orders:0", COMPANY - 1);
    ck_assert_int_ge(atomic_load(&earliest) - begun, (int64_t)300 * NS_PER_MS);
}
END_TEST

/* Every handler is held at its first record, so that as many run as may. */

static const struct {
    const char *order;
    uint32_t handlers;
} orders[] = {{"partition", 1}, {"key", 3}, {"none", 8}};

enum { ORDERS = sizeof orders / sizeof orders[0] };

START_TEST(the_order_says_what_runs_at_the_same_time)
{
    sim_run_set(&run, "weir.order", orders[_i].order);
    sim_run_set(&run, "weir.batch.size", "1");
    sim_run_set(&run, "weir.workers", "8");
    sim_run_hold(&run, "orders:0", 0);
    sim_append("orders:0", (struct sim_batch){.records = RECORDS, .keys = 3});
    begin();
    sim_run_await_held(&run, orders[_i].handlers);
    WAIT_UNTIL(sim_messages_out() == RECORDS, WAIT_MS);
    sim_await_polls(0, 2);
    ck_assert_uint_eq(sim_run_held(&run), orders[_i].handlers);
    ck_assert_uint_eq(sim_attempts("orders:0"), orders[_i].handlers);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", RECORDS);
}
END_TEST

int main(void)
{
    TCase *batches = tcase_create("batches");

    tcase_add_checked_fixture(batches, set_up, tear_down);
    tcase_add_loop_test(batches, a_batch_has_as_many_records_as_told, 0, SIZES);
    tcase_add_loop_test(batches, a_batch_has_as_many_bytes_as_told, 0, BYTES);
    tcase_add_test(batches, a_batch_waits_for_company);
    tcase_add_test(batches, a_batch_waits_no_longer_than_told);
    tcase_add_loop_test(batches, the_order_says_what_runs_at_the_same_time, 0, ORDERS);
    return runner_run("engine_batches", batches);
}
