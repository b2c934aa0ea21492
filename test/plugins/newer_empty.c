/* Accepted: built with a later header, but does not use what is new in it. */
#include <weir/handler.h>

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch;
    (void)worker;
}

/* What a later header may look like: one slot more. */
struct newer_plugin {
    uint64_t magic;
    uint32_t abi;
    uint32_t plugin_size;
    uint32_t handler_size;
    uint32_t record_size;
    struct weir_handler handler;
    void (*newer)(struct weir_batch *batch, void *worker);
};

WEIR_API extern const struct newer_plugin weir_handler_plugin;

const struct newer_plugin weir_handler_plugin = {
    .magic = WEIR_HANDLER_MAGIC,
    .abi = WEIR_HANDLER_ABI,
    .plugin_size = sizeof(struct newer_plugin),
    .handler_size = sizeof(struct weir_handler) + sizeof(void (*)(void)),
    .record_size = sizeof(struct weir_record),
    .handler = {.name = "newer", .handle = handle},
    .newer = NULL,
};
