#include "tools/zoo_talk.h"

#include "framework/zoo_address.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <assert.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    OUT_MAX = 1000, /* that wait for an answer at a time */
    REOPEN_MS = 200,
    TEXT_SIZE = 1024,
    REASON_SIZE = 256
};

#define LISTENING (UINT32_C(1) << 31)

struct weir_zoo_talk {
    struct weir_zoo_world world;
    struct weir_config *config; /* of the sessions */
    struct weir_report *report;
    char *address;
    char *chroot;
    int woken; /* an eventfd */
    struct weir_zoo *zoo;
    const struct weir_zoo_listener *listener; /* NULL: nobody */
    uint32_t listening;                       /* the upper half of its tags: no serial is so high */
    weir_time reopen_at;
    weir_time deadline;
    uint32_t serial; /* of what is asked now: answers to older questions count for nothing */
    size_t out;
    size_t next; /* those before it were asked */
    size_t left; /* not answered */
    char reason[REASON_SIZE];
};

/* The world. */

static void wait_real(int woken, weir_time until)
{
    struct pollfd asked = {.fd = woken, .events = POLLIN};
    weir_time now = weir_clock_now();
    weir_time left_ms = until <= now ? 0 : (until - now) / WEIR_NS_PER_MS + 1;

    (void)poll(&asked, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
}

static const struct weir_zoo_world real = {
    .library = &weir_zoo_library_zookeeper, .now = weir_clock_now, .wait = wait_real};

static void wake(void *user)
{
    const struct weir_zoo_talk *talk = user;
    const uint64_t one = 1;

    (void)!write(talk->woken, &one, sizeof one);
}

/* Why nobody answers is the first that was heard: what follows is about trying again. */
static void hear(const struct weir_log_line *line, void *user)
{
    struct weir_zoo_talk *talk = user;

    if (talk->reason[0] == '\0') {
        (void)snprintf(talk->reason, sizeof talk->reason, "%s", line->text);
    }
}

/* Opening. */

static void keep_setting(struct weir_zoo_talk *talk, const char *key, const char *value)
{
    enum weir_status status =
        value == NULL ? WEIR_OK
                      : weir_config_set(talk->config, key, value, WEIR_CONFIG_ARGUMENT, NULL);

    assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
    (void)status;
}

static struct weir_zoo_talk *create(const struct weir_config *config,
                                    const struct weir_zoo_world *world,
                                    const struct weir_zoo_address *address)
{
    static const char *const kept[] = {"zookeeper.digest", "zookeeper.session.timeout.ms"};
    struct weir_zoo_talk *talk = weir_cli_alloc(1, sizeof *talk);

    talk->world = world == NULL ? real : *world;
    talk->world.now = talk->world.now == NULL ? real.now : talk->world.now;
    talk->world.wait = talk->world.wait == NULL ? real.wait : talk->world.wait;
    talk->report = weir_cli_alloc(1, sizeof *talk->report);
    weir_log_init(&talk->report->log, WEIR_LOG_WARNING, hear, talk);
    talk->address = weir_cli_copy(weir_config_get(config, "zookeeper.connect"));
    talk->chroot = weir_cli_copy(address->chroot);
    talk->woken = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (talk->woken < 0 || weir_config_create(&talk->config) != WEIR_OK) {
        weir_zoo_talk_close(talk);
        return NULL;
    }
    keep_setting(talk, "zookeeper.connect", address->servers);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        keep_setting(talk, kept[i], weir_config_get(config, kept[i]));
    }
    return talk;
}

int weir_zoo_talk_open(const struct weir_config *config, const struct weir_zoo_world *world,
                       struct weir_zoo_talk **out)
{
    const char *connect = weir_config_get(config, "zookeeper.connect");
    struct weir_zoo_address address = {.servers = NULL};
    struct weir_error error = {.code = WEIR_OK};
    char text[TEXT_SIZE];

    if (connect == NULL) {
        weir_cli_complain("zookeeper.connect is missing: say where the ZooKeeper servers are, as "
                          "in -X zookeeper.connect=zk1:2181,zk2:2181/kafka");
        return WEIR_EXIT_CONFIG;
    }
    if (weir_zoo_address_parse(connect, &address, &error) != WEIR_OK) {
        (void)snprintf(text, sizeof text, "zookeeper.connect: %s", error.text);
        weir_cli_complain(text);
        return WEIR_EXIT_CONFIG;
    }
    struct weir_zoo_talk *talk = create(config, world, &address);
    weir_zoo_address_fini(&address);
    if (talk == NULL) {
        weir_cli_complain("no memory or file descriptor is left");
        return WEIR_EXIT_TRY_AGAIN;
    }
    *out = talk;
    return WEIR_EXIT_OK;
}

static void hang_up(struct weir_zoo_talk *talk)
{
    if (talk->zoo != NULL) {
        talk->zoo->ops->close(talk->zoo);
        talk->zoo = NULL;
    }
    talk->out = 0;
}

void weir_zoo_talk_close(struct weir_zoo_talk *talk)
{
    if (talk == NULL) {
        return;
    }
    hang_up(talk);
    if (talk->woken >= 0) {
        (void)close(talk->woken); /* the session wakes nobody any more */
    }
    weir_config_destroy(talk->config);
    weir_log_fini(&talk->report->log);
    free(talk->report);
    free(talk->address);
    free(talk->chroot);
    free(talk);
}

const char *weir_zoo_talk_address(const struct weir_zoo_talk *talk)
{
    return talk->address;
}

char *weir_zoo_talk_path(const struct weir_zoo_talk *talk, const char *path)
{
    return weir_cli_text("%s%s", talk->chroot, path);
}

void weir_zoo_talk_allow(struct weir_zoo_talk *talk, int64_t timeout_ms)
{
    talk->deadline = weir_time_after_ms(talk->world.now(), timeout_ms);
}

/* Asking. */

static enum weir_status open_session(struct weir_zoo_talk *talk, weir_time now)
{
    const struct weir_zoo_options options = {
        .config = talk->config, .report = talk->report, .wake = wake, .wake_user = talk};

    talk->reopen_at = weir_time_after_ms(now, REOPEN_MS);
    return talk->world.library->open(&options, &talk->zoo, NULL);
}

static bool only_reads(const struct weir_zoo_question *question)
{
    return question->kind == WEIR_ZOO_GET || question->kind == WEIR_ZOO_CHILDREN ||
           question->kind == WEIR_ZOO_EXISTS || question->kind == WEIR_ZOO_SYNC;
}

static void hear_answer(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions,
                        const struct weir_zoo_event *event)
{
    size_t index = (uint32_t)event->tag;

    if (event->tag >> 32 != talk->serial) {
        return;
    }
    assert(index < questions->count);
    struct weir_zoo_question *question = &questions->all[index];
    assert(question->asked);
    talk->out--;
    if (event->result == WEIR_ZOO_UNKNOWN && only_reads(question)) {
        question->asked = false;
        talk->next = index < talk->next ? index : talk->next;
        return;
    }
    weir_zoo_question_take(question, event);
    talk->left--;
}

static bool is_for_listener(const struct weir_zoo_talk *talk, const struct weir_zoo_event *event)
{
    return talk->listener != NULL &&
           (event->kind != WEIR_ZOO_ANSWER || event->tag >> 32 == talk->listening);
}

/* Whatever was out has been answered before the session is lost. */
static void hear_all(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions,
                     weir_time now)
{
    struct weir_zoo_event event;

    while (talk->zoo != NULL && talk->zoo->ops->poll(talk->zoo, now, &event)) {
        if (is_for_listener(talk, &event)) {
            talk->listener->hear(&event, now, talk->listener->user);
        }
        if (event.kind == WEIR_ZOO_ANSWER) {
            hear_answer(talk, questions, &event);
        } else if (event.kind == WEIR_ZOO_STATE && event.state == WEIR_ZOO_LOST) {
            hang_up(talk);
        }
    }
}

static enum weir_status submit(const struct weir_zoo_talk *talk,
                               const struct weir_zoo_question *question)
{
    struct weir_zoo_request *parts = weir_cli_alloc(question->part_count + 1, sizeof parts[0]);
    const struct weir_zoo_request request =
        weir_zoo_question_request(question, (uint64_t)talk->serial << 32 | talk->next, parts);
    enum weir_status status = talk->zoo->ops->submit(talk->zoo, &request);

    free(parts);
    return status;
}

/* What cannot be asked because of itself fails; everything else waits for better times. */
static bool ask_next(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions)
{
    struct weir_zoo_question *question = &questions->all[talk->next];

    if (question->asked) {
        talk->next++;
        return true;
    }
    enum weir_status status = submit(talk, question);
    if (status == WEIR_ERR_CONFIG || status == WEIR_ERR_INVALID) {
        const struct weir_zoo_event event = {.result = WEIR_ZOO_FAILED,
                                             .text = weir_status_text(status)};
        question->asked = true;
        weir_zoo_question_take(question, &event);
        talk->left--;
    } else if (status != WEIR_OK) {
        return false;
    } else {
        question->asked = true;
        talk->out++;
    }
    talk->next++;
    return true;
}

/* The listener's first: it tells the time by them. */
static void ask_all(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions)
{
    bool going = talk->zoo != NULL && talk->zoo->ops->state(talk->zoo) == WEIR_ZOO_CONNECTED;

    if (going && talk->listener != NULL) {
        talk->listener->ask(talk->zoo, talk->listener->user);
    }
    while (going && talk->next < questions->count && talk->out < OUT_MAX) {
        going = ask_next(talk, questions);
    }
}

static weir_time due(const struct weir_zoo_talk *talk, weir_time until)
{
    weir_time at = talk->zoo == NULL ? talk->reopen_at : talk->zoo->ops->due(talk->zoo);

    return at < until ? at : until;
}

static int fail(const struct weir_zoo_talk *talk)
{
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text,
                   "no answer of zookeeper.connect=%.300s in time%s%s; check the address, or wait "
                   "longer with --timeout",
                   talk->address, talk->reason[0] == '\0' ? "" : ": ", talk->reason);
    weir_cli_complain(text);
    return WEIR_EXIT_UNAVAILABLE;
}

weir_time weir_zoo_talk_now(const struct weir_zoo_talk *talk)
{
    return talk->world.now();
}

void weir_zoo_talk_pause(struct weir_zoo_talk *talk, int64_t pause_ms)
{
    struct weir_zoo_questions none = {.all = NULL};
    weir_time until = weir_time_after_ms(talk->world.now(), pause_ms);
    uint64_t drained = 0;

    talk->serial++; /* answers that come now are to nothing */
    for (weir_time now = talk->world.now(); now < until; now = talk->world.now()) {
        if (talk->zoo == NULL && now >= talk->reopen_at) {
            (void)open_session(talk, now);
        }
        (void)!read(talk->woken, &drained, sizeof drained);
        hear_all(talk, &none, now);
        ask_all(talk, &none);
        talk->world.wait(talk->woken, due(talk, until));
    }
}

uint64_t weir_zoo_talk_listen(struct weir_zoo_talk *talk, const struct weir_zoo_listener *listener)
{
    talk->listener = listener;
    talk->listening = (talk->listening + 1) | LISTENING;
    return (uint64_t)talk->listening << 32;
}

int weir_zoo_talk_ask(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions)
{
    uint64_t drained = 0;

    assert(questions->count <= UINT32_MAX);
    talk->serial++;
    talk->reason[0] = '\0';
    talk->next = 0;
    talk->out = 0;
    talk->left = questions->count;
    while (talk->left > 0) {
        weir_time now = talk->world.now();
        if (talk->zoo == NULL && now >= talk->reopen_at) {
            (void)open_session(talk, now);
        }
        (void)!read(talk->woken, &drained, sizeof drained);
        hear_all(talk, questions, now);
        ask_all(talk, questions);
        if (talk->left > 0 && now >= talk->deadline) {
            return fail(talk);
        }
        if (talk->left > 0) {
            talk->world.wait(talk->woken, due(talk, talk->deadline));
        }
    }
    return WEIR_EXIT_OK;
}

int weir_zoo_talk_read(struct weir_zoo_talk *talk, struct weir_zoo_questions *questions)
{
    int code = weir_zoo_talk_ask(talk, questions);
    char text[TEXT_SIZE];

    for (size_t i = 0; i < questions->count && code == WEIR_EXIT_OK; i++) {
        const struct weir_zoo_question *question = &questions->all[i];
        if (question->result != WEIR_ZOO_OK && question->result != WEIR_ZOO_ABSENT) {
            (void)snprintf(text, sizeof text, "ZooKeeper: %.700s cannot be read: %s",
                           question->path, question->why);
            weir_cli_complain(text);
            code = WEIR_EXIT_UNAVAILABLE;
        }
    }
    return code;
}
