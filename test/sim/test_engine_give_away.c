#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdatomic.h>

/* The client library joins the group anew while partitions are being handed back, and they are
 * another member's by that. They end as what is lost does, and say so: their records come again. */

enum { PARTITIONS = 4, RECORDS = 400, KEYS = 9, HELD_AT = 5, HELD_LATE = 20, PROTOCOLS = 2 };

static struct sim_run run;
static struct sim_run other;
static atomic_bool fails;
static atomic_uint handed_back; /* partitions, by the events */

static void count_handed_back(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->kind == WEIR_EVENT_REVOKE_END) {
        (void)atomic_fetch_add(&handed_back, (unsigned)event->span_count);
    }
}

static void set_up(void)
{
    sim_run_set_up(&run, PARTITIONS, 0);
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS, .keys = KEYS});
    sim_run_set(&run, "weir.commit.interval.ms", "3600000");
    atomic_store(&handed_back, 0);
    run.hear = count_handed_back;
}

static void tear_down(void)
{
    sim_run_fini(&other);
    sim_run_tear_down(&run);
}

/* Records are done and not committed, and each of `held` has a handler that waits. */
static void begin(int protocol, const char *held, int64_t offset)
{
    sim_run_hold(&run, held, offset);
    sim_incremental(protocol == 1);
    sim_run_start(&run);
    sim_await_members(1);
    sim_assign(0, "orders:0-3");
    sim_run_await_all_held(&run);
}

static void revoke(void)
{
    sim_revoke(0, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
}

static void give_away(const char *list)
{
    sim_give_away(0, list);
    sim_run_await_event(&run, WEIR_EVENT_LOST, 1);
}

static void end_well(bool unfinished)
{
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run,
                  (struct verify_options){
                      .order = VERIFY_ORDER_KEY, .crashes = true, .unfinished = unfinished},
                  NULL);
}

/* Nothing says it but the event: no other member began with them before. */
START_TEST(what_is_given_away_has_a_cause_to_come_again)
{
    sim_run_set(&run, "weir.order", "partition");
    begin(_i, "orders:0-3", HELD_AT);
    revoke();
    give_away("orders:0-3");
    sim_await_answered(0); /* no handler is waited for */
    ck_assert_uint_eq(sim_run_held(&run), PARTITIONS);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_LOST), PARTITIONS);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_DRAIN_TIMEOUT), 0);
    /* Control answers before it closes. Once it does something else it has closed as well. */
    weir_snapshot_destroy(picture_take(run.consumer));
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_REVOKED), 0);
    ck_assert_uint_eq(atomic_load(&handed_back), 0);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_eq(sim_stored("orders", p), -1);
    }
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_STALE, 1);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    sim_await_answered(0);
    end_well(false);
    ck_assert_uint_gt(sim_completions("orders:0-3"), (uint64_t)PARTITIONS * RECORDS);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
}
END_TEST

/* Of the rest nothing comes again. */
START_TEST(what_is_not_given_away_is_handed_back_in_order)
{
    sim_run_set(&run, "weir.order", "partition");
    begin(_i, "orders:0-3", HELD_AT);
    revoke();
    give_away("orders:1-2");
    sim_run_init(&other, "other");
    sim_run_start(&other);
    sim_await_members(2);
    sim_assign(1, "orders:1-2");
    sim_run_await_completed("orders:1-2", (uint64_t)2 * RECORDS);
    sim_await_stored("orders:1-2");
    ck_assert(!sim_is_answered(0)); /* that of the others is waited for */
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_REVOKED, 2);
    ck_assert_uint_eq(atomic_load(&handed_back), 2);
    sim_await_answered(0);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_LOST), 2);
    ck_assert_int_gt(sim_stored("orders", 0), HELD_AT);
    ck_assert_int_gt(sim_stored("orders", 3), HELD_AT);
    sim_assign(0, "orders:0 orders:3");
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    ck_assert_int_eq(sim_stored("orders", 1), RECORDS);
    end_well(true);
    ck_assert_uint_eq(sim_completions("orders:0 orders:3"), (uint64_t)2 * RECORDS);
}
END_TEST

/* Nor is the answer to its commit, which may come when it is held again. */
START_TEST(what_is_given_away_late_is_not_waited_for)
{
    sim_run_set(&run, "weir.order", "partition");
    begin(_i, "orders:0-3", HELD_AT);
    sim_hold(SIM_STORE_COMMIT);
    revoke();
    sim_run_let_go(&run);
    sim_await_held(SIM_STORE_COMMIT, 1);
    give_away("orders:0-3");
    sim_await_answered(0);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_COMMITS), 0);
    sim_assign(0, "orders:0-3");
    sim_await_answered(0);
    sim_let_go(SIM_STORE_COMMIT);
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    end_well(false);
    ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
}
END_TEST

/* Part of it was done and waits to be committed, which it never is. */
START_TEST(what_ends_late_keeps_the_rest_from_no_answer)
{
    sim_run_set(&run, "weir.order", "partition");
    begin(_i, "orders:0-1", HELD_LATE);
    sim_hold(SIM_STORE_COMMIT);
    revoke();
    give_away("orders:0");
    sim_run_let_go(&run);
    sim_await_held(SIM_STORE_COMMIT, 1);
    sim_run_await_completed("orders:0", HELD_LATE + 1);
    sim_await_polls(0, 1);
    sim_let_go(SIM_STORE_COMMIT);
    sim_await_answered(0);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    sim_await_answered(0);
    end_well(false);
}
END_TEST

static enum sim_outcome fail_first(const struct weir_record *record, void *user)
{
    (void)user;
    return record->partition == 0 && record->offset == 0 && atomic_load(&fails) ? SIM_RETRY
                                                                                : SIM_DONE;
}

/* A partition that drains tries once more what stands below what is done. */
START_TEST(nothing_begins_of_what_is_given_away)
{
    atomic_store(&fails, true);
    run.decide = fail_first;
    sim_run_set(&run, "weir.order", "none");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_run_set(&run, "weir.retry.backoff.max.ms", "3600000");
    sim_run_set(&run, "weir.retry.backoff.ms", "3600000");
    begin(1, "orders:0-1", RECORDS - 1);
    sim_run_await_completed("orders:0-1", (uint64_t)2 * RECORDS - 3);
    sim_hold(SIM_STORE_COMMIT); /* so the answer has to wait, and nothing is closed */
    revoke();
    give_away("orders:0");
    uint64_t attempts = sim_attempts("orders:0");
    sim_run_let_go(&run);
    sim_await_held(SIM_STORE_COMMIT, 1);
    sim_await_polls(0, 1);
    ck_assert_uint_eq(sim_attempts("orders:0"), attempts);
    atomic_store(&fails, false);
    sim_let_go(SIM_STORE_COMMIT);
    sim_await_answered(0);
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    sim_await_answered(0);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.crashes = true}, NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("give away");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, what_is_given_away_has_a_cause_to_come_again, 0, PROTOCOLS);
    tcase_add_loop_test(tcase, what_is_not_given_away_is_handed_back_in_order, 0, PROTOCOLS);
    tcase_add_loop_test(tcase, what_is_given_away_late_is_not_waited_for, 0, PROTOCOLS);
    tcase_add_loop_test(tcase, what_ends_late_keeps_the_rest_from_no_answer, 0, PROTOCOLS);
    tcase_add_test(tcase, nothing_begins_of_what_is_given_away);
    return runner_run("engine_give_away", tcase);
}
