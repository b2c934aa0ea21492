/* How is what is known of a group shown to people and programs? */
#ifndef WEIR_TOOLS_GROUP_PRINT_H
#define WEIR_TOOLS_GROUP_PRINT_H

#include "tools/group_view.h"
#include "tools/offset_plan.h"
#include <stdio.h>

/* A stream that fails is the caller's to notice. What is not known is "unknown" in a table and null
 * in JSON; where nothing is committed, a table says "none". */
void weir_print_offsets(FILE *out, const struct weir_view *view);
/* With the age of what comes next in each partition, or without; and the total of each topic. */
void weir_print_lag(FILE *out, const struct weir_view *view, bool ages);
void weir_print_status(FILE *out, const char *group, const struct weir_view *view);
void weir_print_plan(FILE *out, const struct weir_plan *plan);

/* One line each. */
void weir_print_view_json(FILE *out, const char *group, const struct weir_view *view);
void weir_print_plan_json(FILE *out, const char *group, const struct weir_plan *plan, bool execute);

#endif /* WEIR_TOOLS_GROUP_PRINT_H */
