#include "test/support/runner.h"
#include "test/support/tiny_strategy.h"
#include "test/support/troupe_test.h"

/* Members that are not alike, and what does not concern them, on a simulated ZooKeeper. */

enum { FIRST_REQUESTS = 24, TURNS_MAX = 100000 };

static void set_up(void)
{
    troupe_open(7);
    troupe_topic(12);
}

START_TEST(with_another_strategy_in_the_group_nothing_is_divided_anew)
{
    troupe_start_many(0, 2);
    (void)troupe_settle();
    sim_zoo_write("/consumers/fleet/ids/other",
                  "{\"version\":1,\"subscription\":{\"orders\":1},\"pattern\":\"static\","
                  "\"timestamp\":\"1\",\"weir\":{\"version\":1,\"strategy\":\"other\","
                  "\"capacity\":1,\"topics\":{\"orders\":12}}}");
    troupe_run_ms(5000);
    ck_assert_uint_eq(troupe_active(0), 6);
    ck_assert_uint_eq(troupe.actors[0].alarms, 1);
    sim_zoo_remove("/consumers/fleet/ids/other");
    troupe_start(2);
    troupe_run_ms(1000);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(2), 4);
}
END_TEST

/* It would wait for an hour before it divides by itself. */
START_TEST(who_waits_for_the_first_division_hears_of_it)
{
    troupe.delay_ms = 3600000;
    troupe_start(0);
    troupe_run_ms(1000);
    ck_assert(!sim_zoo_exists("/consumers/fleet/weir/allotment"));
    troupe.delay_ms = 100;
    troupe_start(1);
    troupe_run_ms(500);
    ck_assert_int_lt(troupe_settle(), 1000);
    ck_assert_uint_eq(troupe_active(0), 6);
}
END_TEST

static void leave_and_be_gone(unsigned number)
{
    troupe_leave(number);
    while (troupe.actors[number].running) {
        troupe_run_ms(10);
    }
    troupe_run_ms(2000);
}

static uint32_t active_in_all(void)
{
    return troupe_active(0) + troupe_active(1) + troupe_active(2);
}

/* S10. While there are members of both, what its owner gave up waits; nobody else notices. */
START_TEST(a_strategy_is_changed_one_member_after_another)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe.strategy = &tiny_strategy_renamed;
    for (unsigned i = 0; i < 3; i++) {
        static const uint32_t active_without[] = {12, 6, 12}; /* then those left agree, or not */
        static const uint32_t active_with[] = {12, 6, 12};
        leave_and_be_gone(i);
        ck_assert_uint_eq(active_in_all(), active_without[i]);
        troupe_start(i);
        troupe_run_ms(5000);
        ck_assert_uint_eq(active_in_all(), active_with[i]);
    }
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(2), 4);
    ck_assert_uint_ge(troupe.actors[0].alarms, 1);
}
END_TEST

static void await_claim(enum weir_claim_state state)
{
    const struct weir_claim *claim = NULL;

    while (claim == NULL || claim->state != state || claim->asked == 0) {
        troupe_run_us(1);
        claim = weir_claims_find(&troupe.actors[0].member.claims, "orders", 3);
    }
}

/* S41: its claim failed, and what it failed for is gone before it can be looked at. There is room
 * for one request at a time, else the look is right behind the claim. */
START_TEST(an_owner_that_goes_before_it_is_looked_at_is_no_lost_wake_up)
{
    sim_zoo_write("/consumers/fleet/owners/orders/3", "left behind");
    troupe_start(0);
    await_claim(WEIR_CLAIM_WANTED);
    sim_zoo_room(1);
    await_claim(WEIR_CLAIM_UNSURE);
    sim_zoo_remove("/consumers/fleet/owners/orders/3");
    ck_assert_int_lt(troupe_settle(), 100);
    ck_assert_uint_eq(troupe_active(0), 12);
    ck_assert_uint_eq(troupe.actors[0].alarms, 0); /* it was never waited for */
}
END_TEST

/* Somebody claimed in between, and is gone again: then the look says nothing of the fence. */
START_TEST(a_fence_that_rises_before_the_claim_is_read_again)
{
    troupe_start(0);
    await_claim(WEIR_CLAIM_FENCED);
    sim_zoo_write("/consumers/fleet/weir/fence/orders/3", "m9-0");
    ck_assert_int_lt(troupe_settle(), 100);
    ck_assert_uint_eq(troupe_active(0), 12);
}
END_TEST

/* S39, A6: each request of a member's first moments is done, and its answer is lost with the
 * connection. */
START_TEST(whatever_answer_is_lost_there_is_one_node_of_each)
{
    uint64_t asked = sim_zoo_requests() + (uint64_t)_i + 1;

    troupe_start(0);
    for (int i = 0; i < TURNS_MAX && sim_zoo_requests() < asked; i++) {
        troupe_run_us(100);
    }
    ck_assert_uint_ge(sim_zoo_requests(), asked);
    sim_zoo_cut(0);
    sim_zoo_heal(0);
    troupe_run_ms(1000);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(0), 12);
    ck_assert_uint_eq(troupe.actors[0].losses, 0);
    ck_assert_uint_eq(sim_zoo_ephemerals(), 1 + 12);
    ck_assert_uint_eq(sim_zoo_sessions(), 1);
    ck_assert_int_eq(sim_zoo_owner("/consumers/fleet/ids/m0"),
                     sim_zoo_owner("/consumers/fleet/owners/orders/3"));
}
END_TEST

/* A7 */
START_TEST(members_may_want_different_topics)
{
    troupe_topic(4);
    troupe_start_many(0, 2);
    troupe_want(1, 1);
    troupe_run_ms(2000);
    ck_assert_uint_eq(active_in_all(), 16);
    for (uint32_t p = 0; p < 4; p++) {
        ck_assert(troupe.actors[0].partitions[1][p].active);
    }
    ck_assert_uint_eq(troupe_active(1), 8);
}
END_TEST

/* A7 */
START_TEST(what_is_of_no_concern_is_not_even_looked_at)
{
    troupe_start_many(0, 3);
    (void)troupe_settle();
    troupe_run_ms(1000);
    uint64_t before = sim_zoo_requests();
    sim_zoo_write("/brokers/ids/7", "{}");
    sim_zoo_write("/brokers/topics/clicks", "{}");
    sim_zoo_write("/consumers/another/ids/m9", "{}");
    troupe_grow(0, 12); /* it was asked, and is what it was */
    troupe_run_ms(10000);
    ck_assert_uint_eq(sim_zoo_requests(), before);
}
END_TEST

/* It was the owner of the old one, and its assignment would begin in the old one's place. */
START_TEST(what_is_not_announced_yet_is_of_the_old_topic_too)
{
    struct weir_membership *member = &troupe.actors[0].member;

    troupe_start(0);
    member->assigning = true; /* another assignment is not answered */
    troupe_run_ms(1000);
    ck_assert_uint_eq(weir_claims_in(&member->claims, WEIR_CLAIM_OURS), 12);
    troupe_grow(0, 9);
    member->assigning = false;
    troupe_run_ms(500);
    (void)troupe_settle();
    ck_assert_uint_ge(troupe.actors[0].gone, 9);
    ck_assert_uint_eq(troupe_active(0), 9);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members, unlike");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_test(tcase, with_another_strategy_in_the_group_nothing_is_divided_anew);
    tcase_add_test(tcase, a_strategy_is_changed_one_member_after_another);
    tcase_add_loop_test(tcase, whatever_answer_is_lost_there_is_one_node_of_each, 0,
                        FIRST_REQUESTS);
    tcase_add_test(tcase, members_may_want_different_topics);
    tcase_add_test(tcase, who_waits_for_the_first_division_hears_of_it);
    tcase_add_test(tcase, an_owner_that_goes_before_it_is_looked_at_is_no_lost_wake_up);
    tcase_add_test(tcase, a_fence_that_rises_before_the_claim_is_read_again);
    tcase_add_test(tcase, what_is_of_no_concern_is_not_even_looked_at);
    tcase_add_test(tcase, what_is_not_announced_yet_is_of_the_old_topic_too);
    return runner_run("members_unlike", tcase);
}
