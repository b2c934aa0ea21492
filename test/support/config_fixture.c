#include "test/support/config_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct weir_config *config_create(void)
{
    struct weir_config *config = NULL;

    ck_assert_int_eq(weir_config_create(&config), WEIR_OK);
    return config;
}

struct weir_config *config_create_complete(void)
{
    struct weir_config *config = config_create();

    config_set(config, "weir.topics", "orders");
    config_set(config, "group.id", "shop");
    config_set(config, "bootstrap.servers", "127.0.0.1:9092");
    return config;
}

void config_set(struct weir_config *config, const char *key, const char *value)
{
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status = weir_config_set(config, key, value, WEIR_CONFIG_ARGUMENT, &error);

    ck_assert_msg(status == WEIR_OK, "%s: %s", key, error.text);
}

const char *config_refusal(struct weir_config *config, const char *key, const char *value)
{
    static struct weir_error error;
    enum weir_status status;

    error = (struct weir_error){.code = WEIR_OK};
    status = weir_config_set(config, key, value, WEIR_CONFIG_ARGUMENT, &error);
    ck_assert_msg(status == WEIR_ERR_CONFIG, "%s=%s was answered with %s", key, value,
                  weir_status_name(status));
    ck_assert_int_eq(error.code, WEIR_ERR_CONFIG);
    ck_assert_str_ne(error.text, "");
    return error.text;
}

const char *config_verdict(const struct weir_config *config)
{
    static struct weir_error error;
    enum weir_status status;

    error = (struct weir_error){.code = WEIR_OK};
    status = weir_config_check(config, &error);
    ck_assert_int_eq(status, error.code);
    ck_assert(status == WEIR_OK || status == WEIR_ERR_CONFIG);
    return error.text;
}

char *config_file(const char *text, size_t size)
{
    char *path = strdup("/tmp/weir-config-XXXXXX");

    ck_assert_ptr_nonnull(path);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    ck_assert_int_eq(close(fd), 0);
    return path;
}

void config_file_remove(char *path)
{
    ck_assert_int_eq(unlink(path), 0);
    free(path);
}

const char *config_load_text(struct weir_config *config, const char *text, size_t size)
{
    static struct weir_error error;
    char *path = config_file(text, size);
    size_t skipped = strlen(path) + 2;

    error = (struct weir_error){.code = WEIR_OK};
    enum weir_status status = weir_config_load(config, path, &error);
    ck_assert_int_eq(status, error.code);
    ck_assert(status == WEIR_OK || status == WEIR_ERR_CONFIG);
    ck_assert(status == WEIR_OK || strncmp(error.text, path, skipped - 2) == 0);
    config_file_remove(path);
    return status == WEIR_OK ? "" : error.text + skipped;
}

void assert_contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in \"%s\"", part, text);
}

void assert_lacks(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) == NULL, "\"%s\" is in \"%s\"", part, text);
}

int run_case(TCase *tcase, const char *name)
{
    Suite *suite = suite_create(name);
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
