/* Refused: the slot is reserved. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_HANDLER(.name = "deferred", .handle = handle, .handle_deferred = handle)
