/* Does a partition keep its promises whatever happens to it? */
#ifndef WEIR_TEST_PARTITION_WALK_H
#define WEIR_TEST_PARTITION_WALK_H

#include "framework/base/random.h"
#include "test/support/partition_model.h"

enum { WALK_LETTERS = 64 };

/* A random life of one partition, told by a seed: records come with holes, are handed out, end in
 * any order with any verdict, time passes, the source ends, it drains; after each step the model
 * judges. At the end everything succeeds and must be finished, or is given back. */
struct partition_walk {
    struct weir_partition_options options; /* of the partition */
    struct weir_partition_options judged;  /* what the model holds it to; usually the same */
    struct weir_random random;
    struct weir_partition *core;
    struct partition_model model;
    uint32_t failure_percent; /* of records whose handler does not say done */
    bool keys_only;
    bool halts;        /* is told to now and then */
    bool ignores_halt; /* and does not */
    uint64_t halted;   /* times that it came to rest there */
    /* What a liar would say of itself; NULL: the truth. */
    void (*lie)(const struct partition_walk *walk, struct partition_view *view);
    /* A worker that does not keep to what may_follow asks of it. */
    bool hands_chains_to_many;    /* what follows goes to a worker of its own */
    bool returns_forwards;        /* what was not begun comes back in the order in which it went */
    uint32_t undelivered_percent; /* of letters that cannot be written */
    struct weir_entry letters[WALK_LETTERS]; /* under way */
    uint32_t letter_count;
    uint64_t acknowledged;
    uint64_t followed; /* batches that went behind another */
    uint64_t steps;
};

/* Fills in everything but the lies, from the seed. */
void walk_prepare(struct partition_walk *walk, uint64_t seed);
/* Returns the broken rule, or "" (in walk->model). Frees everything but *walk. */
const char *walk_run(struct partition_walk *walk);

#endif /* WEIR_TEST_PARTITION_WALK_H */
