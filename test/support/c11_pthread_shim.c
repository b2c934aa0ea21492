/* How do sanitizers get to see the threads and locks librdkafka makes with C11 <threads.h>?
 *
 * Every C11 call is answered by its pthread twin, which the sanitizers intercept. Linked into
 * executables only, with -rdynamic, so that librdkafka's imports resolve here before they reach
 * the C library. Relies on glibc, where the C11 objects have room for the pthread ones (asserted
 * at the end). Thread-specific storage (tss_*) is left to glibc.
 *
 * What librdkafka destroys with an object whose last reference was given back is not compared with
 * its use before: the reference count is an atomic that the sanitizer cannot see (refcount_shim.c).
 * Nothing but that library uses C11's.
 * Thread: any. Memory: one small block per thread until it has started. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);

struct start {
    thrd_start_t run;
    void *argument;
};

static int status_of(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
    case EAGAIN:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

/* The C11 objects are opaque storage for the pthread ones. */
static pthread_mutex_t *twin_of_mutex(mtx_t *mutex)
{
    return (pthread_mutex_t *)(void *)mutex;
}

static pthread_cond_t *twin_of_condition(cnd_t *condition)
{
    return (pthread_cond_t *)(void *)condition;
}

static void *run_thread(void *user)
{
    struct start start = *(struct start *)user;

    free(user);
    return (void *)(intptr_t)start.run(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t run, void *argument)
{
    struct start *start = malloc(sizeof *start);

    if (start == NULL) {
        return thrd_nomem;
    }
    *start = (struct start){.run = run, .argument = argument};
    int error = pthread_create((pthread_t *)thread, NULL, run_thread, start);
    if (error != 0) {
        free(start);
    }
    return status_of(error);
}

int thrd_join(thrd_t thread, int *result)
{
    void *value = NULL;
    int error = pthread_join((pthread_t)thread, &value);

    if (error == 0 && result != NULL) {
        *result = (int)(intptr_t)value;
    }
    return status_of(error);
}

int thrd_detach(thrd_t thread)
{
    return status_of(pthread_detach((pthread_t)thread));
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    int kind = (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, kind);
    int error = pthread_mutex_init(twin_of_mutex(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return status_of(error);
}

void mtx_destroy(mtx_t *mutex)
{
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    pthread_mutex_destroy(twin_of_mutex(mutex));
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
}

int mtx_lock(mtx_t *mutex)
{
    return status_of(pthread_mutex_lock(twin_of_mutex(mutex)));
}

int mtx_trylock(mtx_t *mutex)
{
    return status_of(pthread_mutex_trylock(twin_of_mutex(mutex)));
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until)
{
    return status_of(pthread_mutex_timedlock(twin_of_mutex(mutex), until));
}

int mtx_unlock(mtx_t *mutex)
{
    return status_of(pthread_mutex_unlock(twin_of_mutex(mutex)));
}

int cnd_init(cnd_t *condition)
{
    return status_of(pthread_cond_init(twin_of_condition(condition), NULL));
}

void cnd_destroy(cnd_t *condition)
{
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    pthread_cond_destroy(twin_of_condition(condition));
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
}

int cnd_signal(cnd_t *condition)
{
    return status_of(pthread_cond_signal(twin_of_condition(condition)));
}

int cnd_broadcast(cnd_t *condition)
{
    return status_of(pthread_cond_broadcast(twin_of_condition(condition)));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return status_of(pthread_cond_wait(twin_of_condition(condition), twin_of_mutex(mutex)));
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict until)
{
    return status_of(
        pthread_cond_timedwait(twin_of_condition(condition), twin_of_mutex(mutex), until));
}

void call_once(once_flag *flag, void (*run)(void))
{
    pthread_once((pthread_once_t *)flag, run);
}

_Static_assert(sizeof(thrd_t) >= sizeof(pthread_t), "a thrd_t has room for a pthread_t");
_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "a mtx_t has room for a mutex");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "a cnd_t has room for a condition");
_Static_assert(sizeof(once_flag) >= sizeof(pthread_once_t), "a once_flag has room for its twin");
_Static_assert(_Alignof(mtx_t) >= _Alignof(pthread_mutex_t), "a mtx_t is aligned for a mutex");
_Static_assert(_Alignof(cnd_t) >= _Alignof(pthread_cond_t), "a cnd_t is aligned for a condition");
