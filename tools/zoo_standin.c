#include "tools/zoo_standin_state.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SESSIONS_FIRST = 16 };

struct session {
    int64_t id; /* 0: ended */
    weir_time timeout;
    weir_time heard;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards all of it */

static struct server {
    pthread_t thread;
    pthread_cond_t changed; /* something was sent, or it is held no longer, or it closes */
    struct weir_zoo_tree tree;
    struct session *sessions; /* by id, from 1 on */
    size_t session_count;
    size_t session_capacity;
    struct weir_standin_client *clients;
    uint64_t clients_made;
    struct weir_standin_letter *first;
    struct weir_standin_letter *last;
    char *cut; /* the member without a connection; NULL: none is */
    bool held;
    bool closing;
    bool open;
} server;

void weir_standin_lock(void)
{
    (void)pthread_mutex_lock(&mutex);
}

void weir_standin_unlock(void)
{
    (void)pthread_mutex_unlock(&mutex);
}

static struct weir_standin_client *client_of(uint64_t number)
{
    struct weir_standin_client *client = server.clients;

    while (client != NULL && client->number != number) {
        client = client->next;
    }
    return client;
}

static struct weir_standin_client *client_in(int64_t session)
{
    struct weir_standin_client *client = server.clients;

    while (client != NULL && client->session != session) {
        client = client->next;
    }
    return client;
}

static struct session *session_of(int64_t id)
{
    bool known = id > 0 && (size_t)id <= server.session_count;

    return known && server.sessions[id - 1].id != 0 ? &server.sessions[id - 1] : NULL;
}

static bool is_cut(const struct weir_standin_client *client)
{
    return server.cut != NULL && strcmp(server.cut, client->member) == 0;
}

/* To the server. */

static void post(struct weir_standin_client *client, struct weir_standin_letter *letter)
{
    letter->client = client->number;
    letter->session = client->session;
    letter->next = NULL;
    if (server.last != NULL) {
        server.last->next = letter;
    } else {
        server.first = letter;
    }
    server.last = letter;
    (void)pthread_cond_signal(&server.changed);
}

static struct weir_standin_letter *take_letter(void)
{
    struct weir_standin_letter *letter = server.held ? NULL : server.first;

    if (letter != NULL) {
        server.first = letter->next;
        server.last = server.first == NULL ? NULL : server.last;
    }
    return letter;
}

static void dial(struct weir_standin_client *client)
{
    if (!is_cut(client)) {
        post(client, weir_standin_letter_create(WEIR_STANDIN_CONNECT, NULL, ""));
    }
}

/* To a client. */

static void put(struct weir_standin_client *client, struct weir_standin_news *news)
{
    news->next = NULL;
    if (client->last != NULL) {
        client->last->next = news;
    } else {
        client->first = news;
    }
    client->last = news;
    client->wake(client->wake_user);
}

static void put_state(struct weir_standin_client *client, enum weir_zoo_state state)
{
    struct weir_standin_news *news = weir_standin_news_create(WEIR_ZOO_STATE);

    news->event.state = state;
    news->session = client->session;
    news->timeout_ms = client->timeout_ms;
    put(client, news);
}

void weir_standin_send(struct weir_standin_client *client, struct weir_standin_letter *letter)
{
    if (client->connected) {
        post(client, letter);
        return;
    }
    put(client, weir_standin_news_unknown(letter->request.tag, letter->quiet));
    free(letter);
}

static void lose(struct weir_standin_client *client)
{
    client->dead = true;
    client->connected = false;
    client->wake(client->wake_user);
}

static void fire(const char *path, bool children, int64_t session, void *user)
{
    struct weir_standin_client *client = client_in(session);

    (void)user;
    if (client == NULL) {
        return;
    }
    const char *told = weir_standin_path(client, path);
    struct weir_standin_news *news = weir_standin_news_data(WEIR_ZOO_CHANGED, told, strlen(told));
    news->kinds = children ? WEIR_ZOO_WATCH_CHILDREN : WEIR_ZOO_WATCH_NODE;
    if (client->connected) {
        put(client, news);
        return;
    }
    struct weir_standin_news **end = &client->later;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = news;
}

/* Sessions. */

static void end_session(struct session *session)
{
    struct weir_standin_client *client = client_in(session->id);
    int64_t id = session->id;

    session->id = 0;
    if (client != NULL) {
        lose(client);
    }
    weir_zoo_tree_end_session(&server.tree, id);
}

static void make_chroot(const struct weir_standin_client *client)
{
    char *path = weir_cli_text("%s/", client->chroot);

    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const struct weir_zoo_request node = {.kind = WEIR_ZOO_CREATE, .path = path};
        if (weir_zoo_tree_judge(&server.tree, &node) == WEIR_ZOO_OK) {
            weir_zoo_tree_apply(&server.tree, &node, 0);
        }
        *slash = '/';
    }
    free(path);
}

static struct session *make_session(struct weir_standin_client *client)
{
    if (server.session_count == server.session_capacity) {
        server.session_capacity =
            server.session_capacity == 0 ? SESSIONS_FIRST : server.session_capacity * 2;
        server.sessions =
            weir_cli_grow(server.sessions, server.session_capacity, sizeof server.sessions[0]);
    }
    struct session *session = &server.sessions[server.session_count++];
    *session = (struct session){.id = (int64_t)server.session_count,
                                .timeout = client->timeout_ms * WEIR_NS_PER_MS};
    client->session = session->id;
    make_chroot(client);
    return session;
}

static void take_connection(struct weir_standin_client *client)
{
    struct session *session = session_of(client->session);

    if (client->connected || client->dead || is_cut(client)) {
        return;
    }
    if (client->session != 0 && session == NULL) {
        lose(client);
        return;
    }
    session = session == NULL ? make_session(client) : session;
    session->heard = weir_clock_now();
    client->connected = true;
    put_state(client, WEIR_ZOO_CONNECTED);
    for (struct weir_standin_news *news = client->later; news != NULL; news = client->later) {
        client->later = news->next;
        put(client, news);
    }
}

static void take_request(const struct weir_standin_letter *letter)
{
    struct weir_standin_client *client = client_of(letter->client);
    struct session *session = session_of(letter->session);

    if (session == NULL) {
        return; /* the client knows */
    }
    session->heard = weir_clock_now();
    struct weir_standin_news *news = weir_standin_answer(&server.tree, letter, client);
    if (client == NULL) {
        weir_standin_news_destroy(news);
        return;
    }
    client->answered = letter->sent > client->answered ? letter->sent : client->answered;
    put(client, news);
}

static void take(struct weir_standin_letter *letter)
{
    struct weir_standin_client *client = client_of(letter->client);
    struct session *session = session_of(letter->session);

    switch (letter->act) {
    case WEIR_STANDIN_CONNECT:
        if (client != NULL) {
            take_connection(client);
        }
        break;
    case WEIR_STANDIN_ASK:
        take_request(letter);
        break;
    case WEIR_STANDIN_CLOSE:
        if (session != NULL) {
            end_session(session);
        }
        break;
    }
    free(letter);
}

static weir_time expire_sessions(weir_time now)
{
    weir_time next = WEIR_TIME_NEVER;

    for (size_t i = 0; i < server.session_count; i++) {
        struct session *session = &server.sessions[i];
        weir_time at = session->heard + session->timeout;
        if (session->id == 0) {
            continue;
        }
        if (at <= now) {
            end_session(session);
        } else {
            next = at < next ? at : next;
        }
    }
    return next;
}

static void wait_until(weir_time at)
{
    if (at == WEIR_TIME_NEVER) {
        (void)pthread_cond_wait(&server.changed, &mutex);
    } else {
        const struct timespec until = weir_time_spec(at);
        (void)pthread_cond_timedwait(&server.changed, &mutex, &until);
    }
}

static void *serve(void *user)
{
    (void)user;
    weir_standin_lock();
    while (!server.closing) {
        struct weir_standin_letter *letter = take_letter();
        if (letter != NULL) {
            take(letter);
        } else {
            wait_until(server.held ? WEIR_TIME_NEVER : expire_sessions(weir_clock_now()));
        }
    }
    weir_standin_unlock();
    return NULL;
}

/* Clients come and go. */

void weir_standin_enter(struct weir_standin_client *client)
{
    weir_standin_lock();
    assert(server.open);
    client->number = ++server.clients_made;
    client->next = server.clients;
    server.clients = client;
    dial(client);
    weir_standin_unlock();
}

void weir_standin_leave(struct weir_standin_client *client)
{
    struct weir_standin_client **link = &server.clients;

    weir_standin_lock();
    if (client->session != 0 && !is_cut(client)) {
        post(client, weir_standin_letter_create(WEIR_STANDIN_CLOSE, NULL, ""));
    }
    while (*link != client) {
        link = &(*link)->next;
    }
    *link = client->next;
    weir_standin_unlock();
}

enum weir_status weir_zoo_standin_open(void)
{
    pthread_condattr_t monotonic;

    assert(!server.open);
    server = (struct server){.tree = {.fire = fire}, .open = true};
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&server.changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    server.open = pthread_create(&server.thread, NULL, serve, NULL) == 0;
    return server.open ? WEIR_OK : WEIR_ERR_NOMEM;
}

void weir_zoo_standin_close(void)
{
    weir_standin_lock();
    assert(server.open && server.clients == NULL);
    server.closing = true;
    (void)pthread_cond_signal(&server.changed);
    weir_standin_unlock();
    (void)pthread_join(server.thread, NULL);
    for (struct weir_standin_letter *letter = server.first; letter != NULL; letter = server.first) {
        server.first = letter->next;
        free(letter);
    }
    weir_zoo_tree_fini(&server.tree);
    free(server.sessions);
    free(server.cut);
    (void)pthread_cond_destroy(&server.changed);
    server = (struct server){.open = false};
}

/* What happens to it. */

/* Nobody will know what became of what it had sent. */
static void break_connection(struct weir_standin_client *client)
{
    struct weir_standin_letter *rest = server.first;

    client->connected = false;
    put_state(client, WEIR_ZOO_SUSPENDED);
    server.first = NULL;
    server.last = NULL;
    for (struct weir_standin_letter *letter = rest; letter != NULL; letter = rest) {
        rest = letter->next;
        letter->next = NULL;
        if (letter->client == client->number && letter->act == WEIR_STANDIN_ASK) {
            weir_standin_send(client, letter);
            continue;
        }
        *(server.last == NULL ? &server.first : &server.last->next) = letter;
        server.last = letter;
    }
}

void weir_zoo_standin_cut(const char *member)
{
    weir_standin_lock();
    free(server.cut);
    server.cut = weir_cli_copy(member);
    for (struct weir_standin_client *client = server.clients; client != NULL;
         client = client->next) {
        if (is_cut(client) && client->connected) {
            break_connection(client);
        }
    }
    weir_standin_unlock();
}

void weir_zoo_standin_mend(void)
{
    weir_standin_lock();
    free(server.cut);
    server.cut = NULL;
    for (struct weir_standin_client *client = server.clients; client != NULL;
         client = client->next) {
        if (!client->connected) {
            dial(client);
        }
    }
    weir_standin_unlock();
}

static void hold(bool held)
{
    weir_standin_lock();
    server.held = held;
    (void)pthread_cond_signal(&server.changed);
    weir_standin_unlock();
}

void weir_zoo_standin_hold(void)
{
    hold(true);
}

void weir_zoo_standin_go_on(void)
{
    hold(false);
}

void weir_zoo_standin_expire(int64_t session)
{
    weir_standin_lock();
    struct session *found = session_of(session);
    if (found != NULL) {
        end_session(found);
    }
    weir_standin_unlock();
}

size_t weir_zoo_standin_sessions(void)
{
    size_t count = 0;

    weir_standin_lock();
    for (size_t i = 0; i < server.session_count; i++) {
        count += server.sessions[i].id != 0 ? 1 : 0;
    }
    weir_standin_unlock();
    return count;
}
