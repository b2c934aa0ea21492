#include "framework/zoo_zookeeper.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

/* CHANGES_MAX: how many watches that fired may wait to be read. LOOK_UP_TO_CONNECT: the library
 * looks all names up for each connection. Without it it also does so with each message, on the
 * thread that tells the servers that we live: what a name server is slow in, or fails in, would be
 * a session lost. */
enum { RETRY_MS = 1000, ANSWERS_MS = 60000, CHANGES_MAX = 100000, LOOK_UP_TO_CONNECT = -1 };

static const char out_of_memory[] = "out of memory";

static struct weir_mutex alive_mutex = {.mutex = PTHREAD_MUTEX_INITIALIZER};
static size_t alive;

static void count_alive(int by)
{
    weir_mutex_lock(&alive_mutex);
    alive += (size_t)by;
    weir_mutex_unlock(&alive_mutex);
}

size_t weir_zoo_sessions_alive(void)
{
    weir_mutex_lock(&alive_mutex);
    size_t count = alive;
    weir_mutex_unlock(&alive_mutex);
    return count;
}

void weir_zoo_news_destroy(struct weir_zoo_news *news)
{
    if (news != NULL && news->kind == WEIR_ZOO_NEWS_ANSWER) {
        weir_zoo_asked_destroy((struct weir_zoo_asked *)news);
    } else {
        weir_free(news);
    }
}

/* Those below are called with the lock held. */

static void wake(const struct weir_zoo_session *session)
{
    weir_mutex_assert_held(&session->mutex);
    if (session->wake != NULL) {
        session->wake(session->wake_user);
    }
}

static void put(struct weir_zoo_session *session, struct weir_zoo_news *news)
{
    bool was_empty = session->last == NULL;

    weir_mutex_assert_held(&session->mutex);
    assert(!session->closing);
    news->next = NULL;
    if (was_empty) {
        session->first = news;
    } else {
        session->last->next = news;
    }
    session->last = news;
    if (was_empty) {
        wake(session);
    }
}

static void give_up(struct weir_zoo_session *session, const char *reason)
{
    weir_mutex_assert_held(&session->mutex);
    if (session->dead == NULL) {
        session->dead = reason;
        wake(session);
    }
}

void weir_zoo_session_give_up(struct weir_zoo_session *session, const char *reason)
{
    weir_mutex_lock(&session->mutex);
    give_up(session, reason);
    weir_mutex_unlock(&session->mutex);
}

static void let_go(struct weir_zoo_asked *asked)
{
    struct weir_zoo_session *session = asked->session;

    weir_mutex_assert_held(&session->mutex);
    if (asked->held_before != NULL) {
        asked->held_before->held_after = asked->held_after;
    } else {
        assert(session->held == asked);
        session->held = asked->held_after;
    }
    if (asked->held_after != NULL) {
        asked->held_after->held_before = asked->held_before;
    }
    if (session->held == NULL && session->closing) {
        (void)pthread_cond_broadcast(&session->changed);
    }
}

void weir_zoo_session_hold(struct weir_zoo_asked *asked)
{
    struct weir_zoo_session *session = asked->session;

    weir_mutex_lock(&session->mutex);
    asked->held_before = NULL;
    asked->held_after = session->held;
    if (session->held != NULL) {
        session->held->held_before = asked;
    }
    session->held = asked;
    weir_mutex_unlock(&session->mutex);
}

void weir_zoo_session_let_go(struct weir_zoo_asked *asked)
{
    weir_mutex_lock(&asked->session->mutex);
    let_go(asked);
    weir_mutex_unlock(&asked->session->mutex);
}

/* Reads are answered by any server, also by one that has lost the others and with them what it
 * heard of us. All other requests go to the leader, who counts the time of the sessions. */
static bool is_fresh(const struct weir_zoo_asked *asked)
{
    bool reads = asked->kind == WEIR_ZOO_GET || asked->kind == WEIR_ZOO_EXISTS ||
                 asked->kind == WEIR_ZOO_CHILDREN;

    return !reads && weir_zoo_result_of(asked->code) != WEIR_ZOO_UNKNOWN;
}

void weir_zoo_session_answer(struct weir_zoo_asked *asked)
{
    struct weir_zoo_session *session = asked->session;

    weir_mutex_lock(&session->mutex);
    bool closing = session->closing;
    let_go(asked);
    if (!closing) {
        if (is_fresh(asked) && asked->sent > session->answered) {
            session->answered = asked->sent;
        }
        put(session, &asked->news);
    }
    weir_mutex_unlock(&session->mutex);
    if (closing) {
        weir_zoo_asked_destroy(asked);
    }
}

static void note_state(struct weir_zoo_session *session, zhandle_t *handle,
                       enum weir_zoo_state state)
{
    struct weir_zoo_news_state *news = weir_malloc(sizeof *news);

    if (news != NULL) {
        *news = (struct weir_zoo_news_state){.news.kind = WEIR_ZOO_NEWS_STATE,
                                             .state = state,
                                             .session = zoo_client_id(handle)->client_id,
                                             .timeout_ms = zoo_recv_timeout(handle)};
    }
    weir_mutex_lock(&session->mutex);
    struct weir_zoo_news *last = session->last;
    if (news == NULL) {
        give_up(session, out_of_memory);
    } else if (last != NULL && last->kind == WEIR_ZOO_NEWS_STATE) {
        news->news.next = NULL; /* nothing was in between: only how it is now matters */
        *(struct weir_zoo_news_state *)last = *news;
    } else if (!session->closing) {
        put(session, &news->news);
        news = NULL;
    }
    weir_mutex_unlock(&session->mutex);
    weir_free(news);
}

static unsigned kinds_of(int type)
{
    if (type == ZOO_CHILD_EVENT) {
        return WEIR_ZOO_WATCH_CHILDREN;
    }
    if (type == ZOO_CREATED_EVENT || type == ZOO_CHANGED_EVENT) {
        return WEIR_ZOO_WATCH_NODE;
    }
    return WEIR_ZOO_WATCH_NODE | WEIR_ZOO_WATCH_CHILDREN;
}

static void note_change(struct weir_zoo_session *session, const char *path, int type)
{
    size_t size = strlen(path) + 1;
    struct weir_zoo_news_change *news = weir_malloc(sizeof *news + size);

    if (news != NULL) {
        news->news.kind = WEIR_ZOO_NEWS_CHANGE;
        news->kinds = kinds_of(type);
        memcpy(news->path, path, size);
    }
    weir_mutex_lock(&session->mutex);
    if (news == NULL || session->changes >= CHANGES_MAX) {
        give_up(session, out_of_memory); /* a change that nobody hears of cannot be made good */
    } else if (!session->closing) {
        session->changes++;
        put(session, &news->news);
        news = NULL;
    }
    weir_mutex_unlock(&session->mutex);
    weir_free(news);
}

/* Runs on the library's completion thread, in one order with the answers (hazard Z7). */
static void on_event(zhandle_t *handle, int type, int state, const char *path, void *user)
{
    struct weir_zoo_session *session = user;

    if (type != ZOO_SESSION_EVENT) {
        note_change(session, path, type);
    } else if (state == ZOO_CONNECTED_STATE) {
        note_state(session, handle, WEIR_ZOO_CONNECTED);
    } else if (state == ZOO_CONNECTING_STATE || state == ZOO_ASSOCIATING_STATE) {
        note_state(session, handle, WEIR_ZOO_SUSPENDED);
    } else if (state == ZOO_AUTH_FAILED_STATE) {
        weir_zoo_session_give_up(session, "the server refuses zookeeper.digest");
    } else if (state == ZOO_EXPIRED_SESSION_STATE) {
        weir_zoo_session_give_up(session, "it expired");
    }
}

struct weir_zoo_news *weir_zoo_session_take(struct weir_zoo_session *session)
{
    weir_mutex_lock(&session->mutex);
    struct weir_zoo_news *news = session->handle == NULL ? NULL : session->first;
    if (news != NULL) {
        session->first = news->next;
        session->last = session->first == NULL ? NULL : session->last;
        session->changes -= news->kind == WEIR_ZOO_NEWS_CHANGE;
    }
    weir_mutex_unlock(&session->mutex);
    return news;
}

const char *weir_zoo_session_dead(struct weir_zoo_session *session, weir_time *answered)
{
    weir_mutex_lock(&session->mutex);
    const char *dead = session->dead;
    *answered = session->answered;
    weir_mutex_unlock(&session->mutex);
    return dead;
}

/* The library has ended: what it did not answer it has forgotten. */
static void session_destroy(struct weir_zoo_session *session)
{
    while (session->held != NULL) {
        struct weir_zoo_asked *asked = session->held;
        session->held = asked->held_after;
        weir_zoo_asked_destroy(asked);
    }
    while (session->first != NULL) {
        struct weir_zoo_news *news = session->first;
        session->first = news->next;
        weir_zoo_news_destroy(news);
    }
    if (session->digest != NULL) {
        explicit_bzero(session->digest, strlen(session->digest));
    }
    weir_zoo_voice_give(session->voice);
    (void)pthread_cond_destroy(&session->changed);
    weir_mutex_fini(&session->mutex);
    weir_free(session->digest);
    weir_free(session->servers);
    weir_free(session);
}

/* Waits for close, or for a while. */
static bool await_closing(struct weir_zoo_session *session, weir_time until)
{
    struct timespec at = weir_time_spec(until);
    int result = 0;

    weir_mutex_lock(&session->mutex);
    while (!session->closing && result == 0) {
        if (until == WEIR_TIME_NEVER) {
            weir_mutex_wait(&session->mutex, &session->changed);
        } else {
            result = weir_mutex_wait_until(&session->mutex, &session->changed, &at);
        }
    }
    bool closing = session->closing;
    weir_mutex_unlock(&session->mutex);
    return closing;
}

/* What is out when the library is closed it mostly forgets, with all the memory of it. So all is
 * answered first: by a server, or, when none does, by the library itself, which gives a connection
 * up after two thirds of the session timeout. */
static void await_answers(struct weir_zoo_session *session)
{
    struct timespec until = weir_time_spec(weir_time_after_ms(weir_clock_now(), ANSWERS_MS));
    int result = 0;

    weir_mutex_lock(&session->mutex);
    while (session->held != NULL && result == 0) {
        result = weir_mutex_wait_until(&session->mutex, &session->changed, &until);
    }
    weir_mutex_unlock(&session->mutex);
}

/* Control sees it when it has its digest: what it writes will be ours. */
static void publish(struct weir_zoo_session *session, zhandle_t *handle)
{
    if (session->digest != NULL) {
        (void)zoo_add_auth(handle, "digest", session->digest, (int)strlen(session->digest), NULL,
                           NULL);
    }
    weir_mutex_lock(&session->mutex);
    session->handle = handle;
    if (session->first != NULL) {
        wake(session);
    }
    weir_mutex_unlock(&session->mutex);
}

/* Names that cannot be looked up are tried again. */
static zhandle_t *open_handle(struct weir_zoo_session *session)
{
    zhandle_t *handle = NULL;
    bool closing = false;

    while (handle == NULL && !closing) {
        handle = zookeeper_init2(session->servers, on_event, session->timeout_ms, NULL, session, 0,
                                 weir_zoo_voice_function(session->voice));
        closing = handle == NULL &&
                  await_closing(session, weir_time_after_ms(weir_clock_now(), RETRY_MS));
    }
    if (handle != NULL) {
        (void)zoo_set_servers_resolution_delay(handle, LOOK_UP_TO_CONNECT);
    }
    return handle;
}

static void *keep(void *user)
{
    struct weir_zoo_session *session = user;

    (void)pthread_setname_np(pthread_self(), "weir-zoo");
    zhandle_t *handle = open_handle(session);
    if (handle != NULL) {
        publish(session, handle);
        (void)await_closing(session, WEIR_TIME_NEVER);
        await_answers(session);
        (void)zookeeper_close(handle); /* answers what is out; 4.5 s, or as long as a name takes */
    }
    session_destroy(session);
    count_alive(-1);
    return NULL;
}

/* With all signals blocked, as the library's threads will have it, too. */
static int start_keeper(struct weir_zoo_session *session)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, &attributes, keep, session);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return failed;
}

static struct weir_zoo_session *session_create(const struct weir_zoo_options *options,
                                               const char *servers)
{
    const char *digest = weir_config_get(options->config, "zookeeper.digest");
    struct weir_zoo_session *session = weir_calloc(1, sizeof *session);

    if (session == NULL) {
        return NULL;
    }
    weir_mutex_init(&session->mutex);
    weir_condition_init(&session->changed);
    session->voice = weir_zoo_voice_take();
    session->servers = weir_strdup(servers);
    session->digest = digest == NULL ? NULL : weir_strdup(digest);
    session->timeout_ms = (int)weir_config_integer(options->config, "zookeeper.session.timeout.ms");
    session->wake = options->wake;
    session->wake_user = options->wake_user;
    if (session->servers == NULL || (digest != NULL && session->digest == NULL)) {
        session_destroy(session);
        return NULL;
    }
    return session;
}

enum weir_status weir_zoo_session_open(const struct weir_zoo_options *options, const char *servers,
                                       struct weir_zoo_session **out, struct weir_error *error)
{
    struct weir_zoo_session *session = session_create(options, servers);

    assert(options->wake != NULL);
    if (session == NULL) {
        return weir_error_nomem(error);
    }
    zoo_set_debug_level(ZOO_LOG_LEVEL_WARN); /* never DEBUG (hazard Z5) */
    count_alive(1);
    int failed = start_keeper(session);
    if (failed != 0) {
        count_alive(-1);
        session_destroy(session);
        return weir_error_set(error, WEIR_ERR_NOMEM, failed, "no thread for the ZooKeeper session");
    }
    *out = session;
    return WEIR_OK;
}

void weir_zoo_session_close(struct weir_zoo_session *session)
{
    weir_mutex_lock(&session->mutex);
    session->closing = true;
    session->wake = NULL;
    (void)pthread_cond_broadcast(&session->changed);
    weir_mutex_unlock(&session->mutex);
}
