/* Which waiting record may be handled next without breaking the order that was asked for? */
#ifndef WEIR_FRAMEWORK_LANES_H
#define WEIR_FRAMEWORK_LANES_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/status.h>

/* A partition's window, divided into queues. In ordered modes a lane is exclusive: while records of
 * it are out, or its first one waits for a retry, nothing else of it may go but what follows them
 * to the same worker. One exclusive lane is order by partition, many are order by key, one that is
 * not exclusive is no order. Records are known by ticket number; `window` of them at most lie
 * between the oldest and newest. Thread: the partition's fetcher. Memory: fixed at init. */
struct weir_lanes {
    struct weir_lane *lanes;
    struct weir_lane_node *nodes;
    uint64_t mask;
    uint64_t below; /* only tickets below it may go */
    uint32_t count;
    bool exclusive;
    uint32_t ready_first; /* a list of lanes that have records and may run */
    uint32_t ready_last;
    uint32_t ready_count;
};

/* When is a batch worth cutting? As soon as one of the three holds. */
struct weir_batch_limits {
    uint32_t records;
    uint64_t bytes;
    weir_time linger_ns; /* age of the record that stands first: the oldest, retries apart */
};

struct weir_lane_node {
    uint64_t next;
    weir_time arrived;
    uint32_t bytes;
};

struct weir_lane {
    uint64_t first;
    uint64_t last;
    uint64_t bytes;
    uint32_t waiting; /* records in the queue */
    uint32_t running; /* records that are out */
    uint32_t next_ready;
    bool ready;   /* is in the ready list */
    bool blocked; /* its first record waits for a retry, or for ever */
};

enum { WEIR_LANE_NONE = INT32_MAX };

WEIR_MUST_CHECK enum weir_status weir_lanes_init(struct weir_lanes *lanes, uint32_t count,
                                                 bool exclusive, uint32_t window);
/* Accepts zeroed memory. */
void weir_lanes_fini(struct weir_lanes *lanes);

void weir_lanes_push_back(struct weir_lanes *lanes, uint32_t lane, uint64_t seq, uint32_t bytes,
                          weir_time arrived);
/* For a record that was out and comes back; keeps its size and age. */
void weir_lanes_push_front(struct weir_lanes *lanes, uint32_t lane, uint64_t seq);

/* The lane whose turn it is, WEIR_LANE_NONE if no batch is worth cutting yet; then *due says when
 * the first one will be by age alone. */
uint32_t weir_lanes_pick(struct weir_lanes *lanes, const struct weir_batch_limits *limits,
                         weir_time now, weir_time *due);
/* Instead of cut: the lane stands in line again. */
void weir_lanes_unpick(struct weir_lanes *lanes, uint32_t lane);
/* Takes records from the lane that pick named, or that may follow: writes up to left->records
 * tickets, returns how many, at least 1, and lowers `left` by them. */
uint32_t weir_lanes_cut(struct weir_lanes *lanes, uint32_t lane, struct weir_batch_limits *left,
                        uint64_t *seqs);
/* The same for a batch that has records of another lane already: pick and cut, whatever the linger;
 * 0 if no lane may go or its first record does not fit. Exclusive lanes only. */
uint32_t weir_lanes_cut_another(struct weir_lanes *lanes, struct weir_batch_limits *left,
                                uint64_t *seqs);
/* Takes the first record of a lane that is not blocked, whatever of the lane is out: whoever takes
 * it sees to it that it is begun when that is done. */
void weir_lanes_take(struct weir_lanes *lanes, uint32_t lane, uint64_t seq);
/* Is the batch worth cutting that goes behind those of the lane which are out? Then cut may be
 * called for it; whoever cuts sees to it that it begins when they are done. */
bool weir_lanes_may_follow(const struct weir_lanes *lanes, uint32_t lane,
                           const struct weir_batch_limits *limits, weir_time now);
/* So many records of the lane have come back, after the unfinished ones were pushed to the front.
 */
void weir_lanes_return(struct weir_lanes *lanes, uint32_t lane, uint32_t count);
void weir_lanes_block(struct weir_lanes *lanes, uint32_t lane);
void weir_lanes_unblock(struct weir_lanes *lanes, uint32_t lane);

/* When it was pushed to the back, wherever it is now; until its place in the window is another's.
 */
weir_time weir_lanes_arrived(const struct weir_lanes *lanes, uint64_t seq);

/* From now on only tickets below `below` may go, of which none is new; UINT64_MAX: all. None that
 * is out is above it. */
void weir_lanes_restrict(struct weir_lanes *lanes, uint64_t below);
/* May none of them run? */
bool weir_lanes_are_idle(const struct weir_lanes *lanes);

#endif /* WEIR_FRAMEWORK_LANES_H */
