/* What do the parts of a consumer share? */
#ifndef WEIR_FRAMEWORK_CONSUMER_STATE_H
#define WEIR_FRAMEWORK_CONSUMER_STATE_H

#include "framework/base/budget.h"
#include "framework/consumer.h"
#include "framework/control.h"
#include "framework/ending.h"
#include "framework/handler_host.h"
#include <weir/plan.h>

struct weir_consumer {
    const struct weir_library *library;
    struct weir_config *config;
    struct weir_report report;
    struct weir_handler_host handler;
    struct weir_handling handling;
    struct weir_budget budget;
    struct weir_fetching fetching;
    struct weir_pool *pool;
    struct weir_fetcher **fetchers;
    uint32_t fetcher_count;
    struct weir_strategy_source *strategy; /* NULL: none is asked */
    struct weir_control *control;
    struct weir_ending *ending;
    struct weir_mutex mutex;
    bool started; /* guarded by the mutex, as the next */
    bool running; /* control runs, so an end will come */
    bool haunted; /* the connection lives on, and uses the configuration and the report */
};

/* consumer_end.c: frees everything; nothing runs any more, or it never ran. */
void weir_consumer_free(struct weir_consumer *consumer);

#endif /* WEIR_FRAMEWORK_CONSUMER_STATE_H */
