/* What does a consumer measure? */
#ifndef WEIR_METRICS_H
#define WEIR_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_consumer;

/* The one table of gauges: identifier, name, unit, sentence. How things stand; a program has them
 * in weir_consumer_snapshot, most of them for each partition. */
#define WEIR_GAUGE_TABLE(X)                                                                        \
    X(WEIR_GAUGE_PARTITIONS, "partitions", "partitions", "that are ours")                          \
    X(WEIR_GAUGE_LAG, "lag_records", "records",                                                    \
      "not finished up to the end of the log, of the partitions whose end is known")               \
    X(WEIR_GAUGE_LAG_UNKNOWN, "lag_unknown_partitions", "partitions", "whose end is not known")    \
    X(WEIR_GAUGE_IN_FLIGHT, "in_flight_records", "records", "admitted and not finished")           \
    X(WEIR_GAUGE_OLDEST, "oldest_in_flight_ms", "ms",                                              \
      "since the oldest of those was admitted; 0 when there is none")                              \
    X(WEIR_GAUGE_BUFFERED, "buffered_records", "records", "taken and not admitted")                \
    X(WEIR_GAUGE_BYTES, "held_bytes", "bytes", "of both")                                          \
    X(WEIR_GAUGE_COMMIT_AGE, "commit_age_ms", "ms",                                                \
      "for which something finished has been waiting to be committed; 0 when nothing is")          \
    X(WEIR_GAUGE_QUEUED, "queued_batches", "batches", "that wait for a worker")                    \
    X(WEIR_GAUGE_BUSY, "busy_workers", "threads", "that have a batch")                             \
    X(WEIR_GAUGE_MAY_OWN, "color_may_own", "colors",                                               \
      "1: this member's color may own partitions; 0: it may not, or there are no colors")          \
    X(WEIR_GAUGE_EPOCH, "switch_epoch", "epochs",                                                  \
      "of which color may own; 0: there are no colors")                                            \
    X(WEIR_GAUGE_PHASE, "switch_phase", "steps",                                                   \
      "0 idle, 1 prepared, 2 draining, 3 committed, 4 handed_over, 5 active, 6 returning")         \
    X(WEIR_GAUGE_SHADOW, "shadow_partitions", "partitions",                                        \
      "of these, somebody else's, whose records are handled as a shadow (weir.shadow)")            \
    X(WEIR_GAUGE_HELD, "held_back_records", "records",                                             \
      "in flight for as long as the partition is ours: they failed for good and are held")         \
    X(WEIR_GAUGE_LETTERS, "dead_letters_in_flight", "records",                                     \
      "in flight until their dead letter is acknowledged")

enum weir_gauge_kind {
#define WEIR_GAUGE_ENUM(id, name, unit, sentence) id,
    WEIR_GAUGE_TABLE(WEIR_GAUGE_ENUM)
#undef WEIR_GAUGE_ENUM
        WEIR_GAUGES
};

WEIR_API const char *weir_gauge_name(enum weir_gauge_kind gauge);

/* The one table of histograms: identifier, name, what is counted, sentence. They hold durations,
 * since the consumer was created. */
#define WEIR_HISTOGRAM_TABLE(X)                                                                    \
    X(WEIR_HISTOGRAM_BUFFER, "time_in_buffer", "records",                                          \
      "from intake to the hand-over to a worker, first attempts")                                  \
    X(WEIR_HISTOGRAM_HANDLER, "handler_call", "batches",                                           \
      "one call of the handler, but for those as a shadow")                                        \
    X(WEIR_HISTOGRAM_SHADOW, "shadow_handler_call", "batches",                                     \
      "one call of the handler as a shadow (weir.shadow)")                                         \
    X(WEIR_HISTOGRAM_END_TO_END, "end_to_end", "records",                                          \
      "from the record's timestamp to the end of the call that finished it, by the wall clock")    \
    X(WEIR_HISTOGRAM_WORKER_IDLE, "worker_idle", "waits",                                          \
      "a worker, from the end of one call of the handler to the next")                             \
    X(WEIR_HISTOGRAM_FETCHER_TURN, "fetcher_turn", "turns",                                        \
      "a fetcher, taking records and results and handing batches out")                             \
    X(WEIR_HISTOGRAM_FETCHER_IDLE, "fetcher_idle", "waits", "a fetcher that has nothing to do")    \
    X(WEIR_HISTOGRAM_TAKE_OVER, "take_over", "partitions",                                         \
      "from the moment one could be ours to the start of its first batch")                         \
    X(WEIR_HISTOGRAM_COMMIT, "commit", "requests", "from a commit request to its acknowledgement") \
    X(WEIR_HISTOGRAM_RELEASE, "release", "partitions",                                             \
      "that are handed back, from when nothing of one is with a handler any more to its release")  \
    X(WEIR_HISTOGRAM_SWITCH, "switch_duration", "switches",                                        \
      "between colors, from when this member saw one first to when it saw its end")

enum weir_histogram {
#define WEIR_HISTOGRAM_ENUM(id, name, counted, sentence) id,
    WEIR_HISTOGRAM_TABLE(WEIR_HISTOGRAM_ENUM)
#undef WEIR_HISTOGRAM_ENUM
        WEIR_HISTOGRAMS
};

/* Of a histogram, in nanoseconds; all 0 when nothing was measured. Half of what was measured took
 * p50_ns or less, 90 % took p90_ns or less, 99 % p99_ns, 99.9 % p999_ns: these are at most 3.2 %
 * off (32 ns below 1 us), the others exact. */
struct weir_summary {
    size_t size; /* of this structure; set it */
    uint64_t count;
    double sum_ns;
    int64_t min_ns;
    int64_t max_ns;
    int64_t p50_ns;
    int64_t p90_ns;
    int64_t p99_ns;
    int64_t p999_ns;
};

WEIR_API const char *weir_histogram_name(enum weir_histogram histogram);
/* Thread: any, until destroy. While the consumer runs, what is measured meanwhile may be in a part
 * of the numbers. Fills in what `out` has room for. */
WEIR_API void weir_consumer_histogram(const struct weir_consumer *consumer,
                                      enum weir_histogram histogram, struct weir_summary *out);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_METRICS_H */
