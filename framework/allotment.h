/* Who was given which partition, in a ZooKeeper group? */
#ifndef WEIR_FRAMEWORK_ALLOTMENT_H
#define WEIR_FRAMEWORK_ALLOTMENT_H

#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>
#include <weir/strategy.h>

/* The data of /consumers/<group>/weir/allotment: what the strategy said for one view of the group,
 * and which view that was. Whoever sees a new view first writes it (with the expected version), and
 * everybody takes a share from it; the next division starts from it, so all start from the same
 * (docs/decisions/0009). Pure, but for memory. Thread: any. Memory: the heap. */
enum { WEIR_ALLOTMENT_VERSION = 1 };

struct weir_allotment_topic {
    char *name;
    uint32_t partitions;
    uint32_t first; /* index of partition 0 */
};

struct weir_allotment {
    uint64_t view;                       /* digest of what was divided */
    char **members;                      /* those of the view, then those that are away */
    size_t present_count;                /* of the view */
    size_t member_count;                 /* with those that are away */
    struct weir_allotment_topic *topics; /* sorted by name */
    size_t topic_count;
    size_t partition_count;
    uint32_t *owners; /* per partition: index of a member, or WEIR_STRATEGY_NOBODY */
    /* Whose the partition was before that member went away and another one had to take it; else its
     * owner. When the member comes back, its partitions come back, and no others move. */
    uint32_t *homes;
};

/* WEIR_ERR_NOMEM. The text is freed by weir_free. */
WEIR_MUST_CHECK enum weir_status weir_allotment_write(const struct weir_allotment *allotment,
                                                      char **out);
/* WEIR_ERR_INVALID: damaged. WEIR_ERR_STATE: of a newer weir. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_allotment_read(const void *data, size_t size,
                                                     struct weir_allotment *out,
                                                     struct weir_error *error);
/* Accepts zeroed memory. */
void weir_allotment_fini(struct weir_allotment *allotment);

/* Fills the previous owners of a view (`partition_count` of them) from the last division; zeroed
 * memory is none. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_allotment_owned(const struct weir_allotment *last,
                                                      const struct weir_strategy_view *view,
                                                      uint32_t *owned);
/* What is written after `owners` came out for the view. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_allotment_create(const struct weir_allotment *last,
                                                       const struct weir_strategy_view *view,
                                                       const uint32_t *owners,
                                                       struct weir_allotment *out);

#endif /* WEIR_FRAMEWORK_ALLOTMENT_H */
