/* Does the checker say of each broken rule that it is this one, and of a file that it cannot read
 * where? */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"
#include "test/support/ledger.h"
#include "test/support/ledger_file.h"
#include "test/support/process.h"
#include "test/support/script.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { SOON_MS = 20000, WORDS_MAX = 16, HOLDS = 0, BROKEN = 1, USAGE = 64, UNREADABLE = 65 };

#define DONE  "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 commit 3; "
#define STOP  "m1 state 2; m1 begin 0; m1 revoke 0; m1 state 3"
#define THREE "0a. 1b. 2a."

#define TEN "0a. 1b. 2a. 3b. 4a. 5b. 6a. 7b. 8a. 9b."

/* m1 ends without a word when all that it did is committed. */
#define ALREADY     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 commit 3; "
#define STOP_OF_TWO "m2 ask 3; m2 commit 3; m2 revoke 0"
/* It commits two records, then goes on for a while and commits nothing. */
#define SELDOM                                                                                     \
    "m1 assign 0; m1 start 0 1 1; m1 end 0 1 1; m1 ask 2; m1 commit 2; m1 start 2 4 2; "           \
    "m1 end 2 4 2; pause 8; m1 start 5 5 3; m1 end 5 5 3; pause 8; m1 start 6 6 4; m1 end 6 6 4; " \
    "pause 8; m1 start 7 7 5; m1 end 7 7 5; pause 8; m1 start 8 8 6; m1 end 8 8 6; "               \
    "pause 8; m1 start 9 9 7; m1 end 9 9 7; "
/* m1 asked for more than m2 ever did, which is done and handed back. */
#define STALE_ASK                                                                                  \
    "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m2 assign 0; m2 start 0 2 1; "           \
    "m2 end 0 2 1; m2 ask 2; m2 commit 2; m2 begin 0; m2 revoke 0; "

#define POISON                                                                                     \
    "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; m1 start 1 1 2; m1 start 2 2 3; m1 end 2 2 3; "

#define HELD                                                                                       \
    "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; m1 start 1 1 2; m1 hold 1; m1 start 2 2 3; "       \
    "m1 end 2 2 3; "

#define HANDS_BACK "m1 ask 1; m1 commit 1; m1 revoke 0; "

#define LATE_COMMIT                                                                                \
    "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m2 assign 0; m1 commit 3; m1 lost 0"

static char *folder;
static char *ledger_path;
static char *events_path;

static void set_up(void)
{
    folder = tmpdir_create("check");
    ledger_path = tmpdir_path(folder, "ledger");
    events_path = tmpdir_path(folder, "events");
}

static void tear_down(void)
{
    process_destroy_all();
    free(ledger_path);
    free(events_path);
    tmpdir_remove(&folder);
}

/* Runs the checker with the words of `arguments`, in the folder; `status` is what it must end
 * with. */
static struct process *run(const char *arguments, int status)
{
    const char *binary = getenv("WEIR_CHECK");
    char *copy = fail_or_copy(arguments);
    char *rest = NULL;
    const char *words[WORDS_MAX] = {binary};

    ck_assert_ptr_nonnull(binary);
    char *word = strtok_r(copy, " ", &rest);
    for (size_t i = 1; word != NULL; i++) {
        ck_assert_uint_lt(i, WORDS_MAX - 1);
        words[i] = word;
        word = strtok_r(NULL, " ", &rest);
    }
    struct process *process =
        process_start(&(struct process_options){.arguments = words, .folder = folder});
    process_expect(process, status, SOON_MS);
    free(copy);
    return process;
}

static void write_files(const char *ledger_spec, const char *script)
{
    struct ledger *ledger = script_ledger(ledger_spec);
    char *lines = script_lines(script);

    ledger_write(ledger, ledger_path);
    tmpdir_write(events_path, lines);
    ledger_destroy(ledger);
    free(lines);
}

static const struct {
    const char *broken; /* the rules; NULL: none */
    const char *ledger;
    const char *script;
    const char *arguments;
} cases[] = {
    {NULL, THREE, DONE STOP, "--order partition --clean --revocations 0"},
    {NULL, THREE, DONE STOP, "--order key --heal-ns 1000000 --live-within-ms 5"},
    {"I1", "0a. 1b. 2a. 3c.", DONE STOP, "--order partition --clean"},
    {"I2", THREE, "m1 assign 0; m1 ask 3; m1 commit 3; m1 start 0 2 1; m1 end 0 2 1; " STOP,
     "--clean"},
    {"I1 I2", THREE, HELD "m1 ask 3; m1 commit 3", "--unfinished"},
    {NULL, THREE, HELD "m1 ask 1; m1 commit 1", "--unfinished"},
    /* What lies above it comes again at the next owner, and nothing else does. */
    {NULL, THREE, HELD HANDS_BACK "m2 assign 1; m2 start 1 2 1; m2 end 1 2 1; " STOP_OF_TWO, ""},
    {NULL, THREE,
     HELD HANDS_BACK "m1 state 3; m2 assign 1; m2 start 1 2 1; m2 end 1 2 1; " STOP_OF_TWO
                     "; m2 state 3",
     "--clean"},
    {"I7", THREE,
     HELD HANDS_BACK "m2 assign 1; m2 start 1 2 1; m2 end 1 2 1; m2 start 2 2 2; m2 end 2 2 2; "
                     "" STOP_OF_TWO,
     ""},
    {"I7", THREE,
     "m1 assign 0; m1 start 0 1 1; m1 end 0 1 1; m1 start 2 2 2; m1 hold 2; m1 revoke 0; "
     "m2 assign 0; m2 start 0 2 1; m2 end 0 2 1; " STOP_OF_TWO,
     ""},
    {"I7", THREE,
     "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; m1 start 2 2 2; m1 end 2 2 2; " HANDS_BACK
     "m2 assign 1; m2 start 1 2 1; m2 end 1 2 1; " STOP_OF_TWO,
     ""},
    {NULL, THREE,
     "m1 assign 0; m1 start 1 1 1; m1 start 2 2 2; m1 end 2 2 2; m1 stop 1; m1 revoke 0; "
     "m2 assign 0; m2 start 0 2 1; m2 end 0 2 1; " STOP_OF_TWO,
     ""},
    {NULL, THREE,
     HELD HANDS_BACK "m1 state 3; m2 assign 1; m2 start 1 1 1; m2 end 1 1 1; m2 ask 2; "
                     "m2 commit 2; m2 revoke 0; m2 state 3",
     "--clean"},
    {"I7", THREE,
     HELD HANDS_BACK "m2 assign 1; m2 start 1 2 1; m2 end 1 2 1; m2 revoke 0; m3 assign 1; "
                     "m3 start 1 2 1; m3 end 1 2 1; m3 ask 3; m3 commit 3; m3 revoke 0",
     ""},
    {"I7", THREE,
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 revoke 0; m1 state 3; m2 assign 0; "
     "m2 start 0 2 1; m2 end 0 2 1; " STOP_OF_TWO "; m2 state 3",
     "--clean"},
    /* A letter counts when it is acknowledged, which is what its event says. */
    {NULL, THREE, POISON "m1 letter 1; m1 ask 3; m1 commit 3; " STOP, "--clean"},
    {"I2", THREE, POISON "m1 ask 3; m1 letter 1; m1 commit 3; " STOP, "--clean"},
    {"I1 I2", THREE, POISON "m1 ask 3; m1 commit 3", "--unfinished"},
    /* What comes behind it may be handled from when it failed. */
    {NULL, THREE,
     "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; m1 start 1 1 2; m1 fail 1; m1 start 2 2 3; "
     "m1 end 2 2 3; m1 letter 1; m1 ask 3; m1 commit 3; " STOP,
     "--clean --order partition"},
    {"I6", THREE, POISON "m1 letter 1; m1 ask 3; m1 commit 3; " STOP, "--clean --order partition"},
    {"I3", THREE, "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 revoke 0; m1 ask 3; m1 commit 3",
     ""},
    {"I4", THREE,
     "m1 assign 0; m1 start 0 1 1; m1 end 0 1 1; m1 revoke 0; m1 start 2 2 2; "
     "m1 end 2 2 2",
     ""},
    {"I5", THREE,
     "m1 assign 0; m1 start 0 2 1; m2 assign 0; m1 end 0 2 1; m1 ask 3; m1 commit 3; "
     "m1 lost 0",
     ""},
    {"I5", THREE,
     "m1 assign 0; m2 assign 0; m1 start 0 2 1; pause 9; m1 start 0 2 2; pause 9; "
     "m1 start 0 2 3; pause 9; m1 start 0 2 4; m2 start 0 2 1; m2 end 0 2 1",
     "--session-timeout-ms 20"},
    {"I5", THREE, LATE_COMMIT, "--unfinished"},
    {NULL, THREE, LATE_COMMIT, "--unfinished --late-commits"},
    {"I6", THREE, "m1 assign 0; m1 start 0 0 1; m1 start 1 2 2; m1 end 0 0 1; m1 end 1 2 2",
     "--order partition"},
    {"I6", THREE,
     "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; m1 ask 1; m1 commit 1; m1 revoke 0; "
     "m2 assign 2; m2 start 2 2 1; m2 end 2 2 1",
     "--unfinished"},
    {"I7", THREE, DONE "m1 start 2 2 2; m1 end 2 2 2; " STOP, "--clean"},
    {"I7", THREE,
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m2 assign 0; m2 start 0 2 1; "
     "m2 end 0 2 1; m2 ask 3; m2 commit 3",
     "--inflight 2"},
    {NULL, THREE,
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m2 assign 0; m2 start 0 2 1; "
     "m2 end 0 2 1; m2 ask 3; m2 commit 3",
     "--inflight 3"},
    {"I7", THREE, ALREADY "m2 assign 3; m2 start 1 1 1; m2 end 1 1 1; " STOP_OF_TWO, ""},
    {"I7", TEN, SELDOM "m2 assign 2; m2 start 2 9 1; m2 end 2 9 1", "--commit-within-ms 20"},
    {NULL, TEN, SELDOM "m2 assign 2; m2 start 2 9 1; m2 end 2 9 1", "--commit-within-ms 40"},
    {"I7", THREE, STALE_ASK "m3 assign 2; m3 start 2 2 1; m3 end 2 2 1", ""},
    {"I8", "0a. 1b! 2a.", DONE STOP, "--clean"},
    /* It stopped, and said that not all could be committed in time; or that all could. */
    {NULL, THREE,
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 state 2; m1 revoke 0; m1 state 4; "
     "m2 assign 0; m2 start 0 2 1; m2 end 0 2 1; " STOP_OF_TWO,
     ""},
    {"I7", THREE,
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 state 2; m1 revoke 0; m1 state 3; "
     "m2 assign 0; m2 start 0 2 1; m2 end 0 2 1; " STOP_OF_TWO,
     ""},
    {NULL, "0a. 1b! 2a.", DONE STOP, "--clean --read-uncommitted"},
    {"I9", THREE, DONE "pause 9; " STOP, "--heal-ns 1000000 --live-within-ms 2"},
    {"I10", THREE, DONE "m1 begin 0; m1 revoke 0; m2 assign 3", "--revocations 0"},
    {"I11", THREE, DONE "m1 state 2; pause 9; m1 state 3", "--stop-within-ms 5"},
    {"I11", THREE, DONE "m1 revoke 0", "--clean"},
    {NULL, "0a. 1b. 7a. 8a. 9b.", "m1 assign 7; m1 start 7 9 1; m1 end 7 9 1; m1 ask 10",
     "--late-start"},
};

enum { CASES = sizeof cases / sizeof cases[0] };

/* The rows that say BROKEN, each followed by a space. The caller frees. */
static char *broken_rows(const char *output)
{
    struct text rows = {.bytes = NULL};
    char *copy = fail_or_copy(output);
    char *rest = NULL;

    text_add_bytes(&rows, "", 0);
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        size_t length = strcspn(line, " ");
        if (strncmp(line + length + strspn(line + length, " "), "BROKEN", 6) == 0) {
            text_add(&rows, "%.*s ", (int)length, line);
        }
    }
    free(copy);
    return rows.bytes;
}

START_TEST(each_lie_breaks_its_own_rule_and_no_other)
{
    write_files(cases[_i].ledger, cases[_i].script);
    char *arguments = text_format("--ledger ledger %s events", cases[_i].arguments);
    struct process *process = run(arguments, cases[_i].broken == NULL ? HOLDS : BROKEN);
    char *expected = text_format("%s%s", cases[_i].broken == NULL ? "" : cases[_i].broken,
                                 cases[_i].broken == NULL ? "" : " ");
    char *rows = broken_rows(process_output(process));

    ck_assert_msg(strcmp(rows, expected) == 0, "'%s' instead of '%s':\n%s", rows, expected,
                  process_output(process));
    free(rows);
    free(expected);
    free(arguments);
}
END_TEST

START_TEST(every_number_has_a_lie)
{
    for (int number = 1; number <= 11; number++) {
        char *name = text_format("I%d", number);
        bool found = false;
        for (size_t i = 0; i < (size_t)CASES; i++) {
            found |= cases[i].broken != NULL && strcmp(cases[i].broken, name) == 0;
        }
        ck_assert_msg(found, "%s", name);
        free(name);
    }
}
END_TEST

START_TEST(members_of_several_files_are_merged_and_a_torn_line_is_left)
{
    char *first = script_lines("m1 assign 0; m1 start 0 1 1; m1 end 0 1 1; m1 ask 2; m1 commit 2");
    char *torn = text_format("%s{\"ts_mono_ns\":77,\"pi", first);
    char *second = script_lines("pause 50; m2 assign 2; m2 start 2 2 1; m2 end 2 2 1; m2 ask 3; "
                                "m2 commit 3; m2 state 2; m2 revoke 3; m2 state 3");
    char *other_path = tmpdir_path(folder, "other");

    write_files(THREE, "");
    tmpdir_write(events_path, second);
    tmpdir_write(other_path, torn);
    struct process *process = run("--ledger ledger --order partition events other", HOLDS);
    ck_assert_ptr_nonnull(strstr(process_output(process), "2 members, 13 events, 1 partitions, "
                                                          "3 records, 3 completed"));
    free(other_path);
    free(first);
    free(torn);
    free(second);
}
END_TEST

START_TEST(without_a_ledger_what_was_handed_out_is_judged)
{
    write_files("", "m1 assign 5; m1 start 5 9 1; m1 end 5 9 1; m1 ask 10; m1 commit 10");
    struct process *process = run("events", HOLDS);
    ck_assert_ptr_nonnull(strstr(process_output(process), "5 records, 5 completed"));
    ck_assert_ptr_nonnull(strstr(process_output(process), "I8   -       "));
    write_files("", "m1 assign 5; m1 start 5 9 1; m1 end 6 9 1; m1 ask 10; m1 commit 10");
    process = run("events", BROKEN);
    ck_assert_ptr_nonnull(strstr(process_output(process), "I2 commit ahead: t/0 offset 5: "));
    (void)run("--order key events", USAGE);
}
END_TEST

START_TEST(json_says_the_same)
{
    json_error_t error;

    write_files(THREE, DONE "m1 start 2 2 2; m1 end 2 2 2; " STOP);
    struct process *process = run("--ledger ledger --clean -o json events", BROKEN);
    json_t *object = json_loads(process_output(process), 0, &error);
    ck_assert_msg(object != NULL, "%s: %s", error.text, process_output(process));
    ck_assert_str_eq(json_string_value(json_object_get(object, "verdict")), "broken");
    const json_t *rule = json_array_get(json_object_get(object, "rules"), 6);
    ck_assert_str_eq(json_string_value(json_object_get(rule, "rule")), "I7");
    ck_assert_str_eq(json_string_value(json_object_get(rule, "verdict")), "broken");
    ck_assert_int_eq(
        json_integer_value(json_object_get(json_object_get(rule, "kinds"), "duplicate")), 1);
    rule = json_array_get(json_object_get(object, "rules"), 8);
    ck_assert_str_eq(json_string_value(json_object_get(rule, "verdict")), "not judged");
    ck_assert_ptr_nonnull(
        strstr(json_string_value(json_object_get(object, "counter_example")), "t/0 offset 2: "));
    json_decref(object);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
    static const char bad[] = "{\"ts_mono_ns\":1,\"ev\":\"end\"}\nnonsense\n";

    write_files(THREE, DONE);
    struct process *process = run("absent", UNREADABLE);
    ck_assert_ptr_nonnull(strstr(process_errors(process), "cannot read absent: No such file"));
    process = run("--ledger absent events", UNREADABLE);
    ck_assert_ptr_nonnull(strstr(process_errors(process), "cannot read absent: No such file"));
    process = run(".", UNREADABLE);
    ck_assert_ptr_nonnull(strstr(process_errors(process), "cannot read .: Is a directory"));
    process = run("--ledger events events", UNREADABLE);
    ck_assert_ptr_nonnull(strstr(process_errors(process), "events:1: not a line of a ledger"));
    tmpdir_write(events_path, bad);
    process = run("--ledger ledger events", UNREADABLE);
    ck_assert_ptr_nonnull(strstr(process_errors(process), "events:2: not an event"));
}
END_TEST

START_TEST(what_is_asked_wrongly_is_refused)
{
    static const char *const arguments[] = {"",
                                            "--no-such events",
                                            "--order sideways events",
                                            "--inflight 0 events",
                                            "--inflight -3 events",
                                            "--heal-ns soon events",
                                            "--session-timeout-ms 99999999999 events",
                                            "-o xml events",
                                            "events own"};
    char *path = tmpdir_path(folder, "own");

    write_files(THREE, DONE);
    tmpdir_write(path, "{\"timestamp\":1,\"name\":\"startup_complete\"}\n");
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
        ck_assert_str_ne(process_errors(run(arguments[i], USAGE)), "");
    }
    ck_assert_ptr_nonnull(strstr(process_output(run("--help", HOLDS)), "Examples:"));
    free(path);
}
END_TEST

#define AT(mono, wall, ev, first, last)                                                            \
    "{\"ts_mono_ns\":" #mono ",\"timestamp\":" #wall ",\"pid\":7,\"inst\":\"m\",\"ev\":\"" ev      \
    "\",\"batch\":1,\"spans\":[{\"topic\":\"t\",\"partition\":0,\"first\":" #first                 \
    ",\"last\":" #last "}]}\n"

/* The second machine was started later, so by the monotonic clocks it was first. */
START_TEST(machines_are_compared_by_the_wall_clock)
{
    static const char first[] =
        AT(9000000000, 5000, "assign", 0, 0) AT(9001000000, 5001, "handler_start", 0, 1)
            AT(9002000000, 5002, "handler_end", 0, 1) AT(9003000000, 5003, "commit_req", 2, 2)
                AT(9004000000, 5004, "commit_ok", 2, 2) AT(9005000000, 5005, "revoke_end", 2, 2);
    static const char second[] =
        AT(1000000, 5010, "assign", 2, 2) AT(2000000, 5011, "handler_start", 2, 2)
            AT(3000000, 5012, "handler_end", 2, 2) AT(4000000, 5013, "commit_req", 3, 3);
    char *other = tmpdir_path(folder, "other");

    write_files(THREE, "");
    tmpdir_write(events_path, first);
    tmpdir_write(other, second);
    (void)run("--ledger ledger events other", BROKEN);
    (void)run("--ledger ledger --wall-clock events other", HOLDS);
    tmpdir_write(other, "{\"timestamp\":5010,\"name\":\"records_consumed\",\"partitions\":[]}\n");
    (void)run("--ledger ledger --wall-clock --unfinished events other", HOLDS);
    free(other);
}
END_TEST

/* A whole life of Kafka's own tools. */

#define PLACE "\"topic\":\"t\",\"partition\":0"

static const char produced[] =
    "{\"timestamp\":1,\"name\":\"startup_complete\"}\n"
    "{\"timestamp\":2,\"name\":\"producer_send_success\",\"key\":null,\"value\":\"0\"," PLACE
    ",\"offset\":0}\n"
    "{\"timestamp\":2,\"name\":\"producer_send_success\",\"key\":null,\"value\":\"1\"," PLACE
    ",\"offset\":1}\n"
    "{\"timestamp\":3,\"name\":\"producer_send_error\",\"topic\":\"t\",\"key\":null,\"value\":"
    "\"2\",\"exception\":\"x\",\"message\":\"y\"}\n"
    "{\"timestamp\":4,\"name\":\"tool_data\",\"sent\":2}\n";

static const char consumed[] =
    "{\"timestamp\":1,\"name\":\"startup_complete\"}\n"
    "{\"timestamp\":2,\"name\":\"partitions_assigned\",\"partitions\":[{" PLACE "}]}\n"
    "{\"timestamp\":3,\"name\":\"records_consumed\",\"count\":%d,\"partitions\":[{" PLACE
    ",\"count\":%d,\"minOffset\":0,\"maxOffset\":%d}]}\n"
    "{\"timestamp\":3,\"name\":\"offsets_committed\",\"success\":true,\"offsets\":[{" PLACE
    ",\"offset\":2}]}\n"
    "{\"timestamp\":4,\"name\":\"partitions_revoked\",\"partitions\":[{" PLACE "}]}\n"
    "{\"timestamp\":5,\"name\":\"shutdown_complete\"}\n";

START_TEST(kafkas_own_tools_are_understood)
{
    tmpdir_write(ledger_path, produced);
    for (int records = 1; records <= 2; records++) {
        char *lines = text_format(consumed, records, records, records - 1);
        tmpdir_write(events_path, lines);
        struct process *process =
            run("--ledger ledger --order partition --clean --revocations 0 events",
                records == 2 ? HOLDS : BROKEN);
        char *rows = broken_rows(process_output(process));
        ck_assert_str_eq(rows, records == 2 ? "" : "I1 I2 ");
        free(rows);
        free(lines);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault_check");
    TCase *tcase = tcase_create("check");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_lie_breaks_its_own_rule_and_no_other, 0, CASES);
    tcase_add_test(tcase, every_number_has_a_lie);
    tcase_add_test(tcase, members_of_several_files_are_merged_and_a_torn_line_is_left);
    tcase_add_test(tcase, without_a_ledger_what_was_handed_out_is_judged);
    tcase_add_test(tcase, json_says_the_same);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_named);
    tcase_add_test(tcase, what_is_asked_wrongly_is_refused);
    tcase_add_test(tcase, machines_are_compared_by_the_wall_clock);
    tcase_add_test(tcase, kafkas_own_tools_are_understood);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
