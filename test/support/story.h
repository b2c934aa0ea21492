/* How does one member's core behave, told as a story in virtual time? */
#ifndef WEIR_TEST_STORY_H
#define WEIR_TEST_STORY_H

#include "framework/partition.h"
#include <stddef.h>

/* A world around the pure core: a log per partition, a thin fetcher, handlers that do what they are
 * told, a store that may refuse, delay or lose, a coordinator that assigns and revokes. The core is
 * real: partition, committer and rebalance, wired as the loops wire them. Everything that happens
 * is written down, one line each, with the time in milliseconds:
 *     [  50] orders/0 dispatch 10 11 12
 * A few rules are checked all the time: no record below a stored offset is unfinished, nothing is
 * handed out or committed for a partition that is not ours, no record is lost or freed twice. */
struct story;

struct story_options {
    struct weir_partition_options partition;
    int64_t commit_interval_ms;
    int64_t drain_timeout_ms;
    int64_t request_timeout_ms; /* after which the store's client gives up an answer */
    bool quiet;                 /* write nothing down */
};

/* Order by partition, batches of three, everything else roomy; commits after each batch. */
struct story_options story_usual(void);
struct story *story_create(const struct story_options *options);
/* As a crash: whatever is out is dropped. */
void story_destroy(struct story *story);

/* The coordinator. Partitions are named once, by assign; the words below speak of the one that was
 * assigned or named with story_on last. */
void story_assign(struct story *story, const char *topic, int32_t partition, int64_t position);
/* From where the store says; 0 if it says nothing. */
void story_assign_stored(struct story *story, const char *topic, int32_t partition);
void story_on(struct story *story, const char *topic, int32_t partition);
/* These partitions of the topic, ended by -1, as one event. */
void story_revoke(struct story *story, const char *topic, const int32_t *partitions);
void story_revoke_one(struct story *story);
void story_lose(struct story *story);
void story_stop(struct story *story);
void story_hurry(struct story *story);

/* The log: records without keys, or one for each letter of `keys`. */
void story_deliver(struct story *story, int count);
void story_deliver_keys(struct story *story, const char *keys);
void story_skip_offsets(struct story *story, int count);
/* The reader learns that the log ends here. */
void story_end(struct story *story);

/* The handlers. A batch comes home when its last record was spoken of; in order, with the first
 * retry. */
void story_finish(struct story *story, int64_t offset);
void story_retry(struct story *story, int64_t offset);
void story_reject(struct story *story, int64_t offset);

enum story_store_mood {
    STORY_STORE_WELL,
    STORY_STORE_REFUSES,
    STORY_STORE_LOSES_REQUESTS, /* nothing is kept, nobody answers */
    STORY_STORE_LOSES_REPLIES   /* it is kept, nobody answers */
};
/* From now on, and how long an answer takes. */
void story_store(struct story *story, enum story_store_mood mood, int64_t delay_ms);
/* It refuses this partition only; NULL: none. */
void story_store_refuses_one(struct story *story, const char *topic, int32_t partition);

void story_advance_ms(struct story *story, int64_t ms);

/* Writes a line on the current partition: watermark, records in flight, what the store has. */
void story_look(struct story *story);
/* What was written down since the last time is this. */
void story_expect(struct story *story, const char *transcript);

/* For tests that ask rather than read. */
int64_t story_stored(const struct story *story, const char *topic, int32_t partition); /* or -1 */
int64_t story_lowest_unfinished(const struct story *story, const char *topic, int32_t partition);
uint32_t story_duplicates(const struct story *story);

#endif /* WEIR_TEST_STORY_H */
