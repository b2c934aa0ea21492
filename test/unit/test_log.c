#include "framework/base/log.h"

#include "test/support/runner.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define REFILL ((weir_time)WEIR_LOG_REFILL_MS * WEIR_NS_PER_MS)
#define HOUR   ((weir_time)3600 * 1000 * WEIR_NS_PER_MS)

enum { LINES_MAX = 400, TEXT_SIZE = 128 };

struct heard {
    char text[TEXT_SIZE];
    char tag[16];
    int level;
    size_t length;
    size_t size;
};

static struct heard lines[LINES_MAX];
static uint32_t count;
static bool speaking;
static struct weir_log logger;

static void hear(const struct weir_log_line *line, void *user)
{
    ck_assert_ptr_eq(user, &logger);
    ck_assert(!speaking); /* one line at a time */
    speaking = true;
    if (count < LINES_MAX) {
        struct heard *heard = &lines[count++];
        (void)snprintf(heard->text, sizeof heard->text, "%s", line->text);
        (void)snprintf(heard->tag, sizeof heard->tag, "%s", line->tag);
        heard->level = line->level;
        heard->length = strlen(line->text);
        heard->size = line->size;
    }
    speaking = false;
}

static void set_up(void)
{
    count = 0;
    speaking = false;
    weir_log_init(&logger, WEIR_LOG_INFO, hear, &logger);
}

static void tear_down(void)
{
    weir_log_fini(&logger);
}

/* Time is the real clock's, which goes on during a test; a test makes some pass, or none, by moving
 * the last refill. */
static void let_pass(weir_time span)
{
    logger.refilled = weir_clock_now() - span;
}

static void no_time_passes(void)
{
    logger.refilled = weir_clock_now() + HOUR;
}

static void exhaust(void)
{
    no_time_passes();
    for (int i = 0; i < WEIR_LOG_BURST; i++) {
        weir_log(&logger, WEIR_LOG_INFO, "test", "line %d", i);
    }
    ck_assert_uint_eq(count, WEIR_LOG_BURST);
}

START_TEST(a_line_is_formatted_and_carries_its_level_and_tag)
{
    weir_log(&logger, WEIR_LOG_WARNING, "commit", "%s/%d refused", "orders", 3);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(lines[0].text, "orders/3 refused");
    ck_assert_str_eq(lines[0].tag, "commit");
    ck_assert_int_eq(lines[0].level, WEIR_LOG_WARNING);
    ck_assert_uint_eq(lines[0].size, sizeof(struct weir_log_line));
}
END_TEST

static const int levels[] = {WEIR_LOG_ERROR, WEIR_LOG_WARNING, WEIR_LOG_INFO, WEIR_LOG_DEBUG};

START_TEST(lines_above_the_level_are_not_said)
{
    logger.level = levels[_i];
    for (int i = 0; i < 4; i++) {
        weir_log(&logger, levels[i], "test", "x");
    }
    ck_assert_uint_eq(count, (unsigned)_i + 1);
}
END_TEST

START_TEST(what_is_not_said_for_its_level_costs_nothing)
{
    no_time_passes();
    for (int i = 0; i < 3 * WEIR_LOG_BURST; i++) {
        weir_log(&logger, WEIR_LOG_DEBUG, "test", "x");
    }
    exhaust();
}
END_TEST

START_TEST(an_error_that_ends_the_consumer_is_said_at_every_level)
{
    logger.level = WEIR_LOG_ERROR - 1;
    weir_log_always(&logger, WEIR_LOG_ERROR, "test", "the end: %d", 78);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(lines[0].text, "the end: 78");
}
END_TEST

START_TEST(a_burst_is_said_and_the_rest_is_counted)
{
    exhaust();
    for (int i = 0; i < 7; i++) {
        weir_log(&logger, WEIR_LOG_INFO, "test", "lost");
    }
    ck_assert_uint_eq(count, WEIR_LOG_BURST);
    let_pass(REFILL);
    weir_log(&logger, WEIR_LOG_INFO, "test", "back");
    ck_assert_uint_eq(count, WEIR_LOG_BURST + 2);
    ck_assert_str_eq(lines[WEIR_LOG_BURST].text, "7 lines were left out");
    ck_assert_int_eq(lines[WEIR_LOG_BURST].level, WEIR_LOG_WARNING);
    ck_assert_str_eq(lines[WEIR_LOG_BURST + 1].text, "back");
}
END_TEST

START_TEST(the_count_of_what_was_left_out_starts_anew)
{
    exhaust();
    weir_log(&logger, WEIR_LOG_INFO, "test", "lost");
    let_pass(3 * REFILL);
    weir_log(&logger, WEIR_LOG_INFO, "test", "one");
    weir_log(&logger, WEIR_LOG_INFO, "test", "two");
    ck_assert_uint_eq(count, WEIR_LOG_BURST + 3);
    ck_assert_str_eq(lines[WEIR_LOG_BURST + 2].text, "two");
}
END_TEST

START_TEST(a_line_that_is_always_said_is_not_counted_as_left_out)
{
    exhaust();
    weir_log_always(&logger, WEIR_LOG_ERROR, "test", "the end");
    ck_assert_uint_eq(count, WEIR_LOG_BURST + 1);
    ck_assert_str_eq(lines[WEIR_LOG_BURST].text, "the end");
    weir_log(&logger, WEIR_LOG_INFO, "test", "lost");
    weir_log_always(&logger, WEIR_LOG_ERROR, "test", "again");
    ck_assert_uint_eq(count, WEIR_LOG_BURST + 3);
    ck_assert_str_eq(lines[WEIR_LOG_BURST + 1].text, "1 lines were left out");
    ck_assert_str_eq(lines[WEIR_LOG_BURST + 2].text, "again");
}
END_TEST

START_TEST(silence_earns_one_line_per_interval_up_to_a_burst)
{
    exhaust();
    let_pass(1000 * REFILL);
    weir_log(&logger, WEIR_LOG_INFO, "test", "x"); /* is paid for all that time */
    no_time_passes();
    for (int i = 0; i < 2 * WEIR_LOG_BURST; i++) {
        weir_log(&logger, WEIR_LOG_INFO, "test", "x");
    }
    ck_assert_uint_eq(count, (uint64_t)2 * WEIR_LOG_BURST);
}
END_TEST

/* A line every 1.5 intervals: in 30 intervals 20 lines are said, and all of the time is paid out.
 */
START_TEST(parts_of_an_interval_are_not_forgotten)
{
    exhaust();
    logger.refilled = weir_clock_now();
    for (int i = 0; i < 20; i++) {
        logger.refilled -= REFILL + REFILL / 2;
        weir_log(&logger, WEIR_LOG_INFO, "test", "x");
    }
    ck_assert_uint_eq(count, WEIR_LOG_BURST + 20);
    ck_assert_uint_ge(logger.tokens, 9); /* 30 earned, 20 spent, one may be on its way */
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    static char text[3 * WEIR_LOG_TEXT_SIZE];

    memset(text, 'x', sizeof text - 1);
    weir_log(&logger, WEIR_LOG_INFO, "test", "%s", text);
    weir_log_always(&logger, WEIR_LOG_INFO, "test", "%s", text);
    ck_assert_uint_eq(lines[0].length, WEIR_LOG_TEXT_SIZE - 1);
    ck_assert_uint_eq(lines[1].length, WEIR_LOG_TEXT_SIZE - 1);
}
END_TEST

static const struct {
    const char *name;
    int level;
} names[] = {{"error", WEIR_LOG_ERROR}, {"warning", WEIR_LOG_WARNING}, {"info", WEIR_LOG_INFO},
             {"debug", WEIR_LOG_DEBUG}, {"ERROR", WEIR_LOG_INFO},      {"", WEIR_LOG_INFO},
             {"errors", WEIR_LOG_INFO}, {"7", WEIR_LOG_INFO}};
enum { NAMES = sizeof names / sizeof names[0], SPEAKERS = 4 };

START_TEST(levels_have_names_and_anything_else_is_info)
{
    ck_assert_int_eq(weir_log_level_parse(names[_i].name), names[_i].level);
}
END_TEST

static void *speak(void *user)
{
    (void)user;
    for (int i = 0; i < 200; i++) {
        weir_log(&logger, WEIR_LOG_INFO, "test", "x");
        weir_log_always(&logger, WEIR_LOG_INFO, "test", "y");
    }
    return NULL;
}

START_TEST(threads_speak_one_at_a_time)
{
    pthread_t speakers[SPEAKERS];

    for (int i = 0; i < SPEAKERS; i++) {
        ck_assert_int_eq(pthread_create(&speakers[i], NULL, speak, NULL), 0);
    }
    for (int i = 0; i < SPEAKERS; i++) {
        (void)pthread_join(speakers[i], NULL);
    }
    ck_assert_uint_eq(count, LINES_MAX);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("log");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_is_formatted_and_carries_its_level_and_tag);
    tcase_add_loop_test(tcase, lines_above_the_level_are_not_said, 0, 4);
    tcase_add_test(tcase, what_is_not_said_for_its_level_costs_nothing);
    tcase_add_test(tcase, an_error_that_ends_the_consumer_is_said_at_every_level);
    tcase_add_test(tcase, a_burst_is_said_and_the_rest_is_counted);
    tcase_add_test(tcase, the_count_of_what_was_left_out_starts_anew);
    tcase_add_test(tcase, a_line_that_is_always_said_is_not_counted_as_left_out);
    tcase_add_test(tcase, silence_earns_one_line_per_interval_up_to_a_burst);
    tcase_add_test(tcase, parts_of_an_interval_are_not_forgotten);
    tcase_add_test(tcase, a_long_line_is_cut);
    tcase_add_loop_test(tcase, levels_have_names_and_anything_else_is_info, 0, NAMES);
    tcase_add_test(tcase, threads_speak_one_at_a_time);
    return runner_run("log", tcase);
}
