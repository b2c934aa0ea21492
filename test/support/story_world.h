/* What do the parts of the simulated world share? */
#ifndef WEIR_TEST_STORY_WORLD_H
#define WEIR_TEST_STORY_WORLD_H

#include "framework/rebalance.h"
#include "offsets/committer.h"
#include "test/support/story.h"

enum {
    STORY_PARTITIONS = 4,
    STORY_LOG = 400,
    STORY_BATCH = 32,
    STORY_TEXT = 8192,
    STORY_BROKEN = 256,
    STORY_NAME = 32,
    STORY_NOT_YET = -1 /* a record of a batch nobody spoke of */
};

/* What a member could do wrong, so that the rules can be seen to notice. */
enum story_lie {
    STORY_TRUTH,
    STORY_COMMITS_ON_DELIVERY,
    STORY_COMMITS_WHAT_IS_DONE_MOST,
    STORY_DOES_NOT_DRAIN,
    STORY_COMMITS_WHAT_IS_LOST
};

/* One record of the log; it outlives every tenure. */
struct story_record {
    int64_t offset;
    char key; /* 0: none */
    bool finished;
    uint32_t completions;
};

/* A message: one delivery of a record. */
struct story_message {
    struct story_record *record;
};

struct story_batch {
    struct story_batch *next;
    struct story_slot *slot;
    struct weir_entry entries[STORY_BATCH];
    int said[STORY_BATCH]; /* enum weir_verdict, or STORY_NOT_YET */
    uint32_t count;
};

/* One tenure; it goes when it is closed and nothing of it is out. */
struct story_slot {
    struct weir_tenure tenure; /* first */
    struct weir_commit commit;
    struct story_partition *partition;
    struct weir_partition *core;
    struct story_slot *next;
    uint32_t read;         /* records of the log before this one were put */
    int64_t finished_most; /* highest offset that is finished */
    bool wants_end;
    bool told_drained;
    bool closed;
};

struct story_partition {
    char name[STORY_NAME]; /* "orders/0" */
    struct story_record log[STORY_LOG];
    uint32_t logged;
    int64_t next_offset;     /* of the log */
    int64_t stored;          /* -1: nothing */
    struct story_slot *slot; /* NULL: not ours */
    int64_t sent;            /* in the request that is out; -1: not in it */
    bool kept;               /* of that request */
};

struct story {
    struct story_options options;
    struct weir_committer committer;
    struct weir_rebalance rebalance;
    struct story_partition partitions[STORY_PARTITIONS];
    uint32_t partition_count;
    struct story_partition *current;
    struct story_slot *slots;
    struct story_batch *batches;
    weir_time now;
    uint64_t messages; /* alive */
    bool answer_due;

    enum story_store_mood mood;
    weir_time store_delay;
    struct story_partition *refused;
    bool out;
    bool answers; /* the request that is out */
    bool refuses;
    weir_time answer_at;

    enum story_lie lie;
    char broken[STORY_BROKEN]; /* the first rule that was; empty: none */

    size_t length;
    char text[STORY_TEXT];
};

/* story.c: one line of the transcript. */
void story_say(struct story *story, const char *format, ...) WEIR_PRINTF(2, 3);
/* A rule is broken. */
void story_break(struct story *story, const char *format, ...) WEIR_PRINTF(2, 3);
struct story_partition *story_partition_of(struct story *story, const char *topic,
                                           int32_t partition);
/* Lets everything happen that can happen now. */
void story_settle(struct story *story);

/* story_fetcher.c: records go round. */
struct story_slot *story_slot_open(struct story *story, struct story_partition *partition,
                                   int64_t position);
/* True: something happened. */
bool story_slot_turn(struct story *story, struct story_slot *slot);
void story_slot_close(struct story *story, struct story_slot *slot);
weir_time story_slot_due(struct story *story, struct story_slot *slot);
void story_slots_bury(struct story *story);
/* Every batch comes home to a partition that is closed, and is dropped. */
void story_batches_abandon(struct story *story);

/* story_offsets.c: offsets are kept. */
bool story_store_turn(struct story *story);
weir_time story_store_due(const struct story *story);

#endif /* WEIR_TEST_STORY_WORLD_H */
