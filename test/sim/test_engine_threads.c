#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* How many threads there are, and who has which partitions. */

enum { PARTITIONS = 24, RECORDS = 100, WAIT_MS = 30000 };

static struct sim_run run;

static void set_up(void)
{
    sim_run_set_up(&run, PARTITIONS, 0);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

/* False: it ended meanwhile. */
static bool is_called(const char *thread, const char *name)
{
    char path[300];
    char found[32] = "";

    (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", thread);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(found, sizeof found, file) != NULL;
    (void)fclose(file);
    found[strcspn(found, "\n")] = '\0';
    return read && strcmp(found, name) == 0;
}

/* Threads of this process that bear the name; those of an earlier test may still be on their way
 * out. */
static uint32_t count_threads(const char *name)
{
    uint32_t count = 0;
    DIR *threads = opendir("/proc/self/task");

    if (threads == NULL) {
        fail_test("/proc/self/task cannot be read");
    }
    for (struct dirent *entry = readdir(threads); entry != NULL; entry = readdir(threads)) {
        count += is_called(entry->d_name, name) ? 1 : 0;
    }
    (void)closedir(threads);
    return count;
}

static const struct {
    const char *value;
    uint32_t threads;
} fetchers[] = {{"1", 1}, {"3", 3}, {"8", 8}};

enum { FETCHERS = sizeof fetchers / sizeof fetchers[0] };

/* The cluster itself watches that a partition stays where it is; so if each fetcher has some and
 * each partition has one, they are shared out. */
START_TEST(partitions_are_shared_out_among_so_many_fetchers)
{
    char one[32];

    sim_run_set(&run, "weir.fetchers", fetchers[_i].value);
    sim_append("orders:0-23", (struct sim_batch){.records = RECORDS, .keys = 5});
    sim_run_begin(&run, "orders:0-23");
    sim_run_await_completed("orders:0-23", (uint64_t)PARTITIONS * RECORDS);
    WAIT_UNTIL(count_threads("weir-fetcher") == fetchers[_i].threads, WAIT_MS);
    ck_assert_uint_eq(sim_takers("orders:0-23"), fetchers[_i].threads);
    for (int i = 0; i < PARTITIONS; i++) {
        (void)snprintf(one, sizeof one, "orders:%d", i);
        ck_assert_uint_eq(sim_takers(one), 1);
    }
}
END_TEST

/* Several partitions in order keep as many handlers busy as there are partitions, and that is what
 * the threads are started for. */
START_TEST(workers_are_started_as_there_is_work)
{
    sim_run_set(&run, "weir.workers", "20");
    sim_run_set(&run, "weir.order", "partition");
    sim_run_hold(&run, "orders:0-4", 0);
    sim_append("orders:0-4", (struct sim_batch){.records = RECORDS});
    sim_run_begin(&run, "orders:0-23");
    sim_run_await_held(&run, 5);
    sim_await_polls(0, 2);
    WAIT_UNTIL(count_threads("weir-worker") == 5, WAIT_MS);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_WORKERS), 5);
}
END_TEST

static const struct {
    const char *value;
    uint32_t threads;
} workers[] = {{"1", 1}, {"5", 5}, {"20", 20}};

enum { WORKERS = sizeof workers / sizeof workers[0] };

START_TEST(so_many_handlers_run_at_once_and_no_more)
{
    sim_run_set(&run, "weir.workers", workers[_i].value);
    sim_run_set(&run, "weir.order", "none");
    sim_run_set(&run, "weir.batch.size", "1");
    sim_run_hold(&run, "orders:0-3", 0);
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS});
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_held(&run, workers[_i].threads);
    sim_await_polls(0, 2);
    ck_assert_uint_eq(sim_run_held(&run), workers[_i].threads);
    WAIT_UNTIL(count_threads("weir-worker") == workers[_i].threads, WAIT_MS);
    sim_run_let_go(&run);
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    ck_assert_uint_eq(weir_consumer_counter(run.consumer, WEIR_COUNTER_WORKERS),
                      workers[_i].threads);
}
END_TEST

int main(void)
{
    TCase *threads = tcase_create("threads");

    tcase_add_checked_fixture(threads, set_up, tear_down);
    tcase_add_loop_test(threads, partitions_are_shared_out_among_so_many_fetchers, 0, FETCHERS);
    tcase_add_test(threads, workers_are_started_as_there_is_work);
    tcase_add_loop_test(threads, so_many_handlers_run_at_once_and_no_more, 0, WORKERS);
    return runner_run("engine_threads", threads);
}
