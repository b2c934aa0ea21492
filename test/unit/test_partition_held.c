/* What does a record that is held keep back, and what not? */
#include "framework/partition.h"

#include "test/support/lone_partition.h"
#include "test/support/runner.h"

#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

START_TEST(a_held_record_keeps_its_key_back_and_no_other)
{
    lone_options.policy = WEIR_FAILURE_HOLD;
    lone_options.order = WEIR_ORDER_KEY;
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 2);
    lone_put_key(2, 1);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch ones = lone_cut("0 2");
    lone_settle(&ones, "xd", "ha");
    struct lone_batch twos = lone_cut("1");
    lone_settle(&twos, "d", "d");
    lone_put_key(3, 1);
    lone_put_key(4, 2);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    twos = lone_cut("4");
    lone_settle(&twos, "d", "d");
    lone_now = MS(1000000);
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    ck_assert_int_eq(weir_partition_watermark(lone), 0);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 3);
}
END_TEST

START_TEST(a_fast_handler_s_row_does_not_bring_a_held_record_back)
{
    lone_options.policy = WEIR_FAILURE_HOLD;
    lone_options.order = WEIR_ORDER_KEY;
    lone_gather = UINT32_MAX;
    lone_open(0);
    lone_put_key(0, 1);
    lone_put_key(1, 2);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch row = lone_cut("0 1");
    lone_settle(&row, "xd", "ha");
    lone_put_key(2, 1);
    lone_put_key(3, 2);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    row = lone_cut("1 3");
    lone_settle(&row, "dd", "dd");
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(a_drain_ends_with_records_held_and_passes_what_is_finished_below)
{
    lone_options.policy = WEIR_FAILURE_HOLD;
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 1;
    lone_open(0);
    lone_deliver(0, 4);
    struct lone_batch batch = lone_cut("0");
    lone_settle(&batch, "r", "r");
    batch = lone_cut("1");
    lone_settle(&batch, "d", "d");
    batch = lone_cut("2");
    lone_settle(&batch, "x", "h");
    batch = lone_cut("3");
    lone_settle(&batch, "d", "d");
    weir_partition_drain(lone);
    ck_assert(!weir_partition_is_drained(lone));
    batch = lone_cut("0"); /* 4 stands behind what is held */
    lone_settle(&batch, "d", "d");
    ck_assert(weir_partition_is_drained(lone));
    ck_assert_int_eq(weir_partition_watermark(lone), 2);
    lone_take_back("4");
}
END_TEST

/* It may be larger than all that the partition may hold. */
START_TEST(a_held_record_takes_no_room)
{
    lone_options.policy = WEIR_FAILURE_HOLD;
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.buffer_bytes = 1;
    lone_open(0);
    lone_deliver(0, 0);
    struct lone_batch batch = lone_cut("0");
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 0);
    lone_settle(&batch, "x", "h");
    ck_assert_uint_eq(weir_partition_bytes(lone), 0);
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 1);
}
END_TEST

/* What would only be done again by the next owner is not begun. */
START_TEST(a_record_that_is_held_late_ends_a_drain)
{
    lone_options.policy = WEIR_FAILURE_HOLD;
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 1;
    lone_open(0);
    lone_deliver(0, 2);
    struct lone_batch later = lone_cut("0");
    struct lone_batch batch = lone_cut("1");
    lone_settle(&batch, "r", "r");
    batch = lone_cut("2");
    lone_settle(&batch, "d", "d");
    lone_now = MS(1000000);
    lone_settle(&later, "r", "r");
    weir_partition_drain(lone);
    batch = lone_cut("0");
    lone_settle(&batch, "x", "h");
    ck_assert(weir_partition_is_drained(lone));
    lone_take_back("1");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("held");

    tcase_add_checked_fixture(tcase, lone_set_up, lone_tear_down);
    tcase_add_test(tcase, a_held_record_keeps_its_key_back_and_no_other);
    tcase_add_test(tcase, a_fast_handler_s_row_does_not_bring_a_held_record_back);
    tcase_add_test(tcase, a_drain_ends_with_records_held_and_passes_what_is_finished_below);
    tcase_add_test(tcase, a_held_record_takes_no_room);
    tcase_add_test(tcase, a_record_that_is_held_late_ends_a_drain);
    return runner_run("partition held", tcase);
}
