/* Refused: the name would break a line of the log. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_HANDLER(.name = "odd\nname", .handle = handle)
