#include "test/unit/switch_bench.h"

/* Whoever says something that nobody waits for is read by everybody for nothing. */
START_TEST(only_who_is_waited_for_is_asked)
{
    static const struct {
        enum weir_switch_step step;
        bool from;
        bool to;
    } rows[] = {{WEIR_SWITCH_IDLE, false, false},       {WEIR_SWITCH_PREPARED, true, true},
                {WEIR_SWITCH_DRAINING, true, false},    {WEIR_SWITCH_COMMITTED, false, false},
                {WEIR_SWITCH_HANDED_OVER, false, true}, {WEIR_SWITCH_ACTIVE, false, true},
                {WEIR_SWITCH_RETURNING, true, true}};
    struct weir_switch asked;

    weir_switch_init(&asked);
    (void)snprintf(asked.request.from, sizeof asked.request.from, "blue");
    (void)snprintf(asked.request.to, sizeof asked.request.to, "green");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        asked.step = rows[i].step;
        ck_assert_int_eq(weir_switch_asks(&asked, "blue"), rows[i].from);
        ck_assert_int_eq(weir_switch_asks(&asked, "green"), rows[i].to);
        ck_assert(!weir_switch_asks(&asked, "red"));
    }
}
END_TEST

/* Who may not own any more may have what it is to hand back, until it has said that it is empty. */
START_TEST(who_drains_may_hold_what_it_may_not_own)
{
    static const struct {
        enum weir_switch_step step;
        const char *active;
        bool from;
        bool to;
    } rows[] = {{WEIR_SWITCH_IDLE, "blue", true, false},
                {WEIR_SWITCH_PREPARED, "blue", true, false},
                {WEIR_SWITCH_DRAINING, "blue", true, true},
                {WEIR_SWITCH_COMMITTED, "blue", false, true},
                {WEIR_SWITCH_HANDED_OVER, "green", false, true},
                {WEIR_SWITCH_ACTIVE, "green", false, true},
                {WEIR_SWITCH_RETURNING, "blue", true, true}};

    weir_switch_init(&record);
    (void)snprintf(record.request.from, sizeof record.request.from, "blue");
    (void)snprintf(record.request.to, sizeof record.request.to, "green");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        record.step = rows[i].step;
        (void)snprintf(record.active, sizeof record.active, "%s", rows[i].active);
        ck_assert_int_eq(weir_switch_may_hold(&record, "blue"), rows[i].from);
        ck_assert_int_eq(weir_switch_may_hold(&record, "green"), rows[i].to);
        ck_assert(!weir_switch_may_hold(&record, "red"));
    }
    record.step = WEIR_SWITCH_DRAINING;
    record.request.mode = WEIR_SWITCH_TOGETHER;
    ck_assert(weir_switch_may_hold(&record, "blue"));
    ck_assert(!weir_switch_may_hold(&record, "green"));
}
END_TEST

/* Nobody is hurried on the way back, and of the new color nobody is at all. */
START_TEST(handlers_are_waited_for_unless_it_is_asked_otherwise)
{
    for (int step = WEIR_SWITCH_IDLE; step < WEIR_SWITCH_STEPS; step++) {
        for (int drain = WEIR_SWITCH_IN_FLIGHT; drain <= WEIR_SWITCH_TO_STOPS; drain++) {
            bool immediate = step == WEIR_SWITCH_DRAINING && drain == WEIR_SWITCH_IMMEDIATE;
            record.step = (enum weir_switch_step)step;
            record.request.drain = (enum weir_switch_drain)drain;
            (void)snprintf(record.request.from, sizeof record.request.from, "blue");
            (void)snprintf(record.request.to, sizeof record.request.to, "green");
            ck_assert_int_eq(weir_switch_cuts_short(&record, "blue"), immediate);
            ck_assert(!weir_switch_cuts_short(&record, "green"));
            ck_assert(!weir_switch_cuts_short(&record, ""));
        }
    }
}
END_TEST

/* The old color is to know how far it goes before it goes; on the way back there is no such thing.
 */
START_TEST(the_old_color_goes_on_to_its_stop_offsets_while_it_drains)
{
    for (int step = WEIR_SWITCH_IDLE; step < WEIR_SWITCH_STEPS; step++) {
        bool draining = step == WEIR_SWITCH_DRAINING;
        record.step = (enum weir_switch_step)step;
        record.request = request;
        record.request.drain = WEIR_SWITCH_TO_STOPS;
        (void)snprintf(record.request.from, sizeof record.request.from, "blue");
        ck_assert_int_eq(weir_switch_needs_stops(&record, "blue"),
                         draining || step == WEIR_SWITCH_PREPARED);
        ck_assert(!weir_switch_needs_stops(&record, "green"));
        ck_assert_int_eq(weir_switch_keep_ms(&record, "blue"), draining ? INT64_MAX : 0);
        ck_assert_int_eq(weir_switch_keep_ms(&record, "green"), 0);
        record.request.overdue = WEIR_SWITCH_GO_ON;
        ck_assert_int_eq(weir_switch_keep_ms(&record, "blue"), draining ? DRAIN_MS : 0);
        record.request.drain = WEIR_SWITCH_IN_FLIGHT;
        ck_assert(!weir_switch_needs_stops(&record, "blue"));
        ck_assert_int_eq(weir_switch_keep_ms(&record, "blue"), 0);
    }
}
END_TEST

/* Neither where nobody could take a partition sooner, nor where it stands still already. */
START_TEST(waves_are_for_what_can_be_taken_one_by_one)
{
    enum { SPREAD_MS = 1000, PARTS = 8 };

    record.request = request;
    (void)snprintf(record.request.from, sizeof record.request.from, "blue");
    for (int step = WEIR_SWITCH_IDLE; step < WEIR_SWITCH_STEPS; step++) {
        for (int drain = WEIR_SWITCH_IN_FLIGHT; drain <= WEIR_SWITCH_TO_STOPS; drain++) {
            bool singly = step == WEIR_SWITCH_DRAINING && drain == WEIR_SWITCH_IN_FLIGHT;
            record.step = (enum weir_switch_step)step;
            record.request.drain = (enum weir_switch_drain)drain;
            record.request.mode = WEIR_SWITCH_EACH;
            record.request.limits.drain_ms = PARTS;
            ck_assert_int_eq(weir_switch_spread_ms(&record, "blue"), singly ? 1 : 0);
            ck_assert_int_eq(weir_switch_spread_ms(&record, "green"),
                             step == WEIR_SWITCH_RETURNING ? SPREAD_MS : 0);
            record.request.mode = WEIR_SWITCH_TOGETHER;
            ck_assert_int_eq(weir_switch_spread_ms(&record, "blue"), 0);
        }
    }
}
END_TEST

START_TEST(an_operator_takes_it_back_at_any_step)
{
    enum weir_switch_step step = (enum weir_switch_step)_i;

    be_in(step);
    uint64_t epoch = record.epoch;
    ck_assert_int_eq(undo("too\nlate"), WEIR_OK);
    if (step == WEIR_SWITCH_PREPARED) {
        expect_past(WEIR_SWITCH_ABORTED, "too?late");
        expect(WEIR_SWITCH_IDLE, "blue", epoch);
        ck_assert_int_eq(record.past[0].ended_ms, 2000);
    } else {
        expect(WEIR_SWITCH_RETURNING, "blue", epoch + 1);
        expect_owners("b");
        ck_assert(step_at("b:kf", 0));
        expect_past(WEIR_SWITCH_ROLLED_BACK, "too?late");
    }
    expect_owners("b");
}
END_TEST

START_TEST(a_first_color_goes_back_to_none)
{
    ck_assert_int_eq(ask(), WEIR_OK);
    ck_assert(step_at("g:kr", 0));
    ck_assert(step_at("g:k", 0));
    ck_assert(step_at("g:k", 0));
    ck_assert_int_eq(undo(""), WEIR_OK);
    expect(WEIR_SWITCH_RETURNING, "", 3);
    expect_owners("");
    expect_blocked("b: g:k", INT64_MAX, "green-2 has not drained");
    ck_assert(step_at("b: g:ke", 0));
    expect_past(WEIR_SWITCH_ROLLED_BACK, "undone");
    expect(WEIR_SWITCH_IDLE, "", 3);
}
END_TEST

/* What is refused. */

START_TEST(only_one_switch_at_a_time)
{
    be_in(WEIR_SWITCH_DRAINING);
    (void)snprintf(request.to, sizeof request.to, "orange");
    ck_assert_int_eq(ask(), WEIR_ERR_STATE);
    ck_assert_str_eq(error.text,
                     "the switch s1 to green, which anna@ops asked for, is under way (draining)");
}
END_TEST

START_TEST(what_is_active_is_not_asked_for)
{
    (void)snprintf(record.active, sizeof record.active, "green");
    ck_assert_int_eq(ask(), WEIR_ERR_STATE);
    ck_assert_str_eq(error.text, "green is active already");
}
END_TEST

START_TEST(what_is_not_under_way_is_not_undone)
{
    ck_assert_int_eq(undo("x"), WEIR_ERR_STATE);
    ck_assert_str_eq(error.text, "no switch is under way");
    be_in(WEIR_SWITCH_ACTIVE);
    ck_assert_int_eq(undo("x"), WEIR_OK);
    ck_assert_int_eq(undo("y"), WEIR_ERR_STATE);
    ck_assert_str_eq(error.text, "the switch s1 to green is on its way back already");
}
END_TEST

#define NO_TEXT(what, size)   what " of a switch: give 1 to " size " printable characters of ASCII"
#define NO_COLOR              "a color: give 1 to 32 letters, digits, '-' and '_'"
#define NO_LIMIT(what, least) "the time " what ": give " least " to 86400000 milliseconds"
#define NO_WORD               "the mode of a switch, or what to do when it is overdue, is unknown"
#define NO_DRAIN              "the way of draining is unknown"

START_TEST(what_cannot_be_is_refused)
{
    struct weir_switch_limits limits = request.limits;
    const struct weir_switch_request sound = request;
    struct weir_switch_request wrong[13];
    static const char *const sentences[] = {NO_TEXT("the id", "64"),
                                            NO_TEXT("the id", "64"),
                                            NO_TEXT("the asker", "128"),
                                            NO_TEXT("the asker", "128"),
                                            NO_COLOR,
                                            NO_COLOR,
                                            NO_WORD,
                                            NO_WORD,
                                            NO_LIMIT("to prepare", "1"),
                                            NO_LIMIT("to drain", "1"),
                                            NO_LIMIT("to take over", "1"),
                                            NO_LIMIT("to watch the health", "0"),
                                            NO_DRAIN};

    for (size_t i = 0; i < 13; i++) {
        wrong[i] = sound;
    }
    memset(wrong[0].id, 'x', sizeof wrong[0].id); /* it has no end */
    wrong[1].id[0] = '\0';
    wrong[2].by[0] = '\x1b';
    wrong[3].by[0] = '\0';
    wrong[4].to[1] = '.';
    wrong[5].to[0] = '\0';
    wrong[6].mode = (enum weir_switch_mode)2;
    wrong[7].overdue = (enum weir_switch_overdue)2;
    wrong[8].limits.prepare_ms = 0;
    wrong[9].limits.drain_ms = 86400001;
    wrong[10].limits.take_ms = -1;
    wrong[11].limits.health_ms = -1;
    wrong[12].drain = (enum weir_switch_drain)3;
    request = wrong[_i];
    ck_assert_int_eq(ask(), WEIR_ERR_INVALID);
    ck_assert_str_eq(error.text, sentences[_i]);
    ck_assert_uint_eq(record.turn, 0);
    request = sound;
    request.limits = limits;
    ck_assert_int_eq(ask(), WEIR_OK);
}
END_TEST

START_TEST(colors_are_words)
{
    ck_assert(weir_switch_color_valid("Blue-1_b"));
    ck_assert(weir_switch_color_valid("12345678901234567890123456789012"));
    ck_assert(!weir_switch_color_valid("123456789012345678901234567890123"));
    ck_assert(!weir_switch_color_valid("a b"));
    ck_assert(!weir_switch_color_valid(""));
}
END_TEST

START_TEST(the_oldest_switch_is_forgotten)
{
    enum { SWITCHES = WEIR_SWITCH_HISTORY_MAX + 3 };

    for (int i = 0; i < SWITCHES; i++) {
        (void)snprintf(request.id, sizeof request.id, "s%d", i);
        ck_assert_int_eq(ask(), WEIR_OK);
        ck_assert_int_eq(undo("x"), WEIR_OK);
    }
    ck_assert_uint_eq(record.past_count, WEIR_SWITCH_HISTORY_MAX);
    ck_assert_str_eq(record.past[0].id, "s22");
    ck_assert_str_eq(record.past[WEIR_SWITCH_HISTORY_MAX - 1].id, "s3");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("switch");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, only_who_is_waited_for_is_asked);
    tcase_add_test(tcase, who_drains_may_hold_what_it_may_not_own);
    tcase_add_test(tcase, handlers_are_waited_for_unless_it_is_asked_otherwise);
    tcase_add_test(tcase, the_old_color_goes_on_to_its_stop_offsets_while_it_drains);
    tcase_add_test(tcase, waves_are_for_what_can_be_taken_one_by_one);
    tcase_add_loop_test(tcase, an_operator_takes_it_back_at_any_step, WEIR_SWITCH_PREPARED,
                        WEIR_SWITCH_RETURNING);
    tcase_add_test(tcase, a_first_color_goes_back_to_none);
    tcase_add_test(tcase, only_one_switch_at_a_time);
    tcase_add_test(tcase, what_is_active_is_not_asked_for);
    tcase_add_test(tcase, what_is_not_under_way_is_not_undone);
    tcase_add_loop_test(tcase, what_cannot_be_is_refused, 0, 13);
    tcase_add_test(tcase, colors_are_words);
    tcase_add_test(tcase, the_oldest_switch_is_forgotten);
    return runner_run("switch", tcase);
}
