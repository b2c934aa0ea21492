#include "offsets/tracker.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stddef.h>

enum { FINISHED = -1 }; /* no Kafka offset is negative */

/* A ring addressed by ticket. Between calls: oldest <= next_seq <= oldest + window, and the entry
 * of `oldest` is unfinished whenever oldest < next_seq, so the watermark always rests on it. */
struct weir_tracker {
    uint64_t oldest;
    uint64_t next_seq;
    int64_t position; /* lowest offset that may begin */
    uint32_t window;
    uint32_t mask;
    uint32_t unfinished;
    int64_t offsets[];
};

static uint32_t ring_size(uint32_t window)
{
    uint32_t size = 1;

    while (size < window) {
        size *= 2;
    }
    return size;
}

enum weir_status weir_tracker_create(uint32_t window, int64_t position, struct weir_tracker **out)
{
    assert(window > 0 && window <= UINT32_MAX / 2);
    assert(position >= 0);
    uint32_t size = ring_size(window);
    struct weir_tracker *tracker =
        weir_malloc(sizeof *tracker + (size_t)size * sizeof tracker->offsets[0]);

    if (tracker == NULL) {
        return WEIR_ERR_NOMEM;
    }
    tracker->oldest = 0;
    tracker->next_seq = 0;
    tracker->position = position;
    tracker->window = window;
    tracker->mask = size - 1;
    tracker->unfinished = 0;
    *out = tracker;
    return WEIR_OK;
}

void weir_tracker_destroy(struct weir_tracker *tracker)
{
    weir_free(tracker);
}

enum weir_status weir_tracker_begin(struct weir_tracker *tracker, int64_t offset,
                                    struct weir_ticket *out)
{
    assert(offset >= tracker->position);
    if (weir_tracker_room(tracker) == 0) {
        return WEIR_ERR_FULL;
    }
    tracker->offsets[tracker->next_seq & tracker->mask] = offset;
    tracker->position = offset + 1;
    tracker->unfinished++;
    out->seq = tracker->next_seq++;
    return WEIR_OK;
}

enum weir_status weir_tracker_finish(struct weir_tracker *tracker, struct weir_ticket ticket)
{
    assert(ticket.seq < tracker->next_seq);
    if (ticket.seq < tracker->oldest || tracker->offsets[ticket.seq & tracker->mask] == FINISHED) {
        return WEIR_ERR_STALE;
    }
    tracker->offsets[ticket.seq & tracker->mask] = FINISHED;
    tracker->unfinished--;
    while (tracker->oldest < tracker->next_seq &&
           tracker->offsets[tracker->oldest & tracker->mask] == FINISHED) {
        tracker->oldest++;
    }
    return WEIR_OK;
}

void weir_tracker_pass(struct weir_tracker *tracker, int64_t position)
{
    if (position > tracker->position) {
        tracker->position = position;
    }
}

int64_t weir_tracker_watermark(const struct weir_tracker *tracker)
{
    if (tracker->oldest < tracker->next_seq) {
        return tracker->offsets[tracker->oldest & tracker->mask];
    }
    return tracker->position;
}

uint32_t weir_tracker_unfinished(const struct weir_tracker *tracker)
{
    return tracker->unfinished;
}

uint32_t weir_tracker_room(const struct weir_tracker *tracker)
{
    return tracker->window - (uint32_t)(tracker->next_seq - tracker->oldest);
}

bool weir_tracker_oldest(const struct weir_tracker *tracker, struct weir_ticket *out)
{
    out->seq = tracker->oldest;
    return tracker->oldest < tracker->next_seq;
}

int64_t weir_tracker_offset(const struct weir_tracker *tracker, struct weir_ticket ticket)
{
    assert(ticket.seq >= tracker->oldest && ticket.seq < tracker->next_seq);
    return tracker->offsets[ticket.seq & tracker->mask];
}
