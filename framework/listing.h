/* What does a cluster say about its topics? */
#ifndef WEIR_FRAMEWORK_LISTING_H
#define WEIR_FRAMEWORK_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

struct weir_topic_facts {
    const char *topic;
    uint32_t partitions;
    enum weir_status status; /* WEIR_ERR_NOT_FOUND, WEIR_ERR_DENIED, ... */
};

/* A question and its answer. Zeroed is one about nothing. Thread: whoever has it. */
struct weir_listing {
    struct weir_topic_facts *named; /* in: topics, borrowed; out: the rest of each */
    size_t named_count;
    bool all; /* in: list every topic that we may see, too */
    /* Out, if all. In any order. */
    struct weir_topic_facts *topics;
    size_t count;
    size_t room;
    char **copies; /* of their names */
};

/* Copies the topic. False: out of memory. */
WEIR_MUST_CHECK bool weir_listing_add(struct weir_listing *listing,
                                      const struct weir_topic_facts *facts);
/* Forgets what was added, but not the question. */
void weir_listing_clear(struct weir_listing *listing);

#endif /* WEIR_FRAMEWORK_LISTING_H */
