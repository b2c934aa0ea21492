#include "framework/client_kafka.h"
#include "test/support/config_fixture.h"
#include "test/support/runner.h"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

/* May partitions begin anew one right after the other, while others of them are being fetched? */

enum { PARTITIONS = 10, TIMES = 100, STRATEGIES = 2 };

static const char *const strategies[STRATEGIES] = {"range", "cooperative-sticky"};

static struct weir_config *config;
static struct weir_client *client;
static struct weir_report report;

static void wake(void *user)
{
    (void)user;
}

static void ignore(const struct weir_log_line *line, void *user)
{
    (void)line, (void)user;
}

static void set_up(const char *strategy)
{
    struct weir_error error = {0};

    weir_log_init(&report.log, WEIR_LOG_INFO, ignore, NULL);
    config = config_create();
    config_set(config, "group.id", "shop");
    config_set(config, "partition.assignment.strategy", strategy);
    config_set(config, "test.mock.num.brokers", "1");
    const struct weir_client_options options = {.config = config,
                                                .report = &report,
                                                .wake = wake,
                                                .grouped = true,
                                                .partitions = PARTITIONS};
    ck_assert_msg(weir_client_kafka_create(&options, &client, &error) == WEIR_OK, "%s", error.text);
    ck_assert_int_eq(
        rd_kafka_mock_topic_create(rd_kafka_handle_mock_cluster(client->ops->native(client)),
                                   "orders", PARTITIONS, 1),
        RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void tear_down(void)
{
    ck_assert_int_eq(client->ops->destroy(client, true), WEIR_OK);
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

/* librdkafka 2.0.2 aborts when a partition is taken back that has not stopped yet. */
START_TEST(one_may_begin_anew_before_the_last_one_has)
{
    struct weir_position held[PARTITIONS];
    struct weir_error error = {0};

    set_up(strategies[_i]);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        held[i] = (struct weir_position){.topic = "orders", .partition = i, .offset = 0};
    }
    for (int i = 0; i < TIMES; i++) {
        size_t one = (size_t)i % PARTITIONS;
        ck_assert_msg(client->ops->restart(client, &held[one], held, PARTITIONS, &error) == WEIR_OK,
                      "%s", error.text);
    }
    tear_down();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("client_restart");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, one_may_begin_anew_before_the_last_one_has, 0, STRATEGIES);
    return runner_run("client_restart", tcase);
}
