/* Does the second signal end `weir run` at once, whatever it waits for? */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/process.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { SOON_MS = 20000, TEST_SECONDS = 60, STOPPED_AT_ONCE = 75 };

static char *folder;
static char *gate;
static struct process *process;

static void set_up(void)
{
    folder = tmpdir_create("signals");
    gate = tmpdir_path(folder, "gate");
    ck_assert_int_eq(mkfifo(gate, 0600), 0);
}

static void tear_down(void)
{
    process_destroy(process);
    free(gate);
    tmpdir_remove(&folder);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL) {
        fail_test("the environment has no %s", name);
    }
    return value;
}

/* No broker is there, and none is needed. */
static void run_with_handler_blocked_in(const char *slot)
{
    char *handler = text_format("weir.handler=%s/block.so", variable("WEIR_TEST_PLUGINS"));
    char *slot_key = text_format("handler.slot=%s", slot);
    char *gate_key = text_format("handler.gate=%s", gate);
    const char *const arguments[] = {variable("WEIR_BINARY"),
                                     "run",
                                     "-X",
                                     "bootstrap.servers=127.0.0.1:1",
                                     "-X",
                                     "group.id=g",
                                     "-X",
                                     "weir.topics=t",
                                     "-X",
                                     handler,
                                     "-X",
                                     slot_key,
                                     "-X",
                                     gate_key,
                                     NULL};

    process = process_start(&(struct process_options){.arguments = arguments});
    free(handler);
    free(slot_key);
    free(gate_key);
}

/* Each look at the condition is a signal, so that a second one comes that is not taken for an echo
 * of the first. */
static bool ended_by_another(int signal)
{
    if (process_running(process)) {
        process_signal(process, signal);
        return false;
    }
    return true;
}

static void expect_end_at_once(int signal)
{
    WAIT_UNTIL(ended_by_another(signal), SOON_MS);
    process_expect(process, STOPPED_AT_ONCE, SOON_MS);
    process_await_error(process, "stopped at once", SOON_MS);
}

START_TEST(a_second_signal_is_heard_while_open_blocks)
{
    run_with_handler_blocked_in("open");
    process_await_error(process, "blocked in open", SOON_MS);
    expect_end_at_once(SIGTERM);
}
END_TEST

START_TEST(a_second_signal_is_heard_while_close_blocks)
{
    run_with_handler_blocked_in("close");
    process_await_error(process, "trying again", SOON_MS);
    process_signal(process, SIGTERM);
    process_await_error(process, "blocked in close", SOON_MS);
    expect_end_at_once(SIGINT);
}
END_TEST

static bool open_gate(void)
{
    int fd = open(gate, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

/* The twin of the first: one signal does not end what may still end by itself. */
START_TEST(one_signal_while_open_blocks_is_remembered)
{
    run_with_handler_blocked_in("open");
    process_await_error(process, "blocked in open", SOON_MS);
    process_signal(process, SIGTERM);
    WAIT_UNTIL(open_gate(), SOON_MS);
    process_expect(process, 0, SOON_MS);
    process_await_error(process, "asked to stop", SOON_MS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stop_signals");

    tcase_set_timeout(tcase, TEST_SECONDS);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_second_signal_is_heard_while_open_blocks);
    tcase_add_test(tcase, a_second_signal_is_heard_while_close_blocks);
    tcase_add_test(tcase, one_signal_while_open_blocks_is_remembered);
    return runner_run("stop_signals", tcase);
}
