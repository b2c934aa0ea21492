#include "test/support/runner.h"
#include "test/support/troupe_test.h"

/* The answer to a claim is lost, and the server of the next connection does not know of it yet. */

enum { PARTITIONS = 12, CALM_MS = 20000 };

static void set_up(void)
{
    troupe_open(5);
    troupe_topic(PARTITIONS);
}

static void expect_calm(void)
{
    (void)troupe_settle();
    troupe_run_ms(CALM_MS);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe.commits_refused, 0);
}

/* Else it would read the fence anew, which its own claim has raised, and take it for another's. */
START_TEST(a_claim_that_a_server_does_not_know_yet_has_its_own_fence)
{
    troupe_start(0);
    sim_zoo_lag(0);
    expect_calm();
    ck_assert_uint_eq(troupe_active(0), PARTITIONS);
}
END_TEST

START_TEST(a_claim_of_what_another_hands_back_has_its_own_fence)
{
    troupe_start(0);
    (void)troupe_settle();
    troupe_start(1);
    sim_zoo_lag(1);
    expect_calm();
    ck_assert_uint_eq(troupe_active(0) + troupe_active(1), PARTITIONS);
}
END_TEST

/* A release is found out by looking, too. */
START_TEST(a_release_that_a_server_does_not_know_yet_is_one)
{
    troupe_start(0);
    (void)troupe_settle();
    sim_zoo_lag(0);
    troupe_start(1);
    expect_calm();
    ck_assert_uint_eq(troupe_active(0) + troupe_active(1), PARTITIONS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members_lag");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_test(tcase, a_claim_that_a_server_does_not_know_yet_has_its_own_fence);
    tcase_add_test(tcase, a_claim_of_what_another_hands_back_has_its_own_fence);
    tcase_add_test(tcase, a_release_that_a_server_does_not_know_yet_is_one);
    return runner_run("members_lag", tcase);
}
