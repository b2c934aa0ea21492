/* How does a fleet of two colors fare through one switch after another, while it is hurt? */
#ifndef WEIR_TEST_SWITCH_STORM_H
#define WEIR_TEST_SWITCH_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "test/support/storm_hurt.h"
#include "test/support/text.h"

/* After each switch: how it went, in a line without its end. */
typedef void switch_storm_tell_fn(const char *line, void *user);

struct switch_storm_options {
    uint64_t seed;
    uint32_t switches;
    uint32_t session_ms;
    bool own_servers;           /* the scene's brokers and zoo_scene's servers may be hurt */
    switch_storm_tell_fn *tell; /* or NULL */
    void *user;
};

struct switch_storm_result {
    uint32_t done;
    uint32_t returned;   /* or aborted */
    uint32_t unhealthy;  /* of these: the new color failed */
    uint32_t taken_back; /* of those that were done: within the window */
    uint32_t happened[STORM_KINDS];
    uint64_t records;  /* acknowledged */
    uint64_t repeated; /* completed again, each after a crash */
};

/* What is to happen in each switch, a line each: the same for the same options. */
void switch_storm_plan(const struct switch_storm_options *options, struct text *out);
/* Plays on the present scene (scene.h, zoo_scene.h) from its start to its end, under load; each
 * switch must end in the old color or in the new one. Of some the new color is watched, of some it
 * is green and fails, and must go back by itself; some are taken back when they are done. Then all
 * is judged: nothing is lost, no two colors are active, nothing comes twice but for what a crash
 * leaves open. Streams in which that is not so must be flagged. The test fails if anything of it is
 * not so. Thread: main. */
void switch_storm_play(const struct switch_storm_options *options,
                       struct switch_storm_result *result);

#endif /* WEIR_TEST_SWITCH_STORM_H */
