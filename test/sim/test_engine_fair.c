/* Who has little to do is not kept waiting by who has much. */
#include "framework/base/atomic.h"
#include "framework/base/clock.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdint.h>

enum { BUSY = 7, QUIET = BUSY, BATCH = 16, OUT = 2, RECORDS = 500, AWAIT_MS = 20000 };

static struct sim_run run;
static _Atomic(uint32_t) busy;   /* records of the busy partitions that were handled */
static _Atomic(uint32_t) before; /* ... when the quiet one's turn came */
static _Atomic(bool) arrived;

static void set_up(void)
{
    atomic_store(&busy, 0);
    atomic_store(&before, 0);
    atomic_store(&arrived, false);
    sim_run_set_up(&run, BUSY + 1, 0);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

/* So long that no more than a batch of a partition goes out at a time (framework/pace.h). */
static void take_long(void)
{
    weir_time until = weir_clock_now() + (weir_time)200 * WEIR_NS_PER_US;

    while (weir_clock_now() < until) {
    }
}

static enum sim_outcome count(const struct weir_record *record, void *user)
{
    (void)user;
    take_long();
    if (record->partition == QUIET) {
        atomic_store(&before, atomic_load(&busy));
    } else {
        atomic_fetch_add(&busy, 1);
    }
    return SIM_DONE;
}

static void hear(const struct weir_event *event, void *user)
{
    (void)user;
    for (size_t i = 0; event->kind == WEIR_EVENT_DELIVER && i < event->span_count; i++) {
        if (event->spans[i].partition == QUIET) {
            atomic_store(&arrived, true);
        }
    }
}

static const char *const orders[] = {"partition", "key", "none"};

enum { ORDERS = sizeof orders / sizeof orders[0] };

START_TEST(a_record_waits_for_a_batch_of_each_other_partition_and_no_more)
{
    run.decide = count;
    run.hear = hear;
    sim_run_set(&run, "weir.order", orders[_i]);
    sim_run_set(&run, "weir.workers", "1");
    sim_append("orders:0-6", (struct sim_batch){.records = RECORDS, .keys = 50});
    sim_run_hold(&run, "orders:0-6", 0);
    sim_run_begin(&run, "orders:0-7");
    sim_run_await_held(&run, 1);
    sim_append("orders:7", (struct sim_batch){.records = 1});
    WAIT_UNTIL(atomic_load(&arrived), AWAIT_MS);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0-7", (uint64_t)BUSY * RECORDS + 1);
    /* What was out already, and one of each. */
    ck_assert_uint_le(atomic_load(&before), (uint64_t)(OUT + BUSY) * BATCH);
}
END_TEST

/* Of a partition whose handlers were quick many batches go out, one behind another. When the first
 * of them never ends they are all there, and nobody else's are fewer. */
START_TEST(what_waits_behind_a_handler_that_hangs_keeps_no_other_partition)
{
    enum { QUICK = 2000, HUNG = 1000 };

    sim_run_set(&run, "weir.order", orders[_i]);
    sim_run_set(&run, "weir.workers", "4");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_run_set(&run, "weir.inflight", "1000");
    sim_run_set(&run, "weir.buffer.records", "1000");
    sim_append("orders:0", (struct sim_batch){.records = QUICK, .keys = 1});
    sim_run_hold(&run, "orders:0", QUICK);
    sim_run_begin(&run, "orders:0-7");
    sim_run_await_completed("orders:0", QUICK);
    sim_append("orders:0", (struct sim_batch){.records = HUNG, .keys = 1});
    sim_run_await_all_held(&run);
    sim_append("orders:1-7", (struct sim_batch){.records = 1});
    sim_run_await_completed("orders:1-7", BUSY);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", QUICK + HUNG);
}
END_TEST

int main(void)
{
    TCase *fair = tcase_create("fair");

    tcase_add_checked_fixture(fair, set_up, tear_down);
    tcase_add_loop_test(fair, a_record_waits_for_a_batch_of_each_other_partition_and_no_more, 0,
                        ORDERS);
    tcase_add_loop_test(fair, what_waits_behind_a_handler_that_hangs_keeps_no_other_partition, 0,
                        ORDERS - 1);
    return runner_run("engine_fair", fair);
}
