#include "tools/zoo_standin.h"

#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/zoo_bench.h"
#include <pthread.h>
#include <stdio.h>

/* Beside what test/conformance/test_zoo*.c hold every ZooKeeper library to. */

enum { LONG_MS = 60000, SHORT_MS = 1000, AWAIT_MS = 30000, THREADS = 4, ROUNDS = 100 };

static void set_up(void)
{
    zoo_bench_set_up(&zoo_setting_standin);
}

static int64_t connect_with_ephemeral(int64_t timeout_ms)
{
    zoo_bench_connect(timeout_ms);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true);
    return zoo_tested()->ops->session(zoo_tested());
}

/* In a session so short that it may be over before anything is done in it. */
static bool try_ephemeral(void)
{
    const struct weir_zoo_request request = {
        .kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true};

    zoo_bench_open(SHORT_MS);
    if (zoo_next()->state == WEIR_ZOO_CONNECTED &&
        zoo_tested()->ops->submit(zoo_tested(), &request) == WEIR_OK &&
        zoo_next()->kind == WEIR_ZOO_ANSWER && zoo_bench.seen.event.result == WEIR_ZOO_OK) {
        return true;
    }
    zoo_bench_close();
    return false;
}

START_TEST(what_nobody_speaks_for_any_more_ends_in_its_time)
{
    int64_t began_ns = deadline_now_ns();

    while (!try_ephemeral()) {
        began_ns = deadline_now_ns();
    }
    zoo_setting_standin.cut();
    WAIT_UNTIL(zoo_setting_standin.owner(zoo_path("/e")) == -1, AWAIT_MS);
    ck_assert_int_ge(deadline_now_ns() - began_ns, (int64_t)SHORT_MS * WEIR_NS_PER_MS);
}
END_TEST

START_TEST(a_close_without_a_connection_is_not_heard)
{
    int64_t session = connect_with_ephemeral(LONG_MS);

    zoo_setting_standin.cut();
    zoo_bench.zoo->ops->close(zoo_bench.zoo);
    zoo_bench.zoo = NULL;
    ck_assert_int_eq(zoo_setting_standin.owner(zoo_path("/e")), session);
    weir_zoo_standin_expire(session);
    ck_assert_int_eq(zoo_setting_standin.owner(zoo_path("/e")), -1);
}
END_TEST

START_TEST(what_is_sent_without_a_connection_is_unknown)
{
    zoo_bench_connect(LONG_MS);
    zoo_expect_quiet();
    zoo_setting_standin.cut();
    ZOO_SUBMIT(.kind = WEIR_ZOO_CREATE, .path = "/a", .tag = 4);
    zoo_expect_state(WEIR_ZOO_SUSPENDED);
    zoo_expect_answer(4, WEIR_ZOO_UNKNOWN);
    zoo_setting_standin.mend();
    zoo_expect_state(WEIR_ZOO_CONNECTED);
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_EXISTS, .path = "/a");
}
END_TEST

START_TEST(who_has_another_name_is_not_cut_off)
{
    zoo_bench_connect(LONG_MS);
    weir_zoo_standin_cut("somebody");
    zoo_make_node("/a", "");
    zoo_expect_quiet();
}
END_TEST

/* One of many, each on a thread of its own. */
struct rival {
    pthread_t thread;
    struct weir_config *config;
    struct weir_zoo *zoo;
    struct gate wakes;
    int32_t won;
    bool good;
};

static pthread_barrier_t together;

static void wake(void *user)
{
    (void)gate_add(user, 1);
}

static void next_event(struct rival *rival, struct weir_zoo_event *event)
{
    uint64_t woken = gate_value(&rival->wakes);

    while (!rival->zoo->ops->poll(rival->zoo, weir_clock_now(), event)) {
        gate_hold(&rival->wakes, woken + 1);
        woken = gate_value(&rival->wakes);
    }
}

static enum weir_zoo_result ask(struct rival *rival, struct weir_zoo_request request,
                                int32_t *version)
{
    struct weir_zoo_event event;
    bool sent = rival->zoo->ops->submit(rival->zoo, &request) == WEIR_OK;

    next_event(rival, &event);
    rival->good = rival->good && sent && event.kind == WEIR_ZOO_ANSWER;
    *version = event.facts.version;
    return event.result;
}

/* All read the same version before any of them writes with it: one of them succeeds. */
static void *compete(void *user)
{
    const struct weir_zoo_request get = {.kind = WEIR_ZOO_GET, .path = "/counter"};
    struct rival *rival = user;
    struct weir_zoo_request set = {.kind = WEIR_ZOO_SET, .path = "/counter"};
    struct weir_zoo_event event;
    int32_t version = 0;

    next_event(rival, &event);
    rival->good = event.state == WEIR_ZOO_CONNECTED;
    for (int i = 0; i < ROUNDS; i++) {
        rival->good = rival->good && ask(rival, get, &set.version) == WEIR_ZOO_OK;
        const struct weir_zoo_request multi = {
            .kind = WEIR_ZOO_MULTI, .parts = &set, .part_count = 1};
        (void)pthread_barrier_wait(&together);
        rival->won += ask(rival, multi, &version) == WEIR_ZOO_OK ? 1 : 0;
        (void)pthread_barrier_wait(&together);
    }
    rival->zoo->ops->close(rival->zoo);
    return NULL;
}

static void start(struct rival *rival)
{
    const struct weir_zoo_options options = {.config = rival->config,
                                             .report = &zoo_bench.report,
                                             .wake = wake,
                                             .wake_user = &rival->wakes};

    ck_assert_int_eq(weir_zoo_library_standin.open(&options, &rival->zoo, NULL), WEIR_OK);
    ck_assert_int_eq(pthread_create(&rival->thread, NULL, compete, rival), 0);
}

START_TEST(of_many_who_write_with_one_version_one_succeeds)
{
    static struct rival rivals[THREADS];
    char text[24];
    int32_t won = 0;

    (void)snprintf(text, sizeof text, "%d", (int)LONG_MS);
    zoo_bench_connect(LONG_MS);
    zoo_make_node("/counter", "");
    ck_assert_int_eq(pthread_barrier_init(&together, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        rivals[i] = (struct rival){.config = config_create()};
        gate_init(&rivals[i].wakes);
        config_set(rivals[i].config, "zookeeper.session.timeout.ms", text);
        config_set(rivals[i].config, "zookeeper.connect",
                   weir_config_get(zoo_bench.config, "zookeeper.connect"));
        start(&rivals[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(rivals[i].thread, NULL);
        ck_assert(rivals[i].good);
        won += rivals[i].won;
        weir_config_destroy(rivals[i].config);
        gate_fini(&rivals[i].wakes);
    }
    (void)pthread_barrier_destroy(&together);
    ck_assert_int_eq(won, ROUNDS);
    ck_assert_int_eq(
        ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/counter")->facts.version, ROUNDS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("standin");

    tcase_add_checked_fixture(tcase, set_up, zoo_bench_tear_down);
    tcase_add_test(tcase, what_nobody_speaks_for_any_more_ends_in_its_time);
    tcase_add_test(tcase, a_close_without_a_connection_is_not_heard);
    tcase_add_test(tcase, what_is_sent_without_a_connection_is_unknown);
    tcase_add_test(tcase, who_has_another_name_is_not_cut_off);
    tcase_add_test(tcase, of_many_who_write_with_one_version_one_succeeds);
    return runner_run("zoo_standin", tcase);
}
