#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <stdio.h>
#include <string.h>

/* Stories of a group with two colors whose old one goes on to its stop offsets: 0 to 2 are blue, 3
 * to 5 green, each record takes a millisecond. */

enum { PARTITIONS = 12, LIMIT_MS = 60000, AHEAD = 3000 };
static const char stops_path[] = "/consumers/fleet/weir/stops";

/* Blue works, green stands by. */
static void set_up(void)
{
    troupe_open(11);
    troupe.colored = true;
    troupe_topic(PARTITIONS);
    troupe_raise_both();
}

static void ask(enum weir_switch_overdue overdue)
{
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, overdue));
}

static void await_end(enum weir_switch_outcome outcome, const char *why)
{
    struct weir_switch record;

    (void)troupe_await_switched(LIMIT_MS);
    (void)troupe_await_settled(LIMIT_MS);
    troupe_record(&record);
    ck_assert_str_eq(weir_switch_outcome_name(record.past[0].outcome),
                     weir_switch_outcome_name(outcome));
    ck_assert_msg(strstr(record.past[0].why, why) != NULL, "why: %s", record.past[0].why);
    ck_assert_uint_eq(troupe_of_color(outcome == WEIR_SWITCH_DONE ? 3 : 0), PARTITIONS);
}

/* Begun at the stop offset: by how many of the partitions? */
static uint32_t exact(void)
{
    uint32_t count = 0;

    for (uint32_t p = 0; p < PARTITIONS; p++) {
        count += troupe.began_at[0][p] == troupe.stops[0][p] ? 1 : 0;
    }
    return count;
}

START_TEST(each_partition_is_handed_over_at_its_stop_offset)
{
    troupe_stop_ahead(AHEAD);
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        troupe.next_stops[0][p] += (int64_t)p * 100;
    }
    ck_assert(troupe_switch("green", (enum weir_switch_mode)_i, WEIR_SWITCH_GO_BACK));
    await_end(WEIR_SWITCH_DONE, "");
    ck_assert_uint_eq(exact(), PARTITIONS);
}
END_TEST

/* No partition waits for another one. */
START_TEST(a_partition_goes_when_it_is_there)
{
    troupe_stop_ahead(AHEAD);
    troupe.next_stops[0][4] += 10000;
    troupe.next_stops[0][5] = WEIR_SWITCH_STOP_NONE;
    ask(WEIR_SWITCH_GO_BACK);
    troupe_await_step(WEIR_SWITCH_DRAINING);
    troupe_run_ms(1000); /* the one without a stop offset went at once */
    ck_assert_uint_eq(troupe_of_color(3), 1);
    troupe_run_ms(AHEAD);
    ck_assert_uint_eq(troupe_of_color(3), PARTITIONS - 1);
    ck_assert_uint_eq(troupe_of_color(0), 1);
    await_end(WEIR_SWITCH_DONE, "");
    ck_assert_uint_eq(exact(), PARTITIONS - 1);
}
END_TEST

/* Never a loss, never a repetition: green begins at what is committed. */
START_TEST(who_is_past_it_hands_over_at_once)
{
    int64_t before = troupe_position(0, 0);

    troupe_stop_ahead(-100);
    ask(WEIR_SWITCH_GO_BACK);
    ck_assert_int_lt(troupe_await_switched(LIMIT_MS), 2000);
    await_end(WEIR_SWITCH_DONE, "");
    ck_assert_uint_eq(exact(), 0);
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_ge(troupe.began_at[0][p], before);
    }
}
END_TEST

START_TEST(who_is_there_hands_over_at_once)
{
    troupe.record_us = 0; /* nothing comes any more */
    troupe_run_ms(1);
    troupe_stop_ahead(0);
    ask(WEIR_SWITCH_GO_BACK);
    ck_assert_int_lt(troupe_await_switched(LIMIT_MS), 2000);
    await_end(WEIR_SWITCH_DONE, "");
    ck_assert_uint_eq(exact(), PARTITIONS);
}
END_TEST

/* What it had and had not come to goes on at green from what it had committed. */
START_TEST(what_a_member_that_dies_had_is_handed_over_before_it)
{
    troupe_stop_ahead(AHEAD);
    ask(WEIR_SWITCH_GO_BACK);
    troupe_await_step(WEIR_SWITCH_DRAINING);
    uint32_t had = troupe_active(1);
    troupe_crash(1);
    await_end(WEIR_SWITCH_DONE, "");
    ck_assert_uint_eq(had, PARTITIONS / 3);
    ck_assert_uint_eq(exact(), PARTITIONS - had);
}
END_TEST

/* Some are at green, some on their way: blue has all again, and goes past the stop offsets. */
START_TEST(it_can_be_taken_back_in_the_middle)
{
    troupe_stop_ahead(AHEAD);
    for (uint32_t p = 0; p < PARTITIONS / 2; p++) {
        troupe.next_stops[0][p] += 10000;
    }
    ask(WEIR_SWITCH_GO_BACK);
    troupe_await_step(WEIR_SWITCH_DRAINING);
    while (troupe_of_color(3) < PARTITIONS / 2 && troupe.broken[0] == '\0') {
        troupe_run_ms(1);
    }
    ck_assert(troupe_undo());
    await_end(WEIR_SWITCH_ROLLED_BACK, "the operator wants it");
    troupe_run_ms(20000);
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_gt(troupe_position(0, p), troupe.stops[0][p]);
    }
}
END_TEST

/* 20 seconds to drain, and a stop offset that is an hour away. */
START_TEST(what_is_not_there_in_time_is_taken_back_or_handed_over)
{
    troupe_stop_ahead(3600000);
    troupe.next_stops[0][7] = troupe_position(0, 7) + AHEAD;
    ask((enum weir_switch_overdue)_i);
    troupe_await_step(WEIR_SWITCH_DRAINING);
    troupe_run_ms(19000);
    ck_assert_uint_eq(troupe_of_color(3), 1);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS - 1);
    if (_i == WEIR_SWITCH_GO_BACK) {
        await_end(WEIR_SWITCH_ROLLED_BACK, "has not drained");
    } else {
        troupe_run_ms(3000);
        await_end(WEIR_SWITCH_DONE, "");
        ck_assert_uint_eq(exact(), 1);
    }
}
END_TEST

/* Whoever knows of them waits there, also before anything moves; and goes on if it does not. */
START_TEST(an_abort_lets_it_go_on)
{
    troupe_stop_ahead(500);
    for (unsigned i = 3; i < 6; i++) {
        troupe_crash(i); /* its members are seen until their sessions end, and say nothing */
    }
    ask(WEIR_SWITCH_GO_BACK);
    troupe_run_ms(2000);
    ck_assert_int_eq(troupe_position(0, 0), troupe.stops[0][0]);
    uint32_t revocations = troupe.actors[0].revocations;
    await_end(WEIR_SWITCH_ABORTED, "there is no member of green");
    ck_assert_uint_eq(troupe.actors[0].revocations, revocations);
    troupe_run_ms(1000);
    ck_assert_int_gt(troupe_position(0, 0), troupe.stops[0][0]);
}
END_TEST

/* Nobody says that it knows the switch, and nothing is touched. */
START_TEST(stop_offsets_that_cannot_be_read_are_not_obeyed)
{
    static const char *const junk[] = {"{\"version\":1,", "{\"version\":99}",
                                       "{\"version\":1,\"id\":\"another\",\"topics\":{}}", NULL};
    uint32_t revocations = troupe.actors[0].revocations;

    troupe_stop_ahead(AHEAD);
    ask(WEIR_SWITCH_GO_BACK);
    if (junk[_i] == NULL) {
        sim_zoo_remove(stops_path);
    } else {
        sim_zoo_write(stops_path, junk[_i]);
    }
    await_end(WEIR_SWITCH_ABORTED, "has not heard of it");
    ck_assert_uint_eq(troupe.actors[0].revocations, revocations);
    ck_assert_uint_gt(troupe.actors[0].alarms, 0);
    ck_assert_int_gt(troupe_position(0, 0), troupe.stops[0][0]);
}
END_TEST

/* They stay there, for the switch may go on where it was; and that is said again and again. */
START_TEST(a_record_that_is_damaged_holds_them_and_that_is_said)
{
    static const char path[] = "/consumers/fleet/weir/switch";
    enum { MINUTE_MS = 60000, MINUTES = 3 };
    char good[8192];

    troupe_stop_ahead(500);
    for (unsigned i = 3; i < 6; i++) {
        troupe_pause(i, 4000); /* so that it stays prepared */
    }
    ask(WEIR_SWITCH_GO_BACK);
    troupe_run_ms(2000);
    ck_assert_uint_eq(troupe.actors[0].alarms, 0);
    (void)snprintf(good, sizeof good, "%s", sim_zoo_data(path));
    sim_zoo_write(path, "{\"version\":99}");
    troupe_run_ms((int64_t)MINUTES * MINUTE_MS);
    ck_assert_int_eq(troupe_position(0, 0), troupe.stops[0][0]);
    ck_assert_uint_ge(troupe.actors[0].alarms, 1 + MINUTES); /* that it is not obeyed, and this */
    ck_assert_uint_le(troupe.actors[0].alarms, 2 + MINUTES);
    sim_zoo_write(path, good);
    await_end(WEIR_SWITCH_ABORTED, "overdue");
    troupe_run_ms(1000);
    ck_assert_int_gt(troupe_position(0, 0), troupe.stops[0][0]);
}
END_TEST

/* What it is given in the middle it takes up to the stop offset, and no further. */
START_TEST(who_joins_before_anything_moves_stops_there_too)
{
    troupe_crash(2);
    troupe_run_ms((int64_t)2 * SIM_ZOO_TIMEOUT_MS);
    troupe_stop_ahead(AHEAD);
    for (unsigned i = 3; i < 6; i++) {
        troupe_pause(i, 4000); /* so that it stays prepared */
    }
    ask(WEIR_SWITCH_GO_BACK);
    troupe_run_ms(100);
    troupe_start(2);
    troupe_run_ms(2000);
    ck_assert_uint_eq(troupe_active(2), PARTITIONS / 3);
    await_end(WEIR_SWITCH_DONE, "");
    ck_assert_uint_eq(exact(), PARTITIONS);
}
END_TEST

/* It might go past them: it waits until the switch is off. */
START_TEST(who_does_not_know_them_begins_nothing)
{
    troupe_crash(2);
    troupe_run_ms((int64_t)2 * SIM_ZOO_TIMEOUT_MS);
    troupe_stop_ahead(AHEAD);
    for (unsigned i = 3; i < 6; i++) {
        troupe_pause(i, 4000);
    }
    ask(WEIR_SWITCH_GO_BACK);
    troupe_run_ms(100);
    sim_zoo_write(stops_path, "{}");
    troupe_start(2);
    troupe_run_ms(5000);
    ck_assert_uint_eq(troupe_active(2), 0);
    await_end(WEIR_SWITCH_ABORTED, "m2 has not heard of it");
    ck_assert_uint_eq(troupe_active(2), PARTITIONS / 3);
}
END_TEST

START_TEST(who_leaves_in_the_middle_hands_over_where_it_is)
{
    troupe_stop_ahead(AHEAD);
    ask(WEIR_SWITCH_GO_BACK);
    troupe_await_step(WEIR_SWITCH_DRAINING);
    troupe_leave(0);
    await_end(WEIR_SWITCH_DONE, "");
    ck_assert_uint_eq(exact(), PARTITIONS - PARTITIONS / 3);
}
END_TEST

int main(void)
{
    TCase *stories = tcase_create("stories");

    tcase_add_checked_fixture(stories, set_up, troupe_finish);
    tcase_add_loop_test(stories, each_partition_is_handed_over_at_its_stop_offset, 0, 2);
    tcase_add_test(stories, a_partition_goes_when_it_is_there);
    tcase_add_test(stories, who_is_past_it_hands_over_at_once);
    tcase_add_test(stories, who_is_there_hands_over_at_once);
    tcase_add_test(stories, what_a_member_that_dies_had_is_handed_over_before_it);
    tcase_add_test(stories, it_can_be_taken_back_in_the_middle);
    tcase_add_loop_test(stories, what_is_not_there_in_time_is_taken_back_or_handed_over, 0, 2);
    tcase_add_test(stories, an_abort_lets_it_go_on);
    tcase_add_loop_test(stories, stop_offsets_that_cannot_be_read_are_not_obeyed, 0, 4);
    tcase_add_test(stories, a_record_that_is_damaged_holds_them_and_that_is_said);
    tcase_add_test(stories, who_joins_before_anything_moves_stops_there_too);
    tcase_add_test(stories, who_does_not_know_them_begins_nothing);
    tcase_add_test(stories, who_leaves_in_the_middle_hands_over_where_it_is);
    return runner_run("colors, stop offsets", stories);
}
