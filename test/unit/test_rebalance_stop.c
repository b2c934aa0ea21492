#include "test/support/runner.h"
#include "test/unit/rebalance_bench.h"

START_TEST(a_stop_lets_the_fetchers_it_asks_last_say_a_word)
{
    give_back(0);
    revoke();
    tick_after_ms(DRAIN_MS);
    now += MS(WEIR_REBALANCE_ANSWER_MS); /* we were late ourselves */
    give_back(1);
    stop();
    expect("drain 0, drain 1");
    tick_after_ms(WEIR_REBALANCE_ANSWER_MS - 1);
    expect("");
    busy(1);
    drained(0);
    expect("overdue 1, commit");
}
END_TEST

START_TEST(a_stop_tries_on_when_the_group_moved_on)
{
    give_back(0);
    stop();
    drained(0);
    expect("drain 0, commit");
    refused(0); /* nobody waits for us */
    expect("");
    clean(0);
    expect("close 0, leave");
}
END_TEST

START_TEST(a_stop_waits_for_its_commits_whatever_the_store_says)
{
    give_back(0);
    stop();
    drained(0);
    refused(0);
    expect("drain 0, commit");
    clean(0);
    expect("close 0, leave");
    refused(0);
    expect("");
}
END_TEST

START_TEST(a_stop_hands_everything_back_and_leaves)
{
    for (int i = 0; i < TENURES; i++) {
        give_back(i);
        clean(i);
    }
    stop();
    expect("drain 0, drain 1, drain 2");
    for (int i = 0; i < TENURES; i++) {
        drained(i);
    }
    expect("commit, close 2, close 1, close 0, leave");
}
END_TEST

START_TEST(a_stop_with_nothing_leaves_at_once_and_once)
{
    stop();
    expect("commit, leave");
    stop();
    expect("");
}
END_TEST

START_TEST(a_stop_during_a_revocation_answers_and_then_leaves)
{
    give_back(0);
    revoke();
    tick_after_ms(1000);
    give_back(1);
    stop();
    expect("drain 0, drain 1");
    /* The coordinator waits no longer than before. */
    ck_assert_int_eq(weir_rebalance_due(&rebalance), now + MS(DRAIN_MS - 1000));
    clean(0);
    clean(1);
    drained(0);
    drained(1);
    expect("commit, answer, close 1, close 0, leave");
}
END_TEST

START_TEST(a_revocation_during_a_stop_is_answered_too)
{
    give_back(0);
    give_back(1);
    stop();
    drained(0);
    clean(0);
    revoke(); /* of what is being handed back already */
    expect("drain 0, drain 1");
    clean(1);
    drained(1);
    expect("commit, answer, close 1, close 0, leave");
}
END_TEST

START_TEST(a_revocation_after_leaving_is_answered)
{
    stop();
    expect("commit, leave");
    revoke();
    expect("commit, answer");
}
END_TEST

START_TEST(a_stop_while_commits_are_awaited_waits_for_the_rest_first)
{
    give_back(0);
    revoke();
    drained(0);
    expect("drain 0, commit");
    give_back(1);
    stop();
    expect("drain 1");
    clean(0);
    expect(""); /* one still drains */
    clean(1);
    drained(1);
    expect("commit, answer, close 1, close 0, leave");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stop");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_stop_lets_the_fetchers_it_asks_last_say_a_word);
    tcase_add_test(tcase, a_stop_tries_on_when_the_group_moved_on);
    tcase_add_test(tcase, a_stop_waits_for_its_commits_whatever_the_store_says);
    tcase_add_test(tcase, a_stop_hands_everything_back_and_leaves);
    tcase_add_test(tcase, a_stop_with_nothing_leaves_at_once_and_once);
    tcase_add_test(tcase, a_stop_during_a_revocation_answers_and_then_leaves);
    tcase_add_test(tcase, a_revocation_during_a_stop_is_answered_too);
    tcase_add_test(tcase, a_revocation_after_leaving_is_answered);
    tcase_add_test(tcase, a_stop_while_commits_are_awaited_waits_for_the_rest_first);
    return runner_run("rebalance_stop", tcase);
}
