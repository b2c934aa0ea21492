/* Accepted, but what it exports as its version has no end. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_HANDLER(.name = "open", .handle = handle)

WEIR_API extern const char weir_handler_version[3];
const char weir_handler_version[3] = {'1', '.', '2'};
