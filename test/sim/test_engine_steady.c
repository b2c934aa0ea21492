#include "framework/base/memory.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"

/* Nothing is allocated for a record. What records need was made when their partition came; batches
 * are made when more of them are out than ever before, and kept: with batches of one record, never
 * more than the windows of all partitions have room for. */

enum { PARTITIONS = 4, WINDOW = 64, WARM = 1000, RECORDS = 20000, PER_COMMIT = 16 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, PARTITIONS, 0);
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    sim_run_tear_down(&run);
}

static void consume(unsigned records)
{
    uint64_t before = sim_completed("orders:0-3");

    sim_append("orders:0-3", (struct sim_batch){.records = records, .keys = 50});
    sim_run_await_completed("orders:0-3", before + (uint64_t)PARTITIONS * records);
}

static void warm_up(const char *order, const char *interval)
{
    sim_run_set(&run, "weir.order", order);
    sim_run_set(&run, "weir.fetchers", "2");
    sim_run_set(&run, "weir.workers", "2");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_run_set(&run, "weir.inflight", "64");
    sim_run_set(&run, "weir.buffer.records", "64");
    sim_run_set(&run, "weir.commit.interval.ms", interval);
    sim_run_hold(&run, "orders:0-3", 0); /* or one worker might do it all */
    sim_append("orders:0-3", (struct sim_batch){.records = WARM, .keys = 50});
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_held(&run, 2);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * WARM);
}

static const char *const orders[] = {"partition", "key", "none"};

enum { ORDERS = sizeof orders / sizeof orders[0] };

START_TEST(nothing_is_allocated_for_a_record)
{
    warm_up(orders[_i], "3600000");
    weir_memory_fail_nth(UINT64_MAX);
    consume(RECORDS);
    ck_assert_uint_le(weir_memory_count(), (uint64_t)PARTITIONS * WINDOW);
}
END_TEST

/* A commit is for a batch or many; what it needs does not grow with the records it covers. */
START_TEST(a_commit_allocates_for_itself)
{
    warm_up(orders[_i], "20");
    sim_await_stored("orders:0-3");
    uint64_t before = weir_consumer_counter(run.consumer, WEIR_COUNTER_COMMITS);
    weir_memory_fail_nth(UINT64_MAX);
    consume(RECORDS);
    sim_await_stored("orders:0-3");
    uint64_t commits = weir_consumer_counter(run.consumer, WEIR_COUNTER_COMMITS) - before;
    uint64_t count = weir_memory_count();
    ck_assert_uint_gt(count, 0); /* or nobody counts */
    ck_assert_uint_le(count,
                      (uint64_t)PARTITIONS * WINDOW + (commits + 1) * PARTITIONS * PER_COMMIT);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("steady");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, nothing_is_allocated_for_a_record, 0, ORDERS);
    tcase_add_loop_test(tcase, a_commit_allocates_for_itself, 0, ORDERS);
    return runner_run("engine_steady", tcase);
}
