#include "framework/client_kafka.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdatomic.h>

/* What does a member do that cannot be ended before its first assignment (hazard R5)? */

enum { WAIT_MS = 30000, SAFE_CLOSE_VERSION = 0x020300ff };

static struct weir_config *config;
static struct weir_client *client;
static struct weir_report report;
static atomic_uint wakes;

static void wake(void *user)
{
    (void)user;
    (void)atomic_fetch_add(&wakes, 1);
}

static void ignore(const struct weir_log_line *line, void *user)
{
    (void)line, (void)user;
}

static void set_up(void)
{
    struct weir_error error = {0};
    const char *const topics[] = {"orders"};

    atomic_store(&wakes, 0);
    weir_log_init(&report.log, WEIR_LOG_INFO, ignore, NULL);
    config = config_create();
    config_set(config, "weir.topics", topics[0]);
    config_set(config, "group.id", "shop");
    config_set(config, "partition.assignment.strategy", "cooperative-sticky");
    config_set(config, "test.mock.num.brokers", "1"); /* of its own; it lets members wait a while */
    const struct weir_client_options options = {
        .config = config, .report = &report, .wake = wake, .partitions = 1, .grouped = true};
    ck_assert_msg(weir_client_kafka_create(&options, &client, &error) == WEIR_OK, "%s", error.text);
    ck_assert_int_eq(
        rd_kafka_mock_topic_create(rd_kafka_handle_mock_cluster(client->ops->native(client)),
                                   topics[0], 1, 1),
        RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(client->ops->subscribe(client, topics, 1, &error), WEIR_OK);
}

/* After an end; else the client goes on using them. */
static void put_away(void)
{
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

/* Its announcement waits behind the answer to its join. */
static bool is_assigned(rd_kafka_queue_t *queue)
{
    return rd_kafka_queue_length(queue) > 0;
}

START_TEST(a_member_that_is_left_behind_wakes_nobody)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client->ops->native(client));

    ck_assert_int_eq(client->ops->destroy(client, false), WEIR_ERR_TIMEOUT);
    unsigned before = atomic_load(&wakes);
    WAIT_UNTIL(is_assigned(queue), WAIT_MS);
    ck_assert_uint_eq(atomic_load(&wakes), before);
    rd_kafka_queue_destroy(queue);
}
END_TEST

/* A newer library ends it at any time: nothing is left behind. */
START_TEST(a_member_is_ended_before_its_first_assignment)
{
    ck_assert_int_eq(client->ops->destroy(client, false), WEIR_OK);
    put_away();
}
END_TEST

/* The twin: as long as it is used its answers are heard, and then it can be ended. Nothing is
 * restarted while news wait, which first the library has and then the announcer. */
START_TEST(a_member_that_is_used_wakes_its_user)
{
    const struct weir_client_event revoked = {.kind = WEIR_CLIENT_REVOKED};
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;
    struct weir_client_event event = {0};
    struct weir_error error = {0};

    WAIT_UNTIL(is_assigned(kafka->queue), WAIT_MS);
    WAIT_UNTIL(atomic_load(&wakes) > 0, WAIT_MS);
    ck_assert(!client->ops->may_restart(client));
    WAIT_UNTIL(client->ops->poll(client, &event) && event.kind == WEIR_CLIENT_ASSIGNED, WAIT_MS);
    ck_assert(weir_announcer_hear(&kafka->news, &revoked));
    ck_assert_int_eq(client->ops->assign(client, NULL, 0, &error), WEIR_OK);
    ck_assert(!client->ops->may_restart(client));
    WAIT_UNTIL(client->ops->poll(client, &event) && event.kind == WEIR_CLIENT_REVOKED, WAIT_MS);
    ck_assert_int_eq(client->ops->unassign(client, NULL, 0, &error), WEIR_OK);
    WAIT_UNTIL(!client->ops->poll(client, &event) && client->ops->may_restart(client), WAIT_MS);
    ck_assert_int_eq(client->ops->destroy(client, false), WEIR_OK);
    put_away();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("client_end");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, rd_kafka_version() < SAFE_CLOSE_VERSION
                              ? a_member_that_is_left_behind_wakes_nobody
                              : a_member_is_ended_before_its_first_assignment);
    tcase_add_test(tcase, a_member_that_is_used_wakes_its_user);
    return runner_run("client_end", tcase);
}
