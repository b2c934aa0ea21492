/* What does the cluster say about the topics that we want? */
#ifndef WEIR_FRAMEWORK_INQUIRY_H
#define WEIR_FRAMEWORK_INQUIRY_H

#include "framework/client.h"
#include "framework/listing.h"
#include "strategies/selection.h"
#include <stdbool.h>
#include <stddef.h>
#include <weir/config.h>
#include <weir/status.h>

/* A question, asked on a side thread because it blocks. Owned by whoever asks, who must not touch
 * it until the answer is there. Zeroed but for what is asked. */
struct weir_inquiry {
    const struct weir_config *config;
    const struct weir_library *library;
    struct weir_client *client;       /* NULL: over a connection of its own */
    struct weir_selection *selection; /* NULL: of those that are named */
    struct weir_probe_patience patience;
    struct weir_listing listing;
    struct weir_topic_facts *wanted; /* out: those of `selection`; borrowed from the listing */
    size_t wanted_count;
    /* Nobody knows whether it is wanted (status WEIR_ERR_CONFIG); the first of its kind says why.
     */
    struct weir_error undecided;
    enum weir_status status;
    struct weir_error error;
    void *user;
};

/* With room for so many named topics. NULL when out of memory. Destroy accepts NULL. */
struct weir_inquiry *weir_inquiry_create(size_t named);
void weir_inquiry_destroy(struct weir_inquiry *inquiry);

/* Thread: a side thread. Blocks as the patience says. */
void weir_inquiry_run(void *inquiry);

#endif /* WEIR_FRAMEWORK_INQUIRY_H */
