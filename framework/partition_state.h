/* What does a partition consist of? */
#ifndef WEIR_FRAMEWORK_PARTITION_STATE_H
#define WEIR_FRAMEWORK_PARTITION_STATE_H

#include "framework/base/random.h"
#include "framework/partition.h"
#include "framework/sorter.h"
#include "offsets/tracker.h"

struct weir_partition_slot {
    void *message;     /* NULL while it is out with a batch, and once it is finished */
    weir_time arrived; /* 0 once a handler had it */
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
    struct weir_partition_slot *slots; /* by ticket, modulo the ring */
    uint64_t slot_mask;
    uint64_t *cut_seqs;   /* scratch of one cut */
    uint64_t next_taken;  /* first ticket that take_back has not looked at */
    uint64_t next_cut;    /* no ticket below it waits for a batch */
    uint64_t next_ticket; /* next one to be issued */
    uint64_t finished;    /* all tickets from here on are unfinished */
    uint64_t barred_at;   /* lowest ticket that failed for good and stays unfinished */
    uint64_t bytes;
    int64_t position; /* lowest offset that may be put */
    int64_t end;      /* what the source said last about its end */
    int64_t halt;     /* nothing at or above it goes; INT64_MAX: it halts nowhere */
    int64_t cut_to;   /* nothing at or above it was ever cut */
    weir_time ready_at;
    uint32_t picked; /* lane that ready chose */
    uint32_t gather; /* what the batch of that lane may grow to; 0: no further lane */
    bool in_a_row;   /* the batch is cut in the order of tickets, across lanes */
    uint32_t spread; /* next lane for a record without key */
    uint32_t running;
    uint32_t held;
    uint32_t letters; /* under way */
    bool draining;
    bool catching_up; /* draining, and everything that was out came back */
    bool stopped;
};

static inline struct weir_partition_slot *weir_partition_slot_of(const struct weir_partition *p,
                                                                 uint64_t seq)
{
    return &p->slots[seq & p->slot_mask];
}

/* partition.c: in ordered modes the record stands first in its lane already, unless one that failed
 * for good stands before it: then the lane stays blocked. */
void weir_partition_bring_back_due(struct weir_partition *partition, weir_time now);
/* No ticket below it has a place in the window. */
uint64_t weir_partition_oldest_place(const struct weir_partition *partition);
/* partition_settle.c: what stands below a finished record gets its chance once a draining partition
 * has nothing out and no letter under way, even if it waits for a retry; nothing behind a record
 * that failed for good does, the watermark cannot pass that. */
void weir_partition_catch_up(struct weir_partition *partition);

#endif /* WEIR_FRAMEWORK_PARTITION_STATE_H */
