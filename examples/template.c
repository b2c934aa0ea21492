/* The handler to copy: every slot with its contract. It counts records, and refuses those whose
 * value is larger than handler.value.max bytes, if that is set.
 *
 * Build:  cc -shared -fPIC $(pkg-config --cflags weir) -o my.so my.c
 * Run:    weir run --config c.properties -X weir.handler=./my.so -X handler.value.max=1000
 *
 * Every slot but `handle` may go: delete the function and its name in WEIR_HANDLER at the end.
 * docs/handlers.md tells the rest. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <weir/handler.h>

/* One per process: what all workers share. They use it at the same time, so what changes after
 * `open` needs a lock. */
struct state {
    const struct weir_handler_config *config;
    size_t value_max;
};

/* One per worker thread, and used by it alone: connections, buffers, counters. */
struct worker {
    const struct state *state;
    unsigned long records;
};

/* Once, before the group is joined. Read the handler.* keys, check them, reach what is needed.
 * Anything but 0 keeps weir from starting: say why in the log. */
static int open_handler(const struct weir_handler_config *config, void **out)
{
    const char *text = config->get(config, "value.max"); /* the key is handler.value.max */
    char *end = NULL;
    size_t value_max = text == NULL ? SIZE_MAX : strtoul(text, &end, 10);

    if (text != NULL && (end == text || *end != '\0')) {
        config->log(config, "handler.value.max must be a number of bytes");
        return -1;
    }
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return -1;
    }
    state->config = config; /* lives until close */
    state->value_max = value_max;
    *out = state;
    return 0;
}

/* Once per worker thread, before its first batch. Anything but 0 stops the consumer. */
static int open_worker(void *shared, void **out)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL) {
        return -1;
    }
    worker->state = shared; /* what open gave */
    *out = worker;
    return 0;
}

enum outcome { DONE, LATER, NEVER };

/* What you came for. Key and value are bytes with a size, not strings. No key is NULL; so is the
 * value of a tombstone. A record may come again after a crash: twice must do no harm. */
static enum outcome process(struct worker *worker, const struct weir_record *record, bool shadow)
{
    if (record->value_size > worker->state->value_max) {
        return NEVER;
    }
    if (!shadow) { /* what others see of it */
        worker->records++;
    }
    return DONE; /* LATER when, say, a database is busy */
}

static void process_all(struct weir_batch *batch, struct worker *worker, bool shadow)
{
    const struct weir_record *record;

    while ((record = weir_batch_next(batch)) != NULL) {
        switch (process(worker, record, shadow)) {
        case DONE:
            break;
        case LATER:
            /* Comes again after a pause. In the orders `partition` and `key` this was the last
             * record of the loop: those behind it come again after it. */
            weir_batch_retry(batch, record, "what it needs is busy");
            break;
        case NEVER:
            /* No second attempt: weir.failure.policy decides at once. */
            weir_batch_reject(batch, record, "the value is too large");
            break;
        }
    }
}

/* Again and again. The records are of one partition, in offset order, and borrowed until this
 * returns. It may block. A record that is not marked is done when this returns. */
static void handle(struct weir_batch *batch, void *own)
{
    process_all(batch, own, false);
}

/* In its place with weir.shadow=true, on copies of records that somebody else works on: to see how
 * this does, and nothing else may come of it. */
static void handle_shadow(struct weir_batch *batch, void *own)
{
    process_all(batch, own, true);
}

/* Once per worker that was opened, on its thread, after its last batch. */
static void close_worker(void *shared, void *own)
{
    struct state *state = shared;
    struct worker *worker = own;
    char text[64];

    (void)snprintf(text, sizeof text, "a worker counted %lu records", worker->records);
    state->config->log(state->config, text);
    free(worker);
}

/* Once, after the last worker was closed. */
static void close_handler(void *shared)
{
    free(shared);
}

WEIR_HANDLER(.name = "template", .open = open_handler, .worker_open = open_worker, .handle = handle,
             .worker_close = close_worker, .close = close_handler, .handle_shadow = handle_shadow)

/* For people: `weir switch plan` shows it of each member. */
WEIR_HANDLER_VERSION("1.0")
