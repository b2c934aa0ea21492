#include "framework/base/memory.h"
#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/store_bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What only the ZooKeeper store promises, on a server in virtual time; the rest is in
 * test/conformance/test_store.c, on a real one. */

enum { WAIT_MS = 30000, SHORT_MS = 50, LONG_MS = 30000, MANY = 3000, BURST = 100 };

#define NODE  "/consumers/stores/offsets/orders/0"
#define FENCE "/consumers/stores/weir/fence/orders/0"

static void set_up_unfenced(void)
{
    store_bench_open(&store_setting_sim);
}

static void set_up_fenced(void)
{
    store_claimed = 0;
    store_bench_open(&store_setting_sim_fenced);
    sim_zoo_write(FENCE, "");
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    store_bench_close();
}

static void turns(int count)
{
    for (int i = 0; i < count; i++) {
        store_turn();
    }
}

static bool is_connected(void)
{
    turns(BURST);
    return store_bench.setting->ready(store_bench.store);
}

static void await_connected(void)
{
    WAIT_UNTIL(is_connected(), WAIT_MS);
}

static void send(int64_t offset)
{
    store_send(&(struct weir_position){.topic = "orders", .offset = offset}, 1);
}

/* The one position of the answer. */
static enum weir_status answered(void)
{
    store_await_answer();
    ck_assert_int_eq(store_bench.last.status, WEIR_OK);
    ck_assert_uint_eq(store_bench.last.count, 1);
    return store_bench.last.positions[0].status;
}

static enum weir_status commit(int64_t offset)
{
    send(offset);
    return answered();
}

static void expect_why(const char *part)
{
    ck_assert_msg(strstr(store_bench.last.text, part) != NULL, "%s", store_bench.last.text);
}

static void forget(void)
{
    weir_store_zookeeper.forget(store_bench.store, &(struct weir_position){.topic = "orders"}, 1);
}

/* With fenced claims. */

START_TEST(what_is_stored_is_the_next_offset_in_decimal)
{
    ck_assert_int_eq(commit(42), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "42");
    ck_assert_int_eq(commit(INT64_C(9007199254740993)), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "9007199254740993");
    ck_assert_str_eq(store_bench.last.text, "");
}
END_TEST

START_TEST(who_lost_its_claim_changes_nothing)
{
    ck_assert_int_eq(commit(42), WEIR_OK);
    sim_zoo_write(FENCE, ""); /* somebody claims it */
    ck_assert_int_eq(commit(50), WEIR_ERR_STALE);
    expect_why("orders/0: another member has claimed it since");
    ck_assert_str_eq(sim_zoo_data(NODE), "42");
    ck_assert_int_eq(commit(51), WEIR_ERR_STALE);
    store_claimed = 1;
    ck_assert_int_eq(commit(52), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "52");
}
END_TEST

START_TEST(a_fence_that_is_gone_is_not_ours)
{
    sim_zoo_remove(FENCE);
    ck_assert_int_eq(commit(42), WEIR_ERR_STALE);
    ck_assert(!sim_zoo_exists(NODE));
}
END_TEST

START_TEST(what_is_not_claimed_is_not_sent)
{
    uint64_t requests = sim_zoo_requests();

    store_claimed = WEIR_STORE_NO_FENCE;
    ck_assert_int_eq(commit(42), WEIR_ERR_STALE);
    ck_assert_uint_eq(sim_zoo_requests(), requests);
}
END_TEST

/* The offset was reached under the old claim; under the new one others may have gone on. */
START_TEST(a_claim_that_came_after_the_commit_does_not_count)
{
    send(42);
    store_claimed = 1;
    sim_zoo_write(FENCE, "");
    ck_assert_int_eq(answered(), WEIR_ERR_STALE);
    ck_assert(!sim_zoo_exists(NODE));
}
END_TEST

START_TEST(an_owner_overwrites_what_others_write)
{
    ck_assert_int_eq(commit(42), WEIR_OK);
    sim_zoo_write(NODE, "7"); /* a tool */
    ck_assert_int_eq(commit(43), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "43");
}
END_TEST

START_TEST(only_an_owner_deletes_what_is_forgotten)
{
    ck_assert_int_eq(commit(42), WEIR_OK);
    sim_zoo_write(FENCE, "");
    forget();
    turns(5);
    ck_assert_str_eq(sim_zoo_data(NODE), "42");
    store_claimed = WEIR_STORE_NO_FENCE;
    forget();
    turns(5);
    ck_assert_str_eq(sim_zoo_data(NODE), "42");
    store_claimed = 1;
    forget();
    turns(5);
    ck_assert(!sim_zoo_exists(NODE));
}
END_TEST

/* Without. */

START_TEST(a_write_of_somebody_else_is_noticed_once)
{
    ck_assert_int_eq(commit(42), WEIR_OK);
    sim_zoo_write(NODE, "100");
    ck_assert_int_eq(commit(43), WEIR_ERR_STALE);
    expect_why("orders/0: somebody else has written its offset");
    ck_assert_str_eq(sim_zoo_data(NODE), "100");
    ck_assert_int_eq(commit(44), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "44");
}
END_TEST

START_TEST(a_write_since_the_load_is_noticed)
{
    ck_assert_int_eq(store_loaded("orders", 0), WEIR_OFFSET_NONE);
    sim_zoo_write(NODE, "100");
    ck_assert_int_eq(commit(1), WEIR_ERR_STALE);
    ck_assert_int_eq(store_loaded("orders", 0), 100);
    sim_zoo_write(NODE, "200");
    ck_assert_int_eq(commit(101), WEIR_ERR_STALE);
    ck_assert_str_eq(sim_zoo_data(NODE), "200");
}
END_TEST

START_TEST(a_node_that_was_deleted_is_made_again)
{
    ck_assert_int_eq(commit(42), WEIR_OK);
    sim_zoo_remove(NODE);
    ck_assert_int_eq(commit(43), WEIR_ERR_UNAVAILABLE);
    ck_assert_int_eq(commit(44), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "44");
}
END_TEST

static const char *const damages[] = {
    "", "x", "-1", "+5", "1 ", " 1", "12\n", "0x10", "9223372036854775808", "18446744073709551616"};

START_TEST(a_damaged_node_is_named)
{
    struct weir_position positions[] = {{.topic = "orders", .partition = 1}, {.topic = "orders"}};
    struct weir_error error = {0};

    sim_zoo_write(NODE, damages[_i]);
    ck_assert_int_eq(store_try_load(positions, 2, LONG_MS, &error), WEIR_ERR_INVALID);
    ck_assert_msg(strstr(error.text, NODE " holds no offset") != NULL, "%s", error.text);
    sim_zoo_write(NODE, "9223372036854775807");
    ck_assert_int_eq(store_loaded("orders", 0), INT64_MAX);
}
END_TEST

START_TEST(a_node_that_may_not_be_read_or_written_is_named)
{
    struct weir_position position = {.topic = "orders"};
    struct weir_error error = {0};

    ck_assert_int_eq(commit(1), WEIR_OK);
    sim_zoo_deny("/consumers/stores/offsets");
    ck_assert_int_eq(store_try_load(&position, 1, LONG_MS, &error), WEIR_ERR_DENIED);
    ck_assert_int_eq(commit(2), WEIR_ERR_DENIED);
    expect_why("orders/0: denied");
    forget();
    turns(5);
    ck_assert_ptr_nonnull(strstr(store_bench.last_line, "orders/0 cannot be deleted"));
    sim_zoo_deny(NULL);
    ck_assert_int_eq(commit(3), WEIR_OK);
}
END_TEST

/* After so many turns it is looked for, or written, or answered. */
enum { MOMENTS = 8 };

START_TEST(a_session_that_ends_in_any_moment_ends_the_commit)
{
    send(42);
    turns(_i);
    if (store_bench.answers == 0) {
        sim_zoo_expire(0);
        ck_assert_int_eq(answered(), WEIR_ERR_UNAVAILABLE);
    }
    ck_assert(_i > 1 || store_bench.last.positions[0].status == WEIR_ERR_UNAVAILABLE);
    await_connected();
    ck_assert_int_eq(commit(43), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "43");
    ck_assert_uint_eq(sim_zoo_sessions(), 1);
}
END_TEST

/* Our own write whose answer was lost is nobody else's. */
START_TEST(a_connection_that_breaks_in_any_moment_costs_one_commit)
{
    send(42);
    turns(_i);
    sim_zoo_cut(0);
    if (store_bench.answers == 0) {
        (void)answered();
    }
    sim_zoo_heal(0);
    await_connected();
    ck_assert_int_eq(commit(43), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "43");
}
END_TEST

START_TEST(a_commit_without_a_connection_is_refused)
{
    struct weir_error error = {0};
    const struct weir_position position = {.topic = "orders", .offset = 1};

    sim_zoo_expire(0);
    while (is_connected()) {
    }
    ck_assert_int_eq(weir_store_zookeeper.commit(store_bench.store, &position, 1, &error),
                     WEIR_ERR_UNAVAILABLE);
    ck_assert_str_eq(error.text, "not connected to ZooKeeper");
    ck_assert_uint_eq(store_bench.answers, 0);
}
END_TEST

START_TEST(a_server_that_stands_still_ends_a_load_in_time)
{
    struct weir_position position = {.topic = "orders", .offset = 4711};
    struct weir_error error = {0};
    weir_time until = weir_time_after_ms(sim_zoo_now(), LONG_MS);

    ck_assert_int_eq(commit(42), WEIR_OK);
    sim_zoo_stall(0, false, true, until);
    ck_assert_int_eq(store_try_load(&position, 1, SHORT_MS, &error), WEIR_ERR_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(error.text, "did not say in 50 ms"));
    sim_zoo_advance(until); /* the answer comes when nobody waits any more */
    await_connected();
    ck_assert_int_eq(store_loaded("orders", 0), 42);
}
END_TEST

static void expect_many(int64_t first)
{
    struct weir_position *positions = fail_or_alloc(MANY, sizeof positions[0]);

    for (int32_t i = 0; i < MANY; i++) {
        positions[i] = (struct weir_position){
            .topic = i % 2 == 0 ? "even" : "odd", .partition = i / 2, .offset = first + i};
    }
    store_send(positions, MANY);
    store_await_answer();
    ck_assert_uint_eq(store_bench.last.count, MANY);
    for (int32_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(store_bench.last.positions[i].status, WEIR_OK);
        positions[i].offset = WEIR_OFFSET_NONE;
    }
    store_load(positions, MANY);
    for (int32_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(positions[i].offset, first + i);
    }
    free(positions);
}

/* More than may wait for an answer. */
START_TEST(many_partitions_go_in_one_commit)
{
    expect_many(10);
    expect_many(20);
    ck_assert_str_eq(sim_zoo_data("/consumers/stores/offsets/odd/1499"), "3019");
}
END_TEST

static bool is_gone(void)
{
    turns(BURST);
    return !sim_zoo_exists(NODE);
}

START_TEST(what_is_forgotten_while_away_is_deleted_later)
{
    ck_assert_int_eq(commit(42), WEIR_OK);
    sim_zoo_expire(0);
    forget();
    ck_assert(sim_zoo_exists(NODE));
    WAIT_UNTIL(is_gone(), WAIT_MS);
}
END_TEST

START_TEST(what_is_forgotten_while_it_is_committed_does_not_stay)
{
    send(42);
    turns(_i);
    forget();
    if (store_bench.answers == 0) {
        store_await_answer();
    }
    turns(5);
    ck_assert(!sim_zoo_exists(NODE));
    ck_assert_int_eq(commit(43), WEIR_OK);
    ck_assert_str_eq(sim_zoo_data(NODE), "43");
}
END_TEST

/* A commit that went out is answered, and says so of each partition. */
static enum weir_status try_commit(void)
{
    const struct weir_position sent[] = {{.topic = "a", .offset = 1}, {.topic = "b", .offset = 2}};
    struct weir_error error = {0};
    enum weir_status status = weir_store_zookeeper.commit(store_bench.store, sent, 2, &error);

    if (status == WEIR_OK) {
        store_await_answer();
        ck_assert_uint_eq(store_bench.last.count, 2);
    } else {
        ck_assert_int_eq(error.code, WEIR_ERR_NOMEM);
    }
    return status;
}

START_TEST(a_commit_without_memory_is_refused_whole)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status != WEIR_OK) {
        weir_memory_fail_nth(++nth);
        status = try_commit();
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
        ck_assert(status == WEIR_OK || !sim_zoo_exists("/consumers/stores/offsets/a/0"));
    }
    ck_assert_uint_ge(nth, 5);
    ck_assert_uint_eq(store_bench.answers, 1);
    ck_assert_int_eq(store_bench.last.positions[1].status, WEIR_OK);
}
END_TEST

START_TEST(a_load_without_memory_fails_whole)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    sim_zoo_write(NODE, "42");
    while (status != WEIR_OK) {
        struct weir_position positions[] = {{.topic = "orders"}, {.topic = "c"}};
        struct weir_error error = {0};
        weir_memory_fail_nth(++nth);
        status = store_try_load(positions, 2, LONG_MS, &error);
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || error.code == WEIR_ERR_NOMEM);
        ck_assert(status != WEIR_OK || positions[0].offset == 42);
    }
    ck_assert_uint_ge(nth, 3);
}
END_TEST

START_TEST(an_environment_that_does_not_do_is_refused)
{
    struct weir_store *store = fail_or_alloc(1, weir_store_zookeeper.size);
    struct weir_config *config = config_create();
    struct weir_store_env env = {.config = config, .now = sim_zoo_now};
    struct weir_error error = {0};

    ck_assert_int_eq(weir_store_zookeeper.open(store, &env, &error), WEIR_ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "not in this build"));
    env.zoo = &sim_zoo_library;
    config_set(config, "group.id", "a/b");
    ck_assert_int_eq(weir_store_zookeeper.open(store, &env, &error), WEIR_ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "group.id"));
    weir_config_destroy(config);
    free(store);
}
END_TEST

static TCase *with_fences(void)
{
    TCase *tcase = tcase_create("fenced");

    tcase_add_checked_fixture(tcase, set_up_fenced, tear_down);
    tcase_add_test(tcase, what_is_stored_is_the_next_offset_in_decimal);
    tcase_add_test(tcase, who_lost_its_claim_changes_nothing);
    tcase_add_test(tcase, a_fence_that_is_gone_is_not_ours);
    tcase_add_test(tcase, what_is_not_claimed_is_not_sent);
    tcase_add_test(tcase, a_claim_that_came_after_the_commit_does_not_count);
    tcase_add_test(tcase, an_owner_overwrites_what_others_write);
    tcase_add_test(tcase, only_an_owner_deletes_what_is_forgotten);
    return tcase;
}

static TCase *without_fences(void)
{
    enum { DAMAGES = sizeof damages / sizeof damages[0] };
    TCase *tcase = tcase_create("unfenced");

    tcase_add_checked_fixture(tcase, set_up_unfenced, tear_down);
    tcase_add_test(tcase, a_write_of_somebody_else_is_noticed_once);
    tcase_add_test(tcase, a_write_since_the_load_is_noticed);
    tcase_add_test(tcase, a_node_that_was_deleted_is_made_again);
    tcase_add_loop_test(tcase, a_damaged_node_is_named, 0, DAMAGES);
    tcase_add_test(tcase, a_node_that_may_not_be_read_or_written_is_named);
    tcase_add_loop_test(tcase, a_session_that_ends_in_any_moment_ends_the_commit, 0, MOMENTS);
    tcase_add_loop_test(tcase, a_connection_that_breaks_in_any_moment_costs_one_commit, 0, MOMENTS);
    tcase_add_test(tcase, a_commit_without_a_connection_is_refused);
    tcase_add_test(tcase, a_server_that_stands_still_ends_a_load_in_time);
    tcase_add_test(tcase, many_partitions_go_in_one_commit);
    tcase_add_test(tcase, what_is_forgotten_while_away_is_deleted_later);
    tcase_add_loop_test(tcase, what_is_forgotten_while_it_is_committed_does_not_stay, 0, MOMENTS);
    tcase_add_test(tcase, a_commit_without_memory_is_refused_whole);
    tcase_add_test(tcase, a_load_without_memory_fails_whole);
    tcase_add_test(tcase, an_environment_that_does_not_do_is_refused);
    return tcase;
}

int main(void)
{
    return runner_run_two("zookeeper store", with_fences(), without_fences());
}
