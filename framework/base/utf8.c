#include "framework/base/utf8.h"

#include <assert.h>
#include <stdbool.h>

/* Size of the character that a lead byte announces, 0 for none; *least is the smallest code point
 * that needs it. */
static size_t announced(unsigned char lead, uint32_t *least)
{
    if (lead < 0x80) {
        *least = 1;
        return 1;
    }
    if (lead >= 0xC2 && lead < 0xE0) {
        *least = 0x80;
        return 2;
    }
    if (lead >= 0xE0 && lead < 0xF0) {
        *least = 0x800;
        return 3;
    }
    *least = 0x10000;
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

size_t weir_utf8_size(const char *text, size_t size)
{
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t least = 0;
    size_t length = size > 0 ? announced(bytes[0], &least) : 0;

    if (length == 0 || length > size) {
        return 0;
    }
    uint32_t point = bytes[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = point << 6 | (bytes[i] & 0x3F);
    }
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < least || point > 0x10FFFF || surrogate ? 0 : length;
}

size_t weir_utf8_invalid(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t length = weir_utf8_size(text + at, size - at);
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return size;
}

size_t weir_utf8_encode(int32_t point, char *out)
{
    assert(point > 0);
    assert(point <= 0x10FFFF);
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | (point >> 6));
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | (point >> 12));
        out[1] = (char)(0x80 | ((point >> 6) & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (point >> 18));
    out[1] = (char)(0x80 | ((point >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((point >> 6) & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}
