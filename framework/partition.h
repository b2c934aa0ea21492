/* What may happen next to the records of one partition? */
#ifndef WEIR_FRAMEWORK_PARTITION_H
#define WEIR_FRAMEWORK_PARTITION_H

#include "framework/base/clock.h"
#include "framework/lanes.h"
#include "framework/reservoir.h"
#include "framework/retry.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/status.h>

/* The life of a partition's records between the source and the handler, as a step machine: records
 * are put into the reservoir, admitted to the window, cut into batches, and settled; the watermark
 * is what may be committed. It has no clock, no thread and no idea of Kafka.
 * Thread: the partition's fetcher. Memory: fixed at creation; nothing is allocated afterwards. */
struct weir_partition;

enum weir_order { WEIR_ORDER_PARTITION, WEIR_ORDER_KEY, WEIR_ORDER_NONE };
enum weir_failure_policy {
    WEIR_FAILURE_STOP,
    WEIR_FAILURE_SKIP,
    WEIR_FAILURE_HOLD,
    WEIR_FAILURE_LETTER
};

struct weir_partition_options {
    enum weir_order order;
    uint32_t buffer_records;
    uint64_t buffer_bytes;
    uint32_t window;
    struct weir_batch_limits batch;
    struct weir_backoff backoff;
    uint32_t attempts;
    enum weir_failure_policy policy;
    uint64_t seed; /* of the jitter */
};

/* What became of a record. A handler says done, retry or reject; weir_partition_settle turns the
 * last two into what follows from it. */
enum weir_verdict {
    WEIR_VERDICT_DONE,
    WEIR_VERDICT_RETRY,   /* handler: failed; settled: waits for its next attempt */
    WEIR_VERDICT_REJECT,  /* handler only */
    WEIR_VERDICT_AGAIN,   /* behind a failed record of its lane: goes again, not a failure */
    WEIR_VERDICT_UNBEGUN, /* no handler had it; settled: goes again */
    WEIR_VERDICT_SKIPPED, /* settled only: passed over by policy */
    WEIR_VERDICT_STOPPED, /* settled only: unfinished for ever, the consumer must stop */
    WEIR_VERDICT_HELD,    /* settled only: unfinished for ever, the others go on */
    WEIR_VERDICT_LETTER   /* settled only: unfinished until its dead letter is acknowledged */
};

/* No time is as long: 71 minutes and more are one less. */
#define WEIR_WAITED_BEFORE UINT32_MAX

/* One record on its way through a worker. Between two processors: 48 bytes, and every one costs. */
struct weir_entry {
    void *message;
    uint64_t seq;
    int64_t offset;
    char *reason; /* of a failure, weir_malloc, may be NULL */
    uint32_t bytes;
    uint32_t failures;  /* before this attempt */
    uint32_t waited_us; /* from the source to this batch; WEIR_WAITED_BEFORE: it was out before */
    enum weir_verdict verdict;
};

/* `position`: offset of the first record that is wanted. */
WEIR_MUST_CHECK enum weir_status weir_partition_create(const struct weir_partition_options *options,
                                                       int64_t position,
                                                       struct weir_partition **out);
/* Every message must have been taken back, or be out with a batch. */
void weir_partition_destroy(struct weir_partition *partition);

/* How many records, and how many bytes, may be put now. Bytes are the partition's own limit; a
 * partition that holds nothing always has room for one record, however large. */
uint32_t weir_partition_room_records(const struct weir_partition *partition);
uint64_t weir_partition_room_bytes(const struct weir_partition *partition);
/* Only with room for records. False, and the message stays the caller's: its offset is below what
 * was put before, so it is no news. */
WEIR_MUST_CHECK bool weir_partition_put(struct weir_partition *partition,
                                        const struct weir_item *item);
/* Before anything was admitted: it is as if it had been created at `offset`, with what was put
 * since. Gives back one message below it; false: none is left, and it begins there. `offset` is not
 * below where it was created, nor above weir_partition_position. */
WEIR_MUST_CHECK bool weir_partition_begin(struct weir_partition *partition, int64_t offset,
                                          void **message);
/* The source has nothing below `offset` any more. */
void weir_partition_end(struct weir_partition *partition, int64_t offset);

/* Moves records from the reservoir to the window, `limit` at most. Returns how many. */
uint32_t weir_partition_admit(struct weir_partition *partition, weir_time now, uint32_t limit);

/* Would admit move one? */
bool weir_partition_may_admit(const struct weir_partition *partition);

/* Is a batch ready? If so *count is an upper bound for cut; if not *due says when time alone may
 * make one ready (WEIR_TIME_NEVER: never). In key order a batch takes records of further lanes
 * until it has `gather`; if that is no less than the window, they go in a row, and nothing is ready
 * while a batch is out. */
bool weir_partition_ready(struct weir_partition *partition, weir_time now, uint32_t gather,
                          uint32_t *count, weir_time *due);
/* After ready or may_follow said yes and before anything else: fills `entries` in offset order,
 * returns how many, at least 1. */
uint32_t weir_partition_cut(struct weir_partition *partition, struct weir_entry *entries);
/* After cut and before anything else, in partition order or in a row: is there a batch that the
 * same worker may begin when it is done with that one? Then cut, or leave it: it stays where it is.
 * If one of them is not done as a whole, those behind it come back first, the last one first of
 * all, unbegun. */
bool weir_partition_may_follow(struct weir_partition *partition, weir_time now, uint32_t *count);
/* Instead of cut: the batch stays where it is. */
void weir_partition_unready(struct weir_partition *partition);
/* The batch came back. Verdicts in: done, retry, reject, again, unbegun; a done entry's message is
 * the caller's business. Verdicts out: done, skipped, held, letter (the message is the caller's),
 * and retry, again, stopped (it is the partition's). */
void weir_partition_settle(struct weir_partition *partition, weir_time now,
                           struct weir_entry *entries, uint32_t count);

/* What became of a letter that settle asked for. Each of these once; not after the partition was
 * given up. In between the record is in flight as one that is out, but keeps nobody back.
 * Acknowledged: it is finished, and the message stays the caller's. */
void weir_partition_acknowledge(struct weir_partition *partition, const struct weir_entry *entry);
/* It was not written: the verdict becomes held or stopped, and the message is as after settle. */
void weir_partition_return_letter(struct weir_partition *partition, struct weir_entry *entry,
                                  bool hold);
/* How many letters are neither acknowledged nor returned. */
uint32_t weir_partition_letters(const struct weir_partition *partition);

/* From now on nothing at or above `offset` is admitted or cut, and the watermark comes to rest
 * there once all below it is finished. False: something of that was cut before, or is passed, or it
 * drains; then it halts nowhere. INT64_MAX: it goes on. Anew at any time. */
WEIR_MUST_CHECK bool weir_partition_halt(struct weir_partition *partition, int64_t offset);
/* Has the watermark come to the offset that it halts at? */
bool weir_partition_is_halted(const struct weir_partition *partition);

/* Nothing is admitted any more. What is out settles; then records that were admitted below one that
 * is finished may be cut, without waiting for a linger or a backoff: the watermark has to pass what
 * is finished, or the next owner would do it again. */
void weir_partition_drain(struct weir_partition *partition);
/* Draining, nothing is out, no letter either, and nothing is left that may be cut. Finished records
 * above the watermark are then those behind one that failed again, or for good. */
bool weir_partition_is_drained(const struct weir_partition *partition);
/* Batches that are out. */
uint32_t weir_partition_running(const struct weir_partition *partition);
/* A record failed for good and the policy is to stop. */
bool weir_partition_stopped(const struct weir_partition *partition);
/* How many records failed for good and are held: unfinished until the partition is given up. In
 * ordered modes what is behind one in its lane waits for as long. */
uint32_t weir_partition_held(const struct weir_partition *partition);
/* Gives back one message that is neither done nor out; false when there is none left. */
bool weir_partition_take_back(struct weir_partition *partition, void **message);

int64_t weir_partition_watermark(const struct weir_partition *partition);
/* The next offset the source should give. */
int64_t weir_partition_position(const struct weir_partition *partition);
/* Admitted, not finished. */
uint32_t weir_partition_in_flight(const struct weir_partition *partition);
/* When the oldest of those was admitted, WEIR_TIME_NEVER when there is none. */
weir_time weir_partition_oldest(const struct weir_partition *partition);
/* In the reservoir. */
uint32_t weir_partition_buffered(const struct weir_partition *partition);
/* The offsets of the first and the last of them; only if there are some. */
void weir_partition_span(const struct weir_partition *partition, int64_t *first, int64_t *last);
/* Held: reservoir, window and workers. Taking back does not lower it: whoever takes back gives up
 * the whole partition. */
uint64_t weir_partition_bytes(const struct weir_partition *partition);

#endif /* WEIR_FRAMEWORK_PARTITION_H */
