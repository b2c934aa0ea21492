#include "framework/partition.h"

#include "test/support/lone_partition.h"
#include "test/support/runner.h"

#define MS(ms) ((weir_time)(ms)*WEIR_NS_PER_MS)

static void admit(void)
{
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
}

static void expect_drained(int64_t watermark)
{
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    ck_assert(weir_partition_is_drained(lone));
    ck_assert_int_eq(weir_partition_watermark(lone), watermark);
}

START_TEST(what_stands_below_a_finished_record_is_still_handed_out)
{
    lone_options.order = WEIR_ORDER_KEY;
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 2);
    lone_put_key(2, 1);
    lone_put_key(3, 2);
    admit();
    struct lone_batch ones = lone_cut("0 2");
    weir_partition_drain(lone);
    ck_assert(!weir_partition_is_drained(lone));
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER); /* not before all that is out came back */
    lone_settle(&ones, "dd", "dd");
    ck_assert(!weir_partition_is_drained(lone));
    struct lone_batch twos = lone_cut("1"); /* and not 3 */
    ck_assert(!weir_partition_is_drained(lone));
    lone_settle(&twos, "d", "d");
    expect_drained(3);
    lone_take_back("3");
}
END_TEST

START_TEST(it_does_not_linger)
{
    lone_options.order = WEIR_ORDER_KEY;
    lone_options.batch.linger_ns = MS(1000);
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 2);
    admit();
    lone_now = MS(1000);
    struct lone_batch first = lone_cut("0");
    struct lone_batch second = lone_cut("1");
    lone_put_key(2, 3);
    admit();
    weir_partition_drain(lone);
    lone_settle(&first, "a", "a");
    lone_settle(&second, "d", "d");
    first = lone_cut("0");
    lone_settle(&first, "d", "d");
    expect_drained(2);
    lone_take_back("2");
}
END_TEST

/* Without order: the batches come back in another order than they went. */
START_TEST(what_was_recalled_goes_again_where_something_later_is_finished)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 2;
    lone_open(0);
    lone_deliver(0, 7);
    struct lone_batch first = lone_cut("0 1");
    struct lone_batch second = lone_cut("2 3");
    struct lone_batch third = lone_cut("4 5");
    weir_partition_drain(lone);
    lone_settle(&first, "aa", "aa");
    lone_settle(&third, "aa", "aa");
    lone_settle(&second, "dd", "dd");
    first = lone_cut("0 1");
    lone_settle(&first, "dd", "dd");
    expect_drained(4);
    lone_take_back("4 5 6 7");
}
END_TEST

START_TEST(a_record_that_waits_for_a_retry_is_tried_once_more_at_once)
{
    lone_options.order = WEIR_ORDER_KEY;
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 2);
    admit();
    struct lone_batch one = lone_cut("0");
    struct lone_batch two = lone_cut("1");
    lone_settle(&one, "r", "r");
    lone_settle(&two, "d", "d");
    weir_partition_drain(lone);
    one = lone_cut("0");
    lone_settle(&one, "r", "r");
    expect_drained(0); /* record 1 comes again, it cannot be helped */
    lone_take_back("0");
}
END_TEST

static const enum weir_order unordered[] = {WEIR_ORDER_KEY, WEIR_ORDER_NONE};

START_TEST(what_is_below_a_record_that_failed_for_good_is_finished_and_nothing_behind)
{
    lone_options.order = unordered[_i];
    lone_options.batch.records = 1;
    lone_open(0);
    for (uint32_t i = 0; i < 4; i++) {
        lone_put_key(i, i);
    }
    admit();
    struct lone_batch batches[] = {lone_cut("0"), lone_cut("1"), lone_cut("2"), lone_cut("3")};
    weir_partition_drain(lone);
    lone_settle(&batches[1], "x", "t");
    lone_settle(&batches[0], "a", "a");
    lone_settle(&batches[2], "a", "a");
    lone_settle(&batches[3], "d", "d");
    batches[0] = lone_cut("0");
    lone_settle(&batches[0], "d", "d");
    expect_drained(1);
    lone_take_back("1 2");
}
END_TEST

START_TEST(with_nothing_finished_above_it_is_drained_at_once)
{
    lone_open(0);
    lone_deliver(0, 3);
    weir_partition_drain(lone);
    expect_drained(0);
    lone_take_back("0 1 2 3");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("drain");

    tcase_add_checked_fixture(tcase, lone_set_up, lone_tear_down);
    tcase_add_test(tcase, what_stands_below_a_finished_record_is_still_handed_out);
    tcase_add_test(tcase, it_does_not_linger);
    tcase_add_test(tcase, what_was_recalled_goes_again_where_something_later_is_finished);
    tcase_add_test(tcase, a_record_that_waits_for_a_retry_is_tried_once_more_at_once);
    tcase_add_loop_test(tcase,
                        what_is_below_a_record_that_failed_for_good_is_finished_and_nothing_behind,
                        0, (int)(sizeof unordered / sizeof unordered[0]));
    tcase_add_test(tcase, with_nothing_finished_above_it_is_drained_at_once);
    return runner_run("partition drain", tcase);
}
