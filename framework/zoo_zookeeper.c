#include "framework/zoo_control_zookeeper.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/zoo_address.h"
#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* How often the library's lines are read while nothing else happens. */
enum { LOOK_MS = 1000 };

static struct weir_zoo_control *zoo_of(struct weir_zoo *zoo)
{
    return (struct weir_zoo_control *)zoo;
}

/* --- requests ----------------------------------------------------------------------------------
 */

static void link_out(struct weir_zoo_control *zoo, struct weir_zoo_asked *asked)
{
    asked->before = zoo->last;
    asked->after = NULL;
    if (zoo->last != NULL) {
        zoo->last->after = asked;
    } else {
        zoo->first = asked;
    }
    zoo->last = asked;
    zoo->waiting++;
}

static void unlink_out(struct weir_zoo_control *zoo, struct weir_zoo_asked *asked)
{
    assert(zoo->waiting > 0);
    if (asked->before != NULL) {
        asked->before->after = asked->after;
    } else {
        zoo->first = asked->after;
    }
    if (asked->after != NULL) {
        asked->after->before = asked->before;
    } else {
        zoo->last = asked->before;
    }
    zoo->waiting--;
}

enum weir_status weir_zoo_control_ask(struct weir_zoo_control *zoo, enum weir_zoo_purpose purpose,
                                      const struct weir_zoo_request *request, const char *chroot)
{
    struct weir_zoo_asked *asked = weir_zoo_asked_create(zoo->session, request);

    if (asked == NULL) {
        return WEIR_ERR_NOMEM;
    }
    asked->purpose = purpose;
    asked->sent = zoo->now; /* no later than it is sent */
    link_out(zoo, asked);
    enum weir_status status = weir_zoo_ask(asked, request, chroot);
    if (status != WEIR_OK) {
        unlink_out(zoo, asked);
        weir_zoo_asked_destroy(asked);
    }
    return status;
}

/* Below the chroot, that is; what else a path must be the library knows. */
static bool are_absolute(const struct weir_zoo_request *request)
{
    bool multi = request->kind == WEIR_ZOO_MULTI;
    const struct weir_zoo_request *parts = multi ? request->parts : request;
    size_t count = multi ? request->part_count : 1;

    for (size_t i = 0; i < count; i++) {
        if (parts[i].path[0] != '/') {
            return false;
        }
    }
    return true;
}

/* Small enough for a server, which hangs up on a request of more than 1 MiB? */
static bool fits(const struct weir_zoo_request *request)
{
    bool multi = request->kind == WEIR_ZOO_MULTI;
    const struct weir_zoo_request *parts = multi ? request->parts : request;
    size_t count = multi ? request->part_count : 1;
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > WEIR_ZOO_DATA_MAX || strlen(parts[i].path) > WEIR_ZOO_PATH_MAX) {
            return false;
        }
        size += parts[i].size;
    }
    return size <= WEIR_ZOO_DATA_MAX;
}

static enum weir_status submit(struct weir_zoo *base, const struct weir_zoo_request *request)
{
    struct weir_zoo_control *zoo = zoo_of(base);

    assert(pthread_equal(zoo->thread, pthread_self()));
    assert(request->kind != WEIR_ZOO_CHECK);
    assert(request->kind != WEIR_ZOO_MULTI || request->part_count > 0);
    assert(request->kind != WEIR_ZOO_MULTI || request->part_count <= WEIR_ZOO_PARTS_MAX);
    if (zoo->said != WEIR_ZOO_CONNECTED || zoo->clock.state != WEIR_ZOO_CONNECTED) {
        return WEIR_ERR_STATE;
    }
    if (!are_absolute(request)) {
        return WEIR_ERR_INVALID;
    }
    if (!fits(request)) {
        return WEIR_ERR_CONFIG;
    }
    if (zoo->waiting >= WEIR_ZOO_WAITING_MAX) {
        return WEIR_ERR_FULL;
    }
    return weir_zoo_control_ask(zoo, WEIR_ZOO_FOR_CALLER, request, zoo->chroot);
}

/* --- what the servers say ----------------------------------------------------------------------
 */

static void note_connected(struct weir_zoo_control *zoo, const struct weir_zoo_news_state *news)
{
    bool first = zoo->id == 0;

    zoo->id = news->session;
    weir_session_clock_connected(&zoo->clock, zoo->now, news->timeout_ms);
    weir_log(&zoo->report->log, WEIR_LOG_INFO, "zookeeper", "%s: session 0x%" PRIx64 ", %d ms",
             first ? "connected" : "connected again", (uint64_t)zoo->id, news->timeout_ms);
    if (first && news->timeout_ms != zoo->timeout_ms) {
        weir_log(&zoo->report->log, WEIR_LOG_WARNING, "zookeeper",
                 "zookeeper.session.timeout.ms: the server made %d of %" PRId64 " ms",
                 news->timeout_ms, zoo->timeout_ms);
    }
    zoo->rooted = zoo->rooted || zoo->chroot[0] == '\0';
    if (!zoo->rooted && !zoo->looking) {
        weir_zoo_chroot_look(zoo);
    }
}

static void note_suspended(struct weir_zoo_control *zoo)
{
    if (zoo->clock.state == WEIR_ZOO_CONNECTED) {
        weir_session_clock_suspended(&zoo->clock);
        weir_log(&zoo->report->log, WEIR_LOG_WARNING, "zookeeper",
                 "no connection; the session is ours for another %" PRId64 " ms",
                 (weir_session_clock_deadline(&zoo->clock) - zoo->now) / WEIR_NS_PER_MS);
    }
}

/* Is there a state to tell? */
static bool tell_state(struct weir_zoo_control *zoo, struct weir_zoo_event *out)
{
    enum weir_zoo_state state = zoo->clock.state;

    if (!zoo->rooted && state != WEIR_ZOO_LOST) {
        state = WEIR_ZOO_CONNECTING; /* to the caller there is no session yet */
    }
    if (state == zoo->said) {
        return false;
    }
    zoo->said = state;
    *out = (struct weir_zoo_event){.kind = WEIR_ZOO_STATE, .state = state};
    return true;
}

static void fill_answer(const struct weir_zoo_asked *asked, struct weir_zoo_event *out)
{
    *out = (struct weir_zoo_event){.kind = WEIR_ZOO_ANSWER,
                                   .tag = asked->tag,
                                   .result = weir_zoo_result_of(asked->code),
                                   .failed_part = asked->failed_part,
                                   .facts = asked->facts,
                                   .text = weir_zoo_text_of(asked->code)};
    if (asked->kind == WEIR_ZOO_GET) {
        out->data = asked->block;
        out->size = asked->size;
    } else if (asked->kind == WEIR_ZOO_CHILDREN) {
        out->names = asked->block;
        out->name_count = asked->size;
    }
}

/* Does the answer leave the watch that was asked for? */
static bool leaves_watch(const struct weir_zoo_asked *asked)
{
    return asked->watch != NULL &&
           (asked->code == ZOK || (asked->code == ZNONODE && asked->kind == WEIR_ZOO_EXISTS));
}

static bool tell_answer(struct weir_zoo_control *zoo, struct weir_zoo_asked *asked,
                        struct weir_zoo_event *out)
{
    unlink_out(zoo, asked);
    switch (asked->purpose) {
    case WEIR_ZOO_FOR_CALLER:
        if (leaves_watch(asked)) {
            weir_zoo_watches_add(&zoo->watches, &asked->watch);
        }
        fill_answer(asked, out);
        return true;
    case WEIR_ZOO_FOR_CLOCK:
        return false;
    case WEIR_ZOO_FOR_CHROOT_LOOK:
        weir_zoo_chroot_judge(zoo, asked->code);
        return tell_state(zoo, out);
    case WEIR_ZOO_FOR_CHROOT_MAKE:
        weir_zoo_chroot_made(zoo, asked->code);
        return false;
    }
    return false;
}

static bool tell_change(struct weir_zoo_control *zoo, const struct weir_zoo_news_change *change,
                        struct weir_zoo_event *out)
{
    size_t length = strlen(zoo->chroot);
    const char *path = change->path;

    assert(strncmp(path, zoo->chroot, length) == 0);
    path = path[length] == '\0' ? "/" : path + length;
    weir_zoo_watches_remove(&zoo->watches, path, change->kinds);
    *out = (struct weir_zoo_event){.kind = WEIR_ZOO_CHANGED, .path = path};
    return true;
}

/* Takes the news; an event may borrow from it. */
static bool tell(struct weir_zoo_control *zoo, struct weir_zoo_news *news,
                 struct weir_zoo_event *out)
{
    zoo->shown = news;
    switch (news->kind) {
    case WEIR_ZOO_NEWS_STATE:
        if (((struct weir_zoo_news_state *)news)->state == WEIR_ZOO_CONNECTED) {
            note_connected(zoo, (struct weir_zoo_news_state *)news);
        } else {
            note_suspended(zoo);
        }
        return tell_state(zoo, out);
    case WEIR_ZOO_NEWS_ANSWER:
        return tell_answer(zoo, (struct weir_zoo_asked *)news, out);
    case WEIR_ZOO_NEWS_CHANGE:
        return tell_change(zoo, (struct weir_zoo_news_change *)news, out);
    }
    return false;
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void note_lost(struct weir_zoo_control *zoo, const char *reason)
{
    if (reason == NULL) {
        reason = "no server answered for two thirds of its timeout";
    }
    weir_session_clock_end(&zoo->clock);
    weir_log(&zoo->report->log, WEIR_LOG_ERROR, "zookeeper", "session 0x%" PRIx64 " is lost: %s",
             (uint64_t)zoo->id, reason);
}

/* Whoever waits is told that nobody knows, whoever watches that it is over, and then that it is
 * lost. The requests themselves stay with the library until close. */
static bool tell_end(struct weir_zoo_control *zoo, struct weir_zoo_event *out)
{
    for (struct weir_zoo_asked *asked = zoo->first; asked != NULL; asked = zoo->first) {
        unlink_out(zoo, asked);
        if (asked->purpose == WEIR_ZOO_FOR_CALLER) {
            *out = (struct weir_zoo_event){.kind = WEIR_ZOO_ANSWER,
                                           .tag = asked->tag,
                                           .result = WEIR_ZOO_UNKNOWN,
                                           .text = weir_zoo_text_of(ZSESSIONEXPIRED)};
            return true;
        }
    }
    zoo->fired = weir_zoo_watches_take(&zoo->watches);
    if (zoo->fired != NULL) {
        *out = (struct weir_zoo_event){.kind = WEIR_ZOO_CHANGED, .path = zoo->fired->path};
        return true;
    }
    zoo->ended = true;
    return tell_state(zoo, out);
}

/* --- the table ---------------------------------------------------------------------------------
 */

static void forget_shown(struct weir_zoo_control *zoo)
{
    weir_zoo_news_destroy(zoo->shown);
    weir_zoo_watch_destroy(zoo->fired);
    zoo->shown = NULL;
    zoo->fired = NULL;
}

/* Is it over, by the server's word or by our clock? Before anything is told: what was answered long
 * ago must not be acted on. */
static bool is_over(struct weir_zoo_control *zoo)
{
    weir_time answered;
    const char *dead = weir_zoo_session_dead(zoo->session, &answered);

    if (zoo->clock.state == WEIR_ZOO_LOST) {
        return true;
    }
    if (answered != 0) {
        weir_session_clock_answered(&zoo->clock, answered);
    }
    if (dead == NULL && weir_session_clock_turn(&zoo->clock, zoo->now) != WEIR_ZOO_LOST) {
        return false;
    }
    note_lost(zoo, dead);
    return true;
}

/* The clock's request, and another look for the chroot. It is sent to the leader, as only that
 * counts: is_fresh in zoo_session_zookeeper.c. */
static void keep_fresh(struct weir_zoo_control *zoo)
{
    const struct weir_zoo_request sync = {.kind = WEIR_ZOO_SYNC, .path = "/"};

    if (weir_session_clock_ask(&zoo->clock, zoo->now)) {
        (void)weir_zoo_control_ask(zoo, WEIR_ZOO_FOR_CLOCK, &sync, ""); /* else the next one does */
        if (!zoo->rooted && !zoo->looking) {
            weir_zoo_chroot_look(zoo);
        }
    }
}

static bool poll_event(struct weir_zoo *base, weir_time now, struct weir_zoo_event *out)
{
    struct weir_zoo_control *zoo = zoo_of(base);

    assert(pthread_equal(zoo->thread, pthread_self()));
    assert(now >= zoo->now);
    zoo->now = now;
    forget_shown(zoo);
    weir_zoo_lines_pass(&zoo->lines, zoo->session->voice, zoo->report, now);
    if (zoo->ended) {
        return false;
    }
    if (is_over(zoo)) {
        return tell_end(zoo, out);
    }
    for (struct weir_zoo_news *news = weir_zoo_session_take(zoo->session); news != NULL;
         news = weir_zoo_session_take(zoo->session)) {
        if (tell(zoo, news, out)) {
            return true;
        }
        forget_shown(zoo);
    }
    keep_fresh(zoo);
    return false;
}

static weir_time due(const struct weir_zoo *base)
{
    const struct weir_zoo_control *zoo = (const struct weir_zoo_control *)base;

    if (zoo->ended) {
        return WEIR_TIME_NEVER;
    }
    if (zoo->clock.state == WEIR_ZOO_LOST) {
        return zoo->now;
    }
    weir_time at = weir_session_clock_due(&zoo->clock);
    weir_time look = weir_time_after_ms(zoo->now, LOOK_MS);
    return zoo->clock.state != WEIR_ZOO_CONNECTED && look < at ? look : at;
}

static enum weir_zoo_state state(const struct weir_zoo *base)
{
    const struct weir_zoo_control *zoo = (const struct weir_zoo_control *)base;

    return zoo->clock.state == WEIR_ZOO_LOST ? WEIR_ZOO_LOST : zoo->said;
}

static weir_time deadline(const struct weir_zoo *base)
{
    const struct weir_session_clock *clock = &((const struct weir_zoo_control *)base)->clock;

    return clock->state == WEIR_ZOO_LOST ? 0 : weir_session_clock_deadline(clock);
}

static int64_t session(const struct weir_zoo *base)
{
    const struct weir_zoo_control *zoo = (const struct weir_zoo_control *)base;

    return zoo->said == WEIR_ZOO_CONNECTING ? 0 : zoo->id;
}

static void close_zoo(struct weir_zoo *base)
{
    struct weir_zoo_control *zoo = zoo_of(base);

    if (zoo == NULL) {
        return;
    }
    forget_shown(zoo);
    for (struct weir_zoo_watch *watch; (watch = weir_zoo_watches_take(&zoo->watches)) != NULL;) {
        weir_zoo_watch_destroy(watch);
    }
    if (zoo->session != NULL) {
        weir_zoo_session_close(zoo->session);
    }
    weir_free(zoo->chroot);
    weir_free(zoo);
}

static const struct weir_zoo_ops ops = {.name = "zookeeper",
                                        .submit = submit,
                                        .poll = poll_event,
                                        .due = due,
                                        .state = state,
                                        .deadline = deadline,
                                        .session = session,
                                        .close = close_zoo};

static enum weir_status open_zoo(const struct weir_zoo_options *options, struct weir_zoo **out,
                                 struct weir_error *error)
{
    const char *connect = weir_config_get(options->config, "zookeeper.connect");
    struct weir_zoo_address address = {0};
    struct weir_error inner = {.code = WEIR_OK};

    if (connect == NULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "zookeeper.connect: is missing; set it to the ZooKeeper servers, as "
                              "in zk1:2181,zk2:2181/kafka");
    }
    enum weir_status status = weir_zoo_address_parse(connect, &address, &inner);
    if (status != WEIR_OK) {
        return weir_error_set(error, status, 0, "zookeeper.connect: %s", inner.text);
    }
    struct weir_zoo_control *zoo = weir_calloc(1, sizeof *zoo);
    if (zoo == NULL) {
        weir_zoo_address_fini(&address);
        return weir_error_nomem(error);
    }
    zoo->zoo.ops = &ops;
    zoo->thread = pthread_self();
    zoo->report = options->report;
    zoo->timeout_ms = weir_config_integer(options->config, "zookeeper.session.timeout.ms");
    weir_zoo_lines_init(&zoo->lines);
    zoo->chroot = address.chroot;
    address.chroot = NULL;
    weir_session_clock_init(&zoo->clock);
    status = weir_zoo_session_open(options, address.servers, &zoo->session, error);
    weir_zoo_address_fini(&address);
    if (status != WEIR_OK) {
        close_zoo(&zoo->zoo);
        return status;
    }
    *out = &zoo->zoo;
    return WEIR_OK;
}

const struct weir_zoo_library weir_zoo_library_zookeeper = {.open = open_zoo};
