/* What does `weir run` do when a signal asks how it goes, or to stop before it got where it should?
 * No broker is there, and none is needed. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/process.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { SOON_MS = 30000, TRY_AGAIN = 75, BAD_PLUGIN = 78, TIMES = 3 };

static struct process *process;

static void tear_down(void)
{
    process_destroy(process);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL) {
        fail_test("the environment has no %s", name);
    }
    return value;
}

static void run_with(const char *first, const char *second)
{
    char *handler = text_format("weir.handler=%s/good.so", variable("WEIR_TEST_PLUGINS"));
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
                                     "weir.status.interval.ms=0", /* only who asks is answered */
                                     first,
                                     second,
                                     NULL};

    process = process_start(&(struct process_options){.arguments = arguments});
    process_await_error(process, "joining group 'g' at 127.0.0.1:1: topics t", SOON_MS);
    free(handler);
}

static size_t status_lines(void)
{
    size_t count = 0;

    for (const char *at = process_errors(process); (at = strstr(at, " records/s,")) != NULL; at++) {
        count++;
    }
    return count;
}

START_TEST(each_usr1_is_answered_and_none_stops)
{
    run_with(NULL, NULL);
    for (size_t i = 1; i <= TIMES; i++) {
        process_signal(process, SIGUSR1);
        WAIT_UNTIL(status_lines() == i, SOON_MS);
    }
    ck_assert(process_running(process));
    process_signal(process, SIGTERM);
    process_expect(process, 0, SOON_MS);
}
END_TEST

START_TEST(in_json_the_answer_has_numbers)
{
    run_with("--log-format", "json");
    process_signal(process, SIGUSR1);
    process_await_error(process, "\"part\":\"status\",\"text\":\"0 records/s", SOON_MS);
    process_await_error(process, "\"data\":{\"handled_per_second\":0.0,\"partitions\":0,", SOON_MS);
    process_signal(process, SIGTERM);
    process_expect(process, 0, SOON_MS);
}
END_TEST

START_TEST(a_job_that_was_interrupted_has_not_succeeded)
{
    run_with("--until-end", NULL);
    process_signal(process, SIGTERM);
    process_expect(process, TRY_AGAIN, SOON_MS);
    process_await_error(process, "stopped by a signal before --until-end was reached", SOON_MS);
}
END_TEST

/* A member of two groups is both or none: neither is begun when the second one cannot be. */
START_TEST(a_second_consumer_that_is_refused_leaves_no_first_one)
{
    char *folder = tmpdir_create("asked");
    char *events = tmpdir_path(folder, "events");
    char *peer_events = tmpdir_path(folder, "events.peer");
    char *handler = text_format("weir.handler=%s/chaos.so", variable("WEIR_TEST_PLUGINS"));
    const char *const settings[] = {"bootstrap.servers=127.0.0.1:1",
                                    "group.id=g",
                                    "weir.topics=t",
                                    "weir.coordinator=zookeeper",
                                    "zookeeper.connect=127.0.0.1:1",
                                    "weir.strategy=bluegreen",
                                    "weir.color=blue",
                                    "weir.bluegreen.topology=swap",
                                    "weir.bluegreen.peer.group.id=next",
                                    "weir.bluegreen.peer.topics=later",
                                    "handler.open.fail=2",
                                    handler};
    enum { SETTINGS = sizeof settings / sizeof settings[0], BEFORE = 4 };
    const char *arguments[2 * SETTINGS + BEFORE + 1] = {variable("WEIR_BINARY"), "run", "--events",
                                                        events};

    for (size_t i = 0; i < SETTINGS; i++) {
        arguments[BEFORE + 2 * i] = "-X";
        arguments[BEFORE + 2 * i + 1] = settings[i];
    }
    process = process_start(&(struct process_options){.arguments = arguments});
    process_expect(process, BAD_PLUGIN, SOON_MS);
    ck_assert_ptr_nonnull(strstr(process_errors(process), "next: chaos: open refuses"));
    ck_assert_ptr_nonnull(strstr(process_errors(process), "handler 'chaos' refused to open"));
    ck_assert_ptr_null(strstr(process_errors(process), "joining group"));
    char *first = tmpdir_read(events);
    char *second = tmpdir_read(peer_events);
    ck_assert_str_eq(first, ""); /* what did not begin has no end */
    ck_assert_str_eq(second, "");
    free(first);
    free(second);
    free(handler);
    free(peer_events);
    free(events);
    tmpdir_remove(&folder);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("asked");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, each_usr1_is_answered_and_none_stops);
    tcase_add_test(tcase, in_json_the_answer_has_numbers);
    tcase_add_test(tcase, a_job_that_was_interrupted_has_not_succeeded);
    tcase_add_test(tcase, a_second_consumer_that_is_refused_leaves_no_first_one);
    return runner_run("stopping_asked", tcase);
}
