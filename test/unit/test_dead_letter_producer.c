#include "framework/dead_letter.h"

#include "framework/slot.h"
#include "test/support/admin_kafka.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/mock_kafka.h"
#include "test/support/runner.h"
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

/* What is said of a dead letter that librdkafka's producer does not write, or nobody knows? */

enum { WAIT_MS = 30000, LATE_MS = 300000, BIG = 4096 };

#define NOWHERE "127.0.0.1:1"
#define LETTERS "orders.dead-letter"

static struct mock *mock; /* NULL: there are no brokers */
static struct weir_config *config;
static struct weir_report report;
static struct weir_dead_letters *port;
static struct weir_slot slot;
static struct weir_record record;
static struct weir_dead_letter letters[2];
static const char value[BIG] = "a";

static void view(const void *message, struct weir_record *out)
{
    *out = *(const struct weir_record *)message;
}

static int header(const void *message, size_t index, struct weir_header *out)
{
    (void)message, (void)index, (void)out;
    return 0;
}

static const struct weir_client_ops client_ops = {.view = view, .header = header};

static void ignore(void *user)
{
    (void)user;
}

static void ignore_line(const struct weir_log_line *line, void *user)
{
    (void)line, (void)user;
}

static void set_up(void)
{
    mock = NULL;
    weir_log_init(&report.log, WEIR_LOG_INFO, ignore_line, NULL);
    config = config_create();
    config_set(config, "bootstrap.servers", NOWHERE);
    config_set(config, "linger.ms", "0");
    slot = (struct weir_slot){.topic = "orders"};
    memset(letters, 0, sizeof letters);
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        letters[i].slot = &slot;
        letters[i].entry.message = &record;
        (void)snprintf(letters[i].topic, sizeof letters[i].topic, "%s", LETTERS);
    }
}

static void tear_down(void)
{
    port->ops->destroy(port);
    mock_stop(mock);
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

static void open_letters(void)
{
    const struct weir_dead_letters_options options = {
        .config = config, .report = &report, .client = &client_ops, .wake = ignore};
    struct weir_error error = {0};

    ck_assert_msg(weir_dead_letters_kafka_create(&options, &port, &error) == WEIR_OK, "%s",
                  error.text);
}

static void start_mock(const char *topic)
{
    mock = mock_start(1);
    mock_create_topic(mock, topic, 1);
    config_set(config, "bootstrap.servers", mock_bootstrap(mock));
}

static enum weir_status send_letter(struct weir_dead_letter *letter, size_t size)
{
    record = (struct weir_record){.value = value, .value_size = size};
    return port->ops->send(port, letter);
}

static struct weir_dead_letter *await_letter(void)
{
    struct weir_dead_letter *letter = NULL;

    WAIT_UNTIL((letter = port->ops->poll(port)) != NULL, WAIT_MS);
    return letter;
}

static void expect(const struct weir_dead_letter *letter, enum weir_status status, const char *part)
{
    ck_assert_int_eq(letter->status, status);
    ck_assert_msg(strstr(letter->why, part) != NULL, "'%s' is not in '%s'", part, letter->why);
}

START_TEST(a_letter_that_was_written_and_is_purged_is_not_taken_for_acknowledged)
{
    start_mock(LETTERS);
    open_letters();
    struct admin *admin = admin_open(mock_bootstrap(mock));
    ck_assert_int_eq(send_letter(&letters[0], 1), WEIR_OK);
    ck_assert_ptr_eq(await_letter(), &letters[0]);
    ck_assert_int_eq(letters[0].status, WEIR_OK);

    mock_push_late(mock, 1, MOCK_PRODUCE, 0, LATE_MS);
    ck_assert_int_eq(send_letter(&letters[1], 1), WEIR_OK);
    WAIT_UNTIL(admin_end_offset(admin, LETTERS, 0) == 2, WAIT_MS);
    ck_assert_ptr_null(port->ops->poll(port));
    port->ops->purge(port);
    ck_assert_ptr_eq(await_letter(), &letters[1]);
    ck_assert_int_eq(letters[1].status, WEIR_ERR_STATE);
    admin_close(admin);
}
END_TEST

START_TEST(so_is_one_that_was_never_sent)
{
    open_letters();
    ck_assert_int_eq(send_letter(&letters[0], 1), WEIR_OK);
    ck_assert_ptr_null(port->ops->poll(port));
    port->ops->purge(port);
    ck_assert_ptr_eq(await_letter(), &letters[0]);
    ck_assert_int_eq(letters[0].status, WEIR_ERR_STATE);
}
END_TEST

/* What the library says about its brokers is under way, too, until it is polled. */
static enum weir_status send_when_alone(struct weir_dead_letter *letter, size_t size)
{
    struct deadline deadline = deadline_in_ms(WAIT_MS);
    enum weir_status status = send_letter(letter, size);

    while (status == WEIR_ERR_FULL && !deadline_passed(deadline)) {
        ck_assert_ptr_null(port->ops->poll(port));
        status = send_letter(letter, size);
    }
    return status;
}

START_TEST(a_letter_larger_than_the_queue_waits_for_others_and_no_longer)
{
    config_set(config, "queue.buffering.max.kbytes", "1");
    open_letters();
    ck_assert_int_eq(send_letter(&letters[0], 1), WEIR_OK);
    ck_assert_int_eq(send_letter(&letters[1], BIG), WEIR_ERR_FULL);
    port->ops->purge(port);
    ck_assert_ptr_eq(await_letter(), &letters[0]);
    ck_assert_int_eq(send_when_alone(&letters[1], BIG), WEIR_ERR_UNAVAILABLE);
    expect(&letters[1], WEIR_ERR_UNAVAILABLE,
           "topic 'orders.dead-letter' cannot be sent it: it is larger than "
           "queue.buffering.max.kbytes; raise that");
}
END_TEST

START_TEST(a_letter_larger_than_is_configured_says_what_to_do)
{
    config_set(config, "message.max.bytes", "1000");
    open_letters();
    ck_assert_int_eq(send_letter(&letters[0], BIG), WEIR_ERR_UNAVAILABLE);
    expect(&letters[0], WEIR_ERR_UNAVAILABLE, "raise message.max.bytes if it is set");
}
END_TEST

/* Also where the topic has the longest name there is. */
START_TEST(a_letter_that_brokers_refuse_says_what_to_do)
{
    static const struct {
        rd_kafka_resp_err_t code;
        enum weir_status status;
        const char *part;
    } refusals[] = {
        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, WEIR_ERR_UNAVAILABLE,
         "' does not take it for its size, or that of the batch it was in; raise the topic's "
         "max.message.bytes, or lower batch.size, and raise message.max.bytes if it is set "
         "(Broker: "
         "Message size too large)"},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, WEIR_ERR_DENIED,
         "' may not be written by this client; grant it Write and Describe (Broker: "},
    };
    char topic[WEIR_TOPIC_SIZE];

    memset(topic, 'a', sizeof topic - 1);
    topic[sizeof topic - 1] = '\0';
    start_mock(topic);
    open_letters();
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        memcpy(letters[i].topic, topic, sizeof topic);
        mock_push_errors(mock, MOCK_PRODUCE, 1, refusals[i].code);
        ck_assert_int_eq(send_letter(&letters[i], 1), WEIR_OK);
        ck_assert_ptr_eq(await_letter(), &letters[i]);
        expect(&letters[i], refusals[i].status, refusals[i].part);
    }
}
END_TEST

/* The library purges what it has not sent, as it does when we give it up, and has no code for it.
 */
START_TEST(after_a_fatal_error_none_is_taken_for_one_that_was_given_up)
{
    start_mock(LETTERS);
    mock_push_errors(mock, MOCK_INIT_PRODUCER_ID, 1,
                     RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    mock_broker_down(mock, 1);
    open_letters();
    ck_assert_int_eq(send_letter(&letters[0], 1), WEIR_OK);
    mock_broker_up(mock, 1);
    ck_assert_ptr_eq(await_letter(), &letters[0]);
    expect(&letters[0], WEIR_ERR_FATAL, "grant it Write and Describe");
    ck_assert_int_eq(send_letter(&letters[1], 1), WEIR_ERR_FATAL);
    expect(&letters[1], WEIR_ERR_FATAL, "IdempotentWrite on the cluster");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("dead_letter_producer");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_letter_that_was_written_and_is_purged_is_not_taken_for_acknowledged);
    tcase_add_test(tcase, so_is_one_that_was_never_sent);
    tcase_add_test(tcase, a_letter_larger_than_the_queue_waits_for_others_and_no_longer);
    tcase_add_test(tcase, a_letter_larger_than_is_configured_says_what_to_do);
    tcase_add_test(tcase, a_letter_that_brokers_refuse_says_what_to_do);
    tcase_add_test(tcase, after_a_fatal_error_none_is_taken_for_one_that_was_given_up);
    return runner_run("dead_letter_producer", tcase);
}
