/* No handler: put before the C library (LD_PRELOAD), the thread that the program's main thread asks
 * for as the nth is refused, where n is WEIR_TEST_THREAD. Threads of others are none of its
 * business, so the count does not depend on how they come along. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/export.h>

typedef void *run_fn(void *user);

WEIR_API int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, run_fn *run,
                            void *user);

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, run_fn *run, void *user)
{
    static long asked; /* the main thread's */
    int (*next)(pthread_t *, const pthread_attr_t *, run_fn *, void *) = NULL;
    const char *nth = getenv("WEIR_TEST_THREAD");
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");

    if (gettid() == getpid() && nth != NULL && ++asked == strtol(nth, NULL, 10)) {
        return EAGAIN;
    }
    memcpy(&next, &symbol, sizeof next);
    return next(thread, attributes, run, user);
}
