/* Which event is this line? */
#ifndef WEIR_TEST_STREAM_PARSE_H
#define WEIR_TEST_STREAM_PARSE_H

#include <stddef.h>
#include <weir/export.h>

#include "test/support/stream.h"

/* Strings that events share. */
struct stream_names {
    char **names;
    size_t count;
};

const char *stream_names_intern(struct stream_names *names, const char *name);
void stream_names_fini(struct stream_names *names);

/* NULL, with a sentence in `problem`, if the line is no event. The caller frees the event's spans
 * and text, then it. */
WEIR_MUST_CHECK struct stream_event *stream_parse(struct stream_names *names, const char *line,
                                                  size_t length, char *problem,
                                                  size_t problem_size);
void stream_event_destroy(struct stream_event *event);

#endif /* WEIR_TEST_STREAM_PARSE_H */
