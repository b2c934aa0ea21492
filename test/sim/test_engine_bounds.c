#include "test/support/deadline.h"
#include "test/support/gate.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"

/* How much is held when handlers stand still: as much as was allowed, and no more. */

enum { PARTITIONS = 8, RECORDS = 1000, WEIGHT = 600, WAIT_MS = 30000 };

static struct sim_run run;
static struct gate gate;

static void set_up(void)
{
    gate_init(&gate);
    sim_run_set_up(&run, PARTITIONS, 0);
}

static void tear_down(void)
{
    (void)gate_add(&gate, 1);
    sim_run_tear_down(&run);
    gate_fini(&gate);
}

static uint64_t counter(enum weir_counter counter)
{
    return weir_consumer_counter(run.consumer, counter);
}

/* By records. */

static const struct {
    const char *buffer;
    const char *window;
    uint64_t held;
} records[] = {{"5", "20", 25}, {"50", "20", 70}, {"50", "7", 57}};

enum { ROWS = sizeof records / sizeof records[0] };

START_TEST(as_many_records_wait_as_told)
{
    sim_run_set(&run, "weir.batch.size", "5");
    sim_run_set(&run, "weir.buffer.records", records[_i].buffer);
    sim_run_set(&run, "weir.inflight", records[_i].window);
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:0", 0);
    sim_append("orders:0", (struct sim_batch){.records = RECORDS});
    sim_run_begin(&run, "orders:0");
    sim_run_await_held(&run, 1);
    WAIT_UNTIL(sim_messages_out() >= records[_i].held, WAIT_MS);
    sim_await_polls(0, 2);
    ck_assert_uint_eq(sim_messages_out(), records[_i].held);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", RECORDS);
}
END_TEST

static enum sim_outcome wait_at_first(const struct weir_record *record, void *user)
{
    (void)user;
    if (record->offset == 0) {
        gate_hold(&gate, 1);
    }
    return SIM_DONE;
}

static const struct {
    const char *value;
    uint64_t window;
} windows[] = {{"1", 1}, {"12", 12}, {"100", 100}};

enum { WINDOWS = sizeof windows / sizeof windows[0] };

/* The rest goes on, but not beyond what a crash may repeat. */
START_TEST(an_unfinished_record_stops_its_partition_at_the_window)
{
    run.decide = wait_at_first;
    sim_run_set(&run, "weir.inflight", windows[_i].value);
    sim_run_set(&run, "weir.order", "none");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_append("orders:0", (struct sim_batch){.records = RECORDS});
    sim_run_begin(&run, "orders:0");
    sim_run_await_completed("orders:0", windows[_i].window - 1);
    WAIT_UNTIL(sim_attempts("orders:0") >= windows[_i].window, WAIT_MS);
    sim_await_polls(0, 2);
    ck_assert_uint_eq(sim_attempts("orders:0"), windows[_i].window);
    ck_assert_int_eq(sim_stored("orders", 0), -1);
    (void)gate_add(&gate, 1);
    sim_run_await_completed("orders:0", RECORDS);
}
END_TEST

/* By bytes. The record that comes over the limit is the last one. */

static void hold_all(const char *list, uint64_t bytes_at_least)
{
    sim_run_set(&run, "weir.batch.bytes", "10000");
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, list, 0);
    sim_append(list, (struct sim_batch){.records = RECORDS, .weight = WEIGHT});
    sim_run_begin(&run, list);
    WAIT_UNTIL(counter(WEIR_COUNTER_FETCHED_BYTES) >= bytes_at_least, WAIT_MS);
}

static const struct {
    const char *value;
    uint64_t bytes;
} buffers[] = {{"20000", 20000}, {"300000", 300000}};

enum { BUFFERS = sizeof buffers / sizeof buffers[0] };

START_TEST(as_many_bytes_of_a_partition_wait_as_told)
{
    sim_run_set(&run, "weir.buffer.bytes", buffers[_i].value);
    hold_all("orders:0", buffers[_i].bytes);
    sim_await_polls(0, 2);
    uint64_t fetched = counter(WEIR_COUNTER_FETCHED_BYTES);
    uint64_t record = fetched / counter(WEIR_COUNTER_FETCHED);
    ck_assert_uint_lt(fetched, buffers[_i].bytes + record);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", RECORDS);
}
END_TEST

static const struct {
    const char *value;
    uint64_t bytes;
} totals[] = {{"512KiB", 524288}, {"4MiB", 4 << 20}};

enum { TOTALS = sizeof totals / sizeof totals[0] };

/* Seven eighths of it are the client library's. A partition that holds nothing may take one record
 * all the same: stuck ones must not starve it. */
START_TEST(as_many_bytes_of_all_partitions_wait_as_told)
{
    sim_run_set(&run, "weir.buffer.total.bytes", totals[_i].value);
    sim_run_set(&run, "weir.buffer.bytes", "128KiB");
    hold_all("orders:0-7", totals[_i].bytes / 8);
    sim_run_await_all_held(&run);
    sim_await_polls(0, 2);
    uint64_t fetched = counter(WEIR_COUNTER_FETCHED_BYTES);
    uint64_t record = fetched / counter(WEIR_COUNTER_FETCHED);
    ck_assert_uint_lt(fetched, totals[_i].bytes / 8 + PARTITIONS * record);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0-7", (uint64_t)PARTITIONS * RECORDS);
}
END_TEST

int main(void)
{
    TCase *bounds = tcase_create("bounds");

    tcase_add_checked_fixture(bounds, set_up, tear_down);
    tcase_add_loop_test(bounds, as_many_records_wait_as_told, 0, ROWS);
    tcase_add_loop_test(bounds, an_unfinished_record_stops_its_partition_at_the_window, 0, WINDOWS);
    tcase_add_loop_test(bounds, as_many_bytes_of_a_partition_wait_as_told, 0, BUFFERS);
    tcase_add_loop_test(bounds, as_many_bytes_of_all_partitions_wait_as_told, 0, TOTALS);
    return runner_run("engine_bounds", bounds);
}
