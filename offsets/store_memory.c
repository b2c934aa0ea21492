#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/base/mutex.h"
#include "offsets/store.h"
#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* Positions live as long as the store, that is, as the consumer: for handlers that keep their own
 * position, and for tests. */
struct memory_row {
    struct memory_row *next;
    int64_t offset;
    int32_t partition;
    char topic[];
};

struct memory_store {
    struct weir_store store; /* first */
    struct weir_store_env env;
    struct weir_mutex mutex; /* guards rows: load runs on a side thread */
    struct memory_row *rows;
    struct weir_position *answer; /* of the commit that serve will report */
    size_t answer_count;
    bool answer_due;
};

static struct memory_store *memory_of(struct weir_store *store)
{
    return (struct memory_store *)store;
}

static enum weir_status open_memory(struct weir_store *store, const struct weir_store_env *env,
                                    struct weir_error *error)
{
    struct memory_store *memory = memory_of(store);

    (void)error;
    memory->env = *env;
    weir_mutex_init(&memory->mutex);
    return WEIR_OK;
}

static struct memory_row *find(const struct memory_store *memory,
                               const struct weir_position *position)
{
    struct memory_row *row = memory->rows;

    while (row != NULL &&
           (row->partition != position->partition || strcmp(row->topic, position->topic) != 0)) {
        row = row->next;
    }
    return row;
}

static enum weir_status load_memory(struct weir_store *store, struct weir_position *positions,
                                    size_t count, int64_t timeout_ms, struct weir_error *error)
{
    struct memory_store *memory = memory_of(store);

    (void)timeout_ms;
    (void)error;
    weir_mutex_lock(&memory->mutex);
    for (size_t i = 0; i < count; i++) {
        const struct memory_row *row = find(memory, &positions[i]);
        positions[i].offset = row != NULL ? row->offset : WEIR_OFFSET_NONE;
        positions[i].status = WEIR_OK;
    }
    weir_mutex_unlock(&memory->mutex);
    return WEIR_OK;
}

/* A row that holds nothing yet, unless there is one. False: out of memory. */
static bool prepare(struct memory_store *memory, const struct weir_position *position)
{
    if (find(memory, position) != NULL) {
        return true;
    }
    size_t size = strlen(position->topic) + 1;
    struct memory_row *row = weir_malloc(sizeof *row + size);
    if (row == NULL) {
        return false;
    }
    memcpy(row->topic, position->topic, size);
    row->partition = position->partition;
    row->offset = WEIR_OFFSET_NONE;
    row->next = memory->rows;
    memory->rows = row;
    return true;
}

/* The answer is given when the caller's list may be gone: it borrows the topic of the row. */
static void keep(const struct memory_store *memory, const struct weir_position *position,
                 struct weir_position *answer)
{
    struct memory_row *row = find(memory, position);

    assert(row != NULL);
    row->offset = position->offset;
    *answer = *position;
    answer->topic = row->topic;
    answer->status = WEIR_OK;
}

/* All or nothing. */
static bool keep_all(struct memory_store *memory, const struct weir_position *positions,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!prepare(memory, &positions[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        keep(memory, &positions[i], &memory->answer[i]);
    }
    return true;
}

static enum weir_status commit_memory(struct weir_store *store,
                                      const struct weir_position *positions, size_t count,
                                      struct weir_error *error)
{
    struct memory_store *memory = memory_of(store);

    assert(!memory->answer_due);
    assert(count > 0);
    struct weir_position *answer = weir_realloc(memory->answer, count * sizeof answer[0]);
    if (answer == NULL) {
        return weir_error_nomem(error);
    }
    memory->answer = answer;
    weir_mutex_lock(&memory->mutex);
    bool kept = keep_all(memory, positions, count);
    weir_mutex_unlock(&memory->mutex);
    if (!kept) {
        return weir_error_nomem(error);
    }
    memory->answer_count = count;
    memory->answer_due = true;
    memory->env.wake(memory->env.wake_user);
    return WEIR_OK;
}

static void serve_memory(struct weir_store *store)
{
    struct memory_store *memory = memory_of(store);

    if (memory->answer_due) {
        memory->answer_due = false;
        memory->env.done(WEIR_OK, memory->answer, memory->answer_count, NULL,
                         memory->env.done_user);
    }
}

static void forget_memory(struct weir_store *store, const struct weir_position *positions,
                          size_t count)
{
    struct memory_store *memory = memory_of(store);

    weir_mutex_lock(&memory->mutex);
    for (size_t i = 0; i < count; i++) {
        struct memory_row *row = find(memory, &positions[i]);
        if (row != NULL) {
            row->offset = WEIR_OFFSET_NONE;
        }
    }
    weir_mutex_unlock(&memory->mutex);
}

static void close_memory(struct weir_store *store)
{
    struct memory_store *memory = memory_of(store);

    while (memory->rows != NULL) {
        struct memory_row *row = memory->rows;
        memory->rows = row->next;
        weir_free(row);
    }
    weir_free(memory->answer);
    weir_mutex_fini(&memory->mutex);
}

const struct weir_store_ops weir_store_memory = {.name = "memory",
                                                 .size = sizeof(struct memory_store),
                                                 .open = open_memory,
                                                 .load = load_memory,
                                                 .commit = commit_memory,
                                                 .serve = serve_memory,
                                                 .forget = forget_memory,
                                                 .close = close_memory};
