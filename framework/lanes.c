#include "framework/lanes.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stddef.h>

enum weir_status weir_lanes_init(struct weir_lanes *lanes, uint32_t count, bool exclusive,
                                 uint32_t window)
{
    assert(count > 0 && window > 0);
    uint64_t size = 1;

    while (size < window) {
        size *= 2;
    }
    *lanes = (struct weir_lanes){.mask = size - 1,
                                 .below = UINT64_MAX,
                                 .count = count,
                                 .exclusive = exclusive,
                                 .ready_first = WEIR_LANE_NONE,
                                 .ready_last = WEIR_LANE_NONE};
    lanes->lanes = weir_calloc(count, sizeof lanes->lanes[0]);
    lanes->nodes = weir_malloc((size_t)size * sizeof lanes->nodes[0]);
    if (lanes->lanes == NULL || lanes->nodes == NULL) {
        weir_lanes_fini(lanes);
        return WEIR_ERR_NOMEM;
    }
    return WEIR_OK;
}

void weir_lanes_fini(struct weir_lanes *lanes)
{
    weir_free(lanes->lanes);
    weir_free(lanes->nodes);
    *lanes = (struct weir_lanes){0};
}

static struct weir_lane_node *node_of(const struct weir_lanes *lanes, uint64_t seq)
{
    return &lanes->nodes[seq & lanes->mask];
}

static bool may_follow(const struct weir_lanes *lanes, const struct weir_lane *lane)
{
    return lane->waiting > 0 && lane->first < lanes->below && !lane->blocked;
}

static bool may_run(const struct weir_lanes *lanes, const struct weir_lane *lane)
{
    return may_follow(lanes, lane) && (!lanes->exclusive || lane->running == 0);
}

static void make_ready(struct weir_lanes *lanes, uint32_t index)
{
    struct weir_lane *lane = &lanes->lanes[index];

    if (lane->ready || !may_run(lanes, lane)) {
        return;
    }
    lane->ready = true;
    lane->next_ready = WEIR_LANE_NONE;
    if (lanes->ready_last == WEIR_LANE_NONE) {
        lanes->ready_first = index;
    } else {
        lanes->lanes[lanes->ready_last].next_ready = index;
    }
    lanes->ready_last = index;
    lanes->ready_count++;
}

static uint32_t pop_ready(struct weir_lanes *lanes)
{
    assert(lanes->ready_count > 0);
    uint32_t index = lanes->ready_first;
    struct weir_lane *lane = &lanes->lanes[index];

    lanes->ready_first = lane->next_ready;
    if (lanes->ready_first == WEIR_LANE_NONE) {
        lanes->ready_last = WEIR_LANE_NONE;
    }
    lane->ready = false;
    lanes->ready_count--;
    return index;
}

void weir_lanes_push_back(struct weir_lanes *lanes, uint32_t index, uint64_t seq, uint32_t bytes,
                          weir_time arrived)
{
    assert(index < lanes->count);
    struct weir_lane *lane = &lanes->lanes[index];

    *node_of(lanes, seq) = (struct weir_lane_node){.arrived = arrived, .bytes = bytes};
    if (lane->waiting == 0) {
        lane->first = seq;
    } else {
        node_of(lanes, lane->last)->next = seq;
    }
    lane->last = seq;
    lane->bytes += bytes;
    lane->waiting++;
    make_ready(lanes, index);
}

void weir_lanes_push_front(struct weir_lanes *lanes, uint32_t index, uint64_t seq)
{
    assert(index < lanes->count);
    struct weir_lane *lane = &lanes->lanes[index];
    struct weir_lane_node *node = node_of(lanes, seq);

    node->next = lane->first;
    if (lane->waiting == 0) {
        lane->last = seq;
    }
    lane->first = seq;
    lane->bytes += node->bytes;
    lane->waiting++;
    make_ready(lanes, index);
}

static weir_time worth_cutting_at(const struct weir_lanes *lanes, const struct weir_lane *lane,
                                  const struct weir_batch_limits *limits)
{
    if (limits->linger_ns == 0 || lane->waiting >= limits->records ||
        lane->bytes >= limits->bytes) {
        return 0;
    }
    return node_of(lanes, lane->first)->arrived + limits->linger_ns;
}

uint32_t weir_lanes_pick(struct weir_lanes *lanes, const struct weir_batch_limits *limits,
                         weir_time now, weir_time *due)
{
    *due = WEIR_TIME_NEVER;
    for (uint32_t turns = lanes->ready_count; turns > 0; turns--) {
        uint32_t index = pop_ready(lanes);
        weir_time at = 0;
        if (!may_run(lanes, &lanes->lanes[index])) {
            continue; /* it was blocked while it stood in the list */
        }
        at = worth_cutting_at(lanes, &lanes->lanes[index], limits);
        if (at <= now) {
            return index;
        }
        *due = at < *due ? at : *due;
        make_ready(lanes, index);
    }
    return WEIR_LANE_NONE;
}

bool weir_lanes_may_follow(const struct weir_lanes *lanes, uint32_t index,
                           const struct weir_batch_limits *limits, weir_time now)
{
    const struct weir_lane *lane = &lanes->lanes[index];

    return may_follow(lanes, lane) && worth_cutting_at(lanes, lane, limits) <= now;
}

void weir_lanes_unpick(struct weir_lanes *lanes, uint32_t index)
{
    make_ready(lanes, index);
}

uint32_t weir_lanes_cut(struct weir_lanes *lanes, uint32_t index, struct weir_batch_limits *left,
                        uint64_t *seqs)
{
    struct weir_lane *lane = &lanes->lanes[index];
    uint64_t bytes = 0;
    uint32_t count = 0;

    assert(may_follow(lanes, lane));
    while (lane->waiting > 0 && lane->first < lanes->below && count < left->records) {
        struct weir_lane_node *node = node_of(lanes, lane->first);
        if (count > 0 && bytes + node->bytes > left->bytes) {
            break;
        }
        bytes += node->bytes;
        seqs[count++] = lane->first;
        lane->first = node->next;
        lane->waiting--;
    }
    lane->bytes -= bytes;
    lane->running += count;
    left->records -= count;
    left->bytes -= bytes < left->bytes ? bytes : left->bytes;
    make_ready(lanes, index);
    return count;
}

void weir_lanes_take(struct weir_lanes *lanes, uint32_t index, uint64_t seq)
{
    struct weir_lane *lane = &lanes->lanes[index];
    const struct weir_lane_node *node = node_of(lanes, seq);

    assert(may_follow(lanes, lane) && lane->first == seq);
    lane->first = node->next;
    lane->bytes -= node->bytes;
    lane->waiting--;
    lane->running++;
}

uint32_t weir_lanes_cut_another(struct weir_lanes *lanes, struct weir_batch_limits *left,
                                uint64_t *seqs)
{
    struct weir_batch_limits at_once = {.records = left->records, .bytes = left->bytes};
    weir_time due = 0;
    uint32_t index = WEIR_LANE_NONE;

    assert(lanes->exclusive);
    if (left->records > 0) {
        index = weir_lanes_pick(lanes, &at_once, 0, &due);
    }
    if (index == WEIR_LANE_NONE) {
        return 0;
    }
    if (node_of(lanes, lanes->lanes[index].first)->bytes > left->bytes) {
        weir_lanes_unpick(lanes, index);
        return 0;
    }
    return weir_lanes_cut(lanes, index, left, seqs);
}

void weir_lanes_return(struct weir_lanes *lanes, uint32_t index, uint32_t count)
{
    assert(lanes->lanes[index].running >= count);
    lanes->lanes[index].running -= count;
    make_ready(lanes, index);
}

void weir_lanes_block(struct weir_lanes *lanes, uint32_t index)
{
    lanes->lanes[index].blocked = true;
}

void weir_lanes_unblock(struct weir_lanes *lanes, uint32_t index)
{
    lanes->lanes[index].blocked = false;
    make_ready(lanes, index);
}

struct chain {
    uint64_t first;
    uint64_t last;
    uint32_t count;
};

static void chain_add(const struct weir_lanes *lanes, struct chain *chain, uint64_t seq)
{
    if (chain->count == 0) {
        chain->first = seq;
    } else {
        node_of(lanes, chain->last)->next = seq;
    }
    chain->last = seq;
    chain->count++;
}

/* Without order, records that came back stand in the order in which they came. */
static void bring_forward(const struct weir_lanes *lanes, struct weir_lane *lane)
{
    struct chain near = {.count = 0};
    struct chain far = {.count = 0};
    uint64_t seq = lane->first;

    for (uint32_t i = 0; i < lane->waiting; i++) {
        uint64_t next = node_of(lanes, seq)->next;
        chain_add(lanes, seq < lanes->below ? &near : &far, seq);
        seq = next;
    }
    if (near.count > 0 && far.count > 0) {
        lane->first = near.first;
        node_of(lanes, near.last)->next = far.first;
        lane->last = far.last;
    }
}

weir_time weir_lanes_arrived(const struct weir_lanes *lanes, uint64_t seq)
{
    return node_of(lanes, seq)->arrived;
}

void weir_lanes_restrict(struct weir_lanes *lanes, uint64_t below)
{
    lanes->below = below;
    for (uint32_t i = 0; i < lanes->count; i++) {
        bring_forward(lanes, &lanes->lanes[i]);
        make_ready(lanes, i);
    }
}

bool weir_lanes_are_idle(const struct weir_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->count; i++) {
        if (may_run(lanes, &lanes->lanes[i])) {
            return false;
        }
    }
    return true;
}
