#include "test/support/handover.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/history.h"

enum { MOVES_MAX = 256, NS_PER_US = 1000 };

static bool is_own(const struct stream_event *event, enum weir_event_kind kind)
{
    return !event->foreign && event->kind == (int)kind;
}

static const struct stream_event *find_revoke(const struct history *history, size_t at,
                                              const struct stream_span *moved)
{
    (void)moved;
    return history->entries[at].event;
}

static const struct stream_event *find_assign(const struct history *history, size_t from,
                                              const struct stream_span *moved)
{
    for (size_t i = from; i < history->count; i++) {
        const struct stream_event *event = history->entries[i].event;
        for (size_t j = 0; is_own(event, WEIR_EVENT_ASSIGN) && j < event->span_count; j++) {
            if (event->spans[j].partition == moved->partition &&
                strcmp(event->spans[j].topic, moved->topic) == 0) {
                return event;
            }
        }
    }
    return NULL;
}

static bool is_of(const struct stream_event *event, enum weir_event_kind kind,
                  const struct stream_span *moved)
{
    return is_own(event, kind) && event->span_count > 0 &&
           event->spans[0].partition == moved->partition &&
           strcmp(event->spans[0].topic, moved->topic) == 0;
}

/* Of the process that handed it back, before it did. */
static const struct stream_event *find_last_end(const struct history *history, size_t before,
                                                const struct stream_span *moved)
{
    int64_t pid = history->entries[before].event->pid;

    for (size_t i = before; i > 0; i--) {
        const struct stream_event *event = history->entries[i - 1].event;
        if (event->pid == pid && is_of(event, WEIR_EVENT_HANDLER_END, moved)) {
            return event;
        }
    }
    return NULL;
}

static const struct stream_event *find_first_start(const struct history *history, size_t from,
                                                   const struct stream_span *moved)
{
    for (size_t i = from; i < history->count; i++) {
        const struct stream_event *event = history->entries[i].event;
        if (is_of(event, WEIR_EVENT_HANDLER_START, moved)) {
            return event;
        }
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;

    return (one > other) - (one < other);
}

static void print(const char *what, int64_t *gaps_us, size_t moves)
{
    qsort(gaps_us, moves, sizeof gaps_us[0], by_size);
    if (moves > 0) {
        (void)printf("note: %zu partitions %s: median %" PRId64 " us, most %" PRId64 " us\n", moves,
                     what, gaps_us[moves / 2], gaps_us[moves - 1]);
    }
}

/* From one event of each move to another one; NULL: there is none. */
typedef const struct stream_event *find_fn(const struct history *history, size_t at,
                                           const struct stream_span *moved);

static void tell(struct stream *const *streams, size_t count, const char *what, find_fn *find_first,
                 find_fn *find_second)
{
    struct history *history = history_create(streams, count);
    int64_t gaps_us[MOVES_MAX];
    size_t moves = 0;

    for (size_t i = 0; i < history->count; i++) {
        const struct stream_event *event = history->entries[i].event;
        for (size_t j = 0; is_own(event, WEIR_EVENT_REVOKE_END) && j < event->span_count; j++) {
            const struct stream_event *first = find_first(history, i, &event->spans[j]);
            const struct stream_event *second = find_second(history, i, &event->spans[j]);
            if (first != NULL && second != NULL && moves < MOVES_MAX) {
                gaps_us[moves++] = (second->time_ns - first->time_ns) / NS_PER_US;
            }
        }
    }
    history_destroy(history);
    print(what, gaps_us, moves);
}

void handover_tell(struct stream *const *streams, size_t count)
{
    tell(streams, count, "handed over", find_revoke, find_assign);
}

void handover_tell_gaps(struct stream *const *streams, size_t count)
{
    tell(streams, count, "without a handler", find_last_end, find_first_start);
}
