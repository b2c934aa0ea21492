#include "framework/pool.h"

#include "framework/base/memory.h"
#include "test/support/deadline.h"
#include "test/support/pool_crew.h"
#include "test/support/runner.h"
#include <pthread.h>
#include <unistd.h>

enum { LONG_MS = 20000, LONG_ENOUGH_NS = 10000000 };

START_TEST(no_worker_is_started_before_there_is_work)
{
    crew_open(4);
    weir_pool_submit(crew.pool, NULL);
    ck_assert_uint_eq(weir_pool_started(crew.pool), 0);
    ck_assert_uint_eq(weir_pool_queued(crew.pool), 0);
}
END_TEST

START_TEST(a_submitted_task_is_run)
{
    crew_open(1);
    crew_submit(1);
    gate_await(&crew.ran, 1);
    ck_assert_uint_eq(weir_pool_started(crew.pool), 1);
    ck_assert_uint_eq(weir_pool_queued(crew.pool), 0);
}
END_TEST

START_TEST(one_worker_runs_tasks_in_the_order_they_came)
{
    crew_open(1);
    crew.hold = true;
    crew_submit(1);
    gate_await(&crew.begun, 1);
    crew_submit(2);
    crew_submit(3);
    ck_assert_uint_eq(weir_pool_queued(crew.pool), 5);
    crew_release_all();
    gate_await(&crew.ran, 6);
    for (uint64_t place = 0; place < 6; place++) {
        ck_assert_uint_eq(crew.order[place], place);
    }
}
END_TEST

START_TEST(workers_are_started_while_work_waits_up_to_the_limit)
{
    crew_open(3);
    crew.hold = true;
    for (uint64_t wanted = 1; wanted <= 3; wanted++) {
        crew_submit(1);
        gate_await(&crew.begun, wanted);
        ck_assert_uint_eq(weir_pool_started(crew.pool), wanted);
    }
    crew_submit(5);
    ck_assert_uint_eq(weir_pool_queued(crew.pool), 5);
    ck_assert_uint_eq(weir_pool_started(crew.pool), 3);
    ck_assert_uint_eq(weir_pool_busy(crew.pool), 3);
    crew_release_all();
    gate_await(&crew.ran, 8);
    ck_assert_uint_eq(weir_pool_started(crew.pool), 3);
    WAIT_UNTIL(weir_pool_busy(crew.pool) == 0, LONG_MS);
    ck_assert_int_eq(crew.most_at_once, 3);
}
END_TEST

START_TEST(one_chain_starts_as_many_workers_as_it_needs)
{
    crew_open(8);
    crew.hold = true;
    crew_submit(4);
    gate_await(&crew.begun, 4); /* one that comes for work calls the next */
    ck_assert_uint_eq(weir_pool_started(crew.pool), 4);
    crew_release_all();
    gate_await(&crew.ran, 4);
}
END_TEST

START_TEST(idle_workers_are_woken_before_new_ones_are_started)
{
    crew_open(4);
    crew_submit(1);
    gate_await(&crew.ran, 1);
    for (uint64_t count = 2; count < 50; count++) {
        crew_await_busy(0);
        crew_submit(1);
        gate_await(&crew.ran, count);
    }
    ck_assert_uint_eq(weir_pool_started(crew.pool), 1);
}
END_TEST

/* Tasks 0 and 1 are held by a worker each; the test lets one of them go last. */
START_TEST(the_worker_that_became_idle_last_is_woken_first)
{
    uint64_t last = (uint64_t)_i;

    crew_open(2);
    crew.hold = true;
    crew_submit(1);
    gate_await(&crew.begun, 1);
    crew_submit(1);
    gate_await(&crew.begun, 2);
    crew.hold = false;
    crew_release(1 - last);
    gate_await(&crew.ran, 1);
    crew_await_busy(1);
    crew_release(last);
    gate_await(&crew.ran, 2);
    for (uint64_t task = 2; task < 20; task++) {
        crew_await_busy(0);
        crew_submit(1);
        gate_await(&crew.ran, task + 1);
        ck_assert_uint_eq(crew.worker_of[task], crew.worker_of[last]);
    }
}
END_TEST

START_TEST(an_idle_worker_does_not_wait_for_one_that_is_being_opened)
{
    crew_open(2);
    crew.hold = true;
    crew_submit(1);
    gate_await(&crew.begun, 1);
    crew.open_waits = true; /* the second worker will connect for a long time */
    crew.hold = false;
    crew_submit(1);
    WAIT_UNTIL(atomic_load(&crew.openings) == 2, LONG_MS);
    crew_release(0);
    gate_await(&crew.ran, 2); /* the first one did both */
    crew_await_busy(0);
    crew_submit(1);
    gate_await(&crew.ran, 3);
    ck_assert_uint_eq(crew.worker_of[2], 0);
}
END_TEST

/* Many threads submit at once. */
enum { SUBMITTERS = 4, CHAINS = 200, CHAIN = 5 };

static void *submit_often(void *user)
{
    (void)user;
    for (int i = 0; i < CHAINS; i++) {
        crew_submit(i % 3 == 0 ? CHAIN : 1);
    }
    return NULL;
}

static void submit_from_many_threads(uint32_t workers)
{
    pthread_t submitters[SUBMITTERS];

    crew_open(workers);
    for (int i = 0; i < SUBMITTERS; i++) {
        ck_assert_int_eq(pthread_create(&submitters[i], NULL, submit_often, NULL), 0);
    }
    for (int i = 0; i < SUBMITTERS; i++) {
        (void)pthread_join(submitters[i], NULL);
    }
}

static const uint32_t worker_counts[] = {1, 2, 7};

static bool is_past(int64_t at_ns)
{
    return deadline_now_ns() > at_ns;
}

/* The first opens alone, since nobody knows yet how long it takes. */
START_TEST(workers_that_open_slowly_open_side_by_side)
{
    crew_open(4);
    crew.open_waits = true;
    crew.hold = true;
    crew_submit(6);
    WAIT_UNTIL(crew.openings == 1, LONG_MS);
    int64_t long_enough = deadline_now_ns() + LONG_ENOUGH_NS;
    WAIT_UNTIL(is_past(long_enough), LONG_MS);
    ck_assert_uint_eq(crew.openings, 1);
    (void)gate_add(&crew.may_open, 1);
    WAIT_UNTIL(crew.openings == 4, LONG_MS); /* and only one of them may end */
    ck_assert_uint_eq(gate_value(&crew.opened), 1);
    (void)gate_add(&crew.may_open, 3);
    crew_release_all();
    gate_await(&crew.ran, 6);
    ck_assert_uint_eq(weir_pool_started(crew.pool), 4);
}
END_TEST

/* Not more than there are tasks that wait. */
START_TEST(no_more_open_side_by_side_than_tasks_wait)
{
    crew_open(8);
    crew.open_waits = true;
    crew.hold = true;
    crew_submit(3);
    WAIT_UNTIL(crew.openings == 1, LONG_MS);
    int64_t long_enough = deadline_now_ns() + LONG_ENOUGH_NS;
    WAIT_UNTIL(is_past(long_enough), LONG_MS);
    (void)gate_add(&crew.may_open, 1);
    WAIT_UNTIL(crew.openings == 3, LONG_MS); /* the first has begun the third */
    (void)gate_add(&crew.may_open, 7);
    crew_release_all();
    gate_await(&crew.ran, 3);
    ck_assert_uint_eq(weir_pool_started(crew.pool), 3);
}
END_TEST

START_TEST(every_task_is_run_once_whoever_submits_it)
{
    submit_from_many_threads(worker_counts[_i]);
    gate_await(&crew.ran, crew.submitted);
    ck_assert_uint_eq(weir_pool_queued(crew.pool), 0);
    ck_assert_uint_le(weir_pool_started(crew.pool), worker_counts[_i]);
    ck_assert_int_le(crew.most_at_once, (int)worker_counts[_i]);
}
END_TEST

START_TEST(a_stop_amid_the_work_runs_what_is_queued)
{
    submit_from_many_threads(worker_counts[_i]);
    ck_assert_int_eq(weir_pool_stop(crew.pool, deadline_in_ms(LONG_MS).at_ns), WEIR_OK);
    ck_assert_uint_eq(gate_value(&crew.ran), crew.submitted);
    ck_assert_uint_eq(gate_value(&crew.closed), gate_value(&crew.opened));
    crew_stopped(true);
}
END_TEST

/* Stopping. */

START_TEST(a_pool_without_workers_stops_at_once)
{
    crew_open(3);
    ck_assert_int_eq(weir_pool_stop(crew.pool, 0), WEIR_OK);
    crew_stopped(true);
}
END_TEST

static void *let_go_of_the_first(void *thread)
{
    const pid_t *stopper = thread;

    crew_await_asleep(*stopper); /* as a rule in the stop */
    crew_release_all();
    return NULL;
}

START_TEST(a_stop_waits_for_the_task_that_runs_and_those_behind_it)
{
    pthread_t helper;
    pid_t stopper = gettid();

    crew_open(1);
    crew.hold = true;
    crew_submit(4);
    gate_await(&crew.begun, 1);
    ck_assert_int_eq(pthread_create(&helper, NULL, let_go_of_the_first, &stopper), 0);
    ck_assert_int_eq(weir_pool_stop(crew.pool, deadline_in_ms(LONG_MS).at_ns), WEIR_OK);
    ck_assert_uint_eq(gate_value(&crew.ran), 4);
    ck_assert_uint_eq(gate_value(&crew.closed), 1);
    (void)pthread_join(helper, NULL);
    crew_stopped(true);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_ever_for_a_task_that_hangs)
{
    crew_open(2);
    crew.hold = true;
    crew_submit(1);
    gate_await(&crew.begun, 1);
    ck_assert_int_eq(weir_pool_stop(crew.pool, weir_clock_now() + 1), WEIR_ERR_TIMEOUT);
    ck_assert_uint_eq(gate_value(&crew.ran), 0);
    crew_release_all(); /* the worker ends by itself, and the pool stays where it is */
    gate_await(&crew.closed, 1);
    ck_assert_uint_eq(gate_value(&crew.ran), 1);
    crew_stopped(false);
}
END_TEST

/* The second opens while the pool stops, and comes for the second task: nobody is called for the
 * third, which came after the stop began, though opening takes long and it waits. */
START_TEST(a_pool_that_stops_starts_nobody)
{
    crew_open(4);
    crew.hold = true;
    crew_submit(1);
    gate_await(&crew.begun, 1);
    crew.open_waits = true;
    crew_submit(1);
    WAIT_UNTIL(crew.openings == 2, LONG_MS);
    int64_t long_enough = deadline_now_ns() + LONG_ENOUGH_NS;
    WAIT_UNTIL(is_past(long_enough), LONG_MS);
    ck_assert_int_eq(weir_pool_stop(crew.pool, weir_clock_now()), WEIR_ERR_TIMEOUT);
    crew_submit(1);
    (void)gate_add(&crew.may_open, CREW_WORKERS);
    gate_await(&crew.begun, 2);
    crew_release_all();
    ck_assert_int_eq(weir_pool_stop(crew.pool, deadline_in_ms(LONG_MS).at_ns), WEIR_OK);
    ck_assert_uint_eq(gate_value(&crew.ran), 3);
    ck_assert_uint_eq(crew.openings, 2);
    crew_stopped(true);
}
END_TEST

START_TEST(a_stop_in_vain_says_where_the_workers_are)
{
    crew_open(2);
    crew.hold = true;
    crew.open_waits = true;
    crew.close_waits = true;
    crew_submit(1);
    ck_assert_int_eq(weir_pool_stop(crew.pool, weir_clock_now()), WEIR_ERR_TIMEOUT);
    ck_assert_int_eq(weir_pool_place(crew.pool), WEIR_POOL_OPENING);
    (void)gate_add(&crew.may_open, 1);
    gate_await(&crew.begun, 1);
    ck_assert_int_eq(weir_pool_stop(crew.pool, weir_clock_now()), WEIR_ERR_TIMEOUT);
    ck_assert_int_eq(weir_pool_place(crew.pool), WEIR_POOL_HANDLING);
    crew_release_all();
    WAIT_UNTIL(weir_pool_place(crew.pool) == WEIR_POOL_CLOSING, LONG_MS);
    ck_assert_int_eq(weir_pool_stop(crew.pool, weir_clock_now()), WEIR_ERR_TIMEOUT);
    (void)gate_add(&crew.may_close, 1);
    ck_assert_int_eq(weir_pool_stop(crew.pool, deadline_in_ms(LONG_MS).at_ns), WEIR_OK);
    ck_assert_int_eq(weir_pool_place(crew.pool), WEIR_POOL_EMPTY);
    crew_stopped(true);
}
END_TEST

START_TEST(idle_workers_are_closed_by_a_stop)
{
    crew_open(3);
    crew.hold = true;
    crew_submit(3);
    gate_await(&crew.begun, 3);
    crew_release_all();
    gate_await(&crew.ran, 3);
    crew_await_busy(0);
    ck_assert_int_eq(weir_pool_stop(crew.pool, deadline_in_ms(LONG_MS).at_ns), WEIR_OK);
    ck_assert_uint_eq(gate_value(&crew.closed), 3);
    crew_stopped(true);
}
END_TEST

/* Workers that cannot be had. */

START_TEST(tasks_come_home_when_no_worker_can_be_opened)
{
    crew_open(2);
    crew.open_fails_to = CREW_WORKERS;
    crew_submit(5);
    gate_await(&crew.refused, 5);
    ck_assert_uint_ge(gate_value(&crew.complaints), 1);
    ck_assert_uint_eq(gate_value(&crew.opened), 0);
    ck_assert_uint_eq(weir_pool_queued(crew.pool), 0);
}
END_TEST

START_TEST(a_worker_may_open_after_another_could_not)
{
    crew_open(1);
    crew.open_fails_to = 1;
    crew_submit(1);
    gate_await(&crew.refused, 1);
    for (uint64_t tries = 1; gate_value(&crew.ran) == 0; tries++) {
        crew_submit(1); /* the thread that failed may still be on its way out */
        WAIT_UNTIL(gate_value(&crew.ran) + gate_value(&crew.refused) == tries + 1, LONG_MS);
    }
    ck_assert_uint_eq(gate_value(&crew.opened), 1);
}
END_TEST

START_TEST(tasks_wait_for_the_worker_there_is_when_another_cannot_be_opened)
{
    crew_open(2);
    crew.open_fails_from = 1;
    crew.open_fails_to = CREW_WORKERS;
    crew.hold = true;
    crew_submit(1);
    gate_await(&crew.begun, 1);
    crew_submit(2);
    gate_await(&crew.complaints, 1);
    crew_release_all();
    gate_await(&crew.ran, 3);
    ck_assert_uint_eq(gate_value(&crew.refused), 0);
}
END_TEST

/* The first complains and has not gone yet when the second is started for the next task. */
START_TEST(no_task_is_left_behind_when_two_workers_fail_at_once)
{
    crew_open(2);
    crew.open_fails_to = CREW_WORKERS;
    crew.complaints_wait = true;
    crew_submit(1);
    gate_await(&crew.complaints, 1);
    crew_submit(1);
    gate_await(&crew.complaints, 2);
    (void)gate_add(&crew.may_complain, 1);
    gate_await(&crew.refused, 2);
}
END_TEST

START_TEST(no_task_is_left_behind_by_the_only_worker_that_fails)
{
    crew_open(1);
    crew.open_fails_to = CREW_WORKERS;
    crew.complaints_wait = true;
    crew_submit(1);
    gate_await(&crew.complaints, 1);
    crew_submit(3); /* nobody else may be started */
    (void)gate_add(&crew.may_complain, 1);
    gate_await(&crew.refused, 4);
}
END_TEST

static void set_stack_size(size_t size)
{
    pthread_attr_t attributes;

    (void)pthread_attr_init(&attributes);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, size), 0);
    ck_assert_int_eq(pthread_setattr_default_np(&attributes), 0);
    (void)pthread_attr_destroy(&attributes);
}

START_TEST(tasks_come_home_when_no_thread_can_be_started)
{
    crew_open(2);
    set_stack_size((size_t)1 << 46); /* more than there is */
    crew_submit(3);
    gate_await(&crew.refused, 3);
    ck_assert_uint_ge(gate_value(&crew.complaints), 1);
    ck_assert_uint_eq(weir_pool_started(crew.pool), 0);
    set_stack_size((size_t)1 << 20);
    crew_submit(1);
    gate_await(&crew.ran, 1);
}
END_TEST

START_TEST(a_failed_allocation_is_a_status)
{
    weir_memory_fail_nth(1);
    struct weir_pool_ops none = {0};
    ck_assert_int_eq(weir_pool_create(1, &none, NULL, &crew.pool), WEIR_ERR_NOMEM);
    weir_memory_fail_nth(0);
    ck_assert_ptr_null(crew.pool);
    weir_pool_destroy(NULL);
}
END_TEST

static TCase *ends(void)
{
    TCase *tcase = tcase_create("stopping and failing");

    tcase_add_checked_fixture(tcase, crew_set_up, crew_tear_down);
    tcase_add_test(tcase, a_pool_without_workers_stops_at_once);
    tcase_add_test(tcase, a_stop_waits_for_the_task_that_runs_and_those_behind_it);
    tcase_add_test(tcase, a_stop_does_not_wait_for_ever_for_a_task_that_hangs);
    tcase_add_test(tcase, a_pool_that_stops_starts_nobody);
    tcase_add_test(tcase, a_stop_in_vain_says_where_the_workers_are);
    tcase_add_test(tcase, idle_workers_are_closed_by_a_stop);
    tcase_add_loop_test(tcase, a_stop_amid_the_work_runs_what_is_queued, 0, 3);
    tcase_add_test(tcase, tasks_come_home_when_no_worker_can_be_opened);
    tcase_add_test(tcase, a_worker_may_open_after_another_could_not);
    tcase_add_test(tcase, tasks_wait_for_the_worker_there_is_when_another_cannot_be_opened);
    tcase_add_test(tcase, no_task_is_left_behind_when_two_workers_fail_at_once);
    tcase_add_test(tcase, no_task_is_left_behind_by_the_only_worker_that_fails);
    tcase_add_test(tcase, tasks_come_home_when_no_thread_can_be_started);
    tcase_add_test(tcase, a_failed_allocation_is_a_status);
    return tcase;
}

int main(void)
{
    TCase *tcase = tcase_create("running");

    tcase_add_checked_fixture(tcase, crew_set_up, crew_tear_down);
    tcase_add_test(tcase, no_worker_is_started_before_there_is_work);
    tcase_add_test(tcase, a_submitted_task_is_run);
    tcase_add_test(tcase, one_worker_runs_tasks_in_the_order_they_came);
    tcase_add_test(tcase, workers_are_started_while_work_waits_up_to_the_limit);
    tcase_add_test(tcase, one_chain_starts_as_many_workers_as_it_needs);
    tcase_add_test(tcase, idle_workers_are_woken_before_new_ones_are_started);
    tcase_add_loop_test(tcase, the_worker_that_became_idle_last_is_woken_first, 0, 2);
    tcase_add_test(tcase, an_idle_worker_does_not_wait_for_one_that_is_being_opened);
    tcase_add_test(tcase, workers_that_open_slowly_open_side_by_side);
    tcase_add_test(tcase, no_more_open_side_by_side_than_tasks_wait);
    tcase_add_loop_test(tcase, every_task_is_run_once_whoever_submits_it, 0, 3);
    return runner_run_two("pool", tcase, ends());
}
