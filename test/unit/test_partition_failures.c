#include "framework/partition.h"

#include "framework/task.h"
#include "test/support/lone_partition.h"
#include "test/support/runner.h"

#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

/* The rule of the order, applied by the worker. */

static const struct {
    enum weir_order order;
    const char *in;
    const char *out;
    enum weir_failure_policy policy;
} kept_orders[] = {
    {WEIR_ORDER_PARTITION, "dddd", "dddd", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "drdd", "draa", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "rrrr", "raaa", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "drxd", "draa", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "dxdd", "dxdd", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "xxrd", "xxra", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "dddr", "dddr", WEIR_FAILURE_STOP},
    {WEIR_ORDER_KEY, "drdd", "draa", WEIR_FAILURE_STOP},
    {WEIR_ORDER_KEY, "dxrd", "dxra", WEIR_FAILURE_STOP},
    {WEIR_ORDER_NONE, "drdr", "drdr", WEIR_FAILURE_STOP},
    {WEIR_ORDER_NONE, "rxdd", "rxdd", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "aaaa", "aaaa", WEIR_FAILURE_STOP},
    {WEIR_ORDER_PARTITION, "dxdd", "dxaa", WEIR_FAILURE_HOLD},
    {WEIR_ORDER_KEY, "xdxd", "xaaa", WEIR_FAILURE_HOLD},
    {WEIR_ORDER_NONE, "xdxd", "xdxd", WEIR_FAILURE_HOLD},
    {WEIR_ORDER_KEY, "dxdd", "dxdd", WEIR_FAILURE_LETTER},
};
enum { KEPT_ORDERS = sizeof kept_orders / sizeof kept_orders[0] };

static enum weir_verdict verdict_of(char letter)
{
    return letter == 'd'   ? WEIR_VERDICT_DONE
           : letter == 'r' ? WEIR_VERDICT_RETRY
           : letter == 'x' ? WEIR_VERDICT_REJECT
                           : WEIR_VERDICT_AGAIN;
}

START_TEST(in_order_everything_behind_the_first_retry_goes_again)
{
    struct weir_entry entries[4] = {{0}};

    for (int i = 0; i < 4; i++) {
        entries[i].verdict = verdict_of(kept_orders[_i].in[i]);
    }
    weir_entries_keep_order(entries, 4, kept_orders[_i].order, kept_orders[_i].policy);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(entries[i].verdict, verdict_of(kept_orders[_i].out[i]));
    }
}
END_TEST

/* Retries. */

START_TEST(a_failed_record_comes_again_after_its_backoff_with_what_came_after)
{
    lone_open(10);
    lone_deliver(10, 13);
    struct lone_batch batch = lone_cut("10 11 12 13");
    lone_settle(&batch, "drdd", "draa");
    ck_assert_int_eq(weir_partition_watermark(lone), 11);
    weir_time due = lone_wait();
    ck_assert_int_ge(due, MS(50));
    ck_assert_int_le(due, MS(100));
    lone_now = due - 1;
    ck_assert_int_eq(lone_wait(), due);
    lone_now = due;
    batch = lone_cut("11 12 13");
    ck_assert_uint_eq(batch.entries[0].failures, 1);
    ck_assert_uint_eq(batch.entries[1].failures, 0);
    lone_settle(&batch, "ddd", "ddd");
    ck_assert_int_eq(weir_partition_watermark(lone), 14);
}
END_TEST

START_TEST(each_failure_waits_longer)
{
    lone_options.attempts = 20;
    lone_open(0);
    lone_deliver(0, 0);
    for (int64_t step = 100; step <= 1600; step *= 2) {
        int64_t limited = step < 1000 ? step : 1000;
        struct lone_batch batch = lone_cut("0");
        lone_settle(&batch, "r", "r");
        weir_time due = lone_wait();
        ck_assert_int_ge(due - lone_now, MS(limited) / 2);
        ck_assert_int_le(due - lone_now, MS(limited));
        lone_now = due;
    }
}
END_TEST

START_TEST(what_goes_again_has_not_failed)
{
    lone_open(0);
    lone_deliver(0, 1);
    for (int i = 0; i < 10; i++) {
        struct lone_batch batch = lone_cut("0 1");
        ck_assert_uint_eq(batch.entries[0].failures, 0);
        lone_settle(&batch, "aa", "aa"); /* a worker that could not be opened */
    }
}
END_TEST

START_TEST(in_key_order_a_retry_blocks_its_own_lane_only)
{
    lone_options.order = WEIR_ORDER_KEY;
    lone_open(0);
    lone_put_key(0, 7);
    lone_put_key(1, 8);
    lone_put_key(2, 7);
    lone_put_key(3, 8);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch sevens = lone_cut("0 2");
    struct lone_batch eights = lone_cut("1 3");
    lone_settle(&sevens, "rd", "ra");
    lone_settle(&eights, "dd", "dd");
    lone_put_key(4, 8);
    lone_put_key(5, 7);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    eights = lone_cut("4");
    lone_settle(&eights, "d", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 0);
    lone_now = lone_wait();
    sevens = lone_cut("0 2 5");
    lone_settle(&sevens, "ddd", "ddd");
    ck_assert_int_eq(weir_partition_watermark(lone), 6);
}
END_TEST

START_TEST(a_retry_in_a_batch_of_several_lanes_blocks_its_own_lane_only)
{
    lone_options.order = WEIR_ORDER_KEY;
    lone_gather = 5;
    lone_open(0);
    lone_put_key(0, 7);
    lone_put_key(1, 8);
    lone_put_key(2, 9);
    lone_put_key(3, 7);
    lone_put_key(4, 9);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch batch = lone_cut("0 1 2 3 4");
    lone_settle(&batch, "drddd", "draaa"); /* the handler was to stop there */
    batch = lone_cut("2 3 4");
    lone_settle(&batch, "ddd", "ddd");
    ck_assert_int_eq(weir_partition_watermark(lone), 1);
    lone_now = lone_wait();
    batch = lone_cut("1");
    lone_settle(&batch, "d", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 5);
}
END_TEST

START_TEST(without_order_a_retry_holds_nobody_up)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 2;
    lone_open(0);
    lone_deliver(0, 3);
    struct lone_batch first = lone_cut("0 1");
    lone_settle(&first, "rd", "rd");
    struct lone_batch second = lone_cut("2 3");
    lone_settle(&second, "dd", "dd");
    ck_assert_int_eq(weir_partition_watermark(lone), 0);
    lone_now = lone_wait();
    first = lone_cut("0");
    lone_settle(&first, "d", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 4);
}
END_TEST

START_TEST(without_order_a_batch_of_retries_is_in_offset_order_too)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_open(0);
    lone_deliver(0, 9);
    struct lone_batch batch = lone_cut("0 1 2 3 4 5 6 7 8 9");
    lone_settle(&batch, "rrrrrrrrrr", "rrrrrrrrrr");
    lone_now = MS(100); /* all are due, each since a time of its own */
    batch = lone_cut("0 1 2 3 4 5 6 7 8 9");
    lone_settle(&batch, "dddddddddd", "dddddddddd");
}
END_TEST

START_TEST(records_without_a_key_do_not_wait_for_each_other)
{
    lone_options.order = WEIR_ORDER_KEY;
    lone_open(0);
    lone_deliver(0, 2);
    struct lone_batch first = lone_cut("0");
    struct lone_batch second = lone_cut("1");
    struct lone_batch third = lone_cut("2");
    lone_settle(&third, "d", "d");
    lone_settle(&second, "d", "d");
    lone_settle(&first, "r", "r");
}
END_TEST

/* Failing for good. */

static const struct {
    enum weir_order order;
    enum weir_failure_policy policy;
    const char *verdicts;
    const char *expected;
    int64_t watermark;
    bool stopped;
} ends[] = {
    /* One attempt is all there is: a retry is as final as a reject. */
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_SKIP, "drd", "dsa", 2, false},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_SKIP, "dxd", "dsd", 3, false},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_SKIP, "xxx", "sss", 3, false},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_STOP, "drd", "dta", 1, true},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_STOP, "dxd", "dtd", 1, true},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_STOP, "ddx", "ddt", 2, true},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_HOLD, "drd", "dha", 1, false},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_HOLD, "dxd", "dha", 1, false},
    {WEIR_ORDER_NONE, WEIR_FAILURE_HOLD, "xdx", "hdh", 0, false},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_LETTER, "drd", "dla", 1, false},
    {WEIR_ORDER_PARTITION, WEIR_FAILURE_LETTER, "dxd", "dld", 1, false},
    {WEIR_ORDER_NONE, WEIR_FAILURE_LETTER, "xdx", "ldl", 0, false},
    {WEIR_ORDER_NONE, WEIR_FAILURE_SKIP, "rrd", "ssd", 3, false},
    {WEIR_ORDER_NONE, WEIR_FAILURE_STOP, "drd", "dtd", 1, true},
    {WEIR_ORDER_NONE, WEIR_FAILURE_STOP, "xdx", "tdt", 0, true},
};
enum { ENDS = sizeof ends / sizeof ends[0] };

START_TEST(the_policy_decides_about_a_record_that_failed_for_good)
{
    lone_options.order = ends[_i].order;
    lone_options.policy = ends[_i].policy;
    lone_options.attempts = 1;
    lone_open(0);
    lone_deliver(0, 2);
    struct lone_batch batch = lone_cut("0 1 2");
    lone_settle(&batch, ends[_i].verdicts, ends[_i].expected);
    ck_assert_int_eq(weir_partition_watermark(lone), ends[_i].watermark);
    ck_assert(weir_partition_stopped(lone) == ends[_i].stopped);
    uint32_t held = 0;
    uint32_t letters = 0;
    for (const char *letter = ends[_i].expected; *letter != '\0'; letter++) {
        held += *letter == 'h' ? 1 : 0;
        letters += *letter == 'l' ? 1 : 0;
    }
    ck_assert_uint_eq(weir_partition_held(lone), held);
    ck_assert_uint_eq(weir_partition_letters(lone), letters);
}
END_TEST

START_TEST(a_reject_needs_no_further_attempt)
{
    lone_options.policy = WEIR_FAILURE_SKIP;
    lone_options.attempts = 100;
    lone_open(0);
    lone_deliver(0, 0);
    struct lone_batch batch = lone_cut("0");
    lone_settle(&batch, "x", "s");
    ck_assert_uint_eq(weir_partition_bytes(lone), 0);
    ck_assert_int_eq(weir_partition_watermark(lone), 1);
}
END_TEST

START_TEST(all_attempts_are_made_and_no_more)
{
    lone_options.policy = WEIR_FAILURE_SKIP;
    lone_open(0);
    lone_deliver(0, 0);
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        struct lone_batch batch = lone_cut("0");
        ck_assert_uint_eq(batch.entries[0].failures, attempt - 1);
        lone_settle(&batch, "r", attempt < 3 ? "r" : "s");
        ck_assert_uint_eq(batch.entries[0].failures, attempt);
        lone_now += MS(1000);
    }
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(a_stopped_record_stays_unfinished_and_so_does_its_lane)
{
    lone_options.order = WEIR_ORDER_KEY;
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 2);
    lone_put_key(2, 1);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch ones = lone_cut("0 2");
    lone_settle(&ones, "xd", "td");
    struct lone_batch twos = lone_cut("1");
    lone_settle(&twos, "d", "d");
    lone_put_key(3, 1);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    lone_now = MS(1000000);
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    ck_assert_int_eq(weir_partition_watermark(lone), 0);
    weir_partition_drain(lone);
    lone_take_back("0 3");
}
END_TEST

static const enum weir_order ordered[] = {WEIR_ORDER_PARTITION, WEIR_ORDER_KEY};

START_TEST(a_retry_behind_a_stopped_record_does_not_bring_it_back)
{
    lone_options.order = ordered[_i];
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 1);
    lone_put_key(2, 1);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch batch = lone_cut("0 1 2");
    lone_settle(&batch, "xrd", "tra");
    lone_now = MS(1000000);
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    weir_partition_drain(lone);
    lone_take_back("0 1 2");
}
END_TEST

START_TEST(without_order_a_stopped_record_never_comes_again)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_open(0);
    lone_deliver(0, 2);
    struct lone_batch batch = lone_cut("0 1 2");
    lone_settle(&batch, "xrd", "trd");
    lone_now = lone_wait();
    batch = lone_cut("1");
    lone_settle(&batch, "d", "d");
    lone_now = MS(1000000);
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    ck_assert_int_eq(weir_partition_watermark(lone), 0);
}
END_TEST

START_TEST(a_stopped_record_fills_the_window_in_the_end)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.window = 4;
    lone_open(0);
    lone_deliver(0, 9);
    struct lone_batch batch = lone_cut("0 1 2 3");
    lone_settle(&batch, "xddd", "tddd");
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, UINT32_MAX), 0);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 1);
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(a_skipped_record_lets_what_came_after_it_go_on)
{
    lone_options.policy = WEIR_FAILURE_SKIP;
    lone_options.attempts = 1;
    lone_open(0);
    lone_deliver(0, 2);
    struct lone_batch batch = lone_cut("0 1 2");
    lone_settle(&batch, "rdd", "saa");
    batch = lone_cut("1 2"); /* at once: nothing waits for a backoff */
    lone_settle(&batch, "dd", "dd");
    ck_assert_int_eq(weir_partition_watermark(lone), 3);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("failures");

    tcase_add_checked_fixture(tcase, lone_set_up, lone_tear_down);
    tcase_add_loop_test(tcase, in_order_everything_behind_the_first_retry_goes_again, 0,
                        KEPT_ORDERS);
    tcase_add_test(tcase, a_failed_record_comes_again_after_its_backoff_with_what_came_after);
    tcase_add_test(tcase, each_failure_waits_longer);
    tcase_add_test(tcase, what_goes_again_has_not_failed);
    tcase_add_test(tcase, in_key_order_a_retry_blocks_its_own_lane_only);
    tcase_add_test(tcase, a_retry_in_a_batch_of_several_lanes_blocks_its_own_lane_only);
    tcase_add_test(tcase, without_order_a_retry_holds_nobody_up);
    tcase_add_test(tcase, without_order_a_batch_of_retries_is_in_offset_order_too);
    tcase_add_test(tcase, records_without_a_key_do_not_wait_for_each_other);
    tcase_add_loop_test(tcase, the_policy_decides_about_a_record_that_failed_for_good, 0, ENDS);
    tcase_add_test(tcase, a_reject_needs_no_further_attempt);
    tcase_add_test(tcase, all_attempts_are_made_and_no_more);
    tcase_add_test(tcase, a_stopped_record_stays_unfinished_and_so_does_its_lane);
    tcase_add_loop_test(tcase, a_retry_behind_a_stopped_record_does_not_bring_it_back, 0, 2);
    tcase_add_test(tcase, without_order_a_stopped_record_never_comes_again);
    tcase_add_test(tcase, a_stopped_record_fills_the_window_in_the_end);
    tcase_add_test(tcase, a_skipped_record_lets_what_came_after_it_go_on);
    return runner_run("partition failures", tcase);
}
