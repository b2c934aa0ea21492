#include "tools/config_output.h"

#include <assert.h>
#include <string.h>

const char *weir_config_origin_name(enum weir_config_origin origin)
{
    switch (origin) {
    case WEIR_CONFIG_DEFAULT:
        return "default";
    case WEIR_CONFIG_FILE:
        return "file";
    case WEIR_CONFIG_ENVIRONMENT:
        return "environment";
    case WEIR_CONFIG_ARGUMENT:
        return "argument";
    }
    return "";
}

static const char *or_dash(const char *text)
{
    return *text == '\0' ? "-" : text;
}

static bool is_timestamp(const struct weir_config_key *key)
{
    return strcmp(key->unit, "timestamp") == 0;
}

static void print_key_line(FILE *stream, const struct weir_config_key *key)
{
    (void)fprintf(stream, "%-26s %-9s %-32s %s\n", key->name, or_dash(key->preset),
                  is_timestamp(key) ? "a time" : or_dash(key->range), key->sentence);
}

/* A bar would end the cell of a table: choices are listed with commas. */
static void print_markdown_range(FILE *stream, const struct weir_config_key *key)
{
    if (is_timestamp(key)) {
        (void)fputs("a time", stream);
    }
    if (is_timestamp(key) || *key->range == '\0') {
        return;
    }
    (void)fputc('`', stream);
    for (const char *at = key->range; *at != '\0'; at++) {
        if (*at == '|') {
            (void)fputs("`, `", stream);
        } else {
            (void)fputc(*at, stream);
        }
    }
    (void)fputc('`', stream);
    if (*key->unit != '\0') {
        (void)fprintf(stream, " %s", key->unit);
    }
}

static void print_markdown_row(FILE *stream, const struct weir_config_key *key)
{
    (void)fprintf(stream, "| `%s` | %s%s%s | ", key->name, *key->preset == '\0' ? "" : "`",
                  key->preset, *key->preset == '\0' ? "" : "`");
    print_markdown_range(stream, key);
    (void)fprintf(stream, " | %s |\n", key->sentence);
}

bool weir_config_print_keys(FILE *stream, enum weir_config_format format)
{
    size_t count;
    const struct weir_config_key *rows = weir_config_keys(&count);
    bool markdown = format == WEIR_CONFIG_FORMAT_MARKDOWN;

    assert(format != WEIR_CONFIG_FORMAT_PROPERTIES);
    if (format == WEIR_CONFIG_FORMAT_JSON) {
        return weir_config_print_keys_json(stream);
    }
    if (markdown) {
        (void)fputs("| key | default | allowed | what it does |\n|---|---|---|---|\n", stream);
    } else {
        (void)fprintf(stream, "%-26s %-9s %-32s %s\n", "KEY", "DEFAULT", "ALLOWED", "WHAT IT DOES");
    }
    for (size_t i = 0; i < count; i++) {
        if (markdown) {
            print_markdown_row(stream, &rows[i]);
        } else {
            print_key_line(stream, &rows[i]);
        }
    }
    return true;
}

struct printing {
    FILE *stream;
    int column; /* width of the keys */
};

/* Escapes what the format would read otherwise. A leading blank and line ends must not be lost. */
static void print_property_value(FILE *stream, const char *value)
{
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\n') {
            (void)fputs("\\n", stream);
        } else if (*at == '\r') {
            (void)fputs("\\r", stream);
        } else if (*at == '\t') {
            (void)fputs("\\t", stream);
        } else if (*at == '\f') {
            (void)fputs("\\f", stream);
        } else {
            (void)fprintf(stream, "%s%c", *at == '\\' || (at == value && *at == ' ') ? "\\" : "",
                          *at);
        }
    }
}

static void print_property(const struct weir_config_entry *entry, void *user)
{
    struct printing *printing = user;

    (void)fprintf(printing->stream, "%s%s=", entry->origin == WEIR_CONFIG_DEFAULT ? "#" : "",
                  entry->key);
    print_property_value(printing->stream, entry->value);
    (void)fputc('\n', printing->stream);
}

static void measure_entry(const struct weir_config_entry *entry, void *user)
{
    struct printing *printing = user;
    int size = (int)strlen(entry->key);

    printing->column = size > printing->column ? size : printing->column;
}

static void print_entry_line(const struct weir_config_entry *entry, void *user)
{
    struct printing *printing = user;

    (void)fprintf(printing->stream, "%-*s %-11s ", printing->column, entry->key,
                  weir_config_origin_name(entry->origin));
    print_property_value(printing->stream, entry->value);
    (void)fputc('\n', printing->stream);
}

bool weir_config_print_entries(FILE *stream, enum weir_config_format format,
                               const struct weir_config *config)
{
    struct printing printing = {.stream = stream, .column = 3};

    assert(format != WEIR_CONFIG_FORMAT_MARKDOWN);
    if (format == WEIR_CONFIG_FORMAT_JSON) {
        return weir_config_print_entries_json(stream, config);
    }
    if (format == WEIR_CONFIG_FORMAT_PROPERTIES) {
        (void)fputs("# Values shown as *** are secrets; lines after # are defaults.\n", stream);
        weir_config_each(config, print_property, &printing);
        return true;
    }
    weir_config_each(config, measure_entry, &printing);
    (void)fprintf(stream, "%-*s %-11s VALUE\n", printing.column, "KEY", "ORIGIN");
    weir_config_each(config, print_entry_line, &printing);
    return true;
}
