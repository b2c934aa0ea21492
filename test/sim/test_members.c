#include "strategies/built_in.h"
#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <stdio.h>
#include <string.h>

/* Single stories of members on a simulated ZooKeeper. */

static void set_up(void)
{
    troupe_open(7);
    troupe_topic(12);
}

START_TEST(one_member_takes_everything)
{
    troupe_start(0);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 12);
}
END_TEST

START_TEST(claims_that_are_answered_one_after_another_are_announced_together)
{
    const struct weir_claim *claim = NULL;

    troupe_start(0);
    while (claim == NULL || claim->state != WEIR_CLAIM_FENCED) {
        troupe_run_us(1);
        claim = weir_claims_find(&troupe.actors[0].member.claims, "orders", 0);
    }
    sim_zoo_latency_us(200, 2000); /* of the answers, one by one */
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 12);
    ck_assert_uint_eq(troupe.actors[0].assignments, 1);
}
END_TEST

START_TEST(members_that_start_together_make_one_rebalance)
{
    troupe_start_many(0, 4);
    (void)troupe_settle();
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(troupe_active(i), 3);
        ck_assert_uint_eq(troupe.actors[i].assignments, 1);
        ck_assert_uint_eq(troupe.actors[i].revocations, 0);
    }
}
END_TEST

START_TEST(a_member_that_joins_takes_only_its_share_from_the_others)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_start(3);
    troupe_run_ms(50);
    (void)troupe_settle();
    uint32_t moved = 0;
    for (uint32_t p = 0; p < 12; p++) {
        moved += troupe.moves[0][p];
    }
    ck_assert_uint_eq(moved, 3);
    ck_assert_uint_eq(troupe_active(3), 3);
}
END_TEST

START_TEST(a_member_that_leaves_is_succeeded_at_once)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_leave(0);
    troupe_run_ms(10);
    ck_assert_int_lt(troupe_settle(), 1000);
    ck_assert_uint_eq(troupe_active(1) + troupe_active(2), 12);
}
END_TEST

START_TEST(a_member_that_crashes_is_succeeded_when_its_session_is_over)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_crash(0);
    troupe_run_ms(10);
    ck_assert_int_lt(troupe_settle(), SIM_ZOO_TIMEOUT_MS + 1000);
}
END_TEST

START_TEST(one_that_returns_in_time_gets_its_own_back_and_nobody_notices)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_crash(1);
    troupe_run_ms(1000);
    troupe_start(1);
    troupe_run_ms(10);
    int64_t took_ms = troupe_settle();
    ck_assert_int_lt(took_ms, SIM_ZOO_TIMEOUT_MS);
    ck_assert_int_gt(took_ms, SIM_ZOO_TIMEOUT_MS / 2); /* not before the former session has ended */
    for (uint32_t p = 0; p < 12; p++) {
        ck_assert_uint_eq(troupe.moves[0][p], 0);
    }
    ck_assert_uint_eq(troupe.actors[0].assignments + troupe.actors[2].assignments, 2);
    ck_assert_uint_eq(troupe.actors[0].revocations + troupe.actors[2].revocations, 0);
}
END_TEST

/* Each leaves and returns, one after another. */
static void restart_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        troupe_leave(i);
        while (troupe.actors[i].running) {
            troupe_run_ms(10);
        }
        troupe_run_ms(1000);
        (void)troupe_settle();
        troupe_start(i);
        troupe_run_ms(1000);
        (void)troupe_settle();
    }
}

/* By a strategy that leaves as much as it can where it is: the test's own, and sticky; members that
 * come back under their name, and under another one. */
START_TEST(a_rolling_restart_moves_each_partition_twice_at_most)
{
    troupe.named_anew = _i % 2 == 1;
    troupe.strategy = _i < 2 ? troupe.strategy : &weir_strategy_sticky;
    troupe_start_many(0, 4);
    (void)troupe_settle();
    restart_all(4);
    for (uint32_t p = 0; p < 12; p++) {
        ck_assert_uint_le(troupe.moves[0][p], 2);
    }
}
END_TEST

static void assert_nobody_disagrees(void)
{
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(troupe.actors[i].alarms, 0);
        ck_assert_uint_eq(troupe.actors[i].member.unsettled, 0);
    }
}

/* Whoever divides does not take its own answer for somebody else's. */
START_TEST(one_change_after_another_is_divided_as_fast_as_the_first)
{
    enum { ROUNDS = 8 };

    troupe_start_many(0, 2);
    (void)troupe_settle();
    for (unsigned i = 0; i < ROUNDS; i++) {
        troupe_start(2);
        troupe_run_ms(10);
        ck_assert_int_lt(troupe_settle(), 1000);
        ck_assert_uint_eq(troupe_active(2), 4);
        troupe_leave(2);
        troupe_run_ms(10);
        ck_assert_int_lt(troupe_settle(), 1000);
        assert_nobody_disagrees();
    }
}
END_TEST

START_TEST(somebody_who_divides_otherwise_again_and_again_is_told)
{
    enum { TIMES = 7, LONGEST_MS = 14000 };

    troupe_start(0);
    (void)troupe_settle();
    for (unsigned i = 1; i <= TIMES; i++) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "{\"version\":1,\"view\":\"%016x\",\"members\":[\"m0\"],\"away\":[],"
                       "\"topics\":{}}",
                       i);
        sim_zoo_write("/consumers/fleet/weir/allotment", text);
        troupe_run_ms(LONGEST_MS);
        ck_assert_uint_eq(troupe.actors[0].member.unsettled, i);
        ck_assert_ptr_nonnull(strstr(sim_zoo_data("/consumers/fleet/weir/allotment"), "orders"));
    }
    ck_assert_uint_eq(troupe.actors[0].alarms, 1);
    ck_assert_uint_eq(troupe_active(0), 12);
}
END_TEST

START_TEST(new_partitions_and_topics_are_divided)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_grow(0, 16);
    troupe_run_ms(500);
    (void)troupe_settle();
    troupe_topic(5);
    troupe_grow(1, 5);
    troupe_run_ms(500);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 7);
    for (uint32_t p = 0; p < 12; p++) {
        ck_assert_uint_eq(troupe.moves[0][p], 0);
    }
}
END_TEST

static uint32_t gone(void)
{
    return troupe.actors[0].gone + troupe.actors[1].gone + troupe.actors[2].gone;
}

/* All twelve are given up, those that are there again are begun anew, by whoever has them then. */
START_TEST(a_topic_with_fewer_partitions_is_another_one)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_grow(0, 9);
    troupe_run_ms(500);
    (void)troupe_settle();
    ck_assert_uint_eq(gone(), 12);
    ck_assert_uint_eq(troupe_active(0) + troupe_active(1) + troupe_active(2), 9);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(troupe.actors[i].losses, 0);
        ck_assert_uint_ge(troupe.actors[i].assignments, 2);
    }
}
END_TEST

/* Nobody claims again what is not there. Who has not heard of it yet works on until it has. */
START_TEST(a_topic_that_is_deleted_is_given_up)
{
    troupe_topic(6);
    troupe_start_many(0, 3);
    (void)troupe_settle();
    uint32_t revocations = troupe.actors[0].revocations;
    troupe.topic_count = 1;
    for (unsigned i = 0; i < 3; i++) {
        troupe_want(i, 1);
        troupe_run_ms(_i == 0 ? 0 : 1000);
    }
    troupe_run_ms(500);
    (void)troupe_settle();
    ck_assert_uint_ge(gone(), 2);
    ck_assert(_i == 1 || troupe.actors[0].revocations == revocations);
    for (unsigned i = 0; i < 3; i++) {
        for (uint32_t p = 0; p < 6; p++) {
            ck_assert(!troupe.actors[i].partitions[1][p].active);
        }
        ck_assert_uint_eq(troupe.actors[i].losses, 0);
    }
}
END_TEST

START_TEST(without_a_delay_nothing_waits)
{
    troupe.delay_ms = 0;
    troupe_start(0);
    (void)troupe_settle();
    troupe_grow(0, 16);
    troupe_run_ms(100);
    ck_assert_uint_eq(troupe_active(0), 16);
}
END_TEST

START_TEST(a_short_cut_is_not_noticed)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    sim_zoo_cut(0);
    troupe_run_ms(500);
    ck_assert_uint_eq(troupe_active(0), 4);
    sim_zoo_heal(0);
    troupe_run_ms(5000);
    ck_assert_uint_eq(troupe_active(0), 4);
    ck_assert_uint_eq(troupe.actors[0].assignments, 1);
    ck_assert_uint_eq(troupe.actors[0].losses, 0);
}
END_TEST

START_TEST(one_that_is_cut_off_stops_before_others_begin)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    sim_zoo_cut(0);
    troupe_run_ms(SIM_ZOO_TIMEOUT_MS / 3 * 2 + 10);
    ck_assert_uint_eq(troupe_active(0), 0);
    ck_assert_uint_eq(troupe.actors[0].losses, 1);
    troupe_run_ms(SIM_ZOO_TIMEOUT_MS);
    ck_assert_uint_eq(troupe_active(1) + troupe_active(2), 12);
    sim_zoo_heal(0);
    troupe_run_ms(100);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 4);
}
END_TEST

START_TEST(all_wait_while_there_is_no_ZooKeeper_and_go_on_when_there_is)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    for (unsigned i = 0; i < 3; i++) {
        sim_zoo_cut(i);
    }
    troupe_run_ms(180000);
    ck_assert_uint_eq(troupe_active(0) + troupe_active(1) + troupe_active(2), 0);
    for (unsigned i = 0; i < 3; i++) {
        sim_zoo_heal(i);
    }
    ck_assert_int_lt(troupe_settle(), 15000);
}
END_TEST

START_TEST(a_session_that_expires_costs_what_it_had_and_begins_anew)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    sim_zoo_expire(1);
    troupe_run_ms(50);
    ck_assert_uint_eq(troupe.actors[1].losses, 1);
    ck_assert_int_lt(troupe_settle(), 2000);
    ck_assert_uint_eq(troupe_active(1), 4);
    ck_assert_uint_eq(sim_zoo_sessions(), 3); /* I13: of the former one nothing is left */
    ck_assert_uint_eq(sim_zoo_ephemerals(), 3 + 12);
}
END_TEST

START_TEST(a_node_of_ours_that_is_deleted_is_made_again)
{
    troupe_start(0);
    (void)troupe_settle();
    sim_zoo_remove("/consumers/fleet/ids/m0");
    troupe_run_ms(1000);
    ck_assert(!troupe.actors[0].fenced);
    ck_assert(sim_zoo_exists("/consumers/fleet/ids/m0"));
    ck_assert_uint_eq(troupe.actors[0].alarms, 1);
    (void)troupe_settle();
}
END_TEST

START_TEST(what_others_scribble_is_refused_and_put_right)
{
    troupe_start_many(0, 2);
    sim_zoo_write("/consumers/fleet/ids/stranger", "{\"version\":1,\"subscription\":{}}");
    sim_zoo_write("/consumers/fleet/ids/damaged", "\xff\x01{");
    (void)troupe_settle();
    ck_assert_uint_ge(troupe.actors[0].alarms, 1);
    sim_zoo_write("/consumers/fleet/ids/m1", "scribble");
    sim_zoo_write("/consumers/fleet/weir/allotment", "scribble");
    troupe_run_ms(5000);
    (void)troupe_settle();
    ck_assert_ptr_nonnull(strstr(sim_zoo_data("/consumers/fleet/ids/m1"), "tiny"));
    ck_assert_ptr_nonnull(strstr(sim_zoo_data("/consumers/fleet/weir/allotment"), "members"));
    ck_assert_uint_eq(troupe_active(0), 6);
}
END_TEST

START_TEST(a_name_that_no_weir_has_is_no_member)
{
    char path[WEIR_ZOO_PATH_MAX + 100];

    (void)snprintf(path, sizeof path, "/consumers/fleet/ids/%0*d", WEIR_ZOO_PATH_MAX, 7);
    sim_zoo_write(path, "{}");
    sim_zoo_write("/consumers/fleet/ids/m\xc3\xbcller", "{}");
    troupe_start_many(0, 2);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 6);
    ck_assert_uint_eq(troupe.actors[0].alarms, 1);
}
END_TEST

START_TEST(a_node_of_our_name_that_cannot_go_is_asked_about_now_and_then)
{
    sim_zoo_write("/consumers/fleet/ids/m0/below", "x");
    troupe_start(0);
    troupe_run_ms(10000);
    ck_assert_uint_eq(troupe_active(0), 0);
    ck_assert_uint_eq(troupe.actors[0].alarms, 1);
    ck_assert_uint_le(sim_zoo_requests(), 1000);
    sim_zoo_remove("/consumers/fleet/ids/m0/below");
    troupe_run_ms(1000);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 12);
}
END_TEST

START_TEST(a_node_that_may_not_be_read_is_no_member)
{
    sim_zoo_write("/consumers/fleet/ids/stranger", "secret");
    sim_zoo_deny("/consumers/fleet/ids/stranger");
    troupe_start_many(0, 2);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 6);
    ck_assert_uint_eq(troupe.actors[0].alarms, 1);
    sim_zoo_deny(NULL);
}
END_TEST

START_TEST(an_owner_node_that_is_deleted_is_a_loss_and_claimed_again)
{
    troupe_start(0);
    (void)troupe_settle();
    sim_zoo_remove("/consumers/fleet/owners/orders/3");
    troupe_run_ms(3);
    ck_assert_uint_eq(troupe_active(0), 11);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe.actors[0].losses, 1);
    ck_assert(sim_zoo_exists("/consumers/fleet/owners/orders/3"));
}
END_TEST

START_TEST(an_owner_node_of_nobody_is_waited_for_and_told)
{
    sim_zoo_write("/consumers/fleet/owners/orders/3", "left behind");
    troupe_start(0);
    troupe_run_ms(5000);
    ck_assert_uint_eq(troupe_active(0), 11);
    ck_assert_uint_eq(troupe.actors[0].alarms, 1);
    sim_zoo_remove("/consumers/fleet/owners/orders/3");
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 12);
}
END_TEST

START_TEST(a_fence_that_is_deleted_does_not_keep_an_owner_for_ever)
{
    troupe_start_many(0, 1);
    (void)troupe_settle();
    sim_zoo_remove("/consumers/fleet/weir/fence/orders/3");
    memset(troupe.newest, 0xff, sizeof troupe.newest);
    troupe_leave(0);
    troupe_run_ms(1000);
    ck_assert(!troupe.actors[0].running);
    ck_assert(!sim_zoo_exists("/consumers/fleet/owners/orders/3"));
}
END_TEST

START_TEST(what_is_denied_is_waited_for)
{
    troupe_start_many(0, 2);
    (void)troupe_settle();
    sim_zoo_deny("/consumers/fleet/owners");
    troupe_start(2);
    troupe_run_ms(20000);
    ck_assert_uint_eq(troupe_active(2), 0);
    sim_zoo_deny(NULL);
    troupe_run_ms(3000);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(2), 4);
}
END_TEST

START_TEST(a_release_wakes_its_successor_alone)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_run_ms(1000);
    uint64_t before = sim_zoo_wakes();
    troupe_start(3);
    troupe_run_ms(1000);
    (void)troupe_settle();
    /* List of members, the new one's data, the allotment: once for each of four; three owners' own
     * watches, and three that wait. */
    ck_assert_uint_le(sim_zoo_wakes() - before, 4 * 3 + 3 * 2);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_test(tcase, one_member_takes_everything);
    tcase_add_test(tcase, claims_that_are_answered_one_after_another_are_announced_together);
    tcase_add_test(tcase, members_that_start_together_make_one_rebalance);
    tcase_add_test(tcase, a_member_that_joins_takes_only_its_share_from_the_others);
    tcase_add_test(tcase, a_member_that_leaves_is_succeeded_at_once);
    tcase_add_test(tcase, a_member_that_crashes_is_succeeded_when_its_session_is_over);
    tcase_add_test(tcase, one_that_returns_in_time_gets_its_own_back_and_nobody_notices);
    tcase_add_loop_test(tcase, a_rolling_restart_moves_each_partition_twice_at_most, 0, 4);
    tcase_add_test(tcase, one_change_after_another_is_divided_as_fast_as_the_first);
    tcase_add_test(tcase, somebody_who_divides_otherwise_again_and_again_is_told);
    tcase_add_test(tcase, new_partitions_and_topics_are_divided);
    tcase_add_test(tcase, a_topic_with_fewer_partitions_is_another_one);
    tcase_add_loop_test(tcase, a_topic_that_is_deleted_is_given_up, 0, 2);
    tcase_add_test(tcase, without_a_delay_nothing_waits);
    tcase_add_test(tcase, a_short_cut_is_not_noticed);
    tcase_add_test(tcase, one_that_is_cut_off_stops_before_others_begin);
    tcase_add_test(tcase, all_wait_while_there_is_no_ZooKeeper_and_go_on_when_there_is);
    tcase_add_test(tcase, a_session_that_expires_costs_what_it_had_and_begins_anew);
    tcase_add_test(tcase, a_node_of_ours_that_is_deleted_is_made_again);
    tcase_add_test(tcase, what_others_scribble_is_refused_and_put_right);
    tcase_add_test(tcase, a_name_that_no_weir_has_is_no_member);
    tcase_add_test(tcase, a_node_of_our_name_that_cannot_go_is_asked_about_now_and_then);
    tcase_add_test(tcase, a_node_that_may_not_be_read_is_no_member);
    tcase_add_test(tcase, an_owner_node_that_is_deleted_is_a_loss_and_claimed_again);
    tcase_add_test(tcase, an_owner_node_of_nobody_is_waited_for_and_told);
    tcase_add_test(tcase, a_fence_that_is_deleted_does_not_keep_an_owner_for_ever);
    tcase_add_test(tcase, what_is_denied_is_waited_for);
    tcase_add_test(tcase, a_release_wakes_its_successor_alone);
    return runner_run("members", tcase);
}
