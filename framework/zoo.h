/* What does the engine need from a ZooKeeper client library? */
#ifndef WEIR_FRAMEWORK_ZOO_H
#define WEIR_FRAMEWORK_ZOO_H

#include "framework/base/clock.h"
#include "framework/base/mailbox.h"
#include "framework/report.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/config.h>
#include <weir/status.h>

/* The seam to the ZooKeeper C client: one table, one ZooKeeper session. Nothing above it sees the
 * library's types; tests put a simulated one in its place, and test/conformance/test_zoo.c holds
 * both to this text. Requests go out in the order of their submission and are answered in that
 * order, each exactly once. Thread: control, all of it. Nothing blocks. */
struct weir_zoo {
    const struct weir_zoo_ops *ops;
};

/* A session is born connecting and dies lost; between the two it goes to and fro. */
enum weir_zoo_state {
    WEIR_ZOO_CONNECTING, /* no server has given us a session yet */
    WEIR_ZOO_CONNECTED,
    WEIR_ZOO_SUSPENDED, /* no connection; what is ephemeral stays. Submit fails */
    /* Expired, or our own deadline passed: the time since boot, suspensions included, at which the
     * last request that was answered was sent (a read may not count: not every server that answers
     * one is heard by the others), plus two thirds of the negotiated session timeout, which is
     * before any server can give what is ephemeral away. From then on `state` says so. It is the
     * last event: before it comes WEIR_ZOO_UNKNOWN for every request that is out, then every watch
     * fires. */
    WEIR_ZOO_LOST
};

enum weir_zoo_kind {
    WEIR_ZOO_GET,      /* data and facts */
    WEIR_ZOO_CHILDREN, /* names, in no order */
    WEIR_ZOO_EXISTS,   /* facts alone; WEIR_ZOO_ABSENT still leaves the watch */
    WEIR_ZOO_CREATE,   /* parents are not made */
    WEIR_ZOO_SET,
    WEIR_ZOO_DELETE,
    WEIR_ZOO_CHECK, /* in a transaction only: the node has this version */
    WEIR_ZOO_MULTI, /* all of `parts` (CREATE, SET, DELETE, CHECK) or none */
    WEIR_ZOO_SYNC   /* what is read after it is no older than now */
};

enum {
    WEIR_ZOO_ANY_VERSION = -1,
    WEIR_ZOO_DATA_MAX = 512 * 1024, /* of a request, all parts together */
    WEIR_ZOO_PATH_MAX = 1024,       /* without the chroot */
    WEIR_ZOO_PARTS_MAX = 4096,
    WEIR_ZOO_WAITING_MAX = 8192 /* for an answer at a time */
};

/* Copied by submit. Paths are absolute, below the chroot. */
struct weir_zoo_request {
    enum weir_zoo_kind kind;
    const char *path;
    const void *data; /* CREATE, SET; NULL is empty */
    size_t size;
    int32_t version; /* SET, DELETE, CHECK */
    bool ephemeral;  /* CREATE */
    bool watch;      /* GET, CHILDREN, EXISTS: one event when the answer is out of date */
    const struct weir_zoo_request *parts; /* MULTI */
    size_t part_count;
    uint64_t tag; /* given back with the answer */
};

struct weir_zoo_facts {
    int64_t created;     /* czxid: which incarnation of the node this is */
    int64_t owner;       /* the session of an ephemeral node, else 0 */
    int64_t modified_ms; /* its data, since 1970, by the servers' clock */
    int32_t version;
    uint32_t child_count;
};

enum weir_zoo_result {
    WEIR_ZOO_OK,
    WEIR_ZOO_ABSENT,  /* no such node, or no parent */
    WEIR_ZOO_PRESENT, /* it is there already */
    WEIR_ZOO_OTHER,   /* another version, or it has children */
    WEIR_ZOO_DENIED,  /* by the node's access list */
    WEIR_ZOO_UNKNOWN, /* the connection broke: done or not done */
    WEIR_ZOO_FAILED   /* anything else, with a text */
};

enum weir_zoo_event_kind { WEIR_ZOO_STATE, WEIR_ZOO_ANSWER, WEIR_ZOO_CHANGED };

/* Pointers are borrowed until the next poll. */
struct weir_zoo_event {
    enum weir_zoo_event_kind kind;
    enum weir_zoo_state state; /* STATE */
    /* CHANGED: the watch is used up. What changed is found by reading again; a watch also fires
     * when the session was lost, and may fire without any change. */
    const char *path;
    uint64_t tag;                /* ANSWER */
    enum weir_zoo_result result; /* ANSWER */
    size_t failed_part;          /* of a MULTI that failed: the first part that did */
    const void *data;            /* GET: never NULL when OK, and a 0 byte follows it */
    size_t size;
    const char *const *names; /* CHILDREN */
    size_t name_count;
    struct weir_zoo_facts facts; /* GET, EXISTS, CHILDREN, SET */
    const char *text;            /* why it failed; NULL when it did not */
};

struct weir_zoo_options {
    const struct weir_config *config; /* zookeeper.* */
    struct weir_report *report;
    weir_wake_fn *wake; /* poll soon; any thread, must only signal */
    void *wake_user;
};

struct weir_zoo_ops {
    const char *name;
    /* WEIR_ERR_STATE when not connected, WEIR_ERR_NOMEM, WEIR_ERR_FULL when too many wait for an
     * answer, WEIR_ERR_CONFIG when data or a path is too large, WEIR_ERR_INVALID when a path is
     * none. Nothing is sent then. */
    enum weir_status (*submit)(struct weir_zoo *zoo, const struct weir_zoo_request *request);
    /* One event, false when there is none. `now` drives our own deadline. */
    bool (*poll)(struct weir_zoo *zoo, weir_time now, struct weir_zoo_event *out);
    /* When poll is wanted at the latest. */
    weir_time (*due)(const struct weir_zoo *zoo);
    enum weir_zoo_state (*state)(const struct weir_zoo *zoo);
    /* From when on the session is lost, by what poll has seen so far: it may turn out to be later,
     * not earlier. WEIR_TIME_NEVER while connecting; in the past when it is lost. */
    weir_time (*deadline)(const struct weir_zoo *zoo);
    /* Of the session, as ephemeral nodes tell their owner; 0 while connecting. */
    int64_t (*session)(const struct weir_zoo *zoo);
    /* Ends the session: what is ephemeral goes at once if a server hears it, else when it expires.
     * Does not block: what must wait for the network does so on another thread, which ends with the
     * process: what must go before that is deleted first. Nothing is told and nobody is woken any
     * more. Accepts NULL. */
    void (*close)(struct weir_zoo *zoo);
};

/* How a coordinator gets a session: the real one, or a test's. */
struct weir_zoo_library {
    /* Connects in the background. WEIR_ERR_CONFIG names the key. */
    enum weir_status (*open)(const struct weir_zoo_options *options, struct weir_zoo **out,
                             struct weir_error *error);
};

extern const struct weir_zoo_library weir_zoo_library_zookeeper;

#endif /* WEIR_FRAMEWORK_ZOO_H */
