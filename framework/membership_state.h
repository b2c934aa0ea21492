/* What do the parts of a membership share? */
#ifndef WEIR_FRAMEWORK_MEMBERSHIP_STATE_H
#define WEIR_FRAMEWORK_MEMBERSHIP_STATE_H

#include "framework/membership.h"
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
    WEIR_TAG_PROPOSE
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

/* membership_group.c: the others, and who gets what. */
void weir_membership_go_on_reading(struct weir_membership *membership);
bool weir_membership_hear_group(struct weir_membership *membership,
                                const struct weir_zoo_event *event);
void weir_membership_group_changed(struct weir_membership *membership, const char *path);
void weir_membership_divide(struct weir_membership *membership);

/* membership_announce.c */
void weir_membership_announce(struct weir_membership *membership);
void weir_membership_announce_lost(struct weir_membership *membership, bool all);

#endif /* WEIR_FRAMEWORK_MEMBERSHIP_STATE_H */
