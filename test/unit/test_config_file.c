#include "framework/config_file.h"

#include "framework/base/limits.h"
#include "test/support/config_fixture.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITH_NUL(text) text, sizeof(text) - 1

/* S65: what a file can have wrong, and what is said. The canary stands where a secret may. */
static const struct {
    const char *text;
    size_t size; /* 0: up to the NUL */
    const char *verdict;
} files[] = {
    {"", 0, ""},
    {"\xEF\xBB\xBFweir.topics = a\r\nsasl.password = CANARY\r\n", 0, ""},
    {"weir.topic=CANARY", 0, "line 1: weir.topic: no such key; did you mean weir.topics?"},
    {"\n\nsasl.pasword=CANARY", 0, "line 3: sasl.pasword: no such key; did you mean sasl.password"},
    {"sasl.password=x\nsasl.password=CANARY\n", 0,
     "line 2: sasl.password: is set on line 1 already"},
    {"bootstrap.servers=x\n#\nmetadata.broker.list=CANARY\n", 0,
     "line 3: metadata.broker.list: is set on line 1 already under its other name"},
    {"weir.workers=CANARY", 0, "line 1: weir.workers: must be 1..4096, a whole number"},
    {"weir.workers CANARY", 0, "line 1: weir.workers: must be 1..4096, a whole number"},
    {"weir.workers=1,\\\n  CANARY", 0, "line 1: weir.workers: must be 1..4096, a whole number"},
    {"a=1\nssl.key.pem=-----BEGIN\nCANARY\n", 0, "line 1: (a key that is not shown): no such key"},
    {"ssl.key.pem=-----BEGIN\nCANARY\n", 0, "line 2: (a key that is not shown): no such key"},
    {"ssl.key.pem=-----BEGIN\nCANARY+/==\n", 0, "line 2: no key (letters, digits"},
    {"CANARY CANARY=1", 0, "line 1: (a key that is not shown): no such key"},
    {"=CANARY", 0, "line 1: a key is missing before the value"},
    {"sasl.password=\\u00zCANARY", 0, "line 1: a broken \\u escape"},
    {WITH_NUL("sasl.password=CANARY\0"), "line 1: a NUL byte; this is no text file"},
    {"sasl.password=CANARY\xE4", 0, "line 1: not UTF-8; save the file as UTF-8 text"},
    {"max.poll.records=CANARY", 0, "line 1: max.poll.records: a Java key; use weir.batch.size"},
    {"security.protocol=CANARY", 0, "line 1: security.protocol: librdkafka allows plaintext"},
};

START_TEST(a_file_is_taken_whole_or_refused_by_line)
{
    struct weir_config *config = config_create();
    size_t size = files[_i].size == 0 ? strlen(files[_i].text) : files[_i].size;
    const char *verdict;

    ck_assert_int_eq(weir_config_set(config, "client.id", "before", WEIR_CONFIG_FILE, NULL),
                     WEIR_OK);
    verdict = config_load_text(config, files[_i].text, size);
    ck_assert_int_eq(strncmp(verdict, files[_i].verdict, strlen(files[_i].verdict)), 0);
    assert_lacks(verdict, "CANARY");
    ck_assert_int_eq(*verdict == '\0', *files[_i].verdict == '\0');
    ck_assert_str_eq(weir_config_get(config, "client.id"), "before");
    if (*files[_i].verdict != '\0') {
        ck_assert_ptr_null(weir_config_get(config, "sasl.password"));
        ck_assert_ptr_null(weir_config_get(config, "weir.topics"));
        ck_assert_ptr_null(weir_config_get(config, "bootstrap.servers"));
    }
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_later_file_wins_and_a_command_line_wins_over_both)
{
    struct weir_config *config = config_create();

    config_set(config, "weir.fetchers", "9");
    ck_assert_str_eq(config_load_text(config, WITH_NUL("weir.workers=1\nweir.fetchers=1\n")), "");
    ck_assert_str_eq(config_load_text(config, WITH_NUL("weir.workers=2\n")), "");
    ck_assert_int_eq(weir_config_integer(config, "weir.workers"), 2);
    ck_assert_int_eq(weir_config_integer(config, "weir.fetchers"), 9);
    weir_config_destroy(config);
}
END_TEST

static struct weir_error load_error(const char *path)
{
    struct weir_config *config = config_create();
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status = weir_config_load(config, path, &error);

    ck_assert_int_eq(status, error.code);
    ck_assert_int_eq(weir_config_load(config, path, NULL), status);
    weir_config_destroy(config);
    return error;
}

START_TEST(a_file_that_cannot_be_read_is_named)
{
    struct weir_error error = load_error("/nowhere/weir.properties");

    ck_assert_int_eq(error.code, WEIR_ERR_IO);
    ck_assert_int_eq(error.cause, ENOENT);
    ck_assert_str_eq(error.text,
                     "/nowhere/weir.properties: cannot be opened: No such file or directory");
    error = load_error("/tmp");
    ck_assert_int_eq(error.code, WEIR_ERR_IO);
    ck_assert_str_eq(error.text, "/tmp: is a directory, not a configuration file");
    error = load_error("/dev/null");
    ck_assert_int_eq(error.code, WEIR_ERR_IO);
    ck_assert_str_eq(error.text, "/dev/null: is no regular file, not a configuration file");
}
END_TEST

START_TEST(a_long_path_leaves_room_for_what_is_wrong)
{
    char path[2000] = "/";

    memset(path + 1, 'x', sizeof path - 2);
    path[sizeof path - 1] = '\0';
    assert_contains(load_error(path).text, "cannot be opened: ");
}
END_TEST

START_TEST(a_file_of_1_MiB_passes_and_a_larger_one_does_not)
{
    size_t size = WEIR_CONFIG_FILE_SIZE_MAX;
    char *text = malloc(size + 1);
    struct weir_config *config = config_create();

    ck_assert_ptr_nonnull(text);
    memset(text, '\n', size + 1);
    ck_assert_str_eq(config_load_text(config, text, size), "");
    ck_assert_str_eq(config_load_text(config, text, size + 1), "larger than 1 MiB");
    free(text);
    weir_config_destroy(config);
}
END_TEST

START_TEST(a_pipe_can_be_read_and_one_without_a_writer_does_not_block)
{
    struct weir_config *config = config_create();
    char *path = config_file("", 0);
    int ends[2];
    char fd_path[64];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "weir.workers=7\n", 15), 15);
    ck_assert_int_eq(close(ends[1]), 0);
    (void)snprintf(fd_path, sizeof fd_path, "/dev/fd/%d", ends[0]);
    ck_assert_int_eq(weir_config_load(config, fd_path, NULL), WEIR_OK);
    ck_assert_int_eq(weir_config_integer(config, "weir.workers"), 7);
    ck_assert_int_eq(close(ends[0]), 0);

    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(weir_config_load(config, path, NULL), WEIR_OK);
    config_file_remove(path);
    weir_config_destroy(config);
}
END_TEST

/* Hazard X2: who could have written the line that runs code? */
static const struct {
    mode_t mode;
    uid_t owner; /* (uid_t)-1: ourselves */
    bool trusted;
} modes[] = {
    {0600, (uid_t)-1, true},  {0644, (uid_t)-1, true},  {0444, (uid_t)-1, true},
    {0664, (uid_t)-1, false}, {0646, (uid_t)-1, false}, {0777, (uid_t)-1, false},
    {0600, 12345, false},     {0600, 0, true},
};

START_TEST(code_runs_only_from_a_file_that_nobody_else_can_write)
{
    static const char text[] = "sasl.kerberos.kinit.cmd=/bin/true\n"
                               "sasl.kerberos.principal=a $b\n";
    struct weir_config *config = config_create();
    struct weir_error error = {.code = WEIR_OK};
    char *path = config_file(text, sizeof text - 1);

    if (modes[_i].owner != (uid_t)-1 && chown(path, modes[_i].owner, (gid_t)-1) != 0) {
        ck_assert_int_ne(geteuid(), 0); /* only root can give a file away */
        config_file_remove(path);
        weir_config_destroy(config);
        return;
    }
    ck_assert_int_eq(chmod(path, modes[_i].mode), 0);
    enum weir_status status = weir_config_load(config, path, &error);
    ck_assert_int_eq(status, modes[_i].trusted ? WEIR_OK : WEIR_ERR_CONFIG);
    if (!modes[_i].trusted) {
        assert_contains(error.text, "line 1: sasl.kerberos.kinit.cmd: it runs code");
        ck_assert_ptr_null(weir_config_get(config, "sasl.kerberos.kinit.cmd"));
    }
    config_file_remove(path);
    weir_config_destroy(config);
}
END_TEST

START_TEST(keys_of_a_librdkafka_plugin_are_known_once_it_is_named)
{
    struct weir_config *config = config_create();

    ck_assert_str_eq(config_load_text(config, WITH_NUL("plugin.library.paths=some-plugin\n"
                                                       "some.plugin.key=1\n")),
                     "");
    config_set(config, "another.plugin.key", "1");
    weir_config_destroy(config);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("file");

    tcase_add_loop_test(tcase, a_file_is_taken_whole_or_refused_by_line, 0,
                        sizeof files / sizeof files[0]);
    tcase_add_test(tcase, a_later_file_wins_and_a_command_line_wins_over_both);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_named);
    tcase_add_test(tcase, a_long_path_leaves_room_for_what_is_wrong);
    tcase_add_test(tcase, a_file_of_1_MiB_passes_and_a_larger_one_does_not);
    tcase_add_test(tcase, a_pipe_can_be_read_and_one_without_a_writer_does_not_block);
    tcase_add_loop_test(tcase, code_runs_only_from_a_file_that_nobody_else_can_write, 0,
                        sizeof modes / sizeof modes[0]);
    tcase_add_test(tcase, keys_of_a_librdkafka_plugin_are_known_once_it_is_named);
    return run_case(tcase, "config_file");
}
