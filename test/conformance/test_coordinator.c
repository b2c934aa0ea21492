#include "framework/base/memory.h"
#include "framework/coordinator_zookeeper.h"
#include "framework/switch.h"

#include "test/support/config_fixture.h"
#include "test/support/coordinator_bench.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include <string.h>

/* Every coordinator passes every test here, as far as it has what the test is about; also one that
 * is none of weir's, and that nobody finds by its name. */

static const struct coordinator_setting *const settings[] = {
    &coordinator_setting_none, &coordinator_setting_kafka, &coordinator_setting_zookeeper,
    &coordinator_setting_desk};
enum { SETTINGS = sizeof settings / sizeof settings[0], BUILT_IN = SETTINGS - 1 };

static struct coordinator_bench *const bench = &coordinator_bench;

static void begin(int index)
{
    coordinator_bench_open(settings[index]);
}

static const struct weir_coordinator_ops *ops(void)
{
    return bench->setting->ops;
}

static bool has_left(void)
{
    if (bench->unanswered == COORDINATOR_REVOKED) {
        coordinator_release();
    }
    return ops()->left(bench->coordinator);
}

static void join_and_accept(void)
{
    coordinator_join();
    ck_assert_int_eq(bench->join_status, WEIR_OK);
    while (coordinator_held() < COORDINATOR_PARTITIONS) {
        coordinator_await_assigned();
        coordinator_accept();
    }
}

START_TEST(a_coordinator_is_found_by_its_name)
{
    begin(_i);
    ck_assert_ptr_eq(weir_coordinator_find(ops()->name), ops());
    ck_assert_ptr_null(weir_coordinator_find("oracle"));
    ck_assert_uint_ge(ops()->size, sizeof(struct weir_coordinator));
    coordinator_bench_close();
}
END_TEST

START_TEST(joining_announces_nothing_by_itself)
{
    begin(_i);
    coordinator_join();
    ck_assert_int_eq(bench->join_status, WEIR_OK);
    ck_assert_uint_eq(bench->assignments + bench->revocations + bench->losses, 0);
    ck_assert(!ops()->left(bench->coordinator));
    coordinator_bench_close();
}
END_TEST

START_TEST(a_join_that_is_refused_says_why_and_is_closed)
{
    begin(_i);
    if (bench->setting->misconfigure != NULL) {
        bench->setting->misconfigure(bench->config);
        coordinator_join();
        ck_assert_int_eq(bench->join_status, WEIR_ERR_CONFIG);
        ck_assert_uint_gt(strlen(bench->join_error.text), 10);
    }
    coordinator_bench_close();
}
END_TEST

START_TEST(everything_is_assigned_once_and_fetched_when_it_was_accepted)
{
    begin(_i);
    coordinator_join();
    coordinator_await_assigned();
    ck_assert_uint_eq(coordinator_fetched(), 0);
    coordinator_accept();
    while (coordinator_held() < COORDINATOR_PARTITIONS) {
        coordinator_await_assigned();
        coordinator_accept();
    }
    uint32_t assignments = bench->assignments;
    ck_assert_uint_eq(coordinator_fetched(), COORDINATOR_PARTITIONS);
    coordinator_idle(1000);
    ck_assert_uint_eq(bench->assignments, assignments);
    ck_assert_uint_eq(bench->revocations + bench->losses + bench->failures, 0);
    coordinator_bench_close();
}
END_TEST

START_TEST(nothing_more_is_announced_before_the_answer)
{
    begin(_i);
    coordinator_join();
    coordinator_await_assigned();
    coordinator_idle(1000); /* the bench would say so */
    ck_assert_uint_eq(bench->assignments, 1);
    coordinator_bench_close();
}
END_TEST

START_TEST(what_is_declined_is_not_fetched)
{
    begin(_i);
    coordinator_join();
    coordinator_await_assigned();
    coordinator_decline();
    ck_assert_uint_eq(coordinator_fetched(), 0);
    ops()->leave(bench->coordinator);
    coordinator_await(has_left);
    coordinator_bench_close();
}
END_TEST

START_TEST(who_leaves_has_left_once_everything_is_handed_back)
{
    begin(_i);
    join_and_accept();
    ops()->leave(bench->coordinator);
    coordinator_await(has_left);
    uint32_t said = bench->assignments + bench->revocations + bench->losses;
    coordinator_idle(1000);
    ck_assert_uint_eq(bench->assignments + bench->revocations + bench->losses, said);
    ck_assert(ops()->left(bench->coordinator));
    coordinator_bench_close();
}
END_TEST

START_TEST(who_leaves_before_anything_came_has_left)
{
    begin(_i);
    coordinator_join();
    ops()->leave(bench->coordinator);
    coordinator_await(has_left);
    ck_assert_uint_eq(bench->assignments, 0);
    coordinator_bench_close();
}
END_TEST

static bool has_lost(void)
{
    return bench->losses > 0;
}

START_TEST(what_is_lost_is_said_at_once_and_comes_again)
{
    begin(_i);
    if (bench->setting->lose != NULL) {
        join_and_accept();
        bench->setting->lose();
        coordinator_await(has_lost);
        ck_assert_uint_eq(coordinator_held() + coordinator_fetched(), 0);
        while (coordinator_held() < COORDINATOR_PARTITIONS) {
            coordinator_await_assigned();
            coordinator_accept();
        }
    }
    coordinator_bench_close();
}
END_TEST

START_TEST(a_close_without_leaving_leaves_nothing_behind)
{
    begin(_i);
    join_and_accept();
    coordinator_bench_close(); /* the address sanitizer looks */
}
END_TEST

/* Of ZooKeeper alone. */

START_TEST(an_assignment_that_is_lost_before_its_answer_is_declined)
{
    begin(2);
    coordinator_join();
    coordinator_await_assigned();
    sim_zoo_expire(0);
    coordinator_await(has_lost);
    ck_assert_uint_eq(bench->assignments, 1);
    coordinator_idle(500);
    ck_assert_uint_eq(bench->assignments, 1); /* the answer is still due */
    coordinator_decline();
    coordinator_await_assigned();
    coordinator_accept();
    ck_assert_uint_gt(coordinator_fetched(), 0);
    coordinator_bench_close();
}
END_TEST

/* It stood still since serve, and nobody has told it anything yet. */
START_TEST(what_is_lost_by_the_clock_is_not_held_any_more)
{
    begin(2);
    join_and_accept();
    ck_assert(ops()->holds(bench->coordinator));
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), SIM_ZOO_TIMEOUT_MS / 2));
    ck_assert(ops()->holds(bench->coordinator));
    sim_zoo_advance(weir_time_after_ms(sim_zoo_now(), SIM_ZOO_TIMEOUT_MS / 2));
    ck_assert(!ops()->holds(bench->coordinator));
    ck_assert_uint_eq(bench->losses, 0);
    coordinator_await(has_lost);
    coordinator_bench_close();
}
END_TEST

START_TEST(the_fence_of_what_is_ours_is_known_and_rises)
{
    begin(2);
    config_set(bench->config, "weir.member.id", "anna");
    config_set(bench->config, "weir.capacity", "7");
    join_and_accept();
    ck_assert_int_eq(weir_coordinator_zookeeper_fence(bench->coordinator, "orders", 3), 0);
    ck_assert_int_eq(weir_coordinator_zookeeper_fence(bench->coordinator, "orders", 4), -1);
    ck_assert_str_eq(sim_zoo_data("/consumers/fleet/owners/orders/3"), "anna-0");
    ck_assert_ptr_nonnull(strstr(sim_zoo_data("/consumers/fleet/ids/anna"), "\"static\""));
    ck_assert_ptr_nonnull(strstr(sim_zoo_data("/consumers/fleet/ids/anna"), "\"capacity\":7"));
    sim_zoo_expire(0);
    coordinator_await(has_lost);
    ck_assert_int_eq(weir_coordinator_zookeeper_fence(bench->coordinator, "orders", 3), -1);
    while (coordinator_held() < COORDINATOR_PARTITIONS) {
        coordinator_await_assigned();
        coordinator_accept();
    }
    ck_assert_int_eq(weir_coordinator_zookeeper_fence(bench->coordinator, "orders", 3), 1);
    coordinator_bench_close();
}
END_TEST

static bool is_revoked(void)
{
    return bench->unanswered == COORDINATOR_REVOKED;
}

static bool has_let_go_of_0(void)
{
    return !sim_zoo_exists("/consumers/fleet/owners/orders/0");
}

START_TEST(partitions_are_taken_back_one_by_one)
{
    static const struct weir_position first = {.topic = "orders", .partition = 0};
    struct weir_error error = {.code = WEIR_OK};

    begin(2);
    ck_assert(ops()->singly);
    join_and_accept();
    ops()->leave(bench->coordinator);
    coordinator_await(is_revoked);
    ck_assert_int_eq(ops()->release(bench->coordinator, &first, 1, &error), WEIR_OK);
    ck_assert_uint_eq(coordinator_fetched(), COORDINATOR_PARTITIONS - 1);
    coordinator_await(has_let_go_of_0);
    coordinator_idle(1000);
    ck_assert(sim_zoo_exists("/consumers/fleet/owners/orders/1"));
    ck_assert(!ops()->left(bench->coordinator));
    coordinator_await(has_left);
    coordinator_bench_close();
}
END_TEST

START_TEST(a_color_waits_until_it_may_own)
{
    static const char record[] = "/consumers/fleet/weir/switch";
    struct weir_switch chosen;
    char *text = NULL;

    begin(2);
    config_set(bench->config, "weir.color", "blue");
    coordinator_join();
    coordinator_idle(5000);
    ck_assert_uint_eq(bench->assignments, 0);
    weir_switch_init(&chosen);
    chosen.turn = 1;
    memcpy(chosen.active, "blue", sizeof "blue");
    ck_assert_int_eq(weir_switch_write(&chosen, &text), WEIR_OK);
    sim_zoo_write(record, text);
    weir_free(text);
    coordinator_await_assigned();
    ck_assert_uint_eq(bench->assignments, 1);
    coordinator_bench_close();
}
END_TEST

START_TEST(the_delay_is_as_long_as_configured)
{
    begin(2);
    config_set(bench->config, "weir.rebalance.delay.ms", "5000");
    coordinator_join();
    coordinator_idle(4900);
    ck_assert_uint_eq(bench->assignments, 0);
    coordinator_idle(300);
    ck_assert_uint_eq(bench->assignments, 1);
    coordinator_bench_close();
}
END_TEST

static bool has_failed(void)
{
    return bench->failures > 0;
}

/* What a second process with the same name writes. */
START_TEST(a_second_member_of_the_same_name_ends_the_first)
{
    begin(2);
    config_set(bench->config, "weir.member.id", "anna");
    join_and_accept();
    sim_zoo_usurp("/consumers/fleet/ids/anna", 4711);
    coordinator_await(has_failed);
    ck_assert_uint_eq(coordinator_held(), 0);
    ck_assert(ops()->left(bench->coordinator));
    coordinator_bench_close();
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("all");
    TCase *zookeeper = tcase_create("zookeeper");

    tcase_add_loop_test(all, a_coordinator_is_found_by_its_name, 0, BUILT_IN);
    tcase_add_loop_test(all, joining_announces_nothing_by_itself, 0, SETTINGS);
    tcase_add_loop_test(all, a_join_that_is_refused_says_why_and_is_closed, 0, SETTINGS);
    tcase_add_loop_test(all, everything_is_assigned_once_and_fetched_when_it_was_accepted, 0,
                        SETTINGS);
    tcase_add_loop_test(all, nothing_more_is_announced_before_the_answer, 0, SETTINGS);
    tcase_add_loop_test(all, what_is_declined_is_not_fetched, 0, SETTINGS);
    tcase_add_loop_test(all, who_leaves_has_left_once_everything_is_handed_back, 0, SETTINGS);
    tcase_add_loop_test(all, who_leaves_before_anything_came_has_left, 0, SETTINGS);
    tcase_add_loop_test(all, what_is_lost_is_said_at_once_and_comes_again, 0, SETTINGS);
    tcase_add_loop_test(all, a_close_without_leaving_leaves_nothing_behind, 0, SETTINGS);
    tcase_add_test(zookeeper, an_assignment_that_is_lost_before_its_answer_is_declined);
    tcase_add_test(zookeeper, what_is_lost_by_the_clock_is_not_held_any_more);
    tcase_add_test(zookeeper, the_fence_of_what_is_ours_is_known_and_rises);
    tcase_add_test(zookeeper, partitions_are_taken_back_one_by_one);
    tcase_add_test(zookeeper, a_color_waits_until_it_may_own);
    tcase_add_test(zookeeper, the_delay_is_as_long_as_configured);
    tcase_add_test(zookeeper, a_second_member_of_the_same_name_ends_the_first);
    return runner_run_two("coordinators", all, zookeeper);
}
