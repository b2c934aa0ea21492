/* Does a group keep its promises through one seed's faults? */
#ifndef WEIR_TEST_FAULT_RUN_H
#define WEIR_TEST_FAULT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

struct run_options {
    uint64_t seed;
    uint32_t duration_ms; /* of the faults; start, quiet end and judgement come on top */
    uint32_t session_ms;  /* when the group takes a member for dead */
    uint32_t brokers;
    uint32_t members;
    bool members_only; /* brokers are left alone: then every hand-over is exact */
    const char *keep;  /* folder for what is left of the run; NULL: nothing is kept */
    bool keep_always;  /* else only of one that failed */
    bool terminal;     /* somebody watches standard output */
};

struct run_result {
    uint64_t seed;
    uint32_t brokers;
    size_t operations;
    uint64_t rebalances; /* assignments of all members together */
    uint64_t records;    /* acknowledged */
    uint64_t duplicates;
    int64_t ms;
    bool held;
    char *story; /* why not, and what was done; NULL if it held. The caller frees it */
};

/* What a group of a seed is like: the same for the same seed and session, and different among
 * seeds. */
enum { RUN_SETTINGS = 24, RUN_SETTING_SIZE = 96 };
struct run_cast {
    const char *order;
    int64_t commit_interval_ms;
    char settings[RUN_SETTINGS][RUN_SETTING_SIZE]; /* "key=value"; an empty one ends them */
};
void run_make_cast(const struct run_options *options, struct run_cast *out);

/* Puts what is left of the present scene, and what was done to it, where options->keep says. */
void run_keep(const struct run_options *options, const char *log);

/* Starts a Kafka of its own, and everything else. Never fails the test: what goes wrong is told in
 * the result. Thread: main. */
void run_seed(const struct run_options *options, struct run_result *result);

#endif /* WEIR_TEST_FAULT_RUN_H */
