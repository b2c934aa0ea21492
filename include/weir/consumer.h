/* How does a program run a consumer? */
#ifndef WEIR_CONSUMER_H
#define WEIR_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/config.h>
#include <weir/event.h>
#include <weir/handler.h>
#include <weir/metrics.h>
#include <weir/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One member: its threads, its connection, its partitions. Two consumers in one process share
 * nothing. Thread: any, unless a call says otherwise. */
struct weir_consumer;

#define WEIR_STATE_TABLE(X)                                                                        \
    X(WEIR_STATE_CREATED, "created", "not started")                                                \
    X(WEIR_STATE_RUNNING, "running", "started; joins, consumes, waits for brokers")                \
    X(WEIR_STATE_DRAINING, "draining", "takes no more records; finishes and commits")              \
    X(WEIR_STATE_STOPPED, "stopped", "everything that began was finished and committed")           \
    X(WEIR_STATE_INCOMPLETE, "incomplete", "stopped, but something unfinished will come again")    \
    X(WEIR_STATE_FAILED, "failed", "stopped by an error; see weir_consumer_error")

enum weir_state {
#define WEIR_STATE_ENUM(id, name, sentence) id,
    WEIR_STATE_TABLE(WEIR_STATE_ENUM)
#undef WEIR_STATE_ENUM
};

/* One line of the log: no newline, no secrets. level as in syslog: 3 error, 4 warning, 6 info,
 * 7 debug. Borrowed for the call. */
struct weir_log_line {
    size_t size; /* of this structure */
    int level;
    const char *tag; /* the part that speaks */
    const char *text;
    const char *data; /* what the text says of numbers, as a JSON object; NULL: nothing */
};

/* Thread: any of weir's, one call at a time. Must not call the consumer. */
typedef void weir_log_fn(const struct weir_log_line *line, void *user);

/* Zero what you do not set. */
struct weir_consumer_options {
    size_t size;                        /* of this structure; set it */
    const struct weir_handler *handler; /* NULL: load the plug-in named by weir.handler. It needs
                                           what a plug-in needs: a name and handle */
    void *handler_state;                /* what the handler's slots get when it has no open */
    weir_event_fn *on_event;            /* NULL: nobody listens, and nothing is prepared */
    void *event_user;
    weir_log_fn *on_log; /* NULL: text on standard error */
    void *log_user;
    uint64_t record_limit; /* take no more records than this, then drain; 0: no limit */
    bool until_end; /* drain when every assigned partition is committed up to the end it had when
                       it was assigned */
    size_t event_bytes;   /* keep copies of events for weir_consumer_next_event, of so many bytes at
                             most; 0: none */
    uint64_t event_kinds; /* of which kinds: bits UINT64_C(1) << kind; 0: of all */
};

/* Judges the configuration, loads and opens the handler; connects to nothing. The configuration is
 * copied. WEIR_ERR_CONFIG, WEIR_ERR_PLUGIN, WEIR_ERR_NOMEM; `error` may be NULL. */
WEIR_API WEIR_MUST_CHECK enum weir_status
weir_consumer_create(const struct weir_config *config, const struct weir_consumer_options *options,
                     struct weir_consumer **out, struct weir_error *error);

/* Starts the threads and joins. Once; a second call answers WEIR_ERR_STATE. Brokers that are away
 * are a state, not an error: it keeps trying and says so. WEIR_ERR_NOMEM: a thread cannot be
 * started; it will never run or end, and is to be destroyed. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_consumer_start(struct weir_consumer *consumer,
                                                              struct weir_error *error);

/* Takes no more records, finishes what runs within weir.drain.timeout.ms, commits, leaves. Returns
 * at once; idempotent. */
WEIR_API void weir_consumer_drain(struct weir_consumer *consumer);

/* As drain, but waits for no handler: what is unfinished will come again. Returns at once;
 * idempotent; also shortens a drain. */
WEIR_API void weir_consumer_close(struct weir_consumer *consumer);

/* Ends as a crash would: commits nothing, tells nobody, keeps its place in the group until the
 * session times out. For tests and demonstrations of recovery. Returns at once. */
WEIR_API void weir_consumer_abandon(struct weir_consumer *consumer);

WEIR_API enum weir_state weir_consumer_state(const struct weir_consumer *consumer);
WEIR_API const char *weir_state_name(enum weir_state state);

/* Readable once the consumer has ended (stopped, incomplete or failed), for poll, epoll and
 * uv_poll. Owned by the consumer. */
WEIR_API int weir_consumer_fd(const struct weir_consumer *consumer);

/* Takes the oldest event that is kept (options.event_bytes); the caller owns it, and calls
 * weir_event_destroy. Waits for nothing: WEIR_ERR_NOT_FOUND when there is none, WEIR_ERR_NOMEM.
 * Weir never waits for the reader either: when the copies reach their limit the oldest are dropped,
 * and a WEIR_EVENT_DROPPED event in their place says how many. A batch makes three events or more
 * (deliver, handler_start, handler_end): name the kinds if these are not wanted. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_consumer_next_event(struct weir_consumer *consumer,
                                                                   struct weir_event **out);

/* Readable while next_event has something to give, for poll, epoll (edge-triggered: take all) and
 * uv_poll; nobody else reads it. -1 without options.event_bytes. Owned by the consumer. */
WEIR_API int weir_consumer_events_fd(const struct weir_consumer *consumer);

/* Waits until the consumer has ended, at most timeout_ms (-1: for ever). WEIR_ERR_TIMEOUT. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_consumer_wait(struct weir_consumer *consumer,
                                                             int64_t timeout_ms);

/* Why it failed or is incomplete; code WEIR_OK and empty text otherwise. */
WEIR_API void weir_consumer_error(const struct weir_consumer *consumer, struct weir_error *out);

/* Has everything that is measured said in the log, soon: counters, gauges, histograms, partitions,
 * at whatever level it is; as at the end, where it is said at level info. Returns at once. For
 * people, and for what came in the way of a signal; a program asks weir_consumer_snapshot and
 * weir_consumer_histogram. */
WEIR_API void weir_consumer_emit(struct weir_consumer *consumer);

/* The one table of counters: identifier, name, unit, sentence. They only grow. */
#define WEIR_COUNTER_TABLE(X)                                                                      \
    X(WEIR_COUNTER_FETCHED, "fetched_records", "records", "taken from the client library")         \
    X(WEIR_COUNTER_FETCHED_BYTES, "fetched_bytes", "bytes",                                        \
      "of those, as they count against the buffers")                                               \
    X(WEIR_COUNTER_HANDLED, "handled_records", "records", "a handler was given, each attempt")     \
    X(WEIR_COUNTER_DONE, "done_records", "records", "finished by a handler")                       \
    X(WEIR_COUNTER_BATCHES, "batches", "batches", "a handler was given")                           \
    X(WEIR_COUNTER_RETRIED, "retried_records", "records", "failed attempts that are tried again")  \
    X(WEIR_COUNTER_SKIPPED, "skipped_records", "records", "passed over by the failure policy")     \
    X(WEIR_COUNTER_SHADOW, "shadow_records", "records",                                            \
      "of handled_records, those that a handler was given as a shadow (weir.shadow)")              \
    X(WEIR_COUNTER_SHADOW_FAILED, "shadow_failures", "records",                                    \
      "of those, attempts that failed: retried, or passed over")                                   \
    X(WEIR_COUNTER_SHADOW_OFFSETS, "shadow_offsets", "partitions",                                 \
      "offsets that would have been committed, and were discarded: one for each time")             \
    X(WEIR_COUNTER_FUTURE, "future_records", "records",                                            \
      "done before their own timestamp, by this machine's clock; 0 in end_to_end")                 \
    X(WEIR_COUNTER_STALE, "stale_records", "records", "finished after their partition was lost")   \
    X(WEIR_COUNTER_COMMITS, "commits", "requests", "commit requests that were acknowledged")       \
    X(WEIR_COUNTER_COMMIT_ERRORS, "commit_errors", "partitions", "refused or unanswered commits")  \
    X(WEIR_COUNTER_ASSIGNED, "assigned_partitions", "partitions", "that became ours")              \
    X(WEIR_COUNTER_REVOKED, "revoked_partitions", "partitions", "handed back after a drain")       \
    X(WEIR_COUNTER_LOST, "lost_partitions", "partitions", "taken away without a drain")            \
    X(WEIR_COUNTER_DRAIN_TIMEOUTS, "drain_timeouts", "partitions",                                 \
      "given up while a handler still ran (weir.drain.timeout.ms, or a switch)")                   \
    X(WEIR_COUNTER_HANDED_OVER, "handed_over_partitions", "partitions",                            \
      "handed back because this member's color may not own any more")                              \
    X(WEIR_COUNTER_TAKEN_OVER, "taken_over_partitions", "partitions",                              \
      "that became ours while a switch between colors was under way")                              \
    X(WEIR_COUNTER_PREFILLED, "prefilled_partitions", "partitions",                                \
      "of assigned_partitions, those that were fetched already when they became ours")             \
    X(WEIR_COUNTER_REFUSED_RECORD, "claims_refused_by_record", "claims",                           \
      "the record of the switch was another one by then; it is read, and they may come again")     \
    X(WEIR_COUNTER_REFUSED_OWNER, "claims_refused_by_owner", "claims",                             \
      "somebody else had the partition still; they wait")                                          \
    X(WEIR_COUNTER_DUAL_ACTIVE, "dual_active_partitions", "partitions",                            \
      "somebody else claimed while we worked on them, and were sure of it: must stay 0")           \
    X(WEIR_COUNTER_RESETS, "offset_resets", "events", "positions moved by policy")                 \
    X(WEIR_COUNTER_WAKEUPS, "fetcher_wakeups", "wakeups", "turns of the fetcher loops")            \
    X(WEIR_COUNTER_WORKERS, "workers_started", "threads", "worker threads started on demand")      \
    X(WEIR_COUNTER_HELD, "held_records", "records", "failed for good, and held by the policy")     \
    X(WEIR_COUNTER_LETTERS, "dead_letters", "records",                                             \
      "failed for good, their letter acknowledged")                                                \
    X(WEIR_COUNTER_LETTERS_FAILED, "dead_letters_failed", "records",                               \
      "failed for good, and their dead letter could not be written (weir.dead.letter.failure)")

enum weir_counter {
#define WEIR_COUNTER_ENUM(id, name, unit, sentence) id,
    WEIR_COUNTER_TABLE(WEIR_COUNTER_ENUM)
#undef WEIR_COUNTER_ENUM
        WEIR_COUNTERS
};

WEIR_API const char *weir_counter_name(enum weir_counter counter);
WEIR_API uint64_t weir_consumer_counter(const struct weir_consumer *consumer,
                                        enum weir_counter counter);

/* NULL is fine. Closes first when it has not ended, waits for weir's own threads, then calls the
 * handler's close and waits for it, however long. Everything else has a limit: a handle that
 * outlived the drain 1 s, one that lost its partition, worker_open and worker_close as long as a
 * drain (weir.drain.timeout.ms, 5 s at least), the client library 10 s. What never comes to its end
 * keeps its thread, what it holds and the connection, which are left behind (the log says so):
 * WEIR_ERR_TIMEOUT, and what the options named must live on. Not from a callback. */
WEIR_API enum weir_status weir_consumer_destroy(struct weir_consumer *consumer);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_CONSUMER_H */
