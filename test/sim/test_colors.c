#include "framework/znode.h"
#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <stdio.h>
#include <string.h>

/* Single stories of a group with two colors: 0 to 2 are blue, 3 to 5 green. */

enum { PARTITIONS = 12, LIMIT_MS = 60000 };

static void set_up(void)
{
    troupe_open(11);
    troupe.colored = true;
    troupe_topic(PARTITIONS);
}

static void expect_active(const char *color, uint64_t epoch)
{
    struct weir_switch record;

    troupe_record(&record);
    ck_assert_str_eq(record.active, color);
    ck_assert_uint_eq(record.epoch, epoch);
    ck_assert_uint_eq(troupe_of_color(0), strcmp(color, "blue") == 0 ? PARTITIONS : 0);
    ck_assert_uint_eq(troupe_of_color(3), strcmp(color, "green") == 0 ? PARTITIONS : 0);
}

static void await_end(void)
{
    (void)troupe_await_switched(LIMIT_MS);
    (void)troupe_settle();
}

static void expect_last(enum weir_switch_outcome outcome, const char *why)
{
    struct weir_switch record;

    troupe_record(&record);
    ck_assert_uint_gt(record.past_count, 0);
    ck_assert_str_eq(weir_switch_outcome_name(record.past[0].outcome),
                     weir_switch_outcome_name(outcome));
    ck_assert_msg(strstr(record.past[0].why, why) != NULL, "why: %s", record.past[0].why);
}

START_TEST(nobody_works_before_a_color_was_chosen)
{
    troupe_start_many(0, 3);
    troupe_start_many(3, 3);
    troupe_run_ms(5000);
    ck_assert_uint_eq(troupe_of_color(0) + troupe_of_color(3), 0);
    troupe_switch_to("blue", (enum weir_switch_mode)_i);
    expect_active("blue", 2);
}
END_TEST

START_TEST(a_switch_moves_everything_once)
{
    troupe_raise_both();
    memset(troupe.moves, 0, sizeof troupe.moves);
    ck_assert(troupe_switch("green", (enum weir_switch_mode)_i, WEIR_SWITCH_GO_BACK));
    (void)troupe_await_switched(LIMIT_MS);
    expect_active("green", 4);
    expect_last(WEIR_SWITCH_DONE, "");
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_uint_eq(troupe.moves[0][p], 1);
    }
    ck_assert_uint_eq(troupe_tally(0).handed_over, PARTITIONS);
    ck_assert_uint_eq(troupe_tally(0).taken_over, PARTITIONS); /* the first switch */
    ck_assert_uint_eq(troupe_tally(3).taken_over, PARTITIONS);
    ck_assert_uint_eq(troupe_tally(3).handed_over, 0);
    ck_assert_uint_eq(troupe_tally(3).refused_by_owner, 0); /* it knew who had them */
    troupe_switch_to("blue", (enum weir_switch_mode)_i);
    expect_active("blue", 6);
}
END_TEST

/* The standby has its share on paper: nothing is divided anew. */
START_TEST(a_standby_takes_what_its_share_says)
{
    troupe_raise_both();
    char before[4096];
    (void)snprintf(before, sizeof before, "%s",
                   sim_zoo_data("/consumers/fleet/weir/allotment-green"));
    troupe_switch_to("green", WEIR_SWITCH_EACH);
    ck_assert_str_eq(sim_zoo_data("/consumers/fleet/weir/allotment-green"), before);
    for (unsigned i = 3; i < 6; i++) {
        ck_assert_uint_eq(troupe_active(i), PARTITIONS / 3);
    }
}
END_TEST

/* With handlers that take long, each partition of the quick ones has moved before. */
START_TEST(no_partition_waits_for_the_slowest_unless_it_is_asked_for)
{
    troupe_raise_both();
    troupe.drain_ms_max = 3000;
    ck_assert(troupe_switch("green", (enum weir_switch_mode)_i, WEIR_SWITCH_GO_ON));
    bool mixed = false;
    struct weir_switch record;
    do {
        troupe_run_ms(1);
        mixed = mixed || (troupe_of_color(0) > 0 && troupe_of_color(3) > 0);
        troupe_record(&record);
    } while (record.step != WEIR_SWITCH_IDLE && troupe.broken[0] == '\0');
    ck_assert_int_eq(mixed, _i == WEIR_SWITCH_EACH);
    expect_active("green", 4);
}
END_TEST

START_TEST(an_operator_may_take_it_back_at_each_step)
{
    static const enum weir_switch_step steps[] = {WEIR_SWITCH_PREPARED, WEIR_SWITCH_DRAINING,
                                                  WEIR_SWITCH_ACTIVE};

    troupe_raise_both();
    troupe.drain_ms_max = 1000;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    if (steps[_i] != WEIR_SWITCH_PREPARED) {
        troupe_await_step(steps[_i]);
    }
    ck_assert(troupe_undo());
    await_end();
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    expect_last(steps[_i] == WEIR_SWITCH_PREPARED ? WEIR_SWITCH_ABORTED : WEIR_SWITCH_ROLLED_BACK,
                "the operator wants it");
}
END_TEST

START_TEST(without_a_standby_nothing_is_touched)
{
    troupe_start_many(0, 3);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    memset(troupe.moves, 0, sizeof troupe.moves);
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    (void)troupe_await_switched(LIMIT_MS);
    expect_active("blue", 2);
    expect_last(WEIR_SWITCH_ABORTED, "green");
    ck_assert_uint_eq(troupe.actors[0].revocations, 0);
}
END_TEST

START_TEST(a_drain_that_takes_too_long_goes_back)
{
    troupe_raise_both();
    troupe.drain_ms_max = 200000;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    troupe_await_step(WEIR_SWITCH_RETURNING);
    (void)troupe_await_switched(300000);
    (void)troupe_await_settled(300000);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    expect_last(WEIR_SWITCH_ROLLED_BACK, "drained");
}
END_TEST

/* Handlers that would hold up any other switch until its deadline. */
START_TEST(an_immediate_switch_waits_for_no_handler)
{
    troupe_start_many(0, 3);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_start_many(3, 3);
    troupe_run_ms(2000);
    troupe.drain_ms_max = 200000;
    troupe.drain = WEIR_SWITCH_IMMEDIATE;
    ck_assert(troupe_switch("green", (enum weir_switch_mode)_i, WEIR_SWITCH_GO_BACK));
    ck_assert_int_lt(troupe_await_switched(LIMIT_MS), 2000);
    expect_active("green", 4);
    expect_last(WEIR_SWITCH_DONE, "");
}
END_TEST

/* What is being handed back for another reason when it comes is not waited for either. */
START_TEST(an_immediate_switch_ends_a_drain_that_began_before)
{
    troupe_start_many(0, 2);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_start_many(3, 3);
    troupe_run_ms(2000);
    troupe.drain_ms_max = 200000;
    troupe_start(2);
    uint32_t before = troupe.actors[0].revocations;
    while (troupe.actors[0].revocations == before) {
        troupe_run_ms(1);
    }
    troupe.drain = WEIR_SWITCH_IMMEDIATE;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    ck_assert_int_lt(troupe_await_switched(LIMIT_MS), 2000);
    expect_active("green", 4);
}
END_TEST

/* The way back is as ever: what green has in flight is finished. */
START_TEST(nobody_is_cut_short_on_the_way_back)
{
    troupe_start_many(0, 3);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_start_many(3, 3);
    troupe_run_ms(2000);
    troupe.drain = WEIR_SWITCH_IMMEDIATE;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    troupe_await_step(WEIR_SWITCH_ACTIVE);
    troupe.drain_ms_max = 10000;
    ck_assert(troupe_undo());
    ck_assert_int_gt(troupe_await_switched(LIMIT_MS), 1000);
    expect_active("blue", 5);
}
END_TEST

START_TEST(an_owner_that_dies_in_the_middle_does_not_stop_it)
{
    troupe_raise_both();
    troupe.drain_ms_max = 1000;
    ck_assert(troupe_switch("green", (enum weir_switch_mode)_i, WEIR_SWITCH_GO_BACK));
    troupe_await_step(WEIR_SWITCH_DRAINING);
    troupe_crash(1);
    troupe_crash(4);
    await_end();
    expect_active("green", 4);
}
END_TEST

START_TEST(who_joins_in_the_middle_goes_by_the_record)
{
    troupe_start_many(0, 2);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_start_many(3, 2);
    troupe_run_ms(2000);
    troupe.drain_ms_max = 1000;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    troupe_await_step(WEIR_SWITCH_DRAINING);
    troupe_start(2);
    troupe_start(5);
    await_end();
    expect_active("green", 4);
}
END_TEST

static bool is_owned(int32_t partition)
{
    struct weir_znode node;

    weir_znode_owner(&node, "fleet", "orders", partition);
    return sim_zoo_exists(node.path);
}

/* What a member counts from when it says how long a take-over took: neither from when it was told
 * that it may, nor from its own claim. */
START_TEST(a_taker_counts_from_the_release_that_it_saw)
{
    enum { ROUND_TRIP_NS = 2 * WEIR_NS_PER_MS };
    weir_time free_at[PARTITIONS] = {0};

    troupe_raise_both();
    troupe.drain_ms_max = 3000;
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_ON));
    while (troupe_of_color(3) < PARTITIONS) {
        for (int32_t p = 0; p < PARTITIONS; p++) {
            free_at[p] = free_at[p] == 0 && !is_owned(p) ? sim_zoo_now() : free_at[p];
        }
        troupe_run_ms(1);
        ck_assert_str_eq(troupe.broken, "");
    }
    for (int32_t p = 0; p < PARTITIONS; p++) {
        weir_time since = 0;
        for (unsigned i = 3; i < 6 && since == 0; i++) {
            since = weir_membership_since(&troupe.actors[i].member, "orders", p);
        }
        ck_assert_int_gt(since, 0);
        ck_assert_int_le(since - free_at[p], ROUND_TRIP_NS);
        ck_assert_int_ge(since - free_at[p], -ROUND_TRIP_NS);
    }
}
END_TEST

static const char record_path[] = "/consumers/fleet/weir/switch";

/* Nothing that comes and goes meanwhile takes anything from anybody. */
static void spoil_record(const char *junk)
{
    char good[8192];

    (void)snprintf(good, sizeof good, "%s", sim_zoo_data(record_path));
    uint64_t requests = sim_zoo_requests();
    if (junk == NULL) {
        sim_zoo_remove(record_path);
    } else {
        sim_zoo_write(record_path, junk);
    }
    troupe_run_ms(2000);
    troupe_start(2);
    troupe_run_ms(60000);
    ck_assert_uint_lt(sim_zoo_requests() - requests, 100);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    ck_assert_uint_eq(troupe_active(2), 0);
    ck_assert_uint_gt(troupe.actors[0].alarms, 0);
    sim_zoo_write(record_path, good);
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_active(2), PARTITIONS / 3);
}

START_TEST(a_record_that_cannot_be_read_is_not_obeyed)
{
    static const char *const junk[] = {"{\"version\":1,\"active\":\"green\"}", "{\"version\":99}",
                                       NULL};

    troupe_start_many(0, 2);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    spoil_record(junk[_i]);
    troupe_start_many(3, 3);
    troupe_run_ms(2000);
    troupe_switch_to("green", WEIR_SWITCH_EACH);
    expect_active("green", 4);
}
END_TEST

/* Whoever works goes on with what it has, whatever the record says meanwhile. */
START_TEST(a_switch_does_not_ask_for_an_allotment_that_cannot_be_read)
{
    troupe_start_many(0, 3);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    sim_zoo_write("/consumers/fleet/weir/allotment-blue", "{\"version\":99}");
    troupe_run_ms(2000);
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    (void)troupe_await_switched(LIMIT_MS);
    troupe_run_ms(5000);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    expect_last(WEIR_SWITCH_ABORTED, "green");
}
END_TEST

/* What it had said before it lost its session is over. */
START_TEST(who_rejoins_says_nothing_of_before)
{
    troupe_start_many(0, 2);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_expire(0);
    while (troupe.actors[0].member.stage != WEIR_MEMBERSHIP_AWAY) {
        troupe_run_ms(1);
    }
    ck_assert_uint_eq(troupe.actors[0].member.self.progress.turn, 0);
    (void)troupe_settle();
}
END_TEST

/* As docs/decisions/0010 says. */
START_TEST(a_switch_costs_what_is_written)
{
    unsigned each = (unsigned)_i;
    uint64_t n = 2 * (uint64_t)each;

    troupe_start_many(0, each);
    troupe_start_many(3, each);
    troupe_run_ms(2000);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_run_ms(2000);
    uint64_t before = sim_zoo_requests();
    troupe_switch_to("green", WEIR_SWITCH_EACH);
    troupe_run_ms(2000);
    ck_assert_uint_le(sim_zoo_requests() - before, 3 * n * n + 17 * n + (uint64_t)6 * PARTITIONS);
}
END_TEST

int main(void)
{
    TCase *stories = tcase_create("stories");

    tcase_add_checked_fixture(stories, set_up, troupe_finish);
    tcase_add_loop_test(stories, nobody_works_before_a_color_was_chosen, 0, 2);
    tcase_add_loop_test(stories, a_switch_moves_everything_once, 0, 2);
    tcase_add_test(stories, a_standby_takes_what_its_share_says);
    tcase_add_loop_test(stories, no_partition_waits_for_the_slowest_unless_it_is_asked_for, 0, 2);
    tcase_add_loop_test(stories, an_operator_may_take_it_back_at_each_step, 0, 3);
    tcase_add_test(stories, a_taker_counts_from_the_release_that_it_saw);
    tcase_add_test(stories, without_a_standby_nothing_is_touched);
    tcase_add_test(stories, a_drain_that_takes_too_long_goes_back);
    tcase_add_loop_test(stories, an_immediate_switch_waits_for_no_handler, 0, 2);
    tcase_add_test(stories, an_immediate_switch_ends_a_drain_that_began_before);
    tcase_add_test(stories, nobody_is_cut_short_on_the_way_back);
    tcase_add_loop_test(stories, an_owner_that_dies_in_the_middle_does_not_stop_it, 0, 2);
    tcase_add_test(stories, who_joins_in_the_middle_goes_by_the_record);
    tcase_add_loop_test(stories, a_record_that_cannot_be_read_is_not_obeyed, 0, 3);
    tcase_add_test(stories, a_switch_does_not_ask_for_an_allotment_that_cannot_be_read);
    tcase_add_test(stories, who_rejoins_says_nothing_of_before);
    tcase_add_loop_test(stories, a_switch_costs_what_is_written, 1, 4);
    return runner_run("colors", stories);
}
