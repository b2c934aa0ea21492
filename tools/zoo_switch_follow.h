/* How does a switch go on, and how does it end? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_FOLLOW_H
#define WEIR_TOOLS_ZOO_SWITCH_FOLLOW_H

#include "tools/zoo_switch_sight.h"

/* Shows each step of the switch with this id as it comes, takes the steps that nobody else takes,
 * and tells the end. WEIR_EXIT_OK: it ended so. WEIR_EXIT_TRY_AGAIN: otherwise, or nothing is known
 * of it any more. WEIR_EXIT_UNAVAILABLE: no answer for timeout_ms. */
int weir_switching_follow(struct weir_switching *switching, const char *id,
                          enum weir_switch_outcome expected);
/* How the switch with this id ended; NULL: not that the record knew. */
const struct weir_switch_past *weir_switching_past(const struct weir_switch *record,
                                                   const char *id);
/* Tells how it ended; the exit code as above. */
int weir_switching_tell_end(const struct weir_switching *switching,
                            const struct weir_switch_past *past, int64_t elapsed_ms,
                            enum weir_switch_outcome expected);

#endif /* WEIR_TOOLS_ZOO_SWITCH_FOLLOW_H */
