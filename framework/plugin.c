#include "framework/plugin.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/plugin_library.h"
#include "framework/plugin_manifest.h"
#include <assert.h>
#include <stddef.h>

enum { VERSION_SIZE = 33 };

struct weir_plugin {
    struct weir_plugin_library library;
    struct weir_handler handler;
    char version[VERSION_SIZE]; /* "": none */
};

static enum weir_status adopt(const struct weir_plugin_subject *subject, struct weir_plugin *plugin)
{
    const void *exported;
    size_t size;
    enum weir_status status = weir_plugin_library_find(&plugin->library, subject,
                                                       &weir_plugin_handler_kind, &exported, &size);

    if (status != WEIR_OK) {
        return status;
    }
    (void)weir_plugin_library_text(&plugin->library, WEIR_HANDLER_VERSION_SYMBOL, plugin->version,
                                   sizeof plugin->version);
    return weir_plugin_manifest_read(subject, exported, size, &plugin->handler);
}

enum weir_status weir_plugin_load(const char *path, struct weir_plugin **out,
                                  struct weir_error *error)
{
    const struct weir_plugin_subject subject = {
        .path = path, .setting = "weir.handler", .error = error};

    assert(path != NULL);
    assert(out != NULL);
    struct weir_plugin *plugin = weir_calloc(1, sizeof *plugin);
    if (plugin == NULL) {
        return weir_error_nomem(error);
    }
    enum weir_status status = weir_plugin_library_open(&subject, &plugin->library);
    if (status != WEIR_OK) {
        weir_free(plugin);
        return status;
    }
    status = adopt(&subject, plugin);
    if (status != WEIR_OK) {
        weir_plugin_unload(plugin);
        return status;
    }
    *out = plugin;
    return WEIR_OK;
}

const struct weir_handler *weir_plugin_handler(const struct weir_plugin *plugin)
{
    assert(plugin != NULL);
    assert(plugin->handler.handle != NULL);
    return &plugin->handler;
}

const char *weir_plugin_version(const struct weir_plugin *plugin)
{
    assert(plugin != NULL);
    return plugin->version[0] == '\0' ? NULL : plugin->version;
}

void weir_plugin_unload(struct weir_plugin *plugin)
{
    if (plugin == NULL) {
        return;
    }
    weir_plugin_library_close(&plugin->library);
    weir_free(plugin);
}
