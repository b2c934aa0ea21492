/* Do programs that tests start run as asked, and does nothing of them survive? */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/process.h"
#include "test/support/tmpdir.h"

enum { SOON_MS = 10000 };

/* `script` by a shell. */
static struct process *shell(const char *script)
{
    const char *const arguments[] = {"sh", "-c", script, NULL};

    return process_start(&(struct process_options){.arguments = arguments, .input = true});
}

/* As the system has it: 'R', 'T', ...; 0: there is none. */
static char state_of(pid_t pid)
{
    char path[64];
    char state = 0;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    int found = fscanf(file, "%*d %*s %c", &state);
    (void)fclose(file);
    if (found != 1) {
        return 0;
    }
    return state;
}

static bool is_gone(pid_t pid)
{
    char state = state_of(pid);

    return state == 0 || state == 'Z'; /* an orphan may wait for its reaper */
}

START_TEST(lines_come_whole_and_in_order_until_the_end)
{
    struct process *process = shell("echo one; printf 'two\\nthr'; printf 'ee'");

    ck_assert_str_eq(process_read_line(process, SOON_MS), "one");
    ck_assert_str_eq(process_read_line(process, SOON_MS), "two");
    ck_assert_str_eq(process_read_line(process, SOON_MS), "three");
    ck_assert_ptr_null(process_read_line(process, SOON_MS));
    process_expect(process, 0, SOON_MS);
    ck_assert_str_eq(process_output(process), "one\ntwo\nthree");
    process_destroy(process);
}
END_TEST

START_TEST(a_child_that_nobody_reads_is_not_blocked)
{
    struct process *process = shell("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end");

    process_expect(process, 0, SOON_MS);
    ck_assert_str_eq(process_read_until(process, "end", SOON_MS), "end");
    process_destroy(process);
}
END_TEST

START_TEST(input_reaches_the_child_and_ends)
{
    struct process *process = shell("while read -r line; do echo \"got $line\"; done; exit 7");

    process_write(process, "a\nb\n");
    ck_assert_str_eq(process_read_line(process, SOON_MS), "got a");
    ck_assert_str_eq(process_read_until(process, "got", SOON_MS), "got b");
    process_close_input(process);
    process_expect(process, 7, SOON_MS);
    process_destroy(process);
}
END_TEST

START_TEST(status_of_a_killed_child_is_that_of_a_shell)
{
    struct process *process = shell("kill -TERM $$");

    ck_assert_int_eq(process_wait(process, SOON_MS), 128 + SIGTERM);
    ck_assert(!process_running(process));
    process_signal(process, SIGKILL); /* harmless: it was reaped */
    process_destroy(process);
}
END_TEST

START_TEST(a_paused_child_stands_still_until_it_is_resumed)
{
    struct process *process = shell("while :; do :; done");

    for (int i = 0; i < 50; i++) {
        process_pause(process);
        ck_assert_int_eq(state_of(process_pid(process)), 'T');
        process_resume(process);
        WAIT_UNTIL(state_of(process_pid(process)) == 'R', SOON_MS);
    }
    process_destroy(process);
}
END_TEST

START_TEST(a_child_that_ended_is_not_waited_for_to_stand_still)
{
    struct process *process = shell("exit 0");

    WAIT_UNTIL(!process_running(process), SOON_MS);
    process_pause(process); /* before it is reaped */
    process_expect(process, 0, SOON_MS);
    process_pause(process);
    process_destroy(process);
}
END_TEST

START_TEST(environment_folder_and_files_are_as_asked)
{
    char *folder = tmpdir_create("process");
    char *path = tmpdir_path(folder, "out");
    const char *const arguments[] = {"sh", "-c", "pwd; echo \"$ADDED ${HOME-unset}\" >&2", NULL};
    const char *const environment[] = {"ADDED=yes=no", "HOME", NULL};
    struct process *process = process_start(&(struct process_options){
        .arguments = arguments, .environment = environment, .folder = folder, .output_path = path});

    process_expect(process, 0, SOON_MS);
    ck_assert_str_eq(process_errors(process), "yes=no unset\n");
    char *written = tmpdir_read(path);
    written[strcspn(written, "\n")] = '\0';
    ck_assert_str_eq(written, folder);
    free(written);
    free(path);
    process_destroy(process);
    tmpdir_remove(&folder);
}
END_TEST

START_TEST(output_can_go_to_a_descriptor_of_the_test)
{
    const char *const arguments[] = {"sh", "-c", "echo lost || exit 3", NULL};
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct process *process =
        process_start(&(struct process_options){.arguments = arguments, .output_fd = full});

    process_expect(process, 3, SOON_MS);
    process_destroy(process);
    (void)close(full);
}
END_TEST

START_TEST(destroy_kills_what_the_child_started)
{
    struct process *process = shell("tail -f /dev/null & echo $!; wait");
    pid_t grandchild = (pid_t)strtol(process_read_line(process, SOON_MS), NULL, 10);

    ck_assert_int_eq(kill(grandchild, 0), 0);
    process_destroy(process);
    WAIT_UNTIL(is_gone(grandchild), SOON_MS);
}
END_TEST

START_TEST(destroy_all_ends_every_one)
{
    pid_t first = process_pid(shell("read -r line"));
    pid_t second = process_pid(shell("read -r line"));

    process_destroy_all();
    ck_assert(is_gone(first));
    ck_assert(is_gone(second));
}
END_TEST

START_TEST(a_child_dies_with_the_test_that_started_it)
{
    int ends[2];
    pid_t child = 0;

    ck_assert_int_eq(pipe(ends), 0);
    pid_t test = fork();
    if (test == 0) {
        child = process_pid(shell("read -r line"));
        (void)!write(ends[1], &child, sizeof child);
        (void)raise(SIGKILL);
    }
    ck_assert_int_eq(read(ends[0], &child, sizeof child), sizeof child);
    ck_assert_int_eq(waitpid(test, NULL, 0), test);
    WAIT_UNTIL(is_gone(child), SOON_MS);
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

START_TEST(a_forked_test_sees_the_end_of_a_fixtures_child)
{
    struct process *process = shell("read -r line");
    int status = 0;

    pid_t test = fork();
    if (test == 0) {
        process_signal(process, SIGKILL);
        _exit(process_wait(process, SOON_MS) == -1 ? 0 : 1); /* it ended; the status is not ours */
    }
    ck_assert_int_eq(waitpid(test, &status, 0), test);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(process_wait(process, SOON_MS), 128 + SIGKILL);
    process_destroy(process);
}
END_TEST

static void run_nothing(void *user)
{
    const char *const arguments[] = {"/no/such/program", NULL};

    (void)user;
    process_destroy(process_start(&(struct process_options){.arguments = arguments}));
}

static void wait_too_short(void *user)
{
    struct process *process = shell("echo oops >&2; read -r line");

    (void)user;
    process_await_error(process, "oops", SOON_MS);
    (void)process_wait(process, 1);
}

static void expect_success(void *user)
{
    (void)user;
    process_expect(shell("echo reason >&2; exit 70"), 0, SOON_MS);
}

static void read_from_mute(void *user)
{
    (void)user;
    (void)process_read_line(shell("read -r line"), 1);
}

static void write_to_dead(void *user)
{
    struct process *process = shell("exit 0");

    (void)user;
    process_expect(process, 0, SOON_MS);
    process_write(process, "x");
}

START_TEST(failures_say_what_and_why)
{
    const struct {
        fail_try_fn *fn;
        const char *parts[3];
    } cases[] = {{run_nothing, {"cannot run /no/such/program", "No such file", ""}},
                 {wait_too_short, {"still running after its deadline of 1 ms", "oops", "sh -c"}},
                 {expect_success, {"exit status 0 expected, 70 found", "reason", "exit status 70"}},
                 {read_from_mute, {"no line on stdout within 1 ms", "running", "read -r line"}},
                 {write_to_dead, {"cannot write to its stdin (Broken pipe)", "exit 0", ""}}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = fail_text_of(cases[i].fn, NULL);
        ck_assert_ptr_nonnull(text);
        for (size_t j = 0; j < 3; j++) {
            ck_assert_msg(strstr(text, cases[i].parts[j]) != NULL, "no '%s' in: %s",
                          cases[i].parts[j], text);
        }
        free(text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_process");
    TCase *tcase = tcase_create("process");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, lines_come_whole_and_in_order_until_the_end);
    tcase_add_test(tcase, a_child_that_nobody_reads_is_not_blocked);
    tcase_add_test(tcase, input_reaches_the_child_and_ends);
    tcase_add_test(tcase, status_of_a_killed_child_is_that_of_a_shell);
    tcase_add_test(tcase, a_paused_child_stands_still_until_it_is_resumed);
    tcase_add_test(tcase, a_child_that_ended_is_not_waited_for_to_stand_still);
    tcase_add_test(tcase, environment_folder_and_files_are_as_asked);
    tcase_add_test(tcase, output_can_go_to_a_descriptor_of_the_test);
    tcase_add_test(tcase, destroy_kills_what_the_child_started);
    tcase_add_test(tcase, destroy_all_ends_every_one);
    tcase_add_test(tcase, a_child_dies_with_the_test_that_started_it);
    tcase_add_test(tcase, a_forked_test_sees_the_end_of_a_fixtures_child);
    tcase_add_test(tcase, failures_say_what_and_why);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
