#include "framework/plugin_manifest.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum {
    /* What the first headers with this ABI had. A plug-in with less was never built with them. */
    HANDLER_SIZE_MIN = offsetof(struct weir_handler, handle_deferred) + sizeof(void (*)(void)),
    RECORD_SIZE_MIN = offsetof(struct weir_record, index) + sizeof(uint32_t),
    PREFIX_SIZE = offsetof(struct weir_handler_plugin, handler)
};

static enum weir_status check_sizes(const struct weir_plugin_subject *subject,
                                    const struct weir_handler_plugin *exported, size_t size)
{
    if (exported->handler_size < HANDLER_SIZE_MIN || exported->record_size < RECORD_SIZE_MIN ||
        exported->plugin_size < PREFIX_SIZE + (size_t)exported->handler_size ||
        size < PREFIX_SIZE + (size_t)exported->handler_size) {
        return weir_plugin_refuse(subject, 0,
                                  "gives sizes (plug-in %u, handler %u, record %u) that no header "
                                  "of handler ABI %d has: rebuild it, and define the symbol "
                                  "with WEIR_HANDLER only",
                                  exported->plugin_size, exported->handler_size,
                                  exported->record_size, WEIR_HANDLER_ABI);
    }
    if (exported->record_size > sizeof(struct weir_record)) {
        return weir_plugin_refuse(subject, 0,
                                  "was built for a newer weir, whose records have %u bytes where "
                                  "this one's have %zu: update weir, or rebuild the plug-in with "
                                  "the headers of this one",
                                  exported->record_size, sizeof(struct weir_record));
    }
    return WEIR_OK;
}

/* Slots of a newer header do no harm as long as they are empty. */
static enum weir_status check_newer_slots(const struct weir_plugin_subject *subject,
                                          const struct weir_handler_plugin *exported)
{
    const unsigned char *handler = (const unsigned char *)exported + PREFIX_SIZE;

    for (size_t i = sizeof(struct weir_handler); i < exported->handler_size; i++) {
        if (handler[i] != 0) {
            return weir_plugin_refuse(subject, 0,
                                      "uses a slot of a newer weir, which this one does not know: "
                                      "update weir, or leave that slot empty");
        }
    }
    return WEIR_OK;
}

static enum weir_status check_header(const struct weir_plugin_subject *subject,
                                     const struct weir_handler_plugin *exported, size_t size)
{
    if (size < PREFIX_SIZE || exported->magic != WEIR_HANDLER_MAGIC) {
        return weir_plugin_refuse(subject, 0,
                                  "exports a " WEIR_HANDLER_SYMBOL " that is not weir's: define it "
                                  "with the macro WEIR_HANDLER of <weir/handler.h>");
    }
    if (exported->abi != WEIR_HANDLER_ABI) {
        return weir_plugin_refuse(subject, 0,
                                  "was built against handler ABI %u, and this weir needs %d: "
                                  "rebuild it with the <weir/handler.h> of this weir",
                                  exported->abi, WEIR_HANDLER_ABI);
    }
    enum weir_status status = check_sizes(subject, exported, size);
    return status == WEIR_OK ? check_newer_slots(subject, exported) : status;
}

static bool is_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t length = strnlen(name, WEIR_HANDLER_NAME_LENGTH_MAX + 1);

    return length > 0 && length <= WEIR_HANDLER_NAME_LENGTH_MAX && strspn(name, allowed) == length;
}

enum weir_handler_flaw weir_handler_find_flaw(const struct weir_handler *handler)
{
    assert(handler != NULL);
    if (handler->name == NULL || !is_name(handler->name)) {
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
                                  WEIR_HANDLER_NAME_LENGTH_MAX);
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

    assert(exported != NULL);
    assert(out != NULL);
    enum weir_status status = check_header(subject, exported, size);
    if (status != WEIR_OK) {
        return status;
    }
    size_t known =
        exported->handler_size < sizeof handler ? exported->handler_size : sizeof handler;
    memset(&handler, 0, sizeof handler);
    memcpy(&handler, (const unsigned char *)exported + PREFIX_SIZE, known);
    status = check_handler(subject, &handler);
    if (status == WEIR_OK) {
        *out = handler;
    }
    return status;
}
