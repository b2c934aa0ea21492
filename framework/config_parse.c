#include "framework/config_parse.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/base/utf8.h"

/* text[at] is the next byte and stands on line `line`. `scratch` has room for the longest logical
 * line and its NUL; unescaping works in place, because it never makes a text longer. */
struct parser {
    const char *text;
    size_t size;
    size_t at;
    size_t line;
    char *scratch;
    size_t used;
    struct weir_error *error;
};

static enum weir_status fail(const struct parser *parser, size_t line, const char *why)
{
    return weir_error_set(parser->error, WEIR_ERR_CONFIG, 0, "line %zu: %s", line, why);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static size_t line_of(const char *text, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n')) {
            line++;
        }
    }
    return line;
}

static enum weir_status check_text(const struct parser *parser)
{
    size_t bad = weir_utf8_invalid(parser->text, parser->size);

    if (bad == parser->size) {
        return WEIR_OK;
    }
    return fail(parser, line_of(parser->text, bad),
                parser->text[bad] == '\0' ? "a NUL byte; this is no text file"
                                          : "not UTF-8; save the file as UTF-8 text");
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->size && is_blank(parser->text[parser->at])) {
        parser->at++;
    }
}

/* Steps over \n, \r or \r\n. */
static void skip_line_end(struct parser *parser)
{
    if (parser->at == parser->size) {
        return;
    }
    bool carriage = parser->text[parser->at] == '\r';
    parser->at++;
    if (carriage && parser->at < parser->size && parser->text[parser->at] == '\n') {
        parser->at++;
    }
    parser->line++;
}

static size_t natural_line_size(const struct parser *parser)
{
    size_t at = parser->at;

    while (at < parser->size && !is_line_end(parser->text[at])) {
        at++;
    }
    return at - parser->at;
}

/* An odd number of backslashes at the end: the line goes on. */
static bool continues(const char *line, size_t size)
{
    size_t backslashes = 0;

    while (backslashes < size && line[size - 1 - backslashes] == '\\') {
        backslashes++;
    }
    return backslashes % 2 == 1;
}

/* Reads a logical line into the scratch buffer, without comments, continuation marks and leading
 * blanks. An empty one is none. */
static enum weir_status read_line(struct parser *parser)
{
    size_t first = parser->line;
    bool more = true;

    parser->used = 0;
    for (bool start = true; more && parser->at < parser->size; start = false) {
        skip_blanks(parser);
        const char *line = parser->text + parser->at;
        size_t size = natural_line_size(parser);
        bool comment = start && size > 0 && (*line == '#' || *line == '!');
        more = !comment && continues(line, size);
        size_t kept = more ? size - 1 : size;
        if (!comment && parser->used + kept > WEIR_CONFIG_LINE_SIZE_MAX) {
            return fail(parser, first, "longer than 64 KiB");
        }
        if (!comment) {
            memcpy(parser->scratch + parser->used, line, kept);
            parser->used += kept;
        }
        parser->at += size;
        skip_line_end(parser);
    }
    parser->scratch[parser->used] = '\0';
    return WEIR_OK;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex_unit(const char *digits)
{
    int32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        if (c >= '0' && c <= '9') {
            unit = unit * 16 + (c - '0');
        } else if (c >= 'a' && c <= 'f') {
            unit = unit * 16 + (c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            unit = unit * 16 + (c - 'A') + 10;
        } else {
            return -1;
        }
    }
    return unit;
}

/* The code point of \uXXXX at `from`, or of a surrogate pair of two; -1 when it is none that a text
 * may hold. *size is how many bytes it takes. */
static int32_t unicode_escape(const char *from, size_t *size)
{
    int32_t high = hex_unit(from + 2);

    *size = 6;
    if (high < 0xD800 || high > 0xDFFF) {
        return high > 0 ? high : -1;
    }
    if (high > 0xDBFF || from[6] != '\\' || from[7] != 'u') {
        return -1;
    }
    int32_t low = hex_unit(from + 8);
    if (low < 0xDC00 || low > 0xDFFF) {
        return -1;
    }
    *size = 12;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static char plain_escape(char c)
{
    switch (c) {
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 'f':
        return '\f';
    default:
        return c;
    }
}

/* Replaces escapes in place; false on a broken one. A backslash is never the last character: it
 * would have continued the line, or it was dropped at the end of the text. */
static bool unescape(char *text)
{
    const char *from = text;
    char *to = text;

    while (*from != '\0') {
        if (*from != '\\') {
            *to++ = *from++;
        } else if (from[1] != 'u') {
            assert(from[1] != '\0');
            *to++ = plain_escape(from[1]);
            from += 2;
        } else {
            size_t size;
            int32_t point = unicode_escape(from, &size);
            if (point < 0) {
                return false;
            }
            to += weir_utf8_encode(point, to);
            from += size;
        }
    }
    *to = '\0';
    return true;
}

/* Length of the key at the start of a logical line: up to the first separator without \ before. */
static size_t key_size(const char *line)
{
    size_t size = 0;

    while (line[size] != '\0' && line[size] != '=' && line[size] != ':' && !is_blank(line[size])) {
        size += line[size] == '\\' ? 2 : 1;
    }
    return size;
}

/* Splits the logical line in place: the value, and a NUL after the key. */
static char *split(char *line)
{
    char *value = line + key_size(line);
    char *key_end = value;

    while (is_blank(*value)) {
        value++;
    }
    if (*value == '=' || *value == ':') {
        value++;
    }
    while (is_blank(*value)) {
        value++;
    }
    if (value != key_end) {
        *key_end = '\0';
    }
    return value;
}

static enum weir_status parse_line(struct parser *parser, weir_property_fn *visit, void *user)
{
    size_t line = parser->line;
    enum weir_status status = read_line(parser);

    if (status != WEIR_OK || parser->used == 0) {
        return status;
    }
    char *value = split(parser->scratch);
    if (!unescape(parser->scratch) || !unescape(value)) {
        return fail(parser, line, "a broken \\u escape (four hexadecimal digits, not 0000)");
    }
    return visit(&(struct weir_property){parser->scratch, value, line}, user, parser->error);
}

enum weir_status weir_properties_parse(const char *text, size_t size, weir_property_fn *visit,
                                       void *user, struct weir_error *error)
{
    struct parser parser = {.text = text, .size = size, .line = 1, .error = error};
    size_t room = size < WEIR_CONFIG_LINE_SIZE_MAX ? size : WEIR_CONFIG_LINE_SIZE_MAX;
    enum weir_status status = check_text(&parser);

    assert(visit != NULL);
    if (status != WEIR_OK) {
        return status;
    }
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        parser.at = 3;
    }
    parser.scratch = weir_malloc(room + 1);
    if (parser.scratch == NULL) {
        return weir_error_nomem(error);
    }
    while (status == WEIR_OK && parser.at < parser.size) {
        status = parse_line(&parser, visit, user);
    }
    explicit_bzero(parser.scratch, room + 1);
    weir_free(parser.scratch);
    return status;
}
