#include "test/support/pool_crew.h"

#include "test/support/deadline.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STOP_MS = 20000 };

struct crew crew;

static struct gate *const gates[] = {&crew.opened,   &crew.begun,        &crew.ran,
                                     &crew.closed,   &crew.refused,      &crew.complaints,
                                     &crew.may_open, &crew.may_complain, &crew.may_close};
enum { GATES = sizeof gates / sizeof gates[0] };

static enum weir_status open_worker(void **out, void *user)
{
    ck_assert_ptr_eq(user, &crew);
    uint64_t number = atomic_fetch_add(&crew.openings, 1);

    if (crew.open_waits) {
        gate_hold(&crew.may_open, number + 1);
    }
    if (number >= crew.open_fails_from && number < crew.open_fails_to) {
        return WEIR_ERR_PLUGIN;
    }
    *out = &crew.contexts[number];
    (void)gate_add(&crew.opened, 1);
    return WEIR_OK;
}

static uint64_t number_of(void *worker)
{
    return (uint64_t)((char *)worker - crew.contexts);
}

static void come_home(struct weir_task *task)
{
    crew.times[task->id]++;
    (void)pthread_mutex_lock(&crew.mutex);
    task->next = crew.home;
    crew.home = task;
    (void)pthread_mutex_unlock(&crew.mutex);
}

static void note_peak(int running)
{
    int most = atomic_load(&crew.most_at_once);

    while (running > most && !atomic_compare_exchange_weak(&crew.most_at_once, &most, running)) {
    }
}

static void run_task(struct weir_task *task, void *worker, void *user)
{
    uint64_t id = task->id;
    bool held = crew.hold;

    ck_assert_ptr_eq(user, &crew);
    ck_assert_ptr_null(task->next);
    note_peak(atomic_fetch_add(&crew.running, 1) + 1);
    crew.worker_of[id] = number_of(worker);
    (void)gate_add(&crew.begun, 1);
    if (held) {
        gate_hold(&crew.may_leave[id], 1);
    }
    atomic_fetch_sub(&crew.running, 1);
    come_home(task);
    static _Atomic(uint64_t) *const order = crew.order;
    order[gate_value(&crew.ran)] = id; /* exact with one worker */
    (void)gate_add(&crew.ran, 1);
}

static void close_worker(void *worker, void *user)
{
    (void)user;
    ck_assert_uint_lt(number_of(worker), CREW_WORKERS);
    if (crew.close_waits) {
        gate_hold(&crew.may_close, 1);
    }
    (void)gate_add(&crew.closed, 1);
}

static void refuse_task(struct weir_task *task, void *user)
{
    (void)user;
    ck_assert_ptr_null(task->next);
    come_home(task);
    (void)gate_add(&crew.refused, 1);
}

static void complain(const char *why, void *user)
{
    (void)user;
    ck_assert_uint_gt(strlen(why), 0);
    (void)gate_add(&crew.complaints, 1);
    if (crew.complaints_wait) {
        gate_hold(&crew.may_complain, 1);
    }
}

static const struct weir_pool_ops ops = {.open = open_worker,
                                         .run = run_task,
                                         .close = close_worker,
                                         .refuse = refuse_task,
                                         .failed = complain};

void crew_set_up(void)
{
    memset(&crew, 0, sizeof crew);
    (void)pthread_mutex_init(&crew.mutex, NULL);
    for (size_t i = 0; i < GATES; i++) {
        gate_init(gates[i]);
    }
    for (size_t i = 0; i < CREW_HELD; i++) {
        gate_init(&crew.may_leave[i]);
    }
}

void crew_open(uint32_t workers)
{
    ck_assert_int_eq(weir_pool_create(workers, &ops, &crew, &crew.pool), WEIR_OK);
}

void crew_submit(uint64_t count)
{
    struct weir_task *first = NULL;
    struct weir_task **end = &first;

    (void)pthread_mutex_lock(&crew.mutex);
    for (uint64_t i = 0; i < count; i++) {
        *end = weir_task_take(&crew.stock, 1);
        (*end)->id = crew.submitted++;
        end = &(*end)->next;
    }
    (void)pthread_mutex_unlock(&crew.mutex);
    weir_pool_submit(crew.pool, first);
}

void crew_release(uint64_t task)
{
    (void)gate_add(&crew.may_leave[task], 1);
}

void crew_release_all(void)
{
    for (uint64_t task = 0; task < CREW_HELD; task++) {
        crew_release(task);
    }
}

void crew_await_busy(uint32_t workers)
{
    WAIT_UNTIL(weir_pool_busy(crew.pool) == workers, STOP_MS);
}

static bool sleeps(pid_t thread)
{
    char path[64];
    char state = '?';

    (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    (void)fscanf(file, "%*d (%*[^)]) %c", &state);
    (void)fclose(file);
    return state == 'S';
}

void crew_await_asleep(pid_t thread)
{
    WAIT_UNTIL(sleeps(thread), STOP_MS);
}

void crew_stopped(bool destroy)
{
    if (destroy) {
        weir_pool_destroy(crew.pool);
    } else {
        crew.left_alone = crew.pool;
    }
    crew.pool = NULL;
}

static void bury_tasks(void)
{
    while (crew.home != NULL) {
        struct weir_task *task = crew.home;
        crew.home = task->next;
        weir_task_give(&crew.stock, task);
    }
    weir_task_stock_fini(&crew.stock);
}

void crew_tear_down(void)
{
    crew_release_all();
    (void)gate_add(&crew.may_open, CREW_WORKERS);
    (void)gate_add(&crew.may_complain, 1);
    (void)gate_add(&crew.may_close, 1);
    if (crew.pool != NULL) {
        ck_assert_int_eq(weir_pool_stop(crew.pool, deadline_in_ms(STOP_MS).at_ns), WEIR_OK);
        crew_stopped(true);
        ck_assert_uint_eq(gate_value(&crew.closed), gate_value(&crew.opened));
    }
    for (uint64_t task = 0; task < crew.submitted; task++) {
        ck_assert_uint_eq(crew.times[task], 1);
    }
    bury_tasks();
}
