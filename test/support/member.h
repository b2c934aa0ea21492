/* How does a test run a member of a group, and see what it does? */
#ifndef WEIR_TEST_MEMBER_H
#define WEIR_TEST_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/process.h"
#include "test/support/stream.h"

/* `weir run` with --events: one name, one event stream, one process at a time. All its lives append
 * to the same stream, each under its own pid. Thread: main. */
struct member;

struct member_options {
    const char *folder; /* for its event stream, NAME.events, and stderr, NAME.log */
    const char *name;
    const char *const *settings;  /* "key=value" for -X; ends with NULL */
    const char *const *arguments; /* more of `weir run`; ends with NULL; or NULL */
    const char *events;           /* another file for --events; no stream then. Or NULL */
    int output_fd;                /* > 0: stdout goes there */
    int errors_fd;                /* > 0: stderr goes there, and cannot be read here */
};

/* Starts it. The environment's weir.* settings do not reach it. */
WEIR_MUST_CHECK struct member *member_start(const struct member_options *options);
/* Kills it if it runs; frees. NULL is accepted. */
void member_destroy(struct member *member);

const char *member_name(const struct member *member);
/* Borrowed until member_destroy. NULL: `events` was given. */
struct stream *member_stream(const struct member *member);
/* Of its present or last life. Borrowed until the next one. */
struct process *member_process(const struct member *member);
pid_t member_pid(const struct member *member);

/* SIGTERM; the test fails unless it ends cleanly (exit 0). */
void member_stop(struct member *member);
/* SIGTERM, without waiting. */
void member_begin_stop(struct member *member);
/* The test fails unless it ends by itself with this exit status. */
void member_expect(struct member *member, int status, int64_t ms);
/* kill -9, and it is gone on return. */
void member_kill(struct member *member);
/* The next life, with the same options, after the last one ended. */
void member_restart(struct member *member);

/* Has it said anything in this life? Before that a signal may find nobody who listens for it. */
bool member_has_begun(const struct member *member);
/* Waits for the next assignment of this life that brings `partitions`, or any if that is 0.
 * Borrowed. */
const struct stream_event *member_await_assigned(struct member *member, size_t partitions);
/* Waits until it completed so many records in all its lives. */
void member_await_completed(struct member *member, uint64_t records);

/* Looks at all of its stream so far. `kind` as in weir/event.h; the counts are of events, of their
 * spans (partitions, for assignments), and of their spans' records. */
uint64_t member_count_events(const struct member *member, int kind);
uint64_t member_count_spans(const struct member *member, int kind);
uint64_t member_count_records(const struct member *member, int kind);
/* The most batches that were with handlers at the same time. */
uint64_t member_most_running(const struct member *member);

#endif /* WEIR_TEST_MEMBER_H */
