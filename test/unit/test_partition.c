#include "framework/partition.h"

#include "framework/base/memory.h"
#include "test/support/lone_partition.h"
#include "test/support/runner.h"

START_TEST(a_fresh_partition_wants_its_position)
{
    lone_open(42);
    ck_assert_int_eq(weir_partition_position(lone), 42);
    ck_assert_int_eq(weir_partition_watermark(lone), 42);
    ck_assert_uint_eq(weir_partition_room_records(lone), lone_options.buffer_records);
    ck_assert_uint_eq(weir_partition_room_bytes(lone), lone_options.buffer_bytes);
    ck_assert(!weir_partition_may_admit(lone));
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    ck_assert(!weir_partition_stopped(lone));
}
END_TEST

START_TEST(a_record_below_what_was_put_is_no_news)
{
    struct weir_item item = {.message = lone_message(9), .offset = 9, .bytes = 10};

    lone_open(10);
    ck_assert(!weir_partition_put(lone, &item)); /* below the position */
    lone_deliver(12, 12);
    item.offset = 12;
    ck_assert(!weir_partition_put(lone, &item)); /* the same again */
    item.offset = 11;
    ck_assert(!weir_partition_put(lone, &item)); /* in the hole that was passed */
    ck_assert_uint_eq(weir_partition_bytes(lone), LONE_RECORD_BYTES);
    ck_assert_int_eq(weir_partition_position(lone), 13);
}
END_TEST

START_TEST(room_shrinks_with_what_is_buffered)
{
    lone_options.buffer_records = 3;
    lone_options.buffer_bytes = 25;
    lone_options.window = 1;
    lone_open(0);
    lone_put_key(0, 0);
    ck_assert_uint_eq(weir_partition_room_records(lone), 2);
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 15);
    ck_assert_uint_eq(weir_partition_buffered(lone), 1);
    lone_put_key(1, 0);
    lone_put_key(2, 0);
    ck_assert_uint_eq(weir_partition_room_records(lone), 0);
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 0); /* past the limit, not below zero */
    ck_assert_uint_eq(weir_partition_bytes(lone), 30);
}
END_TEST

START_TEST(bytes_count_until_the_record_is_finished)
{
    lone_options.buffer_bytes = 25;
    lone_open(0);
    lone_deliver(0, 1);
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 5);
    struct lone_batch batch = lone_cut("0 1");
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 5);
    lone_settle(&batch, "dr", "dr");
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 15);
    ck_assert_uint_eq(weir_partition_bytes(lone), 10);
}
END_TEST

/* Through a handler and a retry, while the window fills behind it. */
START_TEST(the_oldest_keeps_the_time_of_its_admission)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 1;
    lone_options.window = 4;
    lone_open(0);
    ck_assert_int_eq(weir_partition_oldest(lone), WEIR_TIME_NEVER);
    lone_now = 5;
    lone_deliver(0, 0);
    lone_now = 7;
    lone_deliver(1, 1);
    ck_assert_int_eq(weir_partition_oldest(lone), 5);
    struct lone_batch first = lone_cut("0");
    struct lone_batch second = lone_cut("1");
    lone_now = 9;
    lone_settle(&second, "d", "d");
    lone_settle(&first, "r", "r");
    ck_assert_int_eq(weir_partition_oldest(lone), 5);
    lone_deliver(2, 3);
    first = lone_cut("2");
    lone_settle(&first, "d", "d");
    second = lone_cut("3");
    lone_settle(&second, "d", "d");
    ck_assert_int_eq(weir_partition_oldest(lone), 5);
    lone_now = weir_time_after_ms(lone_now, 200);
    first = lone_cut("0");
    lone_settle(&first, "d", "d");
    ck_assert_int_eq(weir_partition_oldest(lone), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(an_empty_partition_has_room_for_one_record_however_large)
{
    lone_options.buffer_bytes = 1;
    lone_open(0);
    ck_assert_uint_ge(weir_partition_room_bytes(lone), 1);
    lone_deliver(0, 0);
    ck_assert_uint_eq(weir_partition_room_bytes(lone), 0);
    struct lone_batch batch = lone_cut("0");
    lone_settle(&batch, "d", "d");
    ck_assert_uint_ge(weir_partition_room_bytes(lone), 1);
}
END_TEST

START_TEST(no_more_than_the_window_is_admitted)
{
    lone_options.window = 3;
    lone_open(0);
    lone_deliver(0, 4);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 3);
    ck_assert_uint_eq(weir_partition_buffered(lone), 2);
    ck_assert(!weir_partition_may_admit(lone));
    struct lone_batch batch = lone_cut("0 1 2");
    lone_settle(&batch, "ddr", "ddr");
    ck_assert(weir_partition_may_admit(lone));
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, 1), 1);
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, UINT32_MAX), 1);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 3);
}
END_TEST

START_TEST(no_more_than_asked_is_admitted)
{
    lone_open(0);
    for (int64_t offset = 0; offset < 5; offset++) {
        lone_put_key(offset, 0);
    }
    ck_assert(weir_partition_may_admit(lone));
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, 0), 0);
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, 2), 2);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 2);
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, 9), 3);
}
END_TEST

static const uint32_t windows[] = {1, 2, 3, 5, 6, 7, 16};
enum { WINDOWS = sizeof windows / sizeof windows[0] };

START_TEST(windows_of_any_size_go_round_many_times)
{
    int64_t window = windows[_i];

    lone_options.window = windows[_i];
    lone_options.batch.records = 2;
    lone_options.order = WEIR_ORDER_NONE;
    lone_open(0);
    for (int64_t first = 0; first < 9 * window; first += window) {
        lone_deliver(first, first + window - 1);
        uint32_t bound = 0;
        weir_time due = 0;
        struct lone_batch batches[16];
        int count = 0;
        while (weir_partition_ready(lone, lone_now, lone_gather, &bound, &due)) {
            batches[count].count = weir_partition_cut(lone, batches[count].entries);
            count++;
        }
        ck_assert_int_eq(weir_partition_watermark(lone), first);
        while (count > 0) { /* the last one first */
            count--;
            lone_settle(&batches[count], batches[count].count == 2 ? "dd" : "d",
                        batches[count].count == 2 ? "dd" : "d");
        }
        ck_assert_int_eq(weir_partition_watermark(lone), first + window);
    }
}
END_TEST

START_TEST(offsets_with_holes_keep_their_numbers)
{
    lone_open(0);
    lone_put_key(5, 0);
    lone_put_key(9, 0);
    lone_put_key(1000, 0);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    ck_assert_int_eq(weir_partition_watermark(lone), 5);
    struct lone_batch batch = lone_cut("5 9 1000");
    lone_settle(&batch, "drd", "dra");
    ck_assert_int_eq(weir_partition_watermark(lone), 9);
    lone_now = lone_wait();
    batch = lone_cut("9 1000");
    lone_settle(&batch, "dd", "dd");
    ck_assert_int_eq(weir_partition_watermark(lone), 1001);
}
END_TEST

START_TEST(greatest_offsets_pass_through)
{
    lone_open(INT64_MAX - 2);
    struct weir_item item = {.message = lone_message(0), .offset = INT64_MAX - 1, .bytes = 1};
    struct weir_entry entry;
    uint32_t bound = 0;
    weir_time due = 0;

    ck_assert(weir_partition_put(lone, &item));
    ck_assert_uint_eq(weir_partition_admit(lone, 0, 1), 1);
    ck_assert_int_eq(weir_partition_watermark(lone), INT64_MAX - 1);
    ck_assert(weir_partition_ready(lone, 0, lone_gather, &bound, &due));
    ck_assert_uint_eq(weir_partition_cut(lone, &entry), 1);
    ck_assert_int_eq(entry.offset, INT64_MAX - 1);
    weir_partition_settle(lone, 0, &entry, 1);
    ck_assert_int_eq(weir_partition_watermark(lone), INT64_MAX);
}
END_TEST

START_TEST(the_end_of_an_empty_partition_is_passed)
{
    lone_open(10);
    weir_partition_end(lone, 14);
    ck_assert_int_eq(weir_partition_watermark(lone), 14);
    ck_assert_int_eq(weir_partition_position(lone), 14);
    weir_partition_end(lone, 12); /* never back */
    ck_assert_int_eq(weir_partition_watermark(lone), 14);
    ck_assert_int_eq(weir_partition_position(lone), 14);
}
END_TEST

START_TEST(the_end_is_passed_when_everything_before_it_is_finished)
{
    lone_open(10);
    lone_put_key(10, 0);
    weir_partition_end(lone, 14);
    ck_assert_int_eq(weir_partition_watermark(lone), 10); /* it waits in the reservoir */
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    ck_assert_int_eq(weir_partition_watermark(lone), 10); /* it waits in the window */
    struct lone_batch batch = lone_cut("10");
    ck_assert_int_eq(weir_partition_watermark(lone), 10); /* it runs */
    lone_settle(&batch, "d", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 14);
    lone_deliver(14, 14);
    ck_assert_int_eq(weir_partition_watermark(lone), 14);
}
END_TEST

START_TEST(a_batch_that_is_not_taken_stays)
{
    uint32_t bound = 0;
    weir_time due = 0;

    lone_open(0);
    lone_deliver(0, 2);
    ck_assert(weir_partition_ready(lone, lone_now, lone_gather, &bound, &due));
    weir_partition_unready(lone);
    ck_assert_uint_eq(weir_partition_running(lone), 0);
    struct lone_batch batch = lone_cut("0 1 2");
    lone_settle(&batch, "ddd", "ddd");
}
END_TEST

/* Three batches for one worker, the last one of a single record. */
static void cut_three(struct lone_batch *batches)
{
    lone_options.batch.records = 2;
    lone_open(0);
    lone_deliver(0, 4);
    batches[0] = lone_cut("0 1");
    batches[1] = lone_cut_behind("2 3");
    batches[2] = lone_cut_behind("4");
    ck_assert_uint_eq(weir_partition_running(lone), 3);
}

START_TEST(what_follows_is_committed_batch_by_batch)
{
    struct lone_batch batches[3];

    cut_three(batches);
    lone_settle(&batches[0], "dd", "dd");
    ck_assert_int_eq(weir_partition_watermark(lone), 2);
    lone_deliver(5, 5);
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    lone_settle(&batches[1], "dd", "dd");
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER); /* the third one is still out */
    lone_settle(&batches[2], "d", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 5);
    batches[0] = lone_cut("5");
    lone_settle(&batches[0], "d", "d");
}
END_TEST

START_TEST(what_followed_a_failure_waits_for_it)
{
    struct lone_batch batches[3];

    cut_three(batches);
    lone_settle(&batches[2], "a", "a");
    lone_settle(&batches[1], "aa", "aa");
    lone_settle(&batches[0], "dr", "dr");
    ck_assert_int_eq(weir_partition_watermark(lone), 1);
    lone_now = lone_wait();
    batches[0] = lone_cut("1 2");
    batches[1] = lone_cut_behind("3 4");
    lone_settle(&batches[0], "dd", "dd");
    lone_settle(&batches[1], "dd", "dd");
    ck_assert_int_eq(weir_partition_watermark(lone), 5);
}
END_TEST

START_TEST(what_may_follow_may_stay)
{
    uint32_t bound = 0;

    lone_options.batch.records = 2;
    lone_open(0);
    lone_deliver(0, 3);
    struct lone_batch batch = lone_cut("0 1");
    ck_assert(weir_partition_may_follow(lone, lone_now, &bound));
    weir_partition_unready(lone);
    ck_assert_uint_eq(weir_partition_running(lone), 1);
    lone_settle(&batch, "dd", "dd");
    batch = lone_cut("2 3");
    lone_settle(&batch, "dd", "dd");
}
END_TEST

START_TEST(in_other_orders_nothing_follows)
{
    static const enum weir_order others[] = {WEIR_ORDER_KEY, WEIR_ORDER_NONE};
    uint32_t bound = 0;

    lone_options.order = others[_i];
    lone_options.batch.records = 1;
    lone_open(0);
    lone_put_key(0, 7);
    lone_put_key(1, 7);
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch batch = lone_cut("0");
    ck_assert(!weir_partition_may_follow(lone, lone_now, &bound));
    lone_settle(&batch, "d", "d");
}
END_TEST

START_TEST(batches_that_are_out_are_counted)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 1;
    lone_open(0);
    lone_deliver(0, 1);
    struct lone_batch first = lone_cut("0");
    struct lone_batch second = lone_cut("1");
    ck_assert_uint_eq(weir_partition_running(lone), 2);
    lone_settle(&second, "d", "d");
    ck_assert_uint_eq(weir_partition_running(lone), 1);
    lone_settle(&first, "d", "d");
    ck_assert_uint_eq(weir_partition_running(lone), 0);
}
END_TEST

START_TEST(a_draining_partition_takes_and_hands_out_nothing)
{
    lone_options.batch.records = 1;
    lone_open(0);
    lone_deliver(0, 1);
    lone_put_key(2, 0);
    struct lone_batch batch = lone_cut("0");
    weir_partition_drain(lone);
    ck_assert_uint_eq(weir_partition_room_records(lone), 0);
    ck_assert(!weir_partition_may_admit(lone));
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, UINT32_MAX), 0);
    lone_settle(&batch, "d", "d");
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    ck_assert_int_eq(weir_partition_watermark(lone), 1);
    lone_take_back("2 1"); /* the reservoir first, then the window */
}
END_TEST

START_TEST(a_retry_that_is_due_does_not_run_while_draining)
{
    lone_open(0);
    lone_deliver(0, 0);
    struct lone_batch batch = lone_cut("0");
    lone_settle(&batch, "r", "r");
    weir_partition_drain(lone);
    lone_now = 1000 * (weir_time)WEIR_NS_PER_MS;
    ck_assert_int_eq(lone_wait(), WEIR_TIME_NEVER);
    lone_take_back("0");
}
END_TEST

START_TEST(what_comes_home_after_a_take_back_can_be_taken_back_too)
{
    lone_options.order = WEIR_ORDER_NONE;
    lone_options.batch.records = 2;
    lone_open(0);
    lone_deliver(0, 3);
    struct lone_batch batch = lone_cut("0 1");
    weir_partition_drain(lone);
    lone_take_back("2 3");
    lone_settle(&batch, "ar", "ar");
    lone_take_back("0 1");
    lone_take_back("");
}
END_TEST

START_TEST(the_end_does_not_pass_what_was_taken_back)
{
    lone_open(10);
    lone_put_key(10, 0);
    lone_put_key(11, 0);
    weir_partition_end(lone, 20);
    weir_partition_drain(lone);
    lone_take_back("10 11");
    ck_assert_uint_eq(weir_partition_admit(lone, lone_now, UINT32_MAX), 0);
    weir_partition_end(lone, 21);
    ck_assert_int_eq(weir_partition_watermark(lone), 10);
}
END_TEST

START_TEST(every_failing_allocation_leaves_out_untouched)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    lone_options.order = WEIR_ORDER_KEY;
    while (status != WEIR_OK) {
        weir_memory_fail_nth(++nth);
        status = weir_partition_create(&lone_options, 0, &lone);
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
        ck_assert(status == WEIR_OK || lone == NULL);
    }
    ck_assert_uint_gt(nth, 6);
    weir_partition_destroy(NULL);
}
END_TEST

START_TEST(nothing_is_allocated_after_creation)
{
    lone_open(0);
    weir_memory_fail_nth(UINT64_MAX);
    lone_deliver(0, 9);
    struct lone_batch batch = lone_cut("0 1 2 3 4 5 6 7 8 9");
    lone_settle(&batch, "ddrddddddd", "ddraaaaaaa");
    lone_now = lone_wait();
    batch = lone_cut("2 3 4 5 6 7 8 9");
    lone_settle(&batch, "dddddddd", "dddddddd");
    ck_assert_uint_eq(weir_memory_count(), 0);
    weir_memory_fail_nth(0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("partition");

    tcase_add_checked_fixture(tcase, lone_set_up, lone_tear_down);
    tcase_add_test(tcase, a_fresh_partition_wants_its_position);
    tcase_add_test(tcase, a_record_below_what_was_put_is_no_news);
    tcase_add_test(tcase, room_shrinks_with_what_is_buffered);
    tcase_add_test(tcase, bytes_count_until_the_record_is_finished);
    tcase_add_test(tcase, the_oldest_keeps_the_time_of_its_admission);
    tcase_add_test(tcase, an_empty_partition_has_room_for_one_record_however_large);
    tcase_add_test(tcase, no_more_than_the_window_is_admitted);
    tcase_add_test(tcase, no_more_than_asked_is_admitted);
    tcase_add_loop_test(tcase, windows_of_any_size_go_round_many_times, 0, WINDOWS);
    tcase_add_test(tcase, offsets_with_holes_keep_their_numbers);
    tcase_add_test(tcase, greatest_offsets_pass_through);
    tcase_add_test(tcase, the_end_of_an_empty_partition_is_passed);
    tcase_add_test(tcase, the_end_is_passed_when_everything_before_it_is_finished);
    tcase_add_test(tcase, a_batch_that_is_not_taken_stays);
    tcase_add_test(tcase, what_follows_is_committed_batch_by_batch);
    tcase_add_test(tcase, what_followed_a_failure_waits_for_it);
    tcase_add_test(tcase, what_may_follow_may_stay);
    tcase_add_loop_test(tcase, in_other_orders_nothing_follows, 0, 2);
    tcase_add_test(tcase, batches_that_are_out_are_counted);
    tcase_add_test(tcase, a_draining_partition_takes_and_hands_out_nothing);
    tcase_add_test(tcase, a_retry_that_is_due_does_not_run_while_draining);
    tcase_add_test(tcase, what_comes_home_after_a_take_back_can_be_taken_back_too);
    tcase_add_test(tcase, the_end_does_not_pass_what_was_taken_back);
    tcase_add_test(tcase, every_failing_allocation_leaves_out_untouched);
    tcase_add_test(tcase, nothing_is_allocated_after_creation);
    return runner_run("partition", tcase);
}
