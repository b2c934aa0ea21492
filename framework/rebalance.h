/* What must happen, in which order, when partitions come and go? */
#ifndef WEIR_FRAMEWORK_REBALANCE_H
#define WEIR_FRAMEWORK_REBALANCE_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <stdint.h>

/* A step machine over tenures: our time with one partition, from the assignment to the last trace.
 *
 *   open ──hand back──► draining ──drained──► idle ──answered──► closing ──closed──► (forgotten)
 *     │                     └─► busy ──drained─┘                      ▲
 *     └───────────────────────── lost ───────────────────────────────┘
 *
 * Handing back has two phases: *finish*, until the fetcher is idle, or the deadline passed and the
 * fetcher has said at least that it is not; then *commit*, until the watermark is acknowledged or
 * its deadline passed. Then the coordinator is answered, or, when the consumer stops, left.
 * Partitions that stay are not touched.
 *
 * A coordinator that wants one answer for all gets it: no partition is in the second phase before
 * all are out of the first. With one that takes them singly each tenure goes by itself, with
 * deadlines of its own; what has come to pass of it by a tick goes in one piece: one commit, one
 * answer. Two more states come before the answer, idle ──► committing ──► done; what is not revoked
 * stays in the last one until all is done and the consumer leaves. Thread: control. Memory: none.
 */

enum weir_tenure_state {
    WEIR_TENURE_OPEN,
    WEIR_TENURE_DRAINING, /* the fetcher has not said anything yet */
    WEIR_TENURE_BUSY,     /* handlers run */
    WEIR_TENURE_IDLE,
    WEIR_TENURE_COMMITTING, /* singly: finished, or given up */
    WEIR_TENURE_DONE,       /* singly: committed, or given up */
    WEIR_TENURE_CLOSING
};

struct weir_tenure {
    struct weir_tenure *next; /* in the list of those being handed back */
    enum weir_tenure_state state;
    bool clean;     /* its watermark is acknowledged */
    bool cut_short; /* weir.drain.timeout.ms is not for its handlers: somebody would not wait */
    bool revoked;   /* singly: to be set before it is named. False: it stops with the consumer */
    bool late;      /* singly: the handlers' deadline passed; now it is the fetcher's */
    weir_time deadline; /* singly: of the state */
};

enum weir_rebalance_phase { WEIR_REBALANCE_QUIET, WEIR_REBALANCE_FINISH, WEIR_REBALANCE_COMMIT };

/* What the machine asks of its surroundings, called from within the steps below. None may call
 * back into the machine. */
struct weir_rebalance_ops {
    /* The fetcher shall hand out no more; answered by weir_rebalance_drained, after
     * weir_rebalance_busy if that takes time. */
    void (*drain)(struct weir_tenure *tenure, void *user);
    /* Commit what is dirty now; answered by weir_rebalance_clean. */
    void (*commit)(void *user);
    /* The fetcher shall drop everything; the tenure is out of the machine's hands. */
    void (*close)(struct weir_tenure *tenure, void *user);
    /* The coordinator may give the partitions to others: all that it revoked; singly, those of them
     * that are done. */
    void (*answer)(void *user);
    /* Everything is handed back and the consumer stops: leave the group. */
    void (*leave)(void *user);
    /* The handlers of this tenure did not end in time; its unfinished records come again. */
    void (*overdue)(struct weir_tenure *tenure, void *user);
};

struct weir_rebalance {
    const struct weir_rebalance_ops *ops;
    void *user;
    struct weir_tenure *returning;   /* those being handed back */
    bool singly;                     /* set it after init, or never */
    enum weir_rebalance_phase phase; /* singly: always quiet */
    weir_time deadline;              /* of the phase; singly: the earliest of theirs */
    bool handlers_late;              /* their deadline passed; now it is the fetchers' */
    int64_t drain_timeout_ms;
    bool answer_due; /* the coordinator waits for us; never singly */
    bool stopping;
    bool left;
};

enum {
    /* Limit of the commit phase: a store that does not answer must not hold the group up. */
    WEIR_REBALANCE_COMMIT_MS = 5000,
    /* What a fetcher may take to say whether handlers run. It does not block, so this is for a
     * machine that starves it. */
    WEIR_REBALANCE_ANSWER_MS = 1000
};

void weir_rebalance_init(struct weir_rebalance *rebalance, const struct weir_rebalance_ops *ops,
                         void *user, int64_t drain_timeout_ms);

/* A revocation or a stop: first name every tenure, then begin. A tenure that is being handed back
 * already stays as it is. */
void weir_rebalance_return(struct weir_rebalance *rebalance, struct weir_tenure *tenure);
/* The coordinator waits for its answer: everything named so far belongs to it. Singly: for what was
 * named since the last time, too. */
void weir_rebalance_revoke(struct weir_rebalance *rebalance, weir_time now);
/* Every tenure there is has been named. */
void weir_rebalance_stop(struct weir_rebalance *rebalance, weir_time now);
/* Wait no longer for handlers, only for the word of the fetchers. */
void weir_rebalance_hurry(struct weir_rebalance *rebalance, weir_time now);
/* The same for those that are being handed back now, and nothing else; before their commit phase.
 */
void weir_rebalance_cut_short(struct weir_rebalance *rebalance, weir_time now);
/* The coordinator took it away: close at once. In any state but closing. */
void weir_rebalance_lose(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                         weir_time now);

/* Handlers run; drained will follow. */
void weir_rebalance_busy(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                         weir_time now);
void weir_rebalance_drained(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                            weir_time now);
/* It is somebody else's already: neither its handlers nor its commit is waited for, and it closes
 * with the others. While it is being handed back; never singly. What follows comes with the tick.
 */
void weir_rebalance_forgo(struct weir_tenure *tenure);
/* Says for each tenure being handed back whether its watermark is acknowledged. */
void weir_rebalance_clean(struct weir_rebalance *rebalance, struct weir_tenure *tenure, bool clean,
                          weir_time now);
/* The store refuses the tenure because the group has moved on. It will not change its mind before
 * the coordinator has its answer, so nobody waits for acknowledgements any more. Singly: of this
 * one. */
void weir_rebalance_refused(struct weir_rebalance *rebalance, struct weir_tenure *tenure,
                            weir_time now);
/* Singly nothing follows from the word of a fetcher, a loss or a refusal before this. */
void weir_rebalance_tick(struct weir_rebalance *rebalance, weir_time now);
weir_time weir_rebalance_due(const struct weir_rebalance *rebalance);

#endif /* WEIR_FRAMEWORK_REBALANCE_H */
