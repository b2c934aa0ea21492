#include "framework/pool.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

/* Lives on its thread's stack. */
struct worker {
    struct worker *below; /* in the stack of idle ones */
    pthread_cond_t wake;
    bool woken;
};

/* Everything is guarded by the mutex. Between calls: if the queue is not empty, either a wake-up is
 * under way, or no worker is idle and one is being started or none can be. */
struct weir_pool {
    struct weir_mutex mutex;
    struct weir_task *first;
    struct weir_task *last;
    uint32_t queued;
    struct worker *idle;
    uint32_t alive;
    uint32_t limit;
    uint32_t started;  /* since creation */
    uint32_t starting; /* of those alive, how many are not open yet */
    uint32_t handling; /* and how many run a task */
    bool slow_open;    /* opening took its handler long: better too many at once than in turn */
    bool waking;       /* one that was idle has been called and has not come yet */
    bool stopping;
    pthread_cond_t gone; /* the last worker ended */
    const struct weir_pool_ops *ops;
    void *user;
};

enum { REASON_SIZE = 128, SLOW_OPEN_NS = 5 * WEIR_NS_PER_MS };

enum wake_result { WAKE_NOBODY, WAKE_DONE, WAKE_START };

enum weir_status weir_pool_create(uint32_t workers, const struct weir_pool_ops *ops, void *user,
                                  struct weir_pool **out)
{
    assert(workers > 0);
    struct weir_pool *pool = weir_calloc(1, sizeof *pool);

    if (pool == NULL) {
        return WEIR_ERR_NOMEM;
    }
    weir_mutex_init(&pool->mutex);
    weir_condition_init(&pool->gone);
    pool->limit = workers;
    pool->ops = ops;
    pool->user = user;
    *out = pool;
    return WEIR_OK;
}

/* One at a time, because it may come for all of the queue before the next could be there; but not
 * where opening takes long, a connection for one: then there is one for each task. And nobody for a
 * pool that stops: those who are there run what is left, and it would wait for one more to open. */
static bool may_start(const struct weir_pool *pool)
{
    return !pool->stopping && pool->alive < pool->limit &&
           pool->starting < (pool->slow_open ? pool->queued : 1);
}

/* Decides who shall come for the queue; a thread that has to be started is started by the caller
 * without the lock. */
static enum wake_result wake_one(struct weir_pool *pool)
{
    weir_mutex_assert_held(&pool->mutex);
    if (pool->waking || pool->first == NULL) {
        return WAKE_NOBODY;
    }
    if (pool->idle != NULL) {
        struct worker *worker = pool->idle;
        pool->idle = worker->below;
        worker->woken = true;
        pool->waking = true;
        (void)pthread_cond_signal(&worker->wake);
        return WAKE_DONE;
    }
    if (may_start(pool)) {
        pool->alive++;
        pool->started++;
        pool->starting++;
        return WAKE_START;
    }
    return WAKE_NOBODY;
}

static void *work(void *user);

static int start_thread(struct weir_pool *pool)
{
    pthread_t thread;
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, work, pool);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0) {
        (void)pthread_detach(thread);
    }
    return failed;
}

static struct weir_task *take_all(struct weir_pool *pool)
{
    weir_mutex_assert_held(&pool->mutex);
    struct weir_task *first = pool->first;

    pool->first = NULL;
    pool->last = NULL;
    pool->queued = 0;
    return first;
}

static void refuse_all(struct weir_pool *pool, struct weir_task *task)
{
    while (task != NULL) {
        struct weir_task *next = task->next;
        task->next = NULL;
        pool->ops->refuse(task, pool->user);
        task = next;
    }
}

/* One thread less, the last thing it does with the pool. Whatever waits for a worker that cannot be
 * had goes home with the last one that `failed`, so that nobody waits for it for ever. */
static void retire(struct weir_pool *pool, bool failed)
{
    struct weir_task *tasks = NULL;

    do {
        refuse_all(pool, tasks);
        weir_mutex_lock(&pool->mutex);
        tasks = failed && pool->alive == 1 ? take_all(pool) : NULL;
        if (tasks == NULL) {
            pool->alive--;
            if (pool->alive == 0) {
                (void)pthread_cond_broadcast(&pool->gone);
            }
        }
        weir_mutex_unlock(&pool->mutex);
    } while (tasks != NULL);
}

static void start(struct weir_pool *pool)
{
    int failed = start_thread(pool);

    if (failed == 0) {
        return;
    }
    weir_mutex_lock(&pool->mutex);
    pool->starting--;
    pool->started--;
    bool alone = pool->alive == 1;
    weir_mutex_unlock(&pool->mutex);
    if (alone) { /* otherwise those who run will come for the queue */
        char reason[REASON_SIZE];
        pool->ops->failed(strerror_r(failed, reason, sizeof reason), pool->user);
    }
    retire(pool, true);
}

void weir_pool_submit(struct weir_pool *pool, struct weir_task *first)
{
    uint32_t count = 0;
    struct weir_task *last = first;

    if (first == NULL) {
        return;
    }
    for (struct weir_task *task = first; task != NULL; task = task->next) {
        last = task;
        count++;
    }
    weir_mutex_lock(&pool->mutex);
    if (pool->stopping && pool->alive == 0) {
        weir_mutex_unlock(&pool->mutex);
        refuse_all(pool, first);
        return;
    }
    if (pool->last == NULL) {
        pool->first = first;
    } else {
        pool->last->next = first;
    }
    pool->last = last;
    pool->queued += count;
    enum wake_result wake = wake_one(pool);
    weir_mutex_unlock(&pool->mutex);
    if (wake == WAKE_START) {
        start(pool);
    }
}

/* NULL: the pool stops and nothing is left to do. */
static struct weir_task *wait_for_task(struct weir_pool *pool, struct worker *self)
{
    weir_mutex_assert_held(&pool->mutex);
    while (pool->first == NULL && !pool->stopping) {
        self->woken = false;
        self->below = pool->idle;
        pool->idle = self;
        while (!self->woken) {
            weir_mutex_wait(&pool->mutex, &self->wake);
        }
        pool->waking = false;
    }
    struct weir_task *task = pool->first;
    if (task != NULL) {
        pool->first = task->next;
        pool->last = pool->first == NULL ? NULL : pool->last;
        pool->queued--;
        pool->handling++;
        task->next = NULL;
    }
    return task;
}

static void work_until_stopped(struct weir_pool *pool, struct worker *self, void *context)
{
    weir_mutex_lock(&pool->mutex);
    for (;;) {
        struct weir_task *task = wait_for_task(pool, self);
        enum wake_result wake = wake_one(pool);
        weir_mutex_unlock(&pool->mutex);
        if (wake == WAKE_START) {
            start(pool);
        }
        if (task == NULL) {
            return;
        }
        pool->ops->run(task, context, pool->user);
        weir_mutex_lock(&pool->mutex);
        pool->handling--;
    }
}

static void wake_another(struct weir_pool *pool)
{
    weir_mutex_lock(&pool->mutex);
    enum wake_result wake = wake_one(pool);
    weir_mutex_unlock(&pool->mutex);
    if (wake == WAKE_START) {
        start(pool);
    }
}

static enum weir_status open_worker(struct weir_pool *pool, void **context)
{
    wake_another(pool); /* so that those who open long do so side by side */
    weir_time begun = weir_clock_now();
    enum weir_status status = pool->ops->open(context, pool->user);
    bool slow = weir_clock_now() - begun > SLOW_OPEN_NS;

    weir_mutex_lock(&pool->mutex);
    pool->starting--;
    pool->slow_open = pool->slow_open || slow;
    weir_mutex_unlock(&pool->mutex);
    return status;
}

static void *work(void *user)
{
    struct weir_pool *pool = user;
    struct worker self = {.woken = false};
    void *context = NULL;

    (void)pthread_setname_np(pthread_self(), "weir-worker");
    (void)pthread_cond_init(&self.wake, NULL);
    enum weir_status opened = open_worker(pool, &context);
    if (opened == WEIR_OK) {
        work_until_stopped(pool, &self, context);
        pool->ops->close(context, pool->user);
    } else {
        pool->ops->failed("the handler's worker_open refused", pool->user);
    }
    (void)pthread_cond_destroy(&self.wake);
    retire(pool, opened != WEIR_OK);
    return NULL;
}

uint32_t weir_pool_queued(struct weir_pool *pool)
{
    weir_mutex_lock(&pool->mutex);
    uint32_t queued = pool->queued;
    weir_mutex_unlock(&pool->mutex);
    return queued;
}

uint32_t weir_pool_started(struct weir_pool *pool)
{
    weir_mutex_lock(&pool->mutex);
    uint32_t started = pool->started;
    weir_mutex_unlock(&pool->mutex);
    return started;
}

uint32_t weir_pool_busy(struct weir_pool *pool)
{
    weir_mutex_lock(&pool->mutex);
    uint32_t busy = pool->handling;
    weir_mutex_unlock(&pool->mutex);
    return busy;
}

static void wake_all(struct weir_pool *pool)
{
    while (pool->idle != NULL) {
        struct worker *worker = pool->idle;
        pool->idle = worker->below;
        worker->woken = true;
        (void)pthread_cond_signal(&worker->wake);
    }
}

enum weir_status weir_pool_stop(struct weir_pool *pool, weir_time deadline)
{
    struct timespec until = weir_time_spec(deadline);
    int result = 0;

    weir_mutex_lock(&pool->mutex);
    pool->stopping = true;
    wake_all(pool);
    while (pool->alive > 0 && result != ETIMEDOUT) {
        result = weir_mutex_wait_until(&pool->mutex, &pool->gone, &until);
    }
    enum weir_status status = pool->alive > 0 ? WEIR_ERR_TIMEOUT : WEIR_OK;
    struct weir_task *left = status == WEIR_OK ? take_all(pool) : NULL;
    weir_mutex_unlock(&pool->mutex);
    refuse_all(pool, left);
    return status;
}

enum weir_pool_place weir_pool_place(struct weir_pool *pool)
{
    enum weir_pool_place place = WEIR_POOL_CLOSING;

    weir_mutex_lock(&pool->mutex);
    assert(pool->stopping);
    if (pool->alive == 0) {
        place = WEIR_POOL_EMPTY;
    } else if (pool->handling > 0) {
        place = WEIR_POOL_HANDLING;
    } else if (pool->starting > 0) {
        place = WEIR_POOL_OPENING;
    }
    weir_mutex_unlock(&pool->mutex);
    return place;
}

void weir_pool_destroy(struct weir_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    assert(pool->alive == 0);
    assert(pool->first == NULL);
    (void)pthread_cond_destroy(&pool->gone);
    weir_mutex_fini(&pool->mutex);
    weir_free(pool);
}
