/* Refused: needs a function that no library of it has. */
#include <weir/handler.h>

void function_of_no_library(struct weir_batch *batch);

static void handle(struct weir_batch *batch, void *worker)
{
    (void)worker;
    function_of_no_library(batch);
}

WEIR_HANDLER(.name = "undefined", .handle = handle)
