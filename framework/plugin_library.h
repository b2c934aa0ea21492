/* What does the shared object of a plug-in export? */
#ifndef WEIR_PLUGIN_LIBRARY_H
#define WEIR_PLUGIN_LIBRARY_H

#include "framework/plugin_file.h"
#include "framework/plugin_header.h"
#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* A file that passed the checks of plugin_file.h and is mapped: its constructors have run.
 * Thread: one at a time per library; several may be open at once. */
struct weir_plugin_library {
    struct weir_plugin_file file; /* open as long as the library is there */
    void *handle;
};

/* WEIR_ERR_PLUGIN, or WEIR_ERR_NOMEM before any of its code ran; *out is untouched then. */
WEIR_MUST_CHECK enum weir_status weir_plugin_library_open(const struct weir_plugin_subject *subject,
                                                          struct weir_plugin_library *out);
/* The code itself stays mapped until the process ends. */
void weir_plugin_library_close(struct weir_plugin_library *library);

/* What it exports of this kind, and how many bytes of it are there. Borrowed until the process
 * ends. WEIR_ERR_PLUGIN when it exports no such thing. */
WEIR_MUST_CHECK enum weir_status weir_plugin_library_find(const struct weir_plugin_library *library,
                                                          const struct weir_plugin_subject *subject,
                                                          const struct weir_plugin_kind *kind,
                                                          const void **out, size_t *size);

/* A text that it may export: 1 to size - 1 printable characters of ASCII, which are copied. False,
 * and *out is "": there is none of this name, or it is none. */
bool weir_plugin_library_text(const struct weir_plugin_library *library, const char *symbol,
                              char *out, size_t size);

#endif /* WEIR_PLUGIN_LIBRARY_H */
