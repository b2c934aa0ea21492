/* What does the command see and do of a group on a ZooKeeper in virtual time? */
#ifndef WEIR_TEST_ZOO_DESK_H
#define WEIR_TEST_ZOO_DESK_H

#include <stdint.h>

#include "tools/zoo_group.h"
#include "tools/zoo_talk.h"

/* The group "shop" below a chroot, on the topic "orders" of four partitions. Time passes while the
 * command waits, up to when the server acts (sim_zoo.h). Thread: the test's. */
struct zoo_desk {
    struct weir_config *config;
    struct weir_zoo_group *group;
    struct weir_view view; /* of the last look */
    char said[1024];       /* the last complaint */
    int turns;             /* times that the command waited */
    int act_at;            /* before one of them... */
    void (*act)(void);     /* ...this happens */
    weir_time heal_at;
};

extern struct zoo_desk zoo_desk;
extern const struct weir_zoo_world zoo_desk_world;

enum {
    ZOO_DESK_PARTITIONS = 4,
    ZOO_DESK_TIMEOUT_MS = 15000,
    ZOO_DESK_SESSION_A = 101,
    ZOO_DESK_SESSION_B = 102
};

#define ZOO_DESK_GROUP "/kafka/consumers/shop"

/* Before and after each test. */
void zoo_desk_set_up(void);
void zoo_desk_tear_down(void);

/* A node below the group; session 0: it is not ephemeral, if it is new. */
void zoo_desk_put(const char *below, const char *data, int64_t session);
void zoo_desk_join(const char *id, const char *strategy, int64_t session);
void zoo_desk_own(int partition, const char *data, int64_t session);
/* `a` and `b` divided it, with two partitions each, and have them. */
void zoo_desk_settle(void);

/* Looks anew; the state. It must be possible. */
const char *zoo_desk_look(void);
/* Breaks the connection for a while. Every other cut takes the session with it. */
void zoo_desk_cut(void);

#endif /* WEIR_TEST_ZOO_DESK_H */
