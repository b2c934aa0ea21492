/* What do the parts of a membership share? */
#ifndef WEIR_FRAMEWORK_MEMBERSHIP_STATE_H
#define WEIR_FRAMEWORK_MEMBERSHIP_STATE_H

#include "framework/membership.h"
#include "framework/switch_pair.h"
#include "framework/znode.h"
#include <weir/export.h>

/* What an answer is to; the members of the roster are numbered from READ_MEMBER on, claims are
 * addresses. */
enum {
    WEIR_TAG_NOTHING,
    WEIR_TAG_REGISTER,
    WEIR_TAG_LOOK,
    WEIR_TAG_REPLACE,
    WEIR_TAG_UNREGISTER,
    WEIR_TAG_PUBLISH,
    WEIR_TAG_LIST,
    WEIR_TAG_SHARE,
    WEIR_TAG_NO_SHARE,
    WEIR_TAG_PROPOSE,
    WEIR_TAG_TURN,       /* the record of the switch */
    WEIR_TAG_TURN_WATCH, /* that there is one at last */
    WEIR_TAG_TURN_WRITE,
    WEIR_TAG_STOPS,
    WEIR_TAG_PEER,       /* the record of the other half of a swap */
    WEIR_TAG_PEER_WATCH, /* that there is one at last */
    WEIR_TAG_FOLLOW      /* whose is what we gave back? */
};
#define WEIR_TAG_MEMBER (UINT64_C(1) << 62)

/* membership.c */
void weir_membership_say(struct weir_membership *membership, enum weir_membership_alarm alarm,
                         const char *format, ...) WEIR_PRINTF(3, 4);
/* Sends it, or takes note that it must be tried again. */
bool weir_membership_ask(struct weir_membership *membership,
                         const struct weir_zoo_request *request);
void weir_membership_try_later(struct weir_membership *membership);
bool weir_membership_refused(struct weir_membership *membership, const struct weir_zoo_event *event,
                             const char *what);
/* The same, but that all else goes on. */
bool weir_membership_say_refused(struct weir_membership *membership,
                                 const struct weir_zoo_event *event, const char *what);
/* Everything that depended on the session is gone. */
void weir_membership_lose(struct weir_membership *membership);

/* membership_self.c: our own node. */
void weir_membership_go_on_registering(struct weir_membership *membership);
bool weir_membership_hear_self(struct weir_membership *membership,
                               const struct weir_zoo_event *event);
/* What of the group's folders was not asked for yet. False: there is no room for more requests. */
bool weir_membership_make_folders(struct weir_membership *membership);
/* Our node, as it was read among all. */
void weir_membership_check_self(struct weir_membership *membership,
                                const struct weir_zoo_event *event);
void weir_membership_close_session(struct weir_membership *membership);

/* membership_group.c: the others, and what was divided last. */
void weir_membership_go_on_reading(struct weir_membership *membership);
bool weir_membership_hear_group(struct weir_membership *membership,
                                const struct weir_zoo_event *event);
void weir_membership_group_changed(struct weir_membership *membership, const char *path);
/* The group is another one: it is divided when it has settled. */
void weir_membership_note_change(struct weir_membership *membership);
/* The node of our color's allotment. */
void weir_membership_share_node(const struct weir_membership *membership, struct weir_znode *node);

/* membership_divide.c: who gets what. */
void weir_membership_divide(struct weir_membership *membership);
/* Makes what is wanted follow from the allotment and from what our color may own. */
void weir_membership_want_share(struct weir_membership *membership);

/* membership_switch.c: colors. In a group without them nothing here does anything. */
void weir_membership_go_on_turning(struct weir_membership *membership);
bool weir_membership_hear_turn(struct weir_membership *membership,
                               const struct weir_zoo_event *event);
/* A watch. False: of something else. */
bool weir_membership_turn_changed(struct weir_membership *membership, const char *path);
bool weir_membership_may_own(const struct weir_membership *membership);
/* Does a switch let us wait for no handler of what we hand back? */
bool weir_membership_cuts_short(const struct weir_membership *membership);
/* Is a switch under way in which what our color may own the other one has until it releases it? */
bool weir_membership_contests(const struct weir_membership *membership);
/* True: what others shall know of us changed, and is to be published. */
bool weir_membership_report_progress(struct weir_membership *membership);
/* When a step of the switch is overdue. */
weir_time weir_membership_turn_due(const struct weir_membership *membership);
void weir_membership_forget_turn(struct weir_membership *membership);

/* membership_stops.c: how far our color goes on. */
/* After the record changed. */
void weir_membership_follow_stops(struct weir_membership *membership);
void weir_membership_go_on_stopping(struct weir_membership *membership);
/* False: it is the answer to something else. */
bool weir_membership_hear_stops(struct weir_membership *membership,
                                const struct weir_zoo_event *event);
/* There are some, and they are not known yet. */
bool weir_membership_lacks_stops(const struct weir_membership *membership);
/* Nothing is wanted any more; but what is not at its stop offset. */
void weir_membership_keep_unhalted(struct weir_membership *membership);
weir_time weir_membership_keep_until(const struct weir_membership *membership);
/* When it is said again that what is at its stop offset stands still. */
weir_time weir_membership_held_due(const struct weir_membership *membership);
void weir_membership_forget_stops(struct weir_membership *membership);

bool weir_membership_is_connected(const struct weir_membership *membership);

/* membership_waves.c: what our color hands back in a switch begins to a few at a time. */
/* So many of those that are to be revoked are now. */
size_t weir_membership_begin_wave(struct weir_membership *membership, size_t waiting);
/* Of the look at what we gave back; WEIR_TAG_NOTHING: nobody waits for that. */
uint64_t weir_membership_follow_tag(const struct weir_membership *membership);
/* False: it is the answer to something else. */
bool weir_membership_hear_followed(struct weir_membership *membership,
                                   const struct weir_zoo_event *event);
/* A watch. False: of something else. */
bool weir_membership_owner_changed(struct weir_membership *membership, const char *path);

/* By our own catalog. */
bool weir_membership_has_partition(const struct weir_membership *membership, const char *topic,
                                   int32_t partition);

/* membership_vitals.c: how we do, while the health of a color is watched. */
/* After the record changed. */
void weir_membership_follow_vitals(struct weir_membership *membership);
void weir_membership_go_on_measuring(struct weir_membership *membership);
weir_time weir_membership_measure_due(const struct weir_membership *membership);
void weir_membership_forget_vitals(struct weir_membership *membership);

/* membership_peer.c: the other half of a swap, in another group. */
/* After our record changed. */
void weir_membership_follow_peer(struct weir_membership *membership);
void weir_membership_go_on_reading_peer(struct weir_membership *membership);
/* False: it is the answer to something else. */
bool weir_membership_hear_peer(struct weir_membership *membership,
                               const struct weir_zoo_event *event);
/* A watch. False: of something else. */
bool weir_membership_peer_changed(struct weir_membership *membership, const char *path);
/* Both halves as they were read last. */
struct weir_switch_pair weir_membership_pair(const struct weir_membership *membership);
/* What is read of the other half may be out of date. */
bool weir_membership_awaits_peer(const struct weir_membership *membership);
void weir_membership_forget_peer(struct weir_membership *membership);
/* Is it refused to write both? What has nothing to do with the other half goes on meanwhile. */
bool weir_membership_peer_refused(struct weir_membership *membership,
                                  const struct weir_zoo_event *event);
weir_time weir_membership_peer_due(const struct weir_membership *membership);

/* membership_announce.c */
void weir_membership_announce(struct weir_membership *membership);
void weir_membership_announce_lost(struct weir_membership *membership, bool all);

#endif /* WEIR_FRAMEWORK_MEMBERSHIP_STATE_H */
