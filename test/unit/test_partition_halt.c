#include "framework/partition.h"

#include "test/support/lone_partition.h"
#include "test/support/runner.h"

static void admit(void)
{
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
}

static void finish(const char *offsets, const char *verdicts)
{
    struct lone_batch batch = lone_cut(offsets);

    lone_settle(&batch, verdicts, verdicts);
}

static void expect_halted(int64_t watermark)
{
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    ck_assert(weir_partition_is_halted(lone));
    ck_assert_int_eq(weir_partition_watermark(lone), watermark);
}

START_TEST(it_comes_to_rest_where_it_is_told_to)
{
    lone_open(0);
    ck_assert(weir_partition_halt(lone, 3));
    lone_deliver(0, 5);
    ck_assert(!weir_partition_is_halted(lone));
    finish("0 1 2", "ddd");
    expect_halted(3);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 0);
    weir_partition_drain(lone);
    ck_assert(weir_partition_is_drained(lone));
    ck_assert_int_eq(weir_partition_watermark(lone), 3);
    lone_take_back("3 4 5");
}
END_TEST

/* What was admitted above it stays in the window; what is out comes home. */
START_TEST(it_is_told_while_records_above_are_in_the_window)
{
    static const enum weir_order orders[] = {WEIR_ORDER_PARTITION, WEIR_ORDER_KEY, WEIR_ORDER_NONE};

    lone_options.order = orders[_i];
    lone_options.batch.records = 2;
    lone_open(0);
    for (int64_t offset = 0; offset < 8; offset++) {
        lone_put_key(offset, 1);
    }
    admit();
    struct lone_batch out = lone_cut("0 1");
    ck_assert(weir_partition_halt(lone, 5));
    lone_settle(&out, "dd", "dd");
    finish("2 3", "dd");
    finish("4", "d");
    expect_halted(5);
    ck_assert(weir_partition_halt(lone, INT64_MAX)); /* the switch is taken back */
    ck_assert(!weir_partition_is_halted(lone));
    finish("5 6", "dd");
    finish("7", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 8);
}
END_TEST

START_TEST(whoever_has_gone_past_it_halts_nowhere)
{
    lone_options.batch.records = 2;
    lone_open(0);
    lone_deliver(0, 5);
    struct lone_batch out = lone_cut("0 1");
    ck_assert(!weir_partition_halt(lone, 1));
    ck_assert(!weir_partition_is_halted(lone));
    lone_settle(&out, "dd", "dd");
    finish("2 3", "dd");
    ck_assert(weir_partition_halt(lone, 4));
    expect_halted(4);
    ck_assert(!weir_partition_halt(lone, 2)); /* nor where it did before */
    finish("4 5", "dd");
    ck_assert_int_eq(weir_partition_watermark(lone), 6);
}
END_TEST

/* A transaction's marker, or what compaction took. */
START_TEST(there_need_not_be_a_record_at_that_offset)
{
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 1);
    lone_put_key(9, 1);
    if (_i == 0) {
        admit(); /* 9 is in the window */
        ck_assert(weir_partition_halt(lone, 5));
    } else {
        ck_assert(weir_partition_halt(lone, 5));
        admit();
    }
    finish("0 1", "dd");
    expect_halted(5);
    weir_partition_drain(lone);
    ck_assert_int_eq(weir_partition_watermark(lone), 5);
    lone_take_back("9");
}
END_TEST

START_TEST(the_end_behind_markers_is_not_passed)
{
    lone_open(0);
    lone_deliver(0, 1);
    ck_assert(weir_partition_halt(lone, 4));
    finish("0 1", "dd");
    ck_assert(!weir_partition_is_halted(lone)); /* 2 and 3 may come */
    weir_partition_end(lone, 3);
    ck_assert_int_eq(weir_partition_watermark(lone), 3);
    ck_assert(!weir_partition_is_halted(lone));
    weir_partition_end(lone, 7);
    expect_halted(4);
    ck_assert(weir_partition_halt(lone, INT64_MAX));
    ck_assert_int_eq(weir_partition_watermark(lone), 7);
}
END_TEST

START_TEST(it_waits_for_a_retry_below_and_for_nothing_above)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 1;
    lone_open(0);
    lone_deliver(0, 3);
    struct lone_batch one = lone_cut("0");
    finish("1", "d");
    lone_settle(&one, "r", "r");
    ck_assert(weir_partition_halt(lone, 2));
    weir_time due = lone_wait();
    ck_assert_int_lt(due, WEIR_TIME_NEVER);
    lone_now = due;
    finish("0", "d");
    expect_halted(2);
    weir_partition_drain(lone);
    lone_take_back("2 3");
}
END_TEST

/* A drain does not wait for it: what is finished so far is what is handed over. */
START_TEST(a_drain_ends_it_wherever_it_is)
{
    lone_options.batch.records = 1;
    lone_open(0);
    ck_assert(weir_partition_halt(lone, 3));
    lone_deliver(0, 5);
    finish("0", "d");
    weir_partition_drain(lone);
    ck_assert(weir_partition_is_drained(lone));
    ck_assert(!weir_partition_is_halted(lone));
    ck_assert(!weir_partition_halt(lone, INT64_MAX));
    ck_assert_int_eq(weir_partition_watermark(lone), 1);
    lone_take_back("3 4 5 1 2");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("halt");

    tcase_add_checked_fixture(tcase, lone_set_up, lone_tear_down);
    tcase_add_test(tcase, it_comes_to_rest_where_it_is_told_to);
    tcase_add_loop_test(tcase, it_is_told_while_records_above_are_in_the_window, 0, 3);
    tcase_add_test(tcase, whoever_has_gone_past_it_halts_nowhere);
    tcase_add_loop_test(tcase, there_need_not_be_a_record_at_that_offset, 0, 2);
    tcase_add_test(tcase, the_end_behind_markers_is_not_passed);
    tcase_add_test(tcase, it_waits_for_a_retry_below_and_for_nothing_above);
    tcase_add_test(tcase, a_drain_ends_it_wherever_it_is);
    return runner_run("partition_halt", tcase);
}
