/* At which offset does a partition start? */
#ifndef WEIR_FRAMEWORK_RESOLVE_H
#define WEIR_FRAMEWORK_RESOLVE_H

#include "framework/client.h"
#include "offsets/store.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* What a partition without a usable position gets. */
enum weir_start { WEIR_START_EARLIEST, WEIR_START_LATEST, WEIR_START_TIMESTAMP, WEIR_START_ERROR };

enum { WEIR_RESOLVE_TIMEOUT_MS = 10000 };

/* One partition's answer. */
struct weir_resolved {
    int64_t committed; /* what the store holds, WEIR_OFFSET_NONE if nothing */
    int64_t end;       /* of the log, if it was asked for */
    bool absent;       /* the partition does not exist yet */
    bool at_end;       /* by policy it starts where the log ended when it was asked */
};

/* A question about some partitions, asked on a side thread because it blocks. Owned by whoever
 * asks, who must not touch it until the answer is there. */
struct weir_resolve {
    struct weir_client *client;
    struct weir_store *store; /* NULL: the positions are known to be unusable */
    enum weir_start start;
    int64_t start_timestamp_ms;
    int64_t timeout_ms; /* of each thing that is asked for; WEIR_RESOLVE_TIMEOUT_MS at first */
    bool wants_end;
    /* A partition that does not exist gets offset 0, where it will begin. Else the whole answer is
     * WEIR_ERR_NOT_FOUND: a broker that was asked too early may know it a moment later. */
    bool absent_is_new;
    /* A partition that is not answered for, for a reason that may pass, is left out of the answer.
     * Else its failure is that of the whole answer. */
    bool may_lack;
    struct weir_position *positions; /* in: topics and partitions; out: offsets to start at */
    struct weir_resolved *resolved;
    size_t count;
    size_t answered; /* so many of them; the rest, at the end of the list, is left out */
    enum weir_status status;
    struct weir_error error;
    void *user;
    char *topics; /* what the positions' topics point into */
};

/* Copies the positions. NULL when out of memory. */
struct weir_resolve *weir_resolve_create(const struct weir_position *positions, size_t count);
void weir_resolve_destroy(struct weir_resolve *resolve);

/* Thread: a side thread. Blocks up to a few times timeout_ms. */
void weir_resolve_run(void *resolve);

#endif /* WEIR_FRAMEWORK_RESOLVE_H */
