/* What hurts a fleet of two colors in the middle of a switch? */
#ifndef WEIR_TEST_STORM_HURT_H
#define WEIR_TEST_STORM_HURT_H

#include <stdbool.h>
#include <stdint.h>

struct load;
struct member;
struct weir_random;

/* Identifier, name, weight. Who was killed or stopped starts again at once. A pause lasts for some
 * hundred records, a zombie until its session is over. A guest joins, or leaves if it is there. An
 * operator rolls back. What is below them hurts the servers: a broker is shut down and started
 * again; ZooKeeper's only server, or its leader, is killed and started again. */
#define STORM_TABLE(X)                                                                             \
    X(STORM_KILL, "kill", 4)                                                                       \
    X(STORM_STOP, "stop", 3)                                                                       \
    X(STORM_PAUSE, "pause", 2)                                                                     \
    X(STORM_ZOMBIE, "zombie", 1)                                                                   \
    X(STORM_GUEST, "guest", 2)                                                                     \
    X(STORM_ROLLBACK, "rollback", 2)                                                               \
    X(STORM_BROKER, "broker", 1)                                                                   \
    X(STORM_ZOOKEEPER, "zookeeper", 1)

enum storm_kind {
#define STORM_ENUM(id, name, weight) id,
    STORM_TABLE(STORM_ENUM)
#undef STORM_ENUM
        STORM_KINDS
};

/* A kind of this set: a bit for each. */
#define STORM_BIT(kind) (UINT32_C(1) << (kind))
#define STORM_MEMBERS                                                                              \
    (STORM_BIT(STORM_KILL) | STORM_BIT(STORM_STOP) | STORM_BIT(STORM_PAUSE) |                      \
     STORM_BIT(STORM_ZOMBIE))

const char *storm_name(enum storm_kind kind);
enum storm_kind storm_draw(struct weir_random *random, uint32_t kinds);

/* On the present scene (scene.h, zoo_scene.h). Thread: main. */
/* One of STORM_MEMBERS; the load is what a pause goes by. */
void storm_hurt_member(enum storm_kind kind, struct member *member, const struct load *load);
/* STORM_BROKER, the target-th from 0, or STORM_ZOOKEEPER. */
void storm_hurt_server(enum storm_kind kind, uint32_t target);
/* Cleanly, as far as the servers let it. */
void storm_stop(struct member *member);
/* The next life; signals reach it on return. */
void storm_return(struct member *member);
bool storm_is_there(const struct member *member); /* NULL: it was never there */

#endif /* WEIR_TEST_STORM_HURT_H */
