#include "test/support/deadline.h"
#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* An engine whose coordinator is in ZooKeeper, a simulated one. */

enum { PARTITIONS = 4, RECORDS = 100, ASKS = 3, WAIT_MS = 30000, LEFT_S = 3600, POLLS = 200 };
enum { STANDBY_NS = 200000000 };

static struct sim_run run;

/* What the clocks that go on while a machine is suspended are ahead by. In place of the C
 * library's. */
static atomic_int suspended_s;

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, clock, out);

    out->tv_sec += clock == CLOCK_BOOTTIME ? atomic_load(&suspended_s) : 0;
    return result;
}

static struct weir_library library;

static void set_up(void)
{
    told_zoo_set_up(&run, &library, PARTITIONS, RECORDS);
}

static void tear_down(void)
{
    told_zoo_tear_down(&run);
}

static char fence_of_2[] = "/consumers/shop/weir/fence/orders/2";

static void write_record(void *text)
{
    sim_zoo_write("/consumers/shop/weir/switch", text);
}

static void raise_fence(void *path)
{
    sim_zoo_write(path, "somebody");
}

static void end_well(void)
{
    sim_await_stored("orders:0-3");
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
    sim_run_judge(&run, (struct verify_options){.order = VERIFY_ORDER_KEY}, NULL);
}

/* Handlers are done with everything, and somebody wants to commit. */
static void await_asks(void)
{
    unsigned before = told_zoo_asks();

    sim_run_let_go(&run);
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    WAIT_UNTIL(told_zoo_asks() - before >= ASKS, WAIT_MS);
}

/* S40: control stood still between its look at the session and the commit. */
START_TEST(past_the_deadline_nothing_is_committed)
{
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    told_zoo_set_deadline(0);
    await_asks();
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
    told_zoo_set_deadline(WEIR_TIME_NEVER);
    end_well();
}
END_TEST

/* The servers' time went on. */
START_TEST(a_machine_that_was_suspended_for_longer_commits_nothing)
{
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    told_zoo_set_deadline(weir_clock_boot() + LEFT_S * (weir_time)1000000000);
    (void)atomic_fetch_add(&suspended_s, LEFT_S);
    await_asks();
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
    told_zoo_set_deadline(WEIR_TIME_NEVER);
    end_well();
}
END_TEST

/* The session is ended, and no other can be had; until one can. */
static void expire(void *user)
{
    (void)user;
    sim_zoo_expire(0);
    sim_zoo_cut(0);
}

static void heal(void *user)
{
    (void)user;
    sim_zoo_heal(0);
}

/* S36: what was about to be opened is not ours any more. */
START_TEST(an_assignment_that_is_lost_while_its_offsets_are_looked_up_is_not_taken)
{
    sim_hold_endlessly(SIM_STORE_LOAD);
    sim_run_start(&run);
    sim_await_held(SIM_STORE_LOAD, TOLD_ZOO_GREETING + 1);
    told_zoo_do(expire, NULL);
    sim_run_await_event(&run, WEIR_EVENT_LOST, 1);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_ASSIGN), 0);
    sim_let_go(SIM_STORE_LOAD);
    sim_await_polls(0, POLLS);
    ck_assert_uint_eq(sim_run_events(&run, WEIR_EVENT_ASSIGN), 0);
    ck_assert_uint_eq(sim_openings("orders", 0), 0);
    told_zoo_do(heal, NULL);
    end_well();
}
END_TEST

/* A new member. */

START_TEST(it_asks_the_brokers_before_it_has_anything)
{
    sim_zoo_cut(0);
    sim_run_start(&run);
    WAIT_UNTIL(sim_calls(SIM_LOOK_UP) > 0, WAIT_MS);
    ck_assert_uint_eq(sim_calls(SIM_STORE_LOAD), TOLD_ZOO_GREETING);
    ck_assert_uint_eq(sim_openings("orders", 0), 0);
    told_zoo_do(heal, NULL);
    end_well();
    ck_assert_uint_eq(sim_calls(SIM_STORE_LOAD), TOLD_ZOO_GREETING + 1);
}
END_TEST

START_TEST(brokers_that_answer_nothing_then_are_asked_again_when_it_has)
{
    sim_zoo_cut(0);
    sim_fail(SIM_STORE_LOAD, _i == 0 ? WEIR_ERR_UNAVAILABLE : WEIR_ERR_DENIED, 1);
    sim_run_start(&run);
    WAIT_UNTIL(sim_calls(SIM_STORE_LOAD) == TOLD_ZOO_GREETING, WAIT_MS);
    told_zoo_do(heal, NULL);
    end_well();
}
END_TEST

START_TEST(a_stop_before_it_has_anything_waits_for_no_broker_that_is_silent)
{
    sim_zoo_cut(0);
    sim_hold(SIM_STORE_LOAD);
    sim_run_start(&run);
    sim_await_held(SIM_STORE_LOAD, TOLD_ZOO_GREETING);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    ck_assert(!sim_run_logged(&run, "in time"));
    sim_run_destroy(&run);
}
END_TEST

/* The library lives until then. */
START_TEST(a_stop_before_it_has_anything_ends_behind_its_question)
{
    sim_zoo_cut(0);
    sim_hold_endlessly(SIM_STORE_LOAD);
    sim_run_start(&run);
    sim_await_held(SIM_STORE_LOAD, TOLD_ZOO_GREETING);
    weir_consumer_drain(run.consumer);
    sim_await_polls(0, ASKS);
    ck_assert_int_eq(weir_consumer_state(run.consumer), WEIR_STATE_DRAINING);
    sim_let_go(SIM_STORE_LOAD);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
}
END_TEST

static bool shows(const char *active, const char *step, uint64_t epoch)
{
    struct weir_snapshot *snapshot = picture_take(run.consumer);
    const char *shown = snapshot->active == NULL ? "-" : snapshot->active;
    bool same = snapshot->step != NULL && strcmp(snapshot->step, step) == 0 &&
                strcmp(shown, active) == 0 && snapshot->epoch == epoch &&
                snapshot->may_own == (strcmp(active, "blue") == 0 && strcmp(step, "idle") == 0);

    ck_assert(snapshot->step == NULL || strcmp(snapshot->color, "blue") == 0);
    weir_snapshot_destroy(snapshot);
    return same;
}

static bool has_taken_over(int64_t ns_max)
{
    struct weir_snapshot *snapshot = picture_take(run.consumer);
    bool all = snapshot->row_count == PARTITIONS;

    for (size_t i = 0; i < snapshot->row_count; i++) {
        int64_t took_ns = weir_snapshot_at(snapshot, i)->take_over_ns;
        ck_assert_int_le(took_ns, ns_max);
        all = all && took_ns >= 0;
    }
    weir_snapshot_destroy(snapshot);
    return all;
}

/* Who has a color says so, and what it has read of the switch; what it takes over then took no
 * longer than since then. */
START_TEST(a_snapshot_shows_the_colors_of_the_group)
{
    sim_run_set(&run, "weir.strategy", "bluegreen");
    sim_run_set(&run, "weir.color", "blue");
    sim_run_create(&run);
    struct weir_snapshot *snapshot = picture_take(run.consumer);
    ck_assert_ptr_null(snapshot->color); /* it has not joined */
    weir_snapshot_destroy(snapshot);
    sim_run_start(&run);
    WAIT_UNTIL(shows("-", "idle", 0), WAIT_MS);
    int64_t before = deadline_now_ns();
    WAIT_UNTIL(deadline_now_ns() > before + STANDBY_NS, WAIT_MS);
    before = deadline_now_ns();
    told_zoo_do(write_record, "{\"version\":2,\"turn\":4,\"epoch\":2,\"active\":\"blue\","
                              "\"step\":\"idle\",\"why\":\"\",\"history\":[]}");
    WAIT_UNTIL(shows("blue", "idle", 2), WAIT_MS);
    sim_run_await_completed("orders:0-3", (uint64_t)PARTITIONS * RECORDS);
    int64_t taken = deadline_now_ns() - before;
    WAIT_UNTIL(has_taken_over(taken), WAIT_MS);
    end_well();
}
END_TEST

static uint64_t measured(enum weir_histogram histogram)
{
    struct weir_summary summary = {.size = sizeof summary};

    weir_consumer_histogram(run.consumer, histogram, &summary);
    return summary.count;
}

#define RECORD_OF(turn, epoch, step)                                                               \
    "{\"version\":2,\"turn\":" turn ",\"epoch\":" epoch ",\"active\":\"blue\",\"step\":" step      \
    ",\"why\":\"\",\"history\":[]"
#define ASKED                                                                                      \
    ",\"request\":{\"id\":\"s\",\"from\":\"blue\",\"to\":\"green\",\"by\":\"b\",\"mode\":"         \
    "\"each\",\"drain\":\"in_flight\","                                                            \
    "\"overdue\":\"go_on\",\"limits_ms\":{\"prepare\":86400000,\"drain\":1,\"take\":1,\"health\":" \
    "0},"                                                                                          \
    "\"asked_ms\":0}"

/* Blue hands everything back, and green never comes: it is given up by hand. */
START_TEST(what_a_switch_moves_is_counted_and_measured)
{
    sim_run_set(&run, "weir.strategy", "bluegreen");
    sim_run_set(&run, "weir.color", "blue");
    write_record(RECORD_OF("1", "1", "\"idle\"") "}");
    sim_run_start(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_ASSIGNED, PARTITIONS);
    sim_await_stored("orders:0-3");
    WAIT_UNTIL(measured(WEIR_HISTOGRAM_TAKE_OVER) == PARTITIONS, WAIT_MS);
    told_zoo_do(write_record, RECORD_OF("2", "2", "\"draining\"") ASKED "}");
    sim_run_await_counter(&run, WEIR_COUNTER_HANDED_OVER, PARTITIONS);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_RELEASE), PARTITIONS);
    WAIT_UNTIL(shows("blue", "draining", 2), WAIT_MS);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_SWITCH), 0);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_TAKEN_OVER), 0);
    told_zoo_do(write_record, RECORD_OF("3", "3", "\"prepared\"") ASKED "}");
    sim_run_await_counter(&run, WEIR_COUNTER_TAKEN_OVER, PARTITIONS);
    WAIT_UNTIL(measured(WEIR_HISTOGRAM_TAKE_OVER) == (uint64_t)2 * PARTITIONS, WAIT_MS);
    ck_assert_uint_eq(measured(WEIR_HISTOGRAM_SWITCH), 0);
    told_zoo_do(write_record, RECORD_OF("4", "4", "\"idle\"") "}");
    WAIT_UNTIL(measured(WEIR_HISTOGRAM_SWITCH) == 1, WAIT_MS);
    end_well();
}
END_TEST

/* Somebody claims a partition that is at work: by hand here. */
static void start_and_raise_fence(void)
{
    library.store = NULL; /* the configured one */
    sim_run_set(&run, "weir.offsets.store", "zookeeper");
    sim_run_hold(&run, "orders:0-3", 0);
    sim_run_start(&run);
    sim_run_await_all_held(&run);
    told_zoo_do(raise_fence, fence_of_2);
}

/* Its owner is well. */
START_TEST(a_commit_that_is_refused_while_all_is_well_is_dual_active)
{
    start_and_raise_fence();
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_DUAL_ACTIVE), 0);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_COMMIT_ERRORS, 2); /* it is tried again */
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_DUAL_ACTIVE), 1);
    ck_assert(sim_run_logged(&run, "orders/2 is another's, and this member worked on it"));
    weir_consumer_abandon(run.consumer);
}
END_TEST

/* Its own deadline says so: that it was slow is no proof of anything. */
START_TEST(a_commit_that_is_refused_past_the_deadline_is_not)
{
    start_and_raise_fence();
    told_zoo_end_at_check(fence_of_2);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_COMMIT_ERRORS, 1);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_DUAL_ACTIVE), 0);
    weir_consumer_abandon(run.consumer);
}
END_TEST

/* Between two looks. Its partitions begin anew, whatever was committed, and in whichever store, of
 * those that had their names. */
START_TEST(a_topic_with_fewer_partitions_is_another_one)
{
    library.store = _i == 0 ? library.store : NULL; /* the configured one */
    sim_run_set(&run, "weir.offsets.store", _i == 0 ? "kafka" : "zookeeper");
    sim_run_set(&run, "weir.topics", "orders,log-a");
    sim_run_set(&run, "topic.metadata.refresh.interval.ms", "100");
    sim_topic("log-a", 3);
    sim_append("log-a:0-2", (struct sim_batch){.records = RECORDS, .keys = 5});
    sim_run_start(&run);
    picture_expect(run.consumer, "log-a/0 running 100 100 100 100 lag 0 0 0\n"
                                 "log-a/1 running 100 100 100 100 lag 0 0 0\n"
                                 "log-a/2 running 100 100 100 100 lag 0 0 0\n"
                                 "orders/0 running 100 100 100 100 lag 0 0 0\n"
                                 "orders/1 running 100 100 100 100 lag 0 0 0\n"
                                 "orders/2 running 100 100 100 100 lag 0 0 0\n"
                                 "orders/3 running 100 100 100 100 lag 0 0 0\n");
    sim_hold(SIM_TOPICS);
    sim_await_held(SIM_TOPICS, 1);
    sim_delete("log-a");
    sim_topic("log-a", 2);
    sim_append("log-a:0-1", (struct sim_batch){.records = RECORDS, .keys = 5});
    sim_let_go(SIM_TOPICS);
    sim_run_await_completed("log-a:0-1", (uint64_t)2 * RECORDS);
    ck_assert(sim_run_logged(&run, "topic 'log-a' was created anew, with 2 partitions; it had 3"));
    ck_assert_uint_eq(sim_openings("orders", 0), 1); /* what stays is not touched */
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    sim_run_destroy(&run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zookeeper");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, past_the_deadline_nothing_is_committed);
    tcase_add_test(tcase, a_machine_that_was_suspended_for_longer_commits_nothing);
    tcase_add_test(tcase, an_assignment_that_is_lost_while_its_offsets_are_looked_up_is_not_taken);
    tcase_add_test(tcase, a_snapshot_shows_the_colors_of_the_group);
    tcase_add_test(tcase, what_a_switch_moves_is_counted_and_measured);
    tcase_add_test(tcase, a_commit_that_is_refused_while_all_is_well_is_dual_active);
    tcase_add_test(tcase, a_commit_that_is_refused_past_the_deadline_is_not);
    tcase_add_loop_test(tcase, a_topic_with_fewer_partitions_is_another_one, 0, 2);
    tcase_add_test(tcase, it_asks_the_brokers_before_it_has_anything);
    tcase_add_loop_test(tcase, brokers_that_answer_nothing_then_are_asked_again_when_it_has, 0, 2);
    tcase_add_test(tcase, a_stop_before_it_has_anything_waits_for_no_broker_that_is_silent);
    tcase_add_test(tcase, a_stop_before_it_has_anything_ends_behind_its_question);
    return runner_run("engine_zookeeper", tcase);
}
