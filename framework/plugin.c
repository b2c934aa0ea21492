#include "framework/plugin.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/plugin_file.h"
#include "framework/plugin_manifest.h"
#include <assert.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct weir_plugin {
    struct weir_plugin_file file; /* open as long as the library is there */
    void *library;
    struct weir_handler handler;
};

/* The loader begins most of its texts with the name it was given, which means nothing to a user. */
static const char *loader_text(void)
{
    static const char ours[] = "/proc/";
    const char *text = dlerror();

    if (text == NULL) {
        return "no reason given";
    }
    const char *rest = strstr(text, ": ");
    return strncmp(text, ours, sizeof ours - 1) == 0 && rest != NULL ? rest + 2 : text;
}

/* What the symbol table says of it; as large as can be where that says nothing. */
static size_t size_of(const void *symbol)
{
    Dl_info object;
    void *entry = NULL;

    if (dladdr1(symbol, &object, &entry, RTLD_DL_SYMENT) == 0 || entry == NULL ||
        object.dli_saddr != symbol) {
        return SIZE_MAX;
    }
    return ((const ElfW(Sym) *)entry)->st_size;
}

static enum weir_status adopt(const struct weir_plugin_subject *subject, struct weir_plugin *plugin)
{
    const struct weir_handler_plugin *exported = dlsym(plugin->library, WEIR_HANDLER_SYMBOL);

    if (exported == NULL) {
        return weir_plugin_refuse(subject, 0,
                                  "does not export " WEIR_HANDLER_SYMBOL ": write "
                                  "WEIR_HANDLER(.name = ..., .handle = ...) once, at file scope");
    }
    return weir_plugin_manifest_read(subject, exported, size_of(exported), &plugin->handler);
}

static enum weir_status map(const struct weir_plugin_subject *subject, struct weir_plugin *plugin)
{
    enum weir_status status = weir_plugin_file_open(subject, &plugin->file);

    if (status != WEIR_OK) {
        return status;
    }
    /* NODELETE: a thread that the plug-in forgot, or a destructor of a thread's own data, would run
     * into code that is gone. Loading the same file again costs nothing. */
    plugin->library = dlopen(plugin->file.name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (plugin->library == NULL) {
        return weir_plugin_refuse(
            subject, 0, "cannot be loaded: %s (ldd -r on it shows what is missing)", loader_text());
    }
    return WEIR_OK;
}

enum weir_status weir_plugin_load(const char *path, struct weir_plugin **out,
                                  struct weir_error *error)
{
    const struct weir_plugin_subject subject = {.path = path, .error = error};

    assert(path != NULL);
    assert(out != NULL);
    struct weir_plugin *plugin = weir_calloc(1, sizeof *plugin);
    if (plugin == NULL) {
        return weir_error_nomem(error);
    }
    plugin->file.fd = -1;
    enum weir_status status = map(&subject, plugin);
    if (status == WEIR_OK) {
        status = adopt(&subject, plugin);
    }
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

void weir_plugin_unload(struct weir_plugin *plugin)
{
    if (plugin == NULL) {
        return;
    }
    if (plugin->library != NULL) {
        (void)dlclose(plugin->library);
    }
    weir_plugin_file_close(&plugin->file);
    weir_free(plugin);
}
