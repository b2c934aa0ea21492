#include "tools/demo_member.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <weir/consumer.h>
#include <weir/log.h>

enum {
    NS_PER_US = 1000,
    WORK_US_MIN = 2000,
    WORK_US_SPREAD = 4000,
    PATIENT_SESSION_MS = 60000, /* of those who are not killed: a machine may stand still */
    NUMBER_SIZE = 16,
    ORDER_SIZE = 256
};

struct demo_member {
    struct demo_member_options options;
    struct weir_consumer *consumer;
    pthread_t undertaker;
    bool ending;
};

/* The handler. */

static void work(const struct demo_member *member, int64_t seq)
{
    uint64_t mixed = ((uint64_t)seq + member->options.seed) * UINT64_C(0x9e3779b97f4a7c15);
    long micros = WORK_US_MIN + (long)((mixed >> 32) % WORK_US_SPREAD);
    struct timespec rest = {.tv_nsec = micros * NS_PER_US};

    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
        /* the rest of it */
    }
}

/* The number that follows `name` in `size` bytes of text, or -1. */
static int64_t number_after(const void *text, size_t size, const char *name)
{
    char copy[ORDER_SIZE];

    if (text == NULL || size >= sizeof copy) {
        return -1;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    const char *found = strstr(copy, name);
    return found != NULL ? strtoll(found + strlen(name), NULL, 10) : -1;
}

/* The threads of a killed process stop where they are. These go on, so they must not have done
 * anything. */
static const char dead[] = "the member is dead";

static void handle(struct weir_batch *batch, void *state)
{
    const struct demo_member *member = state;
    const struct weir_record *record = NULL;

    if (!demo_ledger_start(member->options.ledger, member->options.number, batch->partition,
                           weir_batch_count(batch))) {
        weir_batch_retry_all(batch, dead);
        return;
    }
    while ((record = weir_batch_next(batch)) != NULL) {
        struct demo_completion completion = {
            .seq = number_after(record->value, record->value_size, "\"order\":"),
            .offset = record->offset,
            .partition = record->partition,
            .customer = (uint32_t)number_after(record->key, record->key_size, "c")};
        work(member, completion.seq);
        if (!demo_ledger_finish(member->options.ledger, member->options.number, completion)) {
            weir_batch_retry(batch, record, dead); /* and with it what is behind it */
        }
    }
}

static const struct weir_handler handler = {.name = "demo", .handle = handle};

/* What the consumer reports. */

static void on_event(const struct weir_event *event, void *user)
{
    const struct demo_member *member = user;

    demo_ledger_event(member->options.ledger, member->options.number, event);
}

static void drop_line(const struct weir_log_line *line, void *user)
{
    (void)line;
    (void)user;
}

/* Making one. */

static enum weir_status apply(struct weir_config *config, const char *const settings[][2],
                              size_t count, struct weir_error *error)
{
    for (size_t i = 0; i < count; i++) {
        enum weir_status status =
            weir_config_set(config, settings[i][0], settings[i][1], WEIR_CONFIG_ARGUMENT, error);
        if (status != WEIR_OK) {
            return status;
        }
    }
    return WEIR_OK;
}

/* Where the members meet. */
static enum weir_status configure_meeting(const struct demo_member_options *options,
                                          struct weir_config *config, struct weir_error *error)
{
    const char name[] = {demo_member_name(options->number), '\0'};
    char session[NUMBER_SIZE];

    (void)snprintf(session, sizeof session, "%d",
                   options->zoo != NULL && !options->mortal ? PATIENT_SESSION_MS
                                                            : DEMO_SESSION_TIMEOUT_MS);
    if (options->zoo == NULL) {
        const char *const kafka[][2] = {{"weir.coordinator", "kafka"},
                                        {"session.timeout.ms", session},
                                        {"heartbeat.interval.ms", "500"}};
        return apply(config, kafka, sizeof kafka / sizeof kafka[0], error);
    }
    const char *const zookeeper[][2] = {{"weir.coordinator", "zookeeper"},
                                        {"zookeeper.connect", options->connect},
                                        {"zookeeper.session.timeout.ms", session},
                                        {"weir.strategy", "bluegreen"},
                                        {"weir.color", options->color},
                                        {"weir.member.id", name}};
    return apply(config, zookeeper, sizeof zookeeper / sizeof zookeeper[0], error);
}

static enum weir_status configure(const struct demo_member_options *options,
                                  struct weir_config *config, struct weir_error *error)
{
    char client[] = "weir-demo-?";
    char workers[NUMBER_SIZE];
    char batch[NUMBER_SIZE];

    client[sizeof client - 2] = demo_member_name(options->number);
    (void)snprintf(workers, sizeof workers, "%d", DEMO_WORKERS);
    (void)snprintf(batch, sizeof batch, "%d", DEMO_BATCH);
    const char *const settings[][2] = {{"bootstrap.servers", options->bootstrap},
                                       {"client.id", client},
                                       {"group.id", options->group},
                                       /* The mock cluster answers a fetch that finds nothing
                                        * after this time, also when something comes meanwhile. */
                                       {"fetch.wait.max.ms", "10"},
                                       {"weir.topics", "orders"},
                                       {"weir.order", "key"},
                                       {"weir.start", "earliest"},
                                       {"weir.fetchers", "1"},
                                       {"weir.workers", workers},
                                       {"weir.batch.size", batch}};

    enum weir_status status = apply(config, settings, sizeof settings / sizeof settings[0], error);
    return status != WEIR_OK ? status : configure_meeting(options, config, error);
}

static enum weir_status open_consumer(struct demo_member *member, struct weir_error *error)
{
    struct weir_consumer_options options = {.size = sizeof options,
                                            .handler = &handler,
                                            .handler_state = member,
                                            .on_event = on_event,
                                            .event_user = member,
                                            .on_log = member->options.verbose ? weir_log_text
                                                                              : drop_line};
    struct weir_config *config = NULL;

    if (weir_config_create(&config) != WEIR_OK) {
        error->code = WEIR_ERR_NOMEM;
        (void)snprintf(error->text, sizeof error->text, "out of memory");
        return WEIR_ERR_NOMEM;
    }
    enum weir_status status = configure(&member->options, config, error);
    if (status == WEIR_OK) {
        status = member->options.zoo == NULL
                     ? weir_consumer_create(config, &options, &member->consumer, error)
                     : weir_zoo_demo_consumer(member->options.zoo, config, &options,
                                              &member->consumer, error);
    }
    weir_config_destroy(config);
    return status == WEIR_OK ? weir_consumer_start(member->consumer, error) : status;
}

enum weir_status demo_member_create(const struct demo_member_options *options,
                                    struct demo_member **out, struct weir_error *error)
{
    struct demo_member *member = calloc(1, sizeof *member);

    assert(options->number >= 0 && options->number < DEMO_MEMBERS_MAX);
    if (member == NULL) {
        error->code = WEIR_ERR_NOMEM;
        return WEIR_ERR_NOMEM;
    }
    member->options = *options;
    demo_ledger_enter(options->ledger, options->number, DEMO_MEMBER_RUNNING);
    enum weir_status status = open_consumer(member, error);
    if (status != WEIR_OK) {
        weir_consumer_destroy(member->consumer);
        free(member);
        return status;
    }
    *out = member;
    return WEIR_OK;
}

/* Ending one. */

/* While the client library lives it sends heartbeats, also for an abandoned consumer: silent is who
 * is destroyed. */
static void *bury(void *user)
{
    struct demo_member *member = user;
    const struct demo_member_options *options = &member->options;

    if (weir_consumer_wait(member->consumer, -1) != WEIR_OK) {
        return NULL;
    }
    bool failed = weir_consumer_state(member->consumer) != WEIR_STATE_STOPPED;
    demo_ledger_enter(options->ledger, options->number,
                      failed ? DEMO_MEMBER_FAILED : DEMO_MEMBER_LEFT);
    weir_consumer_destroy(member->consumer);
    member->consumer = NULL;
    return NULL;
}

static void end(struct demo_member *member, bool kill)
{
    if (member->ending) {
        return;
    }
    member->ending = true;
    if (kill) {
        demo_ledger_kill(member->options.ledger, member->options.number);
        weir_consumer_abandon(member->consumer);
    } else {
        demo_ledger_enter(member->options.ledger, member->options.number, DEMO_MEMBER_LEAVING);
        weir_consumer_drain(member->consumer);
    }
    if (pthread_create(&member->undertaker, NULL, bury, member) != 0) {
        (void)bury(member);
        member->undertaker = pthread_self();
    }
}

void demo_member_leave(struct demo_member *member)
{
    end(member, false);
}

void demo_member_kill(struct demo_member *member)
{
    end(member, true);
}

void demo_member_destroy(struct demo_member *member)
{
    if (member == NULL) {
        return;
    }
    end(member, false);
    if (pthread_equal(member->undertaker, pthread_self()) == 0) {
        (void)pthread_join(member->undertaker, NULL);
    }
    free(member);
}
