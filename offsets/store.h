/* Where are committed offsets kept? */
#ifndef WEIR_OFFSETS_STORE_H
#define WEIR_OFFSETS_STORE_H

#include "framework/base/clock.h"
#include "framework/base/mailbox.h"
#include "offsets/position.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* A store is one of these tables plus `size` zeroed bytes that begin with struct weir_store. Every
 * store passes test/conformance/test_store.c. */
struct weir_store {
    const struct weir_store_ops *ops;
};

/* The answer to one commit: a status for each position that was in it. `status` is not WEIR_OK when
 * the request as a whole failed; then the positions' own statuses may be missing (count 0).
 * Borrowed for the call. Called from within serve; must not call the store. */
typedef void weir_store_done_fn(enum weir_status status, const struct weir_position *positions,
                                size_t count, const char *text, void *user);

struct weir_config;
struct weir_report;
struct weir_zoo_library;

enum { WEIR_STORE_NO_FENCE = -1 };

/* The version of the fence that came with our claim of the partition, or WEIR_STORE_NO_FENCE: it is
 * not ours. Thread: control. */
typedef int32_t weir_store_fence_fn(const char *topic, int32_t partition, void *user);

struct weir_store_env {
    const struct weir_config *config;
    struct weir_report *report;
    weir_time (*now)(void);             /* weir_clock_boot, or a test's */
    const struct weir_zoo_library *zoo; /* for stores that live in ZooKeeper; else NULL */
    weir_store_fence_fn *fence;         /* NULL: the coordinator gives no fenced claims */
    void *fence_user;
    void *client;       /* the client library's handle, for stores that live in it; else NULL */
    weir_wake_fn *wake; /* call serve soon; any thread */
    void *wake_user;
    weir_store_done_fn *done;
    void *done_user;
};

struct weir_store_ops {
    const char *name;
    size_t size;
    bool through_client; /* commits are the client's requests, and mind its rebalances */
    /* Control thread, once, must not block. */
    enum weir_status (*open)(struct weir_store *store, const struct weir_store_env *env,
                             struct weir_error *error);
    /* Fills in the offset and status of each position; WEIR_OFFSET_NONE where nothing is stored.
     * Any thread but control; may block up to timeout_ms, and control serves meanwhile. Fails as a
     * whole or not at all. */
    enum weir_status (*load)(struct weir_store *store, struct weir_position *positions,
                             size_t count, int64_t timeout_ms, struct weir_error *error);
    /* Control thread, must not block, one at a time; `count` is at least 1. On WEIR_OK `done` is
     * called exactly once, later, unless the store is closed first. On failure nothing is kept. */
    enum weir_status (*commit)(struct weir_store *store, const struct weir_position *positions,
                               size_t count, struct weir_error *error);
    /* Control thread, after a wake: calls `done` for what was answered. Must not block. */
    void (*serve)(struct weir_store *store);
    /* When serve is wanted at the latest, WEIR_TIME_NEVER: after a wake. NULL: always that. */
    weir_time (*due)(const struct weir_store *store);
    /* Control thread, must not block: these partitions do not exist any more, and what is stored of
     * them must not be taken for another topic's of that name. NULL: the brokers do so. */
    void (*forget)(struct weir_store *store, const struct weir_position *positions, size_t count);
    /* Control thread, once per open that succeeded; forgets what is not answered. */
    void (*close)(struct weir_store *store);
};

extern const struct weir_store_ops weir_store_memory;
extern const struct weir_store_ops weir_store_kafka;
extern const struct weir_store_ops weir_store_zookeeper; /* framework/store_zookeeper.c */

/* NULL when there is none of that name. */
const struct weir_store_ops *weir_store_find(const char *name);

#endif /* WEIR_OFFSETS_STORE_H */
