#include "test/support/stream_parse.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

enum { NS_PER_MS = 1000000 };
/* 146 years: sums and differences of two times are times. */
static const int64_t TIME_MAX = INT64_MAX / 2;

const char *stream_names_intern(struct stream_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) == 0) {
            return names->names[i];
        }
    }
    names->names = fail_or_realloc(names->names, names->count + 1, sizeof *names->names);
    names->names[names->count] = fail_or_copy(name);
    return names->names[names->count++];
}

void stream_names_fini(struct stream_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->names[i]);
    }
    free(names->names);
    *names = (struct stream_names){.names = NULL};
}

/* The kind of one of weir's own events. */
static int own_kind(const char *name)
{
    static const char *const own[] = {
#define OWN_NAME(id, event_name, sentence) [id] = (event_name),
        WEIR_EVENT_TABLE(OWN_NAME)
#undef OWN_NAME
    };

    for (int kind = 0; kind < (int)WEIR_EVENT_KINDS; kind++) {
        if (strcmp(own[kind], name) == 0) {
            return kind;
        }
    }
    return STREAM_OTHER;
}

/* The nearest kind for a line of Kafka's verifiable consumer. */
static int foreign_kind(const char *name, const json_t *object)
{
    static const struct {
        const char *name;
        int kind;
    } foreign[] = {{"partitions_assigned", WEIR_EVENT_ASSIGN},
                   {"partitions_revoked", WEIR_EVENT_REVOKE_END},
                   {"records_consumed", WEIR_EVENT_HANDLER_END}};

    if (strcmp(name, "offsets_committed") == 0) {
        bool success = json_is_true(json_object_get(object, "success"));
        return success ? WEIR_EVENT_COMMIT_OK : WEIR_EVENT_COMMIT_ERROR;
    }
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (strcmp(foreign[i].name, name) == 0) {
            return foreign[i].kind;
        }
    }
    return STREAM_OTHER;
}

static int64_t integer(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static const char *string(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value == NULL ? "" : value;
}

static int32_t partition_of(const json_t *object)
{
    int64_t partition = integer(object, "partition", STREAM_NONE);

    return partition < 0 || partition > INT32_MAX ? STREAM_NONE : (int32_t)partition;
}

/* 0 for what is no time. */
static int64_t wall_ns(const json_t *object)
{
    int64_t ms = integer(object, "timestamp", 0);

    return ms < 0 || ms > TIME_MAX / NS_PER_MS ? 0 : ms * NS_PER_MS;
}

/* Ours say first, last and count; the verifiable consumer says minOffset and maxOffset, or offset.
 */
static struct stream_span read_span(struct stream_names *names, const json_t *object)
{
    struct stream_span span = {.topic = stream_names_intern(names, string(object, "topic")),
                               .partition = partition_of(object)};
    int64_t first = integer(object, "minOffset", integer(object, "offset", STREAM_NONE));

    span.first = integer(object, "first", first);
    span.last = integer(object, "last", integer(object, "maxOffset", span.first));
    bool whole = span.first >= 0 && span.last >= span.first && span.last < INT64_MAX;
    span.count = integer(object, "count", whole ? span.last - span.first + 1 : 0);
    return span;
}

static const char *read_spans(struct stream_names *names, const json_t *array,
                              struct stream_event *event)
{
    size_t count = json_array_size(array);

    if (array != NULL && !json_is_array(array)) {
        return "its spans are no array";
    }
    struct stream_span *spans = count == 0 ? NULL : fail_or_alloc(count, sizeof *spans);
    event->spans = spans;
    event->span_count = count;
    for (size_t i = 0; i < count; i++) {
        spans[i] = read_span(names, json_array_get(array, i));
        if (spans[i].partition == STREAM_NONE || *spans[i].topic == '\0') {
            return "a span of it names no partition";
        }
        if (spans[i].last < spans[i].first || spans[i].count < 0) {
            return "a span of it ends before it begins";
        }
        if (spans[i].first < STREAM_NONE || spans[i].last == INT64_MAX) {
            return "a span of it is of no offsets";
        }
    }
    return NULL;
}

static int kind_of(struct stream_event *event, const char *own, const char *foreign,
                   const json_t *object)
{
    event->shadow = json_is_true(json_object_get(object, "shadow"));
    if (event->shadow) {
        return STREAM_OTHER;
    }
    return event->foreign ? foreign_kind(foreign, object) : own_kind(own);
}

/* Returns what is wrong with it, or NULL. */
static const char *read_event(struct stream_names *names, const json_t *object,
                              struct stream_event *event)
{
    const char *own = string(object, "ev");
    const char *foreign = string(object, "name");
    const json_t *spans = json_object_get(object, "spans");

    const char *text = string(object, "text");
    event->text = *text == '\0' ? "" : fail_or_copy(text);
    event->spans = NULL;
    event->foreign = *own == '\0';
    event->name = stream_names_intern(names, event->foreign ? foreign : own);
    event->kind = kind_of(event, own, foreign, object);
    event->wall_ns = wall_ns(object);
    event->time_ns = event->foreign ? event->wall_ns : integer(object, "ts_mono_ns", 0);
    event->pid = integer(object, "pid", 0);
    event->instance = stream_names_intern(names, string(object, "inst"));
    event->topic = stream_names_intern(names, string(object, "topic"));
    event->partition = partition_of(object);
    event->offset = integer(object, "offset", STREAM_NONE);
    event->count = integer(object, "count", 0);
    event->batch = (uint64_t)integer(object, "batch", 0);
    event->status = stream_names_intern(names, string(object, "status"));
    if (*event->name == '\0') {
        return "it has neither \"ev\" nor \"name\"";
    }
    if (!event->foreign && (event->time_ns <= 0 || event->time_ns > TIME_MAX)) {
        return "it has no \"ts_mono_ns\"";
    }
    if (event->foreign && strcmp(event->name, "offsets_committed") == 0) {
        spans = json_object_get(object, "offsets");
    } else if (event->foreign) {
        spans = json_object_get(object, "partitions");
    }
    return read_spans(names, spans, event);
}

struct stream_event *stream_parse(struct stream_names *names, const char *line, size_t length,
                                  char *problem, size_t problem_size)
{
    json_error_t error;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);

    if (!json_is_object(object)) {
        (void)snprintf(problem, problem_size, "%s",
                       object == NULL ? error.text : "it is no JSON object");
        json_decref(object);
        return NULL;
    }
    struct stream_event *event = fail_or_alloc(1, sizeof *event);
    const char *wrong = read_event(names, object, event);
    json_decref(object);
    if (wrong != NULL) {
        (void)snprintf(problem, problem_size, "%s", wrong);
        stream_event_destroy(event);
        return NULL;
    }
    return event;
}

void stream_event_destroy(struct stream_event *event)
{
    char *text = NULL;
    void *spans = NULL;

    memcpy(&text, &event->text, sizeof text); /* ours, though readers see them as const */
    memcpy(&spans, &event->spans, sizeof spans);
    if (*text != '\0') {
        free(text);
    }
    free(spans);
    free(event);
}
