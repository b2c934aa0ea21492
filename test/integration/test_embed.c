/* Do the examples of a consumer in somebody else's loop say what happens, where it stands, and come
 * to their end? */
#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/ledger.h"
#include "test/support/mock_kafka.h"
#include "test/support/process.h"
#include "test/support/produce_kafka.h"
#include "test/support/runner.h"
#include "test/support/text.h"

enum { LOOPS = 3, RECORDS = 100, MORE = 7, SOON_MS = 30000 };

static const char *const loops[LOOPS] = {"poll", "epoll", "uv"};
static const int signals[LOOPS] = {SIGINT, SIGTERM, SIGINT};

static struct mock *mock;
static struct process *processes[LOOPS];

static void set_up(void)
{
    mock = mock_start(1);
    mock_create_topic(mock, "orders", 1);
}

static void tear_down(void)
{
    process_destroy_all();
    mock_stop(mock);
}

static struct process *start(const char *loop, const char *setting)
{
    char *program = text_format("%s/embed_%s", getenv("WEIR_EXAMPLES"), loop);
    char *bootstrap = text_format("bootstrap.servers=%s", mock_bootstrap(mock));
    char *group = text_format("group.id=%s", loop);
    const char *const arguments[] = {
        program, bootstrap, group, "weir.coordinator=none", "weir.partitions=orders:0",
        setting, NULL};
    struct process *process = process_start(&(struct process_options){.arguments = arguments});

    free(program);
    free(bootstrap);
    free(group);
    return process;
}

static void add(uint64_t count)
{
    ledger_destroy(produce(mock_bootstrap(mock),
                           &(struct produce_options){.topic = "orders", .count = count}));
}

/* Until a snapshot has the figures: all is read, done and committed up to the end that the brokers
 * told. */
static void await_all(struct process *process, int64_t end)
{
    char *row =
        text_format("partition orders/0 running position %lld watermark %lld committed %lld "
                    "end %lld lag 0 in_flight 0 buffered 0 bytes 0 oldest_ms ?",
                    (long long)end, (long long)end, (long long)end, (long long)end);

    (void)process_read_until(process, row, SOON_MS);
    free(row);
}

static bool has_said(struct process *process, const char *part)
{
    return strstr(process_output(process), part) != NULL;
}

static void expect_output(struct process *process, const char *part)
{
    if (!has_said(process, part)) {
        fail_test("no '%s' in\n%s", part, process_output(process));
    }
}

/* Three programs at a time, each a group of its own. What handlers print and what the loop prints
 * come in no order. */
START_TEST(each_loop_shows_and_drains)
{
    add(RECORDS);
    for (int i = 0; i < LOOPS; i++) {
        processes[i] = start(loops[i], NULL);
    }
    for (int i = 0; i < LOOPS; i++) {
        await_all(processes[i], RECORDS);
    }
    add(MORE);
    for (int i = 0; i < LOOPS; i++) {
        await_all(processes[i], RECORDS + MORE);
        /* While it runs: at the end whatever is left is printed. */
        WAIT_UNTIL(has_said(processes[i], "event assign orders/0@0\n"), SOON_MS);
        process_signal(processes[i], signals[i]);
    }
    for (int i = 0; i < LOOPS; i++) {
        process_expect(processes[i], 0, SOON_MS);
        expect_output(processes[i], "event state running\n");
        expect_output(processes[i], "handle orders/0: ");
        expect_output(processes[i], "event state draining\n");
        expect_output(processes[i], "event state stopped\n");
        expect_output(processes[i], "snapshot stopped: 0 partitions, 107 records done\n");
        ck_assert(!has_said(processes[i], "event dropped"));
    }
}
END_TEST

START_TEST(each_says_what_it_cannot_be_started_with)
{
    static const char *const settings[] = {"weir.workres=1", "weir.workers=0", "what"};
    static const char *const reasons[] = {"did you mean weir.workers?", "must be 1..4096",
                                          "what is not KEY=VALUE"};

    struct process *process = start(loops[_i], settings[_i]);
    process_expect(process, 1, SOON_MS);
    process_await_error(process, reasons[_i], SOON_MS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("embed");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_loop_shows_and_drains);
    tcase_add_loop_test(tcase, each_says_what_it_cannot_be_started_with, 0, LOOPS);
    return runner_run("embed", tcase);
}
