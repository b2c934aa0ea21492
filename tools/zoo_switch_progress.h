/* How far is a switch that is followed, partition by partition? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_PROGRESS_H
#define WEIR_TOOLS_ZOO_SWITCH_PROGRESS_H

#include "tools/zoo_switch_sight.h"

/* To `out` of the switching, by the owners that are watched: without any nothing is said of them.
 */

/* Partitions that are with the color that is to have them: the new one, or on the way back the old
 * one. */
size_t weir_switch_progress_taken(const struct weir_switching *switching);
/* While it is followed: the step, if it is news, and the partitions that changed hands since the
 * last call; without either only where it is shown in place. */
void weir_switch_progress_step(struct weir_switching *switching, int64_t elapsed_ms, bool news);
/* What is shown in place goes. */
void weir_switch_progress_wipe(const struct weir_switching *switching);
void weir_switch_progress_elapsed(FILE *out, int64_t elapsed_ms);
/* Which of the two halves of a swap the line is of; otherwise nothing. */
void weir_switch_progress_group(const struct weir_switching *switching);
/* At its end: what was measured. */
void weir_switch_progress_gaps(const struct weir_switching *switching);
/* "850 us", "12 ms", "1.2 s" */
enum { WEIR_SWITCH_SPAN_SIZE = 24 };
const char *weir_switch_progress_span(int64_t time_ns, char out[WEIR_SWITCH_SPAN_SIZE]);

#endif /* WEIR_TOOLS_ZOO_SWITCH_PROGRESS_H */
