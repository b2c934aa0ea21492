/* Whatever a plug-in exports under the name of weir's symbol: is not a byte more of it read than
 * there is, and is what is accepted a handler that can be run? */
#include "framework/plugin_manifest.h"
#include "test/fuzz/fuzz.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_AT = offsetof(struct weir_handler_plugin, handler), LENGTH_SIZE = 2 };

/* In a block of its own, so that the sanitizer sees its end. */
static void *copy_of(const uint8_t *data, size_t size)
{
    void *copy = malloc(size > 0 ? size : 1);

    MUST(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

/* A pointer can only be NULL or lead somewhere: the byte that is there decides. */
static void set_name(unsigned char *exported, size_t size, const char *name)
{
    if (size >= NAME_AT + sizeof name) {
        const char *pointer = exported[NAME_AT] == 0 ? NULL : name;
        memcpy(exported + NAME_AT, &pointer, sizeof pointer);
    }
}

static void check_accepted(const struct weir_handler *handler, const char *name)
{
    MUST(handler->name == name);
    MUST(strlen(name) >= 1 && strlen(name) <= WEIR_PLUGIN_NAME_LENGTH_MAX);
    MUST(handler->handle != NULL);
    MUST(handler->handle_deferred == NULL);
    MUST(weir_handler_find_flaw(handler) == WEIR_HANDLER_SOUND);
}

/* Input: how long the structure is, in two bytes; the structure; the rest is the name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_error error = {.code = WEIR_OK};
    const struct weir_plugin_subject subject = {
        .path = "fuzzed.so", .setting = "weir.handler", .error = &error};
    struct weir_handler handler = {.name = "untouched"};

    if (size < LENGTH_SIZE) {
        return 0;
    }
    size_t length = data[0] + ((size_t)data[1] << 8);
    size_t there = length < size - LENGTH_SIZE ? length : size - LENGTH_SIZE;
    unsigned char *exported = copy_of(data + LENGTH_SIZE, there);
    size_t name_size = size - LENGTH_SIZE - there;
    char *name = malloc(name_size + 1);
    MUST(name != NULL);
    memcpy(name, data + LENGTH_SIZE + there, name_size);
    name[name_size] = '\0';
    set_name(exported, there, name);
    enum weir_status status =
        weir_plugin_manifest_read(&subject, (const void *)exported, there, &handler);
    MUST(status == error.code);
    MUST(status == WEIR_OK || status == WEIR_ERR_PLUGIN);
    if (status == WEIR_OK) {
        check_accepted(&handler, name);
    } else {
        MUST(strcmp(handler.name, "untouched") == 0);
        MUST(strncmp(error.text, "plug-in fuzzed.so ", 18) == 0);
    }
    free(exported);
    free(name);
    return 0;
}
