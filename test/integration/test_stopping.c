/* Does `weir run` come to its end, whatever hangs: at once on the second signal, in time on the
 * first? */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/mock_kafka.h"
#include "test/support/process.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum {
    SOON_MS = 30000,
    GRACE_MS = 20000,
    TEST_SECONDS = 120,
    UNAVAILABLE = 69,
    TRY_AGAIN = 75,
    SETTINGS_MAX = 12,
    REFUSALS = 100000,
    SAFE_CLOSE_VERSION = 0x020300ff
};

static char *folder;
static char *gate;
static struct process *process;
static struct mock *mock; /* NULL: the test has none */

static void set_up(void)
{
    folder = tmpdir_create("stopping");
    gate = tmpdir_path(folder, "gate");
    ck_assert_int_eq(mkfifo(gate, 0600), 0);
}

static void tear_down(void)
{
    process_destroy(process);
    mock_stop(mock);
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

/* `option`: NULL or one more of `weir run`. */
static void run_with(const char *const *settings, const char *const *environment,
                     const char *option)
{
    const char *arguments[SETTINGS_MAX * 2 + 4] = {variable("WEIR_BINARY"), "run"};
    size_t count = 2;

    for (size_t i = 0; settings[i] != NULL; i++) {
        ck_assert_uint_lt(i, SETTINGS_MAX);
        arguments[count++] = "-X";
        arguments[count++] = settings[i];
    }
    arguments[count] = option;
    process = process_start(
        &(struct process_options){.arguments = arguments, .environment = environment});
}

/* No broker is there, and none is needed. */
static void run_with_handler_blocked_in(const char *slot, const char *drain, const char *option)
{
    char *handler = text_format("weir.handler=%s/block.so", variable("WEIR_TEST_PLUGINS"));
    char *slot_key = text_format("handler.slot=%s", slot);
    char *gate_key = text_format("handler.gate=%s", gate);
    const char *const settings[] = {"bootstrap.servers=127.0.0.1:1",
                                    "group.id=g",
                                    "weir.topics=t",
                                    handler,
                                    slot_key,
                                    gate_key,
                                    drain,
                                    NULL};

    run_with(settings, NULL, option);
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
    process_expect(process, TRY_AGAIN, SOON_MS);
    process_await_error(process, "stopped at once", SOON_MS);
}

START_TEST(a_second_signal_is_heard_while_open_blocks)
{
    run_with_handler_blocked_in("open", NULL, NULL);
    process_await_error(process, "blocked in open", SOON_MS);
    expect_end_at_once(SIGTERM);
}
END_TEST

START_TEST(a_second_signal_is_heard_while_close_blocks)
{
    run_with_handler_blocked_in("close", NULL, NULL);
    process_await_error(process, "trying again", SOON_MS);
    process_signal(process, SIGTERM);
    process_await_error(process, "blocked in close", SOON_MS);
    expect_end_at_once(SIGINT);
}
END_TEST

START_TEST(a_close_that_hangs_is_cut_off)
{
    run_with_handler_blocked_in("close", "weir.drain.timeout.ms=100", NULL);
    process_await_error(process, "trying again", SOON_MS);
    process_signal(process, SIGTERM);
    process_await_error(process, "blocked in close", SOON_MS);
    process_expect(process, TRY_AGAIN, SOON_MS + GRACE_MS);
    process_await_error(process, "did not come to its end within weir.drain.timeout.ms", SOON_MS);
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
    run_with_handler_blocked_in("open", NULL, NULL);
    process_await_error(process, "blocked in open", SOON_MS);
    process_signal(process, SIGTERM);
    WAIT_UNTIL(open_gate(), SOON_MS);
    process_expect(process, 0, SOON_MS);
    process_await_error(process, "asked to stop", SOON_MS);
    /* It asked for all its keys while it opened. */
    ck_assert_ptr_null(strstr(process_errors(process), "did not ask for"));
}
END_TEST

/* The signal is there before the consumer's first thread has run. */
START_TEST(a_job_that_was_interrupted_before_it_began_has_not_succeeded)
{
    run_with_handler_blocked_in("open", NULL, "--until-end");
    process_await_error(process, "blocked in open", SOON_MS);
    process_signal(process, SIGTERM);
    WAIT_UNTIL(open_gate(), SOON_MS);
    process_expect(process, TRY_AGAIN, SOON_MS);
    process_await_error(process, "stopped by a signal before --until-end was reached", SOON_MS);
}
END_TEST

/* A group of one on the library's mock cluster, where the call never returns. */
static void run_with_library_hanging_in(const char *call)
{
    mock = mock_start(1);
    mock_create_topic(mock, "t", 1);
    char *bootstrap = text_format("bootstrap.servers=%s", mock_bootstrap(mock));
    char *handler = text_format("weir.handler=%s/good.so", variable("WEIR_TEST_PLUGINS"));
    char *preload = text_format("LD_PRELOAD=%s/hang.so", variable("WEIR_TEST_PLUGINS"));
    char *hang = text_format("WEIR_TEST_HANG=%s", call);
    const char *const settings[] = {
        bootstrap, "group.id=g", "weir.topics=t", "weir.drain.timeout.ms=100", handler, NULL};
    const char *const environment[] = {preload, hang, NULL};

    run_with(settings, environment, NULL);
    free(bootstrap);
    free(handler);
    free(preload);
    free(hang);
}

static const struct {
    const char *call;
    const char *sentence;
} hangs[] = {
    {"rd_kafka_destroy_flags", "the client library did not end its connection in time"},
    {"rd_kafka_consumer_close_queue", "did not come to its end within weir.drain.timeout.ms"},
};

enum { HANGS = sizeof hangs / sizeof hangs[0] };

START_TEST(a_library_that_hangs_is_not_waited_for_for_ever)
{
    run_with_library_hanging_in(hangs[_i].call);
    process_await_error(process, " assigned, ", SOON_MS);
    process_signal(process, SIGTERM);
    process_expect(process, TRY_AGAIN, SOON_MS + GRACE_MS);
    process_await_error(process, hangs[_i].call, SOON_MS);
    process_await_error(process, hangs[_i].sentence, SOON_MS);
}
END_TEST

/* The twin: the same way of starting, and nothing hangs. */
START_TEST(a_library_that_does_not_hang_ends_well)
{
    run_with_library_hanging_in("nothing");
    process_await_error(process, " assigned, ", SOON_MS);
    process_signal(process, SIGTERM);
    process_expect(process, 0, SOON_MS);
}
END_TEST

/* A cooperative member of an older library that never got as far as an assignment cannot close
 * (hazard R5). It is left behind, and nothing is unfinished. */
START_TEST(a_member_that_was_never_assigned_ends_well)
{
    mock = mock_start(1);
    char *bootstrap = text_format("bootstrap.servers=%s", mock_bootstrap(mock));
    char *handler = text_format("weir.handler=%s/good.so", variable("WEIR_TEST_PLUGINS"));
    const char *const settings[] = {
        bootstrap,       "group.id=g",
        "weir.topics=t", "partition.assignment.strategy=cooperative-sticky",
        "debug=cgrp",    "weir.log.level=debug", /* says when it is subscribed */
        handler,         NULL};

    mock_create_topic(mock, "t", 1);
    mock_push_errors(mock, MOCK_JOIN_GROUP, REFUSALS, MOCK_COORDINATOR_LOADING);
    run_with(settings, NULL, NULL);
    process_await_error(process, "op SUBSCRIBE", SOON_MS);
    process_signal(process, SIGTERM);
    process_expect(process, 0, SOON_MS);
    if (mock_library_version() < SAFE_CLOSE_VERSION) {
        process_await_error(process, "it stays a member until this process has ended", SOON_MS);
        process_await_error(process, "cannot end its connection; it is left behind", SOON_MS);
    }
    free(bootstrap);
    free(handler);
}
END_TEST

/* A member of two groups, without brokers and without ZooKeeper: each of its consumers has two
 * threads that main starts, one fetcher and control. */
static void run_two_with_refused_thread(int nth)
{
    char *handler = text_format("weir.handler=%s/good.so", variable("WEIR_TEST_PLUGINS"));
    char *preload = text_format("LD_PRELOAD=%s/few_threads.so", variable("WEIR_TEST_PLUGINS"));
    char *thread = text_format("WEIR_TEST_THREAD=%d", nth);
    const char *const settings[] = {"bootstrap.servers=127.0.0.1:1",
                                    "zookeeper.connect=127.0.0.1:1",
                                    "weir.coordinator=zookeeper",
                                    "weir.strategy=bluegreen",
                                    "weir.color=blue",
                                    "weir.bluegreen.topology=swap",
                                    "group.id=g",
                                    "weir.topics=t",
                                    "weir.bluegreen.peer.group.id=h",
                                    "weir.bluegreen.peer.topics=u",
                                    handler,
                                    NULL};
    const char *const environment[] = {preload, thread, NULL};

    run_with(settings, environment, "-Xweir.fetchers=1");
    free(handler);
    free(preload);
    free(thread);
}

/* The first is the one that listens for signals; then come the first consumer's, which runs when
 * the second one's are refused. */
static const struct {
    int code;
    const char *sentence;
} refusals[] = {{UNAVAILABLE, "no file descriptor or thread is left"},
                {TRY_AGAIN, "no thread can be started"},
                {TRY_AGAIN, "no thread can be started"},
                {TRY_AGAIN, "no thread can be started"},
                {TRY_AGAIN, "no thread can be started"}};

enum { REFUSED_THREADS = sizeof refusals / sizeof refusals[0] };

START_TEST(one_that_gets_no_thread_ends_the_other_one_too)
{
    run_two_with_refused_thread(_i + 1);
    process_expect(process, refusals[_i].code, SOON_MS);
    process_await_error(process, refusals[_i].sentence, SOON_MS);
    ck_assert(_i > 2 || strstr(process_errors(process), "joining group") == NULL);
}
END_TEST

/* The twin: one more is asked for only to see to it that the end comes, which comes by itself. */
START_TEST(two_that_get_their_threads_run_until_they_are_asked_to_stop)
{
    run_two_with_refused_thread(REFUSED_THREADS + 1);
    process_await_error(process, "joining group 'g'", SOON_MS);
    process_await_error(process, "joining group 'h'", SOON_MS);
    process_signal(process, SIGTERM);
    process_expect(process, 0, SOON_MS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stopping");

    tcase_set_timeout(tcase, TEST_SECONDS);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_second_signal_is_heard_while_open_blocks);
    tcase_add_test(tcase, a_second_signal_is_heard_while_close_blocks);
    tcase_add_test(tcase, a_close_that_hangs_is_cut_off);
    tcase_add_test(tcase, one_signal_while_open_blocks_is_remembered);
    tcase_add_test(tcase, a_job_that_was_interrupted_before_it_began_has_not_succeeded);
    tcase_add_loop_test(tcase, a_library_that_hangs_is_not_waited_for_for_ever, 0, HANGS);
    tcase_add_test(tcase, a_library_that_does_not_hang_ends_well);
    tcase_add_test(tcase, a_member_that_was_never_assigned_ends_well);
    tcase_add_loop_test(tcase, one_that_gets_no_thread_ends_the_other_one_too, 0, REFUSED_THREADS);
    tcase_add_test(tcase, two_that_get_their_threads_run_until_they_are_asked_to_stop);
    return runner_run("stopping", tcase);
}
