#include "framework/client_kafka.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/produce_kafka.h"
#include "test/support/runner.h"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/* What is fetched before it is ours: does it stay as it is when it is, and may it go at once? */

enum { PARTITIONS = 4, HALF = PARTITIONS / 2, TIMES = 100, RECORDS = 500, SOON_MS = 30000 };
enum { SIGNS_MAX = 4 }; /* that the end was reached, and the like: they may come afterwards */

static struct weir_config *config;
static struct weir_client *client;
static struct weir_report report;
static struct weir_position positions[PARTITIONS];

static void wake(void *user)
{
    (void)user;
}

static void ignore(const struct weir_log_line *line, void *user)
{
    (void)line, (void)user;
}

static void set_up(void)
{
    struct weir_error error = {0};

    weir_log_init(&report.log, WEIR_LOG_INFO, ignore, NULL);
    config = config_create();
    config_set(config, "test.mock.num.brokers", "1");
    const struct weir_client_options options = {
        .config = config, .report = &report, .wake = wake, .partitions = PARTITIONS};
    ck_assert_msg(weir_client_kafka_create(&options, &client, &error) == WEIR_OK, "%s", error.text);
    ck_assert_int_eq(
        rd_kafka_mock_topic_create(rd_kafka_handle_mock_cluster(client->ops->native(client)),
                                   "orders", PARTITIONS, 1),
        RD_KAFKA_RESP_ERR_NO_ERROR);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        positions[i] = (struct weir_position){.topic = "orders", .partition = i, .offset = 0};
    }
}

static void tear_down(void)
{
    ck_assert_int_eq(client->ops->destroy(client, true), WEIR_OK);
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

static int assigned(void)
{
    rd_kafka_topic_partition_list_t *list = NULL;

    ck_assert_int_eq(rd_kafka_assignment(client->ops->native(client), &list),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    int count = list->cnt;
    rd_kafka_topic_partition_list_destroy(list);
    return count;
}

typedef enum weir_status act_fn(struct weir_client *client, const struct weir_position *positions,
                                size_t count, struct weir_error *error);

static void expect_after(act_fn *act, size_t count, int held)
{
    struct weir_error error = {0};

    ck_assert_msg(act(client, positions, count, &error) == WEIR_OK, "%s", error.text);
    ck_assert_int_eq(assigned(), held);
}

/* The library refuses to assign twice. */
START_TEST(an_assignment_leaves_what_was_prefetched_as_it_is)
{
    expect_after(client->ops->prefetch, HALF, HALF);
    expect_after(client->ops->assign, PARTITIONS, PARTITIONS);
    expect_after(client->ops->unassign, PARTITIONS, 0);
    expect_after(client->ops->prefetch, PARTITIONS, PARTITIONS);
    expect_after(client->ops->assign, PARTITIONS, PARTITIONS);
    expect_after(client->ops->unassign, PARTITIONS, 0);
}
END_TEST

START_TEST(what_was_assigned_is_refused_a_second_time)
{
    struct weir_error error = {0};

    expect_after(client->ops->prefetch, HALF, HALF);
    expect_after(client->ops->assign, HALF, HALF);
    ck_assert_int_ne(client->ops->assign(client, positions, HALF, &error), WEIR_OK);
}
END_TEST

/* librdkafka 2.0.2 aborts when a partition is taken back that has not stopped yet. */
START_TEST(what_is_let_go_may_come_and_go_at_once)
{
    struct weir_error error = {0};

    for (int i = 0; i < TIMES; i++) { /* a question in between would give it time */
        ck_assert_int_eq(client->ops->prefetch(client, positions, PARTITIONS, &error), WEIR_OK);
        ck_assert_int_eq(client->ops->unassign(client, positions, PARTITIONS, &error), WEIR_OK);
    }
    expect_after(client->ops->assign, PARTITIONS, PARTITIONS);
}
END_TEST

static rd_kafka_queue_t *queue_of(int32_t partition)
{
    rd_kafka_queue_t *queue =
        rd_kafka_queue_get_partition(client->ops->native(client), "orders", partition);

    ck_assert_ptr_nonnull(queue);
    return queue;
}

/* What was fetched ahead and is not wanted after all: its memory is free at once, not when the
 * partition is opened again. */
START_TEST(what_lies_in_the_queue_of_a_source_goes_when_it_is_closed)
{
    const rd_kafka_mock_cluster_t *cluster =
        rd_kafka_handle_mock_cluster(client->ops->native(client));
    struct weir_error error = {0};

    ledger_destroy(produce(rd_kafka_mock_cluster_bootstraps(cluster),
                           &(struct produce_options){.topic = "orders", .count = RECORDS}));
    struct weir_source *source = client->ops->source_open(client, positions, wake, NULL);
    ck_assert_ptr_nonnull(source);
    rd_kafka_queue_t *queue = queue_of(0);
    ck_assert_int_eq(client->ops->prefetch(client, positions, 1, &error), WEIR_OK);
    WAIT_UNTIL(rd_kafka_queue_length(queue) >= RECORDS, SOON_MS);
    client->ops->source_close(source);
    ck_assert_uint_le(rd_kafka_queue_length(queue), SIGNS_MAX);
    ck_assert_int_eq(client->ops->unassign(client, positions, 1, &error), WEIR_OK);
    rd_kafka_queue_destroy(queue);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("client_prefetch");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_assignment_leaves_what_was_prefetched_as_it_is);
    tcase_add_test(tcase, what_was_assigned_is_refused_a_second_time);
    tcase_add_test(tcase, what_is_let_go_may_come_and_go_at_once);
    tcase_add_test(tcase, what_lies_in_the_queue_of_a_source_goes_when_it_is_closed);
    return runner_run("client_prefetch", tcase);
}
