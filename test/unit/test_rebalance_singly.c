#include "test/support/runner.h"
#include "test/unit/rebalance_bench.h"

/* With a coordinator that takes partitions one by one. */
static void begin_singly(void)
{
    set_up();
    rebalance.singly = true;
}

static void recall(int tenure)
{
    tenures[tenure].revoked = true;
    give_back(tenure);
}

static void lose(int tenure)
{
    weir_rebalance_lose(&rebalance, &tenures[tenure], now);
}

START_TEST(a_partition_does_not_wait_for_another)
{
    recall(0);
    recall(1);
    revoke();
    drained(1);
    clean(1);
    expect("drain 0, drain 1");
    tick_after_ms(0);
    expect("commit, answer, close 1");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(DRAIN_MS));
    tick_after_ms(1000);
    expect("");
    drained(0);
    clean(0);
    tick_after_ms(0);
    expect("commit, answer, close 0");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(what_is_finished_by_a_tick_goes_in_one_piece)
{
    for (int i = 0; i < TENURES; i++) {
        recall(i);
        clean(i);
    }
    revoke();
    for (int i = 0; i < TENURES; i++) {
        drained(i);
    }
    expect("drain 0, drain 1, drain 2");
    tick_after_ms(0);
    expect("commit, answer, close 2, close 1, close 0");
}
END_TEST

START_TEST(a_partition_is_not_answered_before_it_is_clean)
{
    recall(0);
    recall(1);
    revoke();
    drained(0);
    drained(1);
    tick_after_ms(0);
    expect("drain 0, drain 1, commit");
    clean(0);
    weir_rebalance_clean(&rebalance, &tenures[0], false, now); /* it moved once more */
    tick_after_ms(0);
    expect("");
    clean(1);
    tick_after_ms(0);
    expect("answer, close 1");
    clean(0);
    tick_after_ms(0);
    expect("answer, close 0");
}
END_TEST

START_TEST(each_commit_has_a_deadline_of_its_own)
{
    recall(0);
    recall(1);
    revoke();
    drained(0);
    tick_after_ms(0);
    drained(1);
    tick_after_ms(1000);
    expect("drain 0, drain 1, commit, commit");
    tick_after_ms(WEIR_REBALANCE_COMMIT_MS - 1001);
    expect("");
    tick_after_ms(1);
    expect("answer, close 0");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(1000));
    tick_after_ms(1000);
    expect("answer, close 1");
}
END_TEST

START_TEST(handlers_of_each_have_a_deadline_of_their_own)
{
    recall(0);
    revoke();
    tick_after_ms(1000);
    recall(1);
    revoke();
    busy(0);
    busy(1);
    tick_after_ms(DRAIN_MS - 1001);
    expect("drain 0, drain 1");
    tick_after_ms(1);
    expect("overdue 0, commit");
    clean(0);
    tick_after_ms(0);
    expect("answer, close 0");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(1000));
    tick_after_ms(1000);
    expect("overdue 1, commit");
}
END_TEST

START_TEST(past_its_deadline_the_word_of_its_fetcher_is_awaited)
{
    recall(0);
    recall(1);
    revoke();
    busy(1);
    tick_after_ms(DRAIN_MS);
    expect("drain 0, drain 1, overdue 1, commit");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(WEIR_REBALANCE_ANSWER_MS));
    tick_after_ms(WEIR_REBALANCE_ANSWER_MS - 1);
    expect("");
    tick_after_ms(1);
    expect("overdue 0, commit");
}
END_TEST

START_TEST(nobody_waits_for_what_the_store_refuses)
{
    recall(0);
    recall(1);
    revoke();
    refused(0); /* what runs is still waited for */
    drained(0);
    drained(1);
    tick_after_ms(0);
    expect("drain 0, drain 1, commit");
    refused(0);
    tick_after_ms(0);
    expect("answer, close 0");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(WEIR_REBALANCE_COMMIT_MS));
}
END_TEST

START_TEST(hurry_ends_the_wait_for_all_and_every_later_one)
{
    recall(0);
    recall(1);
    revoke();
    busy(0);
    busy(1);
    weir_rebalance_hurry(&rebalance, now);
    expect("drain 0, drain 1, overdue 1, overdue 0, commit");
    recall(2);
    revoke();
    busy(2);
    tick_after_ms(0);
    expect("drain 2, overdue 2, commit");
}
END_TEST

START_TEST(cutting_short_ends_this_wait_and_no_later_one)
{
    recall(0);
    revoke();
    busy(0);
    weir_rebalance_cut_short(&rebalance, now);
    expect("drain 0, overdue 0, commit");
    ck_assert(tenures[0].cut_short);
    weir_rebalance_cut_short(&rebalance, now); /* the commit has its time all the same */
    expect("");
    recall(1);
    revoke();
    busy(1);
    tick_after_ms(DRAIN_MS - 1);
    expect("drain 1, answer, close 0");
    ck_assert(!tenures[1].cut_short);
}
END_TEST

/* What it finished last is still to be told. */
START_TEST(who_cuts_short_waits_for_the_word_of_the_fetcher)
{
    recall(0);
    revoke();
    weir_rebalance_cut_short(&rebalance, now);
    tick_after_ms(WEIR_REBALANCE_ANSWER_MS - 1);
    weir_rebalance_cut_short(&rebalance, now);
    expect("drain 0");
    tick_after_ms(1);
    expect("overdue 0, commit");
}
END_TEST

START_TEST(what_is_lost_is_closed_at_once_and_not_answered)
{
    recall(0);
    recall(1);
    revoke();
    drained(1);
    tick_after_ms(0);
    expect("drain 0, drain 1, commit");
    lose(1);
    expect("close 1");
    lose(0);
    tick_after_ms(0);
    expect("close 0");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(what_comes_late_changes_nothing)
{
    recall(0);
    revoke();
    busy(0);
    tick_after_ms(DRAIN_MS);
    expect("drain 0, overdue 0, commit");
    drained(0);
    give_back(0);
    tick_after_ms(0);
    expect("");
    clean(0);
    tick_after_ms(0);
    expect("answer, close 0");
    drained(0);
    give_back(0);
    tick_after_ms(0);
    expect("");
}
END_TEST

START_TEST(who_has_nothing_to_hand_back_answers_nothing)
{
    revoke();
    expect("");
    stop();
    expect("leave");
    stop();
    revoke();
    tick_after_ms(0);
    expect("");
}
END_TEST

/* The client goes on fetching what is not taken back. */
START_TEST(what_stops_with_the_consumer_is_closed_together)
{
    recall(0);
    revoke();
    for (int i = 0; i < TENURES; i++) {
        give_back(i);
        clean(i);
    }
    stop();
    drained(0);
    drained(1);
    tick_after_ms(0);
    expect("drain 0, drain 1, drain 2, commit, answer, close 0");
    tick_after_ms(WEIR_REBALANCE_COMMIT_MS);
    expect("");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(DRAIN_MS - WEIR_REBALANCE_COMMIT_MS));
    drained(2);
    tick_after_ms(0);
    expect("commit, close 2, close 1, leave");
}
END_TEST

START_TEST(what_is_revoked_while_it_stops_is_answered_by_itself)
{
    give_back(0);
    give_back(1);
    stop();
    drained(0);
    clean(0);
    tick_after_ms(0);
    expect("drain 0, drain 1, commit");
    recall(0);
    recall(1);
    revoke();
    expect("answer, close 0");
    lose(1);
    expect("close 1");
    tick_after_ms(0);
    expect("leave");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("singly");

    tcase_add_checked_fixture(tcase, begin_singly, NULL);
    tcase_add_test(tcase, a_partition_does_not_wait_for_another);
    tcase_add_test(tcase, what_is_finished_by_a_tick_goes_in_one_piece);
    tcase_add_test(tcase, a_partition_is_not_answered_before_it_is_clean);
    tcase_add_test(tcase, each_commit_has_a_deadline_of_its_own);
    tcase_add_test(tcase, handlers_of_each_have_a_deadline_of_their_own);
    tcase_add_test(tcase, past_its_deadline_the_word_of_its_fetcher_is_awaited);
    tcase_add_test(tcase, nobody_waits_for_what_the_store_refuses);
    tcase_add_test(tcase, hurry_ends_the_wait_for_all_and_every_later_one);
    tcase_add_test(tcase, cutting_short_ends_this_wait_and_no_later_one);
    tcase_add_test(tcase, who_cuts_short_waits_for_the_word_of_the_fetcher);
    tcase_add_test(tcase, what_is_lost_is_closed_at_once_and_not_answered);
    tcase_add_test(tcase, what_comes_late_changes_nothing);
    tcase_add_test(tcase, who_has_nothing_to_hand_back_answers_nothing);
    tcase_add_test(tcase, what_stops_with_the_consumer_is_closed_together);
    tcase_add_test(tcase, what_is_revoked_while_it_stops_is_answered_by_itself);
    return runner_run("rebalance_singly", tcase);
}
