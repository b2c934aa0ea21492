/* Which partitions did the user give to this member? */
#ifndef WEIR_STRATEGIES_STATIC_H
#define WEIR_STRATEGIES_STATIC_H

#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* A list such as "orders:0-3,7 payments:0": topics separated by blanks or semicolons, each with
 * partition numbers and ranges separated by commas. Pure. Thread: any. Memory: the heap. */
struct weir_static_partition {
    const char *topic; /* same pointer for equal topics; borrowed from the list */
    int32_t partition;
};

struct weir_static {
    struct weir_static_partition *partitions; /* by topic as first written, then by number */
    size_t count;                             /* at least 1, at most WEIR_STATIC_PARTITIONS_MAX */
    char *text;                               /* what the topics point into */
};

/* WEIR_ERR_CONFIG: "at character N: ..."; the text of the list is not in it. WEIR_ERR_NOMEM.
 * Fini accepts zeroed memory. */
WEIR_MUST_CHECK enum weir_status weir_static_parse(const char *text, struct weir_static *out,
                                                   struct weir_error *error);
void weir_static_fini(struct weir_static *list);

#endif /* WEIR_STRATEGIES_STATIC_H */
