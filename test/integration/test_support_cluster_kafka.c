/* Do brokers of the harness die, pause and come back as asked, and can others judge with it? */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/admin_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/kafka.h"
#include "test/support/ledger_file.h"
#include "test/support/load_kafka.h"
#include "test/support/metadata_kafka.h"
#include "test/support/produce_kafka.h"
#include "test/support/read_kafka.h"
#include "test/support/stream.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include "test/support/verify.h"

enum { RECORDS = 1000, SOON_MS = 30000, START_MS = 90000, TEST_SECONDS = 180 };

static uint64_t count_records(const struct kafka *kafka, const char *topic)
{
    return read_topic(&(struct read_options){.bootstrap = kafka_bootstrap(kafka), .topic = topic},
                      NULL, NULL);
}

static void create_topic(const struct kafka *kafka, const struct admin_topic *topic)
{
    struct admin *admin = admin_open(kafka_bootstrap(kafka));

    admin_create_topic(admin, topic);
    admin_close(admin);
}

static uint64_t serving(const char *bootstrap)
{
    struct metadata *metadata = metadata_open(bootstrap);
    uint64_t brokers = metadata_brokers(metadata, 1000);

    metadata_close(metadata);
    return brokers;
}

START_TEST(a_broker_comes_back_with_its_port_and_log)
{
    struct kafka *kafka = kafka_start(NULL);
    char *bootstrap = fail_or_copy(kafka_bootstrap(kafka));
    pid_t first = kafka_pid(kafka, 1);

    create_topic(kafka, &(struct admin_topic){.name = "kept"});
    ledger_destroy(
        produce(bootstrap, &(struct produce_options){.topic = "kept", .count = RECORDS}));
    kafka_kill(kafka, 1);
    ck_assert_int_eq(kill(first, 0), -1);
    ck_assert_int_eq(errno, ESRCH);
    kafka_restart(kafka, 1);
    ck_assert_str_eq(kafka_bootstrap(kafka), bootstrap);
    ck_assert_uint_eq(count_records(kafka, "kept"), RECORDS);
    kafka_shut_down(kafka, 1);
    kafka_restart(kafka, 1);
    ck_assert_uint_eq(count_records(kafka, "kept"), RECORDS);
    kafka_pause(kafka, 1);
    ck_assert_uint_eq(serving(bootstrap), 0);
    kafka_resume(kafka, 1);
    WAIT_UNTIL(serving(bootstrap) == 2, SOON_MS);
    kafka_stop(kafka);
    free(bootstrap);
}
END_TEST

START_TEST(three_brokers_go_on_when_one_dies)
{
    static const char *const config[] = {"min.insync.replicas=2", NULL};
    struct kafka *kafka = kafka_start(&(struct kafka_options){.brokers = 3});

    create_topic(kafka, &(struct admin_topic){.name = "three", .partitions = 3, .config = config});
    struct load *load = load_start(
        kafka_bootstrap(kafka),
        &(struct produce_options){.topic = "three", .partition = PRODUCE_IN_TURN, .partitions = 3},
        500);
    WAIT_UNTIL(load_acknowledged(load) > 300, SOON_MS);
    kafka_kill(kafka, 2);
    uint64_t before = load_acknowledged(load);
    WAIT_UNTIL(load_acknowledged(load) > before + 900, SOON_MS);
    kafka_restart(kafka, 2);
    struct ledger *ledger = load_stop(load);
    read_place(kafka_bootstrap(kafka), "three", ledger);
    uint64_t acknowledged = ledger_count_in(ledger, LEDGER_ACKNOWLEDGED);
    ck_assert_uint_eq(acknowledged, ledger_count(ledger));
    ck_assert_uint_eq(count_records(kafka, "three"), acknowledged);
    ledger_destroy(ledger);
    kafka_stop(kafka);
}
END_TEST

/* What Kafka's own producer did, by its own account: all of it is acknowledged. */
static struct ledger *produce_by_kafka(const struct kafka *kafka, const char *path)
{
    char *count = text_format("%d", RECORDS);
    const char *const arguments[] = {"--bootstrap-server",
                                     kafka_bootstrap(kafka),
                                     "--topic",
                                     "judged",
                                     "--max-messages",
                                     count,
                                     "--repeating-keys",
                                     "50",
                                     NULL};
    struct process *producer =
        kafka_tool(kafka, "org.apache.kafka.tools.VerifiableProducer", arguments, path);

    process_expect(producer, EXIT_SUCCESS, SOON_MS);
    process_destroy(producer);
    free(count);
    struct ledger *ledger = ledger_read(path);
    ck_assert_uint_eq(ledger_count_in(ledger, LEDGER_ACKNOWLEDGED), RECORDS);
    return ledger;
}

static struct ledger *produce_ourselves(const struct kafka *kafka, const char *path)
{
    struct ledger *ledger =
        produce(kafka_bootstrap(kafka),
                &(struct produce_options){
                    .topic = "judged", .count = RECORDS, .partition = PRODUCE_BY_KEY, .keys = 50});

    ledger_write(ledger, path);
    return ledger;
}

/* The checker's verdict on the same; `more` are lines at the end of the ledger. */
static void expect_verdict(const char *ledger_path, const char *events, const char *more,
                           const char *verdict)
{
    char *ledger = tmpdir_read(ledger_path);
    char *longer = text_format("%s%s", ledger, more);
    const char *const arguments[] = {
        getenv("WEIR_CHECK"), "--ledger", ledger_path, "--order", "partition", "--clean",
        "--revocations",      "0",        events,      NULL};

    ck_assert_ptr_nonnull(arguments[0]);
    tmpdir_write(ledger_path, longer);
    struct process *process = process_start(&(struct process_options){.arguments = arguments});
    process_expect(process, *more == '\0' ? 0 : 1, SOON_MS);
    ck_assert_msg(strstr(process_output(process), verdict) != NULL, "%s", process_output(process));
    process_destroy(process);
    free(longer);
    free(ledger);
}

static void judge_by_checker(const char *ledger_path, const char *events)
{
    expect_verdict(ledger_path, events, "", "I11  holds");
    expect_verdict(ledger_path, events, "{\"topic\":\"judged\",\"partition\":0,\"offset\":9999}\n",
                   "I1   BROKEN");
}

static struct process *start_consumer(const struct kafka *kafka, const char *path)
{
    const char *const arguments[] = {"--bootstrap-server",
                                     kafka_bootstrap(kafka),
                                     "--topic",
                                     "judged",
                                     "--group-id",
                                     "judged",
                                     "--reset-policy",
                                     "earliest",
                                     NULL};

    return kafka_tool(kafka, "org.apache.kafka.tools.VerifiableConsumer", arguments, path);
}

static void expect_stable(struct admin *admin)
{
    struct admin_group *group = admin_describe_group(admin, "judged");

    ck_assert_str_eq(group->state, "Stable");
    ck_assert_uint_eq(group->member_count, 1);
    ck_assert_uint_eq(group->members[0].partition_count, 4);
    admin_group_destroy(group);
}

typedef struct ledger *produce_fn(const struct kafka *kafka, const char *path);

/* Kafka's own consumer reads a topic to its end and leaves; its stream is judged as ours is. */
static void judge_kafkas_consumer(const struct kafka *kafka, produce_fn *fill)
{
    char *folder = tmpdir_create("judged");
    char *path = tmpdir_path(folder, "events");
    char *ledger_path = tmpdir_path(folder, "ledger");
    struct admin *admin = admin_open(kafka_bootstrap(kafka));
    struct stream *stream = stream_open(path);

    admin_create_topic(admin, &(struct admin_topic){.name = "judged", .partitions = 4});
    struct ledger *ledger = fill(kafka, ledger_path);
    struct process *consumer = start_consumer(kafka, path);
    stream_await_completed(&stream, 1, RECORDS, SOON_MS);
    expect_stable(admin);
    process_signal(consumer, SIGTERM);
    (void)process_wait(consumer, SOON_MS);
    admin_await_members(admin, "judged", 0, SOON_MS);
    verify_expect(&(struct verify_options){.ledger = ledger,
                                           .streams = &stream,
                                           .stream_count = 1,
                                           .order = VERIFY_ORDER_PARTITION},
                  NULL);
    for (int32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(admin_committed(admin, "judged", "judged", i, NULL),
                         admin_end_offset(admin, "judged", i));
    }
    judge_by_checker(ledger_path, path);
    process_destroy(consumer);
    admin_close(admin);
    ledger_destroy(ledger);
    stream_close(stream);
    free(path);
    free(ledger_path);
    tmpdir_remove(&folder);
}

START_TEST(kafkas_own_consumer_passes_the_judge)
{
    static const char *const versions[] = {"4.1.0", "3.9.1"};
    static produce_fn *const fills[] = {produce_by_kafka, produce_ourselves};
    struct kafka *kafka = kafka_start(&(struct kafka_options){.version = versions[_i]});

    ck_assert_str_eq(kafka_version(kafka), versions[_i]);
    judge_kafkas_consumer(kafka, fills[_i]);
    kafka_stop(kafka);
}
END_TEST

static const char *server_program(void)
{
    const char *program = getenv("WEIR_KAFKA_SERVER");

    if (program == NULL) {
        fail_test("WEIR_KAFKA_SERVER is not set: run this by ctest, or name the program "
                  "build/<preset>/test/support/kafka_server in it");
    }
    return program;
}

START_TEST(a_shared_kafka_lives_as_long_as_its_server)
{
    char *folder = tmpdir_create("server");
    char *file = tmpdir_path(folder, "bootstrap");
    char *named = text_format("@%s", file);
    const char *const arguments[] = {server_program(), "--file", file, "num.partitions=3", NULL};
    struct process *server =
        process_start(&(struct process_options){.arguments = arguments, .input = true});
    char *bootstrap = fail_or_copy(process_read_line(server, START_MS));

    ck_assert_int_eq(setenv("WEIR_TEST_BOOTSTRAP", named, 1), 0);
    struct kafka *kafka = kafka_share();
    ck_assert_str_eq(kafka_bootstrap(kafka), bootstrap);
    create_topic(kafka, &(struct admin_topic){.name = "shared"});
    kafka_stop(kafka);
    WAIT_UNTIL(serving(bootstrap) != 0, SOON_MS);
    process_close_input(server);
    process_expect(server, 0, SOON_MS);
    ck_assert_int_eq(access(file, F_OK), -1);
    ck_assert_uint_eq(serving(bootstrap), 0);
    ck_assert_int_eq(unsetenv("WEIR_TEST_BOOTSTRAP"), 0);
    process_destroy(server);
    free(bootstrap);
    free(named);
    free(file);
    tmpdir_remove(&folder);
}
END_TEST

START_TEST(a_detached_server_ends_after_its_caller)
{
    char *folder = tmpdir_create("detached");
    char *file = tmpdir_path(folder, "bootstrap");
    const char *const arguments[] = {
        "sh",
        "-c",
        "\"$0\" --detach \"$1.log\" --file \"$1\" && echo ready; read -r line",
        server_program(),
        file,
        NULL};
    struct process *caller =
        process_start(&(struct process_options){.arguments = arguments, .input = true});

    ck_assert_str_eq(process_read_line(caller, START_MS), "ready");
    char *bootstrap = tmpdir_read(file);
    WAIT_UNTIL(serving(bootstrap) != 0, SOON_MS);
    process_close_input(caller);
    (void)process_wait(caller, SOON_MS);
    WAIT_UNTIL(access(file, F_OK) != 0, SOON_MS);
    WAIT_UNTIL(serving(bootstrap) == 0, SOON_MS);
    process_destroy(caller);
    free(bootstrap);
    free(file);
    tmpdir_remove(&folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_cluster_kafka");
    TCase *tcase = tcase_create("cluster");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, TEST_SECONDS);
    tcase_add_test(tcase, a_broker_comes_back_with_its_port_and_log);
    tcase_add_test(tcase, three_brokers_go_on_when_one_dies);
    tcase_add_loop_test(tcase, kafkas_own_consumer_passes_the_judge, 0, 2);
    tcase_add_test(tcase, a_shared_kafka_lives_as_long_as_its_server);
    tcase_add_test(tcase, a_detached_server_ends_after_its_caller);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
