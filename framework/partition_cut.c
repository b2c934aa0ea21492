#include "framework/partition_state.h"
#include <assert.h>
#include <stddef.h>

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* With a handler that is done with a whole window in the time that is worth a trip to a worker,
 * keys in parallel gain nothing, and cost: records of a batch then lie all over the window. So the
 * partition goes as if its order was by partition: records in a row, batches one behind another,
 * all with one worker. Not when some wait for a retry, or are held: their keys must not hold up
 * the others. */
static bool goes_in_a_row(const struct weir_partition *p, uint32_t gather)
{
    return p->options.order == WEIR_ORDER_KEY && gather >= p->options.window && !p->draining &&
           !p->stopped && p->held == 0 && weir_retry_due(&p->retry) == WEIR_TIME_NEVER;
}

/* The next record in a row; false when none waits. */
static bool find_next(struct weir_partition *p)
{
    uint64_t oldest = weir_partition_oldest_place(p);

    p->next_cut = p->next_cut > oldest ? p->next_cut : oldest;
    while (p->next_cut < p->next_ticket &&
           weir_partition_slot_of(p, p->next_cut)->message == NULL) {
        p->next_cut++;
    }
    return p->next_cut < p->next_ticket && p->next_cut < p->lanes.below;
}

/* How many records may a batch have that begins with the lane that was picked? */
static uint32_t bound(struct weir_partition *p, uint32_t gather)
{
    const struct weir_lane *lane = &p->lanes.lanes[p->picked];
    bool gathers = p->options.order == WEIR_ORDER_KEY && gather > lane->waiting;

    p->gather = gathers ? lesser(gather, weir_tracker_unfinished(p->tracker)) : 0;
    return lesser(gathers ? p->gather : lane->waiting, p->options.batch.records);
}

bool weir_partition_ready(struct weir_partition *p, weir_time now, uint32_t gather, uint32_t *count,
                          weir_time *due)
{
    struct weir_batch_limits limits = p->options.batch;

    *due = WEIR_TIME_NEVER;
    p->ready_at = now;
    p->in_a_row = false;
    if (p->draining && !p->catching_up) {
        return false;
    }
    if (p->draining) {
        limits.linger_ns = 0;
    } else {
        weir_partition_bring_back_due(p, now);
    }
    if (goes_in_a_row(p, gather) && p->running > 0) {
        return false; /* they come home before anything else goes */
    }
    p->picked = weir_lanes_pick(&p->lanes, &limits, now, due);
    if (p->picked == WEIR_LANE_NONE) {
        weir_time retry_due = p->draining ? WEIR_TIME_NEVER : weir_retry_due(&p->retry);
        *due = retry_due < *due ? retry_due : *due;
        return false;
    }
    p->in_a_row = goes_in_a_row(p, gather) && find_next(p);
    *count = bound(p, gather);
    return true;
}

static bool may_follow_in_a_row(struct weir_partition *p, weir_time now)
{
    if (!p->in_a_row || !find_next(p) ||
        weir_lanes_arrived(&p->lanes, p->next_cut) + p->options.batch.linger_ns > now) {
        return false;
    }
    p->picked = weir_partition_slot_of(p, p->next_cut)->lane;
    return true;
}

static bool may_follow_in_lane(struct weir_partition *p, weir_time now)
{
    if (p->options.order != WEIR_ORDER_PARTITION ||
        !weir_lanes_may_follow(&p->lanes, 0, &p->options.batch, now)) {
        return false;
    }
    p->picked = 0;
    return true;
}

bool weir_partition_may_follow(struct weir_partition *p, weir_time now, uint32_t *count)
{
    assert(p->picked == WEIR_LANE_NONE && p->running > 0);
    if (!may_follow_in_a_row(p, now) && !may_follow_in_lane(p, now)) {
        return false;
    }
    *count = bound(p, p->in_a_row ? UINT32_MAX : 0);
    return true;
}

/* The next two return how many records are in cut_seqs now. */

static uint32_t cut_in_a_row(struct weir_partition *p)
{
    uint64_t bytes = 0;
    uint32_t count = 0;

    while (count < p->options.batch.records && find_next(p)) {
        const struct weir_partition_slot *slot = weir_partition_slot_of(p, p->next_cut);
        bytes += slot->bytes;
        if (count > 0 && bytes > p->options.batch.bytes) {
            break;
        }
        weir_lanes_take(&p->lanes, slot->lane, p->next_cut);
        p->cut_seqs[count++] = p->next_cut++;
    }
    weir_lanes_unpick(&p->lanes, p->picked); /* it may not have been its turn */
    return count;
}

static uint32_t cut_lanes(struct weir_partition *p)
{
    struct weir_batch_limits left = p->options.batch;
    uint32_t count = weir_lanes_cut(&p->lanes, p->picked, &left, p->cut_seqs);
    uint32_t more = count;

    while (count < p->gather && more > 0) {
        left.records = lesser(left.records, p->gather - count);
        more = weir_lanes_cut_another(&p->lanes, &left, &p->cut_seqs[count]);
        count += more;
    }
    return count;
}

static uint32_t waited_us(const struct weir_partition_slot *slot, weir_time now)
{
    int64_t waited = (now - slot->arrived) / WEIR_NS_PER_US;

    if (slot->arrived == 0) {
        return WEIR_WAITED_BEFORE;
    }
    return waited < WEIR_WAITED_BEFORE ? (uint32_t)waited : WEIR_WAITED_BEFORE - 1;
}

uint32_t weir_partition_cut(struct weir_partition *p, struct weir_entry *entries)
{
    assert(p->picked != WEIR_LANE_NONE);
    uint32_t count = p->in_a_row ? cut_in_a_row(p) : cut_lanes(p);

    /* Lanes are cut one after another, and without order retries come back one by one as they are
     * due; a batch is in offset order all the same. */
    weir_sorter_sort(&p->sorter, p->cut_seqs, count);
    for (uint32_t i = 0; i < count; i++) {
        struct weir_partition_slot *slot = weir_partition_slot_of(p, p->cut_seqs[i]);
        assert(slot->message != NULL);
        entries[i] = (struct weir_entry){
            .message = slot->message,
            .seq = p->cut_seqs[i],
            .offset = weir_tracker_offset(p->tracker, (struct weir_ticket){p->cut_seqs[i]}),
            .waited_us = waited_us(slot, p->ready_at),
            .bytes = slot->bytes,
            .failures = slot->failures,
            .verdict = WEIR_VERDICT_DONE};
        slot->message = NULL;
    }
    p->cut_to = entries[count - 1].offset >= p->cut_to ? entries[count - 1].offset + 1 : p->cut_to;
    p->picked = WEIR_LANE_NONE;
    p->running++;
    return count;
}

void weir_partition_unready(struct weir_partition *p)
{
    assert(p->picked != WEIR_LANE_NONE);
    weir_lanes_unpick(&p->lanes, p->picked);
    p->picked = WEIR_LANE_NONE;
}
