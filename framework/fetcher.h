/* Who moves records from the library to the workers, and results back? */
#ifndef WEIR_FRAMEWORK_FETCHER_H
#define WEIR_FRAMEWORK_FETCHER_H

#include "framework/base/budget.h"
#include "framework/base/permits.h"
#include "framework/pool.h"
#include "framework/slot.h"
#include <stdint.h>
#include <weir/status.h>

/* A loop that owns some of the partitions. All fetchers of a consumer share this. */
struct weir_fetching {
    struct weir_client *client;
    struct weir_pool *pool;
    struct weir_budget *budget;
    struct weir_report *report;
    struct weir_mailbox *control;
    enum weir_order order;
    uint32_t tasks_out_min; /* per fetcher: so many batches may always be queued or run (pace.h) */
    bool holds_undelivered; /* records whose dead letter cannot be written; else they stop it */
    struct weir_permits permits;
    struct weir_fetcher *fetchers; /* all that were created */
    /* A record failed for good: control must stop. `why`: its dead letter cannot be written; NULL:
     * there was to be none. Any thread. */
    void (*stopped)(const struct weir_slot *slot, const struct weir_entry *entry, const char *why,
                    void *user);
    /* The limit is reached and everything admitted is finished. Any thread, maybe repeatedly. */
    void (*exhausted)(void *user);
    void *user;
};

struct weir_fetcher;

/* `fetching` outlives the fetcher. */
WEIR_MUST_CHECK enum weir_status weir_fetcher_create(struct weir_fetching *fetching,
                                                     struct weir_fetcher **out);
WEIR_MUST_CHECK enum weir_status weir_fetcher_start(struct weir_fetcher *fetcher);
/* Makes a new slot this fetcher's. Before its source is opened: the library may announce records
 * from then on. The fetcher takes none before the open letter. Thread: control. */
void weir_fetcher_adopt(struct weir_fetcher *fetcher, struct weir_slot *slot);
/* Where slots' open, command and records letters go. */
struct weir_mailbox *weir_fetcher_mailbox(struct weir_fetcher *fetcher);
/* Called by a worker: a task comes home. */
void weir_fetcher_return(struct weir_task *task);
void weir_fetcher_stop(struct weir_fetcher *fetcher);
/* After stop; every slot is closed and no task is out. Accepts NULL. */
void weir_fetcher_destroy(struct weir_fetcher *fetcher);

#endif /* WEIR_FRAMEWORK_FETCHER_H */
