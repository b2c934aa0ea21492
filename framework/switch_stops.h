/* Up to where does the old color process each partition before it hands it over? */
#ifndef WEIR_FRAMEWORK_SWITCH_STOPS_H
#define WEIR_FRAMEWORK_SWITCH_STOPS_H

#include "framework/switch.h"
#include "offsets/position.h"
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* The data of /consumers/<group>/weir/stops: the stop offsets of a switch whose request says
 * WEIR_SWITCH_TO_STOPS. Written in one transaction with the record, so whoever has read the record
 * finds these, or the next ones. The first record of the new color is the stop offset of the
 * partition, unless the old one has gone past it, or could not come to it. The record is read and
 * written by everybody at each step, these once, by the old color: hence a node of their own.
 *     {"version":1,"id":"release-42","topics":{"orders":[1042,-1,977]}}       (-1: no stop)
 * Pure, but for memory. Thread: any. Memory: the heap. */
enum { WEIR_SWITCH_STOPS_VERSION = 1, WEIR_SWITCH_STOP_NONE = -1 };

struct weir_switch_stops_topic {
    char *name;
    size_t partitions;
    size_t first; /* index of partition 0 */
};

/* Zeroed memory is none. */
struct weir_switch_stops {
    char id[WEIR_SWITCH_ID_SIZE];           /* of the request */
    struct weir_switch_stops_topic *topics; /* sorted by name */
    size_t topic_count;
    int64_t *offsets;
    size_t partition_count;
};

/* From positions in any order. WEIR_ERR_INVALID: a partition is there twice, or there are too many,
 * or a topic, partition or offset that cannot be. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_switch_stops_create(const char *id,
                                                          const struct weir_position *positions,
                                                          size_t count,
                                                          struct weir_switch_stops *out);
void weir_switch_stops_fini(struct weir_switch_stops *stops);

/* WEIR_SWITCH_STOP_NONE: it has none. */
int64_t weir_switch_stops_find(const struct weir_switch_stops *stops, const char *topic,
                               int32_t partition);

/* WEIR_ERR_NOMEM; the text is freed by weir_free. */
WEIR_MUST_CHECK enum weir_status weir_switch_stops_write(const struct weir_switch_stops *stops,
                                                         char **out);
/* WEIR_ERR_INVALID: damaged: nothing of it is obeyed. WEIR_ERR_STATE: of a newer weir.
 * WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_switch_stops_read(const void *data, size_t size,
                                                        struct weir_switch_stops *out,
                                                        struct weir_error *error);

#endif /* WEIR_FRAMEWORK_SWITCH_STOPS_H */
