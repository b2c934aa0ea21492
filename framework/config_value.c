#include "framework/config_value.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/config_time.h"

struct suffix {
    const char *unit;
    const char *text;
    int64_t factor;
};

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS INT64_C(60000)

static const struct suffix suffixes[] = {
    {"bytes", "KiB", INT64_C(1) << 10},
    {"bytes", "MiB", INT64_C(1) << 20},
    {"bytes", "GiB", INT64_C(1) << 30},
    {"bytes", "B", 1},
    {"ms", "ms", 1},
    {"ms", "s", SECOND_MS},
    {"ms", "m", MINUTE_MS},
    {"ms", "h", 60 * MINUTE_MS},
};

/* How to write a number of this unit, for the error text. */
static const struct {
    const char *unit;
    const char *hint;
} hints[] = {
    {"bytes", ", a whole number of bytes or one with KiB, MiB or GiB, such as 16MiB"},
    {"ms", ", a whole number of milliseconds or one with s, m or h, such as 5s"},
    {"timestamp", ": milliseconds since 1970 or a time such as 2024-01-31T12:00:00Z"},
};

static bool suffix_factor(const char *unit, const char *text, int64_t *factor)
{
    *factor = 1;
    if (*text == '\0') {
        return true;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (strcmp(suffixes[i].unit, unit) == 0 && strcmp(suffixes[i].text, text) == 0) {
            *factor = suffixes[i].factor;
            return true;
        }
    }
    return false;
}

/* Decimal digits and perhaps a suffix; false when it is anything else or too large. */
static bool number_parse(const char *unit, const char *text, int64_t *out)
{
    int64_t number = 0;
    int64_t factor;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        int64_t digit = *at - '0';
        if (number > (INT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    if (at == text || !suffix_factor(unit, at, &factor) || number > INT64_MAX / factor) {
        return false;
    }
    *out = number * factor;
    return true;
}

void weir_value_limits(const struct weir_config_key *row, int64_t *low, int64_t *high)
{
    char text[32];
    const char *dots = strstr(row->range, "..");
    size_t size;

    assert(row->type == WEIR_CONFIG_INTEGER);
    assert(dots != NULL);
    size = (size_t)(dots - row->range);
    assert(size < sizeof text);
    memcpy(text, row->range, size);
    text[size] = '\0';
    bool valid = number_parse(row->unit, text, low) && number_parse(row->unit, dots + 2, high);
    assert(valid);
    (void)valid;
}

static const char *number_hint(const char *unit)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (strcmp(hints[i].unit, unit) == 0) {
            return hints[i].hint;
        }
    }
    return ", a whole number";
}

static enum weir_status integer_parse(const struct weir_config_key *row, const char *text,
                                      int64_t *out, struct weir_error *error)
{
    bool timestamp = strcmp(row->unit, "timestamp") == 0;
    int64_t number;
    int64_t low;
    int64_t high;

    weir_value_limits(row, &low, &high);
    bool parsed = number_parse(row->unit, text, &number) ||
                  (timestamp && weir_timestamp_parse(text, &number));
    if (parsed && number >= low && number <= high) {
        *out = number;
        return WEIR_OK;
    }
    if (timestamp) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: must be a time since 1970%s",
                              row->name, number_hint(row->unit));
    }
    return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: must be %s%s", row->name, row->range,
                          number_hint(row->unit));
}

/* Place of `text` among the words of "one|two|three", or -1. */
static int64_t choice_index(const char *range, const char *text)
{
    size_t size = strlen(text);
    int64_t index = 0;

    for (const char *word = range; word != NULL; index++) {
        const char *bar = strchr(word, '|');
        size_t word_size = bar == NULL ? strlen(word) : (size_t)(bar - word);
        if (word_size == size && memcmp(word, text, size) == 0) {
            return index;
        }
        word = bar == NULL ? NULL : bar + 1;
    }
    return -1;
}

static enum weir_status choice_parse(const struct weir_config_key *row, const char *text,
                                     int64_t *out, struct weir_error *error)
{
    int64_t index = choice_index(row->range, text);

    if (index < 0) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: must be one of %s", row->name,
                              row->range);
    }
    *out = index;
    return WEIR_OK;
}

enum weir_status weir_value_parse(const struct weir_config_key *row, const char *text, int64_t *out,
                                  struct weir_error *error)
{
    enum weir_status status = WEIR_OK;
    int64_t index = 0;

    assert(row != NULL);
    assert(text != NULL);
    switch (row->type) {
    case WEIR_CONFIG_STRING:
        *out = 0;
        break;
    case WEIR_CONFIG_INTEGER:
        status = integer_parse(row, text, out, error);
        break;
    case WEIR_CONFIG_CHOICE:
        status = choice_parse(row, text, out, error);
        break;
    case WEIR_CONFIG_BOOLEAN:
        status = choice_parse(row, text, &index, error);
        if (status == WEIR_OK) {
            *out = index == 0; /* the range is "true|false" */
        }
        break;
    }
    return status;
}
