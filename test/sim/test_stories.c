#include "test/support/runner.h"
#include "test/support/story.h"

/* The main stories of a partition's life, to be read. Times are milliseconds of a virtual clock. */

static struct story_options options;
static struct story *story;

static void set_up(void)
{
    options = story_usual();
    story = NULL;
}

static void tear_down(void)
{
    story_destroy(story);
}

static void begin_at(int64_t position)
{
    story = story_create(&options);
    story_assign(story, "orders", 0, position);
}

/* Order. */

START_TEST(slow_record_holds_the_commit_back)
{
    options.partition.order = WEIR_ORDER_NONE;
    options.partition.batch.records = 1;
    options.commit_interval_ms = 5000;
    begin_at(10);
    story_deliver(story, 3);
    story_finish(story, 12);
    story_finish(story, 11);
    story_advance_ms(story, 5000);
    story_look(story);
    story_finish(story, 10);
    story_look(story);
    story_expect(story, "[   0] orders/0 assign at 10\n"
                        "[   0] orders/0 dispatch 10\n"
                        "[   0] orders/0 dispatch 11\n"
                        "[   0] orders/0 dispatch 12\n"
                        "[5000] orders/0 at 10, 1 in flight, nothing stored\n"
                        "[5000] commit orders/0 13\n"
                        "[5000] answer for orders/0 13\n"
                        "[5000] orders/0 at 13, 0 in flight, 13 stored\n");
}
END_TEST

START_TEST(in_order_by_partition_one_batch_waits_for_the_other)
{
    begin_at(0);
    story_deliver(story, 5);
    story_finish(story, 1);
    story_finish(story, 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0 1 2\n");
    story_finish(story, 2);
    story_expect(story, "[   0] orders/0 dispatch 3 4\n"
                        "[   0] commit orders/0 3\n"
                        "[   0] answer for orders/0 3\n");
}
END_TEST

START_TEST(equal_keys_wait_for_each_other_and_others_go)
{
    options.partition.order = WEIR_ORDER_KEY;
    options.partition.batch.records = 1;
    begin_at(0);
    story_deliver_keys(story, "abacb");
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] orders/0 dispatch 3\n");
    story_finish(story, 1);
    story_expect(story, "[   0] orders/0 dispatch 4\n");
    story_finish(story, 3);
    story_expect(story, "");
    story_finish(story, 0);
    story_expect(story, "[   0] orders/0 dispatch 2\n"
                        "[   0] commit orders/0 2\n"
                        "[   0] answer for orders/0 2\n");
}
END_TEST

START_TEST(records_of_one_key_share_a_batch)
{
    options.partition.order = WEIR_ORDER_KEY;
    begin_at(0);
    story_deliver_keys(story, "abab");
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0 2\n"
                        "[   0] orders/0 dispatch 1 3\n");
}
END_TEST

START_TEST(without_order_everything_goes_up_to_the_window)
{
    options.partition.order = WEIR_ORDER_NONE;
    options.partition.batch.records = 1;
    options.partition.window = 2;
    begin_at(0);
    story_deliver_keys(story, "aaaa");
    story_finish(story, 1); /* the window stands on 0 */
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n");
    story_finish(story, 0);
    story_expect(story, "[   0] orders/0 dispatch 2\n"
                        "[   0] commit orders/0 2\n"
                        "[   0] orders/0 dispatch 3\n"
                        "[   0] answer for orders/0 2\n");
}
END_TEST

/* A hole is passed once the record behind it is known. */
START_TEST(holes_in_the_offsets_are_no_records)
{
    begin_at(100);
    story_skip_offsets(story, 5);
    story_deliver(story, 1);
    story_skip_offsets(story, 1000);
    story_deliver(story, 1);
    story_finish(story, 105);
    story_finish(story, 1106);
    story_expect(story, "[   0] orders/0 assign at 100\n"
                        "[   0] orders/0 dispatch 105\n"
                        "[   0] commit orders/0 105\n"
                        "[   0] answer for orders/0 105\n"
                        "[   0] orders/0 dispatch 1106\n"
                        "[   0] commit orders/0 1106\n"
                        "[   0] answer for orders/0 1106\n"
                        "[   0] commit orders/0 1107\n"
                        "[   0] answer for orders/0 1107\n");
}
END_TEST

START_TEST(the_end_of_the_log_is_committed_behind_markers)
{
    begin_at(0);
    story_deliver(story, 1);
    story_skip_offsets(story, 3); /* of a transaction */
    story_end(story);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n");
    story_finish(story, 0);
    story_expect(story, "[   0] commit orders/0 4\n"
                        "[   0] answer for orders/0 4\n");
}
END_TEST

/* Failures. The delay of a retry is half certain, half drawn from the seed. */

START_TEST(a_retry_brings_back_what_came_after_it)
{
    begin_at(10);
    story_deliver(story, 3);
    story_deliver(story, 1);
    story_finish(story, 10);
    story_retry(story, 11);
    story_advance_ms(story, 49);
    story_expect(story, "[   0] orders/0 assign at 10\n"
                        "[   0] orders/0 dispatch 10 11 12\n"
                        "[   0] orders/0 retry 11\n"
                        "[   0] orders/0 again 12\n"
                        "[   0] commit orders/0 11\n"
                        "[   0] answer for orders/0 11\n");
    story_advance_ms(story, 51);
    story_expect(story, "[  74] orders/0 dispatch 11 12 13\n");
    story_finish(story, 11);
    story_finish(story, 12);
    story_finish(story, 13);
    story_expect(story, "[ 100] commit orders/0 14\n"
                        "[ 100] answer for orders/0 14\n");
}
END_TEST

START_TEST(a_retry_in_key_order_blocks_its_lane_only)
{
    options.partition.order = WEIR_ORDER_KEY;
    options.partition.batch.records = 1;
    begin_at(0);
    story_deliver_keys(story, "abab");
    story_retry(story, 0);
    story_finish(story, 1);
    story_finish(story, 3);
    story_look(story);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] orders/0 retry 0\n"
                        "[   0] orders/0 dispatch 3\n"
                        "[   0] orders/0 at 0, 2 in flight, nothing stored\n");
    story_advance_ms(story, 100);
    story_expect(story, "[  74] orders/0 dispatch 0\n");
    story_finish(story, 0);
    story_finish(story, 2);
    story_expect(story, "[ 100] orders/0 dispatch 2\n"
                        "[ 100] commit orders/0 2\n"
                        "[ 100] answer for orders/0 2\n"
                        "[ 100] commit orders/0 4\n"
                        "[ 100] answer for orders/0 4\n");
}
END_TEST

START_TEST(the_policy_to_skip_goes_on_behind_a_failed_record)
{
    options.partition.policy = WEIR_FAILURE_SKIP;
    options.partition.attempts = 2;
    begin_at(0);
    story_deliver(story, 2);
    story_deliver(story, 1);
    story_retry(story, 0);
    story_advance_ms(story, 100);
    story_retry(story, 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0 1\n"
                        "[   0] orders/0 retry 0\n"
                        "[   0] orders/0 again 1\n"
                        "[  74] orders/0 dispatch 0 1 2\n"
                        "[ 100] orders/0 skip 0\n"
                        "[ 100] orders/0 again 1\n"
                        "[ 100] orders/0 again 2\n"
                        "[ 100] orders/0 dispatch 1 2\n"
                        "[ 100] commit orders/0 1\n"
                        "[ 100] answer for orders/0 1\n");
    story_finish(story, 1);
    story_finish(story, 2);
    story_expect(story, "[ 100] commit orders/0 3\n"
                        "[ 100] answer for orders/0 3\n");
}
END_TEST

START_TEST(the_policy_to_stop_commits_what_is_below)
{
    begin_at(0);
    story_deliver(story, 3);
    story_finish(story, 0);
    story_reject(story, 1);
    story_finish(story, 2);
    story_deliver(story, 1);
    story_advance_ms(story, 100000);
    story_stop(story);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0 1 2\n"
                        "[   0] orders/0 stop at 1\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] answer for orders/0 1\n"
                        "[100000] stop\n"
                        "[100000] orders/0 drain\n"
                        "[100000] orders/0 close\n"
                        "[100000] leave\n");
}
END_TEST

/* Batches. */

START_TEST(a_batch_lingers_for_company)
{
    options.partition.batch.linger_ns = 20 * (weir_time)WEIR_NS_PER_MS;
    begin_at(0);
    story_deliver(story, 1);
    story_advance_ms(story, 15);
    story_deliver(story, 1);
    story_advance_ms(story, 100);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[  20] orders/0 dispatch 0 1\n");
}
END_TEST

START_TEST(a_full_batch_does_not_linger)
{
    options.partition.batch.linger_ns = 20 * (weir_time)WEIR_NS_PER_MS;
    begin_at(0);
    story_deliver(story, 2);
    story_advance_ms(story, 5);
    story_deliver(story, 2);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   5] orders/0 dispatch 0 1 2\n");
}
END_TEST

START_TEST(a_batch_is_cut_by_its_bytes)
{
    options.partition.batch.bytes = 250; /* two records of a hundred */
    options.partition.order = WEIR_ORDER_NONE;
    begin_at(0);
    story_deliver(story, 5);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0 1\n"
                        "[   0] orders/0 dispatch 2 3\n"
                        "[   0] orders/0 dispatch 4\n");
}
END_TEST

START_TEST(a_full_buffer_waits_upstream)
{
    options.partition.buffer_bytes = 250;
    options.partition.batch.records = 1;
    begin_at(0);
    story_deliver(story, 5); /* three are taken in: the third passes the limit */
    story_look(story);
    story_finish(story, 0);
    story_look(story);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 at 0, 3 in flight, nothing stored\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] answer for orders/0 1\n"
                        "[   0] orders/0 at 1, 3 in flight, 1 stored\n");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stories");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, slow_record_holds_the_commit_back);
    tcase_add_test(tcase, in_order_by_partition_one_batch_waits_for_the_other);
    tcase_add_test(tcase, equal_keys_wait_for_each_other_and_others_go);
    tcase_add_test(tcase, records_of_one_key_share_a_batch);
    tcase_add_test(tcase, without_order_everything_goes_up_to_the_window);
    tcase_add_test(tcase, holes_in_the_offsets_are_no_records);
    tcase_add_test(tcase, the_end_of_the_log_is_committed_behind_markers);
    tcase_add_test(tcase, a_retry_brings_back_what_came_after_it);
    tcase_add_test(tcase, a_retry_in_key_order_blocks_its_lane_only);
    tcase_add_test(tcase, the_policy_to_skip_goes_on_behind_a_failed_record);
    tcase_add_test(tcase, the_policy_to_stop_commits_what_is_below);
    tcase_add_test(tcase, a_batch_lingers_for_company);
    tcase_add_test(tcase, a_full_batch_does_not_linger);
    tcase_add_test(tcase, a_batch_is_cut_by_its_bytes);
    tcase_add_test(tcase, a_full_buffer_waits_upstream);
    return runner_run("stories", tcase);
}
