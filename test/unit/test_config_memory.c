/* Does a configuration survive that the Nth allocation fails, for every N? */
#include "framework/base/memory.h"
#include "test/support/config_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DUMP_SIZE = 16384 };

static void print_entry(const struct weir_config_entry *entry, void *user)
{
    char *dump = user;
    size_t used = strlen(dump);

    (void)snprintf(dump + used, DUMP_SIZE - used, "%s=%s %d\n", entry->key, entry->value,
                   entry->origin);
}

static void print(const struct weir_config *config, char *dump)
{
    *dump = '\0';
    weir_config_each(config, print_entry, dump);
}

/* A step that fails leaves the configuration as it was; the whole is swept until it passes. */
typedef enum weir_status step_fn(struct weir_config *config, struct weir_error *error);

static char *path;

static enum weir_status load(struct weir_config *config, struct weir_error *error)
{
    return weir_config_load(config, path, error);
}

static enum weir_status set_new(struct weir_config *config, struct weir_error *error)
{
    return weir_config_set(config, "handler.url", "http://u:p@h", WEIR_CONFIG_ARGUMENT, error);
}

static enum weir_status set_again(struct weir_config *config, struct weir_error *error)
{
    return weir_config_set(config, "weir.workers", "9", WEIR_CONFIG_ARGUMENT, error);
}

static enum weir_status set_topics(struct weir_config *config, struct weir_error *error)
{
    return weir_config_set(config, "weir.topics", "a,b,c", WEIR_CONFIG_ARGUMENT, error);
}

static enum weir_status set_partitions(struct weir_config *config, struct weir_error *error)
{
    return weir_config_set(config, "weir.partitions", "a:0-40", WEIR_CONFIG_ARGUMENT, error);
}

static enum weir_status set_passing(struct weir_config *config, struct weir_error *error)
{
    return weir_config_set(config, "metadata.broker.list", "h:1", WEIR_CONFIG_ARGUMENT, error);
}

static enum weir_status clone(struct weir_config *config, struct weir_error *error)
{
    struct weir_config *copy = NULL;
    enum weir_status status = weir_config_clone(config, &copy);

    ck_assert_int_eq(status == WEIR_OK, copy != NULL);
    weir_config_destroy(copy);
    *error = (struct weir_error){.code = status, .text = "as documented"};
    return status;
}

static enum weir_status check(struct weir_config *config, struct weir_error *error)
{
    return weir_config_check(config, error);
}

static step_fn *const steps[] = {load,           set_new,     set_again, set_topics,
                                 set_partitions, set_passing, clone,     check};

START_TEST(a_failed_step_changes_nothing)
{
    static const char text[] = "weir.workers=7\nhandler.a=1\nhandler.b=http://u:p@h\n"
                               "sasl.password=x\nweir.topics=a\n";
    char *before = malloc(DUMP_SIZE);
    char *after = malloc(DUMP_SIZE);
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    ck_assert_ptr_nonnull(before);
    ck_assert_ptr_nonnull(after);
    path = config_file(text, sizeof text - 1);
    while (status == WEIR_ERR_NOMEM) {
        struct weir_config *config = config_create_complete();
        struct weir_error error = {.code = WEIR_OK};
        print(config, before);
        weir_memory_fail_nth(++nth);
        status = steps[_i](config, &error);
        weir_memory_fail_nth(0);
        if (status == WEIR_ERR_NOMEM) {
            print(config, after);
            ck_assert_str_eq(before, after);
            ck_assert_int_eq(error.code, WEIR_ERR_NOMEM);
            ck_assert_str_ne(error.text, "");
        }
        weir_config_destroy(config);
        ck_assert_uint_lt(nth, 10000);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_gt(nth, 1); /* each of them allocates */
    config_file_remove(path);
    free(before);
    free(after);
}
END_TEST

START_TEST(create_fails_whole)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status == WEIR_ERR_NOMEM) {
        struct weir_config *config = NULL;
        weir_memory_fail_nth(++nth);
        status = weir_config_create(&config);
        weir_memory_fail_nth(0);
        ck_assert_int_eq(status == WEIR_OK, config != NULL);
        weir_config_destroy(config);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_gt(nth, 40);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("memory");

    tcase_add_loop_test(tcase, a_failed_step_changes_nothing, 0, sizeof steps / sizeof steps[0]);
    tcase_add_test(tcase, create_fails_whole);
    return run_case(tcase, "config_memory");
}
