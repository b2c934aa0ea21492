#include "offsets/store.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <stdatomic.h>
#include <string.h>
#include <weir/snapshot.h>

/* A shadow begins where the group is, handles everything, and leaves no trace in the store. */

enum { RECORDS = 100, STORED = 20, ALL = 4 * (RECORDS - STORED), WAIT_MS = 30000 };

static struct sim_run run;
static struct weir_store_ops store;
static struct weir_library library;
static atomic_uint forgotten;
static atomic_uint shadow_batches;
static atomic_uint plain_batches;
static atomic_uint told;
static atomic_uint untold; /* events of partitions that do not say that they are a shadow's */
static void (*handle)(struct weir_batch *batch, void *worker);

static void forget(struct weir_store *unused, const struct weir_position *positions, size_t count)
{
    (void)unused;
    (void)positions;
    (void)atomic_fetch_add(&forgotten, (unsigned)count);
}

static void handle_shadow(struct weir_batch *batch, void *worker)
{
    (void)atomic_fetch_add(&shadow_batches, 1);
    handle(batch, worker);
}

static void handle_plain(struct weir_batch *batch, void *worker)
{
    (void)atomic_fetch_add(&plain_batches, 1);
    handle(batch, worker);
}

static void count_calls(struct weir_handler *handler)
{
    handle = handler->handle;
    handler->handle = handle_plain;
    handler->handle_shadow = handle_shadow;
}

/* What has nothing to do with partitions is of no shadow, nor of anybody. */
static void hear(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->topic != NULL || event->span_count > 0) {
        (void)atomic_fetch_add(event->shadow ? &told : &untold, 1);
    }
}

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
    sim_run_set(&run, "weir.coordinator", "none");
    sim_run_set(&run, "topic.metadata.refresh.interval.ms", "100");
    sim_run_set(&run, "weir.shadow", "true");
    sim_store("orders:0-3", STORED);
    store = *sim_library.store;
    store.forget = forget;
    library = sim_library;
    library.store = &store;
    run.library = &library;
    run.adjust = count_calls;
    run.hear = hear;
    atomic_store(&forgotten, 0);
    atomic_store(&shadow_batches, 0);
    atomic_store(&plain_batches, 0);
    atomic_store(&told, 0);
    atomic_store(&untold, 0);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static uint64_t counted(enum weir_counter counter)
{
    return weir_consumer_counter(run.consumer, counter);
}

static void expect_no_trace(void)
{
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
    ck_assert_uint_eq(atomic_load(&forgotten), 0);
    ck_assert_uint_eq(atomic_load(&plain_batches), 0);
    ck_assert_uint_eq(atomic_load(&untold), 0);
    for (int32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(sim_stored("orders", i), STORED);
    }
    static const enum weir_event_kind kinds[] = {WEIR_EVENT_COMMIT_REQUEST, WEIR_EVENT_COMMIT_OK,
                                                 WEIR_EVENT_COMMIT_ERROR, WEIR_EVENT_STOP};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        ck_assert_uint_eq(sim_run_events(&run, kinds[i]), 0);
    }
}

static void await_handled(uint64_t records)
{
    WAIT_UNTIL(counted(WEIR_COUNTER_SHADOW) >= records, WAIT_MS);
}

static const char *const orders[] = {"partition", "key", "none"};

enum { ORDERS = sizeof orders / sizeof orders[0] };

START_TEST(everything_is_handled_and_nothing_committed)
{
    sim_run_set(&run, "weir.order", orders[_i]);
    sim_run_start(&run);
    await_handled(ALL);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), ALL);
    ck_assert_uint_eq(counted(WEIR_COUNTER_SHADOW), ALL);
    ck_assert_uint_eq(counted(WEIR_COUNTER_SHADOW), counted(WEIR_COUNTER_HANDLED));
    ck_assert_uint_eq(counted(WEIR_COUNTER_SHADOW_FAILED), 0);
    ck_assert_uint_ge(counted(WEIR_COUNTER_SHADOW_OFFSETS), 4);
    ck_assert_uint_eq(counted(WEIR_COUNTER_COMMITS), 0);
    ck_assert_uint_eq(counted(WEIR_COUNTER_ASSIGNED), 0);
    ck_assert_uint_eq(atomic_load(&shadow_batches), counted(WEIR_COUNTER_BATCHES));
    ck_assert_uint_gt(atomic_load(&told), 0);
    expect_no_trace();
}
END_TEST

/* The control: what the test looks for is there without the key. */
START_TEST(without_it_the_same_commits)
{
    sim_run_set(&run, "weir.shadow", "false");
    sim_run_start(&run);
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_gt(sim_calls(SIM_STORE_COMMIT), 0);
    ck_assert_uint_gt(atomic_load(&plain_batches), 0);
    ck_assert_uint_gt(atomic_load(&untold), 0);
    ck_assert_uint_eq(atomic_load(&told), 0);
    ck_assert_uint_eq(atomic_load(&shadow_batches), 0);
    ck_assert_uint_eq(counted(WEIR_COUNTER_SHADOW), 0);
    ck_assert_uint_eq(counted(WEIR_COUNTER_ASSIGNED), 4);
}
END_TEST

/* Each record of an even offset fails for good, in one way or the other. */
static enum sim_outcome fail_half(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset % 2 != 0 ? SIM_DONE : record->offset % 4 == 0 ? SIM_RETRY : SIM_REJECT;
}

static const char *const policies[] = {"stop", "hold", "dead-letter"};

START_TEST(what_fails_is_counted_and_passed_over)
{
    run.decide = fail_half;
    sim_run_set(&run, "weir.order", orders[_i]);
    sim_run_set(&run, "weir.retry.attempts", "2");
    sim_run_set(&run, "weir.failure.policy", policies[_i]);
    sim_run_start(&run);
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS - (uint64_t)4 * STORED);
    sim_run_await_event(&run, WEIR_EVENT_SKIP, ALL / 2);
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_RUNNING);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(counted(WEIR_COUNTER_SKIPPED), ALL / 2);
    ck_assert_uint_eq(counted(WEIR_COUNTER_SHADOW_FAILED), ALL / 4 * 2 + ALL / 4);
    expect_no_trace();
}
END_TEST

START_TEST(a_handler_that_hangs_ends_with_the_drain)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "20");
    sim_run_hold(&run, "orders:0-3", STORED + 30);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    weir_consumer_drain(run.consumer);
    ck_assert_int_eq(sim_run_await_end(&run), WEIR_STATE_INCOMPLETE);
    sim_run_let_go(&run);
    expect_no_trace();
}
END_TEST

START_TEST(a_stop_at_once_leaves_no_trace_either)
{
    sim_run_hold(&run, "orders:0-3", STORED + 30);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    weir_consumer_close(run.consumer);
    (void)sim_run_await_end(&run);
    sim_run_let_go(&run);
    expect_no_trace();
}
END_TEST

/* Once all is read that was there. */
START_TEST(it_can_end_by_itself)
{
    run.until_end = true;
    sim_run_start(&run);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(counted(WEIR_COUNTER_SHADOW), ALL);
    expect_no_trace();
}
END_TEST

/* An end that was chosen is otherwise kept in the store at once. */
START_TEST(the_end_that_was_chosen_is_not_kept)
{
    sim_store("orders:0-3", -1);
    sim_run_set(&run, "weir.start", "latest");
    sim_run_start(&run);
    WAIT_UNTIL(sim_openings("orders", 0) == 1 && sim_openings("orders", 3) == 1, WAIT_MS);
    sim_append("orders:0-3", (struct sim_batch){.records = 10, .keys = 5});
    await_handled(40);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
    ck_assert_int_eq(sim_stored("orders", 0), -1);
}
END_TEST

/* What ends a consumer does not end a shadow. */

START_TEST(where_nothing_is_committed_it_begins_at_the_earliest)
{
    sim_store("orders:1", -1);
    sim_run_set(&run, "weir.start", "error");
    sim_run_start(&run);
    await_handled(ALL + STORED);
    sim_store("orders:1", STORED);
    expect_no_trace();
}
END_TEST

START_TEST(what_retention_took_is_passed_over)
{
    sim_run_set(&run, "weir.out.of.range", "stop");
    sim_trim("orders:2", STORED + 10);
    sim_run_start(&run);
    sim_run_await_event(&run, WEIR_EVENT_RESET, 1);
    await_handled(ALL - 10);
    expect_no_trace();
}
END_TEST

/* A topic that is deleted, and made again: for its owners its offsets are forgotten. */
START_TEST(a_deleted_topic_is_its_owners_to_forget)
{
    sim_run_set(&run, "weir.shadow", _i == 0 ? "true" : "false");
    sim_run_start(&run);
    sim_run_await_completed("orders:0-3", ALL);
    sim_delete("orders");
    sim_run_await_event(&run, WEIR_EVENT_LOST, 1);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert_uint_eq(atomic_load(&forgotten), _i == 1 ? 4 : 0);
}
END_TEST

/* It says what it is. */

START_TEST(a_snapshot_and_the_log_say_so)
{
    struct weir_snapshot *snapshot = NULL;

    sim_run_set(&run, "weir.status.interval.ms", "1");
    sim_run_start(&run);
    await_handled(ALL);
    WAIT_UNTIL(sim_run_logged(&run, "as a shadow: 0.00 % failed, handler p50 "), WAIT_MS);
    ck_assert(sim_run_logged(&run, "as a shadow of group 'shop'"));
    ck_assert(sim_run_logged(&run, "4 partitions handled as a shadow, nothing is committed"));
    ck_assert(!sim_run_logged(&run, "all committed"));
    ck_assert_int_eq(weir_consumer_snapshot(run.consumer, WAIT_MS, &snapshot), WEIR_OK);
    ck_assert(snapshot->shadow);
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->committed, STORED);
    ck_assert_int_eq(weir_snapshot_at(snapshot, 0)->began, STORED);
    weir_snapshot_destroy(snapshot);
    struct weir_summary calls = {.size = sizeof calls};
    weir_consumer_histogram(run.consumer, WEIR_HISTOGRAM_SHADOW, &calls);
    ck_assert_uint_eq(calls.count, counted(WEIR_COUNTER_BATCHES));
    weir_consumer_histogram(run.consumer, WEIR_HISTOGRAM_HANDLER, &calls);
    ck_assert_uint_eq(calls.count, 0);
}
END_TEST

/* The handler hears of it, or cannot be one. */

static int opened_with = -1;

static int note_opening(const struct weir_handler_config *config, void **state)
{
    (void)state;
    opened_with = weir_handler_may_shadow(config);
    return 0;
}

START_TEST(a_handler_is_told_when_it_is_opened)
{
    run.open = note_opening;
    sim_run_set(&run, "weir.shadow", _i == 0 ? "true" : "false");
    sim_run_create(&run);
    ck_assert_int_eq(opened_with, _i == 0 ? 1 : 0);
}
END_TEST

START_TEST(one_that_does_not_know_shadows_is_refused)
{
    struct weir_error error = {0};

    run.adjust = NULL;
    ck_assert_int_eq(sim_run_try_create(&run, &error), WEIR_ERR_PLUGIN);
    ck_assert_ptr_nonnull(strstr(error.text, "handler 'sim' has no handle_shadow"));
}
END_TEST

int main(void)
{
    TCase *trace = tcase_create("trace");
    TCase *word = tcase_create("word");

    tcase_add_checked_fixture(trace, set_up, tear_down);
    tcase_add_loop_test(trace, everything_is_handled_and_nothing_committed, 0, ORDERS);
    tcase_add_test(trace, without_it_the_same_commits);
    tcase_add_loop_test(trace, what_fails_is_counted_and_passed_over, 0, ORDERS);
    tcase_add_test(trace, a_handler_that_hangs_ends_with_the_drain);
    tcase_add_test(trace, a_stop_at_once_leaves_no_trace_either);
    tcase_add_test(trace, it_can_end_by_itself);
    tcase_add_test(trace, the_end_that_was_chosen_is_not_kept);
    tcase_add_test(trace, where_nothing_is_committed_it_begins_at_the_earliest);
    tcase_add_test(trace, what_retention_took_is_passed_over);
    tcase_add_loop_test(trace, a_deleted_topic_is_its_owners_to_forget, 0, 2);
    tcase_add_checked_fixture(word, set_up, tear_down);
    tcase_add_test(word, a_snapshot_and_the_log_say_so);
    tcase_add_loop_test(word, a_handler_is_told_when_it_is_opened, 0, 2);
    tcase_add_test(word, one_that_does_not_know_shadows_is_refused);
    return runner_run_two("engine_shadow", trace, word);
}
