#include "test/support/sim_events.h"

#include "test/support/fail.h"
#include "test/support/text.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/consumer.h>

enum { NAME_SIZE = 32, TEXT_SIZE = 200 };

struct copied_span {
    char topic[NAME_SIZE];
    int64_t first;
    int64_t last;
    int32_t partition;
    uint32_t count;
};

struct copied_event {
    enum weir_event_kind kind;
    enum weir_status status;
    int64_t time_ns;
    char topic[NAME_SIZE];
    int32_t partition;
    int64_t offset;
    int64_t count;
    uint64_t batch;
    char text[TEXT_SIZE];
    struct copied_span *spans;
    size_t span_count;
    size_t place; /* in its thread's list, then in all */
};

/* Of one thread. */
struct list {
    struct list *next;
    struct copied_event **events;
    size_t count;
};

struct sim_events {
    uint64_t id; /* never used again, unlike the address */
    pthread_mutex_t mutex;
    struct list *lists; /* guarded by the mutex */
    atomic_uint_fast64_t counts[WEIR_EVENT_KINDS];
};

static atomic_uint_fast64_t ids;
static _Thread_local uint64_t mine_id;
static _Thread_local struct list *mine;

struct sim_events *sim_events_create(void)
{
    struct sim_events *events = fail_or_alloc(1, sizeof *events);

    events->id = atomic_fetch_add(&ids, 1) + 1;
    (void)pthread_mutex_init(&events->mutex, NULL);
    return events;
}

static void free_list(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->events[i]->spans);
        free(list->events[i]);
    }
    free(list->events);
    free(list);
}

void sim_events_destroy(struct sim_events *events)
{
    if (events == NULL) {
        return;
    }
    while (events->lists != NULL) {
        struct list *list = events->lists;
        events->lists = list->next;
        free_list(list);
    }
    (void)pthread_mutex_destroy(&events->mutex);
    free(events);
}

static struct list *list_of_thread(struct sim_events *events)
{
    if (mine_id != events->id) {
        mine = fail_or_alloc(1, sizeof *mine);
        mine_id = events->id;
        (void)pthread_mutex_lock(&events->mutex);
        mine->next = events->lists;
        events->lists = mine;
        (void)pthread_mutex_unlock(&events->mutex);
    }
    return mine;
}

static void copy_name(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from == NULL ? "" : from);
}

static struct copied_event *copy(const struct weir_event *event)
{
    struct copied_event *copied = fail_or_alloc(1, sizeof *copied);

    copied->kind = event->kind;
    copied->status = event->status;
    copied->time_ns = event->time_ns;
    copy_name(copied->topic, sizeof copied->topic, event->topic);
    copied->partition = event->partition;
    copied->offset = event->offset;
    copied->count = event->count;
    copied->batch = event->batch;
    copy_name(copied->text, sizeof copied->text, event->text);
    copied->spans = fail_or_alloc(event->span_count, sizeof copied->spans[0]);
    copied->span_count = event->span_count;
    for (size_t i = 0; i < event->span_count; i++) {
        const struct weir_span *span = &event->spans[i];
        copy_name(copied->spans[i].topic, sizeof copied->spans[i].topic, span->topic);
        copied->spans[i].first = span->first;
        copied->spans[i].last = span->last;
        copied->spans[i].partition = span->partition;
        copied->spans[i].count = span->count;
    }
    return copied;
}

void sim_events_hear(const struct weir_event *event, void *user)
{
    struct sim_events *events = user;
    struct list *list = list_of_thread(events);

    if ((list->count & (list->count - 1)) == 0) { /* room for the next power of two */
        list->events =
            fail_or_realloc(list->events, list->count * 2 + 1, sizeof(struct copied_event *));
    }
    list->events[list->count] = copy(event);
    list->events[list->count]->place = list->count;
    list->count++;
    atomic_fetch_add_explicit(&events->counts[event->kind], 1, memory_order_relaxed);
}

uint64_t sim_events_count(const struct sim_events *events, enum weir_event_kind kind)
{
    return atomic_load_explicit(&events->counts[kind], memory_order_relaxed);
}

static int by_time(const void *a, const void *b)
{
    const struct copied_event *const *left = a;
    const struct copied_event *const *right = b;

    if ((*left)->time_ns != (*right)->time_ns) {
        return (*left)->time_ns < (*right)->time_ns ? -1 : 1;
    }
    return (*left)->place < (*right)->place ? -1 : 1;
}

/* The caller frees the array, not the events. */
static struct copied_event **merge(const struct sim_events *events, size_t *total)
{
    struct copied_event **all = NULL;

    *total = 0;
    for (const struct list *list = events->lists; list != NULL; list = list->next) {
        all = fail_or_realloc(all, *total + list->count + 1, sizeof(struct copied_event *));
        if (list->count > 0) {
            memcpy(all + *total, list->events, list->count * sizeof(struct copied_event *));
        }
        *total += list->count;
    }
    if (*total > 0) {
        qsort(all, *total, sizeof(struct copied_event *), by_time);
    }
    return all;
}

static void add_words(struct text *text, const char *words)
{
    for (; *words != '\0'; words++) {
        bool plain = *words >= ' ' && *words != '"' && *words != '\\' && (*words & 0x80) == 0;
        text_add(text, "%c", plain ? *words : ' ');
    }
}

static void add_spans(struct text *text, const struct copied_event *event)
{
    text_add(text, ",\"spans\":[");
    for (size_t i = 0; i < event->span_count; i++) {
        const struct copied_span *span = &event->spans[i];
        text_add(text,
                 "%s{\"topic\":\"%s\",\"partition\":%d,\"first\":%lld,\"last\":%lld,\"count\":%u}",
                 i == 0 ? "" : ",", span->topic, (int)span->partition, (long long)span->first,
                 (long long)span->last, (unsigned)span->count);
    }
    text_add(text, "]");
}

static void add_line(struct text *text, const struct copied_event *event, const char *instance)
{
    text_add(text, "{\"ts_mono_ns\":%lld,\"pid\":1,\"inst\":\"%s\",\"ev\":\"%s\"",
             (long long)event->time_ns, instance, weir_event_name(event->kind));
    if (event->topic[0] != '\0') {
        text_add(text, ",\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld", event->topic,
                 (int)event->partition, (long long)event->offset);
    }
    text_add(text, ",\"count\":%lld,\"batch\":%llu", (long long)event->count,
             (unsigned long long)event->batch);
    if (event->span_count > 0) {
        add_spans(text, event);
    }
    if (event->status != WEIR_OK) {
        text_add(text, ",\"status\":\"%s\"", weir_status_name(event->status));
    }
    if (event->text[0] != '\0') {
        text_add(text, ",\"text\":\"");
        add_words(text, event->text);
        text_add(text, "\"");
    }
    text_add(text, "}\n");
}

char *sim_events_lines(const struct sim_events *events, const char *instance)
{
    struct text text = {.bytes = NULL};
    size_t count = 0;
    struct copied_event **all = merge(events, &count);

    text_add(&text, "%s", "");
    for (size_t i = 0; i < count; i++) {
        add_line(&text, all[i], instance);
    }
    free(all);
    return text.bytes;
}
