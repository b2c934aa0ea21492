#include "tools/memory.h"

#include "tools/cut_off.h"
#include "tools/options.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *memory)
{
    if (memory == NULL) {
        weir_cut_off(WEIR_EXIT_TRY_AGAIN, "out of memory");
    }
    return memory;
}

void *weir_cli_alloc(size_t count, size_t size)
{
    return need(calloc(count > 0 ? count : 1, size));
}

void *weir_cli_grow(void *memory, size_t count, size_t size)
{
    return need(reallocarray(memory, count > 0 ? count : 1, size));
}

char *weir_cli_copy(const char *text)
{
    return text == NULL ? NULL : need(strdup(text));
}

char *weir_cli_text(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return need(length < 0 ? NULL : text);
}
