/* Where did a group stand when a switch was asked for, and how long is the way back open? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_SNAPSHOT_H
#define WEIR_TOOLS_ZOO_SWITCH_SNAPSHOT_H

#include "framework/switch.h"
#include "framework/switch_stops.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The data of /consumers/<group>/weir/snapshot, which is written in one transaction with the
 * request of a switch that takes the active place from another color. No member reads it.
 *     {"version":1,"id":"release-42","topics":{"orders":[1042,-1,977]},"mode":"each",
 *      "epoch":6,"asked_ms":1795305837624,"window_ms":600000,
 *      "store":"zookeeper"}                                        (-1: nothing was committed)
 * The offsets are those that were committed when it was asked for: what the old color still did
 * until it handed over is behind them. A switch that takes this one back writes it anew under its
 * own id, with {"back_of":"release-42"}, or {"back_of":"release-42","replay":true} if it begins at
 * these offsets. {"unknown":true}: they could not be learnt, are too many for a node, or are of no
 * use, as those in Kafka of the half of a swap; `topics` is empty then. {"peer":"orders-next"}: it
 * is the half of a swap, whose other one is written in the same transaction.
 * Pure, but for memory. Thread: any. Memory: the heap, freed by fini; zeroed is none. */
enum {
    WEIR_SWITCH_SNAPSHOT_VERSION = 1,
    WEIR_SWITCH_SNAPSHOT_MAX = 256 * 1024 /* bytes, of both halves of a swap together; stop offsets
                                             are to fit beside it */
};

/* Whose offsets they are, as weir.offsets.store names it. */
enum weir_switch_store {
    WEIR_SWITCH_STORE_UNSAID, /* it was left out */
    WEIR_SWITCH_STORE_KAFKA,
    WEIR_SWITCH_STORE_ZOOKEEPER
};

struct weir_switch_snapshot {
    char id[WEIR_SWITCH_ID_SIZE];      /* of the request that it was written with */
    char back_of[WEIR_SWITCH_ID_SIZE]; /* of the switch which that one takes back; "": of none */
    char peer[WEIR_SWITCH_GROUP_SIZE]; /* the group with the other half of a swap; "": it is none */
    /* Of the switch that can be taken back. */
    enum weir_switch_mode mode;
    uint64_t epoch; /* before it */
    int64_t asked_ms;
    int64_t window_ms; /* for so long after its end */
    enum weir_switch_store store;
    bool unknown; /* the offsets are */
    bool replay;  /* that one begins at these offsets */
    struct weir_switch_stops offsets;
};

/* As JSON, without the offsets if it were too large with them. The caller frees it; NULL: out of
 * memory. */
char *weir_switch_snapshot_text(const struct weir_switch_snapshot *snapshot);
/* WEIR_ERR_INVALID: damaged: nothing of it is obeyed. WEIR_ERR_STATE: of a newer weir.
 * WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_switch_snapshot_read(const void *data, size_t size,
                                                           struct weir_switch_snapshot *out,
                                                           struct weir_error *error);
void weir_switch_snapshot_fini(struct weir_switch_snapshot *snapshot);

#endif /* WEIR_TOOLS_ZOO_SWITCH_SNAPSHOT_H */
