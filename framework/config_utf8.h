/* Is a text UTF-8, and how is a code point written in it? */
#ifndef WEIR_CONFIG_UTF8_H
#define WEIR_CONFIG_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Pure. Thread: any. */

/* Offset of the first byte that is NUL or begins no well-formed character (no overlong form, no
 * surrogate, nothing above U+10FFFF); `size` when there is none. */
size_t weir_utf8_invalid(const char *text, size_t size);

/* Writes a code point, 1 to 4 bytes without a NUL, and returns how many. */
size_t weir_utf8_encode(int32_t point, char *out);

#endif /* WEIR_CONFIG_UTF8_H */
