/* What does a consumer say that it does? */
#ifndef WEIR_TEST_STREAM_H
#define WEIR_TEST_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/event.h>
#include <weir/export.h>

/* One JSON object per line, as `weir run --events FILE` writes them (keyed by "ev") and as Kafka's
 * verifiable consumer does (keyed by "name"). Several processes may append to one file. */
struct stream;

enum {
    STREAM_OTHER = -1, /* kind of an event that weir/event.h does not have */
    STREAM_NONE = -1   /* partition or offset that is not said */
};

struct stream_span {
    const char *topic;
    int64_t first;
    int64_t last;
    int64_t count; /* records in it; fewer than last - first + 1 where the log has holes */
    int32_t partition;
};

/* Lives as long as its stream. Strings are never NULL. */
struct stream_event {
    int kind; /* enum weir_event_kind or STREAM_OTHER, as for all that a shadow says */
    bool shadow;
    const char *name; /* as in the line */
    bool foreign;     /* a line of the verifiable consumer's, its kind being the nearest of ours */
    int64_t time_ns;  /* monotonic; of a foreign event the wall clock, to the millisecond */
    int64_t wall_ns;  /* the wall clock, to the millisecond; 0: not said */
    int64_t pid;
    const char *instance;
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t count;
    uint64_t batch;
    const char *status;
    const char *text;
    const struct stream_span *spans;
    size_t span_count;
    size_t line; /* from 1 */
};

/* The file need not be there yet. */
WEIR_MUST_CHECK struct stream *stream_open(const char *path);
/* Hand-made lines, for tests of the judge. */
WEIR_MUST_CHECK struct stream *stream_from_text(const char *name, const char *lines);
void stream_close(struct stream *stream); /* NULL is accepted */

/* Before the first read: nothing is kept that only repeats, which saves memory. */
void stream_keep_less(struct stream *stream);
/* Takes in the whole lines that came since the last call. A line that is no event fails the test,
 * naming file and line; a last line without its end is left for the next call, for ever if the
 * writer was killed. If the next life of a killed writer went on in the line, its event counts; if
 * it began a new one, what was cut short is passed over. */
void stream_read(struct stream *stream);
/* Moves the times of all that was read to the wall clock, by one span for all of them: so that
 * machines can be compared as well as their clocks agree, and the verifiable consumer with weir.
 * The stream must be of one machine, between two starts of it. */
void stream_use_wall_clock(struct stream *stream);
const char *stream_name(const struct stream *stream);
/* Does weir speak for itself in it? Then the verifiable consumer's lines only repeat that. */
bool stream_has_own(const struct stream *stream);
size_t stream_count(const struct stream *stream);
const struct stream_event *stream_at(const struct stream *stream, size_t index);

typedef bool stream_match_fn(const struct stream_event *event, const void *user);

/* The first event after those already awaited that matches, reading on until it comes. The test
 * fails with the last lines of the stream if it does not in time. */
const struct stream_event *stream_await_match(struct stream *stream, stream_match_fn *match,
                                              const void *user, const char *what, int64_t ms);
/* The same by name ("assign", "records_consumed", ...). */
const struct stream_event *stream_await(struct stream *stream, const char *name, int64_t ms);
/* Awaiting begins again at the first event. */
void stream_rewind(struct stream *stream);

/* Records that handlers finished as done, counting every time; topic NULL: of all topics. */
uint64_t stream_completed(const struct stream *stream, const char *topic);
/* How often this record was. Meant for single questions; verify.h judges whole streams. */
uint64_t stream_completions_of(const struct stream *stream, const char *topic, int32_t partition,
                               int64_t offset);
/* Reads all of them until they have completed so many records together. */
void stream_await_completed(struct stream *const *streams, size_t count, uint64_t records,
                            int64_t ms);

/* Is the record within a span of the event? */
bool stream_event_covers(const struct stream_event *event, const char *topic, int32_t partition,
                         int64_t offset);

#endif /* WEIR_TEST_STREAM_H */
