#include "framework/partition.h"

#include "framework/base/memory.h"
#include "framework/sorter.h"
#include "offsets/tracker.h"
#include <assert.h>
#include <stddef.h>

enum { KEY_LANES = 256 };

struct slot {
    void *message;     /* NULL while it is out with a batch, and once it is finished */
    weir_time arrived; /* 0 once it was out with a batch */
    uint32_t bytes;
    uint32_t failures;
    uint32_t lane;
};

struct weir_partition {
    struct weir_partition_options options;
    struct weir_reservoir reservoir;
    struct weir_tracker *tracker;
    struct weir_lanes lanes;
    struct weir_retry retry;
    struct weir_sorter sorter;
    struct weir_random random;
    struct slot *slots; /* by ticket, modulo the ring */
    uint64_t slot_mask;
    uint64_t *cut_seqs;   /* scratch of one cut */
    uint64_t next_taken;  /* first ticket that take_back has not looked at */
    uint64_t next_ticket; /* next one to be issued */
    uint64_t finished;    /* all tickets from here on are unfinished */
    uint64_t stopped_at;  /* lowest ticket that failed for good */
    uint64_t bytes;
    int64_t position; /* lowest offset that may be put */
    int64_t end;      /* what the source said last about its end */
    weir_time ready_at;
    uint32_t picked; /* lane that ready chose */
    uint32_t gather; /* what the batch of that lane may grow to; 0: no further lane */
    uint32_t spread; /* next lane for a record without key */
    uint32_t running;
    bool draining;
    bool catching_up; /* draining, and everything that was out came back */
    bool stopped;
};

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

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
    p->stopped_at = UINT64_MAX;
    p->position = position;
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

static struct slot *slot_of(const struct weir_partition *p, uint64_t seq)
{
    return &p->slots[seq & p->slot_mask];
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

/* While draining an empty reservoir may mean that its records were taken back. */
static void pass_end(struct weir_partition *p)
{
    if (p->reservoir.count == 0 && !p->draining) {
        weir_tracker_pass(p->tracker, p->end);
    }
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

    *slot_of(p, ticket.seq) = (struct slot){
        .message = item->message, .arrived = item->arrived, .bytes = item->bytes, .lane = lane};
    p->next_ticket = ticket.seq + 1;
    weir_lanes_push_back(&p->lanes, lane, ticket.seq, item->bytes, now);
    weir_reservoir_pop(&p->reservoir);
}

bool weir_partition_may_admit(const struct weir_partition *p)
{
    return !p->draining && p->reservoir.count > 0 && weir_tracker_room(p->tracker) > 0;
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

/* In ordered modes the record stands first in its lane already, unless one that failed for good
 * stands before it: then the lane stays blocked. */
static void bring_back_due(struct weir_partition *p, weir_time now)
{
    uint64_t seq = 0;

    while (weir_retry_pop(&p->retry, now, &seq)) {
        uint32_t lane = slot_of(p, seq)->lane;
        if (p->options.order == WEIR_ORDER_NONE) {
            weir_lanes_push_front(&p->lanes, lane, seq);
        } else if (p->lanes.lanes[lane].first == seq) {
            weir_lanes_unblock(&p->lanes, lane);
        }
    }
}

bool weir_partition_ready(struct weir_partition *p, weir_time now, uint32_t gather, uint32_t *count,
                          weir_time *due)
{
    struct weir_batch_limits limits = p->options.batch;

    *due = WEIR_TIME_NEVER;
    p->ready_at = now;
    if (p->draining && !p->catching_up) {
        return false;
    }
    if (p->draining) {
        limits.linger_ns = 0;
    } else {
        bring_back_due(p, now);
    }
    p->picked = weir_lanes_pick(&p->lanes, &limits, now, due);
    if (p->picked == WEIR_LANE_NONE) {
        weir_time retry_due = p->draining ? WEIR_TIME_NEVER : weir_retry_due(&p->retry);
        *due = retry_due < *due ? retry_due : *due;
        return false;
    }
    const struct weir_lane *lane = &p->lanes.lanes[p->picked];
    bool gathers = p->options.order == WEIR_ORDER_KEY && gather > lane->waiting;
    p->gather = gathers ? lesser(gather, weir_tracker_unfinished(p->tracker)) : 0;
    *count = lesser(gathers ? p->gather : lane->waiting, p->options.batch.records);
    return true;
}

/* Returns how many records are in cut_seqs now. */
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

static uint32_t waited_us(const struct slot *slot, weir_time now)
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
    uint32_t count = cut_lanes(p);

    /* Lanes are cut one after another, and without order retries come back one by one as they are
     * due; a batch is in offset order all the same. */
    weir_sorter_sort(&p->sorter, p->cut_seqs, count);
    for (uint32_t i = 0; i < count; i++) {
        struct slot *slot = slot_of(p, p->cut_seqs[i]);
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

static void finish(struct weir_partition *p, const struct weir_entry *entry)
{
    enum weir_status status = weir_tracker_finish(p->tracker, (struct weir_ticket){entry->seq});

    assert(status == WEIR_OK);
    assert(p->bytes >= entry->bytes);
    (void)status;
    p->bytes -= entry->bytes;
    p->finished = entry->seq < p->finished ? p->finished : entry->seq + 1;
}

/* The record keeps its message and its place in the window. */
static void keep(struct weir_partition *p, struct weir_entry *entry)
{
    slot_of(p, entry->seq)->message = entry->message;
    slot_of(p, entry->seq)->failures = entry->failures;
    slot_of(p, entry->seq)->arrived = 0;
    entry->message = NULL;
    p->next_taken = entry->seq < p->next_taken ? entry->seq : p->next_taken;
}

static void fail_for_good(struct weir_partition *p, struct weir_entry *entry)
{
    if (p->options.policy == WEIR_FAILURE_SKIP) {
        entry->verdict = WEIR_VERDICT_SKIPPED;
        finish(p, entry);
        return;
    }
    entry->verdict = WEIR_VERDICT_STOPPED;
    p->stopped = true;
    p->stopped_at = entry->seq < p->stopped_at ? entry->seq : p->stopped_at;
    keep(p, entry);
}

static void fail(struct weir_partition *p, weir_time now, struct weir_entry *entry)
{
    entry->failures++;
    if (entry->verdict == WEIR_VERDICT_REJECT || entry->failures >= p->options.attempts) {
        fail_for_good(p, entry);
        return;
    }
    entry->verdict = WEIR_VERDICT_RETRY;
    weir_retry_push(&p->retry, entry->seq,
                    now + weir_backoff_delay(&p->options.backoff, entry->failures, &p->random));
    keep(p, entry);
}

static void settle_one(struct weir_partition *p, weir_time now, struct weir_entry *entry)
{
    switch (entry->verdict) {
    case WEIR_VERDICT_DONE:
        finish(p, entry);
        break;
    case WEIR_VERDICT_RETRY:
    case WEIR_VERDICT_REJECT:
        fail(p, now, entry);
        break;
    case WEIR_VERDICT_AGAIN:
        keep(p, entry);
        break;
    case WEIR_VERDICT_SKIPPED:
    case WEIR_VERDICT_STOPPED:
        assert(false && "a worker does not decide this");
        break;
    }
}

/* Back to front, so that the oldest record comes to stand first. In ordered modes a record that
 * waits for its retry, or failed for good, stands in its lane and blocks it. */
static void requeue(struct weir_partition *p, const struct weir_entry *entries, uint32_t count)
{
    bool ordered = p->options.order != WEIR_ORDER_NONE;

    for (uint32_t i = count; i > 0; i--) {
        enum weir_verdict verdict = entries[i - 1].verdict;
        uint32_t lane = slot_of(p, entries[i - 1].seq)->lane;
        bool waits = verdict == WEIR_VERDICT_RETRY || verdict == WEIR_VERDICT_STOPPED;
        if (waits && ordered) {
            weir_lanes_block(&p->lanes, lane);
        }
        if ((waits && ordered) || verdict == WEIR_VERDICT_AGAIN) {
            weir_lanes_push_front(&p->lanes, lane, entries[i - 1].seq);
        }
    }
}

/* An exclusive lane of the batch runs until its first record is seen here; what is not exclusive is
 * one lane. */
static void return_lanes(struct weir_partition *p, const struct weir_entry *entries, uint32_t count)
{
    for (uint32_t i = 0; i < (p->lanes.exclusive ? count : 1); i++) {
        uint32_t lane = slot_of(p, entries[i].seq)->lane;
        if (p->lanes.lanes[lane].running > 0) {
            weir_lanes_return(&p->lanes, lane);
        }
    }
}

/* What stands below a finished record gets its chance now, even if it waits for a retry; nothing
 * behind a record that failed for good does, the watermark cannot pass that. */
static void catch_up(struct weir_partition *p)
{
    if (!p->draining || p->catching_up || p->running > 0) {
        return;
    }
    p->catching_up = true;
    bring_back_due(p, WEIR_TIME_NEVER);
    weir_lanes_restrict(&p->lanes, p->finished < p->stopped_at ? p->finished : p->stopped_at);
}

void weir_partition_settle(struct weir_partition *p, weir_time now, struct weir_entry *entries,
                           uint32_t count)
{
    assert(p->running > 0);
    for (uint32_t i = 0; i < count; i++) {
        settle_one(p, now, &entries[i]);
    }
    requeue(p, entries, count);
    return_lanes(p, entries, count);
    p->running--;
    catch_up(p);
}

void weir_partition_drain(struct weir_partition *p)
{
    p->draining = true;
    catch_up(p);
}

bool weir_partition_is_drained(const struct weir_partition *p)
{
    return p->catching_up && p->running == 0 && weir_lanes_are_idle(&p->lanes);
}

uint32_t weir_partition_running(const struct weir_partition *p)
{
    return p->running;
}

bool weir_partition_stopped(const struct weir_partition *p)
{
    return p->stopped;
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
    uint64_t oldest = p->next_ticket > p->slot_mask ? p->next_ticket - p->slot_mask - 1 : 0;
    p->next_taken = p->next_taken > oldest ? p->next_taken : oldest;
    while (p->next_taken < p->next_ticket) {
        struct slot *slot = slot_of(p, p->next_taken++);
        if (slot->message != NULL) {
            *message = slot->message;
            slot->message = NULL;
            return true;
        }
    }
    return false;
}

int64_t weir_partition_watermark(const struct weir_partition *p)
{
    return weir_tracker_watermark(p->tracker);
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

uint64_t weir_partition_bytes(const struct weir_partition *p)
{
    return p->bytes;
}
