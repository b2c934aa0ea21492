/* Which news of the group does control hear next? */
#ifndef WEIR_FRAMEWORK_ANNOUNCER_H
#define WEIR_FRAMEWORK_ANNOUNCER_H

#include "framework/client.h"
#include <stdbool.h>
#include <stddef.h>
#include <weir/export.h>

/* Control has one rebalance at a time: it hears of the next one when it has answered the last, and
 * what it holds it was told to hand back or that it is lost before it is given something else.
 * librdkafka (2.0.2 at least) keeps to neither. While it waits for an answer it may join again, on
 * a change of metadata, say, and announce the next assignment; and it may announce an assignment
 * that replaces the last one without a word about that. The announcer lies between: it keeps news
 * until they are due, and says itself what was left unsaid.
 *
 * Where the group hands partitions over one by one (`incremental`) an announcement is a difference,
 * and all of them are answered in turn. Otherwise an assignment is everything; the answer to one
 * that has been overtaken is not for the library any more.
 *
 * Pure, but for memory. Thread: control. */
struct weir_announcement;

struct weir_announcer {
    bool incremental;
    struct weir_announcement *waiting; /* heard, not told yet */
    struct weir_announcement *told;    /* the last one; its positions are lent */
    struct weir_announcement *held;    /* not incremental: the assignment in force; may be `told` */
    bool unanswered;
};

/* Takes a copy of what the library announced: assigned, revoked or lost. False: out of memory. */
WEIR_MUST_CHECK bool weir_announcer_hear(struct weir_announcer *announcer,
                                         const struct weir_client_event *event);

/* What is due now, false when nothing is. Positions are lent until the next call. */
bool weir_announcer_next(struct weir_announcer *announcer, struct weir_client_event *out);

/* Control answers what it was told last. False: the answer is not for the library. True also when
 * nothing was asked. */
bool weir_announcer_answer(struct weir_announcer *announcer);

/* Does control hand back what it was told to, and has not answered? */
bool weir_announcer_hands_back(const struct weir_announcer *announcer);
/* Has the library announced meanwhile what came of another join, and is this partition, which is
 * still being handed back, not in it? Then it is somebody else's. */
bool weir_announcer_gave_away(const struct weir_announcer *announcer,
                              const struct weir_position *position);

void weir_announcer_fini(struct weir_announcer *announcer);

#endif /* WEIR_FRAMEWORK_ANNOUNCER_H */
