#include "test/support/require.h"
#include "test/support/sim_zoo_state.h"
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 4096 };

const weir_time sim_ztimeout = (weir_time)SIM_ZOO_TIMEOUT_MS * WEIR_NS_PER_MS;

struct sim_zserver sim_zserver;

weir_time sim_zlater(weir_time a, weir_time b)
{
    return a > b ? a : b;
}

static weir_time travel(void)
{
    uint32_t span = sim_zserver.latency_most_us - sim_zserver.latency_least_us + 1;

    return (weir_time)(sim_zserver.latency_least_us +
                       weir_random_below(&sim_zserver.random, span)) *
           WEIR_NS_PER_US;
}

static struct sim_zclient *client_of(uint64_t number)
{
    struct sim_zclient *client = sim_zserver.clients;

    while (client != NULL && client->number != number) {
        client = client->next;
    }
    return client;
}

struct sim_zsession *sim_zsession_of(int64_t id)
{
    bool known = id > 0 && (size_t)id <= sim_zserver.session_count;

    return known && sim_zserver.sessions[id - 1].id != 0 ? &sim_zserver.sessions[id - 1] : NULL;
}

/* To the sim_zserver. */

void sim_zsend(struct sim_zclient *client, struct sim_zmessage *message)
{
    struct sim_zmessage **link = &sim_zserver.queue;

    message->client = client->number;
    message->session = client->session;
    message->connection = client->connection;
    message->sent = sim_zserver.now;
    message->at =
        sim_zlater(sim_zserver.now + travel(), sim_zserver.hosts[client->host].requests_from);
    message->at = sim_zlater(message->at, client->last_at);
    client->last_at = message->at;
    if (sim_zserver.last != NULL && sim_zserver.last->at <= message->at) {
        link = &sim_zserver.last->next; /* as it mostly is: nobody need count thousands */
    }
    while (*link != NULL && (*link)->at <= message->at) {
        link = &(*link)->next;
    }
    message->next = *link;
    *link = message;
    sim_zserver.last = message->next == NULL ? message : sim_zserver.last;
}

void sim_zdial(struct sim_zclient *client)
{
    if (!sim_zserver.hosts[client->host].cut) {
        client->connection++;
        sim_zsend(client, sim_zmessage_create(SIM_Z_CONNECT, NULL));
    }
}

/* To the client. */

void sim_zput(struct sim_zclient *client, struct sim_zevent *event)
{
    struct sim_zevent **link = &client->inbox;

    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = event;
    client->options.wake(client->options.wake_user);
}

static void deliver(struct sim_zclient *client, struct sim_zevent *event)
{
    event->at =
        sim_zlater(sim_zserver.now + travel(), sim_zserver.hosts[client->host].answers_from);
    event->at = sim_zlater(event->at, client->last_back);
    client->last_back = event->at;
    sim_zput(client, event);
}

static void tell_state(struct sim_zclient *client, enum weir_zoo_state state, bool at_once)
{
    struct sim_zevent *event = sim_zevent_create(WEIR_ZOO_STATE);

    event->event.state = state;
    if (at_once) {
        event->at = sim_zserver.now;
        sim_zput(client, event);
    } else {
        deliver(client, event);
    }
}

void sim_zoo_fire(const char *path, int64_t session)
{
    const struct sim_zsession *of = sim_zsession_of(session);
    struct sim_zclient *client = of == NULL ? NULL : client_of(of->client);

    if (client == NULL) {
        return;
    }
    struct sim_zevent *event = sim_zevent_create(WEIR_ZOO_CHANGED);
    event->event.path = sim_zcopy(path, strlen(path));
    sim_zserver.wakes++;
    if (client->connected) {
        deliver(client, event);
    } else {
        event->at = WEIR_TIME_NEVER; /* it hears of it with the next connection */
        sim_zput(client, event);
    }
}

/* The connection breaks: what was not told is not, but for watches, which the next one tells. */
static void drop_answers(struct sim_zclient *client)
{
    struct sim_zevent **link = &client->inbox;

    while (*link != NULL) {
        struct sim_zevent *event = *link;
        if (event->event.kind == WEIR_ZOO_CHANGED) {
            link = &event->next;
        } else {
            *link = event->next;
            sim_zevent_free(event);
        }
    }
}

static void put_changes(struct sim_zclient *client, struct sim_zevent *changes, weir_time at)
{
    while (changes != NULL) {
        struct sim_zevent *next = changes->next;
        changes->next = NULL;
        changes->at = at;
        sim_zput(client, changes);
        changes = next;
    }
}

static void break_connection(struct sim_zclient *client)
{
    if (client->state == WEIR_ZOO_LOST) {
        return;
    }
    client->connection++;
    client->last_at = 0;
    if (!client->connected) {
        return; /* dialling */
    }
    drop_answers(client);
    client->connected = false;
    struct sim_zevent *changes = client->inbox;
    client->inbox = NULL;
    tell_state(client, WEIR_ZOO_SUSPENDED, true);
    for (size_t i = 0; i < client->waiting_count; i++) {
        sim_zput(client, sim_zevent_unknown(client->waiting[i]));
    }
    put_changes(client, changes, WEIR_TIME_NEVER);
}

/* What the server does. */

static void end_session(struct sim_zsession *session)
{
    int64_t id = session->id;

    session->id = 0;
    sim_ztree_end_session(id);
}

static void lose_client(struct sim_zclient *client)
{
    sim_zforget(client);
    client->connected = false;
    client->connection++;
    tell_state(client, WEIR_ZOO_LOST, false);
}

static void take_connection(const struct sim_zmessage *message, struct sim_zclient *client)
{
    struct sim_zsession *session = sim_zsession_of(client->session);

    if (client->session != 0 && session == NULL) {
        lose_client(client);
        return;
    }
    if (session == NULL) {
        REQUIRE(sim_zserver.session_count < SIM_ZOO_SESSIONS_MAX);
        session = &sim_zserver.sessions[sim_zserver.session_count++];
        session->id = (int64_t)sim_zserver.session_count;
        client->session = session->id;
    }
    session->heard = sim_zserver.now;
    session->client = client->number;
    client->connected = true;
    struct sim_zevent *changes = client->inbox;
    client->inbox = NULL;
    struct sim_zevent *event = sim_zevent_create(WEIR_ZOO_STATE);
    event->event.state = WEIR_ZOO_CONNECTED;
    event->answers = message->sent;
    deliver(client, event);
    put_changes(client, changes, client->last_back);
}

static void fill_names(struct weir_zoo_event *event, const char *path)
{
    static const char *names[NAMES_MAX];
    uint32_t count = weir_zoo_tree_children(&sim_ztree, path, names, NAMES_MAX);

    REQUIRE(count <= NAMES_MAX);
    char **copies = calloc(count + 1, sizeof copies[0]);
    REQUIRE(copies != NULL);
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = sim_zcopy(names[i], strlen(names[i]));
    }
    event->names = (const char *const *)copies;
    event->name_count = count;
}

static void read_node(const struct weir_zoo_request *request, struct weir_zoo_event *event,
                      int64_t session)
{
    event->result = sim_ztree_judge(request);
    const struct weir_zoo_node *node = sim_ztree_find(request->path);
    bool watchable = event->result == WEIR_ZOO_OK ||
                     (request->kind == WEIR_ZOO_EXISTS && event->result == WEIR_ZOO_ABSENT);
    if (request->watch && watchable) {
        sim_ztree_watch(request->path, request->kind == WEIR_ZOO_CHILDREN, session);
    }
    if (event->result != WEIR_ZOO_OK) {
        return;
    }
    event->facts = weir_zoo_tree_facts(&sim_ztree, node);
    if (request->kind == WEIR_ZOO_GET) {
        event->data = sim_zcopy(node->data, node->size);
        event->size = node->size;
    } else if (request->kind == WEIR_ZOO_CHILDREN) {
        fill_names(event, request->path);
    }
}

static void write_node(const struct weir_zoo_request *request, struct weir_zoo_event *event,
                       int64_t session)
{
    event->result = sim_ztree_judge(request);
    if (event->result != WEIR_ZOO_OK) {
        return;
    }
    sim_ztree_apply(request, session);
    if (request->kind == WEIR_ZOO_SET) {
        event->facts = weir_zoo_tree_facts(&sim_ztree, sim_ztree_find(request->path));
    }
}

static bool is_read(const struct weir_zoo_request *request)
{
    return request->kind == WEIR_ZOO_GET || request->kind == WEIR_ZOO_CHILDREN ||
           request->kind == WEIR_ZOO_EXISTS;
}

static void serve_request(const struct sim_zmessage *message, struct sim_zhost *host, bool heard,
                          struct sim_zevent *answer)
{
    const struct weir_zoo_request *request = &message->request;
    struct weir_zoo_event *event = &answer->event;

    if (!is_read(request) && heard) {
        sim_zlag_end(host);
    }
    switch (request->kind) {
    case WEIR_ZOO_GET:
    case WEIR_ZOO_CHILDREN:
    case WEIR_ZOO_EXISTS:
        if (!sim_zlag_read(host, request, event, message->session)) {
            read_node(request, event, message->session);
        }
        break;
    case WEIR_ZOO_CREATE:
    case WEIR_ZOO_SET:
    case WEIR_ZOO_DELETE:
        write_node(request, event, message->session);
        break;
    case WEIR_ZOO_MULTI:
        sim_zlag_note(host, request, heard);
        event->result = sim_ztree_apply_all(request->parts, request->part_count, message->session,
                                            &event->failed_part);
        break;
    case WEIR_ZOO_CHECK:
    case WEIR_ZOO_SYNC:
        event->result = WEIR_ZOO_OK;
        break;
    }
    if (event->result != WEIR_ZOO_OK) {
        event->text = event->result == WEIR_ZOO_DENIED ? "denied" : "it cannot be done";
    }
}

static bool loses_reply(const struct sim_zmessage *message, struct sim_zclient *client)
{
    struct sim_zhost *host = &sim_zserver.hosts[client->host];

    if (!host->loses_reply || message->request.kind != WEIR_ZOO_MULTI) {
        return false;
    }
    host->loses_reply = false;
    break_connection(client);
    sim_zdial(client);
    return true;
}

/* Of a process that is gone nobody cares which server it was with. */
static struct sim_zhost *host_of(const struct sim_zclient *client)
{
    static struct sim_zhost nowhere;

    return client == NULL ? &nowhere : &sim_zserver.hosts[client->host];
}

static struct sim_zevent *answer_to(const struct sim_zmessage *message,
                                    const struct sim_zclient *client, bool heard)
{
    struct sim_zevent *answer = sim_zevent_create(WEIR_ZOO_ANSWER);

    answer->answers = message->sent;
    answer->ping = message->kind == SIM_Z_PING;
    answer->event.tag = message->request.tag;
    if (message->kind == SIM_Z_REQUEST) {
        sim_zserver.requests++;
        serve_request(message, host_of(client), heard && client->connected, answer);
    }
    return answer;
}

static void take_request(const struct sim_zmessage *message, struct sim_zclient *client)
{
    struct sim_zsession *session = sim_zsession_of(message->session);
    bool heard = client != NULL && client->connection == message->connection;

    if (client != NULL && client->connected && !heard) {
        return; /* of a connection that another one has replaced */
    }
    if (session == NULL) {
        if (heard && client->connected) {
            lose_client(client);
        }
        return;
    }
    session->heard = sim_zserver.now;
    if (message->kind == SIM_Z_CLOSE) {
        end_session(session);
        return;
    }
    struct sim_zevent *answer = answer_to(message, client, heard);
    if (heard && !loses_reply(message, client)) {
        deliver(client, answer);
    } else {
        sim_zevent_free(answer);
    }
}

static void take_message(struct sim_zmessage *message)
{
    struct sim_zclient *client = client_of(message->client);

    if (message->kind != SIM_Z_CONNECT) {
        take_request(message, client);
    } else if (client != NULL && client->connection == message->connection &&
               !sim_zserver.hosts[client->host].cut) {
        take_connection(message, client);
    }
    sim_zmessage_free(message);
}

static struct sim_zsession *next_to_expire(void)
{
    struct sim_zsession *first = NULL;

    for (size_t i = 0; i < sim_zserver.session_count; i++) {
        struct sim_zsession *session = &sim_zserver.sessions[i];
        if (session->id != 0 && (first == NULL || session->heard < first->heard)) {
            first = session;
        }
    }
    return first;
}

weir_time sim_zoo_due(void)
{
    const struct sim_zsession *session = next_to_expire();
    weir_time due = session == NULL ? WEIR_TIME_NEVER : session->heard + sim_ztimeout;

    return sim_zserver.queue != NULL && sim_zserver.queue->at < due ? sim_zserver.queue->at : due;
}

void sim_zoo_advance(weir_time to)
{
    while (sim_zoo_due() <= to) {
        struct sim_zmessage *message = sim_zserver.queue;
        sim_zserver.now = sim_zlater(sim_zserver.now, sim_zoo_due());
        if (message != NULL && message->at <= sim_zserver.now) {
            sim_zserver.queue = message->next;
            sim_zserver.last = message->next == NULL ? NULL : sim_zserver.last;
            take_message(message);
        } else {
            end_session(next_to_expire());
        }
    }
    sim_zserver.now = sim_zlater(sim_zserver.now, to);
}

weir_time sim_zoo_now(void)
{
    return sim_zserver.now;
}

/* The test. */

void sim_zoo_open(uint64_t seed)
{
    memset(&sim_zserver, 0, sizeof sim_zserver);
    sim_zserver.now = WEIR_NS_PER_MS;
    sim_zserver.random.state = seed;
    sim_zserver.latency_least_us = 1000;
    sim_zserver.latency_most_us = 1000;
    sim_zserver.room = 1000;
}

void sim_zoo_close(void)
{
    REQUIRE(sim_zserver.clients == NULL);
    while (sim_zserver.queue != NULL) {
        struct sim_zmessage *next = sim_zserver.queue->next;
        sim_zmessage_free(sim_zserver.queue);
        sim_zserver.queue = next;
    }
    for (unsigned i = 0; i < SIM_ZOO_HOSTS; i++) {
        sim_zlag_end(&sim_zserver.hosts[i]);
    }
    sim_ztree_reset();
}

void sim_zoo_host(unsigned host)
{
    REQUIRE(host < SIM_ZOO_HOSTS);
    sim_zserver.host = host;
    sim_zserver.hosts[host].crashed = false;
}

void sim_zoo_cut(unsigned host)
{
    sim_zserver.hosts[host].cut = true;
    for (struct sim_zclient *client = sim_zserver.clients; client != NULL; client = client->next) {
        if (client->host == host) {
            break_connection(client);
        }
    }
}

void sim_zoo_heal(unsigned host)
{
    sim_zserver.hosts[host].cut = false;
    for (struct sim_zclient *client = sim_zserver.clients; client != NULL; client = client->next) {
        if (client->host == host && !client->connected && client->state != WEIR_ZOO_LOST) {
            sim_zdial(client);
        }
    }
}

void sim_zoo_expire(unsigned host)
{
    for (struct sim_zclient *client = sim_zserver.clients; client != NULL; client = client->next) {
        struct sim_zsession *session = sim_zsession_of(client->session);
        if (client->host == host && session != NULL) {
            end_session(session);
            if (client->connected) {
                lose_client(client);
            }
        }
    }
}
