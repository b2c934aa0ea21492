#include "framework/zoo_zookeeper.h"

#include "test/support/runner.h"
#include "test/support/zoo_bench.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

/* Three servers, of which one goes. Our own deadline is not what this is about: the time that poll
 * is told stands still. */

enum { TIMEOUT_MS = 30000 };

static struct zookeeper *servers;

static void open_setting(void)
{
    servers = zookeeper_start(3);
}

static void close_setting(void)
{
    zookeeper_stop(servers);
}

static const char *connect_string(void)
{
    return zookeeper_connect(servers);
}

static void do_nothing(void)
{
}

static void set_up(void)
{
    static struct zoo_setting setting;

    setting = zoo_setting_zookeeper;
    setting.open = open_setting;
    setting.close = close_setting;
    setting.connect = connect_string;
    setting.mend = do_nothing;
    zoo_bench_set_up(&setting);
}

/* A sync is answered by the leader, so by the new one. What else is told meanwhile depends on who
 * was quicker. */
static void await_the_new_leader(void)
{
    const struct weir_zoo_request sync = {.kind = WEIR_ZOO_SYNC, .path = "/", .tag = 1};
    bool answered = false;

    while (!answered) {
        bool sent = zoo_bench.zoo->ops->submit(zoo_bench.zoo, &sync) == WEIR_OK;
        const struct weir_zoo_event *event = zoo_next();
        while (sent && event->kind != WEIR_ZOO_ANSWER) {
            event = zoo_next();
        }
        answered = sent && event->result == WEIR_ZOO_OK;
    }
}

START_TEST(when_the_leader_is_killed_the_session_goes_on_with_another)
{
    zoo_bench_connect(TIMEOUT_MS);
    int64_t session = zoo_bench.zoo->ops->session(zoo_bench.zoo);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/e", .watch = true);
    int leader = zookeeper_leader(servers);
    zookeeper_kill(servers, leader);
    await_the_new_leader();
    ck_assert_int_ne(zookeeper_leader(servers), leader);
    ck_assert_int_eq(zoo_bench.zoo->ops->session(zoo_bench.zoo), session);
    struct zookeeper_admin *admin = zookeeper_admin_open(zookeeper_connect(servers), NULL);
    ck_assert_int_eq(zookeeper_admin_owner(admin, zoo_path("/e")), session);
    zookeeper_admin_set(admin, zoo_path("/e"), "changed by the new leader");
    while (zoo_next()->kind == WEIR_ZOO_STATE) {
    }
    ck_assert_int_eq(zoo_bench.seen.event.kind, WEIR_ZOO_CHANGED);
    ck_assert_str_eq(zoo_bench.seen.event.path, "/e");
    zookeeper_admin_close(admin);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ensemble");

    tcase_add_checked_fixture(tcase, set_up, zoo_bench_tear_down);
    tcase_add_test(tcase, when_the_leader_is_killed_the_session_goes_on_with_another);
    return runner_run("zoo_ensemble", tcase);
}
