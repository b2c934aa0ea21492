#include "test/support/runner.h"
#include "test/support/troupe_test.h"

/* The new color looks before it may claim, so that it knows who has what when its turn comes: 0 to
 * 2 are blue, 3 to 5 green. */

enum { PARTITIONS = 12, LIMIT_MS = 60000 };

static void set_up(void)
{
    troupe_open(13);
    troupe.colored = true;
    troupe_topic(PARTITIONS);
    troupe_raise_both();
}

static size_t green_in(enum weir_claim_state state)
{
    size_t count = 0;

    for (unsigned i = 3; i < 6; i++) {
        count += weir_claims_in(&troupe.actors[i].member.claims, state);
    }
    return count;
}

static enum weir_switch_step step(void)
{
    struct weir_switch record;

    troupe_record(&record);
    return record.step;
}

/* One of green cannot say for a while that it is ready. */
static void ask_and_keep_prepared(enum weir_switch_mode mode)
{
    sim_zoo_stall(5, true, false, weir_time_after_ms(sim_zoo_now(), 2000));
    ck_assert(troupe_switch("green", mode, WEIR_SWITCH_GO_BACK));
    troupe_run_ms(300);
    ck_assert_int_eq(step(), WEIR_SWITCH_PREPARED);
}

START_TEST(who_has_what_is_known_before_the_first_release)
{
    ck_assert(troupe_switch("green", (enum weir_switch_mode)_i, WEIR_SWITCH_GO_BACK));
    troupe_await_step(WEIR_SWITCH_DRAINING);
    ck_assert_uint_eq(green_in(WEIR_CLAIM_WAITING), PARTITIONS);
    ck_assert_uint_eq(troupe_of_color(3), 0);
    (void)troupe_await_switched(LIMIT_MS);
    ck_assert_uint_eq(troupe_of_color(3), PARTITIONS);
}
END_TEST

static size_t known_to(unsigned actor)
{
    return weir_claims_in(&troupe.actors[actor].member.claims, WEIR_CLAIM_WAITING);
}

/* Free, and not yet to be had: it is another blue member's, and that is known, too. */
START_TEST(what_gets_free_before_the_turn_is_left_to_the_old_color)
{
    ask_and_keep_prepared((enum weir_switch_mode)_i);
    size_t known = known_to(3) + known_to(4);
    ck_assert_uint_gt(known, 0);
    troupe_expire(0);
    troupe_run_ms(1000);
    ck_assert_int_eq(step(), WEIR_SWITCH_PREPARED);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    ck_assert_uint_eq(known_to(3) + known_to(4), known);
    (void)troupe_await_switched(LIMIT_MS);
    (void)troupe_await_settled(LIMIT_MS);
    ck_assert_uint_eq(troupe_of_color(3), PARTITIONS);
    ck_assert_uint_eq(troupe_tally(3).refused_by_owner, 0);
}
END_TEST

START_TEST(what_was_only_looked_at_is_forgotten_when_the_switch_is_off)
{
    ask_and_keep_prepared(WEIR_SWITCH_EACH);
    ck_assert_uint_gt(troupe.actors[3].member.claims.count, 0);
    ck_assert(troupe_undo());
    (void)troupe_await_switched(LIMIT_MS);
    troupe_run_ms(2000);
    for (unsigned i = 3; i < 6; i++) {
        ck_assert_uint_eq(troupe.actors[i].member.claims.count, 0);
    }
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    troupe_switch_to("green", WEIR_SWITCH_EACH);
    ck_assert_uint_eq(troupe_of_color(3), PARTITIONS);
}
END_TEST

/* Its answers do not come: the switch waits for it, as for a handler that is not open. */
START_TEST(who_still_looks_is_not_ready)
{
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    while (troupe.actors[5].member.record.step != WEIR_SWITCH_PREPARED) {
        troupe_run_us(100);
    }
    sim_zoo_stall(5, false, true, weir_time_after_ms(sim_zoo_now(), 800));
    troupe_await_step(WEIR_SWITCH_DRAINING);
    ck_assert_uint_eq(troupe.actors[5].member.claims.out, 0);
    ck_assert_uint_eq(green_in(WEIR_CLAIM_WAITING), PARTITIONS);
    (void)troupe_await_switched(LIMIT_MS);
    ck_assert_uint_eq(troupe_of_color(3), PARTITIONS);
}
END_TEST

/* It ends with that first, and then looks. */
START_TEST(a_shadow_is_not_ready_before_it_has_looked)
{
    struct weir_membership *member = &troupe.actors[5].member;

    weir_membership_shadow(member, true);
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    troupe_run_ms(300);
    ck_assert_int_eq(step(), WEIR_SWITCH_PREPARED);
    ck_assert_uint_eq(member->claims.count, 0);
    weir_membership_shadow(member, false);
    troupe_await_step(WEIR_SWITCH_DRAINING);
    ck_assert_uint_eq(green_in(WEIR_CLAIM_WAITING), PARTITIONS);
    (void)troupe_await_switched(LIMIT_MS);
    ck_assert_uint_eq(troupe_of_color(3), PARTITIONS);
}
END_TEST

/* The record was deleted, and begins anew: nobody may work until it says who. That the old color
 * does for a moment is what the troupe holds against it. */
static void run_unjudged_ms(int ms)
{
    for (int i = 0; i < ms; i++) {
        troupe.broken[0] = '\0';
        troupe_run_ms(1);
    }
    troupe.broken[0] = '\0';
}

START_TEST(what_is_had_is_not_kept_for_a_turn_that_is_to_come)
{
    sim_zoo_remove("/consumers/fleet/weir/switch");
    troupe_run_ms(1000);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    weir_switch_init(&troupe.record);
    sim_zoo_stall(2, true, false, weir_time_after_ms(sim_zoo_now(), 2000));
    ck_assert(troupe_switch("blue", (enum weir_switch_mode)_i, WEIR_SWITCH_GO_BACK));
    run_unjudged_ms(1000);
    ck_assert_int_eq(step(), WEIR_SWITCH_PREPARED);
    ck_assert_uint_eq(troupe_active(0) + troupe_active(1), 0);
    run_unjudged_ms(5000);
    (void)troupe_await_switched(LIMIT_MS);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ahead");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_loop_test(tcase, who_has_what_is_known_before_the_first_release, 0, 2);
    tcase_add_loop_test(tcase, what_gets_free_before_the_turn_is_left_to_the_old_color, 0, 2);
    tcase_add_test(tcase, what_was_only_looked_at_is_forgotten_when_the_switch_is_off);
    tcase_add_test(tcase, who_still_looks_is_not_ready);
    tcase_add_loop_test(tcase, what_is_had_is_not_kept_for_a_turn_that_is_to_come, 0, 2);
    tcase_add_test(tcase, a_shadow_is_not_ready_before_it_has_looked);
    return runner_run("colors_ahead", tcase);
}
