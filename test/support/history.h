/* What happened in a whole group, in the order of time? */
#ifndef WEIR_TEST_HISTORY_H
#define WEIR_TEST_HISTORY_H

#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/stream.h"
#include "test/support/text.h"

/* A member is one life of one consumer: a stream, a pid and an instance. */
struct history_member {
    const struct stream *stream;
    int64_t pid;
    const char *instance;
};

struct history_entry {
    const struct stream_event *event;
    size_t member;
};

/* Of one record. */
struct history_place {
    const char *topic;
    int64_t offset;
    int32_t partition;
};

/* Events of several streams merged by the monotonic clock, which all processes of a machine share;
 * equal times keep the order of the lines. Borrows the streams. */
struct history {
    struct history_member *members;
    size_t member_count;
    struct history_entry *entries;
    size_t count;
};

WEIR_MUST_CHECK struct history *history_create(struct stream *const *streams, size_t count);
void history_destroy(struct history *history);

/* "inst/pid (file:line)". */
void history_name(const struct history *history, const struct history_entry *entry,
                  struct text *text);
/* The events that concern one record: its partition's assignments, revocations and commits, and
 * what happened to the offset itself; the last `most` up to and including entry `until`. */
void history_describe(const struct history *history, size_t until,
                      const struct history_place *place, size_t most, struct text *text);

#endif /* WEIR_TEST_HISTORY_H */
