/* What does `weir bench` do where no broker answers? */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/ports.h"
#include "test/support/process.h"
#include "test/support/runner.h"

enum { WAIT_MS = 60000, EXIT_USAGE = 64, EXIT_AGAIN = 75, TEXT_SIZE = 4096, TEST_SECONDS = 200 };

static char bootstrap[64];

static void set_up(void)
{
    (void)snprintf(bootstrap, sizeof bootstrap, "bootstrap.servers=127.0.0.1:%u",
                   (unsigned)ports_take());
}

static void tear_down(void)
{
    process_destroy_all();
}

#define START(...)                                                                                 \
    process_start(&(struct process_options){                                                       \
        .arguments = (const char *const[]){getenv("WEIR_BINARY"), "bench", __VA_ARGS__, "-X",      \
                                           bootstrap, NULL}})

/* What the file of the process holds. Borrowed until the next call. */
static const char *read_proc(pid_t pid, const char *name)
{
    static char text[TEXT_SIZE];
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "r");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

/* The process that runs a part of the measurement, or 0. */
static pid_t find_part(const struct process *process)
{
    char name[64];

    (void)snprintf(name, sizeof name, "task/%d/children", (int)process_pid(process));
    return (pid_t)strtol(read_proc(process_pid(process), name), NULL, 10);
}

/* Such a signal does not reach it. */
static bool is_deaf(pid_t pid, int signal)
{
    const char *at = strstr(read_proc(pid, "status"), "\nSigBlk:");

    return at != NULL && (strtoull(at + strlen("\nSigBlk:"), NULL, 16) >> (signal - 1) & 1) != 0;
}

/* A terminal sends Ctrl-C to all of them; what it ends, and what it lets take away the topic that
 * may be there, is for one to say. Who presses it again waits for nobody. */
START_TEST(the_first_ctrl_c_ends_with_cleaning_and_the_second_without)
{
    struct process *process = START("--records", "10");
    pid_t part = 0;

    process_await_error(process, "Connection refused", WAIT_MS); /* as the part says */
    WAIT_UNTIL((part = find_part(process)) != 0, WAIT_MS);
    ck_assert(is_deaf(part, SIGINT));
    process_signal(process, SIGINT);
    process_await_error(process, "interrupted; deleting topic weir-bench-", WAIT_MS);
    WAIT_UNTIL((process_signal(process, SIGINT), !process_running(process)), WAIT_MS);
    process_expect(process, EXIT_AGAIN, WAIT_MS);
    ck_assert_ptr_nonnull(
        strstr(process_errors(process), "may be left whose names begin with weir-bench-"));
}
END_TEST

/* "refused" is one for once: librdkafka's own words have it. */
START_TEST(a_secret_is_masked_in_what_librdkafka_says)
{
    struct process *process = START("clean", "--topic", "weir-bench-none");
    process_await_error(process, "Connection refused", WAIT_MS);
    process = START("clean", "--topic", "weir-bench-none", "-X", "ssl.key.password=refused");
    process_await_error(process, "Connection ***", WAIT_MS);
    ck_assert_ptr_null(strstr(process_errors(process), "refused"));
}
END_TEST

static const struct {
    const char *part;
    const char *sentence;
} parts[] = {{"fill", "bench fill: it needs --topic and --records\nUsage: weir bench fill "},
             {"bare", "bench bare: it needs --topic and --records\nUsage: weir bench bare "},
             {"engine", "bench engine: it needs --topic, --group and --records\nUsage: "},
             {"clean", "bench clean: it needs a --topic or a --group\nUsage: "}};

START_TEST(a_part_says_what_it_lacks_and_helps)
{
    struct process *process = START(parts[_i].part);
    process_expect(process, EXIT_USAGE, WAIT_MS);
    ck_assert_ptr_nonnull(strstr(process_errors(process), parts[_i].sentence));
    process = START(parts[_i].part, "word");
    process_expect(process, EXIT_USAGE, WAIT_MS);
    ck_assert_ptr_nonnull(strstr(process_errors(process), "it takes options only"));
    process = START(parts[_i].part, "--help");
    process_expect(process, 0, WAIT_MS);
    ck_assert_ptr_eq(strstr(process_output(process), "Usage: weir bench "),
                     process_output(process));
    ck_assert_str_eq(process_errors(process), "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("bench");

    tcase_set_timeout(tcase, TEST_SECONDS);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_first_ctrl_c_ends_with_cleaning_and_the_second_without);
    tcase_add_test(tcase, a_secret_is_masked_in_what_librdkafka_says);
    tcase_add_loop_test(tcase, a_part_says_what_it_lacks_and_helps, 0,
                        sizeof parts / sizeof parts[0]);
    return runner_run("bench", tcase);
}
