#include "emitters/wording.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void weir_wording_init(struct weir_wording *wording, char *text, size_t size)
{
    assert(size > 0);
    *wording = (struct weir_wording){.text = text, .size = size};
    text[0] = '\0';
}

void weir_wording_add(struct weir_wording *wording, const char *format, ...)
{
    va_list arguments;
    size_t room = wording->size - wording->used;

    va_start(arguments, format);
    int length = vsnprintf(wording->text + wording->used, room, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    wording->used += (size_t)length < room ? (size_t)length : room - 1;
}

/* The largest unit of which there is at least one. */
static void add_in_units(struct weir_wording *wording, double value, const char *const *units,
                         double step)
{
    while (value >= step && units[1] != NULL) {
        value /= step;
        units++;
    }
    weir_wording_add(wording, "%.*f %s", value < 10 && (double)(int64_t)value != value ? 1 : 0,
                     value, units[0]);
}

void weir_wording_add_duration(struct weir_wording *wording, double duration_ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s", NULL};

    add_in_units(wording, duration_ns, units, 1000);
}

void weir_wording_add_bytes(struct weir_wording *wording, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};

    add_in_units(wording, (double)bytes, units, 1024);
}

void weir_wording_add_json(struct weir_wording *wording, const char *text)
{
    weir_wording_add(wording, "\"");
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') {
            weir_wording_add(wording, "\\u%04x", byte); /* no topic has one of these */
        } else {
            weir_wording_add(wording, "%c", byte);
        }
    }
    weir_wording_add(wording, "\"");
}
