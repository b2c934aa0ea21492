/* Refused: its handler ends before the last slot of the first header. */
#include <stddef.h>
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
    .plugin_size = sizeof(struct weir_handler_plugin),
    .handler_size = offsetof(struct weir_handler, handle_deferred),
    .record_size = sizeof(struct weir_record),
    .handler = {.name = "variant", .handle = handle},
};
