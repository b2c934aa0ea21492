/* What does a member that stands by have handled as a shadow? */
#ifndef WEIR_FRAMEWORK_STANDBY_H
#define WEIR_FRAMEWORK_STANDBY_H

#include "framework/coordinator.h"
#include "framework/membership.h"
#include "framework/shadowing.h"
#include <stdbool.h>
#include <stdint.h>

/* Beside a membership, in a group whose members have colors, with weir.shadow=true: while this
 * member's color stands by, what it has on paper is announced to control as if it were assigned,
 * and taken back before the membership goes on with a switch. Claims nothing, and speaks to nobody
 * but control. Zeroed is one that does nothing. Thread: control. Memory: the heap. */
struct weir_standby {
    struct weir_membership *membership; /* NULL: it is not wanted; these two outlive it */
    const struct weir_coordinator_env *env;
    struct weir_shadowing shadowing;
    uint64_t view; /* of the share that was announced last as a whole; 0: none */
};

/* After each step of the membership. */
void weir_standby_serve(struct weir_standby *standby);
/* Is there anything that control has, or is about to get, by its word? */
bool weir_standby_shadows(const struct weir_standby *standby);
/* Is the assignment that has no answer yet one of these? */
bool weir_standby_awaits(const struct weir_standby *standby);
/* An answer of control. False: it is one to the membership. */
bool weir_standby_accepted(struct weir_standby *standby, bool declined);
bool weir_standby_released(struct weir_standby *standby, const struct weir_position *positions,
                           size_t count);
/* Control has let go of everything. */
void weir_standby_leave(struct weir_standby *standby);

#endif /* WEIR_FRAMEWORK_STANDBY_H */
