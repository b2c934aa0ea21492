/* What do a group's members say of a switch? */
#ifndef WEIR_FRAMEWORK_SWITCH_SIGHT_H
#define WEIR_FRAMEWORK_SWITCH_SIGHT_H

#include "framework/roster.h"
#include "framework/switch.h"
#include <stddef.h>

/* Fills `members`, which has room for the whole roster, with those that were read and have a color;
 * returns how many. Borrows from the roster. Pure. Thread: any. */
size_t weir_switch_see(const struct weir_roster *roster, struct weir_switch_member *members);

/* The first topic that a member of the old color names and none of the new one; NULL: there is
 * none, or nobody of the new one, or it is of no account in this step. Borrowed from the roster.
 * Pure. Thread: any. */
const char *weir_switch_see_unread(const struct weir_roster *roster,
                                   const struct weir_switch *record);

#endif /* WEIR_FRAMEWORK_SWITCH_SIGHT_H */
