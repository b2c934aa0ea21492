#include "framework/zoo.h"

#include "test/support/config_fixture.h"
#include "test/support/runner.h"
#include "test/support/zoo_bench.h"
#include <string.h>

/* Every ZooKeeper library passes every test here, and those of test_zoo.c. The time that poll is
 * told stands still unless a test moves it, so our own deadline comes when a test wants it. The
 * servers' time is theirs: with this timeout they have patience with a machine that stands still
 * for a while. */
enum { TIMEOUT_MS = 30000, OURS_MS = 20000, ASK_MS = 5000 };

static const struct zoo_setting *setting; /* of the case that runs */

static void set_up_zookeeper(void)
{
    setting = &zoo_setting_zookeeper;
    zoo_bench_set_up(setting);
}

static void set_up_standin(void)
{
    setting = &zoo_setting_standin;
    zoo_bench_set_up(setting);
}

static weir_time ms(int64_t count)
{
    return count * WEIR_NS_PER_MS;
}

START_TEST(a_session_connects_in_the_background)
{
    const struct weir_zoo_request sync = {.kind = WEIR_ZOO_SYNC, .path = "/"};

    zoo_bench_open(TIMEOUT_MS);
    ck_assert_ptr_nonnull(zoo_tested()->ops->name);
    ck_assert_int_eq(zoo_tested()->ops->state(zoo_tested()), WEIR_ZOO_CONNECTING);
    ck_assert_int_eq(zoo_tested()->ops->session(zoo_tested()), 0);
    ck_assert_int_eq(zoo_tested()->ops->deadline(zoo_tested()), WEIR_TIME_NEVER);
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &sync), WEIR_ERR_STATE);
    zoo_expect_state(WEIR_ZOO_CONNECTED);
    ck_assert_int_ne(zoo_tested()->ops->session(zoo_tested()), 0);
    zoo_expect_quiet();
}
END_TEST

START_TEST(after_a_broken_connection_the_session_goes_on)
{
    const struct weir_zoo_request sync = {.kind = WEIR_ZOO_SYNC, .path = "/"};

    zoo_bench_connect(TIMEOUT_MS);
    int64_t session = zoo_tested()->ops->session(zoo_tested());
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/e", .watch = true);
    setting->cut();
    zoo_expect_state(WEIR_ZOO_SUSPENDED);
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &sync), WEIR_ERR_STATE);
    ck_assert_int_eq(zoo_tested()->ops->session(zoo_tested()), session);
    setting->set(zoo_path("/e"), "changed meanwhile");
    setting->mend();
    zoo_expect_state(WEIR_ZOO_CONNECTED);
    zoo_expect_changed("/e");
    zoo_expect_data("/e", "changed meanwhile");
    ck_assert_int_eq(zoo_tested()->ops->session(zoo_tested()), session);
    ck_assert_int_eq(setting->owner(zoo_path("/e")), session);
}
END_TEST

START_TEST(what_was_out_when_the_connection_broke_is_unknown)
{
    enum { COUNT = 20 };

    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    setting->freeze();
    for (uint64_t i = 0; i < COUNT; i++) {
        ZOO_SUBMIT(.kind = WEIR_ZOO_SYNC, .path = "/", .tag = i);
    }
    ck_assert(!zoo_poll());
    setting->cut();
    zoo_expect_state(WEIR_ZOO_SUSPENDED);
    for (uint64_t i = 0; i < COUNT; i++) {
        zoo_expect_answer(i, WEIR_ZOO_UNKNOWN);
    }
    setting->mend();
    zoo_expect_state(WEIR_ZOO_CONNECTED);
    zoo_expect_quiet();
}
END_TEST

/* The three watches, in any order, then the last word. Before them the connection may come and go.
 */
static void expect_watches_and_the_end(void)
{
    unsigned fired = 0;

    while (zoo_next()->kind == WEIR_ZOO_STATE) {
        ck_assert_int_ne(zoo_bench.seen.event.state, WEIR_ZOO_LOST);
    }
    for (int i = 0; i < 3; i++) {
        const struct weir_zoo_event *event = i == 0 ? &zoo_bench.seen.event : zoo_next();
        ck_assert_int_eq(event->kind, WEIR_ZOO_CHANGED);
        ck_assert_int_eq(zoo_tested()->ops->state(zoo_tested()), WEIR_ZOO_LOST);
        fired |= strcmp(event->path, "/a") == 0 ? 1 : 0;
        fired |= strcmp(event->path, "/") == 0 ? 2 : 0;
        fired |= strcmp(event->path, "/none") == 0 ? 4 : 0;
    }
    ck_assert_uint_eq(fired, 7);
    zoo_expect_state(WEIR_ZOO_LOST);
    ck_assert(!zoo_poll());
    ck_assert_int_eq(zoo_tested()->ops->due(zoo_tested()), WEIR_TIME_NEVER);
}

static void watch_three(void)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/a", "");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a", .watch = true);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CHILDREN, .path = "/", .watch = true);
    ZOO_DO(WEIR_ZOO_ABSENT, .kind = WEIR_ZOO_EXISTS, .path = "/none", .watch = true);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_EXISTS, .path = "/a", .watch = false);
}

START_TEST(an_expired_session_is_lost)
{
    const struct weir_zoo_request sync = {.kind = WEIR_ZOO_SYNC, .path = "/"};

    watch_three();
    setting->expire(zoo_tested()->ops->session(zoo_tested()));
    expect_watches_and_the_end();
    ck_assert_int_eq(zoo_tested()->ops->submit(zoo_tested(), &sync), WEIR_ERR_STATE);
}
END_TEST

START_TEST(a_session_that_nobody_answers_is_lost_at_our_own_deadline)
{
    watch_three();
    setting->freeze();
    ZOO_SUBMIT(.kind = WEIR_ZOO_SYNC, .path = "/", .tag = 8);
    ZOO_SUBMIT(.kind = WEIR_ZOO_SYNC, .path = "/", .tag = 9);
    zoo_bench.now += ms(OURS_MS) - 1;
    ck_assert(!zoo_poll());
    ck_assert_int_eq(zoo_tested()->ops->state(zoo_tested()), WEIR_ZOO_CONNECTED);
    ck_assert_int_eq(zoo_tested()->ops->due(zoo_tested()), zoo_bench.now + 1);
    ck_assert_int_eq(zoo_tested()->ops->deadline(zoo_tested()), zoo_bench.now + 1);
    zoo_bench.now += 1;
    zoo_expect_answer(8, WEIR_ZOO_UNKNOWN);
    ck_assert_int_eq(zoo_tested()->ops->state(zoo_tested()), WEIR_ZOO_LOST);
    ck_assert_int_le(zoo_tested()->ops->due(zoo_tested()), zoo_bench.now);
    ck_assert_int_le(zoo_tested()->ops->deadline(zoo_tested()), zoo_bench.now);
    zoo_expect_answer(9, WEIR_ZOO_UNKNOWN);
    expect_watches_and_the_end();
}
END_TEST

START_TEST(a_session_without_a_connection_is_lost_at_our_own_deadline)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    setting->cut();
    zoo_expect_state(WEIR_ZOO_SUSPENDED);
    zoo_bench.now += ms(OURS_MS) - 1;
    ck_assert(!zoo_poll());
    zoo_bench.now += 1;
    zoo_expect_state(WEIR_ZOO_LOST);
    setting->mend();
    ck_assert(!zoo_poll());
}
END_TEST

/* An answer that waited while we stood still is too old to be acted on. */
START_TEST(after_standing_still_the_deadline_is_looked_at_first)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    ZOO_SUBMIT(.kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true, .tag = 5);
    setting->await(&zoo_bench.wakes, zoo_bench.woken + 1);
    zoo_bench.now += ms(OURS_MS);
    zoo_expect_answer(5, WEIR_ZOO_UNKNOWN);
    zoo_expect_state(WEIR_ZOO_LOST);
}
END_TEST

START_TEST(while_servers_answer_it_is_kept_fresh)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    for (int round = 0; round < 2 * TIMEOUT_MS / ASK_MS; round++) {
        ck_assert_int_le(zoo_tested()->ops->due(zoo_tested()), zoo_bench.now + ms(ASK_MS));
        zoo_bench.now += ms(ASK_MS);
        ck_assert(!zoo_poll()); /* it asks */
        ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/");
    }
    zoo_expect_quiet();
}
END_TEST

START_TEST(a_close_ends_it_whatever_is_out)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    setting->freeze();
    for (int i = 0; i < 100; i++) {
        ZOO_SUBMIT(.kind = WEIR_ZOO_SYNC, .path = "/");
    }
    zoo_tested()->ops->close(zoo_tested());
    uint64_t woken = gate_value(&zoo_bench.wakes);
    zoo_bench.zoo = NULL;
    ck_assert(!setting->closed());
    setting->mend();
    zoo_bench_close(); /* waits for its end */
    ck_assert_uint_eq(gate_value(&zoo_bench.wakes), woken);
}
END_TEST

START_TEST(a_close_may_come_at_any_time)
{
    if (_i == 0) {
        setting->cut();
    }
    zoo_bench_open(TIMEOUT_MS);
    if (_i == 2) {
        zoo_expect_state(WEIR_ZOO_CONNECTED);
        zoo_make_node("/a", "");
        ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/a", .watch = true);
        setting->set(zoo_path("/a"), "1");
        setting->await(&zoo_bench.wakes, zoo_bench.woken + 1); /* unread */
    }
    zoo_bench_close();
}
END_TEST

START_TEST(without_servers_to_name_it_cannot_open)
{
    struct weir_error error = {.code = WEIR_OK};
    const struct weir_zoo_options options = {.config = zoo_bench.config};
    struct weir_zoo *none = NULL;

    config_set(zoo_bench.config, "zookeeper.connect", "");
    ck_assert_int_eq(setting->library->open(&options, &none, &error), WEIR_ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "zookeeper.connect"));
    ck_assert_ptr_null(none);
}
END_TEST

static TCase *conformance(const char *name, void (*set_up)(void))
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, zoo_bench_tear_down);
    tcase_add_test(tcase, a_session_connects_in_the_background);
    tcase_add_test(tcase, after_a_broken_connection_the_session_goes_on);
    tcase_add_test(tcase, what_was_out_when_the_connection_broke_is_unknown);
    tcase_add_test(tcase, an_expired_session_is_lost);
    tcase_add_test(tcase, a_session_that_nobody_answers_is_lost_at_our_own_deadline);
    tcase_add_test(tcase, a_session_without_a_connection_is_lost_at_our_own_deadline);
    tcase_add_test(tcase, after_standing_still_the_deadline_is_looked_at_first);
    tcase_add_test(tcase, while_servers_answer_it_is_kept_fresh);
    tcase_add_test(tcase, a_close_ends_it_whatever_is_out);
    tcase_add_loop_test(tcase, a_close_may_come_at_any_time, 0, 3);
    tcase_add_test(tcase, without_servers_to_name_it_cannot_open);
    return tcase;
}

int main(void)
{
    zoo_setting_zookeeper_start();
    int result = runner_run_two("zoo_session", conformance("zookeeper", set_up_zookeeper),
                                conformance("standin", set_up_standin));
    zoo_setting_zookeeper_stop();
    return result;
}
