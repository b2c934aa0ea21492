/* Accepted, but its version is longer than one may be. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_HANDLER(.name = "long", .handle = handle)
WEIR_HANDLER_VERSION("123456789.123456789.123456789.123")
