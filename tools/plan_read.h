/* Which views does a file of JSON hold? */
#ifndef WEIR_TOOLS_PLAN_READ_H
#define WEIR_TOOLS_PLAN_READ_H

#include <stdbool.h>
#include <stdio.h>
#include <weir/plan.h>
#include <weir/status.h>

/* One JSON object behind another, on a line each or on many. Set name and stream, and line to 1.
 * Memory: borrows both. */
struct plan_input {
    const char *name; /* for complaints */
    FILE *stream;
    size_t line; /* of the next byte */
};

/* The next view, which the caller destroys; *out is NULL at the end. WEIR_ERR_CONFIG with name,
 * line and reason, WEIR_ERR_IO, WEIR_ERR_NOMEM. Reads no byte behind the object, so that it can be
 * answered before the next one is written. */
WEIR_MUST_CHECK enum weir_status plan_read(struct plan_input *input, struct weir_view **out,
                                           struct weir_error *error);

#endif /* WEIR_TOOLS_PLAN_READ_H */
