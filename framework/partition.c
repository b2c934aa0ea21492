#include "framework/base/memory.h"
#include "framework/partition_state.h"
#include <assert.h>
#include <stddef.h>

enum { KEY_LANES = 256 };

static enum weir_status init_parts(struct weir_partition *p, int64_t position)
{
    const struct weir_partition_options *o = &p->options;
    uint64_t ring = 1;

    while (ring < o->window) {
        ring *= 2;
    }
    p->slot_mask = ring - 1;
    p->slots = weir_calloc(ring, sizeof p->slots[0]);
    p->cut_seqs = weir_malloc((size_t)o->batch.records * sizeof p->cut_seqs[0]);
    if (p->slots == NULL || p->cut_seqs == NULL ||
        weir_tracker_create(o->window, position, &p->tracker) != WEIR_OK ||
        weir_reservoir_init(&p->reservoir, o->buffer_records) != WEIR_OK ||
        weir_retry_init(&p->retry, o->window) != WEIR_OK ||
        weir_sorter_init(&p->sorter, o->window) != WEIR_OK) {
        return WEIR_ERR_NOMEM;
    }
    return weir_lanes_init(&p->lanes, o->order == WEIR_ORDER_KEY ? KEY_LANES : 1,
                           o->order != WEIR_ORDER_NONE, o->window);
}

enum weir_status weir_partition_create(const struct weir_partition_options *options,
                                       int64_t position, struct weir_partition **out)
{
    assert(options->batch.records > 0 && options->window > 0 && options->attempts > 0);
    assert(position >= 0);
    struct weir_partition *p = weir_calloc(1, sizeof *p);

    if (p == NULL) {
        return WEIR_ERR_NOMEM;
    }
    p->options = *options;
    p->random.state = options->seed;
    p->barred_at = UINT64_MAX;
    p->position = position;
    p->halt = INT64_MAX;
    p->picked = WEIR_LANE_NONE;
    if (init_parts(p, position) != WEIR_OK) {
        weir_partition_destroy(p);
        return WEIR_ERR_NOMEM;
    }
    *out = p;
    return WEIR_OK;
}

void weir_partition_destroy(struct weir_partition *p)
{
    if (p == NULL) {
        return;
    }
    weir_reservoir_fini(&p->reservoir);
    weir_tracker_destroy(p->tracker);
    weir_retry_fini(&p->retry);
    weir_sorter_fini(&p->sorter);
    weir_lanes_fini(&p->lanes);
    weir_free(p->slots);
    weir_free(p->cut_seqs);
    weir_free(p);
}

uint32_t weir_partition_room_records(const struct weir_partition *p)
{
    return p->draining ? 0 : weir_reservoir_room(&p->reservoir);
}

uint64_t weir_partition_room_bytes(const struct weir_partition *p)
{
    if (p->bytes == 0) {
        return p->options.buffer_bytes > 0 ? p->options.buffer_bytes : 1;
    }
    return p->bytes < p->options.buffer_bytes ? p->options.buffer_bytes - p->bytes : 0;
}

bool weir_partition_put(struct weir_partition *p, const struct weir_item *item)
{
    assert(item->message != NULL);
    if (item->offset < p->position) {
        return false;
    }
    weir_reservoir_push(&p->reservoir, item);
    p->position = item->offset + 1;
    p->bytes += item->bytes;
    return true;
}

/* While draining an empty reservoir may mean that its records were taken back. What stands first in
 * it and is not admitted says that there is nothing below. */
static void pass_end(struct weir_partition *p)
{
    const struct weir_item *item = weir_reservoir_peek(&p->reservoir);

    if (p->draining) {
        return;
    }
    if (item == NULL) {
        weir_tracker_pass(p->tracker, p->end);
    } else if (item->offset >= p->halt) {
        weir_tracker_pass(p->tracker, p->halt);
    }
}

bool weir_partition_begin(struct weir_partition *p, int64_t offset, void **message)
{
    const struct weir_item *item = weir_reservoir_peek(&p->reservoir);

    assert(p->next_ticket == 0 && !p->draining);
    assert(offset <= p->position);
    if (item != NULL && item->offset < offset) {
        *message = item->message;
        p->bytes -= item->bytes;
        weir_reservoir_pop(&p->reservoir);
        return true;
    }
    weir_tracker_pass(p->tracker, offset);
    pass_end(p);
    return false;
}

void weir_partition_end(struct weir_partition *p, int64_t offset)
{
    if (offset > p->position) {
        p->position = offset;
    }
    p->end = offset;
    pass_end(p);
}

static uint32_t lane_of(struct weir_partition *p, const struct weir_item *item)
{
    if (p->options.order != WEIR_ORDER_KEY) {
        return 0;
    }
    return item->keyed ? item->hash % KEY_LANES : p->spread++ % KEY_LANES;
}

static void admit_one(struct weir_partition *p, weir_time now)
{
    const struct weir_item *item = weir_reservoir_peek(&p->reservoir);
    struct weir_ticket ticket = {0};
    enum weir_status status = weir_tracker_begin(p->tracker, item->offset, &ticket);
    assert(status == WEIR_OK);
    (void)status;
    uint32_t lane = lane_of(p, item);

    *weir_partition_slot_of(p, ticket.seq) = (struct weir_partition_slot){
        .message = item->message, .arrived = item->arrived, .bytes = item->bytes, .lane = lane};
    p->next_ticket = ticket.seq + 1;
    weir_lanes_push_back(&p->lanes, lane, ticket.seq, item->bytes, now);
    weir_reservoir_pop(&p->reservoir);
}

bool weir_partition_may_admit(const struct weir_partition *p)
{
    return !p->draining && p->reservoir.count > 0 && weir_tracker_room(p->tracker) > 0 &&
           weir_reservoir_peek(&p->reservoir)->offset < p->halt;
}

uint32_t weir_partition_admit(struct weir_partition *p, weir_time now, uint32_t limit)
{
    uint32_t count = 0;

    while (count < limit && weir_partition_may_admit(p)) {
        admit_one(p, now);
        count++;
    }
    pass_end(p);
    return count;
}

void weir_partition_bring_back_due(struct weir_partition *p, weir_time now)
{
    uint64_t seq = 0;

    while (weir_retry_pop(&p->retry, now, &seq)) {
        uint32_t lane = weir_partition_slot_of(p, seq)->lane;
        if (p->options.order == WEIR_ORDER_NONE) {
            weir_lanes_push_front(&p->lanes, lane, seq);
        } else if (p->lanes.lanes[lane].first == seq) {
            weir_lanes_unblock(&p->lanes, lane);
        }
    }
}

/* The first ticket of a record at or above `offset` that is admitted; none of them was cut. */
static uint64_t first_ticket_at(const struct weir_partition *p, int64_t offset)
{
    uint64_t oldest = weir_partition_oldest_place(p);
    uint64_t seq = p->next_ticket;

    while (seq > oldest && weir_partition_slot_of(p, seq - 1)->message != NULL &&
           weir_tracker_offset(p->tracker, (struct weir_ticket){seq - 1}) >= offset) {
        seq--;
    }
    return seq < p->next_ticket ? seq : UINT64_MAX;
}

bool weir_partition_halt(struct weir_partition *p, int64_t offset)
{
    assert(offset >= 0);
    bool passed = p->cut_to > offset || weir_tracker_watermark(p->tracker) > offset;

    if (p->draining) {
        return false;
    }
    p->halt = passed ? INT64_MAX : offset;
    weir_lanes_restrict(&p->lanes, first_ticket_at(p, p->halt));
    pass_end(p);
    return !passed;
}

bool weir_partition_is_halted(const struct weir_partition *p)
{
    return p->halt != INT64_MAX && weir_tracker_watermark(p->tracker) >= p->halt;
}

void weir_partition_drain(struct weir_partition *p)
{
    p->draining = true;
    weir_partition_catch_up(p);
}

bool weir_partition_is_drained(const struct weir_partition *p)
{
    return p->catching_up && p->running == 0 && p->letters == 0 && weir_lanes_are_idle(&p->lanes);
}

uint32_t weir_partition_running(const struct weir_partition *p)
{
    return p->running;
}

bool weir_partition_stopped(const struct weir_partition *p)
{
    return p->stopped;
}

uint32_t weir_partition_held(const struct weir_partition *p)
{
    return p->held;
}

uint32_t weir_partition_letters(const struct weir_partition *p)
{
    return p->letters;
}

uint64_t weir_partition_oldest_place(const struct weir_partition *p)
{
    return p->next_ticket > p->slot_mask ? p->next_ticket - p->slot_mask - 1 : 0;
}

bool weir_partition_take_back(struct weir_partition *p, void **message)
{
    assert(p->draining);
    const struct weir_item *item = weir_reservoir_peek(&p->reservoir);

    if (item != NULL) {
        *message = item->message;
        weir_reservoir_pop(&p->reservoir);
        return true;
    }
    uint64_t oldest = weir_partition_oldest_place(p);
    p->next_taken = p->next_taken > oldest ? p->next_taken : oldest;
    while (p->next_taken < p->next_ticket) {
        struct weir_partition_slot *slot = weir_partition_slot_of(p, p->next_taken++);
        if (slot->message != NULL) {
            *message = slot->message;
            slot->message = NULL;
            return true;
        }
    }
    return false;
}

/* There may be no record at the offset that it halts at, but behind it. */
int64_t weir_partition_watermark(const struct weir_partition *p)
{
    int64_t watermark = weir_tracker_watermark(p->tracker);

    return watermark < p->halt ? watermark : p->halt;
}

int64_t weir_partition_position(const struct weir_partition *p)
{
    return p->position;
}

uint32_t weir_partition_in_flight(const struct weir_partition *p)
{
    return weir_tracker_unfinished(p->tracker);
}

weir_time weir_partition_oldest(const struct weir_partition *p)
{
    struct weir_ticket oldest = {0};

    return weir_tracker_oldest(p->tracker, &oldest) ? weir_lanes_arrived(&p->lanes, oldest.seq)
                                                    : WEIR_TIME_NEVER;
}

uint32_t weir_partition_buffered(const struct weir_partition *p)
{
    return p->reservoir.count;
}

void weir_partition_span(const struct weir_partition *p, int64_t *first, int64_t *last)
{
    *first = weir_reservoir_peek(&p->reservoir)->offset;
    *last = weir_reservoir_last(&p->reservoir)->offset;
}

uint64_t weir_partition_bytes(const struct weir_partition *p)
{
    return p->bytes;
}
