#include "framework/partition.h"

#include "test/support/lone_partition.h"
#include "test/support/runner.h"

/* What becomes of a partition while dead letters of it are under way? */

START_TEST(a_letter_holds_the_commit_and_nobody_behind_it)
{
    lone_options.policy = WEIR_FAILURE_LETTER;
    lone_open(0);
    lone_deliver(0, 3);
    struct lone_batch batch = lone_cut("0 1 2 3");
    lone_settle(&batch, "dxrd", "dlra");
    struct weir_entry letter = batch.entries[1];
    lone_now = lone_wait();
    batch = lone_cut("2 3");
    lone_settle(&batch, "dd", "dd");
    ck_assert_int_eq(weir_partition_watermark(lone), 1);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 1);
    ck_assert_uint_eq(weir_partition_bytes(lone), LONE_RECORD_BYTES);
    lone_acknowledge(&letter);
    ck_assert_int_eq(weir_partition_watermark(lone), 4);
    ck_assert_uint_eq(weir_partition_bytes(lone), 0);
    ck_assert_uint_eq(weir_partition_letters(lone), 0);
}
END_TEST

static const bool holds[] = {true, false};

START_TEST(a_letter_that_cannot_be_written_is_a_record_that_is_not_finished)
{
    lone_options.policy = WEIR_FAILURE_LETTER;
    lone_options.order = WEIR_ORDER_KEY;
    lone_gather = UINT32_MAX;
    lone_open(0);
    lone_deliver(0, 2);
    struct lone_batch batch = lone_cut("0 1 2");
    lone_settle(&batch, "dxd", "dld");
    lone_return_letter(&batch.entries[1], holds[_i]);
    ck_assert_uint_eq(weir_partition_held(lone), holds[_i] ? 1 : 0);
    ck_assert(weir_partition_stopped(lone) == !holds[_i]);
    lone_deliver(3, 3);
    batch = lone_cut("3"); /* and not what came back */
    lone_settle(&batch, "d", "d");
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    weir_partition_drain(lone);
    ck_assert(weir_partition_is_drained(lone));
    ck_assert_int_eq(weir_partition_watermark(lone), 1);
    lone_take_back(holds[_i] ? "" : "1");
}
END_TEST

START_TEST(a_drain_waits_for_letters_before_it_passes_what_is_finished)
{
    lone_options.policy = WEIR_FAILURE_LETTER;
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 1;
    lone_open(0);
    lone_deliver(0, 2);
    struct lone_batch batch = lone_cut("0");
    lone_settle(&batch, "r", "r");
    batch = lone_cut("1");
    lone_settle(&batch, "x", "l");
    weir_partition_drain(lone);
    ck_assert(!weir_partition_is_drained(lone));
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    lone_acknowledge(&batch.entries[0]);
    ck_assert(!weir_partition_is_drained(lone));
    batch = lone_cut("0"); /* 2 would not be passed by anything */
    lone_settle(&batch, "d", "d");
    ck_assert(weir_partition_is_drained(lone));
    ck_assert_int_eq(weir_partition_watermark(lone), 2);
    lone_take_back("2");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("letters");

    tcase_add_checked_fixture(tcase, lone_set_up, lone_tear_down);
    tcase_add_test(tcase, a_letter_holds_the_commit_and_nobody_behind_it);
    tcase_add_loop_test(tcase, a_letter_that_cannot_be_written_is_a_record_that_is_not_finished, 0,
                        2);
    tcase_add_test(tcase, a_drain_waits_for_letters_before_it_passes_what_is_finished);
    return runner_run("partition letters", tcase);
}
