#include "framework/plugin_manifest.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* The public structure begins as every plug-in's does. */
_Static_assert(offsetof(struct weir_handler_plugin, handler) == sizeof(struct weir_plugin_header),
               "the handler is the body");
_Static_assert(offsetof(struct weir_handler_plugin, handler_size) ==
                   offsetof(struct weir_plugin_header, body_size),
               "the handler's size is the body's");

const struct weir_plugin_kind weir_plugin_handler_kind = {
    .body = "handler",
    .lent = "record",
    .macro = "WEIR_HANDLER",
    .header = "<weir/handler.h>",
    .symbol = WEIR_HANDLER_SYMBOL,
    .slots = ".name = ..., .handle = ...",
    .magic = WEIR_HANDLER_MAGIC,
    .abi = WEIR_HANDLER_ABI,
    .body_size_min = offsetof(struct weir_handler, handle_deferred) + sizeof(void (*)(void)),
    .lent_size_min = offsetof(struct weir_record, index) + sizeof(uint32_t),
    .body_size = sizeof(struct weir_handler),
    .lent_size = sizeof(struct weir_record),
};

enum weir_handler_flaw weir_handler_find_flaw(const struct weir_handler *handler)
{
    assert(handler != NULL);
    if (handler->name == NULL || !weir_plugin_name_valid(handler->name)) {
        return WEIR_HANDLER_UNNAMED;
    }
    if (handler->handle_deferred != NULL) {
        return WEIR_HANDLER_DEFERS;
    }
    return handler->handle == NULL ? WEIR_HANDLER_EMPTY : WEIR_HANDLER_SOUND;
}

static enum weir_status check_handler(const struct weir_plugin_subject *subject,
                                      const struct weir_handler *handler)
{
    switch (weir_handler_find_flaw(handler)) {
    case WEIR_HANDLER_UNNAMED:
        return weir_plugin_refuse(subject, 0,
                                  "gives its handler no proper name: set .name in WEIR_HANDLER to "
                                  "1 to %d letters, digits, '-' or '_'",
                                  WEIR_PLUGIN_NAME_LENGTH_MAX);
    case WEIR_HANDLER_DEFERS:
        return weir_plugin_refuse(subject, 0,
                                  "fills the slot handle_deferred, for handlers that complete a "
                                  "batch later: a later version of weir will offer that; until "
                                  "then leave it NULL and fill handle");
    case WEIR_HANDLER_EMPTY:
        return weir_plugin_refuse(subject, 0,
                                  "has no handle slot: set .handle in WEIR_HANDLER to the function "
                                  "that gets the batches");
    case WEIR_HANDLER_SOUND:
    case WEIR_HANDLER_FLAWS:
        break;
    }
    return WEIR_OK;
}

enum weir_status weir_plugin_manifest_read(const struct weir_plugin_subject *subject,
                                           const struct weir_handler_plugin *exported, size_t size,
                                           struct weir_handler *out)
{
    struct weir_handler handler;

    assert(out != NULL);
    enum weir_status status =
        weir_plugin_header_read(subject, &weir_plugin_handler_kind, exported, size, &handler);
    if (status == WEIR_OK) {
        status = check_handler(subject, &handler);
    }
    if (status == WEIR_OK) {
        *out = handler;
    }
    return status;
}
