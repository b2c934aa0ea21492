/* Which handler does a shared object hold, and can this version of weir run it? */
#ifndef WEIR_PLUGIN_H
#define WEIR_PLUGIN_H

#include <weir/handler.h>
#include <weir/status.h>

/* A loaded plug-in. Loading checks the file first (see plugin_file.h), then maps it, which runs its
 * constructors, then checks what it exports: a refused plug-in of the second kind has already had
 * its say, so nothing here protects from hostile code, only from the wrong code.
 * Thread: one at a time per plug-in; several may be loaded at once. */
struct weir_plugin;

/* WEIR_ERR_PLUGIN with a sentence that names the file, what is wrong and what to do; *out is
 * untouched then. WEIR_ERR_NOMEM before any code of the plug-in ran. `error` may be NULL. */
WEIR_MUST_CHECK enum weir_status weir_plugin_load(const char *path, struct weir_plugin **out,
                                                  struct weir_error *error);

/* As this version of weir knows it: slots that an older plug-in does not have are NULL. Borrowed
 * until unload. */
const struct weir_handler *weir_plugin_handler(const struct weir_plugin *plugin);

/* What it says of its version; NULL: nothing. Borrowed until unload. */
const char *weir_plugin_version(const struct weir_plugin *plugin);

/* NULL is fine. The handler's structure goes; the code itself stays mapped until the process ends,
 * for whatever thread is still in it. */
void weir_plugin_unload(struct weir_plugin *plugin);

#endif /* WEIR_PLUGIN_H */
