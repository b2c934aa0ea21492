#include "test/support/runner.h"
#include "test/unit/rebalance_bench.h"

START_TEST(nothing_happens_while_it_is_quiet)
{
    ck_assert_int_eq(weir_rebalance_due(&rebalance), WEIR_TIME_NEVER);
    tick_after_ms(1000000);
    weir_rebalance_hurry(&rebalance, now);
    clean(0);
    drained(0);
    expect("");
}
END_TEST

START_TEST(a_revocation_stops_waits_commits_answers_and_closes)
{
    give_back(0);
    expect("drain 0");
    revoke();
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(DRAIN_MS));
    expect("");
    drained(0);
    expect("commit");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(WEIR_REBALANCE_COMMIT_MS));
    clean(0);
    expect("answer, close 0");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(what_is_given_away_meanwhile_is_not_waited_for)
{
    give_back(0);
    give_back(1);
    revoke();
    busy(0);
    forgo(0);
    expect("drain 0, drain 1");
    drained(1);
    expect("commit");
    clean(1);
    expect("answer, close 1, close 0");
}
END_TEST

/* Whether anything of it runs, or was to be committed. */
START_TEST(when_all_is_given_away_it_is_answered_at_once)
{
    give_back(0);
    give_back(1);
    revoke();
    busy(0);
    forgo(1);
    forgo(0);
    expect("drain 0, drain 1, commit, answer, close 1, close 0");
    give_back(2);
    revoke();
    drained(2);
    expect("drain 2, commit");
    forgo(2);
    expect("answer, close 2");
}
END_TEST

START_TEST(the_slowest_partition_decides)
{
    give_back(0);
    give_back(1);
    revoke();
    expect("drain 0, drain 1");
    drained(1);
    clean(1);
    expect("");
    drained(0);
    expect("commit");
    clean(0);
    expect("answer, close 1, close 0");
}
END_TEST

START_TEST(a_watermark_that_is_not_acknowledged_holds_the_answer)
{
    give_back(0);
    give_back(1);
    revoke();
    drained(0);
    drained(1);
    expect("drain 0, drain 1, commit");
    clean(0);
    weir_rebalance_clean(&rebalance, &tenures[0], false, now); /* it moved once more */
    clean(1);
    expect("");
    clean(0);
    expect("answer, close 1, close 0");
}
END_TEST

START_TEST(what_is_clean_already_is_answered_at_once)
{
    clean(0);
    give_back(0);
    revoke();
    drained(0);
    expect("drain 0, commit, answer, close 0");
}
END_TEST

START_TEST(a_revocation_of_nothing_is_answered_at_once)
{
    revoke();
    expect("commit, answer");
}
END_TEST

START_TEST(partitions_that_stay_are_not_touched)
{
    give_back(1);
    revoke();
    drained(1);
    clean(1);
    expect("drain 1, commit, answer, close 1");
    ck_assert_int_eq(tenures[0].state, WEIR_TENURE_OPEN);
    ck_assert_int_eq(tenures[2].state, WEIR_TENURE_OPEN);
}
END_TEST

START_TEST(the_deadline_ends_the_wait_for_handlers)
{
    give_back(0);
    give_back(1);
    revoke();
    busy(1);
    drained(0);
    clean(0);
    expect("drain 0, drain 1");
    tick_after_ms(DRAIN_MS - 1);
    expect("");
    tick_after_ms(1);
    expect("overdue 1, commit");
    clean(1); /* what it finished so far */
    expect("answer, close 1, close 0");
}
END_TEST

START_TEST(past_the_deadline_the_word_of_every_fetcher_is_awaited)
{
    give_back(0);
    give_back(1);
    give_back(2);
    revoke();
    busy(0);
    tick_after_ms(DRAIN_MS);
    expect("drain 0, drain 1, drain 2");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(WEIR_REBALANCE_ANSWER_MS));
    drained(1); /* nothing ran there */
    expect("");
    busy(2);
    expect("overdue 2, overdue 0, commit");
}
END_TEST

START_TEST(a_fetcher_that_says_nothing_is_not_awaited_for_ever)
{
    give_back(0);
    revoke();
    tick_after_ms(DRAIN_MS);
    tick_after_ms(WEIR_REBALANCE_ANSWER_MS - 1);
    expect("drain 0");
    tick_after_ms(1);
    expect("overdue 0, commit");
}
END_TEST

START_TEST(a_store_that_does_not_answer_ends_the_wait_for_commits)
{
    give_back(0);
    revoke();
    drained(0);
    expect("drain 0, commit");
    tick_after_ms(WEIR_REBALANCE_COMMIT_MS - 1);
    expect("");
    tick_after_ms(1);
    expect("answer, close 0");
}
END_TEST

START_TEST(a_group_that_moved_on_ends_the_wait_for_commits)
{
    give_back(0);
    revoke();
    refused(0);
    expect("drain 0"); /* what runs is still waited for */
    drained(0);
    expect("commit");
    refused(0);
    expect("answer, close 0");
}
END_TEST

START_TEST(without_patience_nobody_is_waited_for)
{
    weir_rebalance_init(&rebalance, &ops, said, 0);
    give_back(0);
    give_back(1);
    revoke();
    expect("drain 0, drain 1");
    drained(1);
    busy(0);
    expect("overdue 0, commit");
    clean(1);
    clean(0);
    expect("answer, close 1, close 0");
}
END_TEST

START_TEST(hurry_ends_the_wait_and_every_later_one)
{
    give_back(0);
    revoke();
    busy(0);
    weir_rebalance_hurry(&rebalance, now);
    expect("drain 0, overdue 0, commit");
    clean(0);
    expect("answer, close 0");
    give_back(1);
    revoke();
    busy(1);
    expect("drain 1, overdue 1, commit");
}
END_TEST

START_TEST(hurry_twice_waits_no_longer_for_the_fetchers)
{
    give_back(0);
    revoke();
    weir_rebalance_hurry(&rebalance, now);
    tick_after_ms(WEIR_REBALANCE_ANSWER_MS - 1);
    weir_rebalance_hurry(&rebalance, now);
    expect("drain 0");
    tick_after_ms(1);
    expect("overdue 0, commit");
}
END_TEST

START_TEST(cutting_short_ends_this_wait_and_no_later_one)
{
    give_back(0);
    revoke();
    busy(0);
    weir_rebalance_cut_short(&rebalance, now);
    expect("drain 0, overdue 0, commit");
    ck_assert(tenures[0].cut_short);
    weir_rebalance_cut_short(&rebalance, now); /* the commit has its time all the same */
    clean(0);
    expect("answer, close 0");
    weir_rebalance_cut_short(&rebalance, now);
    give_back(1);
    revoke();
    ck_assert(!tenures[1].cut_short);
    busy(1);
    tick_after_ms(DRAIN_MS - 1);
    expect("drain 1");
    drained(1);
    clean(1);
    expect("commit, answer, close 1");
}
END_TEST

/* What it finished last is still to be told. */
START_TEST(who_cuts_short_waits_for_the_word_of_the_fetchers)
{
    give_back(0);
    revoke();
    weir_rebalance_cut_short(&rebalance, now);
    tick_after_ms(WEIR_REBALANCE_ANSWER_MS - 1);
    weir_rebalance_cut_short(&rebalance, now);
    expect("drain 0");
    tick_after_ms(1);
    expect("overdue 0, commit");
    clean(0);
    expect("answer, close 0");
}
END_TEST

START_TEST(hurry_does_not_skip_the_commit)
{
    give_back(0);
    revoke();
    drained(0);
    weir_rebalance_hurry(&rebalance, now);
    expect("drain 0, commit");
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(WEIR_REBALANCE_COMMIT_MS));
}
END_TEST

START_TEST(a_lost_partition_is_closed_at_once_without_an_answer)
{
    weir_rebalance_lose(&rebalance, &tenures[1], now);
    expect("close 1");
}
END_TEST

START_TEST(a_partition_lost_while_it_drains_is_not_waited_for)
{
    give_back(0);
    give_back(1);
    revoke();
    drained(0);
    clean(0);
    expect("drain 0, drain 1");
    weir_rebalance_lose(&rebalance, &tenures[1], now);
    expect("close 1, commit, answer, close 0");
}
END_TEST

START_TEST(a_partition_lost_while_it_commits_is_not_waited_for)
{
    give_back(0);
    give_back(1);
    revoke();
    drained(0);
    drained(1);
    clean(0);
    expect("drain 0, drain 1, commit");
    weir_rebalance_lose(&rebalance, &tenures[1], now);
    expect("close 1, answer, close 0");
}
END_TEST

START_TEST(a_store_that_refuses_for_the_group_moved_on_is_not_waited_for)
{
    give_back(0);
    revoke();
    refused(0); /* not yet: handlers still run */
    expect("drain 0");
    drained(0);
    expect("commit");
    refused(0);
    expect("answer, close 0");
}
END_TEST

START_TEST(late_words_about_a_closed_tenure_are_ignored)
{
    give_back(0);
    revoke();
    tick_after_ms(DRAIN_MS);
    tick_after_ms(WEIR_REBALANCE_ANSWER_MS);
    tick_after_ms(WEIR_REBALANCE_COMMIT_MS);
    expect("drain 0, overdue 0, commit, answer, close 0");
    busy(0);
    drained(0);
    clean(0);
    give_back(0);
    expect("");
    ck_assert_int_eq(tenures[0].state, WEIR_TENURE_CLOSING);
}
END_TEST

START_TEST(a_partition_may_come_again_after_it_was_closed)
{
    for (int i = 0; i < 3; i++) {
        tenures[0] = (struct weir_tenure){.state = WEIR_TENURE_OPEN};
        give_back(0);
        revoke();
        drained(0);
        clean(0);
        expect("drain 0, commit, answer, close 0");
    }
}
END_TEST

static TCase *rare(void)
{
    TCase *tcase = tcase_create("lost and late");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_lost_partition_is_closed_at_once_without_an_answer);
    tcase_add_test(tcase, a_partition_lost_while_it_drains_is_not_waited_for);
    tcase_add_test(tcase, a_partition_lost_while_it_commits_is_not_waited_for);
    tcase_add_test(tcase, a_store_that_refuses_for_the_group_moved_on_is_not_waited_for);
    tcase_add_test(tcase, late_words_about_a_closed_tenure_are_ignored);
    tcase_add_test(tcase, a_partition_may_come_again_after_it_was_closed);
    return tcase;
}

int main(void)
{
    TCase *tcase = tcase_create("revocation");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nothing_happens_while_it_is_quiet);
    tcase_add_test(tcase, a_revocation_stops_waits_commits_answers_and_closes);
    tcase_add_test(tcase, what_is_given_away_meanwhile_is_not_waited_for);
    tcase_add_test(tcase, when_all_is_given_away_it_is_answered_at_once);
    tcase_add_test(tcase, the_slowest_partition_decides);
    tcase_add_test(tcase, a_watermark_that_is_not_acknowledged_holds_the_answer);
    tcase_add_test(tcase, what_is_clean_already_is_answered_at_once);
    tcase_add_test(tcase, a_revocation_of_nothing_is_answered_at_once);
    tcase_add_test(tcase, partitions_that_stay_are_not_touched);
    tcase_add_test(tcase, the_deadline_ends_the_wait_for_handlers);
    tcase_add_test(tcase, past_the_deadline_the_word_of_every_fetcher_is_awaited);
    tcase_add_test(tcase, a_fetcher_that_says_nothing_is_not_awaited_for_ever);
    tcase_add_test(tcase, hurry_twice_waits_no_longer_for_the_fetchers);
    tcase_add_test(tcase, a_store_that_does_not_answer_ends_the_wait_for_commits);
    tcase_add_test(tcase, a_group_that_moved_on_ends_the_wait_for_commits);
    tcase_add_test(tcase, without_patience_nobody_is_waited_for);
    tcase_add_test(tcase, hurry_ends_the_wait_and_every_later_one);
    tcase_add_test(tcase, cutting_short_ends_this_wait_and_no_later_one);
    tcase_add_test(tcase, who_cuts_short_waits_for_the_word_of_the_fetchers);
    tcase_add_test(tcase, hurry_does_not_skip_the_commit);
    return runner_run_two("rebalance", tcase, rare());
}
