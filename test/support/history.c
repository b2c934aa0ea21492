#include "test/support/history.h"

#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

enum { NS_PER_US = 1000 };

static size_t find_member(struct history *history, const struct stream *stream,
                          const struct stream_event *event)
{
    for (size_t i = history->member_count; i-- > 0;) {
        const struct history_member *member = &history->members[i];
        if (member->stream == stream && member->pid == event->pid &&
            strcmp(member->instance, event->instance) == 0) {
            return i;
        }
    }
    history->members =
        fail_or_realloc(history->members, history->member_count + 1, sizeof *history->members);
    history->members[history->member_count] =
        (struct history_member){.stream = stream, .pid = event->pid, .instance = event->instance};
    return history->member_count++;
}

/* Members are numbered in the order of streams and lines, so they tell equal times apart too. */
static int compare(const void *left, const void *right)
{
    const struct history_entry *a = left;
    const struct history_entry *b = right;

    if (a->event->time_ns != b->event->time_ns) {
        return a->event->time_ns < b->event->time_ns ? -1 : 1;
    }
    if (a->member != b->member) {
        return a->member < b->member ? -1 : 1;
    }
    return (a->event->line > b->event->line) - (a->event->line < b->event->line);
}

/* Lines of the verifiable consumer are left out where weir speaks for itself. */
static void add_stream(struct history *history, const struct stream *stream)
{
    size_t count = stream_count(stream);

    for (size_t i = 0; i < count; i++) {
        const struct stream_event *event = stream_at(stream, i);
        if (event->foreign != stream_has_own(stream)) {
            history->entries[history->count++] = (struct history_entry){
                .event = event, .member = find_member(history, stream, event)};
        }
    }
}

struct history *history_create(struct stream *const *streams, size_t count)
{
    struct history *history = fail_or_alloc(1, sizeof *history);
    size_t events = 0;

    for (size_t i = 0; i < count; i++) {
        events += stream_count(streams[i]);
    }
    history->entries = fail_or_alloc(events, sizeof *history->entries);
    for (size_t i = 0; i < count; i++) {
        add_stream(history, streams[i]);
    }
    qsort(history->entries, history->count, sizeof *history->entries, compare);
    return history;
}

void history_destroy(struct history *history)
{
    if (history == NULL) {
        return;
    }
    free(history->members);
    free(history->entries);
    free(history);
}

void history_name(const struct history *history, const struct history_entry *entry,
                  struct text *text)
{
    const struct history_member *member = &history->members[entry->member];

    text_add(text, "%s/%lld (%s:%zu)", member->instance, (long long)member->pid,
             stream_name(member->stream), entry->event->line);
}

static bool is_about_owner(int kind)
{
    return kind == (int)WEIR_EVENT_ASSIGN || kind == (int)WEIR_EVENT_REVOKE_BEGIN ||
           kind == (int)WEIR_EVENT_REVOKE_END || kind == (int)WEIR_EVENT_LOST ||
           kind == (int)WEIR_EVENT_COMMIT_REQUEST || kind == (int)WEIR_EVENT_COMMIT_OK;
}

static const struct stream_span *span_of(const struct stream_event *event, const char *topic,
                                         int32_t partition)
{
    for (size_t i = 0; i < event->span_count; i++) {
        if (event->spans[i].partition == partition && strcmp(event->spans[i].topic, topic) == 0) {
            return &event->spans[i];
        }
    }
    return NULL;
}

static bool concerns(const struct stream_event *event, const struct history_place *place)
{
    bool itself = event->partition == place->partition && event->offset == place->offset &&
                  strcmp(event->topic, place->topic) == 0;

    return itself || stream_event_covers(event, place->topic, place->partition, place->offset) ||
           (is_about_owner(event->kind) && span_of(event, place->topic, place->partition) != NULL);
}

static void describe(const struct history *history, const struct history_entry *entry,
                     const struct history_place *place, struct text *text)
{
    const struct stream_event *event = entry->event;
    const struct stream_span *span = span_of(event, place->topic, place->partition);
    int64_t since_us = (event->time_ns - history->entries[0].event->time_ns) / NS_PER_US;

    text_add(text, "\n  [%10lld us] ", (long long)since_us);
    history_name(history, entry, text);
    text_add(text, " %s", event->name);
    if (span != NULL) {
        text_add(text, " %lld-%lld", (long long)span->first, (long long)span->last);
    } else {
        text_add(text, " %lld", (long long)event->offset);
    }
    if (event->batch != 0) {
        text_add(text, " batch %llu", (unsigned long long)event->batch);
    }
}

void history_describe(const struct history *history, size_t until,
                      const struct history_place *place, size_t most, struct text *text)
{
    size_t end = until < history->count ? until + 1 : history->count;
    size_t from = end;
    size_t found = 0;

    while (from > 0 && found < most) {
        from--;
        found += concerns(history->entries[from].event, place);
    }
    for (size_t i = from; i < end; i++) {
        if (concerns(history->entries[i].event, place)) {
            describe(history, &history->entries[i], place, text);
        }
    }
}
