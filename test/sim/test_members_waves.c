#include "test/support/relay.h"
#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include <stdio.h>
#include <string.h>

/* In a switch partitions go a few at a time, and the others work on meanwhile: docs/decisions/0016.
 */

enum {
    MANY = 256,
    AT_A_TIME = MANY / WEIR_WAVES_PARTS,
    SPREAD_HOPS = 1000 / RELAY_HOP_MS,
    LAST_HOPS = SPREAD_HOPS * (WEIR_WAVES_STEPS - 2) / WEIR_WAVES_STEPS + 1,
    SLOW_HOPS = 1000 /* what a handler may take, ten seconds */
};

static bool is_nobodys(uint32_t partition, weir_time at)
{
    weir_time begun_at = relay.begun_at[partition];

    return relay.revoked_at[partition] != 0 && relay.revoked_at[partition] <= at &&
           (begun_at == 0 || begun_at > at);
}

/* The most that were told to stop, and had not begun again, at a time. */
static uint32_t most_under_way(void)
{
    uint32_t most = 0;

    for (uint32_t p = 0; p < relay.partitions; p++) {
        uint32_t count = 0;
        for (uint32_t other = 0; other < relay.partitions; other++) {
            count += is_nobodys(other, relay.revoked_at[p]) ? 1 : 0;
        }
        most = count > most ? count : most;
    }
    return most;
}

static int64_t last_revoked_since(weir_time from)
{
    int64_t last = 0;

    for (uint32_t p = 0; p < relay.partitions; p++) {
        int64_t hops = (relay.revoked_at[p] - from) / RELAY_HOP_NS;
        last = hops > last ? hops : last;
    }
    return last;
}

static uint32_t revoked(void)
{
    uint32_t count = 0;

    for (uint32_t p = 0; p < relay.partitions; p++) {
        count += relay.revoked_at[p] != 0 ? 1 : 0;
    }
    return count;
}

static void await_revoked(uint32_t count)
{
    weir_time until = sim_zoo_now() + (weir_time)SLOW_HOPS * RELAY_HOP_NS;

    while (revoked() < count) {
        ck_assert_int_lt(sim_zoo_now(), until);
        relay_turn();
    }
}

/* Half of them for each round of messages: what is told, and that it is claimed. */
START_TEST(many_change_their_color_a_few_at_a_time)
{
    enum { ROUNDS = 2 * WEIR_WAVES_PARTS };
    weir_time draining_at = relay_switch(MANY, WEIR_SWITCH_EACH);

    relay_await_begun(MANY);
    printf("note: %u under way at a time, the last is another's after %lld hops\n",
           most_under_way(), (long long)relay_slowest_since(draining_at));
    ck_assert_uint_le(most_under_way(), AT_A_TIME);
    ck_assert_int_le(relay_slowest_since(draining_at),
                     RELAY_HEARD + (int64_t)ROUNDS * RELAY_HANDED_OVER);
    ck_assert_int_lt(relay_slowest_since(draining_at), SPREAD_HOPS);
}
END_TEST

/* Nobody is helped by that: a handler that is not waited for, and a new color that has to wait for
 * all. */
START_TEST(where_it_is_of_no_use_all_are_told_at_once)
{
    relay.drain = _i == 0 ? WEIR_SWITCH_IMMEDIATE : WEIR_SWITCH_IN_FLIGHT;
    weir_time draining_at = relay_switch(MANY, _i == 0 ? WEIR_SWITCH_EACH : WEIR_SWITCH_TOGETHER);
    relay_await_begun(MANY);
    ck_assert_uint_eq(most_under_way(), MANY);
    ck_assert_int_le(last_revoked_since(draining_at), RELAY_HEARD);
}
END_TEST

START_TEST(slow_handlers_do_not_make_waves_wait_for_each_other)
{
    relay.drain_ns = (int64_t)SLOW_HOPS * RELAY_HOP_NS;
    weir_time draining_at = relay_switch(MANY, WEIR_SWITCH_EACH);
    relay_await_begun(MANY);
    ck_assert_int_le(last_revoked_since(draining_at), RELAY_HEARD + LAST_HOPS);
    ck_assert_int_le(relay_slowest_since(draining_at),
                     RELAY_HEARD + SPREAD_HOPS + SLOW_HOPS + RELAY_HANDED_OVER);
    ck_assert_int_eq(relay_slowest_handover(), RELAY_HANDED_OVER);
}
END_TEST

/* Those that were not told to stop never do. */
START_TEST(what_has_not_begun_stays_when_the_switch_is_taken_back)
{
    (void)relay_switch(MANY, WEIR_SWITCH_EACH);
    await_revoked(AT_A_TIME);
    relay_undo();
    relay_rest();
    relay_rest();
    ck_assert_uint_eq(relay_step(), WEIR_SWITCH_IDLE);
    ck_assert_uint_lt(revoked(), MANY / 2);
    ck_assert_uint_eq(weir_claims_in(&relay.players[0].member.claims, WEIR_CLAIM_HELD), MANY);
}
END_TEST

/* On its way back it goes no otherwise. */
START_TEST(a_rollback_goes_in_waves_too)
{
    (void)relay_switch(MANY, WEIR_SWITCH_EACH);
    while (relay_step() != WEIR_SWITCH_HANDED_OVER) {
        relay_turn();
    }
    relay_await_begun(MANY);
    memset(relay.revoked_at, 0, sizeof relay.revoked_at);
    memset(relay.begun_at, 0, sizeof relay.begun_at);
    relay_undo();
    relay_await_begun(MANY);
    ck_assert_uint_eq(revoked(), MANY);
    ck_assert_uint_le(most_under_way(), AT_A_TIME);
}
END_TEST

START_TEST(who_leaves_in_the_middle_hands_back_all_at_once)
{
    (void)relay_switch(MANY, WEIR_SWITCH_EACH);
    await_revoked(AT_A_TIME);
    weir_membership_leave(&relay.players[0].member);
    relay_turn();
    ck_assert_uint_eq(revoked(), MANY);
    relay_await_begun(MANY);
}
END_TEST

/* Nobody claims what is free: it is as if each handler were slow. */
START_TEST(who_is_cut_off_keeps_nothing_waiting)
{
    weir_time draining_at = relay_switch(MANY, WEIR_SWITCH_EACH);

    await_revoked(AT_A_TIME);
    sim_zoo_cut(1);
    await_revoked(MANY);
    ck_assert_int_le(last_revoked_since(draining_at), RELAY_HEARD + LAST_HOPS);
    sim_zoo_heal(1);
    relay_await_begun(MANY);
}
END_TEST

/* What was not told to stop goes on, and then it goes as if it began. */
static void expect_waves_since(weir_time from)
{
    relay_await_begun(MANY);
    ck_assert_uint_le(most_under_way(), AT_A_TIME);
    ck_assert_int_gt(last_revoked_since(from), RELAY_HEARD);
    ck_assert_int_le(last_revoked_since(from), RELAY_HEARD + LAST_HOPS);
}

/* Nobody may claim what would be handed back. */
START_TEST(while_the_record_is_damaged_no_more_are_told)
{
    static const char path[] = "/consumers/fleet/weir/switch";
    char text[4096];

    (void)relay_switch(MANY, WEIR_SWITCH_EACH);
    await_revoked(AT_A_TIME);
    (void)snprintf(text, sizeof text, "%s", sim_zoo_data(path));
    relay.may_alarm = true;
    if (_i == 0) {
        sim_zoo_write(path, "{");
    } else {
        sim_zoo_remove(path);
    }
    while (!relay.players[0].member.record_bad) {
        relay_turn();
    }
    uint32_t told = revoked();
    relay_rest();
    relay_rest();
    ck_assert_uint_eq(revoked(), told);
    sim_zoo_write(path, text);
    expect_waves_since(sim_zoo_now());
}
END_TEST

/* Who cannot give anything back keeps it. */
START_TEST(who_is_not_connected_tells_no_more_until_it_is)
{
    (void)relay_switch(MANY, WEIR_SWITCH_EACH);
    await_revoked(AT_A_TIME);
    sim_zoo_cut(0);
    relay_turn();
    uint32_t told = revoked();
    relay_rest();
    relay_rest();
    ck_assert_uint_eq(revoked(), told);
    sim_zoo_heal(0);
    expect_waves_since(sim_zoo_now());
}
END_TEST

/* Else what one who is quick claims would be counted for nobody. */
START_TEST(what_is_given_back_is_watched_for_the_waves)
{
    char topic[] = "orders";
    struct weir_claim claim = {.topic = topic, .state = WEIR_CLAIM_DEAD};
    struct weir_claim *all[] = {&claim};
    static struct weir_claims claims;
    const struct weir_claims_place place = {.group = "fleet"};
    const char *path = "/consumers/fleet/owners/orders/0";

    claims.all = all;
    claims.count = 1;
    ck_assert(!weir_claims_changed(&claims, &place, path));
    claim.state = WEIR_CLAIM_HELD;
    ck_assert(weir_claims_changed(&claims, &place, path));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members_waves");

    tcase_add_checked_fixture(tcase, relay_open, relay_close);
    tcase_add_test(tcase, many_change_their_color_a_few_at_a_time);
    tcase_add_loop_test(tcase, where_it_is_of_no_use_all_are_told_at_once, 0, 2);
    tcase_add_test(tcase, slow_handlers_do_not_make_waves_wait_for_each_other);
    tcase_add_test(tcase, what_has_not_begun_stays_when_the_switch_is_taken_back);
    tcase_add_test(tcase, a_rollback_goes_in_waves_too);
    tcase_add_test(tcase, who_leaves_in_the_middle_hands_back_all_at_once);
    tcase_add_test(tcase, who_is_cut_off_keeps_nothing_waiting);
    tcase_add_loop_test(tcase, while_the_record_is_damaged_no_more_are_told, 0, 2);
    tcase_add_test(tcase, who_is_not_connected_tells_no_more_until_it_is);
    tcase_add_test(tcase, what_is_given_back_is_watched_for_the_waves);
    return runner_run("members_waves", tcase);
}
