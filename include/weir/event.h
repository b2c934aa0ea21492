/* What happened inside a consumer, as it happened? */
#ifndef WEIR_EVENT_H
#define WEIR_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The one table of events: identifier, name in the event stream, sentence. Events that announce an
 * act are given before it, events that report one after it. */
#define WEIR_EVENT_TABLE(X)                                                                        \
    X(WEIR_EVENT_STATE, "state", "the consumer entered the state in `count`")                      \
    X(WEIR_EVENT_ASSIGN, "assign", "spans: partitions that are ours now, first = position")        \
    X(WEIR_EVENT_REVOKE_BEGIN, "revoke_begin", "spans: partitions that are being handed back")     \
    X(WEIR_EVENT_REVOKE_END, "revoke_end", "spans: partitions that were handed back")              \
    X(WEIR_EVENT_LOST, "lost", "spans: partitions that were taken away; nothing is committed")     \
    X(WEIR_EVENT_DELIVER, "deliver", "spans: offset ranges taken into the reservoir")              \
    X(WEIR_EVENT_HANDLER_START, "handler_start", "spans: offset ranges given to a handler")        \
    X(WEIR_EVENT_HANDLER_END, "handler_end", "spans: offset ranges a handler finished as done")    \
    X(WEIR_EVENT_RETRY, "retry", "a record failed and waits for attempt `count`")                  \
    X(WEIR_EVENT_SKIP, "skip", "a record failed for good and is passed over by policy")            \
    X(WEIR_EVENT_STOP, "stop", "a record failed for good and stops the consumer by policy")        \
    X(WEIR_EVENT_COMMIT_REQUEST, "commit_req", "spans: next offsets about to be committed")        \
    X(WEIR_EVENT_COMMIT_OK, "commit_ok", "spans: next offsets the store acknowledged")             \
    X(WEIR_EVENT_COMMIT_ERROR, "commit_err", "spans: next offsets the store refused; retried")     \
    X(WEIR_EVENT_END, "end", "a partition was read to its end, `offset` is the next to come")      \
    X(WEIR_EVENT_OUT_OF_RANGE, "out_of_range", "`offset` does not exist any more or not yet")      \
    X(WEIR_EVENT_RESET, "reset", "a partition goes on at `offset` because of a policy")            \
    X(WEIR_EVENT_TRUNCATION, "truncation", "the log ends below our position")                      \
    X(WEIR_EVENT_TOPIC_ERROR, "topic_error", "a topic or partition cannot be read")                \
    X(WEIR_EVENT_CLIENT_ERROR, "client_error", "brokers cannot be reached or refuse us")           \
    X(WEIR_EVENT_DRAIN_TIMEOUT, "drain_timeout", "spans: partitions whose handlers did not end")   \
    X(WEIR_EVENT_FATAL, "fatal", "the consumer cannot go on; see status and text")                 \
    X(WEIR_EVENT_DROPPED, "dropped", "`count` events were not read in time (next_event only)")     \
    X(WEIR_EVENT_SWITCH_STEP, "switch_step",                                                       \
      "the group's switch between colors: `count` is the epoch, `text` the step and the color")    \
    X(WEIR_EVENT_SWITCH_HEALTH, "switch_health",                                                   \
      "how the new color does: `count` is the epoch, `text` healthy, unhealthy: why, or unjudged") \
    X(WEIR_EVENT_HOLD, "hold", "a record failed for good and is held: not committed, comes again") \
    X(WEIR_EVENT_FAIL, "fail", "a record failed for good, and its dead letter is on its way")      \
    X(WEIR_EVENT_DEAD_LETTER, "dead_letter", "the dead letter of a record is acknowledged")

enum weir_event_kind {
#define WEIR_EVENT_ENUM(id, name, sentence) id,
    WEIR_EVENT_TABLE(WEIR_EVENT_ENUM)
#undef WEIR_EVENT_ENUM
        WEIR_EVENT_KINDS
};

/* A range of one partition: offsets first..last, `count` records (holes are normal). Where only one
 * offset makes sense (position, commit) it is `first`, and last = first. -1 means none. */
struct weir_span {
    const char *topic;
    int64_t first;
    int64_t last;
    int32_t partition;
    uint32_t count;
};

/* Borrowed for the call. Fields that the kind does not mention are 0, -1 or NULL. */
struct weir_event {
    size_t size; /* of this structure */
    enum weir_event_kind kind;
    enum weir_status status;
    int64_t time_ns; /* monotonic clock; events of two threads are in its order */
    const char *topic;
    int32_t partition; /* -1: none */
    int64_t offset;    /* -1: none */
    int64_t count;
    const char *text; /* a sentence, or NULL */
    const struct weir_span *spans;
    size_t span_count;
    uint64_t batch; /* pairs handler_start with handler_end; 0: none */
    bool shadow;    /* of partitions of which this consumer is a shadow: somebody else owns them,
                       and nothing is committed */
};

/* Thread: any of weir's, many at once. Must be quick: it runs on the threads that move records.
 * Must not call the consumer. */
typedef void weir_event_fn(const struct weir_event *event, void *user);

WEIR_API const char *weir_event_name(enum weir_event_kind kind);

/* One that weir_consumer_next_event gave, with all it points to. NULL is fine. */
WEIR_API void weir_event_destroy(struct weir_event *event);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_EVENT_H */
