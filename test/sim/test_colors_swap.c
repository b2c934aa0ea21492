#include "framework/base/memory.h"
#include "framework/switch_pair.h"
#include "test/support/runner.h"
#include "test/support/troupe_state.h"
#include "test/support/troupe_test.h"
#include <stdio.h>
#include <string.h>

/* A group with two colors that has one half of a swap: the other group is its record alone, which
 * the test writes as that one's members would. 0 to 2 are blue, 3 to 5 green. */

enum { PARTITIONS = 12, LIMIT_MS = 60000, HEALTH_MS = 500, AHEAD = 3000 };

#define OWN   "/consumers/fleet/weir/switch"
#define OTHER "/consumers/other/weir/switch"

static struct weir_switch own;
static struct weir_switch other;

static void read_one(const char *path, struct weir_switch *out)
{
    const char *text = sim_zoo_data(path);

    weir_switch_init(out);
    if (text != NULL) {
        ck_assert_int_eq(weir_switch_read(text, strlen(text), out, NULL), WEIR_OK);
    }
}

static void read_both(void)
{
    read_one(OWN, &own);
    read_one(OTHER, &other);
}

static void put(const char *path, const struct weir_switch *record)
{
    char *text = NULL;

    ck_assert_int_eq(weir_switch_write(record, &text), WEIR_OK);
    sim_zoo_write(path, text);
    weir_free(text);
}

/* As if its members had done what its step waits for. */
static void advance_other(void)
{
    struct weir_switch_member crew[] = {{.id = "x", .color = "blue"},
                                        {.id = "y", .color = "green"}};
    struct weir_switch_both both;

    read_both();
    for (size_t i = 0; i < 2; i++) {
        crew[i].turn = other.turn;
        crew[i].ready = crew[i].empty = crew[i].full = true;
    }
    const struct weir_switch_sight sight = {
        .members = crew, .member_count = 2, .in_step_ms = HEALTH_MS};
    const struct weir_switch_pair pair = {.record = &other, .peer = &own};
    ck_assert(weir_switch_pair_next(&pair, &sight, &both));
    ck_assert(!both.checks_peer);
    put(OTHER, &both.next);
}

static enum weir_switch_drain drain; /* of what is asked for */

static void ask(const char *path, const struct weir_switch *record, const char *to,
                const char *peer)
{
    struct weir_switch_request request = {
        .id = "swap-1",
        .by = "anna",
        .drain = drain,
        .limits = {
            .prepare_ms = 10000, .drain_ms = 20000, .take_ms = 20000, .health_ms = HEALTH_MS}};
    struct weir_switch next;

    (void)snprintf(request.to, sizeof request.to, "%s", to);
    (void)snprintf(request.peer, sizeof request.peer, "%s", peer);
    ck_assert_int_eq(weir_switch_ask(record, &request, 0, &next, NULL), WEIR_OK);
    put(path, &next);
}

/* Blue has everything, green stands by, and in the other group it is the other way round. */
static void settle(void)
{
    troupe_open(11);
    troupe.colored = true;
    troupe_topic(PARTITIONS);
    troupe_raise_both();
    weir_switch_init(&other);
    (void)snprintf(other.active, sizeof other.active, "green");
    put(OTHER, &other);
    read_both();
}

static void set_up(void)
{
    settle();
    drain = WEIR_SWITCH_IN_FLIGHT;
    ask(OTHER, &other, "blue", "fleet");
    ask(OWN, &own, "green", "other");
}

/* Stop offsets so many records ahead. */
static void set_up_with_stops(void)
{
    settle();
    drain = WEIR_SWITCH_TO_STOPS;
    troupe_stop_ahead(AHEAD);
    ask(OTHER, &other, "blue", "fleet");
    troupe_write_stops("swap-1");
    ask(OWN, &own, "green", "other");
}

static bool is_at(const char *path, enum weir_switch_step step)
{
    struct weir_switch record;

    read_one(path, &record);
    return record.step == step;
}

static void await(const char *path, enum weir_switch_step step)
{
    int64_t patience_ms = LIMIT_MS;

    while (!is_at(path, step) && --patience_ms > 0 && troupe.broken[0] == '\0') {
        troupe_run_ms(1);
    }
    read_both();
    ck_assert_str_eq(troupe.broken, "");
    ck_assert_msg(is_at(path, step), "%s and %s, and not %s", weir_switch_step_name(own.step),
                  weir_switch_step_name(other.step), weir_switch_step_name(step));
}

static void agree(void)
{
    troupe_run_ms(1000);
    advance_other();
    await(OWN, WEIR_SWITCH_DRAINING);
}

/* It could be done, and says so. */
static void finish_other(void)
{
    read_both();
    while (other.step != WEIR_SWITCH_ACTIVE || !other.agreed) {
        advance_other();
        read_both();
    }
}

static void expect_owners(uint32_t blue, uint32_t green)
{
    (void)troupe_settle();
    ck_assert_uint_eq(troupe_of_color(0), blue);
    ck_assert_uint_eq(troupe_of_color(3), green);
}

START_TEST(members_begin_with_the_other_group_and_end_with_it)
{
    troupe_run_ms(5000);
    read_both();
    ck_assert_int_eq(own.step, WEIR_SWITCH_PREPARED);
    ck_assert(own.agreed);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS); /* nothing has moved */
    advance_other();
    await(OWN, WEIR_SWITCH_DRAINING);
    ck_assert_int_eq(other.step, WEIR_SWITCH_DRAINING); /* in one transaction */
    await(OWN, WEIR_SWITCH_ACTIVE);
    troupe_run_ms(HEALTH_MS / 2);
    read_both();
    ck_assert(!own.agreed);
    troupe_run_ms((int64_t)4 * HEALTH_MS);
    read_both();
    ck_assert(own.agreed);
    ck_assert_int_eq(own.step, WEIR_SWITCH_ACTIVE); /* the way back is open */
    finish_other();
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(other.step, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_DONE);
    ck_assert_int_eq(other.past[0].outcome, WEIR_SWITCH_DONE);
    expect_owners(0, PARTITIONS);
}
END_TEST

static void leave_green(void)
{
    for (unsigned i = 3; i < 6; i++) {
        troupe_leave(i);
    }
    troupe_run_ms(1000);
}

START_TEST(a_word_is_taken_back_when_nobody_could_take_over_any_more)
{
    troupe_run_ms(1000);
    read_both();
    ck_assert(own.agreed);
    leave_green();
    read_both();
    ck_assert(!own.agreed);
    advance_other();
    troupe_run_ms(1000);
    ck_assert(is_at(OWN, WEIR_SWITCH_PREPARED));
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    troupe_start_many(3, 3);
    await(OWN, WEIR_SWITCH_DRAINING);
    ck_assert_int_eq(other.step, WEIR_SWITCH_DRAINING);
}
END_TEST

/* The time to prepare is 10 s from when it was asked for. */
START_TEST(words_that_come_and_go_have_an_end)
{
    enum { TIMES = 3 };

    for (int i = 0; i < TIMES; i++) {
        troupe_run_ms(1000);
        leave_green();
        troupe_start_many(3, 3);
        troupe_run_ms(2000);
    }
    read_both();
    ck_assert_int_eq(own.step, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_ABORTED);
    ck_assert_int_eq(other.past[0].outcome, WEIR_SWITCH_ABORTED);
}
END_TEST

START_TEST(what_is_overdue_here_goes_back_there_too)
{
    troupe.drain_ms_max = 100000;
    agree();
    advance_other();
    advance_other();
    await(OWN, WEIR_SWITCH_RETURNING);
    ck_assert_int_eq(other.step, WEIR_SWITCH_RETURNING);
    ck_assert_ptr_nonnull(strstr(other.why, "the other half, in fleet, goes back: overdue"));
    troupe.drain_ms_max = 0;
}
END_TEST

START_TEST(who_does_not_hear_of_the_other_one_waits_no_longer_than_to_prepare)
{
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(other.step, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_ABORTED);
    ck_assert_int_eq(other.past[0].outcome, WEIR_SWITCH_ABORTED);
    expect_owners(PARTITIONS, 0);
}
END_TEST

START_TEST(what_somebody_takes_back_there_goes_back_here)
{
    struct weir_switch next;

    agree();
    await(OWN, WEIR_SWITCH_ACTIVE);
    ck_assert_int_eq(weir_switch_undo(&other, "rain", 0, &next, NULL), WEIR_OK);
    put(OTHER, &next); /* and not ours, as it should */
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_ROLLED_BACK);
    ck_assert_str_eq(own.past[0].why, "the other half, in other, is not under way");
    expect_owners(PARTITIONS, 0);
}
END_TEST

/* Deleted or spoilt: nothing is decided before it can be read again. */
START_TEST(what_cannot_be_read_there_is_waited_for)
{
    char good[8192];

    agree();
    await(OWN, WEIR_SWITCH_ACTIVE);
    (void)snprintf(good, sizeof good, "%s", sim_zoo_data(OTHER));
    uint64_t requests = sim_zoo_requests();
    if (_i == 0) {
        sim_zoo_remove(OTHER);
    } else {
        sim_zoo_write(OTHER, "{\"version\":99}");
    }
    troupe_run_ms(30000);
    ck_assert_uint_lt(sim_zoo_requests() - requests, 100);
    ck_assert(is_at(OWN, WEIR_SWITCH_ACTIVE));
    ck_assert_uint_gt(troupe.actors[0].alarms, 0);
    sim_zoo_write(OTHER, good);
    finish_other();
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_DONE);
    expect_owners(0, PARTITIONS);
}
END_TEST

/* On the way back each half ends by itself. */
START_TEST(who_may_not_read_there_goes_back_all_the_same)
{
    struct weir_switch next;

    agree();
    await(OWN, WEIR_SWITCH_ACTIVE);
    sim_zoo_deny(OTHER);
    ck_assert_int_eq(weir_switch_undo(&own, "rain", 0, &next, NULL), WEIR_OK);
    put(OWN, &next);
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_ROLLED_BACK);
    expect_owners(PARTITIONS, 0);
    sim_zoo_deny(NULL);
}
END_TEST

/* How long it takes until all is somebody's again when a member of green leaves. */
static int64_t leave_and_settle(void)
{
    troupe_leave(5);
    troupe_run_ms(1);
    return troupe_settle();
}

START_TEST(who_may_not_read_there_works_on_all_the_same)
{
    enum { BEAT_MS = 500 };
    char good[8192];

    agree();
    await(OWN, WEIR_SWITCH_ACTIVE);
    int64_t usual_ms = leave_and_settle();
    troupe_start(5);
    (void)troupe_settle();
    sim_zoo_deny(OTHER);
    (void)snprintf(good, sizeof good, "%s", sim_zoo_data(OTHER));
    sim_zoo_write(OTHER, good); /* it is read again */
    troupe_run_ms((int64_t)2 * BEAT_MS);
    ck_assert_uint_gt(troupe.actors[0].alarms, 0);
    ck_assert_int_lt(leave_and_settle(), usual_ms + BEAT_MS);
    sim_zoo_deny(NULL);
    finish_other();
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_DONE);
}
END_TEST

/* Whoever comes, or comes back, learns of the other half from the record. */
START_TEST(who_joins_in_the_middle_drives_both)
{
    agree();
    await(OWN, WEIR_SWITCH_ACTIVE);
    for (unsigned i = 0; i < 6; i++) {
        troupe_crash(i);
    }
    troupe_run_ms(SIM_ZOO_TIMEOUT_MS + 4000);
    finish_other();
    troupe_start(4);
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(other.past[0].outcome, WEIR_SWITCH_DONE);
    troupe_start_many(0, 3);
    expect_owners(0, PARTITIONS);
}
END_TEST

/* Stop offsets. */

static void expect_all_at_stops(void)
{
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_eq(troupe_position(0, p), troupe.stops[0][p]);
    }
}

/* The other half has not begun: who is there waits for it, and green begins there. */
START_TEST(what_is_at_its_stop_offset_waits_for_the_other_half_there)
{
    troupe_run_ms(AHEAD + 2000);
    read_both();
    ck_assert(own.agreed);
    ck_assert_int_eq(own.step, WEIR_SWITCH_PREPARED);
    expect_all_at_stops();
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
    advance_other();
    await(OWN, WEIR_SWITCH_ACTIVE);
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_eq(troupe.began_at[0][p], troupe.stops[0][p]);
    }
    finish_other();
    await(OWN, WEIR_SWITCH_IDLE);
    ck_assert_int_eq(own.past[0].outcome, WEIR_SWITCH_DONE);
    expect_owners(0, PARTITIONS);
}
END_TEST

/* It has 20 s to drain, and the word of the other half does not come: blue goes on past them. */
START_TEST(stop_offsets_are_lifted_when_the_other_half_goes_back)
{
    struct weir_switch next;

    if (_i == 0) {
        await(OWN, WEIR_SWITCH_IDLE); /* the time to prepare is over */
    } else {
        agree();
        ck_assert_int_eq(weir_switch_undo(&other, "rain", 0, &next, NULL), WEIR_OK);
        put(OTHER, &next);
        await(OWN, WEIR_SWITCH_IDLE);
    }
    ck_assert_int_eq(own.past[0].outcome, _i == 0 ? WEIR_SWITCH_ABORTED : WEIR_SWITCH_ROLLED_BACK);
    expect_owners(PARTITIONS, 0);
    int64_t before = troupe_position(0, 0);
    troupe_run_ms((int64_t)2 * AHEAD);
    ck_assert_int_ge(troupe_position(0, 0), before + AHEAD);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("swap");
    TCase *stops = tcase_create("stop offsets");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, members_begin_with_the_other_group_and_end_with_it);
    tcase_add_test(tcase, a_word_is_taken_back_when_nobody_could_take_over_any_more);
    tcase_add_test(tcase, words_that_come_and_go_have_an_end);
    tcase_add_test(tcase, what_is_overdue_here_goes_back_there_too);
    tcase_add_test(tcase, who_does_not_hear_of_the_other_one_waits_no_longer_than_to_prepare);
    tcase_add_test(tcase, what_somebody_takes_back_there_goes_back_here);
    tcase_add_loop_test(tcase, what_cannot_be_read_there_is_waited_for, 0, 2);
    tcase_add_test(tcase, who_may_not_read_there_goes_back_all_the_same);
    tcase_add_test(tcase, who_may_not_read_there_works_on_all_the_same);
    tcase_add_test(tcase, who_joins_in_the_middle_drives_both);
    tcase_add_checked_fixture(stops, set_up_with_stops, troupe_finish);
    tcase_set_timeout(stops, 60);
    tcase_add_test(stops, what_is_at_its_stop_offset_waits_for_the_other_half_there);
    tcase_add_loop_test(stops, stop_offsets_are_lifted_when_the_other_half_goes_back, 0, 2);
    return runner_run_two("colors, swap", tcase, stops);
}
