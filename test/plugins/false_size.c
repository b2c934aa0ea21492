/* Refused: claims a handler that goes on behind the end of the symbol. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

WEIR_API extern const struct weir_handler_plugin weir_handler_plugin;

const struct weir_handler_plugin weir_handler_plugin = {
    .magic = WEIR_HANDLER_MAGIC,
    .abi = WEIR_HANDLER_ABI,
    .plugin_size = sizeof(struct weir_handler_plugin) + 65536,
    .handler_size = sizeof(struct weir_handler) + 65536,
    .record_size = sizeof(struct weir_record),
    .handler = {.name = "variant", .handle = handle},
};
