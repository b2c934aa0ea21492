#include "emitters/outlet.h"

#include "framework/base/clock.h"
#include "framework/base/mutex.h"
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

/* Who made room late is not waited for again soon: many lines would be many times the patience. */
enum { PATIENCE_MS = 200, IMPATIENT_MS = 10000, LINE_SIZE_MAX = 4096 };

/* Of the process, as standard error is. A thread that found room must have written before another
 * one looks. */
static struct {
    struct weir_mutex mutex;
    uint64_t dropped; /* lines, since one last came through */
    weir_time patient_from;
} outlet = {.mutex = {.mutex = PTHREAD_MUTEX_INITIALIZER}};

/* A pipe that says so has room for a line. One whose reader is gone says so, too: the write fails.
 */
static bool has_room(int patience_ms)
{
    struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};
    int found = 0;

    do {
        found = poll(&errors, 1, patience_ms);
    } while (found < 0 && errno == EINTR);
    return found == 1 && (errors.revents & (POLLOUT | POLLERR)) != 0;
}

uint64_t weir_outlet_write(const char *line, size_t size)
{
    weir_time now = weir_clock_now();
    uint64_t dropped = 0;

    assert(size <= LINE_SIZE_MAX);
    weir_mutex_lock(&outlet.mutex);
    if (has_room(now < outlet.patient_from ? 0 : PATIENCE_MS)) {
        dropped = outlet.dropped;
        outlet.dropped = 0;
        (void)!write(STDERR_FILENO, line, size); /* nobody is left to be told */
    } else {
        outlet.dropped++;
        outlet.patient_from = weir_time_after_ms(now, IMPATIENT_MS);
    }
    weir_mutex_unlock(&outlet.mutex);
    return dropped;
}
