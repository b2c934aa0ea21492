/* How is a picture of a consumer put together? */
#ifndef WEIR_FRAMEWORK_SNAPSHOT_H
#define WEIR_FRAMEWORK_SNAPSHOT_H

#include "framework/coordinator.h"
#include "framework/report.h"
#include <stddef.h>
#include <weir/snapshot.h>

/* First it is made with room for so many rows and so many bytes of topics (ends included), then as
 * many are added. Thread: one at a time. Memory: one block. */
WEIR_MUST_CHECK enum weir_status weir_snapshot_create(size_t rows, size_t topics,
                                                      struct weir_snapshot **out);
/* Copies the row and its topic, fills in size and lag, and counts it in the totals. */
void weir_snapshot_add(struct weir_snapshot *snapshot, const struct weir_snapshot_row *row);
void weir_snapshot_count(struct weir_snapshot *snapshot, const struct weir_report *report);
/* Copies what it points to. */
void weir_snapshot_color(struct weir_snapshot *snapshot,
                         const struct weir_coordinator_colors *colors);
/* Rows come in any order; this is for whoever has time. */
void weir_snapshot_sort(struct weir_snapshot *snapshot);

#endif /* WEIR_FRAMEWORK_SNAPSHOT_H */
