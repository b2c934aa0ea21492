#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include <string.h>

/* The tests of members rest on this ZooKeeper: it must do what zoo.h says. */

enum { HOSTS = 2, TURNS_MAX = 200000 };

#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

static struct weir_zoo *zoos[HOSTS];
static struct weir_zoo_event last[HOSTS]; /* the last answer */
static uint32_t answers[HOSTS];
static uint32_t changes[HOSTS];
static char changed[HOSTS][64];

static void wake_nobody(void *user)
{
    (void)user;
}

static void open_host(unsigned host)
{
    const struct weir_zoo_options options = {.wake = wake_nobody};

    sim_zoo_host(host);
    ck_assert_int_eq(sim_zoo_library.open(&options, &zoos[host], NULL), WEIR_OK);
    ck_assert_int_eq(zoos[host]->ops->state(zoos[host]), WEIR_ZOO_CONNECTING);
}

static void hear(unsigned host)
{
    struct weir_zoo_event event;

    while (zoos[host] != NULL && zoos[host]->ops->poll(zoos[host], sim_zoo_now(), &event)) {
        if (event.kind == WEIR_ZOO_ANSWER) {
            last[host] = event;
            answers[host]++;
        } else if (event.kind == WEIR_ZOO_CHANGED) {
            changes[host]++;
            (void)strncpy(changed[host], event.path, sizeof changed[host] - 1);
        }
    }
}

static void pass_ms(int64_t ms)
{
    for (int64_t i = 0; i < ms; i++) {
        sim_zoo_advance(sim_zoo_now() + MS(1));
        hear(0);
        hear(1);
    }
}

/* Answers while this waits are not lost: the pointers of the last one hold. */
static enum weir_zoo_result ask(unsigned host, struct weir_zoo_request request)
{
    uint32_t before = answers[host];

    ck_assert_int_eq(zoos[host]->ops->submit(zoos[host], &request), WEIR_OK);
    for (int i = 0; i < TURNS_MAX && answers[host] == before; i++) {
        struct weir_zoo_event event;
        sim_zoo_advance(sim_zoo_now() + MS(1));
        if (zoos[host]->ops->poll(zoos[host], sim_zoo_now(), &event) &&
            event.kind == WEIR_ZOO_ANSWER) {
            last[host] = event;
            answers[host]++;
        }
    }
    ck_assert_uint_eq(answers[host], before + 1);
    return last[host].result;
}

static struct weir_zoo_request create(const char *path, bool ephemeral)
{
    return (struct weir_zoo_request){
        .kind = WEIR_ZOO_CREATE, .path = path, .data = "x", .size = 1, .ephemeral = ephemeral};
}

static struct weir_zoo_request read_of(enum weir_zoo_kind kind, const char *path, bool watch)
{
    return (struct weir_zoo_request){.kind = kind, .path = path, .watch = watch};
}

static void set_up(void)
{
    sim_zoo_open(1);
    memset(answers, 0, sizeof answers);
    memset(changes, 0, sizeof changes);
    open_host(0);
    open_host(1);
    pass_ms(5);
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_CONNECTED);
}

static void tear_down(void)
{
    for (unsigned host = 0; host < HOSTS; host++) {
        if (zoos[host] != NULL) {
            zoos[host]->ops->close(zoos[host]);
            zoos[host] = NULL;
        }
    }
    sim_zoo_close();
}

START_TEST(nodes_are_made_read_changed_and_removed)
{
    ck_assert_int_eq(ask(0, create("/a/b", false)), WEIR_ZOO_ABSENT);
    ck_assert_int_eq(ask(0, create("/a", false)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(0, create("/a", false)), WEIR_ZOO_PRESENT);
    ck_assert_int_eq(ask(0, create("/a/b", true)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(1, read_of(WEIR_ZOO_GET, "/a/b", false)), WEIR_ZOO_OK);
    ck_assert_str_eq(last[1].data, "x");
    ck_assert_int_eq(last[1].facts.owner, zoos[0]->ops->session(zoos[0]));
    ck_assert_int_eq(ask(1, read_of(WEIR_ZOO_CHILDREN, "/a", false)), WEIR_ZOO_OK);
    ck_assert_uint_eq(last[1].name_count, 1);
    ck_assert_str_eq(last[1].names[0], "b");
    struct weir_zoo_request set = {
        .kind = WEIR_ZOO_SET, .path = "/a/b", .data = "yz", .size = 2, .version = 0};
    ck_assert_int_eq(ask(1, set), WEIR_ZOO_OK);
    ck_assert_int_eq(last[1].facts.version, 1);
    ck_assert_int_eq(ask(1, set), WEIR_ZOO_OTHER);
    struct weir_zoo_request gone = {.kind = WEIR_ZOO_DELETE, .path = "/a", .version = -1};
    ck_assert_int_eq(ask(1, gone), WEIR_ZOO_OTHER);
    gone.path = "/a/b";
    ck_assert_int_eq(ask(1, gone), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(1, gone), WEIR_ZOO_ABSENT);
}
END_TEST

START_TEST(a_transaction_is_all_or_nothing_and_says_what_failed)
{
    const struct weir_zoo_request parts[] = {
        create("/a", false), {.kind = WEIR_ZOO_CHECK, .path = "/fence", .version = 3}};
    const struct weir_zoo_request multi = {
        .kind = WEIR_ZOO_MULTI, .path = "", .parts = parts, .part_count = 2};

    sim_zoo_write("/fence", "");
    ck_assert_int_eq(ask(0, multi), WEIR_ZOO_OTHER);
    ck_assert_uint_eq(last[0].failed_part, 1);
    ck_assert(!sim_zoo_exists("/a"));
    for (int i = 0; i < 3; i++) {
        sim_zoo_write("/fence", "");
    }
    ck_assert_int_eq(ask(0, multi), WEIR_ZOO_OK);
    ck_assert(sim_zoo_exists("/a"));
}
END_TEST

START_TEST(a_node_is_replaced_in_one_transaction)
{
    const struct weir_zoo_request parts[] = {
        {.kind = WEIR_ZOO_DELETE, .path = "/a", .version = WEIR_ZOO_ANY_VERSION},
        create("/a", true)};
    const struct weir_zoo_request multi = {
        .kind = WEIR_ZOO_MULTI, .path = "", .parts = parts, .part_count = 2};

    ck_assert_int_eq(ask(0, multi), WEIR_ZOO_ABSENT);
    ck_assert_int_eq(ask(1, create("/a", true)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(0, multi), WEIR_ZOO_OK);
    ck_assert_int_eq(sim_zoo_owner("/a"), zoos[0]->ops->session(zoos[0]));
}
END_TEST

START_TEST(a_watch_fires_once_and_ahead_of_what_changed)
{
    sim_zoo_write("/a", "");
    ck_assert_int_eq(ask(0, read_of(WEIR_ZOO_EXISTS, "/b", true)), WEIR_ZOO_ABSENT);
    ck_assert_int_eq(ask(0, read_of(WEIR_ZOO_CHILDREN, "/a", true)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(0, read_of(WEIR_ZOO_GET, "/a", true)), WEIR_ZOO_OK);
    ck_assert_uint_eq(sim_zoo_watches(), 3);
    sim_zoo_write("/b", "");
    pass_ms(3);
    ck_assert_uint_eq(changes[0], 1);
    ck_assert_str_eq(changed[0], "/b");
    sim_zoo_write("/a/c", "");
    sim_zoo_write("/a/d", "");
    sim_zoo_write("/a", "new");
    pass_ms(3);
    ck_assert_uint_eq(changes[0], 3);
    ck_assert_uint_eq(sim_zoo_watches(), 0);
}
END_TEST

START_TEST(a_broken_connection_keeps_the_session_and_tells_what_it_missed)
{
    int64_t session = zoos[0]->ops->session(zoos[0]);

    ck_assert_int_eq(ask(0, create("/a", true)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(0, read_of(WEIR_ZOO_EXISTS, "/b", true)), WEIR_ZOO_ABSENT);
    sim_zoo_cut(0);
    pass_ms(1);
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_SUSPENDED);
    struct weir_zoo_request request = create("/c", true);
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &request), WEIR_ERR_STATE);
    sim_zoo_write("/b", "");
    pass_ms(1000);
    ck_assert(sim_zoo_exists("/a"));
    ck_assert_uint_eq(changes[0], 0);
    sim_zoo_heal(0);
    pass_ms(10);
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_CONNECTED);
    ck_assert_int_eq(zoos[0]->ops->session(zoos[0]), session);
    ck_assert_uint_eq(changes[0], 1);
}
END_TEST

START_TEST(a_request_whose_answer_is_lost_may_have_been_done)
{
    struct weir_zoo_request done = create("/done", false);
    struct weir_zoo_request undone = create("/undone", false);

    done.tag = 1;
    undone.tag = 2;
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &done), WEIR_OK);
    sim_zoo_advance(sim_zoo_now() + MS(1));
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &undone), WEIR_OK);
    sim_zoo_cut(0);
    pass_ms(5);
    ck_assert_uint_eq(answers[0], 2);
    ck_assert_int_eq(last[0].result, WEIR_ZOO_UNKNOWN);
    ck_assert_uint_eq(last[0].tag, 2);
    ck_assert(sim_zoo_exists("/done"));
    /* What was on its way arrives: nobody can call it back. */
    ck_assert(sim_zoo_exists("/undone"));
}
END_TEST

/* As the library would say, or as one that is broken on purpose does. */
START_TEST(the_reply_to_a_transaction_is_lost_with_its_connection)
{
    const struct weir_zoo_request parts[] = {create("/done", false)};
    const struct weir_zoo_request multi = {
        .kind = WEIR_ZOO_MULTI, .path = "", .parts = parts, .part_count = 1};

    if (_i == 1) {
        sim_zoo_mistake_losses();
    }
    sim_zoo_lose_reply(0);
    ck_assert_int_eq(ask(0, create("/a", false)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(0, multi), _i == 1 ? WEIR_ZOO_OTHER : WEIR_ZOO_UNKNOWN);
    ck_assert(sim_zoo_exists("/done"));
    pass_ms(5);
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_CONNECTED);
    ck_assert_int_eq(ask(0, multi), WEIR_ZOO_PRESENT);
}
END_TEST

START_TEST(a_session_is_lost_by_its_own_count_before_the_server_gives_it_up)
{
    weir_time cut_at;

    ck_assert_int_eq(ask(0, create("/a", true)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(0, read_of(WEIR_ZOO_EXISTS, "/b", true)), WEIR_ZOO_ABSENT);
    cut_at = sim_zoo_now();
    sim_zoo_cut(0);
    while (zoos[0]->ops->state(zoos[0]) != WEIR_ZOO_LOST) {
        pass_ms(1);
    }
    ck_assert_int_le(sim_zoo_now() - cut_at, MS(SIM_ZOO_TIMEOUT_MS) / 3 * 2);
    ck_assert_uint_eq(changes[0], 1); /* every watch fires */
    ck_assert(sim_zoo_exists("/a"));
    pass_ms(SIM_ZOO_TIMEOUT_MS / 2);
    ck_assert(!sim_zoo_exists("/a"));
    ck_assert_uint_eq(sim_zoo_sessions(), 1);
}
END_TEST

START_TEST(a_session_that_is_quiet_lives_by_its_heartbeats)
{
    pass_ms((int64_t)10 * SIM_ZOO_TIMEOUT_MS);
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_CONNECTED);
    ck_assert_uint_eq(sim_zoo_sessions(), 2);
}
END_TEST

START_TEST(answers_that_do_not_come_end_a_session_that_the_server_keeps)
{
    sim_zoo_stall(0, false, true, sim_zoo_now() + MS(100000));
    pass_ms(SIM_ZOO_TIMEOUT_MS);
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_LOST);
}
END_TEST

START_TEST(a_stall_delays_and_loses_nothing)
{
    sim_zoo_stall(0, true, true, sim_zoo_now() + MS(500));
    ck_assert_int_eq(ask(0, create("/a", true)), WEIR_ZOO_OK);
    ck_assert_int_ge(sim_zoo_now(), MS(500));
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_CONNECTED);
}
END_TEST

START_TEST(a_session_that_is_ended_or_closed_takes_its_nodes_with_it)
{
    ck_assert_int_eq(ask(0, create("/a", true)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(1, create("/b", true)), WEIR_ZOO_OK);
    ck_assert_int_eq(ask(1, read_of(WEIR_ZOO_EXISTS, "/a", true)), WEIR_ZOO_OK);
    sim_zoo_expire(0);
    pass_ms(5);
    ck_assert_int_eq(zoos[0]->ops->state(zoos[0]), WEIR_ZOO_LOST);
    ck_assert(!sim_zoo_exists("/a"));
    ck_assert_uint_eq(changes[1], 1);
    zoos[1]->ops->close(zoos[1]);
    zoos[1] = NULL;
    pass_ms(5);
    ck_assert(!sim_zoo_exists("/b"));
    ck_assert_uint_eq(sim_zoo_sessions(), 0);
    ck_assert_uint_eq(sim_zoo_watches(), 0);
}
END_TEST

START_TEST(a_crashed_process_is_missed_only_when_its_session_times_out)
{
    ck_assert_int_eq(ask(0, create("/a", true)), WEIR_ZOO_OK);
    sim_zoo_crash(0);
    zoos[0]->ops->close(zoos[0]);
    zoos[0] = NULL;
    pass_ms(SIM_ZOO_TIMEOUT_MS / 2);
    ck_assert(sim_zoo_exists("/a"));
    pass_ms(SIM_ZOO_TIMEOUT_MS);
    ck_assert(!sim_zoo_exists("/a"));
}
END_TEST

START_TEST(limits_and_refusals_are_told)
{
    struct weir_zoo_request request = create("/a", false);

    sim_zoo_room(2);
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &request), WEIR_OK);
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &request), WEIR_OK);
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &request), WEIR_ERR_FULL);
    pass_ms(5);
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &request), WEIR_OK);
    request.size = WEIR_ZOO_DATA_MAX + 1;
    ck_assert_int_eq(zoos[0]->ops->submit(zoos[0], &request), WEIR_ERR_CONFIG);
    pass_ms(5);
    sim_zoo_deny("/secret");
    ck_assert_int_eq(ask(0, create("/secret", false)), WEIR_ZOO_DENIED);
    ck_assert_ptr_nonnull(last[0].text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("a simulated ZooKeeper");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nodes_are_made_read_changed_and_removed);
    tcase_add_test(tcase, a_transaction_is_all_or_nothing_and_says_what_failed);
    tcase_add_test(tcase, a_node_is_replaced_in_one_transaction);
    tcase_add_test(tcase, a_watch_fires_once_and_ahead_of_what_changed);
    tcase_add_test(tcase, a_broken_connection_keeps_the_session_and_tells_what_it_missed);
    tcase_add_test(tcase, a_request_whose_answer_is_lost_may_have_been_done);
    tcase_add_loop_test(tcase, the_reply_to_a_transaction_is_lost_with_its_connection, 0, 2);
    tcase_add_test(tcase, a_session_is_lost_by_its_own_count_before_the_server_gives_it_up);
    tcase_add_test(tcase, a_session_that_is_quiet_lives_by_its_heartbeats);
    tcase_add_test(tcase, answers_that_do_not_come_end_a_session_that_the_server_keeps);
    tcase_add_test(tcase, a_stall_delays_and_loses_nothing);
    tcase_add_test(tcase, a_session_that_is_ended_or_closed_takes_its_nodes_with_it);
    tcase_add_test(tcase, a_crashed_process_is_missed_only_when_its_session_times_out);
    tcase_add_test(tcase, limits_and_refusals_are_told);
    return runner_run("sim_zoo", tcase);
}
