#include "test/support/require.h"
#include "test/support/sim_zoo_state.h"
#include <stdlib.h>
#include <string.h>

/* What a member has in its hands. */

enum { PINGS_PER_TIMEOUT = 6 };

static weir_time deadline_of(const struct sim_zclient *client)
{
    bool counts = client->session != 0 && client->alive_at != 0 && !sim_zserver.no_deadlines;

    return counts && client->state != WEIR_ZOO_LOST ? client->alive_at + sim_ztimeout / 3 * 2
                                                    : WEIR_TIME_NEVER;
}

static enum weir_status submit(struct weir_zoo *zoo, const struct weir_zoo_request *request)
{
    struct sim_zclient *client = (struct sim_zclient *)zoo;

    if (client->state != WEIR_ZOO_CONNECTED) {
        return WEIR_ERR_STATE;
    }
    enum weir_status status = weir_zoo_tree_admits(request);
    if (status != WEIR_OK) {
        return status;
    }
    if (client->waiting_count >= sim_zserver.room) {
        return WEIR_ERR_FULL;
    }
    REQUIRE(request->part_count <= WEIR_ZOO_PARTS_MAX);
    client->waiting[client->waiting_count++] = request->tag;
    if (client->connected) {
        sim_zsend(client, sim_zmessage_create(SIM_Z_REQUEST, request));
        return WEIR_OK;
    }
    sim_zput(client, sim_zevent_unknown(request->tag));
    return WEIR_OK;
}

static void ping(struct sim_zclient *client, weir_time now)
{
    if (client->connected && client->state == WEIR_ZOO_CONNECTED && now >= client->ping_at) {
        client->ping_at = now + sim_ztimeout / PINGS_PER_TIMEOUT;
        sim_zsend(client, sim_zmessage_create(SIM_Z_PING, NULL));
    }
}

void sim_zforget(struct sim_zclient *client)
{
    while (client->inbox != NULL) {
        struct sim_zevent *next = client->inbox->next;
        sim_zevent_free(client->inbox);
        client->inbox = next;
    }
}

static void put_now(struct sim_zclient *client, enum weir_zoo_event_kind kind,
                    struct weir_zoo_event event)
{
    struct sim_zevent *told = sim_zevent_create(kind);

    told->event = event;
    told->event.kind = kind;
    sim_zput(client, told);
}

/* Every request that is out is answered, every watch fires, then it is over. */
static void lose(struct sim_zclient *client)
{
    client->state = WEIR_ZOO_LOST;
    client->connected = false;
    client->connection++;
    sim_zforget(client);
    for (size_t i = 0; i < client->waiting_count; i++) {
        sim_zput(client, sim_zevent_unknown(client->waiting[i]));
    }
    for (size_t i = 0; i < sim_ztree.watch_count; i++) {
        const struct weir_zoo_tree_watch *watch = &sim_ztree.watches[i];
        if (watch->session == client->session) {
            put_now(client, WEIR_ZOO_CHANGED,
                    (struct weir_zoo_event){.path = sim_zcopy(watch->path, strlen(watch->path))});
        }
    }
    put_now(client, WEIR_ZOO_STATE, (struct weir_zoo_event){.state = WEIR_ZOO_LOST});
}

static bool is_told_of_loss(const struct sim_zclient *client, weir_time now)
{
    const struct sim_zevent *next = client->inbox;

    return next != NULL && next->at <= now && next->event.kind == WEIR_ZOO_STATE &&
           next->event.state == WEIR_ZOO_LOST;
}

/* Takes note of what it is told. False: nobody else need know. */
static bool note(struct sim_zclient *client, const struct sim_zevent *told)
{
    const struct weir_zoo_event *event = &told->event;

    client->alive_at = sim_zlater(client->alive_at, told->answers);
    if (told->ping) {
        return false;
    }
    if (event->kind == WEIR_ZOO_STATE) {
        client->state = event->state;
        client->ping_at = event->state == WEIR_ZOO_CONNECTED ? told->at : client->ping_at;
    } else if (event->kind == WEIR_ZOO_ANSWER) {
        REQUIRE(client->waiting_count > 0);
        REQUIRE(client->waiting[0] == event->tag);
        client->waiting_count--;
        memmove(&client->waiting[0], &client->waiting[1],
                client->waiting_count * sizeof client->waiting[0]);
    }
    return true;
}

static bool poll_client(struct weir_zoo *zoo, weir_time now, struct weir_zoo_event *out)
{
    struct sim_zclient *client = (struct sim_zclient *)zoo;

    sim_zevent_free(client->told);
    client->told = NULL;
    if (now >= deadline_of(client)) {
        lose(client);
    }
    ping(client, now);
    do {
        if (client->state != WEIR_ZOO_LOST && is_told_of_loss(client, now)) {
            lose(client);
        }
        if (client->inbox == NULL || client->inbox->at > now) {
            return false;
        }
        sim_zevent_free(client->told);
        client->told = client->inbox;
        client->inbox = client->inbox->next;
    } while (!note(client, client->told));
    *out = client->told->event;
    return true;
}

static weir_time due_client(const struct weir_zoo *zoo)
{
    const struct sim_zclient *client = (const struct sim_zclient *)zoo;
    weir_time due = deadline_of(client);

    if (client->connected && client->state == WEIR_ZOO_CONNECTED && client->ping_at < due) {
        due = client->ping_at;
    }
    return client->inbox != NULL && client->inbox->at < due ? client->inbox->at : due;
}

static enum weir_zoo_state state_of(const struct weir_zoo *zoo)
{
    return ((const struct sim_zclient *)zoo)->state;
}

static weir_time deadline_told(const struct weir_zoo *zoo)
{
    const struct sim_zclient *client = (const struct sim_zclient *)zoo;

    return client->state == WEIR_ZOO_LOST ? 0 : deadline_of(client);
}

static int64_t session_id(const struct weir_zoo *zoo)
{
    return ((const struct sim_zclient *)zoo)->session;
}

static void close_client(struct weir_zoo *zoo)
{
    struct sim_zclient *client = (struct sim_zclient *)zoo;
    struct sim_zclient **link = &sim_zserver.clients;

    if (client == NULL) {
        return;
    }
    if (client->connected && !sim_zserver.hosts[client->host].crashed) {
        sim_zsend(client, sim_zmessage_create(SIM_Z_CLOSE, NULL));
    }
    while (*link != client) {
        link = &(*link)->next;
    }
    *link = client->next;
    sim_zforget(client);
    sim_zevent_free(client->told);
    free(client->waiting);
    free(client);
}

static const struct weir_zoo_ops ops = {.name = "simulated",
                                        .submit = submit,
                                        .poll = poll_client,
                                        .due = due_client,
                                        .state = state_of,
                                        .deadline = deadline_told,
                                        .session = session_id,
                                        .close = close_client};

static enum weir_status open_client(const struct weir_zoo_options *options, struct weir_zoo **out,
                                    struct weir_error *error)
{
    struct sim_zclient *client = calloc(1, sizeof *client);

    (void)error;
    REQUIRE(client != NULL);
    client->zoo.ops = &ops;
    client->options = *options;
    client->number = ++sim_zserver.clients_made;
    client->host = sim_zserver.host;
    client->waiting = calloc(sim_zserver.room, sizeof client->waiting[0]);
    REQUIRE(client->waiting != NULL);
    client->next = sim_zserver.clients;
    sim_zserver.clients = client;
    sim_zdial(client);
    *out = &client->zoo;
    return WEIR_OK;
}

const struct weir_zoo_library sim_zoo_library = {.open = open_client};
