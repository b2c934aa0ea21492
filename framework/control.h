/* Who decides when to join, open, commit, hand back and stop? */
#ifndef WEIR_FRAMEWORK_CONTROL_H
#define WEIR_FRAMEWORK_CONTROL_H

#include "framework/coordinator.h"
#include "framework/fetcher.h"
#include "framework/handling.h"
#include "framework/resolve.h"
#include "offsets/store.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/snapshot.h>

/* The control loop of a consumer: the one thread that talks to the coordinator, opens and closes
 * partitions and commits. Everything it does waits for nothing: what blocks is a side job. */
struct weir_control;

enum weir_out_of_range { WEIR_RANGE_EARLIEST, WEIR_RANGE_LATEST, WEIR_RANGE_STOP };

/* Borrowed things outlive the control. */
struct weir_control_options {
    const struct weir_config *config;
    struct weir_report *report;
    const struct weir_library *library;
    const struct weir_strategy *strategy; /* for the coordinator that asks one; NULL: none */
    const struct weir_coordinator_ops *coordinator;
    const struct weir_store_ops *store;
    struct weir_partition_options partition;
    struct weir_fetching *fetching; /* its client is filled in here, before the first slot opens */
    struct weir_handling *handling; /* likewise */
    struct weir_fetcher **fetchers;
    uint32_t fetcher_count;
    enum weir_start start;
    int64_t start_timestamp_ms;
    enum weir_out_of_range out_of_range;
    int64_t commit_interval_ms;
    int64_t drain_timeout_ms;
    int64_t status_interval_ms; /* 0: never */
    bool until_end;
    /* Control thread: the state changed. After an end state nothing more comes. */
    void (*changed)(enum weir_state state, const struct weir_error *error, void *user);
    void *user;
};

WEIR_MUST_CHECK enum weir_status weir_control_create(const struct weir_control_options *options,
                                                     struct weir_control **out);
WEIR_MUST_CHECK enum weir_status weir_control_start(struct weir_control *control);
/* Where fetchers send their letters. */
struct weir_mailbox *weir_control_mailbox(struct weir_control *control);

/* Thread: any. Requests add up; the strongest wins. */
void weir_control_drain(struct weir_control *control);
void weir_control_close(struct weir_control *control);
void weir_control_abandon(struct weir_control *control);
/* Have everything that is measured said. */
void weir_control_ask_emit(struct weir_control *control);
/* The first failure is the one that is told. `hurry`: do not wait for handlers. */
void weir_control_fail(struct weir_control *control, enum weir_status status, const char *text,
                       bool hurry);

/* What is known now. Waits for the control thread: WEIR_ERR_TIMEOUT, WEIR_ERR_NOMEM. Between start
 * and stop. Thread: any but control. */
WEIR_MUST_CHECK enum weir_status
weir_control_snapshot(struct weir_control *control, weir_time deadline, struct weir_snapshot **out);

/* After an end state and after the pool has stopped: waits until the fetchers have closed the last
 * partition. WEIR_ERR_TIMEOUT: they have not, and must be left alone. */
WEIR_MUST_CHECK enum weir_status weir_control_await_closed(struct weir_control *control,
                                                           weir_time deadline);
/* Waits for the thread. After an end state, with fetchers stopped. */
void weir_control_stop(struct weir_control *control);
/* Frees everything; destroying the connection may block for long. Accepts NULL. WEIR_ERR_TIMEOUT:
 * all is freed but the connection, which lives on with the configuration and the report. */
WEIR_MUST_CHECK enum weir_status weir_control_destroy(struct weir_control *control);

#endif /* WEIR_FRAMEWORK_CONTROL_H */
