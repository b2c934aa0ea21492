#include "framework/partition.h"

#include "test/support/lone_partition.h"
#include "test/support/runner.h"

/* A partition that was filled before it was known where it begins. */

enum { FROM = 10, ALL = 5 };

/* FROM, FROM + 1, ... */
static void fill(void)
{
    lone_open(FROM);
    for (int64_t offset = FROM; offset < FROM + ALL; offset++) {
        lone_put_key(offset, 0);
    }
}

/* As if it had been created there: its watermark, what may still be put, and what it holds. */
static void expect_begun(int64_t offset, int64_t position, uint32_t records)
{
    ck_assert_int_eq(weir_partition_watermark(lone), offset);
    ck_assert_int_eq(weir_partition_position(lone), position);
    ck_assert_uint_eq(weir_partition_buffered(lone), records);
    ck_assert_uint_eq(weir_partition_bytes(lone), (uint64_t)records * LONE_RECORD_BYTES);
    ck_assert_uint_eq(weir_partition_room_records(lone), lone_options.buffer_records - records);
}

static void finish(const char *offsets, const char *verdicts)
{
    (void)weir_partition_admit(lone, lone_now, UINT32_MAX);
    struct lone_batch batch = lone_cut(offsets);
    lone_settle(&batch, verdicts, verdicts);
}

START_TEST(what_is_below_is_given_back_and_the_rest_goes_its_way)
{
    fill();
    lone_begin(12, "10 11");
    expect_begun(12, 15, 3);
    finish("12 13 14", "ddd");
    ck_assert_int_eq(weir_partition_watermark(lone), 15);
}
END_TEST

START_TEST(at_its_first_record_nothing_is_given_back)
{
    fill();
    lone_begin(FROM, "");
    expect_begun(FROM, 15, 5);
    finish("10 11 12 13 14", "ddddd");
    ck_assert_int_eq(weir_partition_watermark(lone), 15);
}
END_TEST

START_TEST(at_its_end_everything_is_and_the_next_record_is_the_first)
{
    fill();
    lone_begin(15, "10 11 12 13 14");
    expect_begun(15, 15, 0);
    lone_put_key(15, 0);
    finish("15", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 16);
}
END_TEST

/* Nothing was put, and the source may not even have been asked. */
START_TEST(an_empty_one_begins_where_it_was_created)
{
    lone_open(FROM);
    lone_begin(FROM, "");
    expect_begun(FROM, FROM, 0);
    lone_deliver(FROM, FROM);
    ck_assert_uint_eq(weir_partition_in_flight(lone), 1);
}
END_TEST

/* Offsets without a record: the watermark is where it begins, not where the next record is. */
START_TEST(it_may_begin_in_a_hole)
{
    lone_open(FROM);
    lone_put_key(11, 0);
    lone_put_key(14, 0);
    lone_begin(13, "11");
    expect_begun(13, 15, 1);
    finish("14", "d");
    ck_assert_int_eq(weir_partition_watermark(lone), 15);
}
END_TEST

/* The source has said that nothing is there up to its end. */
START_TEST(behind_its_last_record_it_is_at_the_end_at_once)
{
    lone_open(FROM);
    lone_put_key(11, 0);
    weir_partition_end(lone, 20);
    lone_begin(15, "11");
    expect_begun(20, 20, 0);
}
END_TEST

/* An end that records came behind says nothing of them. */
START_TEST(an_end_of_long_ago_passes_nothing)
{
    lone_open(FROM);
    weir_partition_end(lone, 11);
    lone_put_key(11, 0);
    lone_put_key(12, 0);
    lone_begin(12, "11");
    expect_begun(12, 13, 1);
    finish("12", "d");
}
END_TEST

START_TEST(its_span_is_that_of_the_records_that_wait)
{
    int64_t first = 0;
    int64_t last = 0;

    lone_open(FROM);
    lone_put_key(11, 0);
    lone_put_key(14, 0);
    lone_put_key(19, 0);
    weir_partition_span(lone, &first, &last);
    ck_assert_int_eq(first, 11);
    ck_assert_int_eq(last, 19);
    lone_begin(12, "11");
    weir_partition_span(lone, &first, &last);
    ck_assert_int_eq(first, 14);
    ck_assert_int_eq(last, 19);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("partition_begin");

    tcase_add_checked_fixture(tcase, lone_set_up, lone_tear_down);
    tcase_add_test(tcase, what_is_below_is_given_back_and_the_rest_goes_its_way);
    tcase_add_test(tcase, at_its_first_record_nothing_is_given_back);
    tcase_add_test(tcase, at_its_end_everything_is_and_the_next_record_is_the_first);
    tcase_add_test(tcase, an_empty_one_begins_where_it_was_created);
    tcase_add_test(tcase, it_may_begin_in_a_hole);
    tcase_add_test(tcase, behind_its_last_record_it_is_at_the_end_at_once);
    tcase_add_test(tcase, an_end_of_long_ago_passes_nothing);
    tcase_add_test(tcase, its_span_is_that_of_the_records_that_wait);
    return runner_run("partition_begin", tcase);
}
