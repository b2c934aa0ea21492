/* How does a test run a consumer on the simulated cluster in few words? */
#ifndef WEIR_TEST_SIM_RUN_H
#define WEIR_TEST_SIM_RUN_H

#include "test/support/sim_cluster.h"
#include "test/support/sim_events.h"
#include "test/support/verify.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/consumer.h>

enum sim_outcome { SIM_DONE, SIM_RETRY, SIM_REJECT };

/* What becomes of a record. Thread: a worker's; may block. */
typedef enum sim_outcome sim_decide_fn(const struct weir_record *record, void *user);

/* A handler's open, which leaves the state as it finds it. */
typedef int sim_open_fn(const struct weir_handler_config *config, void **state);

/* One consumer with a handler that keeps the cluster's books (sim_cluster.h). Zeroed by
 * sim_run_init; fields of the first part may be set until it is created. */
struct sim_run {
    sim_decide_fn *decide; /* NULL: every record is done */
    void *decide_user;
    uint64_t record_limit;
    bool until_end;
    bool unheard;       /* nobody listens to events */
    size_t event_bytes; /* as in weir_consumer_options, as the next */
    uint64_t event_kinds;
    weir_event_fn *hear;   /* hears them, too; user: the run */
    uint32_t workers_open; /* so many worker_open calls succeed; UINT32_MAX by default */
    bool refuse_open;      /* the handler's open refuses */
    sim_open_fn *open;     /* another one; NULL: it has none */
    void (*adjust)(struct weir_handler *handler); /* before it is given; NULL: it stays as it is */
    bool plugin; /* weir.handler's handler, not this one's: it keeps no books */
    const struct weir_library *library; /* sim_library by default */

    const char *name;
    struct weir_config *config;
    struct weir_consumer *consumer;
    struct weir_handler handler;
    struct sim_events *events;
    struct sim_run_inside *inside;
};

/* The run is called `name` in what is said of it. Topic orders, coordinator kafka, every key at its
 * default but few: batches of 16, 8 workers, retries after a millisecond. */
void sim_run_init(struct sim_run *run, const char *name);
/* The same without a group: these partitions are its own. */
void sim_run_init_alone(struct sim_run *run, const char *name, const char *list);
void sim_run_set(struct sim_run *run, const char *key, const char *value);
/* Must succeed. */
void sim_run_create(struct sim_run *run);
void sim_run_start(struct sim_run *run);
/* Starts it; the only member of the group, it gets these partitions. */
void sim_run_begin(struct sim_run *run, const char *list);
/* Whatever comes of it: WEIR_OK, and the consumer is there. */
WEIR_MUST_CHECK enum weir_status sim_run_try_create(struct sim_run *run, struct weir_error *error);

/* Handlers that are given a record of the partitions at `offset` or above wait until let go. */
void sim_run_hold(struct sim_run *run, const char *list, int64_t offset);
void sim_run_let_go(struct sim_run *run);
/* Waits until so many handlers wait at once, of whatever partitions: in orders that let handlers of
 * one partition run together, several of them may be of one. */
void sim_run_await_held(struct sim_run *run, uint32_t handlers);
/* Waits until each partition that is held has a handler that waits. */
void sim_run_await_all_held(struct sim_run *run);
uint32_t sim_run_held(const struct sim_run *run);

/* Waits until so many records of the list are completed (sim_completed), as long as some are. */
void sim_run_await_completed(const char *list, uint64_t records);
void sim_run_await_event(struct sim_run *run, enum weir_event_kind kind, uint64_t times);
uint64_t sim_run_events(const struct sim_run *run, enum weir_event_kind kind);
void sim_run_await_counter(struct sim_run *run, enum weir_counter counter, uint64_t value);

/* Waits for the end; the test fails if it does not come in time or is another one. What is not
 * clean must say why. */
void sim_run_expect_end(struct sim_run *run, enum weir_state state);
enum weir_state sim_run_await_end(struct sim_run *run);
void sim_run_expect_error(struct sim_run *run, enum weir_status code, const char *part);
/* Did the log have a line with this in it? */
bool sim_run_logged(struct sim_run *run, const char *part);
uint64_t sim_run_log_lines(struct sim_run *run, const char *part);

/* How often the handler was closed. */
uint32_t sim_run_closes(const struct sim_run *run);
/* Destroys the consumer, if it is there; must take less than some seconds. */
void sim_run_destroy(struct sim_run *run);
/* The above, and forgets everything. Accepts one that was never initialised but zeroed. */
void sim_run_fini(struct sim_run *run);

/* After sim_run_destroy. Ledger and streams are filled in. */
void sim_run_judge(struct sim_run *run, struct verify_options options, uint64_t *duplicates);
WEIR_MUST_CHECK char *sim_run_lines(const struct sim_run *run);

/* A test's fixture: a cluster whose topic orders has so many partitions, with so many records of 5
 * keys in each (0: none yet), and a run on it. And their end. */
void sim_run_set_up(struct sim_run *run, int32_t partitions, uint32_t records);
void sim_run_tear_down(struct sim_run *run);

#endif /* WEIR_TEST_SIM_RUN_H */
