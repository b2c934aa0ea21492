/* Does the mock cluster of the harness serve, fail and recover on command? */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/admin_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/load_kafka.h"
#include "test/support/metadata_kafka.h"
#include "test/support/mock_kafka.h"
#include "test/support/produce_kafka.h"
#include "test/support/read_kafka.h"

enum { BROKERS = 3, RECORDS = 1000, LATE_MS = 300, SOON_MS = 20000, NS_PER_MS = 1000000 };

static struct mock *mock;

static void start_mock(void)
{
    mock = mock_start(BROKERS);
    mock_create_topic(mock, "t", 4);
}

static void stop_mock(void)
{
    mock_stop(mock);
}

static uint64_t read_all(void)
{
    return read_topic(&(struct read_options){.bootstrap = mock_bootstrap(mock), .topic = "t"}, NULL,
                      NULL);
}

START_TEST(what_is_produced_is_read_back)
{
    struct ledger *ledger =
        produce(mock_bootstrap(mock),
                &(struct produce_options){
                    .topic = "t", .count = RECORDS, .partition = PRODUCE_BY_KEY, .keys = 20});

    ck_assert_uint_eq(ledger_count_in(ledger, LEDGER_ACKNOWLEDGED), RECORDS);
    ck_assert_uint_eq(read_all(), RECORDS);
    ledger_destroy(ledger);
}
END_TEST

START_TEST(pushed_errors_are_given_and_used_up)
{
    struct producer *producer =
        producer_open(&(struct producer_options){.bootstrap = mock_bootstrap(mock)});

    mock_push_errors(mock, MOCK_PRODUCE, 3, MOCK_NOT_LEADER);
    producer_produce(producer, &(struct produce_options){.topic = "t", .count = 10});
    producer_close(producer);
    ck_assert_uint_eq(read_all(), 10);
}
END_TEST

static void commit_against_an_error(void *user)
{
    struct mock *own = mock_start(1);
    struct admin *admin = admin_open(mock_bootstrap(own));

    (void)user;
    mock_create_topic(own, "t", 1);
    mock_push_errors(own, MOCK_OFFSET_COMMIT, 100, MOCK_GROUP_DENIED);
    admin_set_committed(admin, "g", "t", 0, 1);
}

START_TEST(an_error_that_nobody_retries_surfaces)
{
    char *text = fail_text_of(commit_against_an_error, NULL);

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "authorization"));
    free(text);
}
END_TEST

START_TEST(a_load_waits_for_a_broker_that_is_down)
{
    for (int32_t i = 0; i < 4; i++) {
        mock_partition_leader(mock, "t", i, 1);
    }
    struct load *load =
        load_start(mock_bootstrap(mock), &(struct produce_options){.topic = "t"}, 1000);

    WAIT_UNTIL(load_acknowledged(load) > 100, SOON_MS);
    mock_broker_down(mock, 1);
    uint64_t before = load_acknowledged(load);
    for (int32_t i = 0; i < 4; i++) {
        mock_partition_leader(mock, "t", i, 2);
    }
    WAIT_UNTIL(load_acknowledged(load) > before + 500, SOON_MS);
    mock_broker_up(mock, 1);
    struct ledger *ledger = load_stop(load);
    read_place(mock_bootstrap(mock), "t", ledger);
    ck_assert_uint_eq(ledger_count_in(ledger, LEDGER_ACKNOWLEDGED), ledger_count(ledger));
    ledger_destroy(ledger);
}
END_TEST

START_TEST(late_answers_are_late)
{
    struct metadata *metadata = metadata_open(mock_bootstrap(mock));

    ck_assert_uint_eq(metadata_brokers(metadata, SOON_MS), 14); /* ids 1, 2, 3 */
    for (int broker = 1; broker <= BROKERS; broker++) {
        mock_broker_rtt(mock, broker, LATE_MS);
    }
    int64_t begin = deadline_now_ns();
    ck_assert_uint_eq(metadata_brokers(metadata, SOON_MS), 14);
    ck_assert_int_ge(deadline_now_ns() - begin, (int64_t)(LATE_MS - 50) * NS_PER_MS);
    metadata_close(metadata);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_mock");
    TCase *tcase = tcase_create("mock");
    TCase *failures = tcase_create("failures");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tcase, start_mock, stop_mock);
    tcase_add_test(tcase, what_is_produced_is_read_back);
    tcase_add_test(tcase, pushed_errors_are_given_and_used_up);
    tcase_add_test(tcase, a_load_waits_for_a_broker_that_is_down);
    tcase_add_test(tcase, late_answers_are_late);
    tcase_add_test(failures, an_error_that_nobody_retries_surfaces);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, failures);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
