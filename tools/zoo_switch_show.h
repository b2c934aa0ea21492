/* How is a switch shown, to people and as JSON? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_SHOW_H
#define WEIR_TOOLS_ZOO_SWITCH_SHOW_H

#include "tools/zoo_switch_log.h"
#include "tools/zoo_switch_plan.h"
#include "tools/zoo_switch_sight.h"

struct weir_switch_back;

/* To `out` of the switching: as JSON, one line for each call, if it wishes for that. */
void weir_switch_show_status(const struct weir_switching *switching);
void weir_switch_show_plan(const struct weir_switching *switching,
                           const struct weir_switch_plan *plan);
/* With the gaps of those that somebody measured. */
void weir_switch_show_history(const struct weir_switching *switching,
                              const struct weir_switch_log *log);
/* A request, an abort or a rollback: what is done, or would be. `what` is a sentence. */
void weir_switch_show_act(const struct weir_switching *switching, const char *what);
/* With the gaps that were measured. elapsed_ms -1: it was not followed. */
void weir_switch_show_end(const struct weir_switching *switching,
                          const struct weir_switch_past *past, int64_t elapsed_ms);

/* The same, always as JSON. */
void weir_switch_json_status(const struct weir_switching *switching);
void weir_switch_json_plan(const struct weir_switching *switching,
                           const struct weir_switch_plan *plan);
void weir_switch_json_history(const struct weir_switching *switching,
                              const struct weir_switch_log *log);
/* Until when a switch that is done may be taken back, and by which. */
void weir_switch_json_open(const struct weir_switching *switching,
                           const struct weir_switch_back *back);
void weir_switch_json_act(const struct weir_switching *switching, const char *what);
void weir_switch_json_step(const struct weir_switching *switching, int64_t elapsed_ms);
/* The new color is found to be so. */
void weir_switch_json_health(const struct weir_switching *switching,
                             enum weir_switch_verdict verdict, const char *why, int64_t elapsed_ms);
void weir_switch_json_end(const struct weir_switching *switching,
                          const struct weir_switch_past *past, int64_t elapsed_ms);

/* The colors of the members, of the request and of who is active, each once and in order; the
 * caller frees the array. Borrowed from the look. */
const char **weir_switch_show_colors(const struct weir_zoo_look *look, size_t *count);
size_t weir_switch_show_members_of(const struct weir_zoo_look *look, const char *color);
/* Partitions that members of the color own; NULL: those that nobody with a color does. */
size_t weir_switch_show_owned_by(const struct weir_zoo_look *look, const char *color);
/* That this member owns. */
size_t weir_switch_show_owned(const struct weir_zoo_look *look, size_t member);
const char *weir_switch_show_mode(const struct weir_switch_request *request);    /* "each" */
const char *weir_switch_show_drain(const struct weir_switch_request *request);   /* "in-flight" */
const char *weir_switch_show_overdue(const struct weir_switch_request *request); /* "back" */

#endif /* WEIR_TOOLS_ZOO_SWITCH_SHOW_H */
