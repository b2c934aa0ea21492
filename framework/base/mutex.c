#include "framework/base/mutex.h"

#include <assert.h>

void weir_mutex_init(struct weir_mutex *mutex)
{
    int failed = pthread_mutex_init(&mutex->mutex, NULL);

    assert(failed == 0); /* glibc's default mutex needs no resource */
    (void)failed;
    mutex->held = false;
}

void weir_mutex_fini(struct weir_mutex *mutex)
{
    assert(!mutex->held);
    (void)pthread_mutex_destroy(&mutex->mutex);
}

static void note_owner(struct weir_mutex *mutex)
{
    assert(!mutex->held);
    mutex->owner = pthread_self();
    mutex->held = true;
}

void weir_mutex_lock(struct weir_mutex *mutex)
{
    int failed = pthread_mutex_lock(&mutex->mutex);

    assert(failed == 0);
    (void)failed;
    note_owner(mutex);
}

void weir_mutex_unlock(struct weir_mutex *mutex)
{
    weir_mutex_assert_held(mutex);
    mutex->held = false;
    int failed = pthread_mutex_unlock(&mutex->mutex);
    assert(failed == 0);
    (void)failed;
}

void weir_mutex_assert_held(const struct weir_mutex *mutex)
{
    assert(mutex->held);
    assert(pthread_equal(mutex->owner, pthread_self()));
    (void)mutex;
}

void weir_mutex_wait(struct weir_mutex *mutex, pthread_cond_t *condition)
{
    weir_mutex_assert_held(mutex);
    mutex->held = false;
    (void)pthread_cond_wait(condition, &mutex->mutex);
    note_owner(mutex);
}

int weir_mutex_wait_until(struct weir_mutex *mutex, pthread_cond_t *condition,
                          const struct timespec *until)
{
    weir_mutex_assert_held(mutex);
    mutex->held = false;
    int result = pthread_cond_timedwait(condition, &mutex->mutex, until);
    note_owner(mutex);
    return result;
}

void weir_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}
