/* Which lock is held, and by whom? */
#ifndef WEIR_BASE_MUTEX_H
#define WEIR_BASE_MUTEX_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* A mutex that knows its owner, so that a function can assert that its caller holds it. Locks are
 * leaves, but for one: no lock of ours is taken while another is held (docs/threads.md), and
 * nothing of a user's is called. */
struct weir_mutex {
    pthread_mutex_t mutex;
    pthread_t owner; /* meaningful while held */
    bool held;       /* written by the owner only */
};

void weir_mutex_init(struct weir_mutex *mutex);
void weir_mutex_fini(struct weir_mutex *mutex);
void weir_mutex_lock(struct weir_mutex *mutex);
void weir_mutex_unlock(struct weir_mutex *mutex);
void weir_mutex_assert_held(const struct weir_mutex *mutex);
/* Waits on `condition` with the mutex released meanwhile; may wake for no reason. */
void weir_mutex_wait(struct weir_mutex *mutex, pthread_cond_t *condition);
/* A condition on the monotonic clock. */
void weir_condition_init(pthread_cond_t *condition);
/* As wait, until a time of the monotonic clock: ETIMEDOUT once it has passed, else 0. */
int weir_mutex_wait_until(struct weir_mutex *mutex, pthread_cond_t *condition,
                          const struct timespec *until);

#endif /* WEIR_BASE_MUTEX_H */
