#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"

enum { RECORDS = 100 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(void)
{
    sim_run_begin(&run, "orders:0-3");
}

static void end_clean(void)
{
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_completions("orders:0-3"), (uint64_t)4 * RECORDS);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}

START_TEST(a_commit_that_is_refused_is_sent_again)
{
    sim_fail(SIM_STORE_COMMIT, WEIR_ERR_UNAVAILABLE, 3);
    begin();
    sim_run_await_event(&run, WEIR_EVENT_COMMIT_ERROR, 3);
    end_clean();
    ck_assert(sim_run_logged(&run, "still dirty, will be sent again"));
}
END_TEST

/* The library has just heard of a rebalance: nothing was sent, so nothing was refused either. */
START_TEST(a_commit_that_may_not_be_sent_yet_is_no_error)
{
    sim_fail(SIM_COMMIT_BEGIN, WEIR_ERR_STALE, 3);
    begin();
    end_clean();
    ck_assert_uint_gt(sim_calls(SIM_COMMIT_BEGIN), 3);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_COMMIT_ERROR), 0);
    ck_assert(!sim_run_logged(&run, "still dirty"));
}
END_TEST

START_TEST(a_commit_whose_reply_is_lost_is_sent_again)
{
    sim_fail(SIM_STORE_ANSWER, WEIR_ERR_TIMEOUT, 3);
    begin();
    end_clean();
    ck_assert_uint_ge(sim_calls(SIM_STORE_COMMIT), 4);
    ck_assert(sim_run_logged(&run, "the reply was lost"));
}
END_TEST

START_TEST(one_partition_may_be_refused_alone)
{
    sim_refuse("orders:2", WEIR_ERR_DENIED, 2);
    begin();
    sim_run_await_event(&run, WEIR_EVENT_COMMIT_ERROR, 2);
    end_clean();
}
END_TEST

/* One request is under way at a time; what moves meanwhile goes with the next one, but for what a
 * fetcher tells of its partition after that. */
START_TEST(while_a_commit_is_under_way_the_newest_is_remembered)
{
    sim_hold(SIM_STORE_COMMIT);
    begin();
    sim_await_held(SIM_STORE_COMMIT, 1);
    picture_expect(run.consumer, "orders/0 running 100 100 - 100 lag 0 0 0\n"
                                 "orders/1 running 100 100 - 100 lag 0 0 0\n"
                                 "orders/2 running 100 100 - 100 lag 0 0 0\n"
                                 "orders/3 running 100 100 - 100 lag 0 0 0\n");
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 1);
    sim_let_go(SIM_STORE_COMMIT);
    sim_await_stored("orders:0-3");
    ck_assert_uint_le(sim_calls(SIM_STORE_COMMIT), 2 + 4);
    end_clean();
}
END_TEST

START_TEST(an_interval_spares_commits)
{
    sim_run_set(&run, "weir.commit.interval.ms", "3600000");
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
    weir_consumer_drain(run.consumer); /* commits all the same */
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
    ck_assert_uint_le(sim_calls(SIM_STORE_COMMIT), 2);
}
END_TEST

START_TEST(a_short_interval_commits_while_it_runs)
{
    sim_run_set(&run, "weir.commit.interval.ms", "20");
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_RUNNING);
}
END_TEST

/* The last commit of a revocation comes late, or never: the group is not held up for ever. */
START_TEST(a_revocation_waits_for_a_late_commit_only_so_long)
{
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
    sim_hold(SIM_STORE_COMMIT);
    sim_append("orders:0-3", (struct sim_batch){.records = 10, .keys = 5});
    sim_run_await_completed("orders:0-3", (uint64_t)4 * (RECORDS + 10));
    sim_revoke(0, "orders:0-3");
    sim_await_answered(0);
    sim_let_go(SIM_STORE_COMMIT);
    sim_assign(0, "orders:0-3");
    sim_await_answered(0);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}
END_TEST

/* The group has moved on: it will not take our commits before it has its answer. So none is sent
 * again until then; and none was before, for the interval is long. */
START_TEST(a_commit_refused_as_stale_ends_the_wait_of_a_revocation)
{
    sim_run_set(&run, "weir.commit.interval.ms", "3600000");
    sim_run_hold(&run, "orders:0-3", 50);
    begin();
    sim_run_await_all_held(&run);
    sim_refuse("orders:0-3", WEIR_ERR_STALE, UINT32_MAX);
    sim_revoke(0, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
    sim_run_let_go(&run);
    sim_await_answered(0);
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 1);
    sim_refuse("orders:0-3", WEIR_OK, 0);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
}
END_TEST

START_TEST(what_cannot_be_committed_makes_the_end_incomplete)
{
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
    sim_fail(SIM_STORE_COMMIT, WEIR_ERR_UNAVAILABLE, UINT32_MAX);
    sim_append("orders:0", (struct sim_batch){.records = 1});
    sim_run_await_completed("orders:0", RECORDS + 1);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    sim_run_expect_error(&run, WEIR_ERR_TIMEOUT, "could not be committed");
}
END_TEST

START_TEST(a_drain_waits_until_the_store_is_back)
{
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
    sim_fail(SIM_STORE_COMMIT, WEIR_ERR_UNAVAILABLE, 2);
    sim_append("orders:0", (struct sim_batch){.records = 1});
    sim_run_await_completed("orders:0", RECORDS + 1);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
}
END_TEST

int main(void)
{
    TCase *commit = tcase_create("commit");

    tcase_add_checked_fixture(commit, set_up, tear_down);
    tcase_add_test(commit, a_commit_that_is_refused_is_sent_again);
    tcase_add_test(commit, a_commit_that_may_not_be_sent_yet_is_no_error);
    tcase_add_test(commit, a_commit_whose_reply_is_lost_is_sent_again);
    tcase_add_test(commit, one_partition_may_be_refused_alone);
    tcase_add_test(commit, while_a_commit_is_under_way_the_newest_is_remembered);
    tcase_add_test(commit, an_interval_spares_commits);
    tcase_add_test(commit, a_short_interval_commits_while_it_runs);
    tcase_add_test(commit, a_revocation_waits_for_a_late_commit_only_so_long);
    tcase_add_test(commit, a_commit_refused_as_stale_ends_the_wait_of_a_revocation);
    tcase_add_test(commit, what_cannot_be_committed_makes_the_end_incomplete);
    tcase_add_test(commit, a_drain_waits_until_the_store_is_back);
    return runner_run("engine_commit", commit);
}
