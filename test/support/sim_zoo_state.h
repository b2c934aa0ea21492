/* What do the parts of the simulated ZooKeeper share? */
#ifndef WEIR_TEST_SIM_ZOO_STATE_H
#define WEIR_TEST_SIM_ZOO_STATE_H

#include "framework/base/random.h"
#include "test/support/sim_zoo.h"
#include "tools/zoo_tree.h"

/* sim_zoo_tree.c: the nodes, and the watches on them. */

extern struct weir_zoo_tree sim_ztree;

struct weir_zoo_node *sim_ztree_find(const char *path);
/* Could it be done? WEIR_ZOO_OK, or why not. */
enum weir_zoo_result sim_ztree_judge(const struct weir_zoo_request *request);
/* Does it, after it was judged fit. Fires watches. */
void sim_ztree_apply(const struct weir_zoo_request *request, int64_t session);
/* All of them or none; `failed` is the first that could not be. */
enum weir_zoo_result sim_ztree_apply_all(const struct weir_zoo_request *parts, size_t count,
                                         int64_t session, size_t *failed);
void sim_ztree_watch(const char *path, bool children, int64_t session);
/* Its ephemeral nodes and its watches go. */
void sim_ztree_end_session(int64_t session);
void sim_ztree_reset(void);
void sim_ztree_deny(const char *path);

/* sim_zoo.c: a watch fired. */
void sim_zoo_fire(const char *path, int64_t session);

/* sim_zoo_message.c */

enum sim_zmessage_kind { SIM_Z_CONNECT, SIM_Z_REQUEST, SIM_Z_PING, SIM_Z_CLOSE };

/* On its way to the server. */
struct sim_zmessage {
    struct sim_zmessage *next;
    weir_time at;
    weir_time sent;
    enum sim_zmessage_kind kind;
    uint64_t client; /* number */
    int64_t session;
    uint32_t connection;
    struct weir_zoo_request request; /* with memory of its own */
};

/* On its way to a client. */
struct sim_zevent {
    struct sim_zevent *next;
    weir_time at;
    weir_time answers; /* when the request was sent that it answers; 0: none */
    bool ping;
    struct weir_zoo_event event; /* with memory of its own */
};

struct sim_zmessage *sim_zmessage_create(enum sim_zmessage_kind kind,
                                         const struct weir_zoo_request *request);
void sim_zmessage_free(struct sim_zmessage *message);
struct sim_zevent *sim_zevent_create(enum weir_zoo_event_kind kind);
void sim_zevent_free(struct sim_zevent *event);
char *sim_zcopy(const void *data, size_t size);

enum { SIM_ZOO_SESSIONS_MAX = 4096 };

/* A node as a server that is behind knows it. */
struct sim_zstale {
    struct sim_zstale *next;
    char *path;
    bool present;
    struct weir_zoo_facts facts;
    int64_t watcher; /* the session that hears of the change; 0: nobody */
};

struct sim_zhost {
    bool cut;
    bool crashed;
    bool loses_reply;
    bool lags; /* from the next transaction on */
    struct sim_zstale *stale;
    weir_time requests_from; /* what is sent before arrives then */
    weir_time answers_from;
};

struct sim_zsession {
    int64_t id; /* 0: ended */
    weir_time heard;
    uint64_t client; /* who is connected to it, or was last */
};

struct sim_zclient {
    struct weir_zoo zoo; /* first */
    struct sim_zclient *next;
    struct weir_zoo_options options;
    uint64_t number;
    unsigned host;
    enum weir_zoo_state state; /* as it was told */
    bool connected;            /* as it is */
    uint32_t connection;
    int64_t session;
    struct sim_zevent *inbox;
    struct sim_zevent *told;
    uint64_t *waiting; /* tags, in order */
    size_t waiting_count;
    weir_time alive_at; /* when the last request was sent that was answered */
    weir_time ping_at;
    weir_time last_at; /* when its last message arrives, or arrives from the server */
    weir_time last_back;
};

struct sim_zserver {
    weir_time now;
    struct weir_random random;
    struct sim_zhost hosts[SIM_ZOO_HOSTS];
    unsigned host;
    struct sim_zsession sessions[SIM_ZOO_SESSIONS_MAX];
    size_t session_count;
    struct sim_zclient *clients;
    struct sim_zmessage *queue; /* in the order in which they arrive */
    struct sim_zmessage *last;  /* of them; NULL: there is none */
    uint64_t clients_made;
    uint32_t latency_least_us;
    uint32_t latency_most_us;
    uint32_t room;
    bool no_deadlines;
    bool losses_mistaken;
    const char *unchecked;
    uint64_t requests;
    uint64_t wakes;
};

extern struct sim_zserver sim_zserver;

/* sim_zoo_lag.c: a server that is behind. */
/* Before the transaction is done. Not heard: it came over a connection that broke. */
void sim_zlag_note(struct sim_zhost *host, const struct weir_zoo_request *request, bool heard);
/* False: it is not behind in this. */
bool sim_zlag_read(struct sim_zhost *host, const struct weir_zoo_request *request,
                   struct weir_zoo_event *event, int64_t session);
/* It has caught up. */
void sim_zlag_end(struct sim_zhost *host);

/* sim_zoo.c: the server. */
extern const weir_time sim_ztimeout;
weir_time sim_zlater(weir_time a, weir_time b);
struct sim_zsession *sim_zsession_of(int64_t id);
void sim_zsend(struct sim_zclient *client, struct sim_zmessage *message);
/* Asks for a connection, if there is a way. */
void sim_zdial(struct sim_zclient *client);
/* Nothing waits to be told any more. */
void sim_zforget(struct sim_zclient *client);
/* What is answered when nobody knows. */
struct sim_zevent *sim_zevent_unknown(uint64_t tag);
/* At the end of what waits to be told. */
void sim_zput(struct sim_zclient *client, struct sim_zevent *event);

#endif /* WEIR_TEST_SIM_ZOO_STATE_H */
