/* Refused: built against the handler ABI after this one. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_API extern const struct weir_handler_plugin weir_handler_plugin;

const struct weir_handler_plugin weir_handler_plugin = {
    .magic = WEIR_HANDLER_MAGIC,
    .abi = WEIR_HANDLER_ABI + 1,
    .plugin_size = sizeof(struct weir_handler_plugin),
    .handler_size = sizeof(struct weir_handler),
    .record_size = sizeof(struct weir_record),
    .handler = {.name = "variant", .handle = handle},
};
