/* When may the two halves of a swap begin, and in what do they end? */
#ifndef WEIR_FRAMEWORK_SWITCH_PAIR_H
#define WEIR_FRAMEWORK_SWITCH_PAIR_H

#include "framework/switch.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/status.h>

/* A swap is two switches with one id, each in the record of a group of its own, of which the other
 * one is the peer: both are asked for in one transaction. In between each goes its way, partition
 * by partition (switch.h). What both have to agree on is written to both records in one
 * transaction, with the versions of both that were read:
 *
 *     PREPARED, agreed  and  PREPARED, agreed  >  both DRAINING: nothing has moved before that
 *                                                  (who could not begin any more takes it back)
 *     COMMITTED         and  COMMITTED         >  both HANDED_OVER, when offsets are set back, by
 *                                                  who sets them back in both groups with that
 *     ACTIVE, agreed    and  ACTIVE, agreed    >  both done, each with what it found of its color
 *     one is aborted, or goes back, by itself or because somebody wants it  >  the other one,
 *                                                 wherever it is, too
 *
 * So no half is done while the other one may still return, or has, and none returns alone. On the
 * way back each ends by itself. Anybody who sees both records may write it: members of either
 * group, or the tool.
 *
 * Pure. Thread: any. Memory: the caller's. */
struct weir_switch_pair {
    const struct weir_switch *record;
    const struct weir_switch *peer; /* of the other group. NULL: it is not known: nothing is done */
};

/* What is to be written, in one transaction. `next` with the version of the record; of the other
 * record the version must still be that which was read, whether or not it is written. */
struct weir_switch_both {
    struct weir_switch next;
    struct weir_switch peer_next;
    bool checks_peer; /* a transaction with the other record's version, */
    bool writes_peer; /* and with peer_next */
};

/* Is this the half of a swap that is under way? */
bool weir_switch_is_half(const struct weir_switch *record);
/* Are both halves of one swap, and neither is on its way back? */
bool weir_switch_pair_tied(const struct weir_switch *record, const struct weir_switch *peer);

/* The next step by itself, as weir_switch_next; `sight` is of the record's own group. Of a record
 * that is no half it is that, and the peer is of no account. A half whose other one is not tied to
 * it, since somebody changed that by hand, goes back. */
bool weir_switch_pair_next(const struct weir_switch_pair *pair,
                           const struct weir_switch_sight *sight, struct weir_switch_both *out);
/* What an operator may ask for (weir_switch_undo), of both. WEIR_ERR_STATE: as there, or the other
 * one is not known. */
WEIR_MUST_CHECK enum weir_status weir_switch_pair_undo(const struct weir_switch_pair *pair,
                                                       const char *why, int64_t wall_ms,
                                                       struct weir_switch_both *out,
                                                       struct weir_error *error);

#endif /* WEIR_FRAMEWORK_SWITCH_PAIR_H */
