#include "test/support/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

enum { FIRST_CAPACITY = 128 };

static void reserve(struct text *text, size_t more)
{
    size_t needed = text->length + more + 1;

    if (needed <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity == 0 ? FIRST_CAPACITY : text->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    text->bytes = fail_or_realloc(text->bytes, capacity, 1);
    text->capacity = capacity;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    reserve(text, length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

static void add_arguments(struct text *text, const char *format, va_list arguments)
{
    va_list twin;

    va_copy(twin, arguments);
    int length = vsnprintf(NULL, 0, format, twin);
    va_end(twin);
    assert(length >= 0);
    reserve(text, (size_t)length);
    (void)vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_arguments(text, format, arguments);
    va_end(arguments);
}

char *text_format(const char *format, ...)
{
    struct text text = {.bytes = NULL};
    va_list arguments;

    va_start(arguments, format);
    add_arguments(&text, format, arguments);
    va_end(arguments);
    return text.bytes;
}

char *text_with(const char *text, const char *old, const char *fresh)
{
    const char *at = strstr(text, old);

    if (at == NULL) {
        fail_test("'%s' is not in: %s", old, text);
    }
    size_t size = strlen(text) - strlen(old) + strlen(fresh) + 1;
    char *whole = malloc(size);
    assert(whole != NULL);
    (void)snprintf(whole, size, "%.*s%s%s", (int)(at - text), text, fresh, at + strlen(old));
    return whole;
}

void text_fini(struct text *text)
{
    free(text->bytes);
    *text = (struct text){.bytes = NULL};
}
