#include "tools/offset_file.h"

#include "tools/memory.h"
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The last one to consume, and then one more. */
#define OFFSET_MAX (INT64_MAX - 1)

enum { LINE_MAX_SIZE = 1 << 20, ROWS_MAX = 1000000, SENTENCE_SIZE = 160 };

void weir_offset_rows_add(struct weir_offset_rows *rows, struct weir_offset_row row)
{
    rows->rows = weir_cli_grow(rows->rows, rows->count + 1, sizeof rows->rows[0]);
    rows->rows[rows->count++] = row;
}

void weir_offset_rows_advance(struct weir_offset_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        assert(rows->rows[i].offset <= OFFSET_MAX);
        rows->rows[i].offset++;
        free(rows->rows[i].metadata); /* it belonged to the other one */
        rows->rows[i].metadata = NULL;
    }
}

void weir_offset_rows_fini(struct weir_offset_rows *rows)
{
    if (rows == NULL) {
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->rows[i].topic);
        free(rows->rows[i].metadata);
    }
    free(rows->rows);
    *rows = (struct weir_offset_rows){.rows = NULL};
}

static bool is_string(const json_t *value)
{
    return json_is_string(value);
}

static bool is_name(const json_t *value)
{
    return json_string_length(value) > 0;
}

static bool is_text_or_null(const json_t *value)
{
    return json_is_string(value) || json_is_null(value);
}

static bool is_partition(const json_t *value)
{
    json_int_t number = json_integer_value(value);

    return json_is_integer(value) && number >= 0 && number < INT32_MAX;
}

static bool is_offset(const json_t *value)
{
    json_int_t number = json_integer_value(value);

    return json_is_integer(value) && number >= 0 && number <= OFFSET_MAX;
}

static const struct {
    const char *name;
    bool (*fits)(const json_t *value);
    const char *wrong;
    bool needed;
} fields[] = {{"group", is_string, "group is no string", false},
              {"topic", is_name, "topic is no name", true},
              {"partition", is_partition, "partition is no number from 0 to 2147483646", true},
              {"offset", is_offset, "offset is no number from 0 on", true},
              {"metadata", is_text_or_null, "metadata is no string", false}};

enum { FIELDS = sizeof fields / sizeof fields[0] };

static bool is_field(const char *name)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What is wrong with it, or NULL. */
static const char *judge(json_t *object)
{
    const char *name = NULL;
    json_t *value = NULL;

    if (!json_is_object(object)) {
        return "it is no JSON object";
    }
    json_object_foreach(object, name, value)
    {
        if (!is_field(name)) {
            return "there is more than group, topic, partition, offset and metadata";
        }
    }
    for (size_t i = 0; i < FIELDS; i++) {
        value = json_object_get(object, fields[i].name);
        if (value == NULL ? fields[i].needed : !fields[i].fits(value)) {
            return value == NULL ? "topic, partition and offset are needed" : fields[i].wrong;
        }
    }
    return NULL;
}

/* NULL, or what is wrong. */
static const char *take_line(const char *line, struct weir_offset_rows *out, json_error_t *error)
{
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, error);

    if (object == NULL) {
        return error->text;
    }
    const char *wrong = judge(object);
    if (wrong == NULL) {
        weir_offset_rows_add(
            out,
            (struct weir_offset_row){
                .topic = weir_cli_copy(json_string_value(json_object_get(object, "topic"))),
                .partition = (int32_t)json_integer_value(json_object_get(object, "partition")),
                .offset = json_integer_value(json_object_get(object, "offset")),
                .metadata = weir_cli_copy(json_string_value(json_object_get(object, "metadata")))});
    }
    json_decref(object);
    return wrong;
}

static int compare(const void *one, const void *other)
{
    const struct weir_offset_row *const *a = one;
    const struct weir_offset_row *const *b = other;
    int order = strcmp((*a)->topic, (*b)->topic);

    return order != 0 ? order
                      : ((*a)->partition > (*b)->partition) - ((*a)->partition < (*b)->partition);
}

/* One of the rows that name a partition that another one names too, or NULL. */
static const struct weir_offset_row *find_twice(const struct weir_offset_rows *rows)
{
    const struct weir_offset_row **sorted = weir_cli_alloc(rows->count, sizeof(void *));
    const struct weir_offset_row *twice = NULL;

    for (size_t i = 0; i < rows->count; i++) {
        sorted[i] = &rows->rows[i];
    }
    qsort(sorted, rows->count, sizeof(void *), compare);
    for (size_t i = 1; i < rows->count && twice == NULL; i++) {
        twice = compare(&sorted[i - 1], &sorted[i]) == 0 ? sorted[i] : NULL;
    }
    free(sorted);
    return twice;
}

static bool is_whole(FILE *file, const struct weir_offset_rows *rows, char *why)
{
    const struct weir_offset_row *twice = find_twice(rows);

    if (ferror(file)) {
        (void)snprintf(why, WEIR_OFFSET_FILE_WHY_SIZE, "it cannot be read");
    } else if (rows->count == 0) {
        (void)snprintf(why, WEIR_OFFSET_FILE_WHY_SIZE, "no partition is in it");
    } else if (twice != NULL) {
        (void)snprintf(why, WEIR_OFFSET_FILE_WHY_SIZE,
                       "partition %d of topic %.100s is in it twice", (int)twice->partition,
                       twice->topic);
    } else {
        return true;
    }
    return false;
}

/* The length of the next line without its end, LINE_MAX_SIZE if it is too long, or -1 at the end of
 * the file. */
static int next_line(FILE *file, char *line)
{
    int length = 0;
    int c = getc(file);

    if (c == EOF) {
        return -1;
    }
    for (; c != EOF && c != '\n' && length < LINE_MAX_SIZE; c = getc(file)) {
        line[length++] = (char)c;
    }
    bool whole = length < LINE_MAX_SIZE;
    while (whole && length > 0 && strchr("\r\t ", line[length - 1]) != NULL) {
        length--;
    }
    line[length] = '\0';
    return length;
}

/* NULL, or what is wrong. */
static const char *take_next(const char *line, int length, struct weir_offset_rows *rows,
                             json_error_t *error)
{
    if (length == LINE_MAX_SIZE) {
        return "it is longer than 1 MiB";
    }
    if (strlen(line) != (size_t)length) {
        return "there is a NUL in it";
    }
    if (rows->count == ROWS_MAX) {
        return "there are more than 1000000 partitions";
    }
    return length == 0 ? NULL : take_line(line, rows, error);
}

static bool read_rows(FILE *file, struct weir_offset_rows *rows, char *why)
{
    char *line = weir_cli_alloc(1, LINE_MAX_SIZE + 1);
    json_error_t error = {.line = 0};
    const char *wrong = NULL;
    size_t number = 0;

    for (int length = 0; wrong == NULL && (length = next_line(file, line)) >= 0;) {
        number++;
        wrong = take_next(line, length, rows, &error);
    }
    free(line);
    if (wrong != NULL) {
        (void)snprintf(why, WEIR_OFFSET_FILE_WHY_SIZE, "line %zu: %.*s", number, SENTENCE_SIZE,
                       wrong);
    }
    return wrong == NULL && is_whole(file, rows, why);
}

bool weir_offset_rows_read(FILE *file, struct weir_offset_rows *out, char *why)
{
    struct weir_offset_rows rows = {.rows = NULL};
    bool good = read_rows(file, &rows, why);

    if (good) {
        *out = rows;
    } else {
        weir_offset_rows_fini(&rows);
    }
    return good;
}

size_t weir_offset_file_write(FILE *file, const char *group, const struct weir_view *view)
{
    size_t left_out = 0;

    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        if (one->committed < 0) {
            continue;
        }
        json_t *row =
            json_pack("{s:s, s:s, s:i, s:I}", "group", group, "topic", one->topic, "partition",
                      (int)one->partition, "offset", (json_int_t)one->committed);
        if (one->metadata != NULL &&
            json_object_set_new(row, "metadata", json_string(one->metadata)) != 0) {
            left_out++;
        }
        (void)json_dumpf(row, file, JSON_COMPACT);
        (void)fputc('\n', file);
        json_decref(row);
    }
    return left_out;
}
