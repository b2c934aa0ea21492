/* How does a fleet of two colors fare through one switch after another, while it is hurt? */
#ifndef WEIR_TEST_SWITCH_STORM_H
#define WEIR_TEST_SWITCH_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "test/support/text.h"

/* What may happen in a switch: identifier, name, weight. Who was killed or stopped starts again at
 * once. A pause lasts for some hundred records, a zombie until its session is over. A guest joins,
 * or leaves if it is there. An operator rolls back. What is below them hurts the servers: a broker
 * is shut down and started again; ZooKeeper's only server, or its leader, is killed and started
 * again. */
#define SWITCH_STORM_TABLE(X)                                                                      \
    X(STORM_KILL, "kill", 4)                                                                       \
    X(STORM_STOP, "stop", 3)                                                                       \
    X(STORM_PAUSE, "pause", 2)                                                                     \
    X(STORM_ZOMBIE, "zombie", 1)                                                                   \
    X(STORM_GUEST, "guest", 2)                                                                     \
    X(STORM_ROLLBACK, "rollback", 2)                                                               \
    X(STORM_BROKER, "broker", 1)                                                                   \
    X(STORM_ZOOKEEPER, "zookeeper", 1)

enum switch_storm_kind {
#define SWITCH_STORM_ENUM(id, name, weight) id,
    SWITCH_STORM_TABLE(SWITCH_STORM_ENUM)
#undef SWITCH_STORM_ENUM
        STORM_KINDS
};

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
    uint32_t returned; /* or aborted */
    uint32_t happened[STORM_KINDS];
    uint64_t records;  /* acknowledged */
    uint64_t repeated; /* completed again, each after a crash */
};

const char *switch_storm_name(enum switch_storm_kind kind);
/* What is to happen in each switch, a line each: the same for the same options. */
void switch_storm_plan(const struct switch_storm_options *options, struct text *out);
/* Plays on the present scene (scene.h, zoo_scene.h) from its start to its end, under load; each
 * switch must end in the old color or in the new one, and then all is judged: nothing is lost, no
 * two colors are active, nothing comes twice but for what a crash leaves open. Streams in which
 * that is not so must be flagged. The test fails if anything of it is not so. Thread: main. */
void switch_storm_play(const struct switch_storm_options *options,
                       struct switch_storm_result *result);

#endif /* WEIR_TEST_SWITCH_STORM_H */
