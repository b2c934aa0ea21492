#include "framework/base/memory.h"
#include "framework/control_state.h"

/* A group in ZooKeeper takes a moment to divide what is there anew (weir.rebalance.delay.ms), and
 * its new member has nothing to do meanwhile. Its client library connects to no broker before it
 * has to, so the first assignment would wait for the group's coordinator to be found, for it and
 * the leaders to be connected to, and for each to say what it can. So the member asks where some
 * partitions begin and end, as it will when they are its own, and does not care for the answer. */

enum {
    GREETED_MAX = 64,          /* of all topics, in turn: brokers there are fewer of */
    GREETING_TIMEOUT_MS = 2000 /* what comes later is of little use, and a stop waits for it */
};

struct greeted {
    struct weir_position positions[GREETED_MAX];
    size_t count;
};

static void add(struct greeted *greeted, const char *topic, int32_t partition)
{
    if (greeted->count < GREETED_MAX) {
        greeted->positions[greeted->count++] = (struct weir_position){
            .topic = topic, .partition = partition, .offset = WEIR_OFFSET_NONE};
    }
}

static void add_catalog(struct greeted *greeted, const struct weir_catalog *catalog)
{
    for (uint32_t partition = 0, before = 1; before > 0 && greeted->count < GREETED_MAX;
         partition++) {
        before = 0;
        for (size_t i = 0; i < catalog->count; i++) {
            if (partition < catalog->topics[i].partitions) {
                add(greeted, catalog->topics[i].name, (int32_t)partition);
                before++;
            }
        }
    }
}

static void greeted_done(void *job)
{
    struct weir_resolve *resolve = job;
    struct weir_control *control = resolve->user;

    if (resolve->status != WEIR_OK) {
        weir_log(&control->options.report->log, WEIR_LOG_DEBUG, "start",
                 "the brokers were not greeted: %s", resolve->error.text);
    }
    control->greeting = false;
    weir_resolve_destroy(resolve);
    weir_loop_wake(control->loop);
}

void weir_control_greet(struct weir_control *control, const struct weir_static *list)
{
    struct greeted greeted = {.count = 0};

    if (!control->coordinator->ops->singly) {
        return; /* is told what it has at once, or talks to its coordinator already */
    }
    add_catalog(&greeted, &control->catalog);
    for (size_t i = 0; i < list->count; i++) {
        add(&greeted, list->partitions[i].topic, list->partitions[i].partition);
    }
    struct weir_resolve *resolve =
        greeted.count == 0 ? NULL : weir_resolve_create(greeted.positions, greeted.count);
    if (resolve == NULL) {
        return;
    }
    weir_control_ask_start(control, resolve);
    resolve->timeout_ms = GREETING_TIMEOUT_MS;
    resolve->wants_end = true; /* the leaders say that */
    resolve->absent_is_new = true;
    resolve->may_lack = true;
    control->greeting =
        weir_loop_side_job(control->loop, weir_resolve_run, greeted_done, resolve) == WEIR_OK;
    if (!control->greeting) {
        weir_resolve_destroy(resolve);
    }
}
