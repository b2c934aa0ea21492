/* Accepted, but its version has a character that none may have. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_HANDLER(.name = "odd", .handle = handle)
WEIR_HANDLER_VERSION("1\t2")
