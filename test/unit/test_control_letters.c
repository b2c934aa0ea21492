#include "framework/control_state.h"

#include "framework/fetcher_state.h"
#include "test/support/config_fixture.h"
#include "test/support/runner.h"
#include <stdio.h>
#include <string.h>

/* What becomes of dead letters that find no room, or come too late? */

#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

enum { LETTERS = 4, BEGIN_MS = 1000, PAUSES = 20, LONGEST_MS = 1000, LINE_SIZE = 512 };

static const int pauses_ms[] = {20, 40, 80, 160, 320, 640, LONGEST_MS};

enum { TO_LONGEST = sizeof pauses_ms / sizeof pauses_ms[0] };

static struct weir_control control;
static struct weir_report report;
static struct weir_config *config;
static struct weir_fetcher fetcher;
static struct weir_slot slot;
static struct weir_dead_letter letters[LETTERS];
static char said[LINE_SIZE];
static uint32_t lines;

/* A port that takes so many. */
static uint32_t room;
static uint32_t sends;
static enum weir_status refusal; /* once there is no more room */
static struct weir_dead_letter *under_way[LETTERS];
static uint32_t sent;
static uint32_t acknowledged;
static uint32_t polled;

static enum weir_status send_letter(struct weir_dead_letters *port, struct weir_dead_letter *letter)
{
    (void)port;
    sends++;
    if (room == 0) {
        (void)snprintf(letter->why, sizeof letter->why, "the port says so");
        return refusal;
    }
    room--;
    ck_assert_uint_lt(sent, LETTERS);
    under_way[sent++] = letter;
    return WEIR_OK;
}

static struct weir_dead_letter *poll_letter(struct weir_dead_letters *port)
{
    (void)port;
    return polled < acknowledged ? under_way[polled++] : NULL;
}

static const struct weir_dead_letters_ops port_ops = {
    .name = "port", .send = send_letter, .poll = poll_letter};
static struct weir_dead_letters port = {.ops = &port_ops};

static void hear(const struct weir_log_line *line, void *user)
{
    (void)user;
    (void)snprintf(said, sizeof said, "%s: %s", line->tag, line->text);
    lines++;
}

static void ignore(void *user)
{
    (void)user;
}

static void set_up(void)
{
    memset(&control, 0, sizeof control);
    memset(letters, 0, sizeof letters);
    room = sends = sent = acknowledged = polled = lines = 0;
    refusal = WEIR_ERR_FULL;
    config = config_create();
    weir_log_init(&report.log, WEIR_LOG_INFO, hear, NULL);
    weir_mailbox_init(&fetcher.mailbox, ignore, NULL);
    slot = (struct weir_slot){.topic = "orders", .fetcher = &fetcher};
    control.options.config = config;
    control.options.report = &report;
    control.post.letters = &port;
    for (int i = 0; i < LETTERS; i++) {
        letters[i].slot = &slot;
        letters[i].letter.kind = WEIR_LETTER_DEAD;
        letters[i].entry.offset = i;
    }
}

static void tear_down(void)
{
    struct weir_mail mail;

    while (weir_mailbox_take(&fetcher.mailbox, &mail, 1) == 1) {
        /* of no interest */
    }
    weir_mailbox_fini(&fetcher.mailbox);
    weir_log_fini(&report.log);
    weir_config_destroy(config);
}

static void take(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        weir_control_take_letter(&control, &letters[i]);
    }
}

/* Comes home next, and nothing else does. */
static const struct weir_dead_letter *home(void)
{
    struct weir_mail mail = {.letter = NULL};

    ck_assert_uint_eq(weir_mailbox_take(&fetcher.mailbox, &mail, 1), 1);
    return (const struct weir_dead_letter *)(const void *)mail.letter;
}

static bool is_nobody_home(void)
{
    struct weir_mail mail;

    return weir_mailbox_take(&fetcher.mailbox, &mail, 1) == 0;
}

/* Asks as the loop does: at the time it said. Each time finds no room. */
static weir_time find_no_room(weir_time at, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        uint32_t before = sends;
        weir_time due = weir_control_serve_letters(&control, at);
        ck_assert_uint_eq(sends, before + 1);
        ck_assert_int_gt(due, at);
        ck_assert_int_le(due, at + MS(LONGEST_MS));
        at = due;
    }
    return at;
}

START_TEST(without_room_it_asks_less_and_less_often)
{
    weir_time at = MS(BEGIN_MS);

    take(0, 2);
    for (int i = 0; i < TO_LONGEST; i++) {
        weir_time due = weir_control_serve_letters(&control, at);
        ck_assert_int_eq(due, at + MS(pauses_ms[i]));
        ck_assert_int_eq(weir_control_serve_letters(&control, due - 1), due);
        ck_assert_uint_eq(sends, (uint32_t)i + 1);
        at = due;
    }
    ck_assert_int_eq(weir_control_serve_letters(&control, at), at + MS(LONGEST_MS));
}
END_TEST

START_TEST(letters_that_wait_long_are_said_once)
{
    take(0, 3);
    weir_time at = find_no_room(MS(BEGIN_MS), TO_LONGEST - 1);
    ck_assert_uint_eq(lines, 0);
    at = find_no_room(at, 1);
    ck_assert_uint_eq(lines, 1);
    ck_assert_ptr_nonnull(strstr(said, "letters: dead letters wait, and so do the commits behind"));
    ck_assert_ptr_nonnull(strstr(said, "queue.buffering.max.kbytes"));
    at = find_no_room(at, PAUSES);
    ck_assert_uint_eq(lines, 1);

    room = 1; /* and none for the next one */
    ck_assert_int_eq(weir_control_serve_letters(&control, at), at + MS(pauses_ms[0]));
    (void)find_no_room(at + MS(pauses_ms[0]), PAUSES);
    ck_assert_uint_eq(lines, 1);
}
END_TEST

START_TEST(they_are_said_again_when_all_were_sent_in_between)
{
    take(0, 2);
    weir_time at = find_no_room(MS(BEGIN_MS), TO_LONGEST);
    room = 2;
    ck_assert_int_eq(weir_control_serve_letters(&control, at), WEIR_TIME_NEVER);
    ck_assert_uint_eq(lines, 1);
    take(2, 1);
    (void)find_no_room(at, PAUSES);
    ck_assert_uint_eq(lines, 2);
}
END_TEST

START_TEST(a_queue_that_keeps_moving_is_not_said_to_be_full)
{
    weir_time at = MS(BEGIN_MS);

    take(0, LETTERS);
    for (int i = 0; i < LETTERS - 1; i++) {
        at = find_no_room(at, TO_LONGEST - 2);
        room = 1;
        at = weir_control_serve_letters(&control, at);
    }
    ck_assert_uint_eq(sent, LETTERS - 1);
    ck_assert_uint_eq(lines, 0);
}
END_TEST

START_TEST(one_that_comes_home_makes_room_at_once)
{
    room = 1;
    take(0, 2);
    weir_time due = weir_control_serve_letters(&control, MS(BEGIN_MS));
    ck_assert_uint_eq(sends, 2);
    room = acknowledged = 1;
    ck_assert_int_eq(weir_control_serve_letters(&control, due - 1), WEIR_TIME_NEVER);
    ck_assert_uint_eq(sends, 3);
    ck_assert_ptr_eq(home(), &letters[0]);
    ck_assert(is_nobody_home());
}
END_TEST

/* Somebody else has the partition by now. */
START_TEST(a_letter_of_a_partition_that_is_gone_is_not_sent)
{
    take(0, 1);
    weir_time at = find_no_room(MS(BEGIN_MS), 1);
    weir_flag_raise(&slot.gone);
    room = LETTERS;
    ck_assert_int_eq(weir_control_serve_letters(&control, at), WEIR_TIME_NEVER);
    ck_assert_uint_eq(sent, 0);
    ck_assert_int_eq(home()->status, WEIR_ERR_STATE);
}
END_TEST

START_TEST(what_still_waits_at_the_end_is_not_sent_and_comes_home_at_once)
{
    take(0, 2);
    (void)find_no_room(MS(BEGIN_MS), 1);
    control.post.closed = true;
    room = LETTERS;
    ck_assert_int_eq(weir_control_serve_letters(&control, MS(BEGIN_MS)), WEIR_TIME_NEVER);
    ck_assert_uint_eq(sent, 0);
    ck_assert_int_eq(home()->status, WEIR_ERR_STATE);
    ck_assert_int_eq(home()->status, WEIR_ERR_STATE);
    ck_assert(is_nobody_home());
}
END_TEST

/* It keeps nobody waiting. */
START_TEST(a_letter_that_is_refused_comes_home_with_the_reason)
{
    refusal = WEIR_ERR_UNAVAILABLE;
    take(0, 2);
    ck_assert_int_eq(weir_control_serve_letters(&control, MS(BEGIN_MS)), WEIR_TIME_NEVER);
    ck_assert_uint_eq(sends, 2);
    for (int i = 0; i < 2; i++) {
        const struct weir_dead_letter *letter = home();
        ck_assert_ptr_eq(letter, &letters[i]);
        ck_assert_int_eq(letter->status, WEIR_ERR_UNAVAILABLE);
        ck_assert_str_eq(letter->why, "the port says so");
    }
}
END_TEST

START_TEST(a_name_that_is_too_long_is_refused_and_says_what_to_do)
{
    char topic[WEIR_TOPIC_SIZE];

    memset(topic, 'a', sizeof topic - 1);
    topic[sizeof topic - 1] = '\0';
    slot.topic = topic;
    room = 1;
    take(0, 1);
    ck_assert_int_eq(weir_control_serve_letters(&control, MS(BEGIN_MS)), WEIR_TIME_NEVER);
    ck_assert_uint_eq(sends, 0);
    const struct weir_dead_letter *letter = home();
    ck_assert_int_eq(letter->status, WEIR_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(letter->why, "shorten weir.dead.letter.topic"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("control_letters");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, without_room_it_asks_less_and_less_often);
    tcase_add_test(tcase, letters_that_wait_long_are_said_once);
    tcase_add_test(tcase, they_are_said_again_when_all_were_sent_in_between);
    tcase_add_test(tcase, a_queue_that_keeps_moving_is_not_said_to_be_full);
    tcase_add_test(tcase, one_that_comes_home_makes_room_at_once);
    tcase_add_test(tcase, a_letter_of_a_partition_that_is_gone_is_not_sent);
    tcase_add_test(tcase, what_still_waits_at_the_end_is_not_sent_and_comes_home_at_once);
    tcase_add_test(tcase, a_letter_that_is_refused_comes_home_with_the_reason);
    tcase_add_test(tcase, a_name_that_is_too_long_is_refused_and_says_what_to_do);
    return runner_run("control_letters", tcase);
}
