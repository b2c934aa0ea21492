/* Where may a new owner of this partition resume without losing a record? */
#ifndef WEIR_OFFSETS_TRACKER_H
#define WEIR_OFFSETS_TRACKER_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/status.h>

/* Records begin in offset order and finish in any order; the watermark is the offset to commit: the
 * next one to consume, with nothing unfinished below it. Offsets may have holes (compaction,
 * transactions): only begun records hold the watermark back.
 * Thread: the partition's fetcher. Memory: one block, fixed at creation. */
struct weir_tracker;

/* Names one begun record: 0, 1, 2, ... in the order of begin, never reused. */
struct weir_ticket {
    uint64_t seq;
};

/* `window` records may lie between the oldest unfinished one and the newest begun one. */
WEIR_MUST_CHECK enum weir_status weir_tracker_create(uint32_t window, int64_t position,
                                                     struct weir_tracker **out);
void weir_tracker_destroy(struct weir_tracker *tracker);

/* `offset` must not be below the position. WEIR_ERR_FULL: nothing changed; there is room again when
 * the oldest unfinished record finishes. */
WEIR_MUST_CHECK enum weir_status weir_tracker_begin(struct weir_tracker *tracker, int64_t offset,
                                                    struct weir_ticket *out);
/* WEIR_ERR_STALE: finished before. Harmless; count it. */
WEIR_MUST_CHECK enum weir_status weir_tracker_finish(struct weir_tracker *tracker,
                                                     struct weir_ticket ticket);
/* Nothing below `position` will begin any more, although nothing was begun up to there: the end of
 * a partition was reached behind markers that are no records. Never moves back. */
void weir_tracker_pass(struct weir_tracker *tracker, int64_t position);

int64_t weir_tracker_watermark(const struct weir_tracker *tracker);
/* Begun, not finished. */
uint32_t weir_tracker_unfinished(const struct weir_tracker *tracker);
/* How many may begin now. */
uint32_t weir_tracker_room(const struct weir_tracker *tracker);
/* The oldest record that is begun and not finished; false when there is none. */
bool weir_tracker_oldest(const struct weir_tracker *tracker, struct weir_ticket *out);
/* Of a record that is begun and not finished. */
int64_t weir_tracker_offset(const struct weir_tracker *tracker, struct weir_ticket ticket);

#endif /* WEIR_OFFSETS_TRACKER_H */
