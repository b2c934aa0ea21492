#include "framework/ending.h"

#include "framework/base/clock.h"
#include "framework/base/memory.h"
#include "framework/base/mutex.h"
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct weir_ending {
    struct weir_mutex mutex; /* guards state and why */
    pthread_cond_t changed;
    enum weir_state state;
    struct weir_error why;
    int fd;
};

enum weir_status weir_ending_create(struct weir_ending **out)
{
    struct weir_ending *ending = weir_calloc(1, sizeof *ending);

    if (ending == NULL) {
        return WEIR_ERR_NOMEM;
    }
    ending->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ending->fd < 0) {
        weir_free(ending);
        return WEIR_ERR_IO;
    }
    weir_mutex_init(&ending->mutex);
    weir_condition_init(&ending->changed);
    *out = ending;
    return WEIR_OK;
}

void weir_ending_destroy(struct weir_ending *ending)
{
    if (ending != NULL) {
        (void)close(ending->fd);
        (void)pthread_cond_destroy(&ending->changed);
        weir_mutex_fini(&ending->mutex);
        weir_free(ending);
    }
}

static bool is_end(enum weir_state state)
{
    return state == WEIR_STATE_STOPPED || state == WEIR_STATE_INCOMPLETE ||
           state == WEIR_STATE_FAILED;
}

void weir_ending_change(enum weir_state state, const struct weir_error *why, void *user)
{
    struct weir_ending *ending = user;

    weir_mutex_lock(&ending->mutex);
    ending->state = state;
    ending->why = *why;
    if (is_end(state)) {
        /* Inside the lock: once a waiter goes on, the descriptor may be closed. */
        (void)eventfd_write(ending->fd, 1);
    }
    (void)pthread_cond_broadcast(&ending->changed);
    weir_mutex_unlock(&ending->mutex);
}

enum weir_state weir_ending_state(struct weir_ending *ending, struct weir_error *why)
{
    weir_mutex_lock(&ending->mutex);
    enum weir_state state = ending->state;
    if (why != NULL) {
        *why = ending->why;
    }
    weir_mutex_unlock(&ending->mutex);
    return state;
}

int weir_ending_fd(const struct weir_ending *ending)
{
    return ending->fd;
}

enum weir_status weir_ending_wait(struct weir_ending *ending, int64_t timeout_ms)
{
    weir_time deadline =
        timeout_ms < 0 ? WEIR_TIME_NEVER : weir_time_after_ms(weir_clock_now(), timeout_ms);
    struct timespec until = weir_time_spec(deadline);
    int result = 0;

    weir_mutex_lock(&ending->mutex);
    while (!is_end(ending->state) && result == 0) {
        result = weir_mutex_wait_until(&ending->mutex, &ending->changed, &until);
    }
    bool ended = is_end(ending->state);
    weir_mutex_unlock(&ending->mutex);
    return ended ? WEIR_OK : WEIR_ERR_TIMEOUT;
}
