/* Does the judge let good histories pass and flag what is done to a record that must not be? */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"
#include "test/support/ledger.h"
#include "test/support/script.h"
#include "test/support/stream.h"
#include "test/support/text.h"
#include "test/support/verify.h"

enum { NO_RULE = SCRIPT_NO_RULE, MANY = 1000000 };

#define ALL_DONE "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 commit 3; "
#define TEN      "0a. 1b. 2a. 3b. 4a. 5b. 6a. 7b. 8a. 9b. "
#define PARTITION                                                                                  \
    {                                                                                              \
        .order = VERIFY_ORDER_PARTITION                                                            \
    }
#define KEY                                                                                        \
    {                                                                                              \
        .order = VERIFY_ORDER_KEY                                                                  \
    }
#define EARLY                                                                                      \
    {                                                                                              \
        .unfinished = true                                                                         \
    }

static const struct script_case scenarios[] = {
    {"a clean run", "0a. 1b. 2a.", ALL_DONE "m1 revoke 0", PARTITION, NO_RULE},
    {"an empty one", "", "", {.duplicates_max = 0}, NO_RULE},
    {"a record nobody saw", "0a. 1b. 2a. 3a.", ALL_DONE, PARTITION, VERIFY_UNSEEN},
    {"the same, stopped early", "0a. 1b. 2a. 3a.", ALL_DONE, EARLY, NO_RULE},
    {"a lost record below the commit", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 1 1; m1 commit 3", EARLY, VERIFY_LOST},
    {"commit on delivery", "0a. 1b. 2a.",
     "m1 assign 0; m1 ask 3; m1 commit 3; m1 start 0 2 1; m1 end 0 2 1", PARTITION,
     VERIFY_COMMIT_AHEAD},
    {"commit of the highest done",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 0 1; m1 start 1 1 2; m1 start 2 2 3; m1 end 2 2 3; m1 ask 3; m1 end "
     "0 1 1",
     {.order = VERIFY_ORDER_NONE},
     VERIFY_COMMIT_AHEAD},
    {"commit of the watermark in the same case",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 0 1; m1 start 1 1 2; m1 start 2 2 3; m1 end 0 0 1; m1 end 2 2 3; "
     "m1 ask 1; m1 end 1 1 2; m1 commit 1; m1 ask 3; m1 commit 3",
     {.order = VERIFY_ORDER_NONE},
     NO_RULE},
    {"commit past the end of the log", "0a. 1b. 2a.", ALL_DONE "m1 ask 9; m1 commit 9", PARTITION,
     NO_RULE}, /* control records may be there: nothing is lost by it */
    {"commit after the revocation", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 revoke 0; m1 ask 3", PARTITION,
     VERIFY_COMMIT_STRANGER},
    {"commit after the loss", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 lost 0; m1 ask 3", PARTITION,
     VERIFY_COMMIT_STRANGER},
    {"commit that was under way at the revocation", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 revoke 0; m1 commit 3", PARTITION,
     NO_RULE},
    {"no drain at the revocation", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; m1 revoke 0; m1 start 1 2 2; m1 end 1 2 2",
     PARTITION, VERIFY_START_STRANGER},
    {"start before any assignment", "0a.", "m1 start 0 0 1; m1 end 0 0 1", PARTITION,
     VERIFY_START_STRANGER},
    {"a paused owner commits after the next began",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m2 assign 0; m2 start 0 2 1; m2 end 0 2 1; m1 end 0 2 1; "
     "m1 commit 3",
     {.duplicates_max = MANY},
     VERIFY_TWO_OWNERS},
    {"a paused owner starts one more and hears of it", "0a. 1b. 2a.",
     "m1 assign 0; m2 assign 0; m1 start 0 0 1; m1 lost 0; m2 start 0 2 1; m2 end 0 2 1; m2 ask 3; "
     "m2 commit 3",
     PARTITION, NO_RULE},
    {"one that slept takes up an old assignment and hears of it", TEN,
     "m1 assign 0; m2 assign 0; m2 lost 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 commit 3; "
     "m1 revoke 0; m2 assign 3; m2 start 3 9 1; m2 end 3 9 1; m2 ask 10; m2 commit 10",
     PARTITION, NO_RULE},
    {"a killed owner is followed", TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 2 1; m1 ask 3; m2 assign 3; m2 start 3 9 1; "
     "m2 end 3 9 1; m2 ask 10; m2 commit 10",
     PARTITION, NO_RULE},
    {"the next batch before the last one is done", TEN,
     "m1 assign 0; m1 start 0 4 1; m1 start 5 9 2; m1 end 0 4 1; m1 end 5 9 2", PARTITION,
     VERIFY_ORDER},
    {"the same is fine without order",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 start 5 9 2; m1 end 0 4 1; m1 end 5 9 2",
     {.order = VERIFY_ORDER_NONE},
     NO_RULE},
    {"the same with two keys in both batches", TEN,
     "m1 assign 0; m1 start 0 4 1; m1 start 5 9 2; m1 end 0 4 1; m1 end 5 9 2", KEY, VERIFY_ORDER},
    {"two lanes side by side", "0a. 1q. 2a. 3q.",
     "m1 assign 0; m1 start 0 0 1; m1 start 1 1 2; m1 end 1 1 2; m1 start 3 3 3; m1 end 0 0 1; "
     "m1 start 2 2 4; m1 end 2 2 4; m1 end 3 3 3",
     KEY, NO_RULE},
    {"a lane that overtakes itself", "0a. 1b. 2a. 3b.",
     "m1 assign 0; m1 start 0 0 1; m1 start 1 1 2; m1 start 2 2 4; m1 end 0 2 1; m1 start 3 3 5; "
     "m1 end 3 3 5",
     KEY, VERIFY_ORDER},
    {"null keys in any order", "0-. 1-. 2-.",
     "m1 assign 0; m1 start 2 2 1; m1 start 0 1 2; m1 end 0 1 2; m1 end 2 2 1", KEY, NO_RULE},
    {"a skipped offset",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 start 6 9 2; m1 end 6 9 2",
     {.order = VERIFY_ORDER_PARTITION, .unfinished = true},
     VERIFY_ORDER},
    {"a retried record that the next batch does not wait for", "0a. 1a. 2a.",
     "m1 assign 0; m1 start 0 1 1; m1 end 1 1 1; m1 start 2 2 2; m1 start 0 0 3; m1 end 0 0 3; "
     "m1 end 2 2 2",
     PARTITION, VERIFY_ORDER},
    {"the same within a lane", "0a. 1a. 2a.",
     "m1 assign 0; m1 start 0 1 1; m1 end 1 1 1; m1 start 2 2 2; m1 start 0 0 3; m1 end 0 0 3; "
     "m1 end 2 2 2",
     KEY, VERIFY_ORDER},
    {"a retried record that is waited for", "0a. 1a. 2a.",
     "m1 assign 0; m1 start 0 1 1; m1 end 1 1 1; m1 start 0 0 3; m1 end 0 0 3; m1 start 2 2 2; "
     "m1 end 2 2 2",
     PARTITION, NO_RULE},
    {"resumed too early",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 ask 5; m1 commit 5; m1 revoke 0; m2 assign 4; "
     "m2 start 4 9 1; m2 end 4 9 1",
     {.duplicates_max = MANY},
     VERIFY_POSITION},
    {"resumed too late", TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 ask 5; m1 commit 5; m1 revoke 0; m2 assign 6; "
     "m2 start 6 9 1; m2 end 6 9 1",
     EARLY, VERIFY_POSITION},
    {"resumed after what was done out of order", "0a. 1b. 2a. 3b.",
     "m1 assign 0; m1 start 0 0 1; m1 start 1 1 2; m1 end 1 1 2; m2 assign 0; m2 start 0 0 1; "
     "m2 end 0 0 1; m2 start 2 3 2; m2 end 2 3 2",
     KEY, NO_RULE},
    {"a duplicate",
     "0a. 1b. 2a.",
     ALL_DONE "m1 start 2 2 2; m1 end 2 2 2",
     {.duplicates_max = 0},
     VERIFY_DUPLICATE},
    {"a duplicate that is allowed",
     "0a. 1b. 2a.",
     ALL_DONE "m1 start 2 2 2; m1 end 2 2 2",
     {.duplicates_max = 1},
     NO_RULE},
    {"one duplicate more than allowed",
     "0a. 1b. 2a.",
     ALL_DONE "m1 start 1 2 2; m1 end 1 2 2",
     {.duplicates_max = 1},
     VERIFY_DUPLICATE},
    {"an aborted record in a full span", "0a. 1b! 2a.", ALL_DONE, PARTITION, VERIFY_ABORTED},
    {"an aborted record wanted", "0a. 1b! 2a.", ALL_DONE, {.read_uncommitted = true}, NO_RULE},
    {"an aborted record left out", "0a. 1b! 2a.",
     "m1 assign 0; m1 start 0 2 1 2; m1 end 0 2 1 2; m1 ask 3; m1 commit 3", PARTITION, NO_RULE},
    {"control records as holes", "0a. 2a. 5b.",
     "m1 assign 0; m1 start 0 5 1 3; m1 end 0 5 1 3; m1 ask 7; m1 commit 7", PARTITION, NO_RULE},
    {"a span that hides a loss", "0a. 1b. 2a.", "m1 assign 0; m1 start 0 2 1 2; m1 end 0 2 1 2",
     EARLY, VERIFY_AMBIGUOUS},
    {"a removed record seen", "0a. 1b? 2a.", ALL_DONE, PARTITION, NO_RULE},
    {"a removed record not seen", "0a. 1b? 2a.",
     "m1 assign 0; m1 start 0 2 1 2; m1 end 0 2 1 2; m1 ask 3; m1 commit 3", PARTITION, NO_RULE},
    {"a record that nobody produced", "0a. 2a.", ALL_DONE, PARTITION, VERIFY_UNKNOWN},
    {"the same when one was refused", "0a. 1b~ 2a.", ALL_DONE, PARTITION, NO_RULE},
    {"a poisoned record passed over", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 0 1; m1 skip 1; m1 end 2 2 1; m1 ask 3; m1 commit 3",
     PARTITION, NO_RULE},
    {"a reset over deleted records", TEN,
     "m1 assign 0; m1 reset 5; m1 start 5 9 1; m1 end 5 9 1; m1 ask 10; m1 commit 10", PARTITION,
     NO_RULE},
    {"a reset, and the next owner goes on there", TEN,
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 commit 3; m1 reset 5; m1 revoke 0; "
     "m2 assign 5; m2 start 5 9 1; m2 end 5 9 1",
     PARTITION, NO_RULE},
    {"a poisoned record that the next batch did not wait for", "0a. 1a.",
     "m1 assign 0; m1 start 0 0 1; m1 skip 0; m1 start 1 1 2; m1 end 1 1 2", PARTITION, NO_RULE},
    {"a removed record seen twice", "0a? 1b.",
     "m1 assign 0; m1 start 0 1 1; m1 end 0 1 1; m1 start 0 0 2; m1 end 0 0 2", PARTITION,
     VERIFY_DUPLICATE},
    {"redelivered out of order",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 start 5 9 2; m1 end 5 9 2; m2 assign 0; m2 "
     "start 0 2 1; m2 start 3 9 2; "
     "m2 end 0 2 1; m2 end 3 9 2",
     {.order = VERIFY_ORDER_PARTITION, .duplicates_max = MANY},
     VERIFY_ORDER},
    {"done and begun again by a former owner", "0a. 1a.",
     "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; m1 start 0 0 2; m2 assign 0; m2 start 1 1 1; "
     "m2 end 1 1 1",
     PARTITION, NO_RULE},
    {"a late start",
     TEN,
     "m1 assign 7; m1 start 7 9 1; m1 end 7 9 1; m1 ask 10; m1 commit 10",
     {.order = VERIFY_ORDER_PARTITION, .late_start = true},
     NO_RULE},
    {"the same where everything counts", TEN,
     "m1 assign 7; m1 start 7 9 1; m1 end 7 9 1; m1 ask 10; m1 commit 10", PARTITION,
     VERIFY_COMMIT_AHEAD},
};

enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

START_TEST(each_history_is_judged_right)
{
    (void)script_judge(&scenarios[_i]); /* one lie may break several rules */
}
END_TEST

START_TEST(each_rule_of_a_record_has_a_history_that_breaks_no_other)
{
    static const int rules[] = {VERIFY_UNSEEN,         VERIFY_COMMIT_AHEAD, VERIFY_COMMIT_STRANGER,
                                VERIFY_START_STRANGER, VERIFY_ORDER,        VERIFY_POSITION,
                                VERIFY_DUPLICATE,      VERIFY_ABORTED,      VERIFY_UNKNOWN,
                                VERIFY_AMBIGUOUS};

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        bool alone = false;
        for (size_t j = 0; j < (size_t)SCENARIOS; j++) {
            alone |= scenarios[j].rule == rules[i] && script_judge(&scenarios[j]);
        }
        ck_assert_msg(alone, "%s", verify_rule_name((enum verify_rule)rules[i]));
    }
}
END_TEST

static void expect_in_vain(void *user)
{
    struct stream *stream = script_stream("m1 assign 0; m1 start 0 2 1; m1 end 0 1 1; m1 ask 3");
    struct verify_options options = {.streams = &stream, .stream_count = 1};

    (void)user;
    options.ledger = script_ledger("0a. 1b. 2a.");
    verify_expect(&options, NULL);
}

START_TEST(a_failure_shows_the_life_of_the_first_bad_record)
{
    char *text = fail_text_of(expect_in_vain, NULL);

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "I1 unseen: 1; I2 commit ahead: 1; 2 of 3 records"));
    ck_assert_ptr_nonnull(strstr(text, "t/0 offset 2: not completed when an offset past it"));
    ck_assert_ptr_nonnull(strstr(text, "m1/49 (script:1) assign 0-0"));
    ck_assert_ptr_nonnull(strstr(text, "m1/49 (script:4) commit_req 3-3"));
    free(text);
}
END_TEST

START_TEST(kafkas_own_consumer_can_be_judged)
{
    static const char lines[] =
        "{\"timestamp\":10,\"name\":\"partitions_assigned\",\"partitions\":"
        "[{\"topic\":\"t\",\"partition\":0}]}\n"
        "{\"timestamp\":11,\"name\":\"records_consumed\",\"count\":3,\"partitions\":"
        "[{\"topic\":\"t\",\"partition\":0,\"count\":3,\"minOffset\":0,\"maxOffset\":2}]}\n"
        "{\"timestamp\":11,\"name\":\"offsets_committed\",\"success\":true,\"offsets\":"
        "[{\"topic\":\"t\",\"partition\":0,\"offset\":%d}]}\n"
        "{\"timestamp\":12,\"name\":\"partitions_revoked\",\"partitions\":"
        "[{\"topic\":\"t\",\"partition\":0}]}\n";

    for (int committed = 3; committed <= 4; committed++) {
        char *text = text_format(lines, committed);
        struct stream *stream = stream_from_text("foreign", text);
        struct verify_options options = {.ledger = script_ledger("0a. 1b. 2a. 3a."),
                                         .streams = &stream,
                                         .stream_count = 1,
                                         .order = VERIFY_ORDER_PARTITION,
                                         .unfinished = true};
        struct verify_report *report = verify(&options);
        ck_assert_msg(verify_passed(&options, report) == (committed == 3), "%s", report->text);
        verify_report_destroy(report);
        ledger_destroy(options.ledger);
        stream_close(stream);
        free(text);
    }
}
END_TEST

#define LINE(time, ev, first, last)                                                                \
    "{\"ts_mono_ns\":" #time ",\"ev\":\"" ev "\",\"batch\":1,\"spans\":[{\"topic\":\"t\","         \
    "\"partition\":0,\"first\":" #first ",\"last\":" #last "}]}\n"

/* Threads of one process write as they come; the verifiable consumer's lines repeat it all. */
static const char earlier[] = LINE(1, "assign", 0, 0) LINE(4, "commit_req", 3, 3)
    LINE(2, "handler_start", 0, 2) LINE(3, "handler_end", 0, 2) LINE(6, "revoke_end", 3, 3)
        LINE(5, "commit_ok", 3,
             3) "{\"timestamp\":1,\"name\":\"records_consumed\",\"partitions\":[{\"topic\":\"t\","
                "\"partition\":0,\"count\":3,\"minOffset\":0,\"maxOffset\":2}]}\n";
static const char later[] = LINE(7, "assign", 3, 3) LINE(8, "handler_start", 3, 5)
    LINE(9, "handler_end", 3, 5) LINE(10, "commit_req", 6, 6);

START_TEST(members_are_merged_by_time_whatever_the_order_of_lines)
{
    struct stream *streams[] = {stream_from_text("later", later),
                                stream_from_text("earlier", earlier)};
    struct verify_options options = {.ledger = script_ledger("0a. 1a. 2a. 3a. 4a. 5a."),
                                     .streams = streams,
                                     .stream_count = 2,
                                     .order = VERIFY_ORDER_PARTITION};
    struct verify_report *report = verify(&options);

    ck_assert_msg(verify_passed(&options, report), "%s", report->text);
    ck_assert_uint_eq(report->completed, 6);
    verify_report_destroy(report);
    ledger_destroy(options.ledger);
    stream_close(streams[0]);
    stream_close(streams[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_verify");
    TCase *tcase = tcase_create("verify");
    SRunner *runner = srunner_create(suite);

    tcase_add_loop_test(tcase, each_history_is_judged_right, 0, SCENARIOS);
    tcase_add_test(tcase, each_rule_of_a_record_has_a_history_that_breaks_no_other);
    tcase_add_test(tcase, a_failure_shows_the_life_of_the_first_bad_record);
    tcase_add_test(tcase, kafkas_own_consumer_can_be_judged);
    tcase_add_test(tcase, members_are_merged_by_time_whatever_the_order_of_lines);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
