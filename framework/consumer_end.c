#include "framework/base/memory.h"
#include "framework/bounded.h"
#include "framework/consumer_state.h"

enum {
    END_MS = 20000,        /* for control, once told to close: more than its own limits together */
    POOL_STOP_MS = 1000,   /* for handlers that outlived the drain */
    WORKER_END_MS = 5000,  /* for worker_open and worker_close, however short the drain may be */
    SLOT_CLOSE_MS = 5000,  /* for fetchers; they do not block */
    LIBRARY_END_MS = 10000 /* for the client library, when nothing of ours is in its hands */
};

static void end_connection(void *user)
{
    struct weir_consumer *consumer = user;

    for (uint32_t i = 0; consumer->fetchers != NULL && i < consumer->fetcher_count; i++) {
        if (consumer->fetchers[i] != NULL) {
            weir_fetcher_stop(consumer->fetchers[i]);
        }
    }
    if (consumer->control != NULL) {
        weir_control_stop(consumer->control);
    }
    consumer->haunted = weir_control_destroy(consumer->control) != WEIR_OK;
    consumer->control = NULL;
}

void weir_consumer_free(struct weir_consumer *consumer)
{
    weir_handler_host_close(&consumer->handler);
    end_connection(consumer);
    for (uint32_t i = 0; consumer->fetchers != NULL && i < consumer->fetcher_count; i++) {
        weir_fetcher_destroy(consumer->fetchers[i]);
    }
    weir_free(consumer->fetchers);
    weir_pool_destroy(consumer->pool);
    weir_handler_host_fini(&consumer->handler);
    weir_strategy_close(consumer->strategy);
    weir_config_destroy(consumer->config);
    weir_ending_destroy(consumer->ending);
    weir_event_queue_destroy(consumer->report.queue);
    weir_log_fini(&consumer->report.log);
    weir_meters_destroy(consumer->report.meters);
    weir_mutex_fini(&consumer->mutex);
    weir_free(consumer);
}

/* Until which time the pool is waited for: while a batch runs, and while none does. A consumer that
 * stopped clean left no batch behind, and whoever still works on one lost it to somebody else:
 * that, and worker_open and worker_close, may take as long as a drain. What outlived one had that
 * time. */
static void pool_patience(const struct weir_consumer *consumer, weir_time *batches,
                          weir_time *slots)
{
    int64_t drain_ms = weir_config_integer(consumer->config, "weir.drain.timeout.ms");
    int64_t slots_ms = drain_ms > WORKER_END_MS ? drain_ms : WORKER_END_MS;
    bool clean = weir_consumer_state(consumer) == WEIR_STATE_STOPPED;
    weir_time now = weir_clock_now();

    *slots = weir_time_after_ms(now, slots_ms);
    *batches = weir_time_after_ms(now, clean ? slots_ms : POOL_STOP_MS);
}

/* As await_ended, of the pool. */
static const char *await_pool(struct weir_consumer *consumer)
{
    static const char *const sentences[] = {
        [WEIR_POOL_HANDLING] = "a handler never returned; its thread, its batch and the connection "
                               "are left behind",
        [WEIR_POOL_OPENING] = "the handler's worker_open did not return; its thread and the "
                              "connection are left behind",
        [WEIR_POOL_CLOSING] = "the handler's worker_close did not return; its thread and the "
                              "connection are left behind"};
    weir_time until = 0;
    weir_time slots = 0;

    pool_patience(consumer, &until, &slots);
    while (weir_pool_stop(consumer->pool, until) != WEIR_OK) {
        enum weir_pool_place place = weir_pool_place(consumer->pool);
        if (place == WEIR_POOL_HANDLING || (place != WEIR_POOL_EMPTY && until == slots)) {
            return sentences[place];
        }
        until = slots;
    }
    return NULL;
}

/* What does not come to its end, in a sentence; NULL when nothing is in the way of freeing. Hazard
 * R4: a library that hangs must not take us with it. */
static const char *await_ended(struct weir_consumer *consumer)
{
    weir_control_close(consumer->control);
    if (weir_consumer_wait(consumer, END_MS) != WEIR_OK) {
        return "the client library or a callback holds the control loop up; everything is left "
               "behind";
    }
    const char *left_behind = await_pool(consumer);
    if (left_behind != NULL) {
        return left_behind;
    }
    if (weir_control_await_closed(consumer->control,
                                  weir_time_after_ms(weir_clock_now(), SLOT_CLOSE_MS)) != WEIR_OK) {
        return "a partition was not closed in time; its batches and the connection are left behind";
    }
    weir_handler_host_close(&consumer->handler);
    if (weir_bounded_call(end_connection, consumer,
                          weir_time_after_ms(weir_clock_now(), LIBRARY_END_MS)) != WEIR_OK) {
        return "the client library did not end its connection in time; it is left behind";
    }
    return consumer->haunted ? "the client library cannot end its connection; it is left behind"
                             : NULL;
}

enum weir_status weir_consumer_destroy(struct weir_consumer *consumer)
{
    if (consumer == NULL) {
        return WEIR_OK;
    }
    weir_mutex_lock(&consumer->mutex);
    bool running = consumer->running;
    weir_mutex_unlock(&consumer->mutex);
    const char *left_behind = running ? await_ended(consumer) : NULL;
    if (left_behind != NULL) {
        weir_log_always(&consumer->report.log, WEIR_LOG_WARNING, "stop", "%s", left_behind);
        return WEIR_ERR_TIMEOUT;
    }
    weir_consumer_free(consumer);
    return WEIR_OK;
}
