/* How do two groups fare through one swap after another, while their members are hurt? */
#ifndef WEIR_TEST_SWAP_STORM_H
#define WEIR_TEST_SWAP_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "test/support/storm_hurt.h"
#include "test/support/text.h"

/* After each swap: how it went, in a line without its end. */
typedef void swap_storm_tell_fn(const char *line, void *user);

struct swap_storm_options {
    uint64_t seed;
    uint32_t swaps;
    uint32_t session_ms;
    bool own_servers;         /* zoo_scene's server may be hurt */
    swap_storm_tell_fn *tell; /* or NULL */
    void *user;
};

struct swap_storm_result {
    uint32_t done;
    uint32_t returned; /* or aborted */
    uint32_t happened[STORM_KINDS];
};

/* What is to happen in each swap, a line each: the same for the same options. */
void swap_storm_plan(const struct swap_storm_options *options, struct text *out);
/* Plays on the present scene (swap_scene.h) from its start to its end, under load in both groups;
 * of each swap both halves must end in the same: each color in its old role, or in the other's.
 * Then all is judged as in switch_storm.h, of both groups together. The test fails if anything of
 * it is not so. Thread: main. */
void swap_storm_play(const struct swap_storm_options *options, struct swap_storm_result *result);

#endif /* WEIR_TEST_SWAP_STORM_H */
