/* Whatever a .properties file holds: does the parser stay within it, and does what it gives parse
 * to the same again? */
#include "framework/base/limits.h"
#include "framework/base/utf8.h"
#include "framework/config_parse.h"
#include "test/fuzz/fuzz.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_escaped(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\n\r\f\t", *text) != NULL) {
            (void)fprintf(stream, "\\u%04x", *text);
        } else {
            (void)fprintf(stream, "%s%c", strchr(" \\=:#!", *text) != NULL ? "\\" : "", *text);
        }
    }
}

struct visit {
    FILE *stream; /* canonical form */
    size_t line;
    size_t lines;
};

static enum weir_status visit(const struct weir_property *property, void *user,
                              struct weir_error *error)
{
    struct visit *seen = user;
    size_t key_size = strlen(property->key);
    size_t value_size = strlen(property->value);

    (void)error;
    MUST(weir_utf8_invalid(property->key, key_size) == key_size);
    MUST(weir_utf8_invalid(property->value, value_size) == value_size);
    MUST(key_size + value_size <= WEIR_CONFIG_LINE_SIZE_MAX);
    MUST(property->line > seen->line);
    MUST(property->line <= seen->lines);
    seen->line = property->line;
    put_escaped(seen->stream, property->key);
    (void)fputc('=', seen->stream);
    put_escaped(seen->stream, property->value);
    (void)fputc('\n', seen->stream);
    return WEIR_OK;
}

/* The canonical form of a text, or NULL when it is refused. The caller frees. */
static char *canonical(const char *text, size_t size, size_t *out_size)
{
    struct weir_error error = {.code = WEIR_OK};
    char *out = NULL;
    struct visit seen = {.stream = open_memstream(&out, out_size), .lines = size + 1};

    MUST(seen.stream != NULL);
    (void)fputs("#\n", seen.stream); /* or a key that begins with U+FEFF becomes the text's mark */
    enum weir_status status = weir_properties_parse(text, size, visit, &seen, &error);
    MUST(fclose(seen.stream) == 0);
    MUST(status == error.code);
    MUST(status == WEIR_OK || status == WEIR_ERR_CONFIG);
    MUST(status == WEIR_OK || strncmp(error.text, "line ", 5) == 0);
    if (status != WEIR_OK) {
        free(out);
        return NULL;
    }
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t first_size = 0;
    size_t second_size = 0;
    char *first = canonical((const char *)data, size, &first_size);

    if (first != NULL && first_size < WEIR_CONFIG_LINE_SIZE_MAX) {
        char *second = canonical(first, first_size, &second_size);
        MUST(second != NULL);
        MUST(first_size == second_size);
        MUST(memcmp(first, second, first_size) == 0);
        free(second);
    }
    free(first);
    return 0;
}
