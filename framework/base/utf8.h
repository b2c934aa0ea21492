/* Is a text UTF-8, and how is a code point written in it? */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Pure. Thread: any. */

/* Size of the well-formed character that `text` begins with; 0 when it begins with none, as a NUL
 * does and no bytes at all do. */
size_t weir_utf8_size(const char *text, size_t size);

/* Offset of the first byte that is NUL or begins no well-formed character (no overlong form, no
 * surrogate, nothing above U+10FFFF); `size` when there is none. */
size_t weir_utf8_invalid(const char *text, size_t size);

/* Writes a code point, 1 to 4 bytes without a NUL, and returns how many. */
size_t weir_utf8_encode(int32_t point, char *out);

#endif /* WEIR_BASE_UTF8_H */
