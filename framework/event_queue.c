#include "framework/event_queue.h"

#include "framework/base/clock.h"
#include "framework/base/memory.h"
#include "framework/base/mutex.h"
#include <assert.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* One block: the event, its spans, then their topics and its text. */
struct kept {
    struct weir_event event; /* first: it is what the reader frees */
    struct kept *next;
    size_t bytes;
    uint64_t lost; /* events that were dropped right before it */
    struct weir_span spans[];
};

struct weir_event_queue {
    struct weir_mutex mutex; /* guards all below but what is fixed */
    struct kept *first;
    struct kept *last;
    size_t bytes;
    uint64_t lost;      /* dropped before the first */
    uint64_t lost_last; /* dropped behind the last */
    bool readable;
    size_t capacity; /* fixed, as the next two */
    uint64_t kinds;
    int fd;
};

enum weir_status weir_event_queue_create(size_t bytes, uint64_t kinds,
                                         struct weir_event_queue **out)
{
    struct weir_event_queue *queue = weir_calloc(1, sizeof *queue);

    if (queue == NULL) {
        return WEIR_ERR_NOMEM;
    }
    queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->fd < 0) {
        weir_free(queue);
        return WEIR_ERR_IO;
    }
    queue->capacity = bytes;
    queue->kinds = kinds;
    weir_mutex_init(&queue->mutex);
    *out = queue;
    return WEIR_OK;
}

static void free_list(struct kept *kept)
{
    while (kept != NULL) {
        struct kept *next = kept->next;
        weir_free(kept);
        kept = next;
    }
}

void weir_event_queue_destroy(struct weir_event_queue *queue)
{
    if (queue != NULL) {
        free_list(queue->first);
        (void)close(queue->fd);
        weir_mutex_fini(&queue->mutex);
        weir_free(queue);
    }
}

void weir_event_destroy(struct weir_event *event)
{
    weir_free(event);
}

bool weir_event_queue_wants(const struct weir_event_queue *queue, enum weir_event_kind kind)
{
    return queue->kinds == 0 || (queue->kinds >> kind & 1) != 0;
}

int weir_event_queue_fd(const struct weir_event_queue *queue)
{
    return queue->fd;
}

/* Copying. */

static size_t size_of_text(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

/* Spans of one event are mostly of one topic, and name it by the same pointer. */
static bool repeats_topic(const struct weir_event *event, size_t i)
{
    return i > 0 && event->spans[i].topic == event->spans[i - 1].topic;
}

static size_t size_of(const struct weir_event *event)
{
    size_t size = sizeof(struct kept) + event->span_count * sizeof(struct weir_span) +
                  size_of_text(event->topic) + size_of_text(event->text);

    for (size_t i = 0; i < event->span_count; i++) {
        size += repeats_topic(event, i) ? 0 : size_of_text(event->spans[i].topic);
    }
    return size;
}

static const char *copy_text(const char *text, char **place)
{
    size_t size = size_of_text(text);
    char *copy = *place;

    if (size == 0) {
        return NULL;
    }
    memcpy(copy, text, size);
    *place += size;
    return copy;
}

/* NULL when it does not fit or there is no memory. */
static struct kept *copy_of(const struct weir_event_queue *queue, const struct weir_event *event)
{
    size_t size = size_of(event);
    struct kept *kept = size > queue->capacity ? NULL : weir_malloc(size);

    if (kept == NULL) {
        return NULL;
    }
    char *place = (char *)&kept->spans[event->span_count];
    *kept = (struct kept){.event = *event, .bytes = size};
    for (size_t i = 0; i < event->span_count; i++) {
        kept->spans[i] = event->spans[i];
        kept->spans[i].topic = repeats_topic(event, i) ? kept->spans[i - 1].topic
                                                       : copy_text(event->spans[i].topic, &place);
    }
    kept->event.spans = event->span_count > 0 ? kept->spans : NULL;
    kept->event.topic = copy_text(event->topic, &place);
    kept->event.text = copy_text(event->text, &place);
    assert(place == (char *)kept + size);
    return kept;
}

/* The list. */

/* Inside the lock: who finds it readable shall find something, and the other way round. */
static void signal_readable(struct weir_event_queue *queue)
{
    eventfd_t value = 0;
    bool readable = queue->first != NULL || queue->lost_last > 0;

    weir_mutex_assert_held(&queue->mutex);
    if (readable && !queue->readable) {
        (void)eventfd_write(queue->fd, 1);
    } else if (!readable && queue->readable) {
        (void)eventfd_read(queue->fd, &value);
    }
    queue->readable = readable;
}

static struct kept *unlink_first(struct weir_event_queue *queue)
{
    struct kept *kept = queue->first;

    queue->first = kept->next;
    queue->last = queue->first == NULL ? NULL : queue->last;
    queue->bytes -= kept->bytes;
    kept->next = NULL;
    return kept;
}

/* Returns what was dropped, for the caller to free outside the lock. */
static struct kept *make_room(struct weir_event_queue *queue, size_t bytes)
{
    struct kept *dropped = NULL;

    while (queue->bytes + bytes > queue->capacity) {
        struct kept *kept = unlink_first(queue);
        queue->lost += kept->lost + 1;
        kept->next = dropped;
        dropped = kept;
    }
    return dropped;
}

static void append(struct weir_event_queue *queue, struct kept *kept)
{
    kept->lost = queue->lost_last;
    queue->lost_last = 0;
    if (queue->first == NULL) {
        queue->first = kept;
    } else {
        queue->last->next = kept;
    }
    queue->last = kept;
    queue->bytes += kept->bytes;
}

void weir_event_queue_put(struct weir_event_queue *queue, const struct weir_event *event)
{
    struct kept *kept = copy_of(queue, event);
    struct kept *dropped = NULL;

    weir_mutex_lock(&queue->mutex);
    if (kept == NULL) {
        queue->lost_last++;
    } else {
        dropped = make_room(queue, kept->bytes);
        append(queue, kept);
    }
    signal_readable(queue);
    weir_mutex_unlock(&queue->mutex);
    free_list(dropped);
}

/* Reading. */

/* How many were dropped right before the first, or since the last. */
static uint64_t lost_now(const struct weir_event_queue *queue)
{
    return queue->lost + (queue->first == NULL ? queue->lost_last : queue->first->lost);
}

static void forget_lost(struct weir_event_queue *queue)
{
    queue->lost = 0;
    if (queue->first == NULL) {
        queue->lost_last = 0;
    } else {
        queue->first->lost = 0;
    }
}

/* NULL when there is no memory. */
static struct kept *take_gap(struct weir_event_queue *queue)
{
    const struct kept *next = queue->first;
    struct kept *gap = weir_malloc(sizeof *gap);

    if (gap != NULL) {
        *gap = (struct kept){
            .event = {.size = sizeof gap->event,
                      .kind = WEIR_EVENT_DROPPED,
                      .time_ns = next == NULL ? weir_clock_now() : next->event.time_ns,
                      .partition = -1,
                      .offset = -1,
                      .count = (int64_t)lost_now(queue)}};
        forget_lost(queue);
    }
    return gap;
}

enum weir_status weir_event_queue_take(struct weir_event_queue *queue, struct weir_event **out)
{
    enum weir_status status = WEIR_ERR_NOT_FOUND;
    struct kept *taken = NULL;

    weir_mutex_lock(&queue->mutex);
    if (lost_now(queue) > 0) {
        taken = take_gap(queue);
        status = WEIR_ERR_NOMEM;
    } else if (queue->first != NULL) {
        taken = unlink_first(queue);
    }
    signal_readable(queue);
    weir_mutex_unlock(&queue->mutex);
    if (taken == NULL) {
        return status;
    }
    *out = &taken->event;
    return WEIR_OK;
}
