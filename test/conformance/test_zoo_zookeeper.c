#include "framework/zoo_zookeeper.h"

#include "framework/base/memory.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/proxy.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/zoo_bench.h"
#include "test/support/zookeeper_admin.h"
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/export.h>

/* What only the real library has: its configuration, its log, and real time. */

enum { TIMEOUT_MS = 30000, WAIT_MS = 60000, ALL = 31, CREATE = 4 };

static void set_up(void)
{
    zoo_bench_set_up(&zoo_setting_zookeeper);
}

static void ignore_wake(void *user)
{
    (void)user;
}

static struct zookeeper_admin *admin(void)
{
    return zoo_setting_zookeeper_admin();
}

/* Sets "zookeeper.connect". */
static void connect_below(const char *chroot)
{
    char *connect = text_format("%s%s", zoo_setting_zookeeper.connect(), chroot);

    config_set(zoo_bench.config, "zookeeper.connect", connect);
    free(connect);
}

START_TEST(what_is_kept_is_below_the_path_of_the_address)
{
    char *chroot = text_format("%s/a/b", zoo_bench.chroot);
    char *path = text_format("%s/node", chroot);

    connect_below(chroot);
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/node", .data = "here", .size = 4);
    char *data = zookeeper_admin_get(admin(), path);
    ck_assert_ptr_nonnull(data);
    ck_assert_str_eq(data, "here");
    free(data);
    free(path);
    free(chroot);
}
END_TEST

START_TEST(without_a_path_it_is_kept_at_the_root)
{
    connect_below("");
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/weir-was-here", .ephemeral = true);
    ck_assert_int_eq(zookeeper_admin_owner(admin(), "/weir-was-here"),
                     zoo_tested()->ops->session(zoo_tested()));
}
END_TEST

START_TEST(a_path_that_cannot_be_made_is_named_until_it_can)
{
    char *chroot = text_format("%s/chroot", zoo_bench.chroot);

    zookeeper_admin_create(admin(), zoo_bench.chroot, "");
    zookeeper_admin_allow(admin(), zoo_bench.chroot, ALL - CREATE);
    connect_below(chroot);
    zoo_bench_open(TIMEOUT_MS);
    while ((void)zoo_poll(), strstr(zoo_bench.last_line, "cannot be made") == NULL) {
        gate_await(&zoo_bench.wakes, zoo_bench.woken + 1);
    }
    assert_contains(zoo_bench.last_line, "zookeeper.connect: the node /run-");
    assert_contains(zoo_bench.last_line, "/chroot is not there and cannot be made: not auth");
    ck_assert_int_eq(zoo_tested()->ops->state(zoo_tested()), WEIR_ZOO_CONNECTING);
    zookeeper_admin_allow(admin(), zoo_bench.chroot, ALL);
    zoo_bench.now = zoo_tested()->ops->due(zoo_tested());
    zoo_expect_state(WEIR_ZOO_CONNECTED);
    free(chroot);
}
END_TEST

START_TEST(what_may_not_be_done_is_denied)
{
    zoo_bench_connect(TIMEOUT_MS);
    zookeeper_admin_create(admin(), zoo_path("/a"), "");
    zookeeper_admin_allow(admin(), zoo_path("/a"), ALL - CREATE);
    ZOO_DO(WEIR_ZOO_DENIED, .kind = WEIR_ZOO_CREATE, .path = "/a/b");
    zookeeper_admin_allow(admin(), zoo_path("/a"), 0);
    ZOO_DO(WEIR_ZOO_DENIED, .kind = WEIR_ZOO_GET, .path = "/a");
}
END_TEST

START_TEST(with_a_digest_others_may_read_and_nothing_else)
{
    config_set(zoo_bench.config, "zookeeper.digest", "weir:CANARY");
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/a", .data = "1", .size = 1);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_SET, .path = "/a", .data = "2", .size = 1);
    char *access = zookeeper_admin_access(admin(), zoo_path("/a"));
    ck_assert_str_eq(access, "digest weir:x 31\nworld anyone 1\n"); /* x: not for others */
    free(access);
    char *data = zookeeper_admin_get(admin(), zoo_path("/a"));
    ck_assert_str_eq(data, "2");
    free(data);
    zoo_bench_close();
    ck_assert_int_eq(
        weir_config_set(zoo_bench.config, "zookeeper.digest", "", WEIR_CONFIG_ARGUMENT, NULL),
        WEIR_OK);
    zoo_bench.woken = gate_value(&zoo_bench.wakes);
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_DENIED, .kind = WEIR_ZOO_SET, .path = "/a", .version = WEIR_ZOO_ANY_VERSION);
}
END_TEST

START_TEST(without_a_digest_everybody_may_do_everything)
{
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/a");
    char *access = zookeeper_admin_access(admin(), zoo_path("/a"));
    ck_assert_str_eq(access, "world anyone 31\n");
    free(access);
}
END_TEST

/* Those of the tests allow 1 to 60 s. */
static const struct {
    const char *asked;
    const char *said; /* as the last line */
    weir_time made;
} timeouts[] = {
    {"6s", ", 6000 ms", 6000 * (weir_time)WEIR_NS_PER_MS},
    {"600000", "the server made 60000 of 600000 ms", 60000 * (weir_time)WEIR_NS_PER_MS}};

START_TEST(the_servers_have_the_last_word_on_the_session_timeout)
{
    config_set(zoo_bench.config, "zookeeper.session.timeout.ms", timeouts[_i].asked);
    zoo_bench_connect(0);
    assert_contains(zoo_bench.last_line, timeouts[_i].said);
    zoo_expect_quiet();
    ck_assert_int_eq(zoo_tested()->ops->due(zoo_tested()) - zoo_bench.now, timeouts[_i].made / 6);
}
END_TEST

/* With this timeout the library tries five times in a second, and says two lines each time. */
START_TEST(while_no_server_is_there_little_is_said_of_it)
{
    enum { PATIENT_MS = 12000, TRIES = 8, LINES_MAX = 8 };

    zoo_bench_connect(PATIENT_MS);
    zoo_setting_zookeeper.cut();
    zoo_expect_state(WEIR_ZOO_SUSPENDED);
    uint64_t before = proxy_counts(zoo_setting_zookeeper_proxy()).accepted;
    WAIT_UNTIL((zoo_poll(), proxy_counts(zoo_setting_zookeeper_proxy()).accepted - before >= TRIES),
               WAIT_MS);
    ck_assert_uint_ge(zoo_bench.lines, 3); /* connected, suspended, and why */
    ck_assert_uint_le(zoo_bench.lines, LINES_MAX);
}
END_TEST

START_TEST(a_name_that_cannot_be_looked_up_is_tried_again_until_close)
{
    char name[100] = "";

    memset(name, 'n', sizeof name - 1); /* no name server is asked for such a long one */
    config_set(zoo_bench.config, "zookeeper.connect", name);
    zoo_bench_open(TIMEOUT_MS);
    WAIT_UNTIL((zoo_poll(), zoo_bench.lines > 0), WAIT_MS);
    ck_assert_int_eq(zoo_tested()->ops->state(zoo_tested()), WEIR_ZOO_CONNECTING);
    ck_assert_int_le(zoo_tested()->ops->due(zoo_tested()) - zoo_bench.now,
                     1000 * (weir_time)WEIR_NS_PER_MS);
    zoo_bench_close();
}
END_TEST

static atomic_uint lookups; /* of anybody in this process */

/* Stands before libc's. */
WEIR_API int getaddrinfo(const char *name, const char *service, const struct addrinfo *wanted,
                         struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

    memcpy(&real, &symbol, sizeof real);
    (void)atomic_fetch_add(&lookups, 1);
    return real(name, service, wanted, found);
}

/* By itself the library does so with each message, on the thread that also tells the servers that
 * we live. */
START_TEST(names_are_looked_up_to_connect_and_no_more)
{
    enum { REQUESTS = 100, SETTLES = 10 };

    zoo_bench_connect(TIMEOUT_MS);
    for (int i = 0; i < SETTLES; i++) {
        ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_SYNC, .path = "/");
    }
    unsigned connected = atomic_load(&lookups);
    unsigned afterwards = 0;
    ck_assert_uint_ge(connected, 1);
    for (int i = 0; i < REQUESTS; i++) {
        ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_SYNC, .path = "/");
    }
    afterwards = atomic_load(&lookups);
    ck_assert_uint_eq(afterwards, connected);
    zoo_setting_zookeeper.cut();
    zoo_expect_state(WEIR_ZOO_SUSPENDED);
    zoo_setting_zookeeper.mend();
    zoo_expect_state(WEIR_ZOO_CONNECTED);
    afterwards = atomic_load(&lookups);
    ck_assert_uint_gt(afterwards, connected); /* who moved is found again */
}
END_TEST

static pthread_t ours;
static atomic_uint wakes_by_us;

static void note_wake(void *user)
{
    (void)atomic_fetch_add(&wakes_by_us, pthread_equal(pthread_self(), ours) ? 1 : 0);
    (void)gate_add(user, 1);
}

/* S47. That what is told is told on one thread is asserted in the product, at each call. */
START_TEST(the_librarys_threads_wake_us_and_do_nothing_else)
{
    struct weir_error error = {.code = WEIR_OK};
    const struct weir_zoo_options options = {.config = zoo_bench.config,
                                             .report = &zoo_bench.report,
                                             .wake = note_wake,
                                             .wake_user = &zoo_bench.wakes};

    ours = pthread_self();
    ck_assert_int_eq(weir_zoo_library_zookeeper.open(&options, &zoo_bench.zoo, &error), WEIR_OK);
    zoo_expect_state(WEIR_ZOO_CONNECTED);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/", .watch = true);
    zoo_expect_quiet();
    uint64_t woken = gate_value(&zoo_bench.wakes);
    zoo_setting_zookeeper.set(zoo_path("/"), "1");
    gate_await(&zoo_bench.wakes, woken + 1);
    zoo_expect_changed("/");
    ck_assert_uint_eq(atomic_load(&wakes_by_us), 0);
}
END_TEST

/* More sessions than have a voice of their own in the log. */
START_TEST(many_sessions_live_side_by_side)
{
    enum { SESSIONS = 12 };
    struct weir_zoo *others[SESSIONS];

    for (size_t i = 0; i < SESSIONS; i++) {
        zoo_bench_connect(TIMEOUT_MS);
        others[i] = zoo_bench.zoo;
        zoo_bench.woken = gate_value(&zoo_bench.wakes);
    }
    zoo_bench.zoo = NULL;
    ck_assert_uint_eq(weir_zoo_sessions_alive(), SESSIONS);
    for (size_t i = 0; i < SESSIONS; i++) {
        others[i]->ops->close(others[i]);
    }
    zoo_bench_close();
    ck_assert_uint_eq(weir_zoo_sessions_alive(), 0);
}
END_TEST

START_TEST(without_memory_it_does_not_open)
{
    struct weir_error error = {.code = WEIR_OK};
    const struct weir_zoo_options options = {
        .config = zoo_bench.config, .report = &zoo_bench.report, .wake = ignore_wake};
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status == WEIR_ERR_NOMEM) {
        weir_memory_fail_nth(++nth);
        status = weir_zoo_library_zookeeper.open(&options, &zoo_bench.zoo, &error);
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || error.code == WEIR_ERR_NOMEM);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_gt(nth, 4);
}
END_TEST

START_TEST(without_memory_nothing_is_sent)
{
    struct weir_zoo_request parts[] = {{.kind = WEIR_ZOO_CREATE, .path = "/a"}};
    const struct weir_zoo_request requests[] = {
        {.kind = WEIR_ZOO_EXISTS, .path = "/a", .watch = true},
        {.kind = WEIR_ZOO_MULTI, .parts = parts, .part_count = 1}};
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    while (status == WEIR_ERR_NOMEM) {
        weir_memory_fail_nth(++nth);
        status = zoo_tested()->ops->submit(zoo_tested(), &requests[_i]);
        weir_memory_fail_nth(0);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_eq(nth, _i == 0 ? 4 : 3);
    zoo_expect_answer(0, _i == 0 ? WEIR_ZOO_ABSENT : WEIR_ZOO_OK);
    zoo_expect_quiet();
}
END_TEST

/* The third is made for the answer, on the library's thread. */
START_TEST(without_memory_an_answer_says_so)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_expect_quiet();
    for (int i = 0; i < 2; i++) {
        weir_memory_fail_nth(3);
        ZOO_DO(WEIR_ZOO_FAILED, .kind = i == 0 ? WEIR_ZOO_GET : WEIR_ZOO_CHILDREN, .path = "/");
        ck_assert_str_eq(zoo_bench.seen.text, "out of memory");
        weir_memory_fail_nth(0);
    }
    zoo_expect_quiet();
}
END_TEST

START_TEST(a_change_that_cannot_be_told_ends_the_session)
{
    zoo_bench_connect(TIMEOUT_MS);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/", .watch = true);
    zoo_expect_quiet();
    weir_memory_fail_nth(1);
    zoo_setting_zookeeper.set(zoo_path("/"), "1");
    zoo_expect_changed("/"); /* as all watches do at the end */
    zoo_expect_state(WEIR_ZOO_LOST);
    weir_memory_fail_nth(0);
    assert_contains(zoo_bench.last_line, "out of memory");
}
END_TEST

/* Real time from here on. */
static enum weir_zoo_state poll_now(void)
{
    zoo_bench.now = weir_clock_now();
    while (zoo_poll()) {
    }
    return zoo_tested()->ops->state(zoo_tested());
}

/* A session of /e with a short timeout. If we stood still meanwhile it may be lost: then another.
 */
static void own_node_in_real_time(int64_t timeout_ms)
{
    const struct weir_zoo_request node = {.kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true};
    struct deadline deadline = deadline_in_ms(WAIT_MS);
    bool asked = false;

    zoo_bench_open(timeout_ms);
    while (zoo_setting_zookeeper.owner(zoo_path("/e")) <= 0) {
        enum weir_zoo_state state = poll_now();
        if (state == WEIR_ZOO_LOST) {
            zoo_bench_close();
            zoo_bench_open(timeout_ms);
            asked = false;
        } else if (state == WEIR_ZOO_CONNECTED && !asked) {
            asked = zoo_tested()->ops->submit(zoo_tested(), &node) == WEIR_OK;
        }
        deadline_require(deadline, "the node is there", __FILE__, __LINE__);
    }
}

static int64_t passed_ms(weir_time since)
{
    return (weir_clock_now() - since) / WEIR_NS_PER_MS;
}

START_TEST(while_a_server_stands_still_the_session_is_lost_without_a_word_of_it)
{
    own_node_in_real_time(1000);
    weir_time frozen = weir_clock_now();
    zoo_setting_zookeeper.freeze();
    WAIT_UNTIL(poll_now() == WEIR_ZOO_LOST, WAIT_MS);
    printf("1000 ms: lost %lld ms after the server stood still\n", (long long)passed_ms(frozen));
}
END_TEST

/* The server is well, and hears nothing of us any more. Whenever it has given the node away, we
 * know already that the session is lost. */
START_TEST(a_session_is_lost_before_the_server_gives_away_what_it_owns)
{
    bool gone = false;
    int64_t lost_ms = -1;

    own_node_in_real_time(2000);
    proxy_set_weather(zoo_setting_zookeeper_proxy(), &(struct proxy_weather){.silent = true});
    weir_time silent = weir_clock_now();
    struct deadline deadline = deadline_in_ms(WAIT_MS);
    while (!gone) {
        gone = zoo_setting_zookeeper.owner(zoo_path("/e")) == -1;
        bool lost = poll_now() == WEIR_ZOO_LOST;
        ck_assert(lost || !gone);
        lost_ms = lost && lost_ms < 0 ? passed_ms(silent) : lost_ms;
        deadline_require(deadline, "the server gives the node away", __FILE__, __LINE__);
    }
    printf("2000 ms: lost after %lld ms of silence, given away after %lld\n", (long long)lost_ms,
           (long long)passed_ms(silent));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zookeeper");

    tcase_add_checked_fixture(tcase, set_up, zoo_bench_tear_down);
    tcase_add_test(tcase, what_is_kept_is_below_the_path_of_the_address);
    tcase_add_test(tcase, without_a_path_it_is_kept_at_the_root);
    tcase_add_test(tcase, a_path_that_cannot_be_made_is_named_until_it_can);
    tcase_add_test(tcase, what_may_not_be_done_is_denied);
    tcase_add_test(tcase, with_a_digest_others_may_read_and_nothing_else);
    tcase_add_test(tcase, without_a_digest_everybody_may_do_everything);
    tcase_add_loop_test(tcase, the_servers_have_the_last_word_on_the_session_timeout, 0, 2);
    tcase_add_test(tcase, while_no_server_is_there_little_is_said_of_it);
    tcase_add_test(tcase, a_name_that_cannot_be_looked_up_is_tried_again_until_close);
    tcase_add_test(tcase, names_are_looked_up_to_connect_and_no_more);
    tcase_add_test(tcase, the_librarys_threads_wake_us_and_do_nothing_else);
    tcase_add_test(tcase, many_sessions_live_side_by_side);
    tcase_add_test(tcase, without_memory_it_does_not_open);
    tcase_add_loop_test(tcase, without_memory_nothing_is_sent, 0, 2);
    tcase_add_test(tcase, without_memory_an_answer_says_so);
    tcase_add_test(tcase, a_change_that_cannot_be_told_ends_the_session);
    tcase_add_test(tcase, while_a_server_stands_still_the_session_is_lost_without_a_word_of_it);
    tcase_add_test(tcase, a_session_is_lost_before_the_server_gives_away_what_it_owns);
    zoo_setting_zookeeper_start();
    int result = runner_run("zoo_zookeeper", tcase);
    zoo_setting_zookeeper_stop();
    return result;
}
