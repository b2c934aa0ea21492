/* How far is a switch that is followed, partition by partition? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_PROGRESS_H
#define WEIR_TOOLS_ZOO_SWITCH_PROGRESS_H

#include "tools/zoo_switch_sight.h"

/* By the owners that are watched: without any nothing is said. For people, to `out` of the
 * switching. */

/* Partitions that are with the color that is to have them: the new one, or on the way back the old
 * one. */
size_t weir_switch_progress_taken(const struct weir_switching *switching);
/* Has any changed hands since the last call of told? */
bool weir_switch_progress_moved(const struct weir_switching *switching);
void weir_switch_progress_told(struct weir_switching *switching);
/* One line: how many there are, and those that have changed hands. */
void weir_switch_progress_line(const struct weir_switching *switching, int64_t elapsed_ms);
/* A part of a line. */
void weir_switch_progress_bar(const struct weir_switching *switching);
/* At its end: what was measured. */
void weir_switch_progress_gaps(const struct weir_switching *switching);
/* "850 us", "12 ms", "1.2 s" */
enum { WEIR_SWITCH_SPAN_SIZE = 24 };
const char *weir_switch_progress_span(int64_t time_ns, char out[WEIR_SWITCH_SPAN_SIZE]);

#endif /* WEIR_TOOLS_ZOO_SWITCH_PROGRESS_H */
