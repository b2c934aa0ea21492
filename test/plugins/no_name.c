/* Refused: its handler has no name. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_HANDLER(.handle = handle)
