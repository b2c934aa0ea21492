/* What does control know of a ZooKeeper session? */
#ifndef WEIR_FRAMEWORK_ZOO_CONTROL_ZOOKEEPER_H
#define WEIR_FRAMEWORK_ZOO_CONTROL_ZOOKEEPER_H

#include "framework/session_clock.h"
#include "framework/zoo_watches.h"
#include "framework/zoo_zookeeper.h"
#include <stdbool.h>

/* Thread: control, all of it. */
struct weir_zoo_control {
    struct weir_zoo zoo;
    pthread_t thread; /* whose it is */
    struct weir_zoo_session *session;
    struct weir_report *report;
    char *chroot;
    int64_t id;         /* of the session; 0: none yet */
    int64_t timeout_ms; /* as configured */
    struct weir_session_clock clock;
    weir_time now;                /* of the last poll */
    enum weir_zoo_state said;     /* what state answers; LOST is said last of all */
    bool ended;                   /* LOST was told: there is nothing after it */
    bool rooted;                  /* the chroot is there */
    bool looking;                 /* for it */
    bool made;                    /* as far as it could be */
    int make_code;                /* why not, the first reason */
    int told_code;                /* the last reason that was logged */
    struct weir_zoo_asked *first; /* those that wait for an answer */
    struct weir_zoo_asked *last;
    size_t waiting;
    struct weir_zoo_watches watches;
    struct weir_zoo_news *shown;  /* what the last event borrowed from */
    struct weir_zoo_watch *fired; /* the same */
    struct weir_zoo_lines lines;
};

/* The answer may be there before this returns, but it is not read before the next poll. */
enum weir_status weir_zoo_control_ask(struct weir_zoo_control *zoo, enum weir_zoo_purpose purpose,
                                      const struct weir_zoo_request *request, const char *chroot);

/* zoo_chroot_zookeeper.c: is the chroot there? If not it is made, node by node. */

void weir_zoo_chroot_look(struct weir_zoo_control *zoo);
/* The answer to the look, or to one of the nodes. */
void weir_zoo_chroot_judge(struct weir_zoo_control *zoo, int code);
void weir_zoo_chroot_made(struct weir_zoo_control *zoo, int code);

#endif /* WEIR_FRAMEWORK_ZOO_CONTROL_ZOOKEEPER_H */
