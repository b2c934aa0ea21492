/* Accepted: every slot is there; handle marks what it gets. */
#include <weir/handler.h>

static int open_handler(const struct weir_handler_config *config, void **out)
{
    (void)config;
    *out = NULL;
    return 0;
}

static int open_worker(void *state, void **out)
{
    *out = state;
    return 0;
}

static void handle(struct weir_batch *batch, void *worker)
{
    (void)worker;
    weir_batch_retry_all(batch, "good");
}

static void close_worker(void *state, void *worker)
{
    (void)state;
    (void)worker;
}

static void close_handler(void *state)
{
    (void)state;
}

WEIR_HANDLER(.name = "good", .open = open_handler, .worker_open = open_worker, .handle = handle,
             .worker_close = close_worker, .close = close_handler)
WEIR_HANDLER_VERSION("1.0-good")
