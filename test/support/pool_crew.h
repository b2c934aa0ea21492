/* What do a pool's workers do in a test, and how does the test lead them? */
#ifndef WEIR_TEST_POOL_CREW_H
#define WEIR_TEST_POOL_CREW_H

#include "framework/pool.h"
#include "test/support/gate.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

enum { CREW_TASKS = 4096, CREW_HELD = 16, CREW_WORKERS = 32 };

struct crew {
    struct weir_pool *pool;
    struct weir_pool *left_alone; /* its last worker may be on the way out: not lost, not freed */
    struct weir_task_stock stock;
    struct weir_task *home; /* tasks that were given away; guarded by `mutex` */
    pthread_mutex_t mutex;
    uint64_t submitted;

    struct gate opened;
    struct gate begun;
    struct gate ran;
    struct gate closed;
    struct gate refused;
    struct gate complaints;
    struct gate may_leave[CREW_HELD]; /* by task: for those begun while `hold` */
    struct gate may_open;
    struct gate may_complain;
    struct gate may_close;

    /* Set while no worker looks. */
    bool hold;        /* tasks wait for their gate */
    bool open_waits;  /* worker_open waits for may_open to reach the worker's number + 1 */
    bool close_waits; /* for may_close */
    bool complaints_wait;
    uint64_t open_fails_from; /* workers from this number on cannot be opened */
    uint64_t open_fails_to;

    atomic_uint_fast64_t openings;
    atomic_int running;
    atomic_int most_at_once;
    _Atomic(uint64_t) order[CREW_TASKS];     /* tasks in the order they ended */
    _Atomic(uint64_t) worker_of[CREW_TASKS]; /* by task */
    _Atomic(uint32_t) times[CREW_TASKS];     /* by task: how often it came home */
    char contexts[CREW_WORKERS];             /* a worker's is the address of its own */
};

extern struct crew crew;

/* Checked fixture. The end lets everything go, stops the pool and fails the test unless every task
 * came home once and every worker that was opened was closed. */
void crew_set_up(void);
void crew_tear_down(void);

void crew_open(uint32_t workers);
/* A chain of so many tasks, numbered on. Thread: any. */
void crew_submit(uint64_t count);
void crew_release(uint64_t task);
void crew_release_all(void);
/* Waits until so many workers run a task: those that are open and do not are idle. */
void crew_await_busy(uint32_t workers);
/* Waits until a thread of this process sleeps, wherever. */
void crew_await_asleep(pid_t thread);
/* The pool was stopped: the end leaves it alone, or destroys it. */
void crew_stopped(bool destroy);

#endif /* WEIR_TEST_POOL_CREW_H */
