#include "framework/plugin_library.h"

#include <assert.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

enum weir_status weir_plugin_library_open(const struct weir_plugin_subject *subject,
                                          struct weir_plugin_library *out)
{
    struct weir_plugin_library library = {.handle = NULL};

    assert(out != NULL);
    enum weir_status status = weir_plugin_file_open(subject, &library.file);
    if (status != WEIR_OK) {
        return status;
    }
    /* NODELETE: a thread that the plug-in forgot, or a destructor of a thread's own data, would run
     * into code that is gone. Loading the same file again costs nothing. */
    library.handle = dlopen(library.file.name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library.handle == NULL) {
        status = weir_plugin_refuse(
            subject, 0, "cannot be loaded: %s (ldd -r on it shows what is missing)", loader_text());
        weir_plugin_file_close(&library.file);
        return status;
    }
    *out = library;
    return WEIR_OK;
}

void weir_plugin_library_close(struct weir_plugin_library *library)
{
    (void)dlclose(library->handle);
    weir_plugin_file_close(&library->file);
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

enum weir_status weir_plugin_library_find(const struct weir_plugin_library *library,
                                          const struct weir_plugin_subject *subject,
                                          const struct weir_plugin_kind *kind, const void **out,
                                          size_t *size)
{
    const void *exported = dlsym(library->handle, kind->symbol);

    if (exported == NULL) {
        return weir_plugin_refuse(subject, 0,
                                  "does not export %s: write %s(%s) once, at file scope",
                                  kind->symbol, kind->macro, kind->slots);
    }
    *out = exported;
    *size = size_of(exported);
    return WEIR_OK;
}

bool weir_plugin_library_text(const struct weir_plugin_library *library, const char *symbol,
                              char *out, size_t size)
{
    const char *exported = dlsym(library->handle, symbol);
    size_t there = exported == NULL ? 0 : size_of(exported);
    size_t length = 0;

    assert(size > 0);
    while (length < there && length < size && exported[length] >= ' ' && exported[length] <= '~') {
        length++;
    }
    bool good = length > 0 && length < size && length < there && exported[length] == '\0';
    if (good) {
        memcpy(out, exported, length);
    }
    out[good ? length : 0] = '\0';
    return good;
}
