/* Which offsets should be written to the store now? */
#ifndef WEIR_OFFSETS_COMMITTER_H
#define WEIR_OFFSETS_COMMITTER_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <stdint.h>

/* A partition is dirty from the moment its watermark moves until the store acknowledged that very
 * watermark. One request is out at a time and carries every dirty partition; while it is out only
 * the newest watermark of each is remembered. Refused or unanswered ones stay dirty and are sent
 * again after a backoff. A clean position is written again once in a long while, because stores
 * forget positions nobody refreshes (KIP-211).
 * Thread: control. Memory: none; entries are embedded in what they speak of. */

enum {
    WEIR_COMMIT_BACKOFF_MS = 100,
    WEIR_COMMIT_BACKOFF_MS_MAX = 5000,
    WEIR_COMMIT_REFRESH_MS = 60 * 60 * 1000
};

/* One partition's. */
struct weir_commit {
    struct weir_commit *next;
    struct weir_commit *previous;
    int64_t watermark;
    int64_t sent;   /* in the request that is out; -1: not in it */
    int64_t acked;  /* by the store, or the position it began with */
    int64_t stored; /* what the store holds as far as we know; -1: nothing */
    weir_time acked_at;
    bool member;
};

struct weir_committer {
    struct weir_commit *first; /* all members */
    uint32_t dirty;            /* members whose watermark is not acked and not sent */
    uint32_t failures;         /* requests in a row with a failure */
    bool out;                  /* a request is out */
    bool failed;               /* something in it was refused */
    bool urgent;               /* do not wait for the interval */
    weir_time interval_ns;
    weir_time sent_at;
    weir_time not_before; /* backoff */
    weir_time refresh_at;
};

void weir_committer_init(struct weir_committer *committer, int64_t interval_ms, weir_time now);

/* `acked` is what the store holds, -1 if nothing. A position that differs from it was chosen by a
 * policy; it counts as clean and is not written before a record was done (but see keep). */
void weir_committer_add(struct weir_committer *committer, struct weir_commit *commit,
                        int64_t position, int64_t acked, weir_time now);
/* The position it began with is to be written although no record was done. Only right after add. */
void weir_committer_keep(struct weir_committer *committer, struct weir_commit *commit);
/* Also while a request with it is out: the answer for it is then ignored. Idempotent. */
void weir_committer_remove(struct weir_committer *committer, struct weir_commit *commit);
/* Ignores what does not move forward. */
void weir_committer_moved(struct weir_committer *committer, struct weir_commit *commit,
                          int64_t watermark);
/* Send what is dirty as soon as possible, until nothing is dirty. */
void weir_committer_hurry(struct weir_committer *committer);

/* When a request should be sent, be it for a refresh; WEIR_TIME_NEVER without members or while one
 * is out. */
weir_time weir_committer_due(const struct weir_committer *committer);
/* Opens a request: the caller visits members with weir_committer_next (NULL starts), each dirty one
 * once, and sends its `sent`. When a refresh finds none, the caller closes without sending. */
void weir_committer_open(struct weir_committer *committer, weir_time now);
struct weir_commit *weir_committer_next(const struct weir_committer *committer,
                                        const struct weir_commit *after);
/* The request that was opened is not sent after all: all is as before, and due at once. */
void weir_committer_withdraw(struct weir_committer *committer);
/* The store's word on one partition of the request, then on the request as a whole. Partitions it
 * did not speak of count as refused. */
void weir_committer_settle(struct weir_committer *committer, struct weir_commit *commit, bool ok,
                           weir_time now);
void weir_committer_close(struct weir_committer *committer, weir_time now);

bool weir_commit_is_clean(const struct weir_commit *commit);

#endif /* WEIR_OFFSETS_COMMITTER_H */
