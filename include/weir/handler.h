/* How does user code get at records, and say what became of them? */
#ifndef WEIR_HANDLER_H
#define WEIR_HANDLER_H

#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>
#include <weir/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A plug-in is a shared object that exports one symbol, made by WEIR_HANDLER. It links nothing of
 * weir: records are plain structures and the calls below are inline over a table in the batch.
 * Structures grow only at the end and say their size, so a plug-in built against an older header
 * keeps working; a different WEIR_HANDLER_ABI is refused before the group is joined. */
enum { WEIR_HANDLER_ABI = 1 };
#define WEIR_HANDLER_MAGIC  UINT64_C(0x77656972706c7567) /* "weirplug" */
#define WEIR_HANDLER_SYMBOL "weir_handler_plugin"

/* Borrowed until `handle` returns. Sizes are bytes. A NULL key is no key, a NULL value a tombstone;
 * an empty one is not NULL and has size 0. */
struct weir_record {
    const char *topic;
    int64_t offset;
    int64_t timestamp_ms; /* since the Unix epoch; -1 when the record has none */
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    int32_t partition;
    uint32_t attempt; /* 1 the first time, one more after each failed attempt */
    uint32_t index;   /* in the batch; for the calls below */
};

/* One header of a record: name is NUL-terminated; value may be NULL. Borrowed like the record. */
struct weir_header {
    const char *name;
    const void *value;
    size_t value_size;
};

struct weir_batch;

/* The framework's side of a batch. Use the inline calls below. */
struct weir_batch_ops {
    size_t size; /* of this structure */
    void (*retry)(struct weir_batch *batch, uint32_t index, const char *reason);
    void (*reject)(struct weir_batch *batch, uint32_t index, const char *reason);
    /* 0 when there is no header with that index. */
    int (*header)(const struct weir_batch *batch, uint32_t index, size_t header_index,
                  struct weir_header *out);
    /* Reserved: complete the batch later, from any thread. Answers WEIR_ERR_STATE today. */
    enum weir_status (*defer)(struct weir_batch *batch);
};

/* Records of one partition in offset order. With weir.order=key no other batch has records of these
 * keys meanwhile. The records are an array with a stride of `record_size` bytes, which may be more
 * than sizeof(struct weir_record). */
struct weir_batch {
    const struct weir_batch_ops *ops;
    const char *topic;
    const void *records;
    size_t record_size;
    uint32_t count; /* records in this batch, at least 1 */
    uint32_t next;  /* index weir_batch_next gives next */
    uint32_t ended; /* not 0 once weir_batch_next must answer NULL */
    int32_t partition;
};

/* The record with that index, from 0 to count - 1, wherever weir_batch_next stands. */
static inline const struct weir_record *weir_batch_at(const struct weir_batch *batch,
                                                      uint32_t index)
{
    const char *base = (const char *)batch->records;
    return (const struct weir_record *)(const void *)(base + batch->record_size * index);
}

/* The next record, NULL at the end. In the orders `partition` and `key` the batch ends at the first
 * record marked retry: it and every record after it will come again, in order. */
static inline const struct weir_record *weir_batch_next(struct weir_batch *batch)
{
    if (batch->ended != 0 || batch->next >= batch->count) {
        return NULL;
    }
    return weir_batch_at(batch, batch->next++);
}

static inline uint32_t weir_batch_count(const struct weir_batch *batch)
{
    return batch->count;
}

/* Not done; try again after a backoff, until weir.retry.attempts are used up. `reason` is copied,
 * cut at 255 bytes, and may be NULL. Records that were not marked are done when `handle` returns;
 * the last mark of a record counts. In ordered modes everything after the first retry of a batch
 * is handed out again after it, whatever became of it. */
static inline void weir_batch_retry(struct weir_batch *batch, const struct weir_record *record,
                                    const char *reason)
{
    batch->ops->retry(batch, record->index, reason);
}

/* Nothing of the batch is done, whatever was marked before: for handlers that commit a batch as a
 * whole, when that failed. */
static inline void weir_batch_retry_all(struct weir_batch *batch, const char *reason)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->ops->retry(batch, i, reason);
    }
}

/* Will never succeed: no further attempt, weir.failure.policy decides at once: stop, skip, hold, or
 * dead-letter, whose letter has the reason in a header. */
static inline void weir_batch_reject(struct weir_batch *batch, const struct weir_record *record,
                                     const char *reason)
{
    batch->ops->reject(batch, record->index, reason);
}

/* 1 and *out filled, or 0 when the record has no header number `header_index` (from 0). */
static inline int weir_record_header(const struct weir_batch *batch,
                                     const struct weir_record *record, size_t header_index,
                                     struct weir_header *out)
{
    return batch->ops->header(batch, record->index, header_index, out);
}

/* Not available yet: answers WEIR_ERR_STATE, and the batch counts as any other. */
static inline enum weir_status weir_batch_defer(struct weir_batch *batch)
{
    return batch->ops->defer(batch);
}

/* What open gets: the `handler.*` keys of the configuration and where to complain. */
struct weir_handler_config {
    size_t size; /* of this structure */
    /* Value of "handler.NAME" for NAME, NULL when absent. Borrowed until close. Keys that open does
     * not ask for are named in a warning. */
    const char *(*get)(const struct weir_handler_config *config, const char *name);
    /* One line in weir's log. Thread: any. */
    void (*log)(const struct weir_handler_config *config, const char *text);
    const void *host;    /* the framework's */
    uint32_t may_shadow; /* not 0: weir.shadow=true; use the call below */
};

/* Not 0: weir.shadow=true, so batches may come to handle_shadow. With weir.coordinator=none all do;
 * in a group whose members have colors those do that come while this member's stands by. */
static inline int weir_handler_may_shadow(const struct weir_handler_config *config)
{
    return config->size > offsetof(struct weir_handler_config, may_shadow) &&
           config->may_shadow != 0;
}

/* Every slot but `handle` may be NULL. Slots may block unless they say otherwise; none may let a
 * C++ exception out. */
struct weir_handler {
    const char *name; /* for logs; letters, digits, '-', '_' */
    /* Once, before the group is joined, on the thread that creates the consumer. 0, or not 0 to
     * refuse to start. *state goes to the other slots. `config` lives until close. */
    int (*open)(const struct weir_handler_config *config, void **state);
    /* Once per worker thread before its first batch, on that thread. 0, or not 0: the worker does
     * not start and the consumer stops. *worker goes to handle. */
    int (*worker_open)(void *state, void **worker);
    /* Once per batch, on a worker thread, one batch at a time per worker, many workers at once.
     * `worker` is what worker_open gave, or the state where there is no worker_open. */
    void (*handle)(struct weir_batch *batch, void *worker);
    /* Once per worker_open that succeeded, on the same thread, after its last batch. */
    void (*worker_close)(void *state, void *worker);
    /* Once per open that succeeded, after every worker_close. */
    void (*close)(void *state);
    /* Reserved, must be NULL: handlers that complete batches later. Refused today. */
    void (*handle_deferred)(struct weir_batch *batch, void *worker);
    /* In place of handle, as a shadow (weir.shadow=true): somebody else works on these records and
     * commits them, and this is a copy, to see how this handler does. Nothing that others could see
     * may come of it; what it marks retry or reject counts as a failure, and stops nothing. The
     * same function as `handle` where that has no effects. NULL: it cannot be a shadow, and
     * weir.shadow=true is refused. */
    void (*handle_shadow)(struct weir_batch *batch, void *worker);
};

/* What the exported symbol holds. */
struct weir_handler_plugin {
    uint64_t magic;       /* WEIR_HANDLER_MAGIC */
    uint32_t abi;         /* WEIR_HANDLER_ABI */
    uint32_t plugin_size; /* of this structure */
    uint32_t handler_size;
    uint32_t record_size;
    struct weir_handler handler;
};

/* Defines the exported symbol; once per plug-in, at file scope:
 *     WEIR_HANDLER(.name = "store", .handle = handle)
 * Before C++20, which has no designators, name the slots in order, those you lack as nullptr. */
#ifdef __cplusplus
#define WEIR_HANDLER_LINKAGE extern "C"
#else
#define WEIR_HANDLER_LINKAGE extern
#endif
#define WEIR_HANDLER(...)                                                                          \
    WEIR_HANDLER_LINKAGE WEIR_API const struct weir_handler_plugin weir_handler_plugin;            \
    const struct weir_handler_plugin weir_handler_plugin = {                                       \
        WEIR_HANDLER_MAGIC,                                                                        \
        WEIR_HANDLER_ABI,                                                                          \
        (uint32_t)sizeof(struct weir_handler_plugin),                                              \
        (uint32_t)sizeof(struct weir_handler),                                                     \
        (uint32_t)sizeof(struct weir_record),                                                      \
        {__VA_ARGS__}};

/* Optional, beside it: the version of your handler, for people. `weir switch plan` shows it of each
 * member, and says where members of one color have different ones. 1 to 32 printable characters of
 * ASCII, as a literal; anything else is as good as none. Without a semicolon:
 *     WEIR_HANDLER_VERSION("2.1.0") */
#define WEIR_HANDLER_VERSION_SYMBOL "weir_handler_version"
#define WEIR_HANDLER_VERSION(text)                                                                 \
    WEIR_HANDLER_LINKAGE WEIR_API const char weir_handler_version[sizeof(text)];                   \
    const char weir_handler_version[sizeof(text)] = text;

#ifdef __cplusplus
}
#endif

#endif /* WEIR_HANDLER_H */
