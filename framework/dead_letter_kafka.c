#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/client_kafka.h"
#include "framework/config_kafka.h"
#include "framework/config_mask.h"
#include "framework/dead_letter.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LOG_SIZE = 2048, REASON_SIZE = 256 };

struct letters_kafka {
    struct weir_dead_letters letters; /* first */
    struct weir_dead_letters_options options;
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue;
    rd_kafka_event_t *reports; /* whose messages are being given out */
};

static struct letters_kafka *kafka_of(struct weir_dead_letters *letters)
{
    return (struct letters_kafka *)letters;
}

/* What is wrong with the topic, or the letter, and what to do about it. */
static const char *advice_of(rd_kafka_resp_err_t code)
{
    /* NOLINTNEXTLINE(clang-diagnostic-switch-enum): the rest says enough */
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return "does not exist; create it, or correct weir.dead.letter.topic";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return "may not be written by this client; grant it Write and Describe";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return "may not be written by this client; grant it Write and Describe, and before Kafka "
               "2.8 IdempotentWrite on the cluster, and start it again";
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return "does not take it for its size, or that of the batch it was in; raise the topic's "
               "max.message.bytes, or lower batch.size, and raise message.max.bytes if it is set";
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return "cannot be sent it: it is larger than queue.buffering.max.kbytes; raise that";
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        return "did not acknowledge it within message.timeout.ms";
    default:
        return "is not written";
    }
}

static void tell_why(struct weir_dead_letter *letter, rd_kafka_resp_err_t code, const char *said)
{
    (void)snprintf(letter->why, sizeof letter->why, "topic '%s' %s (%s)", letter->topic,
                   advice_of(code), said);
}

/* What became of one, in a sentence that says what to do. After a fatal error the library purges
 * by itself what it has not sent, and refuses the rest with the code of the reason: only the handle
 * knows that it is fatal. */
static void explain(const struct letters_kafka *kafka, struct weir_dead_letter *letter,
                    rd_kafka_resp_err_t code)
{
    char reason[REASON_SIZE];
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(kafka->handle, reason, sizeof reason);

    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
        letter->status = WEIR_ERR_FATAL;
        tell_why(letter, fatal, reason);
        return;
    }
    bool purged =
        code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    letter->status = purged ? WEIR_ERR_STATE : weir_kafka_status(code);
    tell_why(letter, code, rd_kafka_err2str(code));
}

/* Sending. The value stays where it is until the report has come; key and headers are copied. */

static bool add_headers(rd_kafka_headers_t *headers, const struct letters_kafka *kafka,
                        const struct weir_dead_letter *letter, const struct weir_origin *origin)
{
    struct weir_header header = {.name = NULL};
    bool added = true;

    for (size_t i = 0;
         added && kafka->options.client->header(letter->entry.message, i, &header) != 0; i++) {
        added = rd_kafka_header_add(headers, header.name, -1, header.value,
                                    (ssize_t)header.value_size) == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    for (size_t i = 0; added && i < origin->count; i++) {
        added = rd_kafka_header_add(headers, origin->headers[i].name, -1, origin->headers[i].value,
                                    (ssize_t)origin->headers[i].value_size) ==
                RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return added;
}

/* librdkafka's interface lacks the const: it does not write there. */
static void *writable(const void *bytes)
{
    void *same = NULL;

    memcpy(&same, &bytes, sizeof same);
    return same;
}

/* The headers are the library's if it takes the letter. */
static rd_kafka_resp_err_t produce(const struct letters_kafka *kafka,
                                   struct weir_dead_letter *letter,
                                   const struct weir_record *record, rd_kafka_headers_t *headers)
{
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = letter->topic},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = 0},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {.ptr = writable(record->value), .size = record->value_size}},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {.ptr = writable(record->key), .size = record->key_size}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP,
         .u.i64 = record->timestamp_ms < 0 ? 0 : record->timestamp_ms},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = letter},
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(kafka->handle, parts, sizeof parts / sizeof parts[0]);
    rd_kafka_resp_err_t code =
        error == NULL ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);

    rd_kafka_error_destroy(error);
    return code;
}

static enum weir_status send_letter(struct weir_dead_letters *letters,
                                    struct weir_dead_letter *letter)
{
    struct letters_kafka *kafka = kafka_of(letters);
    struct weir_record record = {.offset = letter->entry.offset};
    struct weir_origin origin;

    kafka->options.client->view(letter->entry.message, &record);
    weir_origin_describe(&origin, letter, &record,
                         weir_config_get(kafka->options.config, "group.id"));
    rd_kafka_headers_t *headers = rd_kafka_headers_new(WEIR_ORIGIN_HEADERS);
    rd_kafka_resp_err_t code = headers != NULL && add_headers(headers, kafka, letter, &origin)
                                   ? produce(kafka, letter, &record, headers)
                                   : RD_KAFKA_RESP_ERR__FAIL;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return WEIR_OK;
    }
    if (headers != NULL) {
        rd_kafka_headers_destroy(headers);
    }
    /* With nothing under way there will never be more room. */
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && rd_kafka_outq_len(kafka->handle) > 0) {
        return WEIR_ERR_FULL;
    }
    explain(kafka, letter, code);
    return letter->status;
}

/* Coming back. */

static void say_error(const struct letters_kafka *kafka, rd_kafka_event_t *event)
{
    weir_log(&kafka->options.report->log, WEIR_LOG_WARNING, "letters", "%s",
             rd_kafka_event_error_string(event));
}

/* NULL: of these reports all are given out. */
static struct weir_dead_letter *next_reported(struct letters_kafka *kafka)
{
    const rd_kafka_message_t *message = rd_kafka_event_message_next(kafka->reports);

    if (message == NULL) {
        rd_kafka_event_destroy(kafka->reports);
        kafka->reports = NULL;
        return NULL;
    }
    struct weir_dead_letter *letter = message->_private;
    letter->status = WEIR_OK;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        explain(kafka, letter, message->err);
    }
    return letter;
}

static struct weir_dead_letter *poll_letter(struct weir_dead_letters *letters)
{
    struct letters_kafka *kafka = kafka_of(letters);
    struct weir_dead_letter *letter = kafka->reports != NULL ? next_reported(kafka) : NULL;

    while (letter == NULL) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(kafka->queue, 0);
        if (event == NULL) {
            return NULL;
        }
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
            kafka->reports = event;
            letter = next_reported(kafka);
            continue;
        }
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) {
            say_error(kafka, event);
        }
        rd_kafka_event_destroy(event);
    }
    return letter;
}

static void purge(struct weir_dead_letters *letters)
{
    (void)rd_kafka_purge(kafka_of(letters)->handle, RD_KAFKA_PURGE_F_QUEUE |
                                                        RD_KAFKA_PURGE_F_INFLIGHT |
                                                        RD_KAFKA_PURGE_F_NON_BLOCKING);
}

static void destroy(struct weir_dead_letters *letters)
{
    struct letters_kafka *kafka = kafka_of(letters);

    rd_kafka_queue_cb_event_enable(kafka->queue, NULL, NULL);
    if (kafka->reports != NULL) {
        rd_kafka_event_destroy(kafka->reports);
    }
    rd_kafka_queue_destroy(kafka->queue);
    rd_kafka_destroy(kafka->handle);
    weir_free(kafka);
}

static const struct weir_dead_letters_ops letters_ops = {
    .name = "kafka", .send = send_letter, .poll = poll_letter, .purge = purge, .destroy = destroy};

/* Making it. */

/* Runs on librdkafka's threads; the log has its own lock (hazard R33). */
static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    const struct letters_kafka *kafka = rd_kafka_opaque(handle);
    char copy[LOG_SIZE];

    if (level > kafka->options.report->log.level) {
        return;
    }
    (void)snprintf(copy, sizeof copy, "%s", text);
    weir_config_mask(kafka->options.config, true, copy);
    weir_log(&kafka->options.report->log, level, "letters", "%s: %s", facility, copy);
}

/* Runs on a librdkafka thread with the queue locked: it may only signal (hazard R28). */
static void on_event(rd_kafka_t *handle, void *opaque)
{
    const struct letters_kafka *kafka = opaque;

    (void)handle;
    kafka->options.wake(kafka->options.wake_user);
}

static rd_kafka_t *create_handle(struct letters_kafka *kafka, struct weir_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[REASON_SIZE];

    if (weir_config_letters_apply(kafka->options.config, conf, error) != WEIR_OK) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_opaque(conf, kafka);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        weir_config_mask(kafka->options.config, false, reason);
        (void)weir_error_set(error, WEIR_ERR_CONFIG, 0,
                             "librdkafka cannot be started for dead letters: %s", reason);
    }
    return handle;
}

enum weir_status weir_dead_letters_kafka_create(const struct weir_dead_letters_options *options,
                                                struct weir_dead_letters **out,
                                                struct weir_error *error)
{
    struct letters_kafka *kafka = weir_calloc(1, sizeof *kafka);
    struct weir_error reason = {.code = WEIR_ERR_CONFIG};

    if (kafka == NULL) {
        return weir_error_nomem(error);
    }
    kafka->letters.ops = &letters_ops;
    kafka->options = *options;
    kafka->handle = create_handle(kafka, &reason);
    if (kafka->handle == NULL) {
        weir_free(kafka);
        return weir_error_set(error, reason.code, reason.cause, "%s", reason.text);
    }
    kafka->queue = rd_kafka_queue_get_main(kafka->handle);
    rd_kafka_queue_cb_event_enable(kafka->queue, on_event, kafka);
    *out = &kafka->letters;
    return WEIR_OK;
}
