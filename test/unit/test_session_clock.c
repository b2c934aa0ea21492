#include "framework/session_clock.h"

#include "test/support/runner.h"

/* Virtual time, in milliseconds where a test speaks of it. */

enum {
    TIMEOUT_MS = 6000,
    MINE_MS = 4000,
    ASK_MS = 1000,
    START_MS = 50000,
    LATE_MS = 10 * START_MS
};

static struct weir_session_clock session;

static weir_time ms(int64_t count)
{
    return count * WEIR_NS_PER_MS;
}

static void set_up(void)
{
    weir_session_clock_init(&session);
}

/* Connected at START_MS, and the request that goes with it is sent. */
static void connect_at_start(void)
{
    weir_session_clock_connected(&session, ms(START_MS), TIMEOUT_MS);
    ck_assert(weir_session_clock_ask(&session, ms(START_MS)));
}

static void expect_turn(weir_time now, enum weir_zoo_state state)
{
    ck_assert_int_eq(weir_session_clock_turn(&session, now), state);
    ck_assert_int_eq(session.state, state);
}

START_TEST(a_session_that_nobody_gave_us_is_never_lost)
{
    expect_turn(0, WEIR_ZOO_CONNECTING);
    expect_turn(WEIR_TIME_NEVER - 1, WEIR_ZOO_CONNECTING);
    ck_assert(!weir_session_clock_ask(&session, ms(START_MS)));
    ck_assert_int_eq(weir_session_clock_due(&session), WEIR_TIME_NEVER);
    weir_session_clock_suspended(&session);
    expect_turn(WEIR_TIME_NEVER - 1, WEIR_ZOO_CONNECTING);
}
END_TEST

START_TEST(it_is_ours_for_two_thirds_of_the_timeout_and_not_a_nanosecond_longer)
{
    connect_at_start();
    ck_assert_int_eq(weir_session_clock_deadline(&session), ms(START_MS + MINE_MS));
    expect_turn(ms(START_MS + MINE_MS) - 1, WEIR_ZOO_CONNECTED);
    expect_turn(ms(START_MS + MINE_MS), WEIR_ZOO_LOST);
}
END_TEST

START_TEST(it_counts_from_when_the_answered_request_was_sent)
{
    connect_at_start();
    weir_session_clock_answered(&session, ms(START_MS + 700));
    expect_turn(ms(START_MS + 700 + MINE_MS) - 1, WEIR_ZOO_CONNECTED);
    expect_turn(ms(START_MS + 700 + MINE_MS), WEIR_ZOO_LOST);
}
END_TEST

START_TEST(an_answer_to_an_older_request_takes_nothing_back)
{
    connect_at_start();
    weir_session_clock_answered(&session, ms(START_MS + 700));
    weir_session_clock_answered(&session, ms(START_MS + 300));
    ck_assert_int_eq(weir_session_clock_deadline(&session), ms(START_MS + 700 + MINE_MS));
}
END_TEST

START_TEST(a_request_is_sent_at_once_and_then_every_sixth_of_the_timeout)
{
    connect_at_start();
    for (int64_t round = 1; round <= 3; round++) {
        weir_time due = ms(START_MS + round * ASK_MS);
        ck_assert_int_eq(weir_session_clock_due(&session), due);
        ck_assert(!weir_session_clock_ask(&session, due - 1));
        ck_assert(weir_session_clock_ask(&session, due));
        ck_assert(!weir_session_clock_ask(&session, due));
    }
}
END_TEST

START_TEST(requests_that_nobody_answers_do_not_move_the_deadline)
{
    connect_at_start();
    for (int64_t at = START_MS + ASK_MS; at < START_MS + MINE_MS; at += ASK_MS) {
        ck_assert(weir_session_clock_ask(&session, ms(at)));
        expect_turn(ms(at), WEIR_ZOO_CONNECTED);
    }
    ck_assert_int_eq(weir_session_clock_due(&session), ms(START_MS + MINE_MS));
    expect_turn(ms(START_MS + MINE_MS), WEIR_ZOO_LOST);
}
END_TEST

START_TEST(suspended_is_not_lost_until_the_deadline)
{
    connect_at_start();
    weir_session_clock_answered(&session, ms(START_MS + 100));
    weir_session_clock_suspended(&session);
    ck_assert_int_eq(weir_session_clock_due(&session), ms(START_MS + 100 + MINE_MS));
    ck_assert(!weir_session_clock_ask(&session, ms(START_MS + 2 * ASK_MS)));
    expect_turn(ms(START_MS + 100 + MINE_MS) - 1, WEIR_ZOO_SUSPENDED);
    expect_turn(ms(START_MS + 100 + MINE_MS), WEIR_ZOO_LOST);
}
END_TEST

START_TEST(a_new_connection_does_not_move_the_deadline_and_asks_at_once)
{
    connect_at_start();
    weir_session_clock_suspended(&session);
    weir_session_clock_connected(&session, ms(START_MS + 3900), TIMEOUT_MS);
    ck_assert_int_eq(session.state, WEIR_ZOO_CONNECTED);
    ck_assert_int_eq(weir_session_clock_deadline(&session), ms(START_MS + MINE_MS));
    ck_assert(weir_session_clock_ask(&session, ms(START_MS + 3900)));
    weir_session_clock_answered(&session, ms(START_MS + 3900));
    expect_turn(ms(START_MS + MINE_MS), WEIR_ZOO_CONNECTED);
}
END_TEST

START_TEST(of_several_timeouts_the_shortest_counts)
{
    connect_at_start();
    weir_session_clock_suspended(&session);
    weir_session_clock_connected(&session, ms(START_MS + 1), TIMEOUT_MS / 2);
    ck_assert_int_eq(weir_session_clock_deadline(&session), ms(START_MS + MINE_MS / 2));
    weir_session_clock_suspended(&session);
    weir_session_clock_connected(&session, ms(START_MS + 2), LATE_MS);
    ck_assert_int_eq(weir_session_clock_deadline(&session), ms(START_MS + MINE_MS / 2));
}
END_TEST

START_TEST(the_first_connection_counts_from_itself_however_late_it_is)
{
    expect_turn(ms(LATE_MS), WEIR_ZOO_CONNECTING);
    weir_session_clock_connected(&session, ms(LATE_MS), TIMEOUT_MS);
    ck_assert_int_eq(weir_session_clock_deadline(&session), ms(LATE_MS + MINE_MS));
}
END_TEST

START_TEST(what_is_lost_stays_lost)
{
    connect_at_start();
    weir_session_clock_end(&session);
    weir_session_clock_answered(&session, ms(START_MS + 1));
    weir_session_clock_connected(&session, ms(START_MS + 2), TIMEOUT_MS);
    weir_session_clock_suspended(&session);
    expect_turn(ms(START_MS + 2), WEIR_ZOO_LOST);
    ck_assert(!weir_session_clock_ask(&session, ms(START_MS + ASK_MS)));
    ck_assert_int_eq(weir_session_clock_due(&session), WEIR_TIME_NEVER);
}
END_TEST

/* The server hears what we send at once, answers `delay_ms` later, and falls silent. When is the
 * session lost, and by a clock that counts from the answers instead? */
struct outage {
    struct weir_session_clock ours;
    struct weir_session_clock naive;
    int64_t heard; /* by the server, at last */
    int64_t ours_lost;
    int64_t naive_lost;
};

enum { SILENT_MS = START_MS + 10 * ASK_MS, LOOK_MS = 10 };

static void answer(struct outage *outage, int64_t now, int64_t delay_ms)
{
    int64_t sent = now - delay_ms;

    if (sent >= START_MS && sent < SILENT_MS && (sent - START_MS) % ASK_MS == 0) {
        outage->heard = sent;
        weir_session_clock_answered(&outage->ours, ms(sent));
        weir_session_clock_answered(&outage->naive, ms(now));
    }
}

static void run_outage(struct outage *outage, int64_t delay_ms)
{
    for (int64_t now = START_MS; outage->naive_lost == 0; now += LOOK_MS) {
        answer(outage, now, delay_ms);
        if (outage->ours_lost == 0 &&
            weir_session_clock_turn(&outage->ours, ms(now)) == WEIR_ZOO_LOST) {
            outage->ours_lost = now;
        }
        if (weir_session_clock_turn(&outage->naive, ms(now)) == WEIR_ZOO_LOST) {
            outage->naive_lost = now;
        }
    }
}

/* The negative control: counted from the answers it ends too late as soon as they take a third. */
START_TEST(it_is_lost_before_a_server_may_give_it_away)
{
    int64_t delay_ms = (int64_t)_i * 500;
    struct outage outage = {.heard = START_MS};

    connect_at_start();
    outage.ours = outage.naive = session;
    run_outage(&outage, delay_ms);
    ck_assert_int_eq(outage.ours_lost, outage.heard + MINE_MS);
    ck_assert_int_eq(outage.naive_lost, outage.heard + delay_ms + MINE_MS);
    ck_assert(outage.ours_lost < outage.heard + TIMEOUT_MS);
    ck_assert((outage.naive_lost > outage.heard + TIMEOUT_MS) == (delay_ms > TIMEOUT_MS / 3));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("session clock");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_session_that_nobody_gave_us_is_never_lost);
    tcase_add_test(tcase, it_is_ours_for_two_thirds_of_the_timeout_and_not_a_nanosecond_longer);
    tcase_add_test(tcase, it_counts_from_when_the_answered_request_was_sent);
    tcase_add_test(tcase, an_answer_to_an_older_request_takes_nothing_back);
    tcase_add_test(tcase, a_request_is_sent_at_once_and_then_every_sixth_of_the_timeout);
    tcase_add_test(tcase, requests_that_nobody_answers_do_not_move_the_deadline);
    tcase_add_test(tcase, suspended_is_not_lost_until_the_deadline);
    tcase_add_test(tcase, a_new_connection_does_not_move_the_deadline_and_asks_at_once);
    tcase_add_test(tcase, of_several_timeouts_the_shortest_counts);
    tcase_add_test(tcase, the_first_connection_counts_from_itself_however_late_it_is);
    tcase_add_test(tcase, what_is_lost_stays_lost);
    tcase_add_loop_test(tcase, it_is_lost_before_a_server_may_give_it_away, 0, 7);
    return runner_run("session_clock", tcase);
}
