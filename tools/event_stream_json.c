#include "tools/event_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct weir_event_stream {
    pthread_mutex_t mutex; /* one line at a time; guards all below */
    int fd;
    bool torn; /* the last line was cut short, by us or in a life before: end it first */
    uint64_t lost;
    int reason;
    char *instance;
};

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

/* A kill can cut a long line short: the kernel ends a write between two pages. */
static bool ends_torn(const char *path)
{
    struct stat status;
    char last = '\n';
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        (void)!pread(fd, &last, 1, status.st_size - 1);
    }
    (void)close(fd);
    return last != '\n';
}

enum weir_status weir_event_stream_open(const char *path, const char *instance,
                                        struct weir_event_stream **out, struct weir_error *error)
{
    struct weir_event_stream *stream = calloc(1, sizeof *stream);

    if (stream != NULL) {
        stream->instance = strdup(instance);
    }
    if (stream == NULL || stream->instance == NULL) {
        free(stream);
        error->code = WEIR_ERR_NOMEM;
        (void)snprintf(error->text, sizeof error->text, "out of memory");
        return WEIR_ERR_NOMEM;
    }
    stream->fd = strcmp(path, "-") == 0
                     ? dup(STDOUT_FILENO)
                     : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (stream->fd < 0) {
        error->code = WEIR_ERR_IO;
        error->cause = errno;
        (void)snprintf(error->text, sizeof error->text, "cannot write events to '%s': %s", path,
                       strerror(errno));
        free(stream->instance);
        free(stream);
        return WEIR_ERR_IO;
    }
    stream->torn = strcmp(path, "-") != 0 && ends_torn(path);
    (void)pthread_mutex_init(&stream->mutex, NULL);
    *out = stream;
    return WEIR_OK;
}

/* Whatever happens, the file holds whole lines or torn ones that end. */
static void write_line(struct weir_event_stream *stream, const char *line, size_t size)
{
    if (stream->torn) {
        if (write(stream->fd, "\n", 1) != 1) {
            stream->lost++;
            stream->reason = errno;
            return;
        }
        stream->torn = false;
    }
    ssize_t written = 0;
    do {
        written = write(stream->fd, line, size);
    } while (written < 0 && errno == EINTR);
    if (written != (ssize_t)size) {
        stream->lost++;
        stream->reason = written < 0 ? errno : ENOSPC;
        stream->torn = written > 0;
    }
}

/* Takes the object. */
static void write_object(struct weir_event_stream *stream, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

    json_decref(object);
    (void)pthread_mutex_lock(&stream->mutex);
    if (text == NULL) {
        stream->lost++;
        stream->reason = ENOMEM;
    } else {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the end: write takes a size */
        write_line(stream, text, size + 1);
    }
    (void)pthread_mutex_unlock(&stream->mutex);
    free(text);
}

/* Words that are not UTF-8 (a handler's reason) are told as such rather than dropping the line. */
static json_t *words(const char *text)
{
    json_t *string = json_string(text);

    return string != NULL ? string : json_string("(not UTF-8)");
}

static json_t *span_list(const struct weir_event *event)
{
    json_t *list = json_array();

    for (size_t i = 0; i < event->span_count; i++) {
        const struct weir_span *span = &event->spans[i];
        (void)json_array_append_new(
            list, json_pack("{s:s,s:i,s:I,s:I,s:I}", "topic", span->topic, "partition",
                            (int)span->partition, "first", (json_int_t)span->first, "last",
                            (json_int_t)span->last, "count", (json_int_t)span->count));
    }
    return list;
}

static json_int_t wall_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (json_int_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static json_t *own_object(const struct weir_event_stream *stream, const struct weir_event *event)
{
    json_t *object = json_pack("{s:I,s:I,s:i,s:s,s:s}", "ts_mono_ns", (json_int_t)event->time_ns,
                               "timestamp", wall_ms(), "pid", (int)getpid(), "inst",
                               stream->instance, "ev", weir_event_name(event->kind));

    if (object == NULL) {
        return NULL;
    }
    if (event->topic != NULL) {
        (void)json_object_set_new(object, "topic", json_string(event->topic));
        (void)json_object_set_new(object, "partition", json_integer(event->partition));
        (void)json_object_set_new(object, "offset", json_integer(event->offset));
    }
    if (event->count != 0) {
        (void)json_object_set_new(object, "count", json_integer(event->count));
    }
    if (event->batch != 0) {
        (void)json_object_set_new(object, "batch", json_integer((json_int_t)event->batch));
    }
    if (event->spans != NULL) {
        (void)json_object_set_new(object, "spans", span_list(event));
    }
    if (event->shadow) {
        (void)json_object_set_new(object, "shadow", json_true());
    }
    if (event->status != WEIR_OK) {
        (void)json_object_set_new(object, "status", json_string(weir_status_name(event->status)));
    }
    if (event->text != NULL) {
        (void)json_object_set_new(object, "text", words(event->text));
    }
    return object;
}

/* Kafka's VerifiableConsumer. */

static json_t *named(const char *name)
{
    return json_pack("{s:I,s:s}", "timestamp", wall_ms(), "name", name);
}

static json_t *partition_list(const struct weir_event *event)
{
    json_t *list = json_array();

    for (size_t i = 0; i < event->span_count; i++) {
        (void)json_array_append_new(list, json_pack("{s:s,s:i}", "topic", event->spans[i].topic,
                                                    "partition", (int)event->spans[i].partition));
    }
    return list;
}

static json_t *partitions_object(const char *name, const struct weir_event *event)
{
    json_t *object = named(name);

    (void)json_object_set_new(object, "partitions", partition_list(event));
    return object;
}

static json_t *consumed_object(const struct weir_event *event)
{
    json_t *object = named("records_consumed");
    json_t *list = json_array();
    json_int_t count = 0;

    for (size_t i = 0; i < event->span_count; i++) {
        const struct weir_span *span = &event->spans[i];
        count += span->count;
        (void)json_array_append_new(
            list, json_pack("{s:s,s:i,s:I,s:I,s:I}", "topic", span->topic, "partition",
                            (int)span->partition, "count", (json_int_t)span->count, "minOffset",
                            (json_int_t)span->first, "maxOffset", (json_int_t)span->last));
    }
    (void)json_object_set_new(object, "count", json_integer(count));
    (void)json_object_set_new(object, "partitions", list);
    return object;
}

/* One that no handler has done, and that will be committed: without it the next one, and the
 * commit, would seem to come out of nowhere. */
static json_t *passed_object(const struct weir_event *event)
{
    const struct weir_span span = {.topic = event->topic,
                                   .partition = event->partition,
                                   .first = event->offset,
                                   .last = event->offset,
                                   .count = 1};

    return consumed_object(&(struct weir_event){.spans = &span, .span_count = 1});
}

static json_t *committed_object(const struct weir_event *event, bool success)
{
    json_t *object = named("offsets_committed");
    json_t *list = json_array();

    for (size_t i = 0; i < event->span_count; i++) {
        (void)json_array_append_new(list, json_pack("{s:s,s:i,s:I}", "topic", event->spans[i].topic,
                                                    "partition", (int)event->spans[i].partition,
                                                    "offset", (json_int_t)event->spans[i].first));
    }
    (void)json_object_set_new(object, "success", json_boolean(success));
    (void)json_object_set_new(object, "offsets", list);
    if (!success) {
        (void)json_object_set_new(object, "error",
                                  words(event->text != NULL ? event->text : "refused"));
    }
    return object;
}

static json_t *kafka_object(const struct weir_event *event)
{
    switch ((int)event->kind) {
    case WEIR_EVENT_ASSIGN:
        return partitions_object("partitions_assigned", event);
    case WEIR_EVENT_REVOKE_END:
    case WEIR_EVENT_LOST:
        return partitions_object("partitions_revoked", event);
    case WEIR_EVENT_HANDLER_END:
        return event->span_count > 0 ? consumed_object(event) : NULL;
    case WEIR_EVENT_SKIP:
    case WEIR_EVENT_DEAD_LETTER:
        return passed_object(event);
    case WEIR_EVENT_COMMIT_OK:
        return committed_object(event, true);
    case WEIR_EVENT_COMMIT_ERROR:
        return committed_object(event, false);
    default:
        return NULL;
    }
}

void weir_event_stream_write(const struct weir_event *event, void *user)
{
    struct weir_event_stream *stream = user;
    /* Of a shadow it would be told that it consumes, as if it owned what it reads. */
    json_t *kafka = event->shadow ? NULL : kafka_object(event);

    write_object(stream, own_object(stream, event));
    if (kafka != NULL) {
        write_object(stream, kafka);
    }
}

void weir_event_stream_say(struct weir_event_stream *stream, const char *name)
{
    write_object(stream, named(name));
}

uint64_t weir_event_stream_lost(const struct weir_event_stream *stream, int *reason)
{
    *reason = stream->reason;
    return stream->lost;
}

void weir_event_stream_close(struct weir_event_stream *stream)
{
    if (stream != NULL) {
        (void)close(stream->fd);
        (void)pthread_mutex_destroy(&stream->mutex);
        free(stream->instance);
        free(stream);
    }
}
