/* Every fault that test/plugins/chaos.c is asked for happens: a test that relies on it would pass
 * for nothing otherwise. */
#include "test/support/example.h"
#include "test/support/gate.h"
#include "test/support/plugin_folder.h"
#include "test/support/tmpdir.h"
#include "test/unit/plugin_check.h"
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct weir_plugin *plugin;
static struct example example;
static struct gate waiting;

static void set_up(void)
{
    plugin_set_up();
    char *path = plugin_copy("chaos");
    plugin = plugin_load(path);
    free(path);
}

static void tear_down(void)
{
    weir_plugin_unload(plugin);
    plugin_tear_down();
}

static void start(const char *const *pairs)
{
    example_start(&example, weir_plugin_handler(plugin), pairs);
}

static void stop(void)
{
    example_close(&example);
    example_fini(&example);
}

enum { RECORDS = 6 };

/* What becomes of offsets 0 to 5 without an order, a letter each: done, retry, reject. */
static void expect(const char *letters, uint32_t attempt)
{
    struct fake_batch *fake = fake_batch_create("t", 2, 0, false);
    char got[RECORDS + 1] = "";

    for (uint32_t i = 0; i < RECORDS; i++) {
        fake_batch_add(fake, &(struct fake_record){FAKE_VALUE("v"), .attempt = attempt});
    }
    example_handle(&example, 0, fake);
    for (uint32_t i = 0; i < RECORDS; i++) {
        static const char letter_of[] = {
            [FAKE_DONE] = 'd', [FAKE_RETRY] = 'r', [FAKE_REJECT] = 'x'};
        got[i] = letter_of[fake_batch_mark(fake, i)];
    }
    ck_assert_str_eq(got, letters);
    fake_batch_destroy(fake);
}

START_TEST(nothing_is_asked_for_and_nothing_fails)
{
    start(NULL);
    expect("dddddd", 1);
    stop();
}
END_TEST

START_TEST(retries_end_after_their_times)
{
    start((const char *const[]){"retry.modulo", "3", "retry.times", "2", NULL});
    expect("rddrdd", 1);
    expect("rddrdd", 2);
    expect("dddddd", 3);
    stop();
}
END_TEST

START_TEST(poison_stays_poison)
{
    start((const char *const[]){"poison.modulo", "4", NULL});
    expect("xdddxd", 1);
    expect("xdddxd", 9);
    stop();
}
END_TEST

START_TEST(faults_keep_to_their_partition)
{
    start((const char *const[]){"poison.modulo", "1", "partition", "7", NULL});
    expect("dddddd", 1);
    stop();
    start((const char *const[]){"poison.modulo", "1", "partition", "2", NULL});
    expect("xxxxxx", 1);
    stop();
}
END_TEST

/* Counts the retries among many records. */
static uint32_t failures(const char *percent, const char *seed)
{
    enum { MANY = 2000 };
    struct fake_batch *fake = fake_batch_create("t", 0, 0, false);

    start((const char *const[]){"fail.percent", percent, "seed", seed, NULL});
    for (uint32_t i = 0; i < MANY; i++) {
        fake_batch_add(fake, &(struct fake_record){.value = NULL});
    }
    example_handle(&example, 0, fake);
    uint32_t count = fake_batch_marks(fake, FAKE_RETRY);
    fake_batch_destroy(fake);
    stop();
    return count;
}

START_TEST(failures_follow_from_the_seed)
{
    ck_assert_uint_eq(failures("0", "1"), 0);
    ck_assert_uint_eq(failures("100", "1"), 2000);
    uint32_t once = failures("10", "1");
    ck_assert_uint_ge(once, 120);
    ck_assert_uint_le(once, 280);
    ck_assert_uint_eq(failures("10", "1"), once);
}
END_TEST

START_TEST(the_ledger_holds_what_became_done)
{
    char *path = tmpdir_path(plugin_folder, "ledger");

    start((const char *const[]){"ledger", path, "poison.modulo", "2", NULL});
    expect("xdxdxd", 4);
    char *lines = tmpdir_read(path);
    ck_assert_str_eq(lines, "t 2 1 4\nt 2 3 4\nt 2 5 4\n");
    stop();
    free(lines);
    free(path);
}
END_TEST

START_TEST(a_ledger_that_cannot_be_written_means_later)
{
    start((const char *const[]){"ledger", "/dev/full", NULL});
    expect("rrrrrr", 1);
    stop();
}
END_TEST

static void *open_gate_when_waited_for(void *user)
{
    const char *gate = user;

    gate_hold(&waiting, 1);
    (void)unlink(gate);
    return NULL;
}

/* The batch may only be through when the gate is gone. */
START_TEST(a_gate_holds_its_partition)
{
    char *gate = tmpdir_path(plugin_folder, "gate");
    char *closed = tmpdir_path(plugin_folder, "gate.2");
    pthread_t opener;

    start((const char *const[]){"gate", gate, NULL});
    gate_init(&waiting);
    tmpdir_write(closed, "");
    ck_assert_int_eq(pthread_create(&opener, NULL, open_gate_when_waited_for, closed), 0);
    struct fake_batch *other = fake_batch_create("t", 3, 0, false);
    fake_batch_add(other, &(struct fake_record){FAKE_VALUE("v")});
    example_handle(&example, 0, other);
    ck_assert_int_eq(access(closed, F_OK), 0);
    (void)gate_add(&waiting, 1);
    expect("dddddd", 1);
    ck_assert_int_ne(access(closed, F_OK), 0);
    (void)pthread_join(opener, NULL);
    gate_fini(&waiting);
    fake_batch_destroy(other);
    stop();
    free(closed);
    free(gate);
}
END_TEST

START_TEST(a_crash_is_an_abort)
{
    start((const char *const[]){"crash.offset", "3", NULL});
    expect("dddddd", 1);
}
END_TEST

START_TEST(open_refuses_what_it_is_asked_to_refuse)
{
    const struct weir_handler *handler = weir_plugin_handler(plugin);
    void *worker = NULL;

    example_refuse(handler, (const char *const[]){"open.fail", "1", NULL}, "open refuses");
    example_refuse(handler, (const char *const[]){"delay.us", "1ms", NULL},
                   "handler.delay.us must be a number");
    fake_config_init(&example.config, (const char *const[]){"worker.fail", "1", NULL});
    ck_assert_int_eq(handler->open(&example.config.config, &example.state), 0);
    ck_assert_int_ne(handler->worker_open(example.state, &worker), 0);
    handler->close(example.state);
    example_fini(&example);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chaos");
    TCase *tcase = tcase_create("chaos");
    const char *fork_mode = getenv("CK_FORK");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing_is_asked_for_and_nothing_fails);
    tcase_add_test(tcase, retries_end_after_their_times);
    tcase_add_test(tcase, poison_stays_poison);
    tcase_add_test(tcase, faults_keep_to_their_partition);
    tcase_add_test(tcase, failures_follow_from_the_seed);
    tcase_add_test(tcase, the_ledger_holds_what_became_done);
    tcase_add_test(tcase, a_ledger_that_cannot_be_written_means_later);
    tcase_add_test(tcase, a_gate_holds_its_partition);
    tcase_add_test(tcase, open_refuses_what_it_is_asked_to_refuse);
    if (fork_mode == NULL || strcmp(fork_mode, "no") != 0) {
        tcase_add_test_raise_signal(tcase, a_crash_is_an_abort, SIGABRT);
    }
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
