/* What do the parts of the stand-in for ZooKeeper share? */
#ifndef WEIR_TOOLS_ZOO_STANDIN_STATE_H
#define WEIR_TOOLS_ZOO_STANDIN_STATE_H

#include "framework/session_clock.h"
#include "framework/zoo_watches.h"
#include "tools/zoo_standin.h"
#include "tools/zoo_tree.h"
#include <pthread.h>
#include <stdbool.h>

/* Two kinds of threads: those of the clients, and the server's. One lock guards all that they
 * share; what goes from one to the other is copied. */

/* zoo_standin_letter.c: what is on its way. Each is one block. */

enum weir_standin_act { WEIR_STANDIN_CONNECT, WEIR_STANDIN_ASK, WEIR_STANDIN_CLOSE };

/* To the server. */
struct weir_standin_letter {
    struct weir_standin_letter *next;
    enum weir_standin_act act;
    uint64_t client;
    int64_t session; /* 0: CONNECT asks for a new one */
    weir_time sent;
    bool quiet;                      /* its answer is for the client itself */
    struct weir_zoo_request request; /* ASK: with the chroot; its parts are what follows, if any */
    struct weir_zoo_request parts[];
};

/* To a client. */
struct weir_standin_news {
    struct weir_standin_news *next;
    bool quiet;
    int64_t session; /* STATE: CONNECTED */
    int64_t timeout_ms;
    unsigned kinds;               /* CHANGED: what has fired */
    struct weir_zoo_watch *watch; /* ANSWER: what it leaves behind, or NULL */
    struct weir_zoo_event event;
    const char *names[];
};

struct weir_standin_letter *weir_standin_letter_create(enum weir_standin_act act,
                                                       const struct weir_zoo_request *request,
                                                       const char *chroot);
/* A bare one of this kind. */
struct weir_standin_news *weir_standin_news_create(enum weir_zoo_event_kind kind);
/* With data, which may be a path. */
struct weir_standin_news *weir_standin_news_data(enum weir_zoo_event_kind kind, const void *data,
                                                 size_t size);
struct weir_standin_news *weir_standin_news_names(const char *const *names, size_t count);
void weir_standin_news_destroy(struct weir_standin_news *news); /* NULL is accepted */
/* What nobody knows. */
struct weir_standin_news *weir_standin_news_unknown(uint64_t tag, bool quiet);

/* zoo_standin_client.c: what a client has in its hands. */

struct weir_standin_client {
    struct weir_zoo zoo; /* first */
    /* The client's own. */
    struct weir_report *report;
    char *chroot;
    struct weir_session_clock clock;
    weir_time now;            /* of the last poll */
    enum weir_zoo_state said; /* what state answers; LOST is said last of all */
    bool ended;               /* LOST was told */
    int64_t id;               /* of the session that was told */
    uint64_t *waiting;        /* tags, in order: a ring of WEIR_ZOO_WAITING_MAX */
    size_t waiting_first;
    size_t waiting_count;
    struct weir_zoo_watches watches;
    struct weir_standin_news *shown; /* what the last event borrowed from */
    struct weir_zoo_watch *fired;    /* likewise */
    /* Guarded by the server's lock. */
    struct weir_standin_client *next;
    uint64_t number;
    char *member; /* "": it has no name */
    int64_t timeout_ms;
    weir_wake_fn *wake; /* called with the lock held, so that close can take it away */
    void *wake_user;
    bool connected;
    bool dead;          /* the server said that its session is over */
    int64_t session;    /* 0: none yet */
    weir_time answered; /* when the newest request was sent that was answered */
    struct weir_standin_news *first;
    struct weir_standin_news *last;
    struct weir_standin_news *later; /* what it hears with the next connection */
};

/* zoo_standin_answer.c: what is asked is done. */

/* The caller's. `client` NULL: it has gone meanwhile. Sends what watches fire, too. */
struct weir_standin_news *weir_standin_answer(struct weir_zoo_tree *tree,
                                              const struct weir_standin_letter *letter,
                                              const struct weir_standin_client *client);
/* A path of the tree, below the client's chroot. */
const char *weir_standin_path(const struct weir_standin_client *client, const char *path);

/* zoo_standin.c: the server. */

void weir_standin_lock(void);
void weir_standin_unlock(void);
/* It exists from now on, and is connected soon. */
void weir_standin_enter(struct weir_standin_client *client);
/* Takes the letter: to the server, or, without a connection, nobody knows. With the lock. */
void weir_standin_send(struct weir_standin_client *client, struct weir_standin_letter *letter);
/* It is not touched any more on return. */
void weir_standin_leave(struct weir_standin_client *client);

#endif /* WEIR_TOOLS_ZOO_STANDIN_STATE_H */
