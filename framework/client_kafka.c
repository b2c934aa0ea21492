#include "framework/client_kafka.h"

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/dead_letter.h"
#include "framework/zoo.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The first version that closes a cooperative member before its first assignment without an abort
 * (librdkafka#4381, hazard R5). */
enum {
    SAFE_CLOSE_VERSION = 0x020300ff,
    ALWAYS_INCREMENTAL_VERSION = 0x020a0000,
    NAME_WAIT_MS = 2000,       /* the first answer of the coordinator, once it is known */
    ASSIGNMENT_WAIT_MS = 8000, /* a few rebalances; less than control gives us to leave */
    VALUE_SIZE = 256
};

static struct weir_client_kafka *kafka_of(struct weir_client *client)
{
    return (struct weir_client_kafka *)client;
}

enum weir_status weir_kafka_code_error(rd_kafka_resp_err_t code, const char *act,
                                       struct weir_error *error)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return WEIR_OK;
    }
    return weir_error_set(error, weir_kafka_status(code), (int)code, "%s: %s", act,
                          rd_kafka_err2str(code));
}

/* Read from the configuration, not asked of the library: rd_kafka_rebalance_protocol waits for the
 * group's state machine, for ever once the group is being left. All assignors of a member have the
 * same protocol. Where the brokers assign (KIP-848) a finished library is always incremental;
 * before that this property decided there, too. */
static bool is_incremental_by_configuration(const struct weir_client_kafka *kafka)
{
    const rd_kafka_conf_t *conf = rd_kafka_conf(kafka->handle);
    char value[VALUE_SIZE];
    size_t size = sizeof value;

    if (weir_kafka_brokers_assign(kafka) && rd_kafka_version() >= ALWAYS_INCREMENTAL_VERSION) {
        return true;
    }
    return rd_kafka_conf_get(conf, "partition.assignment.strategy", value, &size) ==
               RD_KAFKA_CONF_OK &&
           strstr(value, "cooperative-sticky") != NULL;
}

static enum weir_status subscribe(struct weir_client *client, const char *const *topics,
                                  size_t count, struct weir_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(kafka_of(client)->handle, list);
    kafka_of(client)->subscribed = true;
    rd_kafka_topic_partition_list_destroy(list);
    return weir_kafka_code_error(code, "cannot subscribe", error);
}

static void translate_error(struct weir_client_kafka *kafka, rd_kafka_event_t *event,
                            struct weir_client_event *out)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    const char *said = rd_kafka_event_error_string(event);
    const char *text = said != NULL ? said : "";
    const char *advice = weir_refusal_advice(weir_kafka_refusal(code), text);
    char reason[WEIR_ERROR_TEXT_SIZE] = "";

    out->kind = WEIR_CLIENT_ERROR;
    out->status = weir_kafka_status(code);
    if (advice == NULL) {
        (void)snprintf(out->text, sizeof out->text, "%s", text);
    } else {
        (void)snprintf(out->text, sizeof out->text, "%s (%s)", advice, text);
    }
    /* The event has the code of the reason, such as a fenced member; only the handle knows that it
     * is fatal. */
    if (rd_kafka_fatal_error(kafka->handle, reason, sizeof reason) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        out->kind = WEIR_CLIENT_FATAL;
        out->status = WEIR_ERR_FATAL;
        (void)snprintf(out->text, sizeof out->text, "%s", reason);
    }
}

/* False: nothing to say about this event. */
static bool translate(struct weir_client_kafka *kafka, rd_kafka_event_t *event,
                      struct weir_client_event *out)
{
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_REBALANCE:
        if (weir_kafka_hear_rebalance(kafka, event)) {
            return false; /* told when it is due */
        }
        out->kind = WEIR_CLIENT_FATAL;
        out->status = WEIR_ERR_NOMEM;
        (void)snprintf(out->text, sizeof out->text, "out of memory during a rebalance");
        return true;
    case RD_KAFKA_EVENT_ERROR:
        translate_error(kafka, event, out);
        return true;
    case RD_KAFKA_EVENT_FETCH:
        /* Partition queues are split off before they are assigned, so this cannot be; if it ever
         * is, records would be missing without a trace. */
        out->kind = WEIR_CLIENT_FATAL;
        out->status = WEIR_ERR_FATAL;
        (void)snprintf(out->text, sizeof out->text,
                       "records arrived outside of their partition's queue");
        return true;
    default:
        return false;
    }
}

static bool poll_event(struct weir_client *client, struct weir_client_event *out)
{
    struct weir_client_kafka *kafka = kafka_of(client);

    while (!weir_announcer_next(&kafka->news, out)) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(kafka->queue, 0);
        if (event == NULL) {
            return false;
        }
        *out = (struct weir_client_event){0};
        bool told = translate(kafka, event, out);
        rd_kafka_event_destroy(event);
        if (told) {
            return true;
        }
    }
    return true;
}

/* Hazard R5: an older library aborts when a cooperative member closes before its first assignment.
 */
static bool close_may_abort(const struct weir_client_kafka *kafka)
{
    return kafka->subscribed && !kafka->assigned_once && rd_kafka_version() < SAFE_CLOSE_VERSION &&
           kafka->incremental;
}

/* A member that closes before the group gave it a name cannot say that it leaves: the coordinator
 * would keep its place, and everybody waiting, until the session times out. */
static bool is_named(const struct weir_client_kafka *kafka)
{
    char *name = rd_kafka_memberid(kafka->handle);
    bool named = name != NULL && name[0] != '\0';

    if (name != NULL) {
        rd_kafka_mem_free(kafka->handle, name);
    }
    return named;
}

static bool holds_partitions(const struct weir_client_kafka *kafka)
{
    rd_kafka_topic_partition_list_t *list = NULL;

    if (rd_kafka_assignment(kafka->handle, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    bool any = list->cnt > 0;
    rd_kafka_topic_partition_list_destroy(list);
    return any;
}

static void go_on_leaving(struct weir_client_kafka *kafka)
{
    bool may_abort = close_may_abort(kafka);
    bool ready = !kafka->subscribed || kafka->assigned_once || (!may_abort && is_named(kafka));

    if (!ready && weir_clock_now() < kafka->leave_deadline) {
        return;
    }
    if (may_abort) {
        kafka->leaving = WEIR_KAFKA_LEFT_BEHIND;
        weir_log(&kafka->report->log, WEIR_LOG_WARNING, "group",
                 "not leaving the group: this librdkafka aborts when a cooperative member closes "
                 "before its first assignment; it stays a member until this process has ended, and "
                 "the group notices session.timeout.ms after that");
        return;
    }
    kafka->leaving = WEIR_KAFKA_CLOSES;
    if (kafka->incremental && !holds_partitions(kafka)) {
        (void)rd_kafka_unsubscribe(kafka->handle); /* to close alone would not tell the group */
    }
    rd_kafka_error_t *failure = rd_kafka_consumer_close_queue(kafka->handle, kafka->queue);
    if (failure != NULL) {
        kafka->leaving = WEIR_KAFKA_REFUSED; /* after a fatal error there is nothing to leave */
        weir_log(&kafka->report->log, WEIR_LOG_WARNING, "group", "cannot leave: %s",
                 rd_kafka_error_string(failure));
        rd_kafka_error_destroy(failure);
    }
}

static void leave(struct weir_client *client)
{
    struct weir_client_kafka *kafka = kafka_of(client);

    if (kafka->leaving == WEIR_KAFKA_STAYS) {
        kafka->leaving = WEIR_KAFKA_WAITS;
        kafka->leave_deadline = weir_time_after_ms(
            weir_clock_now(), close_may_abort(kafka) ? ASSIGNMENT_WAIT_MS : NAME_WAIT_MS);
        go_on_leaving(kafka);
    }
}

static bool left(struct weir_client *client)
{
    struct weir_client_kafka *kafka = kafka_of(client);

    assert(kafka->leaving != WEIR_KAFKA_STAYS);
    if (kafka->leaving == WEIR_KAFKA_WAITS) {
        go_on_leaving(kafka);
    }
    return kafka->leaving == WEIR_KAFKA_LEFT_BEHIND || kafka->leaving == WEIR_KAFKA_REFUSED ||
           (kafka->leaving == WEIR_KAFKA_CLOSES && rd_kafka_consumer_closed(kafka->handle) != 0);
}

static void *native(struct weir_client *client)
{
    return kafka_of(client)->handle;
}

static bool is_absent(const rd_kafka_topic_partition_t *element)
{
    return weir_kafka_status(element->err) == WEIR_ERR_NOT_FOUND;
}

static enum weir_status read_answers(const rd_kafka_topic_partition_list_t *list,
                                     struct weir_position *positions, struct weir_error *error)
{
    enum weir_status status = WEIR_OK;

    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *element = &list->elems[i];
        struct weir_position *position = &positions[i];
        position->status = is_absent(element) ? WEIR_OK : weir_kafka_status(element->err);
        if (position->status == WEIR_OK) {
            position->offset = is_absent(element)    ? WEIR_OFFSET_ABSENT
                               : element->offset < 0 ? WEIR_OFFSET_NONE
                                                     : element->offset;
        } else if (status == WEIR_OK || position->status == WEIR_ERR_DENIED) {
            status = weir_error_set(error, position->status, (int)element->err,
                                    "no offset for %s/%d: %s", element->topic,
                                    (int)element->partition, rd_kafka_err2str(element->err));
        }
    }
    return status;
}

static enum weir_status look_up(struct weir_client *client, const struct weir_lookup *question,
                                struct weir_position *positions, size_t count,
                                struct weir_error *error)
{
    static const int64_t logical[] = {[WEIR_ANCHOR_EARLIEST] = RD_KAFKA_OFFSET_BEGINNING,
                                      [WEIR_ANCHOR_LATEST] = RD_KAFKA_OFFSET_END};
    rd_kafka_topic_partition_list_t *list = weir_kafka_list(positions, count);

    if (list == NULL) {
        return weir_error_nomem(error);
    }
    /* ListOffsets knows -1 and -2 as timestamps of the two ends (KIP-79). */
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset = question->anchor == WEIR_ANCHOR_TIMESTAMP
                                    ? question->timestamp_ms
                                    : logical[question->anchor];
    }
    enum weir_status status = weir_kafka_code_error(
        rd_kafka_offsets_for_times(kafka_of(client)->handle, list, (int)question->timeout_ms),
        "cannot look up offsets", error);
    for (size_t i = 0; i < count; i++) {
        positions[i].status = status;
    }
    status = status == WEIR_OK ? read_answers(list, positions, error) : status;
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

static enum weir_status destroy(struct weir_client *client, bool gracefully)
{
    struct weir_client_kafka *kafka = kafka_of(client);

    if (kafka->queue != NULL) {
        rd_kafka_queue_cb_event_enable(kafka->queue, NULL, NULL);
    }
    weir_announcer_fini(&kafka->news);
    rd_kafka_topic_partition_list_destroy(kafka->assigned);
    rd_kafka_topic_partition_list_destroy(kafka->ahead);
    if (kafka->leaving == WEIR_KAFKA_LEFT_BEHIND || close_may_abort(kafka)) {
        rd_kafka_set_log_level(kafka->handle, 0); /* it has nothing to say to anybody */
        weir_kafka_guard_silence(kafka);
        return WEIR_ERR_TIMEOUT; /* left behind on purpose: see leave */
    }
    if (kafka->queue != NULL) {
        rd_kafka_queue_destroy(kafka->queue);
    }
    weir_kafka_sources_fini(kafka);
    bool close = gracefully && kafka->leaving != WEIR_KAFKA_REFUSED;
    rd_kafka_destroy_flags(kafka->handle, close ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    weir_mutex_fini(&kafka->closed_mutex);
    weir_mutex_fini(&kafka->guard.mutex);
    weir_free(kafka);
    return WEIR_OK;
}

static const struct weir_client_ops client_ops = {.name = "kafka",
                                                  .subscribe = subscribe,
                                                  .assign = weir_kafka_assign,
                                                  .prefetch = weir_kafka_prefetch,
                                                  .unassign = weir_kafka_unassign,
                                                  .restart = weir_kafka_restart,
                                                  .may_restart = weir_kafka_may_restart,
                                                  .poll = poll_event,
                                                  .leave = leave,
                                                  .left = left,
                                                  .commit_from = weir_kafka_commit_from,
                                                  .commit_begin = weir_kafka_commit_begin,
                                                  .commit_end = weir_kafka_commit_end,
                                                  .gave_away = weir_kafka_gave_away,
                                                  .log_end = weir_kafka_log_end,
                                                  .native = native,
                                                  .source_open = weir_kafka_source_open,
                                                  .look_up = look_up,
                                                  .topics = weir_kafka_topics,
                                                  .destroy = destroy,
                                                  .take = weir_kafka_source_take,
                                                  .source_close = weir_kafka_source_close,
                                                  .view = weir_kafka_message_view,
                                                  .header = weir_kafka_message_header,
                                                  .release = weir_kafka_message_release};

/* Runs on a librdkafka thread with the queue locked: it may only signal (hazard R28). */
static void on_event(rd_kafka_t *handle, void *opaque)
{
    struct weir_client_kafka *kafka = opaque;

    (void)handle;
    kafka->wake(kafka->wake_user);
}

const struct weir_library weir_library_kafka = {.zoo = &weir_zoo_library_zookeeper,
                                                .probe = weir_client_kafka_probe,
                                                .connect = weir_client_kafka_create,
                                                .letters = weir_dead_letters_kafka_create};

enum weir_status weir_client_kafka_create(const struct weir_client_options *options,
                                          struct weir_client **out, struct weir_error *error)
{
    struct weir_client_kafka *kafka = weir_calloc(1, sizeof *kafka);

    if (kafka == NULL) {
        return weir_error_nomem(error);
    }
    kafka->client.ops = &client_ops;
    kafka->report = options->report;
    kafka->config = options->config;
    kafka->wake = options->wake;
    kafka->wake_user = options->wake_user;
    kafka->grouped = options->grouped;
    kafka->keyed = options->keyed;
    weir_mutex_init(&kafka->guard.mutex);
    weir_mutex_init(&kafka->closed_mutex);
    struct weir_error reason = {0};
    kafka->handle = weir_kafka_handle_create(options, kafka, &reason);
    if (kafka->handle == NULL) {
        weir_mutex_fini(&kafka->closed_mutex);
        weir_mutex_fini(&kafka->guard.mutex);
        weir_free(kafka);
        return weir_error_set(error, reason.code, reason.cause, "%s", reason.text);
    }
    kafka->incremental = !options->grouped || is_incremental_by_configuration(kafka);
    kafka->news.incremental = kafka->incremental;
    kafka->assigned = rd_kafka_topic_partition_list_new(0);
    kafka->ahead = rd_kafka_topic_partition_list_new(0);
    (void)rd_kafka_poll_set_consumer(kafka->handle);
    kafka->queue = rd_kafka_queue_get_consumer(kafka->handle);
    rd_kafka_queue_cb_event_enable(kafka->queue, on_event, kafka);
    *out = &kafka->client;
    return WEIR_OK;
}
