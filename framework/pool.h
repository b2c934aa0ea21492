/* Which thread runs a handler next? */
#ifndef WEIR_FRAMEWORK_POOL_H
#define WEIR_FRAMEWORK_POOL_H

#include "framework/base/clock.h"
#include "framework/task.h"
#include <stdint.h>
#include <weir/status.h>

/* One pool of worker threads for all partitions of a consumer. Threads are started when a batch
 * waits and nobody is idle, up to the limit; idle ones are woken last-in first-out, so that few
 * threads stay warm. One wake-up is under way at a time, and one start: a worker that comes for
 * work and finds more calls the next. But once it has been seen that opening a worker takes long,
 * as many open side by side as batches wait. The queue is bounded by what fetchers may have out. */
struct weir_pool;

struct weir_pool_ops {
    /* On a worker thread, first. WEIR_OK, and *worker goes to run; else the thread ends. */
    enum weir_status (*open)(void **worker, void *user);
    /* On a worker thread; must give the task, and what is behind it, away. */
    void (*run)(struct weir_task *task, void *worker, void *user);
    void (*close)(void *worker, void *user);
    /* Any thread: no worker could be opened for this task; must give it away, too. */
    void (*refuse)(struct weir_task *task, void *user);
    /* Any thread: a worker could not be started or opened. */
    void (*failed)(const char *why, void *user);
};

WEIR_MUST_CHECK enum weir_status weir_pool_create(uint32_t workers, const struct weir_pool_ops *ops,
                                                  void *user, struct weir_pool **out);
/* A chain linked by task->next and ended by NULL. Thread: any. */
void weir_pool_submit(struct weir_pool *pool, struct weir_task *first);
/* Batches that wait for a worker; not those behind another. Thread: any. */
uint32_t weir_pool_queued(struct weir_pool *pool);
uint32_t weir_pool_started(struct weir_pool *pool);
/* Workers that run a batch. */
uint32_t weir_pool_busy(struct weir_pool *pool);

/* Ends every worker after the batch it runs, and starts none; queued batches are run too (fetchers
 * cut nothing more). Waits until `deadline`. WEIR_ERR_TIMEOUT: some are still in the handler; stop
 * again to wait longer, or leave the pool alone for ever. */
WEIR_MUST_CHECK enum weir_status weir_pool_stop(struct weir_pool *pool, weir_time deadline);
/* What a stop that said WEIR_ERR_TIMEOUT waits for; the first that applies to any worker. */
enum weir_pool_place {
    WEIR_POOL_EMPTY,    /* nothing any more */
    WEIR_POOL_HANDLING, /* `run` */
    WEIR_POOL_OPENING,  /* `open` */
    WEIR_POOL_CLOSING   /* `close` */
};
enum weir_pool_place weir_pool_place(struct weir_pool *pool);
/* After a stop that said WEIR_OK. Accepts NULL. */
void weir_pool_destroy(struct weir_pool *pool);

#endif /* WEIR_FRAMEWORK_POOL_H */
