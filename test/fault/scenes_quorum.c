/* What happens when most servers of a ZooKeeper ensemble are away for a while, or one of them is
 * behind: S45. */
#include "framework/zoo_zookeeper.h"

#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/zoo_bench.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"
#include <stdlib.h>
#include <string.h>

/* Three servers; the session knows only the one that it is about. Our own deadline is not: the time
 * that poll is told stands still. */

/* An election may take its time. */
enum { SERVERS = 3, TIMEOUT_MS = 60000, AWAIT_MS = 100000, TEST_SECONDS = 300 };

static struct zookeeper *servers; /* the program's: the tests stop and resume them */
static int server;                /* the session's */
static char *address;
static uint32_t changes; /* watches that fired */

static void resume_all(void)
{
    for (int i = 0; i < SERVERS; i++) {
        zookeeper_resume(servers, i);
    }
}

static char *address_of(int index)
{
    return text_format("127.0.0.1:%u", (unsigned)zookeeper_port(servers, index));
}

static void open_at_leader(void)
{
    resume_all();
    changes = 0;
    server = zookeeper_leader(servers);
    address = address_of(server);
}

static void open_at_follower(void)
{
    open_at_leader();
    free(address);
    server = (server + 1) % SERVERS;
    address = address_of(server);
}

static void close_setting(void)
{
    free(address);
}

static const char *connect_string(void)
{
    return address;
}

static void await(struct gate *wakes, uint64_t value)
{
    WAIT_UNTIL(gate_value(wakes) >= value, AWAIT_MS);
}

static void set_up(void (*open)(void))
{
    static struct zoo_setting setting;

    setting = zoo_setting_zookeeper;
    setting.open = open;
    setting.close = close_setting;
    setting.connect = connect_string;
    setting.await = await;
    setting.mend = resume_all;
    zoo_bench_set_up(&setting);
}

static void set_up_at_leader(void)
{
    set_up(open_at_leader);
}

static void set_up_at_follower(void)
{
    set_up(open_at_follower);
}

/* Until the session is in that state; what was out is answered meanwhile, and not as done. */
static void await_state(enum weir_zoo_state state)
{
    const struct weir_zoo_event *event = NULL;

    do {
        event = zoo_next();
        ck_assert(event->kind != WEIR_ZOO_ANSWER || event->result == WEIR_ZOO_UNKNOWN);
        ck_assert(event->kind != WEIR_ZOO_STATE || event->state != WEIR_ZOO_LOST);
        changes += event->kind == WEIR_ZOO_CHANGED;
    } while (event->kind != WEIR_ZOO_STATE || event->state != state);
}

/* The answer of a server, however often a connection breaks before it comes. */
static const struct weir_zoo_event *ask(struct weir_zoo_request request)
{
    const struct weir_zoo_event *event = NULL;

    do {
        request.tag++;
        if (zoo_bench.zoo->ops->submit(zoo_bench.zoo, &request) != WEIR_OK) {
            await_state(WEIR_ZOO_CONNECTED);
            continue;
        }
        do {
            event = zoo_next();
            changes += event->kind == WEIR_ZOO_CHANGED;
        } while (event->kind != WEIR_ZOO_ANSWER || event->tag != request.tag);
    } while (event == NULL || event->result == WEIR_ZOO_UNKNOWN);
    return event;
}
#define ASK(...) ask((struct weir_zoo_request){__VA_ARGS__})

static void expect_owner(const char *path, int64_t session)
{
    struct zookeeper_admin *admin = zookeeper_admin_open(zookeeper_connect(servers), NULL);

    ck_assert_int_eq(zookeeper_admin_owner(admin, zoo_path(path)), session);
    zookeeper_admin_close(admin);
}

/* It asks for something before it knows, and that is not said to be done. */
START_TEST(a_minority_does_nothing_and_the_session_goes_on_with_the_majority)
{
    zoo_bench_connect(TIMEOUT_MS);
    int64_t session = zoo_bench.zoo->ops->session(zoo_bench.zoo);
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_CREATE, .path = "/e", .ephemeral = true);
    zoo_make_node("/n", "before");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/n", .watch = true);
    for (int i = 1; i < SERVERS; i++) {
        zookeeper_pause(servers, (server + i) % SERVERS);
    }
    ZOO_SUBMIT(.kind = WEIR_ZOO_SET, .path = "/n", .data = "late", .size = strlen("late"));
    await_state(WEIR_ZOO_SUSPENDED);
    const struct weir_zoo_request more = {.kind = WEIR_ZOO_SYNC, .path = "/"};
    ck_assert_int_eq(zoo_bench.zoo->ops->submit(zoo_bench.zoo, &more), WEIR_ERR_STATE);

    resume_all();
    await_state(WEIR_ZOO_CONNECTED);
    ck_assert_int_eq(zoo_bench.zoo->ops->session(zoo_bench.zoo), session);
    ck_assert_int_eq(ASK(.kind = WEIR_ZOO_SET, .path = "/n", .data = "after", .size = 5,
                         .version = WEIR_ZOO_ANY_VERSION)
                         ->result,
                     WEIR_ZOO_OK);
    ck_assert_str_eq(ASK(.kind = WEIR_ZOO_GET, .path = "/n")->data, "after");
    ck_assert_uint_eq(changes, 1);
    expect_owner("/e", session);
}
END_TEST

/* What it read is out of date, and it hears of it; what it asks for on the strength of that is
 * refused; after a sync it reads what is. */
START_TEST(what_a_server_that_is_behind_lets_one_believe_is_not_obeyed)
{
    zoo_bench_connect(TIMEOUT_MS);
    zoo_make_node("/n", "0");
    ZOO_DO(WEIR_ZOO_OK, .kind = WEIR_ZOO_GET, .path = "/n", .watch = true);
    char *one = address_of((server + 1) % SERVERS);
    char *two = address_of((server + 2) % SERVERS);
    char *others = text_format("%s,%s", one, two);
    zookeeper_pause(servers, server);
    struct zookeeper_admin *admin = zookeeper_admin_open(others, NULL);
    zookeeper_admin_set(admin, zoo_path("/n"), "1");
    zookeeper_admin_set(admin, zoo_path("/n"), "2");
    zookeeper_admin_close(admin);
    ZOO_SUBMIT(.kind = WEIR_ZOO_SET, .path = "/n", .data = "old", .size = 3, .version = 0);
    resume_all();
    while (zoo_next()->kind != WEIR_ZOO_ANSWER) {
        changes += zoo_bench.seen.event.kind == WEIR_ZOO_CHANGED;
    }
    ck_assert_int_ne(zoo_bench.seen.event.result, WEIR_ZOO_OK);
    ck_assert_int_eq(ASK(.kind = WEIR_ZOO_SYNC, .path = "/")->result, WEIR_ZOO_OK);
    const struct weir_zoo_event *event = ASK(.kind = WEIR_ZOO_GET, .path = "/n");
    ck_assert_str_eq(event->data, "2");
    ck_assert_int_eq(event->facts.version, 2);
    ck_assert_uint_eq(changes, 1);
    free(one);
    free(two);
    free(others);
}
END_TEST

int main(void)
{
    TCase *leader = tcase_create("at the leader");
    TCase *follower = tcase_create("at a follower");

    tcase_add_checked_fixture(leader, set_up_at_leader, zoo_bench_tear_down);
    tcase_add_test(leader, a_minority_does_nothing_and_the_session_goes_on_with_the_majority);
    tcase_add_checked_fixture(follower, set_up_at_follower, zoo_bench_tear_down);
    tcase_add_test(follower, a_minority_does_nothing_and_the_session_goes_on_with_the_majority);
    tcase_add_test(follower, what_a_server_that_is_behind_lets_one_believe_is_not_obeyed);
    tcase_set_timeout(leader, TEST_SECONDS);
    tcase_set_timeout(follower, TEST_SECONDS);
    servers = zookeeper_start(SERVERS);
    int failed = runner_run_two("scenes_quorum", leader, follower);
    zookeeper_stop(servers);
    return failed;
}
