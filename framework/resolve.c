#include "framework/resolve.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include <assert.h>
#include <string.h>

static size_t topics_size(const struct weir_position *positions, size_t count)
{
    size_t size = 1;

    for (size_t i = 0; i < count; i++) {
        size += strlen(positions[i].topic) + 1;
    }
    return size;
}

struct weir_resolve *weir_resolve_create(const struct weir_position *positions, size_t count)
{
    struct weir_resolve *resolve = weir_calloc(1, sizeof *resolve);

    if (resolve == NULL) {
        return NULL;
    }
    resolve->count = count;
    resolve->timeout_ms = WEIR_RESOLVE_TIMEOUT_MS;
    resolve->positions = weir_calloc(count + 1, sizeof resolve->positions[0]);
    resolve->resolved = weir_calloc(count + 1, sizeof resolve->resolved[0]);
    resolve->topics = weir_malloc(topics_size(positions, count));
    if (resolve->positions == NULL || resolve->resolved == NULL || resolve->topics == NULL) {
        weir_resolve_destroy(resolve);
        return NULL;
    }
    char *topic = resolve->topics;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(positions[i].topic) + 1;
        memcpy(topic, positions[i].topic, size);
        resolve->positions[i] = positions[i];
        resolve->positions[i].topic = topic;
        resolve->positions[i].offset = WEIR_OFFSET_NONE;
        topic += size;
    }
    return resolve;
}

void weir_resolve_destroy(struct weir_resolve *resolve)
{
    if (resolve != NULL) {
        weir_free(resolve->positions);
        weir_free(resolve->resolved);
        weir_free(resolve->topics);
        weir_free(resolve);
    }
}

static enum weir_status look_up(struct weir_resolve *resolve, struct weir_position *positions,
                                size_t count, enum weir_anchor anchor)
{
    if (count == 0) {
        return WEIR_OK;
    }
    struct weir_lookup question = {.anchor = anchor,
                                   .timestamp_ms = resolve->start_timestamp_ms,
                                   .timeout_ms = resolve->timeout_ms};
    enum weir_status status = resolve->client->ops->look_up(resolve->client, &question, positions,
                                                            count, &resolve->error);
    return resolve->may_lack && status != WEIR_ERR_DENIED ? WEIR_OK : status;
}

/* To look for another offset where this one was not answered would be another start. */
static bool is_missing(const struct weir_position *position)
{
    return position->offset == WEIR_OFFSET_NONE && position->status == WEIR_OK;
}

/* Those without an offset, copied out, looked up and copied back. */
static enum weir_status fill_missing(struct weir_resolve *resolve, enum weir_anchor anchor)
{
    struct weir_position *missing = weir_calloc(resolve->count + 1, sizeof missing[0]);
    size_t count = 0;

    if (missing == NULL) {
        return weir_error_nomem(&resolve->error);
    }
    for (size_t i = 0; i < resolve->count; i++) {
        if (is_missing(&resolve->positions[i])) {
            missing[count++] = resolve->positions[i];
        }
    }
    enum weir_status status = look_up(resolve, missing, count, anchor);
    for (size_t i = 0, next = 0; status == WEIR_OK && i < resolve->count; i++) {
        struct weir_position *position = &resolve->positions[i];
        if (is_missing(position)) {
            *position = missing[next++];
            resolve->resolved[i].at_end = anchor == WEIR_ANCHOR_LATEST &&
                                          position->status == WEIR_OK &&
                                          position->offset != WEIR_OFFSET_ABSENT;
        }
    }
    weir_free(missing);
    return status;
}

static enum weir_status refuse_missing(struct weir_resolve *resolve)
{
    for (size_t i = 0; i < resolve->count; i++) {
        const struct weir_position *position = &resolve->positions[i];
        if (position->offset == WEIR_OFFSET_NONE) {
            return weir_error_set(&resolve->error, WEIR_ERR_CONFIG, 0,
                                  "%s/%d has no committed offset and weir.start=error; commit "
                                  "one for this group, or set weir.start to earliest, latest or "
                                  "timestamp",
                                  position->topic, (int)position->partition);
        }
    }
    return WEIR_OK;
}

static enum weir_status find_starts(struct weir_resolve *resolve)
{
    enum weir_status status = WEIR_OK;

    switch (resolve->start) {
    case WEIR_START_ERROR:
        return refuse_missing(resolve);
    case WEIR_START_TIMESTAMP:
        status = fill_missing(resolve, WEIR_ANCHOR_TIMESTAMP);
        /* Nothing that young: the next record to come is the first one. */
        return status == WEIR_OK ? fill_missing(resolve, WEIR_ANCHOR_LATEST) : status;
    case WEIR_START_EARLIEST:
        return fill_missing(resolve, WEIR_ANCHOR_EARLIEST);
    case WEIR_START_LATEST:
        return fill_missing(resolve, WEIR_ANCHOR_LATEST);
    }
    assert(false && "no such start");
    return WEIR_ERR_INVALID;
}

/* A partition that comes to be after we were told of it has nothing that is not for us: its first
 * record is the first one, whatever weir.start says. */
static enum weir_status settle_absent(struct weir_resolve *resolve)
{
    for (size_t i = 0; i < resolve->count; i++) {
        struct weir_position *position = &resolve->positions[i];
        if (position->offset == WEIR_OFFSET_ABSENT && !resolve->absent_is_new) {
            return weir_error_set(&resolve->error, WEIR_ERR_NOT_FOUND, 0, "%s/%d does not exist",
                                  position->topic, (int)position->partition);
        }
        if (position->offset == WEIR_OFFSET_ABSENT) {
            position->offset = 0;
            resolve->resolved[i].absent = true;
        }
    }
    return WEIR_OK;
}

static enum weir_status find_ends(struct weir_resolve *resolve)
{
    struct weir_position *ends = weir_calloc(resolve->count + 1, sizeof ends[0]);

    if (ends == NULL) {
        return weir_error_nomem(&resolve->error);
    }
    memcpy(ends, resolve->positions, resolve->count * sizeof ends[0]);
    enum weir_status status = look_up(resolve, ends, resolve->count, WEIR_ANCHOR_LATEST);
    for (size_t i = 0; status == WEIR_OK && i < resolve->count; i++) {
        if (ends[i].status != WEIR_OK) {
            resolve->positions[i].status = ends[i].status;
            continue;
        }
        resolve->resolved[i].end = ends[i].offset;
        if (ends[i].offset == WEIR_OFFSET_ABSENT) {
            status = weir_error_set(&resolve->error, WEIR_ERR_NOT_FOUND, 0,
                                    "%s/%d does not exist, so it has no end", ends[i].topic,
                                    (int)ends[i].partition);
        }
    }
    weir_free(ends);
    return status;
}

static enum weir_status load(struct weir_resolve *resolve)
{
    if (resolve->store == NULL || resolve->count == 0) {
        return WEIR_OK;
    }
    enum weir_status status = resolve->store->ops->load(
        resolve->store, resolve->positions, resolve->count, resolve->timeout_ms, &resolve->error);
    for (size_t i = 0; i < resolve->count; i++) {
        resolve->resolved[i].committed =
            status == WEIR_OK ? resolve->positions[i].offset : WEIR_OFFSET_NONE;
    }
    return status;
}

/* Those that are not answered for go to the end of the list. */
static void set_apart(struct weir_resolve *resolve)
{
    resolve->answered = 0;
    for (size_t i = 0; i < resolve->count; i++) {
        if (resolve->positions[i].status == WEIR_OK) {
            size_t to = resolve->answered++;
            struct weir_position position = resolve->positions[i];
            struct weir_resolved resolved = resolve->resolved[i];
            resolve->positions[i] = resolve->positions[to];
            resolve->resolved[i] = resolve->resolved[to];
            resolve->positions[to] = position;
            resolve->resolved[to] = resolved;
        }
    }
}

void weir_resolve_run(void *job)
{
    struct weir_resolve *resolve = job;

    for (size_t i = 0; i < resolve->count; i++) {
        resolve->resolved[i] =
            (struct weir_resolved){.committed = WEIR_OFFSET_NONE, .end = WEIR_OFFSET_NONE};
    }
    resolve->status = load(resolve);
    for (size_t i = 0; i < resolve->count; i++) {
        resolve->positions[i].status = WEIR_OK; /* a load fails as a whole */
    }
    if (resolve->status == WEIR_OK) {
        resolve->status = find_starts(resolve);
    }
    if (resolve->status == WEIR_OK) {
        resolve->status = settle_absent(resolve);
    }
    if (resolve->status == WEIR_OK && resolve->wants_end) {
        resolve->status = find_ends(resolve);
    }
    set_apart(resolve);
}
