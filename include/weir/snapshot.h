/* Where does a consumer stand right now? */
#ifndef WEIR_SNAPSHOT_H
#define WEIR_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/consumer.h>
#include <weir/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_PARTITION_STATE_TABLE(X)                                                              \
    X(WEIR_PARTITION_WAITING, "waiting", "ours, but not yet known where it starts; asked again")   \
    X(WEIR_PARTITION_RUNNING, "running", "records are taken and handled")                          \
    X(WEIR_PARTITION_DRAINING, "draining", "being handed back: finishes and commits, takes none")  \
    X(WEIR_PARTITION_CLOSING, "closing", "handed back or lost; its last batches are not back yet")

enum weir_partition_state {
#define WEIR_PARTITION_STATE_ENUM(id, name, sentence) id,
    WEIR_PARTITION_STATE_TABLE(WEIR_PARTITION_STATE_ENUM)
#undef WEIR_PARTITION_STATE_ENUM
};

/* One partition. Offsets are next offsets, as in a commit; -1: not known, never a guess. All but
 * `end` and `committed` is of one moment; of a closing one, of that in which it was given up. */
struct weir_snapshot_row {
    size_t size; /* of this structure */
    const char *topic;
    int32_t partition;
    enum weir_partition_state state;
    int64_t position;   /* the next one to take from the client library */
    int64_t watermark;  /* all below is finished: what may be committed */
    int64_t committed;  /* what the offset store last read or acknowledged; -1 also: nothing yet */
    int64_t end;        /* of the log (its high watermark), as the last fetch answer said. -1 until
                           something was fetched since it was assigned */
    int64_t lag;        /* end - watermark: what is not finished, offsets without a record (aborted,
                           compacted, transaction markers) included; -1 while end is -1 */
    uint32_t in_flight; /* records admitted (weir.inflight) and not finished: they wait for a
                           worker, are with a handler, or wait for a retry */
    uint32_t buffered;  /* records taken and not admitted yet */
    uint64_t bytes;     /* of both, as they count against weir.buffer.bytes */
    int64_t oldest_ms;  /* how long ago the oldest in flight was admitted; -1: none is */
    int64_t began; /* where it began when it became ours: the next offset of its last owner, or what
                      weir.start says if nothing was committed; -1: not known yet */
    int64_t take_over_ns; /* from the moment it could be ours (given to us, and released by its last
                             owner as far as the coordinator sees that) until its first batch was
                             begun, or there was nothing to handle; -1: not so far yet */
    uint32_t held; /* of in_flight, those that failed for good and are held (weir.failure.policy) */
    uint32_t letters; /* and those whose dead letter is not acknowledged yet */
};

/* Owned by who asked, with all it points to. Totals do not count closing partitions. */
struct weir_snapshot {
    size_t size;     /* of this structure */
    int64_t time_ns; /* monotonic clock, as in events */
    enum weir_state state;
    size_t row_count;   /* partitions, closing ones included; see weir_snapshot_at */
    size_t assigned;    /* partitions that are ours */
    uint64_t lag;       /* sum of those that are known */
    size_t lag_unknown; /* partitions that are not in that sum */
    uint64_t in_flight; /* sums, */
    uint64_t buffered;
    uint64_t bytes;
    int64_t oldest_ms;        /* and the greatest; -1: nothing is in flight */
    const uint64_t *counters; /* by enum weir_counter */
    size_t counter_count;
    /* Of a group whose members have colors (docs/bluegreen.md); NULL and 0 in every other. */
    const char *color;   /* weir.color */
    const char *active;  /* the active one; NULL: none is, or what stands of it was not read yet */
    const char *step;    /* of the switch: "idle", "prepared", "draining", "committed",
                            "handed_over", "active", "returning"; NULL: not read yet */
    uint32_t step_index; /* of these, from 0 */
    uint64_t epoch;      /* rises whenever it changes which color may own what */
    bool may_own;        /* may this color own partitions? */
    bool shadow;   /* the partitions are somebody else's: their records are handled as a shadow, and
                      `committed` is where that one stood when we began */
    uint64_t held; /* sums */
    uint64_t letters;
};

/* Takes one. Moves nothing, asks no broker, and costs the data path nothing: the control loop puts
 * it together from what fetchers wrote down at the end of their last turn. Waits for that loop,
 * timeout_ms at most (0 or more, else WEIR_ERR_INVALID): WEIR_ERR_TIMEOUT when the client library
 * or a callback holds it up; weir_consumer_state and weir_consumer_counter answer even then.
 * WEIR_ERR_NOMEM. In any state from create to destroy; before the start and after the end there
 * are no partitions but those whose handlers did not come back. Thread: any but in callbacks of
 * events and of the log; a handler may. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_consumer_snapshot(struct weir_consumer *consumer,
                                                                 int64_t timeout_ms,
                                                                 struct weir_snapshot **out);
/* NULL is fine. May outlive the consumer. */
WEIR_API void weir_snapshot_destroy(struct weir_snapshot *snapshot);

/* Rows are in order of topic and partition; NULL from row_count on. Borrowed from the snapshot. */
WEIR_API const struct weir_snapshot_row *weir_snapshot_at(const struct weir_snapshot *snapshot,
                                                          size_t index);
WEIR_API const char *weir_partition_state_name(enum weir_partition_state state);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_SNAPSHOT_H */
