#include "framework/rebalance.h"
#include "test/support/deadline.h"
#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdatomic.h>

enum { RECORDS = 400, KEYS = 9, WAIT_MS = 30000, ROUNDS = 20, NS_PER_MS = 1000000 };

static struct sim_run run;
static struct sim_run other;
static bool incremental;

static void set_up(void)
{
    sim_run_set_up(&run, 4, 0);
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS, .keys = KEYS});
    incremental = false;
}

static void tear_down(void)
{
    sim_run_fini(&other);
    sim_run_tear_down(&run);
}

static void begin(int protocol)
{
    incremental = protocol == 1;
    sim_incremental(incremental);
    sim_run_start(&run);
    sim_await_members(1);
}

static void judge(struct verify_options options)
{
    options.order = VERIFY_ORDER_KEY;
    sim_run_destroy(&run);
    sim_run_judge(&run, options, NULL);
}

enum { PROTOCOLS = 2 };

/* Everything is taken away and given back while it runs: nothing is handled twice. */
START_TEST(a_revocation_under_load_repeats_nothing)
{
    begin(_i);
    sim_assign(0, "orders:0-3");
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS * round / (ROUNDS + 1));
        sim_revoke(0, "orders:0-3");
        sim_await_answered(0);
        ck_assert_uint_eq(sim_assigned(0), 0);
        ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
        sim_assign(0, "orders:0-3");
    }
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_answered(0);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_completions("orders:0-3"), (uint64_t)4 * RECORDS);
    ck_assert_uint_eq(sim_openings("orders", 0), ROUNDS + 1);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_ASSIGNED),
                      (uint64_t)4 * (ROUNDS + 1));
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED),
                      (uint64_t)4 * (ROUNDS + 1));
    judge((struct verify_options){.unfinished = false});
}
END_TEST

/* Is it answered, or said so, before the limit for its commits, which begins after `begun`, can
 * have passed? */
static bool is_answered_early(int64_t begun)
{
    const bool answered = sim_is_answered(0) || sim_run_events(&run, WEIR_EVENT_REVOKE_END) > 0;
    const int64_t passed_ms = (deadline_now_ns() - begun) / NS_PER_MS;

    return answered && passed_ms < WEIR_REBALANCE_COMMIT_MS;
}

/* The answer comes after what ran has ended, and after its commit. */
START_TEST(a_revocation_waits_for_handlers_and_commits)
{
    sim_run_hold(&run, "orders:0-3", 5);
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_run_await_all_held(&run);
    sim_revoke(0, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
    uint64_t polls = sim_polls(0);
    sim_hold(SIM_STORE_COMMIT);
    WAIT_UNTIL(sim_polls(0) >= polls + 2, WAIT_MS); /* it is polled whatever handlers do */
    ck_assert(!sim_is_answered(0));
    const int64_t begun = deadline_now_ns();
    sim_run_let_go(&run);
    sim_await_held(SIM_STORE_COMMIT, 1);
    ck_assert(!is_answered_early(begun));
    sim_let_go(SIM_STORE_COMMIT);
    sim_await_answered(0);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
    judge((struct verify_options){.unfinished = true});
}
END_TEST

/* The next owner begins exactly where the last one ended. */
START_TEST(another_member_goes_on_at_the_same_record)
{
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", RECORDS);
    sim_run_init(&other, "other");
    sim_run_start(&other);
    sim_await_members(2);
    if (incremental) {
        sim_revoke(0, "orders:2-3");
    } else {
        sim_revoke(0, "orders:0-3");
        sim_assign(0, "orders:0-1");
    }
    sim_await_answered(0);
    sim_assign(1, "orders:2-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_completions("orders:0-3"), (uint64_t)4 * RECORDS);
    weir_consumer_drain(other.consumer);
    sim_run_expect_end(&other, WEIR_STATE_STOPPED);
}
END_TEST

START_TEST(a_stuck_handler_does_not_hold_the_group_up)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "50");
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:1", 50);
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_run_await_held(&run, 1);
    sim_await_stored("orders:0 orders:2-3"); /* so no other handler runs */
    sim_revoke(0, "orders:0-3");
    sim_await_answered(0);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_DRAIN_TIMEOUT), 1);
    int64_t stored = sim_stored("orders", 1);
    ck_assert_int_le(stored, 50);
    /* Control answers before it closes. Once it does something else it has closed as well. */
    weir_snapshot_destroy(picture_take(run.consumer));
    sim_run_let_go(&run); /* its late result is nobody's */
    sim_run_await_counter(&run, WEIR_COUNTER_STALE, 1);
    ck_assert_int_eq(sim_stored("orders", 1), stored);
    sim_assign(0, "orders:0-3");
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    uint64_t most = 16;
    sim_run_destroy(&run);
    sim_run_judge(&run,
                  (struct verify_options){
                      .order = VERIFY_ORDER_PARTITION, .crashes = true, .repeats_max = most},
                  NULL);
}
END_TEST

/* It comes back while the handler of the last time still runs: two owners of one partition would be
 * two handlers at once, but the source of the old one is closed before the new one's is opened. */
START_TEST(a_partition_may_come_back_while_its_last_handler_still_runs)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "0");
    sim_run_hold(&run, "orders:0", 50);
    begin(_i);
    sim_assign(0, "orders:0");
    sim_run_await_held(&run, 1);
    sim_revoke(0, "orders:0");
    sim_await_answered(0);
    sim_assign(0, "orders:0");
    sim_await_answered(0);
    ck_assert_uint_eq(sim_openings("orders", 0), 2);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0", RECORDS);
    sim_await_stored("orders:0");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}
END_TEST

START_TEST(what_is_lost_is_dropped_without_a_commit)
{
    sim_run_hold(&run, "orders:0-3", 20);
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_run_await_all_held(&run);
    sim_hold(SIM_STORE_COMMIT);
    sim_lose(0, "orders:0-3");
    sim_await_answered(0);
    ck_assert_uint_eq(sim_assigned(0), 0);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_STALE, 1);
    sim_let_go(SIM_STORE_COMMIT);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_LOST), 4);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    judge((struct verify_options){.crashes = true});
}
END_TEST

START_TEST(what_is_lost_during_its_revocation_is_dropped)
{
    sim_run_hold(&run, "orders:0-3", 20);
    begin(1);
    sim_assign(0, "orders:0-3");
    sim_run_await_all_held(&run);
    sim_revoke(0, "orders:1");
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
    sim_run_let_go(&run);
    sim_await_answered(0);
    sim_lose(0, "orders:0 orders:2-3");
    sim_await_answered(0);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    judge((struct verify_options){.crashes = true});
}
END_TEST

/* Partitions that stay go on as if nothing had happened. */
START_TEST(kept_partitions_are_not_touched)
{
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:3", 0);
    begin(1);
    sim_assign(0, "orders:0-1");
    sim_await_answered(0);
    sim_assign(0, "orders:3");
    sim_run_await_held(&run, 1);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
    sim_revoke(0, "orders:3"); /* waits for its handler */
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
    sim_append("orders:0-1", (struct sim_batch){.records = RECORDS, .keys = KEYS});
    sim_run_await_completed("orders:0-1", (uint64_t)4 * RECORDS);
    ck_assert(!sim_is_answered(0));
    sim_run_let_go(&run);
    sim_await_answered(0);
    for (int i = 0; i < ROUNDS; i++) {
        sim_assign(0, "orders:2-3");
        sim_revoke(0, "orders:2-3");
        sim_append("orders:0-1", (struct sim_batch){.records = 50, .keys = KEYS});
    }
    sim_await_answered(0);
    sim_run_await_completed("orders:0-1", (4 * RECORDS) + (2 * 50 * ROUNDS));
    sim_await_stored("orders:0-1");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_openings("orders", 0), 1);
    ck_assert_uint_eq(sim_openings("orders", 1), 1);
    ck_assert_uint_eq(sim_completions("orders:0-1"), (4 * RECORDS) + (2 * 50 * ROUNDS));
    sim_run_destroy(&run);
    const struct verify_options options = {.order = VERIFY_ORDER_PARTITION, .unfinished = true};
    sim_run_judge(&run, options, NULL);
}
END_TEST

START_TEST(an_empty_assignment_is_answered)
{
    begin(_i);
    sim_assign(0, "");
    sim_await_answered(0);
    sim_revoke(0, "");
    sim_await_answered(0);
    sim_assign(0, "orders:0");
    sim_run_await_completed("orders:0", RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}
END_TEST

START_TEST(a_partition_may_be_revoked_that_is_not_open_yet)
{
    sim_fail(SIM_STORE_LOAD, WEIR_ERR_UNAVAILABLE, 1);
    begin(_i);
    sim_assign(0, "orders:0-1");
    sim_revoke(0, "orders:0-1"); /* comes once the assignment is answered */
    sim_assign(0, "orders:0-1");
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS);
}
END_TEST

/* What never heals. */

START_TEST(a_fatal_error_ends_it_without_a_commit)
{
    sim_run_hold(&run, "orders:0-3", 30);
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_run_await_all_held(&run);
    sim_fatal(0, "fenced by another member with the same group.instance.id");
    WAIT_UNTIL(weir_consumer_state(run.consumer) != WEIR_STATE_RUNNING, WAIT_MS);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_FATAL, "fenced by another member");
}
END_TEST

START_TEST(a_fatal_error_during_a_revocation_ends_it)
{
    sim_run_hold(&run, "orders:0-3", 30);
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_run_await_all_held(&run);
    sim_revoke(0, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
    sim_fatal(0, "no way on");
    WAIT_UNTIL(weir_consumer_state(run.consumer) != WEIR_STATE_RUNNING, WAIT_MS);
    sim_run_let_go(&run);
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
}
END_TEST

/* The library refuses an answer: the group cannot go on with us, so we end; never silence. */
START_TEST(an_assignment_that_cannot_be_taken_over_ends_it)
{
    sim_fail(_i == 0 ? SIM_ASSIGN : SIM_SOURCE_OPEN, WEIR_ERR_INVALID, 1);
    begin(0);
    sim_assign(0, "orders:0-3");
    WAIT_UNTIL(weir_consumer_state(run.consumer) == WEIR_STATE_FAILED, WAIT_MS);
    ck_assert(sim_is_answered(0));
    ck_assert(sim_has_left(0));
    ck_assert_uint_eq(sim_attempts("orders:0-3"), 0);
}
END_TEST

START_TEST(a_revocation_that_cannot_be_answered_ends_it)
{
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_await_answered(0);
    sim_fail(SIM_UNASSIGN, WEIR_ERR_INVALID, 1);
    sim_revoke(0, "orders:0-3");
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_INVALID, "unassign");
}
END_TEST

START_TEST(a_loss_that_cannot_be_answered_ends_it)
{
    begin(_i);
    sim_assign(0, "orders:0-3");
    sim_await_answered(0);
    sim_fail(SIM_UNASSIGN, WEIR_ERR_INVALID, 1);
    sim_lose(0, "orders:0-3");
    sim_run_expect_end(&run, WEIR_STATE_FAILED);
    sim_run_expect_error(&run, WEIR_ERR_INVALID, "unassign");
}
END_TEST

int main(void)
{
    TCase *group = tcase_create("group");
    TCase *fatal = tcase_create("fatal");

    tcase_add_checked_fixture(group, set_up, tear_down);
    tcase_add_loop_test(group, a_revocation_under_load_repeats_nothing, 0, PROTOCOLS);
    tcase_add_loop_test(group, a_revocation_waits_for_handlers_and_commits, 0, PROTOCOLS);
    tcase_add_loop_test(group, another_member_goes_on_at_the_same_record, 0, PROTOCOLS);
    tcase_add_loop_test(group, a_stuck_handler_does_not_hold_the_group_up, 0, PROTOCOLS);
    tcase_add_loop_test(group, a_partition_may_come_back_while_its_last_handler_still_runs, 0,
                        PROTOCOLS);
    tcase_add_loop_test(group, what_is_lost_is_dropped_without_a_commit, 0, PROTOCOLS);
    tcase_add_test(group, what_is_lost_during_its_revocation_is_dropped);
    tcase_add_test(group, kept_partitions_are_not_touched);
    tcase_add_loop_test(group, an_empty_assignment_is_answered, 0, PROTOCOLS);
    tcase_add_loop_test(group, a_partition_may_be_revoked_that_is_not_open_yet, 0, PROTOCOLS);
    tcase_add_checked_fixture(fatal, set_up, tear_down);
    tcase_add_loop_test(fatal, a_fatal_error_ends_it_without_a_commit, 0, PROTOCOLS);
    tcase_add_loop_test(fatal, a_fatal_error_during_a_revocation_ends_it, 0, PROTOCOLS);
    tcase_add_loop_test(fatal, an_assignment_that_cannot_be_taken_over_ends_it, 0, 2);
    tcase_add_loop_test(fatal, a_revocation_that_cannot_be_answered_ends_it, 0, 1);
    tcase_add_loop_test(fatal, a_loss_that_cannot_be_answered_ends_it, 1, 2);
    return runner_run_two("engine_group", group, fatal);
}
