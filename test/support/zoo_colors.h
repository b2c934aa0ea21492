/* What is on the ZooKeeper of zoo_desk.h of a group whose members have colors? */
#ifndef WEIR_TEST_ZOO_COLORS_H
#define WEIR_TEST_ZOO_COLORS_H

#include <stdbool.h>

#include "framework/switch.h"

/* Members a and b are blue, c and d are green, of two partitions of the four of "orders" each.
 * Thread: the test's. */

/* All four have joined and divided each color; blue is active, and has everything. */
void zoo_colors_settle(void);
/* Joins, subscribed to this topic of four partitions. */
void zoo_colors_join(const char *id, const char *color, const char *strategy, const char *topic);
/* This handler is in it, which has joined; NULL: it does not say. */
void zoo_colors_equip(const char *id, const char *handler, const char *version);
/* Of its members that are there now. */
void zoo_colors_divide(const char *color);
void zoo_colors_leave(const char *id);

/* The record as it stands there; it must be good, and it is as new without one. */
void zoo_colors_read(struct weir_switch *out);
void zoo_colors_write(const struct weir_switch *record);
/* Nothing is under way, and this color is active. */
void zoo_colors_activate(const char *color);
/* Somebody else's request, if the record allows it. */
bool zoo_colors_ask(const char *id, const char *to);
/* The members see the record, and do and say what it asks for. They do not write it. `stubborn`
 * (NULL: nobody) does and says nothing. */
void zoo_colors_follow(const char *stubborn);
/* What each member of blue tells of itself in draining, and of green in active, from now on; until
 * the next settle. NULL: nothing. */
void zoo_colors_tell(const struct weir_vitals *blue, const struct weir_vitals *green);

#endif /* WEIR_TEST_ZOO_COLORS_H */
