/* How is a string built whose length is not known before? */
#ifndef WEIR_TEST_TEXT_H
#define WEIR_TEST_TEXT_H

#include <stddef.h>
#include <weir/export.h>

/* Grows as needed; zero it to begin. `bytes` ends with a NUL as soon as something was added. */
struct text {
    char *bytes;
    size_t length;
    size_t capacity;
};

void text_add(struct text *text, const char *format, ...) WEIR_PRINTF(2, 3);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_fini(struct text *text);

/* The caller frees the result. */
WEIR_MUST_CHECK char *text_format(const char *format, ...) WEIR_PRINTF(1, 2);
/* With the first `old` replaced; the test fails if there is none. Likewise. */
WEIR_MUST_CHECK char *text_with(const char *text, const char *old, const char *fresh);

#endif /* WEIR_TEST_TEXT_H */
