/* No handler: put before librdkafka (LD_PRELOAD), the call that the environment's WEIR_TEST_HANG
 * names never returns, and says so on standard error. Others are the library's own. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/export.h>

WEIR_API void rd_kafka_destroy_flags(void *handle, int flags);
WEIR_API void *rd_kafka_consumer_close_queue(void *handle, void *queue);

static void hang_if_named(const char *name)
{
    const char *named = getenv("WEIR_TEST_HANG");
    char line[64];

    if (named == NULL || strcmp(named, name) != 0) {
        return;
    }
    int size = snprintf(line, sizeof line, "hangs in %s\n", name);
    (void)!write(STDERR_FILENO, line, (size_t)size);
    for (;;) {
        (void)pause();
    }
}

/* What follows in the order of loading. A function's address in an object's is how dlsym has it. */
static void find_next(const char *name, void *out)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    memcpy(out, &symbol, sizeof symbol);
}

void rd_kafka_destroy_flags(void *handle, int flags)
{
    void (*next)(void *, int) = NULL;

    hang_if_named("rd_kafka_destroy_flags");
    find_next("rd_kafka_destroy_flags", &next);
    next(handle, flags);
}

void *rd_kafka_consumer_close_queue(void *handle, void *queue)
{
    void *(*next)(void *, void *) = NULL;

    hang_if_named("rd_kafka_consumer_close_queue");
    find_next("rd_kafka_consumer_close_queue", &next);
    return next(handle, queue);
}
