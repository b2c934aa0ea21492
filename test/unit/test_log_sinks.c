#include "framework/base/log.h"
#include "framework/base/random.h"
#include "framework/base/utf8.h"
#include "test/support/deadline.h"
#include "test/support/require.h"
#include "test/support/runner.h"
#include "test/support/tmpdir.h"
#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/log.h>

/* Does a line stay one line, whatever others put into it? */

enum {
    TEXT_MAX = 6000,
    LINE_BYTES_MAX = 4096,
    FOREIGN_LINES = 500,
    ESCAPES_MAX = 597,
    UNREAD_LINES = 11,
    SLOW_LINES_MAX = 5, /* the first is waited for; a busy machine may hold up others */
    SLOW_NS = 100000000 /* half of what the patience with a line is */
};

static char *folder;
static char *path;

static void set_up(void)
{
    folder = tmpdir_create("log");
    path = tmpdir_path(folder, "stderr");
}

static void tear_down(void)
{
    free(path);
    tmpdir_remove(&folder);
}

/* What the sink writes. The caller frees it. */
static char *written(weir_log_fn *sink, int level, const char *tag, const char *text)
{
    const struct weir_log_line line = {
        .size = sizeof line, .level = level, .tag = tag, .text = text};
    int before = dup(STDERR_FILENO);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_ge(before, 0);
    ck_assert_int_ge(file, 0);
    ck_assert_int_ge(dup2(file, STDERR_FILENO), 0);
    sink(&line, NULL);
    ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
    (void)close(before);
    (void)close(file);
    return tmpdir_read(path);
}

/* "2026-11-20T22:48:00.123Z" */
static void expect_time(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";

    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        ck_assert_msg(form[i] == '0' ? digit : text[i] == form[i], "%s", text);
    }
}

enum { TIME_LENGTH = sizeof "0000-00-00T00:00:00.000Z" - 1 };

/* Level names. */

static const struct {
    int level;
    const char *name;
} levels[] = {{0, "error"},
              {WEIR_LOG_ERROR, "error"},
              {WEIR_LOG_WARNING, "warning"},
              {5, "info"}, /* librdkafka's notice */
              {WEIR_LOG_INFO, "info"},
              {WEIR_LOG_DEBUG, "debug"}};

enum { LEVELS = sizeof levels / sizeof levels[0] };

START_TEST(a_line_carries_time_level_and_part)
{
    char expected[128];
    char *text = written(weir_log_text, levels[_i].level, "commit", "refused");
    char *json = written(weir_log_json, levels[_i].level, "commit", "refused");

    expect_time(text);
    (void)snprintf(expected, sizeof expected, " %-7s commit: refused\n", levels[_i].name);
    ck_assert_str_eq(text + TIME_LENGTH, expected);
    ck_assert_int_eq(strncmp(json, "{\"time\":\"", 9), 0);
    expect_time(json + 9);
    (void)snprintf(expected, sizeof expected,
                   "\",\"level\":\"%s\",\"part\":\"commit\",\"text\":\"refused\"}\n",
                   levels[_i].name);
    ck_assert_str_eq(json + 9 + TIME_LENGTH, expected);
    free(json);
    free(text);
}
END_TEST

/* What others say, for people and for machines. */

static const struct {
    const char *said;
    const char *text;
    const char *json;
} foreign[] = {
    {"", "", ""},
    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f",
     "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f"},
    {"a \"b\" \\c", "a \"b\" \\c", "a \\\"b\\\" \\\\c"},
    {"one\ntwo\r\n\tthree", "one\\ntwo\\r\\n\\tthree", "one\\u000atwo\\u000d\\u000a\\u0009three"},
    {"\033[2J\007", "\\x1b[2J\\x07", "\\u001b[2J\\u0007"},
    {"\x7f", "\\x7f", "\\u007f"},
    {"\xc2\x9b"
     "2J",
     "\\xc2\\x9b2J", "\\u009b2J"},
    {"\xc2\xa0", "\xc2\xa0", "\xc2\xa0"},
    {"a\xff\xfe"
     "b",
     "a\\xff\\xfeb", "a\\ufffd\\ufffdb"},
    {"\xe2\x82", "\\xe2\\x82", "\\ufffd\\ufffd"}, /* cut off */
    {"\xc0\x8a", "\\xc0\\x8a", "\\ufffd\\ufffd"}, /* a newline in too many bytes */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd"},
};

enum { FOREIGN = sizeof foreign / sizeof foreign[0] };

START_TEST(what_others_say_stays_in_its_line)
{
    char expected[256];
    char *text = written(weir_log_text, WEIR_LOG_INFO, "fetch", foreign[_i].said);
    char *json = written(weir_log_json, WEIR_LOG_INFO, "fetch", foreign[_i].said);

    (void)snprintf(expected, sizeof expected, " info    fetch: %s\n", foreign[_i].text);
    ck_assert_str_eq(text + TIME_LENGTH, expected);
    (void)snprintf(expected, sizeof expected, "\"part\":\"fetch\",\"text\":\"%s\"}\n",
                   foreign[_i].json);
    ck_assert_str_eq(strstr(json, "\"part\""), expected);
    free(json);
    free(text);
}
END_TEST

START_TEST(a_program_may_escape_as_the_text_does)
{
    char whole[256];
    char cut[5];

    weir_log_escape(foreign[_i].said, whole, sizeof whole);
    ck_assert_str_eq(whole, foreign[_i].text);
    weir_log_escape("abc\n", cut, sizeof cut);
    ck_assert_str_eq(cut, "abc"); /* what stands for one character stays whole */
}
END_TEST

/* A program may name its own handler as it likes. */
START_TEST(the_name_of_a_part_is_foreign_too)
{
    char *text = written(weir_log_text, WEIR_LOG_INFO, "a\nb", "x");
    char *json = written(weir_log_json, WEIR_LOG_INFO, "a\"\xff", "x");

    ck_assert_str_eq(text + TIME_LENGTH, " info    a\\nb: x\n");
    ck_assert_str_eq(strstr(json, "\"part\""), "\"part\":\"a\\\"\\ufffd\",\"text\":\"x\"}\n");
    free(json);
    free(text);
}
END_TEST

START_TEST(a_line_without_part_and_text_is_a_line)
{
    char *text = written(weir_log_text, WEIR_LOG_INFO, NULL, NULL);
    char *json = written(weir_log_json, WEIR_LOG_INFO, NULL, NULL);

    ck_assert_str_eq(text + TIME_LENGTH, " info    : \n");
    ck_assert_str_eq(strstr(json, "\"part\""), "\"part\":\"\",\"text\":\"\"}\n");
    free(json);
    free(text);
}
END_TEST

/* One line, of UTF-8, with no control character but the newline at its end. */
static void expect_sound(const char *line)
{
    size_t length = strlen(line);

    ck_assert_uint_gt(length, 0);
    ck_assert_uint_le(length, LINE_BYTES_MAX);
    ck_assert_uint_eq(weir_utf8_invalid(line, length), length);
    for (size_t i = 0; i < length - 1; i++) {
        unsigned char c = (unsigned char)line[i];
        bool upper = c == 0xc2 && (unsigned char)line[i + 1] < 0xa0;
        REQUIRE(c >= 0x20 && c != 0x7f && !upper);
    }
    ck_assert_int_eq(line[length - 1], '\n');
}

/* The text is one JSON string, and nothing but the end of the object comes after it. */
static void expect_string(const char *json)
{
    const char *at = strstr(json, "\"text\":\"") + strlen("\"text\":\"");

    while (*at != '"' && *at != '\0') {
        if (*at == '\\') {
            at++;
            REQUIRE(*at == '"' || *at == '\\' ||
                    (*at == 'u' && strspn(at + 1, "0123456789abcdef") >= 4));
        }
        at++;
    }
    ck_assert_str_eq(at, "\"}\n");
}

static void fill(char *text, size_t length, struct weir_random *random)
{
    static const char likely[] = "\n\"\\\xc2\x85\xe2\x82\xac\033";

    for (size_t i = 0; i < length; i++) {
        if (weir_random_below(random, 2) == 0) {
            text[i] = likely[weir_random_below(random, sizeof likely - 1)];
        } else {
            text[i] = (char)(1 + weir_random_below(random, 255));
        }
    }
    text[length] = '\0';
}

START_TEST(no_bytes_whatsoever_break_a_line)
{
    static char said[TEXT_MAX + 1];
    struct weir_random random = {.state = 1};

    for (int i = 0; i < FOREIGN_LINES; i++) {
        fill(said, weir_random_below(&random, i % 10 == 0 ? TEXT_MAX : 40), &random);
        char *text = written(weir_log_text, WEIR_LOG_INFO, "fetch", said);
        char *json = written(weir_log_json, WEIR_LOG_INFO, "fetch", said);
        expect_sound(text);
        expect_sound(json);
        expect_string(json);
        free(json);
        free(text);
    }
}
END_TEST

START_TEST(a_very_long_text_is_cut_between_characters)
{
    static char said[TEXT_MAX + 1];

    memset(said, '\n', TEXT_MAX);
    char *json = written(weir_log_json, WEIR_LOG_INFO, "fetch", said);
    const char *text = strstr(json, "\"text\":\"") + strlen("\"text\":\"");
    expect_sound(json);
    expect_string(json);
    ck_assert_uint_eq(strlen(text), ESCAPES_MAX * strlen("\\u000a") + strlen("\"}\n"));
    free(json);
}
END_TEST

/* Leaves no room for a single byte. Returns how many went in. */
static size_t fill_pipe(int pipe)
{
    static const char block[LINE_BYTES_MAX] = "";
    int flags = fcntl(pipe, F_GETFL);
    size_t filled = 0;
    ssize_t size = 0;

    ck_assert_int_eq(fcntl(pipe, F_SETFL, flags | O_NONBLOCK), 0);
    while ((size = write(pipe, block, sizeof block)) > 0 || (size = write(pipe, block, 1)) > 0) {
        filled += (size_t)size;
    }
    ck_assert_int_eq(fcntl(pipe, F_SETFL, flags), 0);
    return filled;
}

/* The sinks come back although nobody reads, and do not wait for each line; as soon as somebody
 * does, it is said what is missing. */
START_TEST(nobody_has_to_read_along)
{
    static weir_log_fn *const sinks[] = {weir_log_text, weir_log_json};
    const struct weir_log_line line = {
        .size = sizeof line, .level = WEIR_LOG_INFO, .tag = "t", .text = "said"};
    char said[LINE_BYTES_MAX + 1] = "";
    int before = dup(STDERR_FILENO);
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
    size_t filled = fill_pipe(ends[1]);
    int slow = 0;
    for (int i = 0; i < UNREAD_LINES; i++) {
        int64_t begun_ns = deadline_now_ns();
        sinks[_i](&line, NULL);
        slow += deadline_now_ns() - begun_ns >= SLOW_NS ? 1 : 0;
    }
    while (filled > 0) {
        ssize_t size = read(ends[0], said, filled < LINE_BYTES_MAX ? filled : LINE_BYTES_MAX);
        ck_assert_int_gt(size, 0);
        filled -= (size_t)size;
    }
    sinks[_i](&line, NULL);
    sinks[_i](&line, NULL);
    ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
    ck_assert_int_le(slow, SLOW_LINES_MAX);
    ck_assert_int_ge(slow, _i == 0 ? 1 : 0); /* whoever did not read is not waited for again */
    ssize_t size = read(ends[0], said, LINE_BYTES_MAX);
    ck_assert_int_gt(size, 0);
    said[size] = '\0';
    const char *missing = strstr(said, "nobody read along: 11 lines are missing above");
    ck_assert_msg(missing != NULL, "%s", said);
    ck_assert_ptr_nonnull(strstr(missing, "said"));
    ck_assert_ptr_null(strstr(missing + 1, "nobody"));
    (void)close(before);
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

int main(void)
{
    TCase *sinks = tcase_create("sinks");

    tcase_add_checked_fixture(sinks, set_up, tear_down);
    tcase_add_loop_test(sinks, a_line_carries_time_level_and_part, 0, LEVELS);
    tcase_add_loop_test(sinks, what_others_say_stays_in_its_line, 0, FOREIGN);
    tcase_add_loop_test(sinks, a_program_may_escape_as_the_text_does, 0, FOREIGN);
    tcase_add_test(sinks, the_name_of_a_part_is_foreign_too);
    tcase_add_test(sinks, a_line_without_part_and_text_is_a_line);
    tcase_add_test(sinks, no_bytes_whatsoever_break_a_line);
    tcase_add_test(sinks, a_very_long_text_is_cut_between_characters);
    tcase_add_loop_test(sinks, nobody_has_to_read_along, 0, 2);
    return runner_run("log_sinks", sinks);
}
