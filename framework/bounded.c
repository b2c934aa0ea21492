#include "framework/bounded.h"

#include "framework/base/memory.h"
#include "framework/base/mutex.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/* Freed by the caller, or by the thread once it was given up. */
struct call {
    struct weir_mutex mutex; /* guards the next two */
    bool done;
    bool given_up;
    pthread_cond_t changed; /* done became true */
    weir_bounded_fn *work;
    void *job;
};

static void free_call(struct call *call)
{
    (void)pthread_cond_destroy(&call->changed);
    weir_mutex_fini(&call->mutex);
    weir_free(call);
}

static void *run(void *user)
{
    struct call *call = user;

    (void)pthread_setname_np(pthread_self(), "weir-end");
    call->work(call->job);
    weir_mutex_lock(&call->mutex);
    call->done = true;
    bool given_up = call->given_up;
    (void)pthread_cond_broadcast(&call->changed);
    weir_mutex_unlock(&call->mutex);
    if (given_up) {
        free_call(call);
    }
    return NULL;
}

static int start_thread(struct call *call, pthread_t *thread)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, run, call);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static struct call *create_call(weir_bounded_fn *work, void *job)
{
    struct call *call = weir_calloc(1, sizeof *call);

    if (call != NULL) {
        weir_mutex_init(&call->mutex);
        weir_condition_init(&call->changed);
        call->work = work;
        call->job = job;
    }
    return call;
}

/* Is it done? If not it is given up. */
static bool await_done(struct call *call, weir_time deadline)
{
    struct timespec until = weir_time_spec(deadline);
    int result = 0;

    weir_mutex_lock(&call->mutex);
    while (!call->done && result == 0) {
        result = weir_mutex_wait_until(&call->mutex, &call->changed, &until);
    }
    bool done = call->done;
    call->given_up = !done;
    weir_mutex_unlock(&call->mutex);
    return done;
}

enum weir_status weir_bounded_call(weir_bounded_fn *work, void *job, weir_time deadline)
{
    struct call *call = create_call(work, job);
    pthread_t thread;

    assert(work != NULL);
    if (call == NULL || start_thread(call, &thread) != 0) {
        if (call != NULL) {
            free_call(call);
        }
        work(job);
        return WEIR_OK;
    }
    if (!await_done(call, deadline)) {
        (void)pthread_detach(thread);
        return WEIR_ERR_TIMEOUT;
    }
    (void)pthread_join(thread, NULL);
    free_call(call);
    return WEIR_OK;
}
