/* How is the user's handler run on a batch? */
#ifndef WEIR_FRAMEWORK_HANDLING_H
#define WEIR_FRAMEWORK_HANDLING_H

#include "framework/client.h"
#include "framework/partition.h"
#include "framework/pool.h"
#include <stdint.h>
#include <weir/handler.h>
#include <weir/status.h>

/* What all workers of a consumer share. Fixed before the first worker starts. */
struct weir_handling {
    const struct weir_handler *handler;
    void *handler_state;
    const char *handler_version; /* for people; NULL: it does not say */
    const struct weir_client_ops *client;
    struct weir_report *report;
    enum weir_order order;
    enum weir_failure_policy policy;
    uint32_t batch_records;
    /* Any thread: workers cannot be had; the consumer must stop. */
    void (*failed)(const char *why, void *user);
    void *user;
};

/* The pool's side of it; its user is a struct weir_handling. */
extern const struct weir_pool_ops weir_handling_pool_ops;

#endif /* WEIR_FRAMEWORK_HANDLING_H */
