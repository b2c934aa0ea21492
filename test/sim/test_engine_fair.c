/* Who has little to do is not kept waiting by who has much. */
#include "framework/base/atomic.h"
#include "framework/base/clock.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <semaphore.h>
#include <stdint.h>

enum { BUSY = 7, QUIET = BUSY, BATCH = 16, OUT = 2, RECORDS = 500, AWAIT_MS = 20000, STEPS = 40 };

static struct sim_run run;
static _Atomic(uint32_t) busy;   /* records of the busy partitions that were handled */
static _Atomic(uint32_t) before; /* ... when the quiet one's turn came */
static _Atomic(bool) arrived;

static _Atomic(uint32_t) arrivals;
static _Atomic(uint32_t) begun;
static int32_t turns[STEPS]; /* whose record was begun */
static _Atomic(bool) may_leave;
static sem_t leave;

static void set_up(void)
{
    atomic_store(&busy, 0);
    atomic_store(&before, 0);
    atomic_store(&arrived, false);
    atomic_store(&arrivals, 0);
    atomic_store(&begun, 0);
    atomic_store(&may_leave, false);
    ck_assert_int_eq(sem_init(&leave, 0, 0), 0);
    sim_run_set_up(&run, BUSY + 1, 0);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
    ck_assert_int_eq(sem_destroy(&leave), 0);
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

/* One at a time, each with the test's leave. */
static enum sim_outcome await_leave(const struct weir_record *record, void *user)
{
    uint32_t mine = atomic_load(&begun);

    (void)user;
    if (atomic_load(&may_leave)) {
        return SIM_DONE;
    }
    ck_assert_uint_lt(mine, STEPS);
    turns[mine] = record->partition;
    atomic_store(&begun, mine + 1);
    while (sem_wait(&leave) != 0) {
    }
    return SIM_DONE;
}

static void count_arrivals(const struct weir_event *event, void *user)
{
    (void)user;
    for (size_t i = 0; event->kind == WEIR_EVENT_DELIVER && i < event->span_count; i++) {
        atomic_fetch_add(&arrivals, event->spans[i].count);
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

/* A record that arrives wakes the fetcher while all that may be out is out: whose turn it is stays
 * the same. */
START_TEST(a_turn_that_brings_no_room_is_nobody_s_turn)
{
    enum { EACH = 20 };

    run.decide = await_leave;
    run.hear = count_arrivals;
    sim_run_set(&run, "weir.order", orders[_i]);
    sim_run_set(&run, "weir.workers", "1");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_append("orders:0-7", (struct sim_batch){.records = EACH, .keys = 50});
    sim_run_begin(&run, "orders:0-7");
    WAIT_UNTIL(atomic_load(&arrivals) == (BUSY + 1) * EACH && atomic_load(&begun) == 1, AWAIT_MS);
    for (uint32_t step = 1; step < STEPS; step++) {
        ck_assert_int_eq(sem_post(&leave), 0);
        WAIT_UNTIL(atomic_load(&begun) == step + 1, AWAIT_MS);
        sim_append("orders:7", (struct sim_batch){.records = 1});
        WAIT_UNTIL(atomic_load(&arrivals) == (BUSY + 1) * EACH + step, AWAIT_MS);
    }
    for (uint32_t i = OUT; i + BUSY + 1 < STEPS; i++) {
        ck_assert_int_eq(turns[i + BUSY + 1], turns[i]);
        for (uint32_t other = i + 1; other < i + BUSY + 1; other++) {
            ck_assert_int_ne(turns[other], turns[i]);
        }
    }
    atomic_store(&may_leave, true);
    ck_assert_int_eq(sem_post(&leave), 0);
    sim_run_await_completed("orders:0-7", (BUSY + 1) * EACH + STEPS - 1);
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
    tcase_add_loop_test(fair, a_turn_that_brings_no_room_is_nobody_s_turn, 0, ORDERS);
    tcase_add_loop_test(fair, what_waits_behind_a_handler_that_hangs_keeps_no_other_partition, 0,
                        ORDERS - 1);
    return runner_run("engine_fair", fair);
}
