#include "test/support/delivered.h"

#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

enum { FIRST_CAPACITY = 256 };

struct spans {
    struct stream_span *items;
    size_t count;
    size_t capacity;
};

static void add(struct spans *spans, const struct stream_span *span, int64_t first, int64_t last)
{
    if (spans->count == spans->capacity) {
        spans->capacity = spans->capacity == 0 ? FIRST_CAPACITY : spans->capacity * 2;
        spans->items = fail_or_realloc(spans->items, spans->capacity, sizeof *spans->items);
    }
    spans->items[spans->count] = *span;
    spans->items[spans->count].first = first;
    spans->items[spans->count++].last = last;
}

static void add_known(struct spans *spans, const struct stream_span *span)
{
    if (span->first < 0) {
        return;
    }
    if (span->count == span->last - span->first + 1) {
        add(spans, span, span->first, span->last);
        return;
    }
    add(spans, span, span->first, span->first);
    add(spans, span, span->last, span->last);
}

static void add_stream(struct spans *spans, const struct stream *stream)
{
    bool own = stream_has_own(stream);
    int kind = own ? (int)WEIR_EVENT_HANDLER_START : (int)WEIR_EVENT_HANDLER_END;

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        bool wanted = event->foreign != own && event->kind == kind;
        for (size_t j = 0; wanted && j < event->span_count; j++) {
            add_known(spans, &event->spans[j]);
        }
    }
}

static int compare(const void *left, const void *right)
{
    const struct stream_span *a = left;
    const struct stream_span *b = right;
    int topics = strcmp(a->topic, b->topic);

    if (topics != 0) {
        return topics;
    }
    if (a->partition != b->partition) {
        return a->partition < b->partition ? -1 : 1;
    }
    return (a->first > b->first) - (a->first < b->first);
}

static bool same_partition(const struct stream_span *a, const struct stream_span *b)
{
    return a->partition == b->partition && strcmp(a->topic, b->topic) == 0;
}

/* They are sorted, so that each begins at or after the one before it. */
static void fill(struct ledger *ledger, const struct spans *spans)
{
    int64_t next = 0;

    for (size_t i = 0; i < spans->count; i++) {
        const struct stream_span *span = &spans->items[i];
        if (i == 0 || !same_partition(span - 1, span) || next < span->first) {
            next = span->first;
        }
        for (; next <= span->last; next++) {
            struct ledger_entry *entry = ledger_add(ledger, span->topic);
            entry->partition = span->partition;
            entry->offset = next;
            entry->state = LEDGER_ACKNOWLEDGED;
        }
    }
    if (spans->count > 0) {
        (void)ledger_add(ledger, spans->items[0].topic); /* for all that nobody knows of */
    }
}

struct ledger *delivered_ledger(struct stream *const *streams, size_t count)
{
    struct ledger *ledger = ledger_create();
    struct spans spans = {.items = NULL};

    for (size_t i = 0; i < count; i++) {
        add_stream(&spans, streams[i]);
    }
    if (spans.count > 0) {
        qsort(spans.items, spans.count, sizeof *spans.items, compare);
    }
    fill(ledger, &spans);
    free(spans.items);
    return ledger;
}
