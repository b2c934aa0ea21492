#include "offsets/committer.h"

#include "test/support/runner.h"
#include <string.h>

#define MS(n)   ((weir_time)(n)*WEIR_NS_PER_MS)
#define START   MS(1000)
#define REFRESH MS(WEIR_COMMIT_REFRESH_MS)

enum { MEMBERS = 4 };

static struct weir_committer committer;
static struct weir_commit commits[MEMBERS];
static weir_time now;

static void set_up(void)
{
    memset(commits, 0, sizeof commits);
    now = START;
    weir_committer_init(&committer, 0, now);
}

static void with_interval(int64_t ms)
{
    weir_committer_init(&committer, ms, now);
}

static void add(uint32_t member, int64_t position, int64_t acked)
{
    weir_committer_add(&committer, &commits[member], position, acked, now);
}

static void moved(uint32_t member, int64_t watermark)
{
    weir_committer_moved(&committer, &commits[member], watermark);
}

static uint32_t sent_count(void)
{
    uint32_t count = 0;
    struct weir_commit *commit = weir_committer_next(&committer, NULL);

    for (; commit != NULL; commit = weir_committer_next(&committer, commit)) {
        ck_assert_int_eq(commit->sent, commit->watermark);
        count++;
    }
    return count;
}

static bool is_sent(uint32_t member)
{
    struct weir_commit *commit = weir_committer_next(&committer, NULL);

    while (commit != NULL && commit != &commits[member]) {
        commit = weir_committer_next(&committer, commit);
    }
    return commit != NULL;
}

/* The request is due now and carries so many. */
static void open_request(uint32_t count)
{
    ck_assert_int_le(weir_committer_due(&committer), now);
    weir_committer_open(&committer, now);
    ck_assert_uint_eq(sent_count(), count);
    ck_assert_int_eq(weir_committer_due(&committer), WEIR_TIME_NEVER);
}

static void settle(uint32_t member, bool ok)
{
    weir_committer_settle(&committer, &commits[member], ok, now);
}

static void close_request(void)
{
    weir_committer_close(&committer, now);
}

/* Nothing is to be sent before the refresh of an hour. */
static void nothing_is_dirty(void)
{
    ck_assert_int_ge(weir_committer_due(&committer), START + REFRESH);
}

START_TEST(nothing_is_due_without_members)
{
    ck_assert_int_eq(weir_committer_due(&committer), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(a_position_is_not_written_before_a_record_is_done)
{
    add(0, 10, 10);
    add(1, 10, -1); /* chosen by policy: the policy shall choose again */
    ck_assert(weir_commit_is_clean(&commits[0]));
    ck_assert(weir_commit_is_clean(&commits[1]));
    nothing_is_dirty();
}
END_TEST

START_TEST(what_the_store_holds_is_not_the_position_that_a_policy_chose)
{
    add(0, 10, -1);
    add(1, 10, 7);
    ck_assert_int_eq(commits[0].stored, -1);
    ck_assert_int_eq(commits[1].stored, 7);
    moved(0, 12);
    moved(1, 12);
    open_request(2);
    ck_assert_int_eq(commits[0].stored, -1);
    settle(0, true);
    settle(1, false);
    close_request();
    ck_assert_int_eq(commits[0].stored, 12);
    ck_assert_int_eq(commits[1].stored, 7);
}
END_TEST

START_TEST(a_position_to_keep_is_written_at_once)
{
    add(0, 10, -1);
    weir_committer_keep(&committer, &commits[0]);
    ck_assert(!weir_commit_is_clean(&commits[0]));
    open_request(1);
    ck_assert(is_sent(0));
    settle(0, true);
    close_request();
    ck_assert(weir_commit_is_clean(&commits[0]));
    nothing_is_dirty();
}
END_TEST

START_TEST(a_position_to_keep_may_leave_before_it_is_written)
{
    add(0, 10, -1);
    weir_committer_keep(&committer, &commits[0]);
    weir_committer_remove(&committer, &commits[0]);
    add(1, 10, 10);
    nothing_is_dirty();
}
END_TEST

START_TEST(a_watermark_that_moves_is_written_at_once_without_interval)
{
    add(0, 10, 10);
    now += MS(5);
    moved(0, 11);
    ck_assert(!weir_commit_is_clean(&commits[0]));
    open_request(1);
    settle(0, true);
    close_request();
    ck_assert(weir_commit_is_clean(&commits[0]));
    nothing_is_dirty();
}
END_TEST

START_TEST(offset_zero_and_the_first_record_are_like_any_other)
{
    add(0, 0, -1);
    moved(0, 1);
    open_request(1);
    ck_assert_int_eq(commits[0].sent, 1);
    settle(0, true);
    close_request();
    nothing_is_dirty();
}
END_TEST

START_TEST(a_watermark_does_not_go_back)
{
    add(0, 10, 10);
    moved(0, 10);
    moved(0, 3);
    nothing_is_dirty();
    moved(0, 12);
    moved(0, 11);
    open_request(1);
    ck_assert_int_eq(commits[0].sent, 12);
    close_request();
}
END_TEST

START_TEST(one_request_carries_every_dirty_partition_once)
{
    for (uint32_t member = 0; member < MEMBERS; member++) {
        add(member, 0, 0);
    }
    moved(0, 5);
    moved(2, 7);
    moved(2, 8);
    open_request(2);
    ck_assert(is_sent(0) && is_sent(2));
    close_request();
}
END_TEST

START_TEST(while_a_request_is_out_only_the_newest_watermark_is_remembered)
{
    add(0, 0, 0);
    moved(0, 1);
    open_request(1);
    moved(0, 2);
    moved(0, 3);
    ck_assert_int_eq(commits[0].sent, 1);
    ck_assert_int_eq(weir_committer_due(&committer), WEIR_TIME_NEVER);
    settle(0, true);
    ck_assert_int_eq(commits[0].acked, 1);
    ck_assert(!weir_commit_is_clean(&commits[0]));
    close_request();
    open_request(1);
    ck_assert_int_eq(commits[0].sent, 3);
    settle(0, true);
    close_request();
    nothing_is_dirty();
}
END_TEST

START_TEST(requests_keep_the_interval)
{
    with_interval(500);
    add(0, 0, 0);
    now += MS(10);
    moved(0, 1);
    ck_assert_int_eq(weir_committer_due(&committer), START + MS(500));
    now = START + MS(700);
    open_request(1);
    settle(0, true);
    close_request();
    moved(0, 2);
    ck_assert_int_eq(weir_committer_due(&committer), START + MS(1200));
}
END_TEST

START_TEST(hurry_ends_with_the_last_dirty_one)
{
    with_interval(500);
    add(0, 0, 0);
    moved(0, 1);
    weir_committer_hurry(&committer);
    open_request(1);
    moved(0, 2);
    settle(0, true);
    close_request();
    open_request(1); /* still: something was dirty */
    settle(0, true);
    close_request();
    moved(0, 3);
    ck_assert_int_eq(weir_committer_due(&committer), now + MS(500));
}
END_TEST

START_TEST(hurry_still_waits_for_the_backoff)
{
    with_interval(500);
    add(0, 0, 0);
    moved(0, 1);
    weir_committer_hurry(&committer);
    open_request(1);
    settle(0, false);
    close_request();
    ck_assert_int_eq(weir_committer_due(&committer), now + MS(WEIR_COMMIT_BACKOFF_MS));
}
END_TEST

START_TEST(a_refused_partition_stays_dirty_and_the_others_do_not)
{
    add(0, 0, 0);
    add(1, 0, 0);
    moved(0, 1);
    moved(1, 1);
    open_request(2);
    settle(0, true);
    settle(1, false);
    close_request();
    ck_assert(weir_commit_is_clean(&commits[0]));
    ck_assert(!weir_commit_is_clean(&commits[1]));
    now += MS(WEIR_COMMIT_BACKOFF_MS);
    open_request(1);
    ck_assert(is_sent(1));
    settle(1, true);
    close_request();
    nothing_is_dirty();
}
END_TEST

START_TEST(a_partition_the_answer_did_not_speak_of_counts_as_refused)
{
    add(0, 0, 0);
    add(1, 0, 0);
    moved(0, 1);
    moved(1, 1);
    open_request(2);
    settle(0, true);
    close_request();
    ck_assert(!weir_commit_is_clean(&commits[1]));
    ck_assert_int_eq(weir_committer_due(&committer), now + MS(WEIR_COMMIT_BACKOFF_MS));
}
END_TEST

START_TEST(backoff_doubles_up_to_its_limit_and_success_ends_it)
{
    add(0, 0, 0);
    moved(0, 1);
    for (int64_t delay = WEIR_COMMIT_BACKOFF_MS; delay < 40000; delay *= 2) {
        open_request(1);
        close_request(); /* never answered */
        int64_t limited = delay < WEIR_COMMIT_BACKOFF_MS_MAX ? delay : WEIR_COMMIT_BACKOFF_MS_MAX;
        ck_assert_int_eq(weir_committer_due(&committer), now + MS(limited));
        now += MS(limited);
    }
    open_request(1);
    settle(0, true);
    close_request();
    moved(0, 2);
    open_request(1); /* at once */
    settle(0, false);
    close_request();
    ck_assert_int_eq(weir_committer_due(&committer), now + MS(WEIR_COMMIT_BACKOFF_MS));
}
END_TEST

START_TEST(backoff_survives_any_number_of_failures)
{
    add(0, 0, 0);
    moved(0, 1);
    for (int i = 0; i < 10000; i++) {
        open_request(1);
        close_request();
        now += MS(WEIR_COMMIT_BACKOFF_MS_MAX);
    }
    open_request(1);
}
END_TEST

START_TEST(a_partition_that_left_is_not_sent_and_its_answer_ignored)
{
    add(0, 0, 0);
    add(1, 0, 0);
    moved(0, 1);
    moved(1, 1);
    open_request(2);
    weir_committer_remove(&committer, &commits[0]);
    weir_committer_remove(&committer, &commits[0]);
    settle(0, true);
    settle(1, true);
    close_request();
    ck_assert_int_ne(commits[0].acked, 1);
    nothing_is_dirty();
    moved(0, 5); /* late progress of one that is no member */
    nothing_is_dirty();
}
END_TEST

START_TEST(a_dirty_partition_that_leaves_takes_its_request_along)
{
    add(0, 0, 0);
    add(1, 0, 0);
    moved(0, 1);
    weir_committer_remove(&committer, &commits[0]);
    nothing_is_dirty();
    moved(1, 1);
    open_request(1);
    ck_assert(is_sent(1));
}
END_TEST

START_TEST(a_partition_that_left_and_came_back_does_not_take_the_old_answer)
{
    add(0, 0, 0);
    moved(0, 7);
    open_request(1);
    weir_committer_remove(&committer, &commits[0]);
    add(0, 3, 3); /* another tenure */
    moved(0, 4);
    settle(0, true);
    ck_assert_int_eq(commits[0].acked, 3);
    close_request();
    open_request(1);
    ck_assert_int_eq(commits[0].sent, 4);
}
END_TEST

START_TEST(members_may_leave_from_any_place_in_the_list)
{
    static const uint32_t orders[][MEMBERS] = {
        {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};

    for (uint32_t member = 0; member < MEMBERS; member++) {
        add(member, 0, 0);
        moved(member, 1);
    }
    for (uint32_t left = MEMBERS; left > 0; left--) {
        open_request(left);
        close_request();
        now += MS(WEIR_COMMIT_BACKOFF_MS_MAX);
        weir_committer_remove(&committer, &commits[orders[_i][MEMBERS - left]]);
    }
    ck_assert_int_eq(weir_committer_due(&committer), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(a_clean_position_is_written_again_once_in_a_long_while)
{
    add(0, 10, 10);
    add(1, 10, -1); /* nothing of it was ever written, so there is nothing to keep alive */
    ck_assert_int_eq(weir_committer_due(&committer), START + REFRESH);
    now = START + REFRESH;
    open_request(1);
    ck_assert(is_sent(0));
    ck_assert_int_eq(commits[0].sent, 10);
    settle(0, true);
    close_request();
    ck_assert_int_eq(weir_committer_due(&committer), now + REFRESH);
}
END_TEST

START_TEST(a_refresh_carries_what_is_dirty_too)
{
    with_interval((int64_t)2 * WEIR_COMMIT_REFRESH_MS); /* only a refresh can come first */
    add(0, 10, 10);
    add(1, 20, 20);
    moved(1, 21);
    weir_committer_hurry(&committer);
    now = START + REFRESH;
    open_request(2);
    settle(0, true);
    settle(1, true);
    close_request();
    ck_assert_int_eq(weir_committer_due(&committer), now + REFRESH);
}
END_TEST

START_TEST(a_refused_refresh_backs_off_and_loses_nothing)
{
    add(0, 10, 10);
    now = START + REFRESH;
    open_request(1);
    settle(0, false);
    close_request();
    ck_assert(weir_commit_is_clean(&commits[0]));
    moved(0, 11);
    ck_assert_int_eq(weir_committer_due(&committer), now + MS(WEIR_COMMIT_BACKOFF_MS));
    now += MS(WEIR_COMMIT_BACKOFF_MS);
    open_request(1);
    ck_assert_int_eq(commits[0].sent, 11);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("committer");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nothing_is_due_without_members);
    tcase_add_test(tcase, a_position_is_not_written_before_a_record_is_done);
    tcase_add_test(tcase, what_the_store_holds_is_not_the_position_that_a_policy_chose);
    tcase_add_test(tcase, a_position_to_keep_is_written_at_once);
    tcase_add_test(tcase, a_position_to_keep_may_leave_before_it_is_written);
    tcase_add_test(tcase, a_watermark_that_moves_is_written_at_once_without_interval);
    tcase_add_test(tcase, offset_zero_and_the_first_record_are_like_any_other);
    tcase_add_test(tcase, a_watermark_does_not_go_back);
    tcase_add_test(tcase, one_request_carries_every_dirty_partition_once);
    tcase_add_test(tcase, while_a_request_is_out_only_the_newest_watermark_is_remembered);
    tcase_add_test(tcase, requests_keep_the_interval);
    tcase_add_test(tcase, hurry_ends_with_the_last_dirty_one);
    tcase_add_test(tcase, hurry_still_waits_for_the_backoff);
    tcase_add_test(tcase, a_refused_partition_stays_dirty_and_the_others_do_not);
    tcase_add_test(tcase, a_partition_the_answer_did_not_speak_of_counts_as_refused);
    tcase_add_test(tcase, backoff_doubles_up_to_its_limit_and_success_ends_it);
    tcase_add_test(tcase, backoff_survives_any_number_of_failures);
    tcase_add_test(tcase, a_partition_that_left_is_not_sent_and_its_answer_ignored);
    tcase_add_test(tcase, a_dirty_partition_that_leaves_takes_its_request_along);
    tcase_add_test(tcase, a_partition_that_left_and_came_back_does_not_take_the_old_answer);
    tcase_add_loop_test(tcase, members_may_leave_from_any_place_in_the_list, 0, MEMBERS);
    tcase_add_test(tcase, a_clean_position_is_written_again_once_in_a_long_while);
    tcase_add_test(tcase, a_refresh_carries_what_is_dirty_too);
    tcase_add_test(tcase, a_refused_refresh_backs_off_and_loses_nothing);
    return runner_run("committer", tcase);
}
