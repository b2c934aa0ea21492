/* Which partitions does control hold, and in which state? */
#ifndef WEIR_FRAMEWORK_HOLDING_H
#define WEIR_FRAMEWORK_HOLDING_H

#include "framework/rebalance.h"
#include "framework/slot.h"
#include "offsets/committer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Control's side of one partition, from the assignment to the last trace of it. */
struct weir_holding {
    struct weir_tenure tenure; /* first */
    struct weir_commit commit;
    weir_time dirty_since;     /* when something finished first that is not committed; 0: nothing */
    struct weir_holding *next; /* in its bucket, or in control's list of those that close */
    struct weir_slot *slot;    /* NULL while it is not known where it starts, or starts anew */
    int64_t end;               /* of the log when it was assigned; -1 unknown */
    int64_t began;             /* the first offset of this assignment; -1: unplaced */
    weir_time since;           /* when it could be ours; 0: of no interest any more */
    weir_time idle_at;         /* handed back, and nothing is out since then; 0: not yet */
    bool restarting;           /* its slot is being closed to start anew, or it is unplaced */
    bool unplaced;             /* never started: nobody could say where */
    bool asked;                /* where to start anew; the answer is under way */
    bool plugged;              /* its slot still has its source */
    bool contested;            /* somebody else has claimed it, and that was said */
    bool shadow;               /* somebody else's: handled as a copy, never committed */
    int64_t halt;              /* its stop offset; INT64_MAX: none */
    int64_t missing;           /* the offset that did not exist */
    int64_t prefilled;         /* its slot waits, filled from there on; -1: it does not */
    bool awaited;              /* prefilled: there is something, and none of it has come */
    weir_time restart_at;      /* when to ask again where to start anew */
    int32_t partition;
    char topic[];
};

enum { WEIR_HOLDING_BUCKETS = 1024 };

/* Thread: control. Memory: one block per holding. */
struct weir_holdings {
    struct weir_holding *buckets[WEIR_HOLDING_BUCKETS];
    size_t count;
};

/* NULL when out of memory. It must not be held already. */
struct weir_holding *weir_holdings_add(struct weir_holdings *holdings, const char *topic,
                                       int32_t partition);
struct weir_holding *weir_holdings_find(const struct weir_holdings *holdings, const char *topic,
                                        int32_t partition);
/* Takes over one that was removed from another table; it must not be held already. */
void weir_holdings_put(struct weir_holdings *holdings, struct weir_holding *holding);
/* Takes it out of the table: it is the caller's then, who frees it. */
void weir_holdings_remove(struct weir_holdings *holdings, struct weir_holding *holding);
/* NULL starts and ends. The one given may be removed once the next one is known. */
struct weir_holding *weir_holdings_next(const struct weir_holdings *holdings,
                                        const struct weir_holding *after);

#endif /* WEIR_FRAMEWORK_HOLDING_H */
