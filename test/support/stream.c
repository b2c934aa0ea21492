#include "test/support/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/stream_parse.h"
#include "test/support/text.h"

enum { BLOCK = 65536, PROBLEM_SIZE = 256, SHOWN = 8, LINE_SHOWN = 300 };

struct stream {
    char *name; /* the path, if it has one */
    int fd;     /* -1: not opened yet, or made from text */
    bool file;
    struct text unread; /* begins at a line's beginning */
    size_t lines;
    struct stream_event **events;
    size_t count;
    size_t capacity;
    bool keeps_less;
    bool has_own;               /* else every event is the verifiable consumer's */
    uint64_t completed_own;     /* records in handler_end */
    uint64_t completed_foreign; /* in records_consumed */
    size_t awaited;             /* index of the first event that stream_await has not passed */
    struct stream_names names;
};

static struct stream *create(const char *name)
{
    struct stream *stream = fail_or_alloc(1, sizeof *stream);

    stream->name = fail_or_copy(name);
    stream->fd = -1;
    return stream;
}

struct stream *stream_open(const char *path)
{
    struct stream *stream = create(path);

    stream->file = true;
    return stream;
}

void stream_close(struct stream *stream)
{
    if (stream == NULL) {
        return;
    }
    for (size_t i = 0; i < stream->count; i++) {
        stream_event_destroy(stream->events[i]);
    }
    if (stream->fd >= 0) {
        (void)close(stream->fd);
    }
    free(stream->events);
    stream_names_fini(&stream->names);
    text_fini(&stream->unread);
    free(stream->name);
    free(stream);
}

/* Where a kill tore a line off and the next life of the member went on in it: that life's event, or
 * NULL. */
static struct stream_event *parse_glued(struct stream *stream, const char *line, size_t length)
{
    static const char *const beginnings[] = {"{\"ts_mono_ns\":", "{\"timestamp\":"};
    char problem[PROBLEM_SIZE];

    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0] && length > 1; i++) {
        size_t size = strlen(beginnings[i]);
        const char *second = memmem(line + 1, length - 1, beginnings[i], size);
        if (second != NULL && *line == '{') {
            return stream_parse(&stream->names, second, length - (size_t)(second - line), problem,
                                sizeof problem);
        }
    }
    return NULL;
}

/* The beginning of an object, whose writer was killed; its next life began a new line. */
static bool is_cut_short(const char *line, size_t length)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < length; i++) {
        quoted = quoted != (line[i] == '"');
        i += quoted && line[i] == '\\';
        depth += !quoted && line[i] == '{';
        if (!quoted && line[i] == '}') {
            if (depth <= 1) {
                return false;
            }
            depth--;
        }
    }
    return depth > 0;
}

/* NULL: it is only the beginning of one. */
static struct stream_event *parse_line(struct stream *stream, const char *line, size_t length)
{
    char problem[PROBLEM_SIZE];
    struct stream_event *event =
        stream_parse(&stream->names, line, length, problem, sizeof problem);

    if (event == NULL) {
        event = parse_glued(stream, line, length);
    }
    if (event == NULL && !is_cut_short(line, length)) {
        fail_test("%s:%zu: not an event, %s: %.*s", stream->name, stream->lines, problem,
                  (int)(length > LINE_SHOWN ? LINE_SHOWN : length), line);
    }
    return event;
}

static void take_line(struct stream *stream, const char *line, size_t length)
{
    stream->lines++;
    struct stream_event *event = parse_line(stream, line, length);
    if (event == NULL) {
        return;
    }
    event->line = stream->lines;
    stream->has_own |= !event->foreign;
    if (stream->keeps_less && event->foreign && stream->has_own) {
        stream_event_destroy(event);
        return;
    }
    if (stream->count == stream->capacity) {
        stream->capacity = stream->capacity == 0 ? BLOCK / 64 : stream->capacity * 2;
        stream->events = fail_or_realloc(stream->events, stream->capacity, sizeof(void *));
    }
    stream->events[stream->count++] = event;
    for (size_t i = 0; event->kind == (int)WEIR_EVENT_HANDLER_END && i < event->span_count; i++) {
        uint64_t records = (uint64_t)event->spans[i].count;
        *(event->foreign ? &stream->completed_foreign : &stream->completed_own) += records;
    }
}

static void take_lines(struct stream *stream)
{
    struct text *unread = &stream->unread;
    size_t from = 0;

    while (from < unread->length) {
        const char *line = unread->bytes + from;
        const char *end = memchr(line, '\n', unread->length - from);
        if (end == NULL) {
            break;
        }
        take_line(stream, line, (size_t)(end - line));
        from += (size_t)(end - line) + 1;
    }
    if (from > 0) {
        unread->length -= from;
        memmove(unread->bytes, unread->bytes + from, unread->length);
    }
}

struct stream *stream_from_text(const char *name, const char *lines)
{
    struct stream *stream = create(name);

    text_add(&stream->unread, "%s", lines);
    take_lines(stream);
    return stream;
}

void stream_read(struct stream *stream)
{
    char block[BLOCK];
    ssize_t length = 0;

    if (stream->file && stream->fd < 0) {
        stream->fd = open(stream->name, O_RDONLY | O_CLOEXEC);
        if (stream->fd < 0 && errno != ENOENT) {
            fail_test("cannot read %s: %s", stream->name, strerror(errno));
        }
    }
    while (stream->fd >= 0 && (length = read(stream->fd, block, sizeof block)) > 0) {
        text_add_bytes(&stream->unread, block, (size_t)length);
        take_lines(stream);
    }
    if (length < 0) {
        fail_test("cannot read %s: %s", stream->name, strerror(errno));
    }
}

void stream_keep_less(struct stream *stream)
{
    stream->keeps_less = true;
}

/* The time of writing is never before the event, so the smallest difference is the best. */
void stream_use_wall_clock(struct stream *stream)
{
    int64_t ahead_ns = INT64_MAX;

    for (size_t i = 0; i < stream->count; i++) {
        const struct stream_event *event = stream->events[i];
        if (!event->foreign && event->wall_ns > 0 && event->wall_ns - event->time_ns < ahead_ns) {
            ahead_ns = event->wall_ns - event->time_ns;
        }
    }
    for (size_t i = 0; ahead_ns != INT64_MAX && i < stream->count; i++) {
        struct stream_event *event = stream->events[i];
        event->time_ns += event->foreign ? 0 : ahead_ns;
    }
}

bool stream_has_own(const struct stream *stream)
{
    return stream->has_own;
}

const char *stream_name(const struct stream *stream)
{
    return stream->name;
}

size_t stream_count(const struct stream *stream)
{
    return stream->count;
}

const struct stream_event *stream_at(const struct stream *stream, size_t index)
{
    assert(index < stream->count);
    return stream->events[index];
}

static void describe_event(struct text *text, const struct stream_event *event)
{
    text_add(text, "\n  line %zu: %s", event->line, event->name);
    for (size_t i = 0; i < event->span_count; i++) {
        const struct stream_span *span = &event->spans[i];
        text_add(text, " %s/%d %lld-%lld (%lld)", span->topic, span->partition,
                 (long long)span->first, (long long)span->last, (long long)span->count);
    }
    if (*event->topic != '\0') {
        text_add(text, " %s/%d offset %lld", event->topic, event->partition,
                 (long long)event->offset);
    }
    text_add(text, " %s", event->text);
}

/* The last events, for a failure. */
static char *describe_end(const struct stream *stream)
{
    struct text text = {.bytes = NULL};

    text_add(&text, "%s has %zu events%s", stream->name, stream->count,
             stream->count == 0 ? "" : ", the last ones being");
    for (size_t i = stream->count > SHOWN ? stream->count - SHOWN : 0; i < stream->count; i++) {
        describe_event(&text, stream->events[i]);
    }
    return text.bytes;
}

const struct stream_event *stream_await_match(struct stream *stream, stream_match_fn *match,
                                              const void *user, const char *what, int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    for (;;) {
        bool late = deadline_passed(deadline); /* before the look: what came in time counts */
        stream_read(stream);
        while (stream->awaited < stream->count) {
            const struct stream_event *event = stream->events[stream->awaited++];
            if (match(event, user)) {
                return event;
            }
        }
        if (late) {
            fail_test("no event '%s' within %lld ms: %s", what, (long long)ms,
                      describe_end(stream));
        }
        deadline_turn();
    }
}

static bool has_name(const struct stream_event *event, const void *user)
{
    return strcmp(event->name, user) == 0;
}

const struct stream_event *stream_await(struct stream *stream, const char *name, int64_t ms)
{
    return stream_await_match(stream, has_name, name, name, ms);
}

void stream_rewind(struct stream *stream)
{
    stream->awaited = 0;
}

/* Lines of the verifiable consumer only count where weir does not speak for itself. */
static bool is_completion(const struct stream *stream, const struct stream_event *event)
{
    return event->kind == (int)WEIR_EVENT_HANDLER_END && event->foreign != stream->has_own;
}

uint64_t stream_completed(const struct stream *stream, const char *topic)
{
    uint64_t records = 0;

    if (topic == NULL) {
        return stream->has_own ? stream->completed_own : stream->completed_foreign;
    }
    for (size_t i = 0; i < stream->count; i++) {
        const struct stream_event *event = stream->events[i];
        for (size_t j = 0; is_completion(stream, event) && j < event->span_count; j++) {
            bool wanted = strcmp(event->spans[j].topic, topic) == 0;
            records += wanted ? (uint64_t)event->spans[j].count : 0;
        }
    }
    return records;
}

bool stream_event_covers(const struct stream_event *event, const char *topic, int32_t partition,
                         int64_t offset)
{
    for (size_t i = 0; i < event->span_count; i++) {
        const struct stream_span *span = &event->spans[i];
        if (span->partition == partition && span->first <= offset && offset <= span->last &&
            strcmp(span->topic, topic) == 0) {
            return true;
        }
    }
    return false;
}

uint64_t stream_completions_of(const struct stream *stream, const char *topic, int32_t partition,
                               int64_t offset)
{
    uint64_t times = 0;

    for (size_t i = 0; i < stream->count; i++) {
        const struct stream_event *event = stream->events[i];
        times +=
            is_completion(stream, event) && stream_event_covers(event, topic, partition, offset);
    }
    return times;
}

void stream_await_completed(struct stream *const *streams, size_t count, uint64_t records,
                            int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    for (;;) {
        bool late = deadline_passed(deadline);
        uint64_t completed = 0;
        for (size_t i = 0; i < count; i++) {
            stream_read(streams[i]);
            completed += stream_completed(streams[i], NULL);
        }
        if (completed >= records) {
            return;
        }
        if (late) {
            fail_test("%llu of %llu records completed after %lld ms: %s",
                      (unsigned long long)completed, (unsigned long long)records, (long long)ms,
                      describe_end(streams[count - 1]));
        }
        deadline_turn();
    }
}
