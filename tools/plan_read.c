#include "tools/plan_read.h"

#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_SIZE = 384 };

/* The object under way. Once `status` says that something is wrong, nothing more is added. */
struct reading {
    const struct plan_input *input;
    size_t line; /* it begins on */
    struct weir_view *view;
    struct weir_error *error;
    enum weir_status status;
};

static void complain(struct reading *reading, size_t line, const char *format, ...)
    WEIR_PRINTF(3, 4);

static void complain(struct reading *reading, size_t line, const char *format, ...)
{
    char reason[REASON_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    reading->status = WEIR_ERR_CONFIG;
    reading->error->code = WEIR_ERR_CONFIG;
    (void)snprintf(reading->error->text, sizeof reading->error->text, "%s: line %zu: %s",
                   reading->input->name, line, reason);
}

static void run_short(struct reading *reading)
{
    reading->status = reading->error->code = WEIR_ERR_NOMEM;
    (void)snprintf(reading->error->text, sizeof reading->error->text, "%s",
                   weir_status_text(WEIR_ERR_NOMEM));
}

/* What the view said when it took something. */
static void note(struct reading *reading, enum weir_status status)
{
    char text[WEIR_ERROR_TEXT_SIZE];

    if (status == WEIR_ERR_NOMEM) {
        run_short(reading);
    } else if (status != WEIR_OK) {
        (void)snprintf(text, sizeof text, "%s", reading->error->text);
        complain(reading, reading->line, "%.300s", text);
    }
}

static void read_topics(struct reading *reading, json_t *topics)
{
    const char *name;
    json_t *count;

    json_object_foreach(topics, name, count)
    {
        if (reading->status != WEIR_OK) {
            return;
        }
        if (!json_is_integer(count)) {
            complain(reading, reading->line, "topics: the partitions of %s must be a whole number",
                     name);
            return;
        }
        note(reading,
             weir_view_add_topic(reading->view, name, json_integer_value(count), reading->error));
    }
}

/* The names that the list holds, for the caller to free; NULL when it is no such list. */
static const char **take_names(struct reading *reading, const char *id, const json_t *list)
{
    size_t count = json_array_size(list);
    const char **names = calloc(count + 1, sizeof *names);

    if (names == NULL) {
        run_short(reading);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = json_string_value(json_array_get(list, i));
        if (names[i] == NULL) {
            complain(reading, reading->line, "members: the topics of %s must be strings", id);
            free((void *)names);
            return NULL;
        }
    }
    return names;
}

static void add_member(struct reading *reading, struct weir_view_member *member, const json_t *list)
{
    const char **names = take_names(reading, member->id, list);

    if (names != NULL) {
        member->topics = names;
        member->topic_count = json_array_size(list);
        note(reading, weir_view_add_member(reading->view, member, reading->error));
        free((void *)names);
    }
}

/* {"topics":[...],"capacity":2,"rack":"a","color":"blue","partitions":"orders:0-3"} */
static void read_member_object(struct reading *reading, struct weir_view_member *member,
                               json_t *object)
{
    json_t *topics = NULL;
    json_int_t capacity = 1;
    json_error_t where;

    if (json_unpack_ex(object, &where, JSON_STRICT, "{s?o, s?I, s?s, s?s, s?s}", "topics", &topics,
                       "capacity", &capacity, "rack", &member->rack, "color", &member->color,
                       "partitions", &member->partitions) != 0) {
        complain(reading, reading->line, "members: %s: %s", member->id, where.text);
        return;
    }
    if (capacity < 1 || capacity > INT32_MAX) {
        complain(reading, reading->line, "members: the capacity of %s must be 1 to %d", member->id,
                 INT32_MAX);
        return;
    }
    if (topics != NULL && !json_is_array(topics)) {
        complain(reading, reading->line, "members: the topics of %s must be a list", member->id);
        return;
    }
    member->capacity = (uint32_t)capacity;
    add_member(reading, member, topics);
}

static void read_members(struct reading *reading, json_t *members)
{
    const char *id;
    json_t *value;

    json_object_foreach(members, id, value)
    {
        struct weir_view_member member = {.size = sizeof member, .id = id};
        if (reading->status != WEIR_OK) {
            return;
        }
        if (json_is_object(value)) {
            read_member_object(reading, &member, value);
        } else if (json_is_array(value)) {
            add_member(reading, &member, value);
        } else {
            complain(reading, reading->line,
                     "members: %s must be a list of topics, or an object with one", id);
        }
    }
}

/* False when there is something else in the list. What no topic can have is left out. */
static bool take_numbers(const json_t *list, uint32_t *out, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *number = json_array_get(list, i);
        json_int_t value = json_integer_value(number);
        if (!json_is_integer(number) || value < 0) {
            return false;
        }
        if (value < UINT32_MAX) {
            out[(*count)++] = (uint32_t)value;
        }
    }
    return json_is_array(list);
}

static void read_owned_topic(struct reading *reading, struct weir_view_owned *owned,
                             const json_t *list)
{
    uint32_t *numbers = calloc(json_array_size(list) + 1, sizeof *numbers);

    if (numbers == NULL) {
        run_short(reading);
    } else if (!take_numbers(list, numbers, &owned->count)) {
        complain(reading, reading->line, "owned: what %s has of %s must be a list of partitions",
                 owned->member, owned->topic);
    } else {
        owned->partitions = numbers;
        note(reading, weir_view_add_owned(reading->view, owned));
    }
    free(numbers);
}

static void read_owned(struct reading *reading, json_t *members)
{
    struct weir_view_owned owned = {.count = 0};
    json_t *topics;
    json_t *list;

    json_object_foreach(members, owned.member, topics)
    {
        if (!json_is_object(topics)) {
            complain(reading, reading->line, "owned: %s must be an object of topics", owned.member);
        }
        json_object_foreach(topics, owned.topic, list)
        {
            if (reading->status != WEIR_OK) {
                return;
            }
            read_owned_topic(reading, &owned, list);
        }
    }
}

static void read_color(struct reading *reading, const char *color, json_int_t epoch)
{
    if (epoch < 0) {
        complain(reading, reading->line, "epoch must not be negative");
    } else if (color != NULL || epoch > 0) {
        note(reading, weir_view_set_color(reading->view, color, (uint64_t)epoch));
    }
}

static void read_object(struct reading *reading, json_t *object)
{
    json_t *members = NULL;
    json_t *topics = NULL;
    json_t *owned = NULL;
    const char *color = NULL;
    json_int_t epoch = 0;
    json_error_t where;

    if (json_unpack_ex(object, &where, JSON_STRICT, "{s:o, s:o, s?o, s?s, s?I}", "members",
                       &members, "topics", &topics, "owned", &owned, "color", &color, "epoch",
                       &epoch) != 0) {
        complain(reading, reading->line, "%s", where.text);
        return;
    }
    if (!json_is_object(members) || !json_is_object(topics) ||
        (owned != NULL && !json_is_object(owned))) {
        complain(reading, reading->line, "members, topics and owned must be objects");
        return;
    }
    note(reading, weir_view_create(&reading->view));
    if (reading->status == WEIR_OK) {
        read_topics(reading, topics);
        read_members(reading, members);
        read_owned(reading, owned);
        read_color(reading, color, epoch);
    }
}

/* A byte at a time, so that nothing is taken away from what follows. */
static size_t on_library_read(void *buffer, size_t size, void *user)
{
    struct plan_input *input = user;
    int byte = getc(input->stream);

    assert(size > 0);
    if (byte == EOF) {
        return ferror(input->stream) != 0 ? (size_t)-1 : 0;
    }
    input->line += byte == '\n' ? 1 : 0;
    *(unsigned char *)buffer = (unsigned char)byte;
    return 1;
}

/* False at the end. */
static bool skip_blanks(struct plan_input *input)
{
    int byte;

    while ((byte = getc(input->stream)) != EOF) {
        if (strchr(" \t\r\n", byte) == NULL || byte == '\0') {
            (void)ungetc(byte, input->stream);
            return true;
        }
        input->line += byte == '\n' ? 1 : 0;
    }
    return false;
}

static void read_text(struct reading *reading, struct plan_input *input)
{
    json_error_t where;
    json_t *object = json_load_callback(on_library_read, input,
                                        JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &where);

    if (object == NULL) {
        size_t before = where.line > 0 ? (size_t)where.line - 1 : 0;
        complain(reading, reading->line + before, "%s", where.text);
        return;
    }
    read_object(reading, object);
    json_decref(object);
}

enum weir_status plan_read(struct plan_input *input, struct weir_view **out,
                           struct weir_error *error)
{
    struct reading reading = {.input = input, .error = error};

    assert(out != NULL);
    *out = NULL;
    if (skip_blanks(input)) {
        reading.line = input->line;
        read_text(&reading, input);
    }
    if (ferror(input->stream) != 0) {
        reading.status = error->code = WEIR_ERR_IO;
        (void)snprintf(error->text, sizeof error->text, "%s: cannot be read", input->name);
    }
    if (reading.status != WEIR_OK) {
        weir_view_destroy(reading.view);
        return reading.status;
    }
    *out = reading.view;
    return WEIR_OK;
}
