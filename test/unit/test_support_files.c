/* Are deadlines, folders, ports, texts and ledgers of the harness what they say? */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/ledger.h"
#include "test/support/ports.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

START_TEST(deadlines_are_multiplied)
{
    int64_t before = deadline_now_ns();

    ck_assert_int_eq(setenv("TMO_MULT", "2.5", 1), 0);
    int64_t at = deadline_in_ms(1000000).at_ns - before;
    ck_assert_int_ge(at, INT64_C(2500000000000));
    ck_assert_int_lt(at, INT64_C(2600000000000));
    ck_assert(!deadline_passed(deadline_in_ms(1000000)));
    ck_assert(deadline_passed(deadline_in_ms(0)));
    ck_assert_int_eq(deadline_left_ms(deadline_in_ms(-5)), 0);
    ck_assert_int_eq(unsetenv("TMO_MULT"), 0);
}
END_TEST

static void use_bad_multiplier(void *user)
{
    (void)setenv("TMO_MULT", user, 1);
    (void)deadline_in_ms(1);
}

static void wait_for_nothing(void *user)
{
    (void)user;
    WAIT_UNTIL(1 + 1 == 3, 5);
}

START_TEST(a_deadline_that_passes_names_the_condition)
{
    char bad[] = "soon";
    char *text = fail_text_of(use_bad_multiplier, bad);

    ck_assert_ptr_nonnull(strstr(text, "TMO_MULT is 'soon'"));
    free(text);
    text = fail_text_of(wait_for_nothing, NULL);
    ck_assert_ptr_nonnull(strstr(text, "did not come true in time: 1 + 1 == 3"));
    ck_assert_ptr_nonnull(strstr(text, "test_support_files.c:"));
    free(text);
}
END_TEST

static void come_to_the_end(void *user)
{
    (void)user;
}

START_TEST(a_call_that_does_not_fail_has_no_failure_text)
{
    ck_assert_ptr_null(fail_text_of(come_to_the_end, NULL));
}
END_TEST

START_TEST(a_folder_goes_with_all_it_holds)
{
    char *folder = tmpdir_create("files");
    char *path = tmpdir_path(folder, "file");

    tmpdir_write(path, "some text\n");
    char *text = tmpdir_read(path);
    ck_assert_str_eq(text, "some text\n");
    free(text);
    free(path);
    path = fail_or_copy(folder);
    tmpdir_remove(&folder);
    ck_assert_ptr_null(folder);
    ck_assert_int_eq(access(path, F_OK), -1);
    tmpdir_remove(&folder);
    free(path);
}
END_TEST

/* A process that made a folder and died without removing it. */
static char *leave_folder(void)
{
    char path[256] = "";
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char *folder = tmpdir_create("left");
        (void)!write(ends[1], folder, strlen(folder));
        (void)raise(SIGKILL);
    }
    (void)close(ends[1]);
    ck_assert_int_gt(read(ends[0], path, sizeof path - 1), 0);
    (void)close(ends[0]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    return fail_or_copy(path);
}

/* In a folder where no test that runs beside this one sweeps. */
START_TEST(folders_of_the_dead_are_swept_and_of_the_living_are_not)
{
    char *root = tmpdir_create("root");
    ck_assert_int_eq(setenv("TMPDIR", root, 1), 0);
    char *mine = tmpdir_create("mine");
    char *left = leave_folder();

    ck_assert_int_eq(access(left, F_OK), 0);
    char *other = tmpdir_create("other");
    ck_assert_int_eq(access(left, F_OK), -1);
    ck_assert_int_eq(access(mine, F_OK), 0);
    tmpdir_remove(&other);
    tmpdir_remove(&mine);
    ck_assert_int_eq(unsetenv("TMPDIR"), 0);
    tmpdir_remove(&root);
    free(left);
}
END_TEST

START_TEST(a_forked_test_does_not_remove_its_fixtures_folder)
{
    char *folder = tmpdir_create("fixture");

    pid_t pid = fork();
    if (pid == 0) {
        tmpdir_remove(&folder);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq(access(folder, F_OK), 0);
    tmpdir_remove(&folder);
}
END_TEST

static int listen_on(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

START_TEST(ports_are_free_and_given_once)
{
    enum { PORTS = 50 };
    uint16_t ports[PORTS];

    for (int i = 0; i < PORTS; i++) {
        ports[i] = ports_take();
        for (int j = 0; j < i; j++) {
            ck_assert_uint_ne(ports[i], ports[j]);
        }
    }
    ck_assert(!ports_answer(ports[0]));
    int fd = listen_on(ports[0]);
    ck_assert(ports_answer(ports[0]));
    (void)close(fd);
}
END_TEST

START_TEST(texts_grow)
{
    struct text text = {.bytes = NULL};

    for (int i = 0; i < 1000; i++) {
        text_add(&text, "%d,", i % 10);
    }
    text_add_bytes(&text, "end", 3);
    ck_assert_uint_eq(text.length, 2003);
    ck_assert_uint_eq(strlen(text.bytes), 2003);
    ck_assert_str_eq(text.bytes + 1998, "9,end");
    text_fini(&text);
    ck_assert_ptr_null(text.bytes);
}
END_TEST

static void put(struct ledger *ledger, const char *topic, int32_t partition, int64_t offset)
{
    struct ledger_entry *entry = ledger_add(ledger, topic);

    entry->partition = partition;
    entry->offset = offset;
    entry->state = LEDGER_ACKNOWLEDGED;
}

START_TEST(a_sorted_ledger_finds_places)
{
    struct ledger *ledger = ledger_create();
    size_t index = 0;

    put(ledger, "b", 0, 1);
    put(ledger, "a", 1, 7);
    put(ledger, "a", 1, LEDGER_NO_OFFSET);
    put(ledger, "a", 1, 5);
    put(ledger, "a", 0, 9);
    ledger_sort(ledger);
    ck_assert(ledger_find(ledger, "a", 1, 5, &index));
    ck_assert_uint_eq(index, 1);
    ck_assert_uint_eq(ledger_at(ledger, index)->seq, 3);
    ck_assert(!ledger_find(ledger, "a", 1, 6, &index));
    ck_assert_uint_eq(index, 2);
    ck_assert(!ledger_find(ledger, "c", 0, 0, &index));
    ck_assert_uint_eq(index, 4);
    ck_assert_int_eq(ledger_at(ledger, 4)->offset, LEDGER_NO_OFFSET);
    ledger_destroy(ledger);
}
END_TEST

START_TEST(merged_ledgers_own_their_topics)
{
    struct ledger *all = ledger_create();
    struct ledger *one = ledger_create();

    for (int64_t i = 0; i < 3000; i++) {
        put(one, "t", 0, i);
    }
    ledger_merge(all, one);
    ledger_destroy(one);
    ck_assert_uint_eq(ledger_count(all), 3000);
    ck_assert_uint_eq(ledger_count_in(all, LEDGER_ACKNOWLEDGED), 3000);
    ck_assert_str_eq(ledger_at(all, 2999)->topic, "t");
    ck_assert_ptr_eq(ledger_at(all, 0)->topic, ledger_at(all, 2999)->topic);
    ledger_destroy(all);
}
END_TEST

START_TEST(keys_that_differ_hash_differently_and_never_to_none)
{
    ck_assert_uint_ne(ledger_key_hash("", 0), LEDGER_NO_KEY);
    ck_assert_uint_ne(ledger_key_hash("a", 1), ledger_key_hash("b", 1));
    ck_assert_uint_eq(ledger_key_hash("key-1", 5), ledger_key_hash("key-1", 5));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_files");
    TCase *tcase = tcase_create("files");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, deadlines_are_multiplied);
    tcase_add_test(tcase, a_deadline_that_passes_names_the_condition);
    tcase_add_test(tcase, a_call_that_does_not_fail_has_no_failure_text);
    tcase_add_test(tcase, a_folder_goes_with_all_it_holds);
    tcase_add_test(tcase, folders_of_the_dead_are_swept_and_of_the_living_are_not);
    tcase_add_test(tcase, a_forked_test_does_not_remove_its_fixtures_folder);
    tcase_add_test(tcase, ports_are_free_and_given_once);
    tcase_add_test(tcase, texts_grow);
    tcase_add_test(tcase, a_sorted_ledger_finds_places);
    tcase_add_test(tcase, merged_ledgers_own_their_topics);
    tcase_add_test(tcase, keys_that_differ_hash_differently_and_never_to_none);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
