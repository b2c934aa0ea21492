#include "tools/zoo_standin_state.h"

#include "framework/zoo_address.h"
#include "tools/memory.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct weir_standin_client *client_of(struct weir_zoo *zoo)
{
    return (struct weir_standin_client *)zoo;
}

/* What is asked. */

static void send(struct weir_standin_client *client, const struct weir_zoo_request *request,
                 bool quiet)
{
    struct weir_standin_letter *letter =
        weir_standin_letter_create(WEIR_STANDIN_ASK, request, client->chroot);

    letter->sent = client->now; /* no later than it is sent */
    letter->quiet = quiet;
    weir_standin_lock();
    weir_standin_send(client, letter);
    weir_standin_unlock();
}

static enum weir_status submit(struct weir_zoo *zoo, const struct weir_zoo_request *request)
{
    struct weir_standin_client *client = client_of(zoo);

    assert(request->kind != WEIR_ZOO_CHECK);
    assert(request->kind != WEIR_ZOO_MULTI || request->part_count > 0);
    assert(request->part_count <= WEIR_ZOO_PARTS_MAX);
    if (client->said != WEIR_ZOO_CONNECTED || client->clock.state != WEIR_ZOO_CONNECTED) {
        return WEIR_ERR_STATE;
    }
    enum weir_status status = weir_zoo_tree_admits(request);
    if (status != WEIR_OK) {
        return status;
    }
    if (client->waiting_count == WEIR_ZOO_WAITING_MAX) {
        return WEIR_ERR_FULL;
    }
    size_t at = (client->waiting_first + client->waiting_count++) % WEIR_ZOO_WAITING_MAX;
    client->waiting[at] = request->tag;
    send(client, request, false);
    return WEIR_OK;
}

static uint64_t take_waiting(struct weir_standin_client *client)
{
    uint64_t tag = client->waiting[client->waiting_first];

    assert(client->waiting_count > 0);
    client->waiting_first = (client->waiting_first + 1) % WEIR_ZOO_WAITING_MAX;
    client->waiting_count--;
    return tag;
}

/* What is told. */

static bool tell_state(struct weir_standin_client *client, struct weir_zoo_event *out)
{
    if (client->clock.state == client->said) {
        return false;
    }
    client->said = client->clock.state;
    *out = (struct weir_zoo_event){.kind = WEIR_ZOO_STATE, .state = client->said};
    return true;
}

static void note_state(struct weir_standin_client *client, const struct weir_standin_news *news)
{
    if (news->event.state == WEIR_ZOO_CONNECTED) {
        client->id = news->session;
        weir_session_clock_connected(&client->clock, client->now, news->timeout_ms);
        weir_log(&client->report->log, WEIR_LOG_INFO, "zookeeper",
                 "connected to the stand-in: session 0x%" PRIx64 ", %" PRId64 " ms",
                 (uint64_t)client->id, news->timeout_ms);
    } else {
        weir_session_clock_suspended(&client->clock);
        weir_log(&client->report->log, WEIR_LOG_WARNING, "zookeeper", "no connection");
    }
}

/* Takes the news; an event borrows from it. */
static bool tell(struct weir_standin_client *client, struct weir_standin_news *news,
                 struct weir_zoo_event *out)
{
    client->shown = news;
    if (news->event.kind == WEIR_ZOO_STATE) {
        note_state(client, news);
        return tell_state(client, out);
    }
    if (news->quiet) {
        return false;
    }
    if (news->event.kind == WEIR_ZOO_CHANGED) {
        weir_zoo_watches_remove(&client->watches, news->event.path, news->kinds);
    } else {
        uint64_t tag = take_waiting(client);
        assert(tag == news->event.tag);
        (void)tag;
        if (news->watch != NULL) {
            weir_zoo_watches_add(&client->watches, &news->watch);
        }
    }
    *out = news->event;
    return true;
}

/* Whoever waits is told that nobody knows, whoever watches that it is over, and then that it is
 * lost. */
static bool tell_end(struct weir_standin_client *client, struct weir_zoo_event *out)
{
    if (client->waiting_count > 0) {
        client->shown = weir_standin_news_unknown(take_waiting(client), false);
        *out = client->shown->event;
        return true;
    }
    client->fired = weir_zoo_watches_take(&client->watches);
    if (client->fired != NULL) {
        *out = (struct weir_zoo_event){.kind = WEIR_ZOO_CHANGED, .path = client->fired->path};
        return true;
    }
    client->ended = true;
    return tell_state(client, out);
}

static void forget_shown(struct weir_standin_client *client)
{
    weir_standin_news_destroy(client->shown);
    weir_zoo_watch_destroy(client->fired);
    client->shown = NULL;
    client->fired = NULL;
}

/* Is it over, by the server's word or by our clock? Before anything is told: what was answered long
 * ago must not be acted on. */
static bool is_over(struct weir_standin_client *client)
{
    if (client->clock.state == WEIR_ZOO_LOST) {
        return true;
    }
    weir_standin_lock();
    bool dead = client->dead;
    weir_time answered = client->answered;
    weir_standin_unlock();
    if (answered != 0 && client->clock.timeout > 0) {
        weir_session_clock_answered(&client->clock, answered);
    }
    if (!dead && weir_session_clock_turn(&client->clock, client->now) != WEIR_ZOO_LOST) {
        return false;
    }
    weir_session_clock_end(&client->clock);
    weir_log(&client->report->log, WEIR_LOG_ERROR, "zookeeper", "session 0x%" PRIx64 " is lost: %s",
             (uint64_t)client->id,
             dead ? "the stand-in has ended it" : "no answer for two thirds of its timeout");
    return true;
}

static struct weir_standin_news *take_news(struct weir_standin_client *client)
{
    weir_standin_lock();
    struct weir_standin_news *news = client->first;
    if (news != NULL) {
        client->first = news->next;
        client->last = client->first == NULL ? NULL : client->last;
    }
    weir_standin_unlock();
    return news;
}

static bool poll_client(struct weir_zoo *zoo, weir_time now, struct weir_zoo_event *out)
{
    const struct weir_zoo_request sync = {.kind = WEIR_ZOO_SYNC, .path = "/"};
    struct weir_standin_client *client = client_of(zoo);

    assert(now >= client->now);
    client->now = now;
    forget_shown(client);
    if (client->ended) {
        return false;
    }
    if (is_over(client)) {
        return tell_end(client, out);
    }
    for (struct weir_standin_news *news = take_news(client); news != NULL;
         news = take_news(client)) {
        if (tell(client, news, out)) {
            return true;
        }
        forget_shown(client);
    }
    if (weir_session_clock_ask(&client->clock, now)) {
        send(client, &sync, true);
    }
    return false;
}

static weir_time due(const struct weir_zoo *zoo)
{
    const struct weir_standin_client *client = (const struct weir_standin_client *)zoo;

    if (client->ended) {
        return WEIR_TIME_NEVER;
    }
    return client->clock.state == WEIR_ZOO_LOST ? client->now
                                                : weir_session_clock_due(&client->clock);
}

static enum weir_zoo_state state(const struct weir_zoo *zoo)
{
    const struct weir_standin_client *client = (const struct weir_standin_client *)zoo;

    return client->clock.state == WEIR_ZOO_LOST ? WEIR_ZOO_LOST : client->said;
}

static weir_time deadline(const struct weir_zoo *zoo)
{
    const struct weir_session_clock *clock = &((const struct weir_standin_client *)zoo)->clock;

    return clock->state == WEIR_ZOO_LOST ? 0 : weir_session_clock_deadline(clock);
}

static int64_t session(const struct weir_zoo *zoo)
{
    const struct weir_standin_client *client = (const struct weir_standin_client *)zoo;

    return client->said == WEIR_ZOO_CONNECTING ? 0 : client->id;
}

static void close_client(struct weir_zoo *zoo)
{
    struct weir_standin_client *client = client_of(zoo);

    if (client == NULL) {
        return;
    }
    weir_standin_leave(client);
    forget_shown(client);
    for (struct weir_standin_news *news = client->first; news != NULL; news = client->first) {
        client->first = news->next;
        weir_standin_news_destroy(news);
    }
    for (struct weir_standin_news *news = client->later; news != NULL; news = client->later) {
        client->later = news->next;
        weir_standin_news_destroy(news);
    }
    for (struct weir_zoo_watch *watch; (watch = weir_zoo_watches_take(&client->watches)) != NULL;) {
        weir_zoo_watch_destroy(watch);
    }
    free(client->waiting);
    free(client->member);
    free(client->chroot);
    free(client);
}

static const struct weir_zoo_ops ops = {.name = "standin",
                                        .submit = submit,
                                        .poll = poll_client,
                                        .due = due,
                                        .state = state,
                                        .deadline = deadline,
                                        .session = session,
                                        .close = close_client};

/* Opening. */

static enum weir_status refuse(struct weir_error *error, const char *why)
{
    if (error != NULL) {
        error->code = WEIR_ERR_CONFIG;
        (void)snprintf(error->text, sizeof error->text, "zookeeper.connect: %.400s", why);
    }
    return WEIR_ERR_CONFIG;
}

static struct weir_standin_client *create(const struct weir_zoo_options *options,
                                          const char *chroot)
{
    struct weir_standin_client *client = weir_cli_alloc(1, sizeof *client);
    const char *timeout = weir_config_get(options->config, "zookeeper.session.timeout.ms");
    const char *member = weir_config_get(options->config, "weir.member.id");

    client->zoo.ops = &ops;
    client->report = options->report;
    client->chroot = weir_cli_copy(chroot);
    client->member = weir_cli_copy(member == NULL ? "" : member);
    client->timeout_ms = strtoll(timeout, NULL, 10);
    client->wake = options->wake;
    client->wake_user = options->wake_user;
    client->waiting = weir_cli_alloc(WEIR_ZOO_WAITING_MAX, sizeof client->waiting[0]);
    weir_session_clock_init(&client->clock);
    return client;
}

static enum weir_status open_client(const struct weir_zoo_options *options, struct weir_zoo **out,
                                    struct weir_error *error)
{
    const char *connect = weir_config_get(options->config, "zookeeper.connect");
    struct weir_zoo_address address = {.servers = NULL};
    struct weir_error inner = {.code = WEIR_OK};

    if (connect == NULL) {
        return refuse(error, "is missing");
    }
    if (weir_zoo_address_parse(connect, &address, &inner) != WEIR_OK) {
        return refuse(error, inner.text);
    }
    struct weir_standin_client *client = create(options, address.chroot);
    weir_zoo_address_fini(&address);
    weir_standin_enter(client);
    *out = &client->zoo;
    return WEIR_OK;
}

const struct weir_zoo_library weir_zoo_library_standin = {.open = open_client};
