#include "framework/base/atomic.h"
#include "framework/client_kafka.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <string.h>

/* Does every record come, however often its partition is paused? The library pauses what a
 * cooperative member keeps, in each rebalance. */

enum { RECORDS = 90000, STEP = 5000, TURNS = 5, WAIT_MS = 60000, BURST = 512 };

static struct weir_config *config;
static struct weir_client *client;
static struct weir_report report;
static struct weir_flag ended;
static struct weir_tally pauses;

static void wake(void *user)
{
    (void)user;
}

static void ignore(const struct weir_log_line *line, void *user)
{
    (void)line, (void)user;
}

static rd_kafka_t *native(void)
{
    return client->ops->native(client);
}

static void produce(void)
{
    static char value[1] = "x";
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char *servers = rd_kafka_mock_cluster_bootstraps(rd_kafka_handle_mock_cluster(native()));

    ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers", servers, reason, sizeof reason),
                     RD_KAFKA_CONF_OK);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    ck_assert_msg(producer != NULL, "%s", reason);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, "orders", NULL);
    ck_assert_ptr_nonnull(topic);
    for (int i = 0; i < RECORDS; i++) {
        ck_assert_int_eq(
            rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, value, sizeof value, NULL, 0, NULL), 0);
    }
    rd_kafka_topic_destroy(topic);
    ck_assert_int_eq(rd_kafka_flush(producer, WAIT_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(producer);
}

static void set_up(void)
{
    struct weir_error error = {0};

    weir_log_init(&report.log, WEIR_LOG_INFO, ignore, NULL);
    config = config_create();
    config_set(config, "group.id", "shop");
    config_set(config, "partition.assignment.strategy", "cooperative-sticky");
    config_set(config, "test.mock.num.brokers", "1");
    const struct weir_client_options options = {
        .config = config, .report = &report, .wake = wake, .grouped = true, .partitions = 1};
    ck_assert_msg(weir_client_kafka_create(&options, &client, &error) == WEIR_OK, "%s", error.text);
    ck_assert_int_eq(
        rd_kafka_mock_topic_create(rd_kafka_handle_mock_cluster(native()), "orders", 1, 1),
        RD_KAFKA_RESP_ERR_NO_ERROR);
    produce();
    weir_flag_lower(&ended);
    pauses = (struct weir_tally){0};
}

static void tear_down(void)
{
    ck_assert_int_eq(client->ops->destroy(client, true), WEIR_OK);
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

static void *pause_and_resume(void *user)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    (void)rd_kafka_topic_partition_list_add(list, "orders", 0);
    while (!weir_flag_is_up(&ended)) {
        (void)rd_kafka_pause_partitions(native(), list);
        (void)rd_kafka_resume_partitions(native(), list);
        weir_tally_add(&pauses, 1);
        for (int turn = 0; turn < TURNS; turn++) { /* in which some come */
            deadline_turn();
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return user;
}

/* Returns the offset that is wanted next: what was seen before may come once more. */
static int64_t take(struct weir_source *source, int64_t wanted)
{
    static struct weir_fetched fetched[BURST];
    uint32_t count = client->ops->take(source, fetched, BURST);

    for (uint32_t i = 0; i < count; i++) {
        if (fetched[i].kind != WEIR_FETCHED_RECORD) {
            continue;
        }
        ck_assert_int_le(fetched[i].item.offset, wanted);
        wanted += fetched[i].item.offset == wanted ? 1 : 0;
        client->ops->release(fetched[i].item.message);
    }
    if (count == 0) {
        deadline_turn();
    }
    return wanted;
}

START_TEST(no_record_is_passed_over_when_a_partition_is_paused)
{
    const struct weir_position begin = {.topic = "orders", .partition = 0, .offset = 0};
    struct weir_error error = {0};
    pthread_t pausing;
    int64_t wanted = 0;

    set_up();
    struct weir_source *source = client->ops->source_open(client, &begin, wake, NULL);
    ck_assert_ptr_nonnull(source);
    ck_assert_msg(client->ops->restart(client, &begin, &begin, 1, &error) == WEIR_OK, "%s",
                  error.text);
    ck_assert_int_eq(pthread_create(&pausing, NULL, pause_and_resume, NULL), 0);
    struct deadline deadline = deadline_in_ms(WAIT_MS);
    while (wanted < RECORDS) {
        ck_assert_msg(!deadline_passed(deadline), "only %d records came", (int)wanted);
        if ((uint64_t)(wanted / STEP) > weir_tally_get(&pauses)) {
            deadline_turn();
        } else {
            wanted = take(source, wanted);
        }
    }
    weir_flag_raise(&ended);
    ck_assert_int_eq(pthread_join(pausing, NULL), 0);
    client->ops->source_close(source);
    tear_down();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("client_pause");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, no_record_is_passed_over_when_a_partition_is_paused);
    return runner_run("client_pause", tcase);
}
