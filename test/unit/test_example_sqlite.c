#include "test/support/example.h"
#include "test/support/fail.h"
#include "test/support/plugin_folder.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include "test/unit/plugin_check.h"
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char *database_path;
static struct weir_plugin *plugin;
static struct example example;

static void set_up(void)
{
    plugin_set_up();
    char *path = plugin_copy_from("WEIR_EXAMPLES", "sqlite");
    plugin = plugin_load(path);
    free(path);
    database_path = tmpdir_path(plugin_folder, "records.db");
}

static void tear_down(void)
{
    weir_plugin_unload(plugin);
    free(database_path);
    plugin_tear_down();
}

static void start(const char *table, const char *busy_ms)
{
    static const char *pairs[] = {"path", NULL, "busy.ms", NULL, "table", NULL, NULL};

    pairs[1] = database_path;
    pairs[3] = busy_ms;
    pairs[5] = table;
    example_start(&example, weir_plugin_handler(plugin), pairs);
}

static void stop(void)
{
    example_close(&example);
    example_fini(&example);
}

static void refuse(const char *const *pairs, const char *sentence)
{
    example_refuse(weir_plugin_handler(plugin), pairs, sentence);
}

static sqlite3 *connect_database(void)
{
    sqlite3 *database = NULL;

    ck_assert_int_eq(sqlite3_open(database_path, &database), SQLITE_OK);
    return database;
}

static int add_row(void *text, int columns, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < columns; i++) {
        text_add(text, "%s%s", values[i] == NULL ? "-" : values[i], i + 1 < columns ? "|" : "\n");
    }
    return 0;
}

/* What the query answers, a line per row. */
static void expect(const char *sql, const char *expected)
{
    sqlite3 *database = connect_database();
    struct text text = {.bytes = NULL};

    text_add(&text, "%s", "");
    ck_assert_int_eq(sqlite3_exec(database, sql, add_row, &text, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(database), SQLITE_OK);
    ck_assert_str_eq(text.bytes, expected);
    text_fini(&text);
}

static const char all_rows[] = "SELECT topic, partition, offset, timestamp_ms, quote(key), "
                               "quote(value) FROM kept ORDER BY topic, partition, offset";

static struct fake_batch *batch_of(int32_t partition, int64_t first_offset, uint32_t count,
                                   const char *value)
{
    struct fake_batch *fake = fake_batch_create("t", partition, first_offset, true);

    for (uint32_t i = 0; i < count; i++) {
        fake_batch_add(fake, &(struct fake_record){.value = value, .value_size = strlen(value)});
    }
    return fake;
}

/* The worker handles a batch; every record of it gets the same mark. */
static void handle_new(int worker, int64_t first_offset, uint32_t count, const char *value,
                       enum fake_mark mark)
{
    struct fake_batch *fake = batch_of(0, first_offset, count, value);

    example_handle(&example, worker, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, mark), count);
    fake_batch_destroy(fake);
}

START_TEST(every_kind_of_record_is_stored)
{
    struct fake_batch *fake = fake_batch_create("t", 2, 7, true);

    fake_batch_add(fake, &(struct fake_record){FAKE_KEY("k"), FAKE_VALUE("v"), .timestamp_ms = 5});
    fake_batch_add(fake, &(struct fake_record){.timestamp_ms = -1});
    fake_batch_add(fake, &(struct fake_record){FAKE_KEY(""), FAKE_VALUE("\0\xff")});
    start("kept", "5000");
    example_handle(&example, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), 3);
    stop();
    expect(all_rows, "t|2|7|5|X'6B'|X'76'\n"
                     "t|2|8|-|NULL|NULL\n"
                     "t|2|9|0|X''|X'00FF'\n");
    fake_batch_destroy(fake);
}
END_TEST

/* What it does it does, and nothing is left of it. */
START_TEST(a_shadow_stores_nothing)
{
    const char *const pairs[] = {"path", database_path, "table", "kept", NULL};

    example_start_shadow(&example, weir_plugin_handler(plugin), pairs);
    handle_new(0, 0, 3, "first", FAKE_DONE);
    handle_new(0, 2, 3, "again", FAKE_DONE);
    stop();
    expect("SELECT COUNT(*) FROM kept", "0\n");
}
END_TEST

START_TEST(a_replay_changes_nothing)
{
    start("kept", "5000");
    handle_new(0, 0, 3, "first", FAKE_DONE);
    handle_new(1, 1, 3, "again", FAKE_DONE); /* 1 and 2 were there; 3 is new */
    stop();
    start("kept", "5000");
    handle_new(2, 0, 4, "after a restart", FAKE_DONE);
    stop();
    expect("SELECT offset, CAST(value AS TEXT) FROM kept ORDER BY offset",
           "0|first\n1|first\n2|first\n3|again\n");
}
END_TEST

START_TEST(a_busy_database_means_later)
{
    sqlite3 *other = connect_database();
    struct fake_batch *fake = batch_of(0, 0, 2, "v");

    start("kept", "1");
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    example_handle(&example, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_RETRY), 2);
    ck_assert_str_eq(fake_batch_reason(fake, 0), "sqlite: database is locked");
    ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    example_handle(&example, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), 2);
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    stop();
    expect("SELECT COUNT(*) FROM kept", "2\n");
    fake_batch_destroy(fake);
}
END_TEST

/* The file may not grow, as on a full disk. */
START_TEST(a_full_disk_means_later_and_nothing_of_the_batch)
{
    struct rlimit limit;
    struct rlimit tight;
    struct fake_batch *fake = fake_batch_create("t", 0, 1, true);
    char *large = fail_or_alloc(1, 1 << 20);

    fake_batch_add(fake, &(struct fake_record){FAKE_VALUE("small")});
    fake_batch_add(fake, &(struct fake_record){.value = large, .value_size = 1 << 20});
    start("kept", "5000");
    handle_new(0, 0, 1, "before", FAKE_DONE);
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    tight = (struct rlimit){.rlim_cur = 128 << 10, .rlim_max = limit.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
    example_handle(&example, 0, fake);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_RETRY), 2);
    expect("SELECT COUNT(*) FROM kept", "1\n");
    example_handle(&example, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), 2);
    stop();
    expect("SELECT COUNT(*), MAX(LENGTH(value)) FROM kept", "3|1048576\n");
    free(large);
    fake_batch_destroy(fake);
}
END_TEST

/* The statement fails and leaves the transaction open, which SQLite does not do on a full disk. */
START_TEST(one_refused_record_undoes_its_batch)
{
    static const char forbid[] = "CREATE TRIGGER forbid BEFORE INSERT ON kept WHEN NEW.offset = 1 "
                                 "BEGIN SELECT RAISE(FAIL, 'not this one'); END";
    sqlite3 *other = connect_database();
    struct fake_batch *fake = batch_of(0, 0, 3, "v");

    start("kept", "5000");
    ck_assert_int_eq(sqlite3_exec(other, forbid, NULL, NULL, NULL), SQLITE_OK);
    example_handle(&example, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_RETRY), 3);
    ck_assert_str_eq(fake_batch_reason(fake, 0), "sqlite: not this one");
    ck_assert_int_eq(sqlite3_exec(other, "DROP TRIGGER forbid", NULL, NULL, NULL), SQLITE_OK);
    expect("SELECT COUNT(*) FROM kept", "0\n");
    example_handle(&example, 0, fake);
    ck_assert_uint_eq(fake_batch_marks(fake, FAKE_DONE), 3);
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    stop();
    expect("SELECT COUNT(*) FROM kept", "3\n");
    fake_batch_destroy(fake);
}
END_TEST

enum { BATCHES = 20, RECORDS = 10 };

/* Batches of its own partition, and the one all share. */
static void *store_batches(void *argument)
{
    const int *worker = argument;

    for (int i = 0; i < BATCHES; i++) {
        struct fake_batch *own = batch_of(*worker + 1, (int64_t)i * RECORDS, RECORDS, "own");
        struct fake_batch *shared = batch_of(0, i, RECORDS, "shared");
        do {
            example_handle(&example, *worker, own);
        } while (fake_batch_marks(own, FAKE_RETRY) > 0);
        do {
            example_handle(&example, *worker, shared);
        } while (fake_batch_marks(shared, FAKE_RETRY) > 0);
        fake_batch_destroy(own);
        fake_batch_destroy(shared);
    }
    return NULL;
}

START_TEST(many_workers_store_everything_once)
{
    pthread_t threads[EXAMPLE_WORKERS];
    int workers[EXAMPLE_WORKERS];

    start("kept", "5000");
    for (int i = 0; i < EXAMPLE_WORKERS; i++) {
        workers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, store_batches, &workers[i]), 0);
    }
    for (int i = 0; i < EXAMPLE_WORKERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    stop();
    expect("SELECT partition, COUNT(*), MIN(offset), MAX(offset) FROM kept GROUP BY partition",
           "0|29|0|28\n1|200|0|199\n2|200|0|199\n3|200|0|199\n");
}
END_TEST

START_TEST(a_bad_configuration_does_not_open)
{
    char *nowhere = tmpdir_path(plugin_folder, "absent/records.db");

    refuse((const char *const[]){"table", "kept", NULL}, "set handler.path");
    refuse((const char *const[]){"path", database_path, "table", "a\" (b); --", NULL},
           "handler.table must be a plain name");
    refuse((const char *const[]){"path", database_path, "table", "", NULL},
           "handler.table must be a plain name");
    refuse((const char *const[]){"path", nowhere, NULL}, "unable to open database file");
    free(nowhere);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("example_sqlite");
    TCase *tcase = tcase_create("example_sqlite");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, every_kind_of_record_is_stored);
    tcase_add_test(tcase, a_shadow_stores_nothing);
    tcase_add_test(tcase, a_replay_changes_nothing);
    tcase_add_test(tcase, a_busy_database_means_later);
    tcase_add_test(tcase, a_full_disk_means_later_and_nothing_of_the_batch);
    tcase_add_test(tcase, one_refused_record_undoes_its_batch);
    tcase_add_test(tcase, many_workers_store_everything_once);
    tcase_add_test(tcase, a_bad_configuration_does_not_open);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
