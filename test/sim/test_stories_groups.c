#include "test/support/runner.h"
#include "test/support/story.h"

/* Stories of partitions that come and go, and of a store that is not always well. */

static struct story_options options;
static struct story *story;

static void set_up(void)
{
    options = story_usual();
    options.partition.batch.records = 1;
    story = NULL;
}

static void tear_down(void)
{
    story_destroy(story);
}

static void begin(void)
{
    story = story_create(&options);
    story_assign(story, "orders", 0, 0);
}

/* Handing back. */

START_TEST(a_revocation_waits_commits_answers_and_closes)
{
    begin();
    story_deliver(story, 3);
    story_revoke_one(story);
    story_advance_ms(story, 700);
    story_finish(story, 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 drain\n"
                        "[ 700] commit orders/0 1\n"
                        "[ 700] answer for orders/0 1\n"
                        "[ 700] answer\n"
                        "[ 700] orders/0 close\n");
}
END_TEST

START_TEST(a_clean_hand_over_repeats_nothing_and_skips_nothing)
{
    begin();
    story_deliver(story, 3);
    story_revoke_one(story);
    story_finish(story, 0);
    story_assign_stored(story, "orders", 0); /* whoever is next */
    story_finish(story, 1);
    story_finish(story, 2);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 drain\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] answer for orders/0 1\n"
                        "[   0] answer\n"
                        "[   0] orders/0 close\n"
                        "[   0] orders/0 assign at 1\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] orders/0 dispatch 2\n"
                        "[   0] commit orders/0 2\n"
                        "[   0] answer for orders/0 2\n"
                        "[   0] commit orders/0 3\n"
                        "[   0] answer for orders/0 3\n");
    ck_assert_uint_eq(story_duplicates(story), 0);
}
END_TEST

/* 2 is done and 1 is not: it still goes, or the next owner would do 2 again. 3 does not. */
START_TEST(in_key_order_a_hand_over_repeats_nothing_either)
{
    options.partition.order = WEIR_ORDER_KEY;
    begin();
    story_deliver_keys(story, "aaba");
    story_finish(story, 2);
    story_revoke_one(story);
    story_finish(story, 0);
    story_finish(story, 1);
    story_assign_stored(story, "orders", 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 2\n"
                        "[   0] orders/0 drain\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] answer for orders/0 1\n"
                        "[   0] commit orders/0 3\n"
                        "[   0] answer for orders/0 3\n"
                        "[   0] answer\n"
                        "[   0] orders/0 close\n"
                        "[   0] orders/0 assign at 3\n"
                        "[   0] orders/0 dispatch 3\n");
    ck_assert_uint_eq(story_duplicates(story), 0);
}
END_TEST

START_TEST(a_retry_above_which_something_is_done_gets_one_more_chance)
{
    options.partition.order = WEIR_ORDER_KEY;
    begin();
    story_deliver_keys(story, "ab");
    story_retry(story, 0);
    story_finish(story, 1);
    story_revoke_one(story);
    story_finish(story, 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] orders/0 retry 0\n"
                        "[   0] orders/0 drain\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] commit orders/0 2\n"
                        "[   0] answer for orders/0 2\n"
                        "[   0] answer\n"
                        "[   0] orders/0 close\n");
}
END_TEST

START_TEST(partitions_that_stay_go_on_meanwhile)
{
    begin();
    story_deliver(story, 2);
    story_assign(story, "orders", 1, 0);
    story_deliver(story, 2);
    story_revoke(story, "orders", (const int32_t[]){0, -1});
    story_on(story, "orders", 1);
    story_finish(story, 0);
    story_on(story, "orders", 0);
    story_finish(story, 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/1 assign at 0\n"
                        "[   0] orders/1 dispatch 0\n"
                        "[   0] orders/0 drain\n"
                        "[   0] orders/1 dispatch 1\n"
                        "[   0] commit orders/1 1\n"
                        "[   0] answer for orders/1 1\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] answer for orders/0 1\n"
                        "[   0] answer\n"
                        "[   0] orders/0 close\n");
}
END_TEST

START_TEST(a_revocation_does_not_wait_for_the_commit_interval)
{
    options.commit_interval_ms = 60000;
    begin();
    story_deliver(story, 1);
    story_finish(story, 0);
    story_advance_ms(story, 10);
    story_revoke_one(story);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[  10] orders/0 drain\n"
                        "[  10] commit orders/0 1\n"
                        "[  10] answer for orders/0 1\n"
                        "[  10] answer\n"
                        "[  10] orders/0 close\n");
}
END_TEST

START_TEST(a_retry_that_waits_does_not_hold_a_revocation)
{
    begin();
    story_deliver(story, 1);
    story_retry(story, 0);
    story_revoke_one(story);
    story_assign_stored(story, "orders", 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 retry 0\n"
                        "[   0] orders/0 drain\n"
                        "[   0] answer\n"
                        "[   0] orders/0 close\n"
                        "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n");
}
END_TEST

START_TEST(a_handler_that_does_not_end_is_left_behind_at_the_deadline)
{
    options.partition.order = WEIR_ORDER_NONE;
    begin();
    story_deliver(story, 2);
    story_finish(story, 0);
    story_revoke_one(story);
    story_advance_ms(story, 30000);
    story_assign_stored(story, "orders", 0);
    story_finish(story, 1); /* the old one, late */
    story_finish(story, 1); /* the new one */
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] answer for orders/0 1\n"
                        "[   0] orders/0 drain\n"
                        "[30000] orders/0 overdue\n"
                        "[30000] answer\n"
                        "[30000] orders/0 close\n"
                        "[30000] orders/0 assign at 1\n"
                        "[30000] orders/0 dispatch 1\n"
                        "[30000] orders/0 late, discarded\n"
                        "[30000] commit orders/0 2\n"
                        "[30000] answer for orders/0 2\n");
    ck_assert_uint_eq(story_duplicates(story), 1);
}
END_TEST

START_TEST(a_lost_partition_is_closed_without_a_commit)
{
    options.commit_interval_ms = 1000;
    begin();
    story_deliver(story, 2);
    story_finish(story, 0);
    story_lose(story);
    story_finish(story, 1); /* too late */
    story_advance_ms(story, 5000);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] orders/0 lost\n"
                        "[   0] orders/0 close\n"
                        "[   0] orders/0 late, discarded\n");
    ck_assert_int_eq(story_stored(story, "orders", 0), -1);
}
END_TEST

START_TEST(a_stop_drains_everything_and_leaves)
{
    begin();
    story_deliver(story, 2);
    story_assign(story, "orders", 1, 0);
    story_deliver(story, 1);
    story_stop(story);
    story_finish(story, 0);
    story_on(story, "orders", 0);
    story_advance_ms(story, 250);
    story_finish(story, 0);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/1 assign at 0\n"
                        "[   0] orders/1 dispatch 0\n"
                        "[   0] stop\n"
                        "[   0] orders/0 drain\n"
                        "[   0] orders/1 drain\n"
                        "[   0] commit orders/1 1\n"
                        "[   0] answer for orders/1 1\n"
                        "[ 250] commit orders/0 1\n"
                        "[ 250] answer for orders/0 1\n"
                        "[ 250] orders/1 close\n"
                        "[ 250] orders/0 close\n"
                        "[ 250] leave\n");
}
END_TEST

START_TEST(a_second_signal_waits_for_no_handler)
{
    begin();
    story_deliver(story, 1);
    story_stop(story);
    story_advance_ms(story, 10);
    story_hurry(story);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] stop\n"
                        "[   0] orders/0 drain\n"
                        "[  10] orders/0 overdue\n"
                        "[  10] orders/0 close\n"
                        "[  10] leave\n");
}
END_TEST

/* Committing. */

START_TEST(a_refused_commit_is_tried_again_later_and_later)
{
    begin();
    story_store(story, STORY_STORE_REFUSES, 0);
    story_deliver(story, 1);
    story_finish(story, 0);
    story_advance_ms(story, 300);
    story_store(story, STORY_STORE_WELL, 0);
    story_advance_ms(story, 100000);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] refused orders/0 1\n"
                        "[ 100] commit orders/0 1\n"
                        "[ 100] refused orders/0 1\n"
                        "[ 300] commit orders/0 1\n"
                        "[ 300] refused orders/0 1\n"
                        "[ 700] commit orders/0 1\n"
                        "[ 700] answer for orders/0 1\n");
}
END_TEST

START_TEST(a_commit_whose_reply_was_lost_is_sent_again)
{
    begin();
    story_store(story, STORY_STORE_LOSES_REPLIES, 0);
    story_deliver(story, 2);
    story_finish(story, 0);
    story_look(story);
    story_finish(story, 1); /* waits for the request that is out */
    story_store(story, STORY_STORE_WELL, 0);
    story_advance_ms(story, 60100);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] orders/0 at 1, 1 in flight, 1 stored\n"
                        "[60000] no answer for orders/0 1\n"
                        "[60100] commit orders/0 2\n"
                        "[60100] answer for orders/0 2\n");
}
END_TEST

START_TEST(a_partition_that_is_refused_does_not_hold_the_others)
{
    options.commit_interval_ms = 50;
    begin();
    story_deliver(story, 1);
    story_finish(story, 0);
    story_assign(story, "orders", 1, 0);
    story_deliver(story, 1);
    story_finish(story, 0);
    story_store_refuses_one(story, "orders", 0);
    story_advance_ms(story, 50);
    story_store_refuses_one(story, NULL, 0);
    story_advance_ms(story, 1000);
    story_look(story);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/1 assign at 0\n"
                        "[   0] orders/1 dispatch 0\n"
                        "[  50] commit orders/0 1, orders/1 1\n"
                        "[  50] answer for orders/0 1, orders/1 1\n"
                        "[ 150] commit orders/0 1\n"
                        "[ 150] answer for orders/0 1\n"
                        "[1050] orders/1 at 1, 0 in flight, 1 stored\n");
}
END_TEST

START_TEST(while_a_commit_is_out_the_newest_watermark_is_remembered)
{
    options.partition.order = WEIR_ORDER_NONE;
    begin();
    story_store(story, STORY_STORE_WELL, 20);
    story_deliver(story, 4);
    story_finish(story, 0);
    story_finish(story, 1);
    story_finish(story, 2);
    story_advance_ms(story, 100);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] orders/0 dispatch 2\n"
                        "[   0] orders/0 dispatch 3\n"
                        "[   0] commit orders/0 1\n"
                        "[  20] answer for orders/0 1\n"
                        "[  20] commit orders/0 3\n"
                        "[  40] answer for orders/0 3\n");
}
END_TEST

START_TEST(a_store_that_is_away_does_not_hold_a_revocation_for_ever)
{
    begin();
    story_store(story, STORY_STORE_LOSES_REQUESTS, 0);
    story_deliver(story, 1);
    story_finish(story, 0);
    story_revoke_one(story);
    story_advance_ms(story, 5000);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] orders/0 drain\n"
                        "[5000] answer\n"
                        "[5000] orders/0 close\n");
    story_store(story, STORY_STORE_WELL, 0);
    story_assign_stored(story, "orders", 0); /* what was not stored comes again */
    story_finish(story, 0);
    story_advance_ms(story, 60000);
    story_expect(story, "[5000] orders/0 assign at 0\n"
                        "[5000] orders/0 dispatch 0\n"
                        "[60000] no answer for orders/0 1\n"
                        "[60000] commit orders/0 1\n"
                        "[60000] answer for orders/0 1\n");
    ck_assert_uint_eq(story_duplicates(story), 1);
}
END_TEST

START_TEST(an_answer_about_the_last_tenure_says_nothing_about_this_one)
{
    begin();
    story_store(story, STORY_STORE_WELL, 50);
    story_deliver(story, 2);
    story_finish(story, 0);
    story_lose(story);
    story_assign(story, "orders", 0, 0); /* while the request is out */
    story_finish(story, 1);              /* the old handler */
    story_finish(story, 0);
    story_advance_ms(story, 50);
    story_advance_ms(story, 50);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] orders/0 lost\n"
                        "[   0] orders/0 close\n"
                        "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] orders/0 late, discarded\n"
                        "[   0] orders/0 dispatch 1\n"
                        "[  50] answer for orders/0 1\n"
                        "[  50] commit orders/0 1\n"
                        "[ 100] answer for orders/0 1\n");
}
END_TEST

START_TEST(an_idle_position_is_written_again_before_a_store_forgets_it)
{
    begin();
    story_deliver(story, 1);
    story_finish(story, 0);
    story_advance_ms(story, (int64_t)3600 * 1000);
    story_expect(story, "[   0] orders/0 assign at 0\n"
                        "[   0] orders/0 dispatch 0\n"
                        "[   0] commit orders/0 1\n"
                        "[   0] answer for orders/0 1\n"
                        "[3600000] commit orders/0 1\n"
                        "[3600000] answer for orders/0 1\n");
}
END_TEST

int main(void)
{
    TCase *groups = tcase_create("coming and going");
    TCase *commits = tcase_create("committing");

    tcase_add_checked_fixture(groups, set_up, tear_down);
    tcase_add_test(groups, a_revocation_waits_commits_answers_and_closes);
    tcase_add_test(groups, a_clean_hand_over_repeats_nothing_and_skips_nothing);
    tcase_add_test(groups, in_key_order_a_hand_over_repeats_nothing_either);
    tcase_add_test(groups, a_retry_above_which_something_is_done_gets_one_more_chance);
    tcase_add_test(groups, partitions_that_stay_go_on_meanwhile);
    tcase_add_test(groups, a_revocation_does_not_wait_for_the_commit_interval);
    tcase_add_test(groups, a_retry_that_waits_does_not_hold_a_revocation);
    tcase_add_test(groups, a_handler_that_does_not_end_is_left_behind_at_the_deadline);
    tcase_add_test(groups, a_lost_partition_is_closed_without_a_commit);
    tcase_add_test(groups, a_stop_drains_everything_and_leaves);
    tcase_add_test(groups, a_second_signal_waits_for_no_handler);
    tcase_add_checked_fixture(commits, set_up, tear_down);
    tcase_add_test(commits, a_refused_commit_is_tried_again_later_and_later);
    tcase_add_test(commits, a_commit_whose_reply_was_lost_is_sent_again);
    tcase_add_test(commits, a_partition_that_is_refused_does_not_hold_the_others);
    tcase_add_test(commits, while_a_commit_is_out_the_newest_watermark_is_remembered);
    tcase_add_test(commits, a_store_that_is_away_does_not_hold_a_revocation_for_ever);
    tcase_add_test(commits, an_answer_about_the_last_tenure_says_nothing_about_this_one);
    tcase_add_test(commits, an_idle_position_is_written_again_before_a_store_forgets_it);
    return runner_run_two("stories of groups", groups, commits);
}
