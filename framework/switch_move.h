/* How does the record of a switch change? What its steps and its askers share. */
#ifndef WEIR_FRAMEWORK_SWITCH_MOVE_H
#define WEIR_FRAMEWORK_SWITCH_MOVE_H

#include "framework/switch.h"

/* Pure. Thread: any. Memory: the caller's; `next` is another one than `record`. */

/* The color "" is none, and equals nothing. */
bool weir_switch_is_color(const char *color, const char *other);
/* Whatever somebody says becomes a text that can be written and read again: cut to size, what is
 * not printable is '?'. */
void weir_switch_copy_text(char *out, size_t size, const char *text);

/* Each of these is one write. */
void weir_switch_move(const struct weir_switch *record, enum weir_switch_step step,
                      struct weir_switch *next);
/* To HANDED_OVER. */
void weir_switch_hand_over(const struct weir_switch *record, struct weir_switch *next);
/* To RETURNING. */
void weir_switch_move_back(const struct weir_switch *record, const char *why,
                           struct weir_switch *next);
/* To IDLE, and the request into the history. */
void weir_switch_end(const struct weir_switch *record, enum weir_switch_outcome outcome,
                     const char *why, int64_t wall_ms, struct weir_switch *next);

/* As weir_switch_next, as if it were no half of a swap. */
bool weir_switch_next_alone(const struct weir_switch *record, const struct weir_switch_sight *sight,
                            struct weir_switch *next);
/* Does `next`, which follows `record`, begin to move something, set offsets back, or say how the
 * switch ends? */
bool weir_switch_decides(const struct weir_switch *record, const struct weir_switch *next);

#endif /* WEIR_FRAMEWORK_SWITCH_MOVE_H */
