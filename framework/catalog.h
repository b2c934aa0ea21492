/* Which of the topics we want are there, and what has changed? */
#ifndef WEIR_FRAMEWORK_CATALOG_H
#define WEIR_FRAMEWORK_CATALOG_H

#include "framework/listing.h"
#include <stdbool.h>
#include <stddef.h>
#include <weir/strategy.h>

/* Zeroed is an empty one. Pure. Thread: whoever has it. */
struct weir_catalog {
    struct weir_strategy_topic *topics; /* by name, each once */
    size_t count;
    /* For each: the last answer did not have it any more, or with fewer partitions. One broker may
     * be behind the others, so only the second such answer in turn is believed. */
    bool *doubts;
    size_t doubt_count;
    char *text; /* what the names point into */
};

/* The catalog that follows `before` when the cluster says so of the topics that are wanted; `facts`
 * gets sorted. A topic that exists and whose partitions nobody says (it is just being made, or we
 * may not see it any more) stays as it was. WEIR_ERR_NOMEM. Fini accepts zeroed memory. */
WEIR_MUST_CHECK enum weir_status weir_catalog_follow(const struct weir_catalog *before,
                                                     struct weir_topic_facts *facts, size_t count,
                                                     struct weir_catalog *out);
void weir_catalog_fini(struct weir_catalog *catalog);

/* NULL when it is not there. */
const struct weir_strategy_topic *weir_catalog_find(const struct weir_catalog *catalog,
                                                    const char *topic);

enum weir_catalog_change {
    WEIR_CATALOG_CAME,
    WEIR_CATALOG_GONE,
    WEIR_CATALOG_GREW,
    WEIR_CATALOG_ANEW /* it has fewer partitions: another topic of that name */
};

/* `topic` is as it is now, of one that is gone as it was. */
typedef void weir_catalog_change_fn(enum weir_catalog_change change,
                                    const struct weir_strategy_topic *topic, uint32_t partitions,
                                    void *user);

/* Tells each difference, by name; `partitions` is how many there were before. Returns how many
 * differences there are. `tell` may be NULL. */
size_t weir_catalog_compare(const struct weir_catalog *before, const struct weir_catalog *after,
                            weir_catalog_change_fn *tell, void *user);

#endif /* WEIR_FRAMEWORK_CATALOG_H */
