/* Does the harness start a real broker, use it in all the ways it offers, and leave nothing? */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/admin_kafka.h"
#include "test/support/fail.h"
#include "test/support/kafka.h"
#include "test/support/produce_kafka.h"
#include "test/support/read_kafka.h"

enum { RECORDS = 500, BIG = 900000 };

static struct kafka *kafka; /* of the whole executable */
static struct admin *admin; /* of each test */

static void start_kafka(void)
{
    kafka = kafka_start(NULL);
}

static void stop_kafka(void)
{
    pid_t pid = kafka_pid(kafka, 1);

    kafka_stop(kafka);
    if (kill(pid, 0) == 0 || errno != ESRCH) {
        fail_test("the broker (pid %ld) outlived kafka_stop", (long)pid);
    }
}

static void open_admin(void)
{
    admin = admin_open(kafka_bootstrap(kafka));
}

static void close_admin(void)
{
    admin_close(admin);
}

static void create_topic(const char *name, int partitions)
{
    admin_create_topic(admin, &(struct admin_topic){.name = name, .partitions = partitions});
}

/* Compares what is read with the ledger. */
struct comparison {
    struct ledger *ledger; /* sorted */
    uint64_t matched;
};

static void compare(const struct read_record *record, void *user)
{
    struct comparison *comparison = user;
    size_t index = 0;
    char digits[PRODUCE_SEQ_DIGITS + 1] = "";

    ck_assert(ledger_find(comparison->ledger, ledger_at(comparison->ledger, 0)->topic,
                          record->partition, record->offset, &index));
    const struct ledger_entry *entry = ledger_at(comparison->ledger, index);
    ck_assert_uint_ge(record->value_length, PRODUCE_SEQ_DIGITS);
    memcpy(digits, record->value, PRODUCE_SEQ_DIGITS);
    ck_assert_uint_eq(strtoull(digits, NULL, 10), entry->seq);
    ck_assert_uint_eq(record->key == NULL ? (uint64_t)LEDGER_NO_KEY
                                          : ledger_key_hash(record->key, record->key_length),
                      entry->key_hash);
    comparison->matched++;
}

static void read_back(const char *topic, struct ledger *ledger)
{
    struct comparison comparison = {.ledger = ledger};

    ledger_sort(ledger);
    uint64_t records =
        read_topic(&(struct read_options){.bootstrap = kafka_bootstrap(kafka), .topic = topic},
                   compare, &comparison);
    ck_assert_uint_eq(records, ledger_count_in(ledger, LEDGER_ACKNOWLEDGED));
    ck_assert_uint_eq(comparison.matched, records);
}

START_TEST(what_is_produced_with_each_codec_is_read_back)
{
    static const char *const codecs[] = {"none", "gzip", "snappy", "lz4", "zstd"};
    struct ledger *all = ledger_create();

    create_topic("codecs", 3);
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        struct producer *producer = producer_open(
            &(struct producer_options){.bootstrap = kafka_bootstrap(kafka), .codec = codecs[i]});
        producer_produce(producer, &(struct produce_options){.topic = "codecs",
                                                             .count = RECORDS,
                                                             .partition = PRODUCE_BY_KEY,
                                                             .keys = 17,
                                                             .value_size = 100});
        producer_produce(producer, &(struct produce_options){.topic = "codecs",
                                                             .count = RECORDS,
                                                             .partition = PRODUCE_IN_TURN,
                                                             .partitions = 3});
        ledger_merge(all, producer_ledger(producer));
        producer_close(producer);
    }
    ck_assert_uint_eq(ledger_count_in(all, LEDGER_ACKNOWLEDGED), UINT64_C(10) * RECORDS);
    read_back("codecs", all);
    ledger_destroy(all);
}
END_TEST

static void check_shape(const struct read_record *record, void *user)
{
    uint64_t *seen = user;

    if (record->offset == 0) {
        ck_assert_ptr_nonnull(record->key);
        ck_assert_uint_eq(record->key_length, 0);
        ck_assert_ptr_null(record->value);
    } else if (record->offset == 1) {
        ck_assert_ptr_null(record->key);
        ck_assert_ptr_nonnull(record->value);
        ck_assert_uint_eq(record->value_length, 0);
    } else if (record->offset == 2) {
        ck_assert_uint_eq(record->headers, 3);
        ck_assert_int_eq(record->timestamp_ms, 1234567890123);
    } else {
        ck_assert_uint_eq(record->value_length, BIG);
    }
    *seen |= UINT64_C(1) << record->offset;
}

START_TEST(tombstones_empty_values_headers_and_big_values_arrive_as_such)
{
    struct producer *producer =
        producer_open(&(struct producer_options){.bootstrap = kafka_bootstrap(kafka)});
    uint64_t seen = 0;

    create_topic("shapes", 1);
    producer_produce(producer,
                     &(struct produce_options){
                         .topic = "shapes", .count = 1, .key = "", .value = PRODUCE_TOMBSTONE});
    producer_produce(
        producer, &(struct produce_options){.topic = "shapes", .count = 1, .value = PRODUCE_EMPTY});
    producer_produce(
        producer, &(struct produce_options){
                      .topic = "shapes", .count = 1, .headers = 3, .timestamp_ms = 1234567890123});
    producer_produce(producer,
                     &(struct produce_options){.topic = "shapes", .count = 1, .value_size = BIG});
    (void)read_topic(&(struct read_options){.bootstrap = kafka_bootstrap(kafka), .topic = "shapes"},
                     check_shape, &seen);
    ck_assert_uint_eq(seen, 15);
    producer_close(producer);
}
END_TEST

START_TEST(aborted_transactions_are_in_the_log_and_not_read)
{
    static const char *const committed_only[] = {"isolation.level=read_committed", NULL};
    const struct produce_options ten = {.topic = "aborts", .count = 10};
    struct read_options options = {.bootstrap = kafka_bootstrap(kafka), .topic = "aborts"};

    create_topic("aborts", 1);
    struct producer *producer = producer_open(&(struct producer_options){
        .bootstrap = kafka_bootstrap(kafka), .transactional_id = "aborts"});
    producer_begin(producer);
    producer_send(producer, &ten);
    producer_abort(producer);
    producer_begin(producer);
    producer_send(producer, &ten);
    producer_commit(producer);
    ck_assert_uint_eq(ledger_count_in(producer_ledger(producer), LEDGER_ABORTED), 10);
    ck_assert_int_eq(ledger_at(producer_ledger(producer), 10)->offset, 11); /* 10: the marker */
    producer_close(producer);
    ck_assert_uint_eq(read_topic(&options, NULL, NULL), 20);
    options.properties = committed_only;
    ck_assert_uint_eq(read_topic(&options, NULL, NULL), 10);
}
END_TEST

START_TEST(topics_grow_shrink_and_go)
{
    create_topic("changing", 2);
    ledger_destroy(produce(kafka_bootstrap(kafka),
                           &(struct produce_options){.topic = "changing", .count = 100}));
    ck_assert_int_eq(admin_end_offset(admin, "changing", 0), 100);
    admin_delete_records(admin, "changing", 0, 40);
    ck_assert_int_eq(admin_begin_offset(admin, "changing", 0), 40);
    admin_add_partitions(admin, "changing", 5);
    ck_assert_int_eq(admin_partitions(admin, "changing"), 5);
    admin_delete_topic(admin, "changing");
    ck_assert_int_eq(admin_partitions(admin, "changing"), 0);
    create_topic("changing", 1);
    ck_assert_int_eq(admin_end_offset(admin, "changing", 0), 0);
}
END_TEST

START_TEST(committed_offsets_are_set_found_and_forgotten)
{
    char *metadata = NULL;

    create_topic("offsets", 2);
    ledger_destroy(produce(kafka_bootstrap(kafka),
                           &(struct produce_options){.topic = "offsets", .count = 10}));
    ck_assert_int_eq(admin_committed(admin, "nobody", "offsets", 0, NULL), -1);
    admin_set_committed(admin, "somebody", "offsets", 0, 7);
    ck_assert_int_eq(admin_committed(admin, "somebody", "offsets", 0, &metadata), 7);
    ck_assert_str_eq(metadata, "");
    ck_assert_int_eq(admin_committed(admin, "somebody", "offsets", 1, NULL), -1);
    admin_await_members(admin, "somebody", 0, 10000);
    admin_forget_committed(admin, "somebody", "offsets", 0);
    ck_assert_int_eq(admin_committed(admin, "somebody", "offsets", 0, NULL), -1);
    admin_set_committed(admin, "somebody", "offsets", 1, 1);
    admin_delete_group(admin, "somebody");
    ck_assert_int_eq(admin_committed(admin, "somebody", "offsets", 1, NULL), -1);
    free(metadata);
}
END_TEST

static void delete_what_is_not_there(void *user)
{
    admin_delete_topic(admin_open(user), "no-such-topic");
}

static void produce_where_nothing_is(void *user)
{
    static const char *const properties[] = {"topic.metadata.propagation.max.ms=200", NULL};
    struct producer *producer =
        producer_open(&(struct producer_options){.bootstrap = user, .properties = properties});

    producer_produce(producer, &(struct produce_options){.topic = "no-such-topic", .count = 1});
}

static void kill_what_is_not_ours(void *user)
{
    (void)user;
    kafka_kill(kafka, 1);
}

static void use_a_version_that_is_not_there(void *user)
{
    kafka_stop(kafka_start(&(struct kafka_options){.version = user}));
}

static void use_a_property_that_is_wrong(void *user)
{
    static const char *const properties[] = {"num.network.threads=none", NULL};

    (void)user;
    kafka_stop(kafka_start(&(struct kafka_options){.properties = properties}));
}

/* No client may be open here: the failures happen in forked children. */
START_TEST(failures_carry_the_brokers_words)
{
    const struct {
        fail_try_fn *fn;
        const char *user;
        const char *parts[2];
    } cases[] = {
        {delete_what_is_not_there, kafka_bootstrap(kafka), {"no-such-topic", "Unknown topic"}},
        {produce_where_nothing_is, kafka_bootstrap(kafka), {"no-such-topic", "Unknown topic"}},
        {kill_what_is_not_ours, "", {"must start its own Kafka", ""}},
        {use_a_version_that_is_not_there, "0.7.2", {"jars of Kafka 0.7.2", "`./dev deps`"}},
        {use_a_property_that_is_wrong, "", {"ended before it served", "num.network.threads"}}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *user = fail_or_copy(cases[i].user);
        char *text = fail_text_of(cases[i].fn, user);
        ck_assert_msg(text != NULL, "case %zu did not fail", i);
        for (size_t j = 0; j < 2; j++) {
            ck_assert_msg(strstr(text, cases[i].parts[j]) != NULL, "no '%s' in: %s",
                          cases[i].parts[j], text);
        }
        free(text);
        free(user);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, open_admin, close_admin);
    tcase_add_test(tcase, what_is_produced_with_each_codec_is_read_back);
    tcase_add_test(tcase, tombstones_empty_values_headers_and_big_values_arrive_as_such);
    tcase_add_test(tcase, aborted_transactions_are_in_the_log_and_not_read);
    tcase_add_test(tcase, topics_grow_shrink_and_go);
    tcase_add_test(tcase, committed_offsets_are_set_found_and_forgotten);
}

int main(void)
{
    Suite *suite = suite_create("support_kafka");
    TCase *tcase = tcase_create("kafka");
    TCase *failures = tcase_create("failures");
    SRunner *runner = srunner_create(suite);

    add_tests(tcase);
    tcase_add_test(failures, failures_carry_the_brokers_words);
    tcase_add_unchecked_fixture(tcase, start_kafka, stop_kafka);
    tcase_add_unchecked_fixture(failures, start_kafka, stop_kafka);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, failures);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
