/* What do the parts of the ZooKeeper session shell share? */
#ifndef WEIR_FRAMEWORK_ZOO_ZOOKEEPER_H
#define WEIR_FRAMEWORK_ZOO_ZOOKEEPER_H

#include "framework/base/mutex.h"
#include "framework/zoo.h"
#include "framework/zoo_watches.h"
#include <pthread.h>
#include <stdbool.h>
#include <zookeeper/zookeeper.h>

/* Three kinds of threads. Control holds the session through struct weir_zoo. The library's threads
 * copy what they hear into the news and wake control (hazard Z7). The session's keeper, a thread of
 * its own, makes the calls that block: it opens the handle, which looks names up, and closes it,
 * which waits for the network; then it frees the session. */

enum weir_zoo_news_kind { WEIR_ZOO_NEWS_STATE, WEIR_ZOO_NEWS_ANSWER, WEIR_ZOO_NEWS_CHANGE };

/* First in each of the three that follow. */
struct weir_zoo_news {
    struct weir_zoo_news *next;
    enum weir_zoo_news_kind kind;
};

struct weir_zoo_news_state {
    struct weir_zoo_news news;
    enum weir_zoo_state state; /* CONNECTED or SUSPENDED */
    int64_t session;
    int timeout_ms; /* negotiated */
};

struct weir_zoo_news_change {
    struct weir_zoo_news news;
    unsigned kinds; /* of the watches that fired: enum weir_zoo_watch_kind */
    char path[];    /* with the chroot */
};

/* Whom is a request for? */
enum weir_zoo_purpose {
    WEIR_ZOO_FOR_CALLER,
    WEIR_ZOO_FOR_CLOCK,       /* keeps the session fresh */
    WEIR_ZOO_FOR_CHROOT_LOOK, /* is the chroot there? */
    WEIR_ZOO_FOR_CHROOT_MAKE  /* one node of its path */
};

/* A request and its answer. The library's from weir_zoo_ask until the answer is among the news. */
struct weir_zoo_asked {
    struct weir_zoo_news news;
    struct weir_zoo_session *session;
    enum weir_zoo_purpose purpose;
    enum weir_zoo_kind kind;
    weir_time sent;
    uint64_t tag;
    struct weir_zoo_asked *before; /* of those that wait for an answer; control's */
    struct weir_zoo_asked *after;
    struct weir_zoo_asked *held_before; /* of those the library has; guarded by the session */
    struct weir_zoo_asked *held_after;
    struct weir_zoo_watch *watch; /* to be set with the answer, or NULL; control's */
    int code;                     /* ZOK, a code of the library, or WEIR_ZOO_NO_MEMORY */
    size_t failed_part;
    struct weir_zoo_facts facts;
    void *block; /* GET: the data; CHILDREN: the names, and what they point to */
    size_t size; /* of the data, or the number of the names */
    size_t part_count;
    zoo_op_result_t results[]; /* of the parts */
};

enum { WEIR_ZOO_NO_MEMORY = 1 }; /* beside the library's codes, which are 0 and below */

struct weir_zoo_session {
    char *servers; /* these four do not change */
    char *digest;  /* or NULL */
    int timeout_ms;
    int voice;
    struct weir_mutex mutex; /* guards the rest */
    pthread_cond_t changed;  /* closing became true, or nothing is held any more */
    bool closing;
    const char *dead; /* why it is over, or NULL; static */
    zhandle_t *handle;
    struct weir_zoo_news *first;
    struct weir_zoo_news *last;
    size_t changes;              /* of them */
    struct weir_zoo_asked *held; /* those the library has */
    weir_time answered; /* when the newest request was sent whose answer is fresh; 0: none yet */
    weir_wake_fn *wake; /* called with the lock held, so that close can take it away */
    void *wake_user;
};

/* zoo_session_zookeeper.c */

/* Takes what it needs of the options. The keeper runs from now on. */
enum weir_status weir_zoo_session_open(const struct weir_zoo_options *options, const char *servers,
                                       struct weir_zoo_session **out, struct weir_error *error);
/* Wakes nobody any more, and is freed when all is over. Thread: control. */
void weir_zoo_session_close(struct weir_zoo_session *session);
/* How many have not been freed yet. Thread: any. */
size_t weir_zoo_sessions_alive(void);
/* The caller frees it with weir_zoo_news_destroy. NULL: none. Thread: control. */
struct weir_zoo_news *weir_zoo_session_take(struct weir_zoo_session *session);
/* Looks ahead of the news: is it over, and how fresh is it? Thread: control. */
const char *weir_zoo_session_dead(struct weir_zoo_session *session, weir_time *answered);
/* Nothing more can be made of it. Thread: any. */
void weir_zoo_session_give_up(struct weir_zoo_session *session, const char *reason);
/* The library is about to have it; or did not take it. Thread: control. */
void weir_zoo_session_hold(struct weir_zoo_asked *asked);
void weir_zoo_session_let_go(struct weir_zoo_asked *asked);
/* Takes it. Thread: foreign. */
void weir_zoo_session_answer(struct weir_zoo_asked *asked);
void weir_zoo_news_destroy(struct weir_zoo_news *news);

/* zoo_request_zookeeper.c */

/* NULL when out of memory. It is `sent` now, for the clock. */
struct weir_zoo_asked *weir_zoo_asked_create(struct weir_zoo_session *session,
                                             const struct weir_zoo_request *request);
void weir_zoo_asked_destroy(struct weir_zoo_asked *asked);
/* Sends it, with `chroot` before its paths. WEIR_OK: it is the library's. Otherwise the caller's.
 * Thread: control. */
enum weir_status weir_zoo_ask(struct weir_zoo_asked *asked, const struct weir_zoo_request *request,
                              const char *chroot);
enum weir_zoo_result weir_zoo_result_of(int code);
/* NULL for ZOK. */
const char *weir_zoo_text_of(int code);

/* zoo_voice_zookeeper.c */

enum { WEIR_ZOO_LINE_SIZE = 256 };

/* The library's lines have no place for our pointer: who speaks is known by the function it speaks
 * through, of which there are a few. -1 when all are taken: then nothing is heard. */
int weir_zoo_voice_take(void);
log_callback_fn weir_zoo_voice_function(int voice);
/* When the library has ended. */
void weir_zoo_voice_give(int voice);

/* The library says thirty lines in a second while no server is there (hazard Z4): how many of them
 * may be passed on now? */
struct weir_zoo_lines {
    uint32_t tokens;
    uint32_t left_out; /* since the last that was said */
    weir_time refilled;
};
void weir_zoo_lines_init(struct weir_zoo_lines *lines);
/* Thread: control. */
void weir_zoo_lines_pass(struct weir_zoo_lines *lines, int voice, struct weir_report *report,
                         weir_time now);

#endif /* WEIR_FRAMEWORK_ZOO_ZOOKEEPER_H */
