/* May the handler that a plug-in exports be run by this version of weir? */
#ifndef WEIR_PLUGIN_MANIFEST_H
#define WEIR_PLUGIN_MANIFEST_H

#include "framework/plugin_header.h"
#include <stddef.h>
#include <weir/handler.h>
#include <weir/status.h>

/* What keeps a handler from being run, the first that applies. Where it comes from does not matter:
 * a program that hands its own over makes the same mistakes. */
enum weir_handler_flaw {
    WEIR_HANDLER_SOUND,
    WEIR_HANDLER_UNNAMED, /* or by a name that is none */
    WEIR_HANDLER_DEFERS,
    WEIR_HANDLER_EMPTY, /* no handle */
    WEIR_HANDLER_FLAWS
};
enum weir_handler_flaw weir_handler_find_flaw(const struct weir_handler *handler);

extern const struct weir_plugin_kind weir_plugin_handler_kind;

/* `size` is how many bytes are there, whatever the structure says of itself: not one more is read.
 * Slots that an older plug-in does not have become NULL in *out. WEIR_ERR_PLUGIN with a sentence
 * that says what is wrong and what to do; *out is untouched then. */
WEIR_MUST_CHECK enum weir_status
weir_plugin_manifest_read(const struct weir_plugin_subject *subject,
                          const struct weir_handler_plugin *exported, size_t size,
                          struct weir_handler *out);

#endif /* WEIR_PLUGIN_MANIFEST_H */
