#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/gate.h"
#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <pthread.h>
#include <string.h>

enum { RECORDS = 100, WAIT_MS = 30000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, 4, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

/* Where a consumer may be when it is told to stop. Each returns once it is there; `leave` lets go
 * of what holds it there, once it has been told. */

static void nothing(void)
{
}

static void be_created(void)
{
    sim_run_create(&run);
}

static void start_late(void)
{
    struct weir_error error = {0};

    if (run.consumer != NULL && weir_consumer_state(run.consumer) == WEIR_STATE_CREATED) {
        ck_assert_int_eq(weir_consumer_start(run.consumer, &error), WEIR_OK);
    }
}

static void be_started(void)
{
    sim_run_start(&run);
}

static void be_probing(void)
{
    sim_hold(SIM_PROBE);
    sim_run_start(&run);
    sim_await_held(SIM_PROBE, 1);
}

static void end_probe(void)
{
    sim_let_go(SIM_PROBE);
}

static void be_without_brokers(void)
{
    sim_fail(SIM_PROBE, WEIR_ERR_UNAVAILABLE, UINT32_MAX);
    sim_run_start(&run);
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
}

static void be_member(void)
{
    sim_run_start(&run);
    sim_await_members(1);
}

static void be_loading(void)
{
    sim_hold(SIM_STORE_LOAD);
    be_member();
    sim_assign(0, "orders:0-3");
    sim_await_held(SIM_STORE_LOAD, 1);
}

static void end_load(void)
{
    sim_let_go(SIM_STORE_LOAD);
}

static void be_without_store(void)
{
    sim_fail(SIM_STORE_LOAD, WEIR_ERR_UNAVAILABLE, UINT32_MAX);
    be_member();
    sim_assign(0, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_CLIENT_ERROR, 1);
}

static void be_looking_up(void)
{
    sim_hold(SIM_LOOK_UP);
    be_member();
    sim_assign(0, "orders:0-3");
    sim_await_held(SIM_LOOK_UP, 1);
}

static void end_look_up(void)
{
    sim_let_go(SIM_LOOK_UP);
}

static void be_consuming(void)
{
    be_member();
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", RECORDS);
}

static void be_idle(void)
{
    be_consuming();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    sim_await_stored("orders:0-3");
}

static void be_busy(void)
{
    sim_run_hold(&run, "orders:0-3", 50);
    be_member();
    sim_assign(0, "orders:0-3");
    sim_run_await_all_held(&run);
}

static void end_handlers(void)
{
    sim_run_let_go(&run);
}

static void be_revoking(void)
{
    be_busy();
    sim_revoke(0, "orders:0-3");
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
}

static void be_revoking_some(void)
{
    sim_incremental(true);
    be_busy();
    sim_revoke(0, "orders:1-2");
    sim_run_await_event(&run, WEIR_EVENT_REVOKE_BEGIN, 1);
}

static void be_committing(void)
{
    sim_hold(SIM_STORE_COMMIT);
    be_consuming();
    sim_await_held(SIM_STORE_COMMIT, 1);
}

static void end_commit(void)
{
    sim_let_go(SIM_STORE_COMMIT);
}

static void be_resetting(void)
{
    sim_store("orders:0-3", 7);
    sim_trim("orders:0", 20);
    sim_hold(SIM_LOOK_UP);
    be_member();
    sim_assign(0, "orders:0-3");
    sim_await_held(SIM_LOOK_UP, 1);
}

static void be_lost(void)
{
    be_busy();
    sim_lose(0, "orders:0-3");
    sim_await_answered(0);
}

static void be_leaving(void)
{
    sim_hold(SIM_LEAVE);
    be_consuming();
    weir_consumer_drain(run.consumer);
    WAIT_UNTIL(sim_calls(SIM_LEAVE) == 1, WAIT_MS);
}

static void end_leave(void)
{
    sim_let_go(SIM_LEAVE);
}

static void be_ended(void)
{
    be_consuming();
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}

/* Do handlers run there, so that a close leaves something undone? */
enum busy { NOT_BUSY, PERHAPS_BUSY, BUSY };

static const struct {
    const char *name;
    void (*arrive)(void);
    void (*leave)(void);
    enum busy busy;
} places[] = {{"created", be_created, start_late, NOT_BUSY},
              {"started", be_started, nothing, NOT_BUSY},
              {"probing", be_probing, end_probe, NOT_BUSY},
              {"without brokers", be_without_brokers, nothing, NOT_BUSY},
              {"member", be_member, nothing, NOT_BUSY},
              {"loading", be_loading, end_load, NOT_BUSY},
              {"without store", be_without_store, nothing, NOT_BUSY},
              {"looking up", be_looking_up, end_look_up, NOT_BUSY},
              {"consuming", be_consuming, nothing, PERHAPS_BUSY},
              {"idle", be_idle, nothing, NOT_BUSY},
              {"busy", be_busy, end_handlers, BUSY},
              {"revoking", be_revoking, end_handlers, BUSY},
              {"revoking some", be_revoking_some, end_handlers, BUSY},
              {"committing", be_committing, end_commit, PERHAPS_BUSY},
              {"resetting", be_resetting, end_look_up, PERHAPS_BUSY},
              {"lost", be_lost, end_handlers, NOT_BUSY},
              {"leaving", be_leaving, end_leave, NOT_BUSY},
              {"ended", be_ended, nothing, NOT_BUSY}};

enum { PLACES = sizeof places / sizeof places[0] };

static void judge(void)
{
    const struct verify_options options = {
        .order = VERIFY_ORDER_KEY, .unfinished = true, .late_start = true};

    sim_run_destroy(&run);
    sim_run_judge(&run, options, NULL);
}

START_TEST(a_drain_ends_clean_wherever_it_finds_us)
{
    places[_i].arrive();
    weir_consumer_drain(run.consumer);
    places[_i].leave();
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    if (strcmp(places[_i].name, "lost") != 0) {
        ck_assert_uint_eq(sim_uncommitted("orders:0-3"), 0);
    }
    judge();
}
END_TEST

START_TEST(a_close_ends_wherever_it_finds_us)
{
    places[_i].arrive();
    weir_consumer_close(run.consumer);
    if (places[_i].busy != BUSY) {
        places[_i].leave();
    }
    enum weir_state state = sim_run_await_end(&run);
    ck_assert(state == WEIR_STATE_STOPPED || places[_i].busy != NOT_BUSY);
    ck_assert(state == WEIR_STATE_INCOMPLETE || places[_i].busy != BUSY);
    places[_i].leave();
    judge();
}
END_TEST

START_TEST(an_abandoned_consumer_commits_nothing_more_and_tells_nobody)
{
    places[_i].arrive();
    uint64_t leaves = sim_calls(SIM_LEAVE);
    weir_consumer_abandon(run.consumer);
    places[_i].leave();
    enum weir_state state = sim_run_await_end(&run);
    bool ended = strcmp(places[_i].name, "ended") == 0;
    bool ending = places[_i].leave == end_leave; /* it may have left before it hears of it */
    ck_assert(state == WEIR_STATE_STOPPED || !ended);
    ck_assert(state == WEIR_STATE_INCOMPLETE || ended || ending);
    ck_assert_uint_eq(sim_calls(SIM_LEAVE), leaves);
    judge();
}
END_TEST

START_TEST(destroy_alone_ends_it_wherever_it_finds_us)
{
    places[_i].arrive();
    if (places[_i].leave != start_late) {
        places[_i].leave();
    }
    judge();
}
END_TEST

START_TEST(the_requests_may_come_in_any_order_and_often)
{
    static void (*const requests[])(struct weir_consumer *) = {
        weir_consumer_drain, weir_consumer_close, weir_consumer_abandon};

    places[_i % PLACES].arrive();
    int order = _i / PLACES;
    for (int i = 0; i < 3; i++) {
        requests[(order + i) % 3](run.consumer);
        requests[(order + i) % 3](run.consumer);
        requests[(order + 2 * i) % 3](run.consumer);
    }
    places[_i % PLACES].leave();
    enum weir_state state = sim_run_await_end(&run);
    ck_assert(state == WEIR_STATE_INCOMPLETE || state == WEIR_STATE_STOPPED);
    weir_consumer_drain(run.consumer);
    weir_consumer_close(run.consumer);
    weir_consumer_abandon(run.consumer);
    ck_assert_int_eq(weir_consumer_state(run.consumer), state);
    judge();
}
END_TEST

/* From several threads at once. */

static struct gate go;

static void *ask(void *request)
{
    void (*ask_for)(struct weir_consumer *) = *(void (**)(struct weir_consumer *))request;

    gate_hold(&go, 1);
    for (int i = 0; i < 20; i++) {
        ask_for(run.consumer);
    }
    return NULL;
}

static void look(struct weir_consumer *consumer)
{
    struct weir_event *event = NULL;

    weir_snapshot_destroy(picture_take(consumer));
    while (weir_consumer_next_event(consumer, &event) == WEIR_OK) {
        weir_event_destroy(event);
    }
}

static void *wait_for_end(void *user)
{
    (void)user;
    gate_hold(&go, 1);
    if (weir_consumer_wait(run.consumer, WAIT_MS) != WEIR_OK) {
        sim_blame("a waiter waited in vain");
    }
    return NULL;
}

START_TEST(many_threads_may_ask_at_once)
{
    static void (*requests[])(struct weir_consumer *) = {weir_consumer_drain, weir_consumer_close,
                                                         weir_consumer_drain, look};
    pthread_t threads[7];

    gate_init(&go);
    run.event_bytes = 1 << 16;
    places[_i].arrive();
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask, &requests[i]), 0);
        ck_assert_int_eq(pthread_create(&threads[3 + i], NULL, wait_for_end, NULL), 0);
    }
    ck_assert_int_eq(pthread_create(&threads[6], NULL, ask, &requests[3]), 0);
    (void)gate_add(&go, 1);
    places[_i].leave();
    for (size_t i = 0; i < 7; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    (void)sim_run_await_end(&run);
    judge();
    gate_fini(&go);
}
END_TEST

/* Deadlines. */

START_TEST(a_drain_waits_for_handlers_no_longer_than_told)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "50");
    be_busy();
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    sim_run_expect_error(&run, WEIR_ERR_TIMEOUT, "4 partitions had handlers");
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_DRAIN_TIMEOUT), 4);
    for (int32_t i = 0; i < 4; i++) {
        ck_assert_int_le(sim_stored("orders", i), 50);
    }
    end_handlers();
    judge();
    ck_assert_uint_eq(sim_messages_out(), 0);
}
END_TEST

START_TEST(a_close_shortens_a_drain)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "3600000");
    be_busy();
    weir_consumer_drain(run.consumer);
    WAIT_UNTIL(weir_consumer_state(run.consumer) == WEIR_STATE_DRAINING, WAIT_MS);
    weir_consumer_close(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    end_handlers();
    judge();
}
END_TEST

START_TEST(a_close_shortens_a_revocation)
{
    sim_run_set(&run, "weir.drain.timeout.ms", "3600000");
    be_revoking();
    weir_consumer_close(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    end_handlers();
    judge();
}
END_TEST

/* What handlers finish after they were given up is not committed, and nothing of it is left. */
START_TEST(late_handlers_change_nothing)
{
    int64_t stored[4];

    sim_run_set(&run, "weir.drain.timeout.ms", "20");
    be_busy();
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    for (int32_t i = 0; i < 4; i++) {
        stored[i] = sim_stored("orders", i);
    }
    end_handlers();
    sim_run_await_counter(&run, WEIR_COUNTER_STALE, 1);
    for (int32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(sim_stored("orders", i), stored[i]);
    }
    judge();
}
END_TEST

START_TEST(a_group_that_cannot_be_left_is_left_behind)
{
    be_consuming();
    sim_hold(SIM_LEAVE);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert(sim_run_logged(&run, "was not left in time"));
    judge();
}
END_TEST

START_TEST(a_store_that_never_answers_does_not_hold_the_stop_up)
{
    be_committing();
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_INCOMPLETE);
    sim_run_expect_error(&run, WEIR_ERR_TIMEOUT, "could not be committed");
    judge();
}
END_TEST

START_TEST(a_second_start_is_refused)
{
    struct weir_error error = {0};

    sim_run_start(&run);
    ck_assert_int_eq(weir_consumer_start(run.consumer, &error), WEIR_ERR_STATE);
    ck_assert_str_ne(error.text, "");
}
END_TEST

int main(void)
{
    TCase *everywhere = tcase_create("everywhere");
    TCase *deadlines = tcase_create("deadlines");

    tcase_add_checked_fixture(everywhere, set_up, tear_down);
    tcase_add_loop_test(everywhere, a_drain_ends_clean_wherever_it_finds_us, 0, PLACES);
    tcase_add_loop_test(everywhere, a_close_ends_wherever_it_finds_us, 0, PLACES);
    tcase_add_loop_test(everywhere, an_abandoned_consumer_commits_nothing_more_and_tells_nobody, 0,
                        PLACES);
    tcase_add_loop_test(everywhere, destroy_alone_ends_it_wherever_it_finds_us, 0, PLACES);
    tcase_add_loop_test(everywhere, the_requests_may_come_in_any_order_and_often, 0, 3 * PLACES);
    tcase_add_loop_test(everywhere, many_threads_may_ask_at_once, 1, PLACES);
    tcase_add_checked_fixture(deadlines, set_up, tear_down);
    tcase_add_test(deadlines, a_drain_waits_for_handlers_no_longer_than_told);
    tcase_add_test(deadlines, a_close_shortens_a_drain);
    tcase_add_test(deadlines, a_close_shortens_a_revocation);
    tcase_add_test(deadlines, late_handlers_change_nothing);
    tcase_add_test(deadlines, a_group_that_cannot_be_left_is_left_behind);
    tcase_add_test(deadlines, a_store_that_never_answers_does_not_hold_the_stop_up);
    tcase_add_test(deadlines, a_second_start_is_refused);
    return runner_run_two("engine_stop", everywhere, deadlines);
}
