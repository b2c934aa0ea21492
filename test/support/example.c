#include "test/support/example.h"

#include "test/support/fail.h"
#include <pthread.h>
#include <string.h>

static int open_handler(struct example *example, const struct weir_handler *handler,
                        const char *const *pairs, bool shadow)
{
    *example = (struct example){.handler = handler, .shadow = shadow};
    fake_config_init(&example->config, pairs);
    example->config.config.may_shadow = shadow ? 1 : 0;
    return handler->open == NULL ? 0 : handler->open(&example->config.config, &example->state);
}

static void start(struct example *example, const struct weir_handler *handler,
                  const char *const *pairs, bool shadow)
{
    if (open_handler(example, handler, pairs, shadow) != 0) {
        fail_test("%s does not open: %s", handler->name, fake_config_log(&example->config));
    }
    for (int i = 0; i < EXAMPLE_WORKERS; i++) {
        example->workers[i] = example->state;
        if (handler->worker_open != NULL &&
            handler->worker_open(example->state, &example->workers[i]) != 0) {
            fail_test("%s: a worker does not open: %s", handler->name,
                      fake_config_log(&example->config));
        }
    }
}

void example_start(struct example *example, const struct weir_handler *handler,
                   const char *const *pairs)
{
    start(example, handler, pairs, false);
}

void example_start_shadow(struct example *example, const struct weir_handler *handler,
                          const char *const *pairs)
{
    start(example, handler, pairs, true);
}

void example_refuse(const struct weir_handler *handler, const char *const *pairs,
                    const char *sentence)
{
    struct example example;

    if (open_handler(&example, handler, pairs, false) == 0) {
        fail_test("%s opens", handler->name);
    }
    if (strstr(fake_config_log(&example.config), sentence) == NULL) {
        fail_test("%s logs: %s", handler->name, fake_config_log(&example.config));
    }
    example_fini(&example);
}

void example_handle(struct example *example, int worker, struct fake_batch *fake)
{
    if (example->shadow) {
        example->handler->handle_shadow(fake_batch_get(fake), example->workers[worker]);
    } else {
        example->handler->handle(fake_batch_get(fake), example->workers[worker]);
    }
}

struct closing {
    const struct example *example;
    int worker;
};

static void *close_worker(void *argument)
{
    const struct closing *closing = argument;
    const struct example *example = closing->example;

    example->handler->worker_close(example->state, example->workers[closing->worker]);
    return NULL;
}

/* All at once, as they do when weir stops. */
static void close_workers(const struct example *example)
{
    pthread_t threads[EXAMPLE_WORKERS];
    struct closing closing[EXAMPLE_WORKERS];

    for (int i = 0; i < EXAMPLE_WORKERS; i++) {
        closing[i] = (struct closing){.example = example, .worker = i};
        if (pthread_create(&threads[i], NULL, close_worker, &closing[i]) != 0) {
            fail_test("no thread to close worker %d", i);
        }
    }
    for (int i = 0; i < EXAMPLE_WORKERS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

void example_close(struct example *example)
{
    if (example->handler->worker_close != NULL) {
        close_workers(example);
    }
    if (example->handler->close != NULL) {
        example->handler->close(example->state);
    }
}

void example_fini(struct example *example)
{
    fake_config_fini(&example->config);
}
