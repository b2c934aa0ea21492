#include "framework/control_state.h"
#include "framework/greeted.h"

/* A group in ZooKeeper takes a moment to divide what is there anew (weir.rebalance.delay.ms), and
 * its new member has nothing to do meanwhile. Its client library connects to no broker before it
 * has to, so the first assignment would wait for the group's coordinator to be found, for it and
 * the leaders to be connected to, and for each to say what it can. So the member asks where some
 * partitions begin and end, as it will when they are its own, and does not care for the answer. */

enum { TIMEOUT_MS = 2000 }; /* what comes later is of little use, and a stop waits for it */

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
    struct weir_position greeted[WEIR_GREETED_MAX];

    if (!control->coordinator->ops->singly) {
        return; /* is told what it has at once, or talks to its coordinator already */
    }
    size_t count = weir_greeted_choose(&control->catalog, list, greeted);
    struct weir_resolve *resolve = count == 0 ? NULL : weir_resolve_create(greeted, count);
    if (resolve == NULL) {
        return;
    }
    weir_control_ask_start(control, resolve);
    resolve->timeout_ms = TIMEOUT_MS;
    resolve->wants_end = true; /* the leaders say that */
    resolve->absent_is_new = true;
    resolve->may_lack = true;
    control->greeting =
        weir_loop_side_job(control->loop, weir_resolve_run, greeted_done, resolve) == WEIR_OK;
    if (!control->greeting) {
        weir_resolve_destroy(resolve);
    }
}
