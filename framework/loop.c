#include "framework/loop.h"

#include "framework/base/atomic.h"
#include "framework/base/memory.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <uv.h>

struct weir_loop {
    uv_loop_t uv;
    uv_async_t async;
    uv_timer_t timer;
    weir_turn_fn *turn;
    void *user;
    const char *name;
    pthread_t thread;
    struct weir_requests stopping;
    bool started;
    bool stopped;
};

struct side_job {
    uv_work_t request;
    weir_job_fn *work;
    weir_job_fn *done;
    void *job;
};

static void on_timer(uv_timer_t *timer);

static uint64_t timeout_ms(weir_time now, weir_time due)
{
    return due <= now ? 0 : (uint64_t)((due - now + WEIR_NS_PER_MS - 1) / WEIR_NS_PER_MS);
}

static void take_turn(struct weir_loop *loop)
{
    weir_time due = loop->turn(weir_clock_now(), loop->user);

    if (due == WEIR_TIME_NEVER) {
        (void)uv_timer_stop(&loop->timer);
        return;
    }
    uv_update_time(&loop->uv);
    (void)uv_timer_start(&loop->timer, on_timer, timeout_ms(weir_clock_now(), due), 0);
}

static void on_timer(uv_timer_t *timer)
{
    take_turn(timer->data);
}

static void on_async(uv_async_t *async)
{
    struct weir_loop *loop = async->data;

    if (weir_requests_take(&loop->stopping) != 0) {
        uv_close((uv_handle_t *)&loop->async, NULL);
        uv_close((uv_handle_t *)&loop->timer, NULL);
        return;
    }
    take_turn(loop);
}

enum weir_status weir_loop_create(const char *name, weir_turn_fn *turn, void *user,
                                  struct weir_loop **out)
{
    struct weir_loop *loop = weir_calloc(1, sizeof *loop);

    if (loop == NULL) {
        return WEIR_ERR_NOMEM;
    }
    loop->name = name;
    loop->turn = turn;
    loop->user = user;
    if (uv_loop_init(&loop->uv) != 0) {
        weir_free(loop);
        return WEIR_ERR_NOMEM;
    }
    if (uv_async_init(&loop->uv, &loop->async, on_async) != 0) {
        (void)uv_loop_close(&loop->uv);
        weir_free(loop);
        return WEIR_ERR_NOMEM;
    }
    (void)uv_timer_init(&loop->uv, &loop->timer); /* cannot fail */
    loop->async.data = loop;
    loop->timer.data = loop;
    *out = loop;
    return WEIR_OK;
}

static void *run(void *user)
{
    struct weir_loop *loop = user;

    (void)pthread_setname_np(pthread_self(), loop->name);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    return NULL;
}

enum weir_status weir_loop_start(struct weir_loop *loop)
{
    assert(!loop->started);
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&loop->thread, NULL, run, loop);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        return WEIR_ERR_NOMEM;
    }
    loop->started = true;
    return WEIR_OK;
}

void weir_loop_wake(void *loop)
{
    (void)uv_async_send(&((struct weir_loop *)loop)->async);
}

static void on_side_work(uv_work_t *request)
{
    struct side_job *side = request->data;
    side->work(side->job);
}

static void on_side_done(uv_work_t *request, int status)
{
    struct side_job *side = request->data;

    assert(status == 0); /* we never cancel */
    (void)status;
    side->done(side->job);
    weir_free(side);
}

enum weir_status weir_loop_side_job(struct weir_loop *loop, weir_job_fn *work, weir_job_fn *done,
                                    void *job)
{
    struct side_job *side = weir_calloc(1, sizeof *side);

    if (side == NULL) {
        return WEIR_ERR_NOMEM;
    }
    *side = (struct side_job){.work = work, .done = done, .job = job};
    side->request.data = side;
    if (uv_queue_work(&loop->uv, &side->request, on_side_work, on_side_done) != 0) {
        weir_free(side);
        return WEIR_ERR_NOMEM;
    }
    return WEIR_OK;
}

void weir_loop_stop(struct weir_loop *loop)
{
    if (!loop->started || loop->stopped) {
        return;
    }
    loop->stopped = true;
    weir_requests_add(&loop->stopping, 1);
    (void)uv_async_send(&loop->async);
    (void)pthread_join(loop->thread, NULL);
}

void weir_loop_destroy(struct weir_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    if (!loop->started) {
        uv_close((uv_handle_t *)&loop->async, NULL);
        uv_close((uv_handle_t *)&loop->timer, NULL);
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    }
    int busy = uv_loop_close(&loop->uv);
    assert(busy == 0);
    (void)busy;
    weir_free(loop);
}
