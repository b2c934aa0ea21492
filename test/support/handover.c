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

static int by_size(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;

    return (one > other) - (one < other);
}

void handover_tell(struct stream *const *streams, size_t count)
{
    struct history *history = history_create(streams, count);
    int64_t gaps_us[MOVES_MAX];
    size_t moves = 0;

    for (size_t i = 0; i < history->count; i++) {
        const struct stream_event *event = history->entries[i].event;
        for (size_t j = 0; is_own(event, WEIR_EVENT_REVOKE_END) && j < event->span_count; j++) {
            const struct stream_event *next = find_assign(history, i, &event->spans[j]);
            if (next != NULL && moves < MOVES_MAX) {
                gaps_us[moves++] = (next->time_ns - event->time_ns) / NS_PER_US;
            }
        }
    }
    history_destroy(history);
    qsort(gaps_us, moves, sizeof gaps_us[0], by_size);
    if (moves > 0) {
        (void)printf("note: %zu partitions handed over: median %" PRId64 " us, most %" PRId64
                     " us\n",
                     moves, gaps_us[moves / 2], gaps_us[moves - 1]);
    }
}
