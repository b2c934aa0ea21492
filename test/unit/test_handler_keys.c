#include "framework/handler_keys.h"

#include "test/support/config_fixture.h"
#include <stdio.h>
#include <string.h>

static struct weir_handler_keys keys;
static struct weir_log sink;
static struct weir_config *config;
static char said[2048];
static unsigned lines;

static void hear(const struct weir_log_line *line, void *user)
{
    (void)user;
    ck_assert_int_eq(line->level, WEIR_LOG_WARNING);
    (void)snprintf(said, sizeof said, "%s", line->text);
    lines++;
}

static void set_up(void)
{
    weir_handler_keys_init(&keys);
    weir_log_init(&sink, WEIR_LOG_INFO, hear, NULL);
    config = config_create_complete();
    lines = 0;
}

static void tear_down(void)
{
    weir_config_destroy(config);
    weir_log_fini(&sink);
    weir_handler_keys_fini(&keys);
}

START_TEST(what_was_asked_for_is_not_named)
{
    config_set(config, "handler.dsn", "x");
    config_set(config, "handler.table", "x");
    weir_handler_keys_add(&keys, "table");
    weir_handler_keys_add(&keys, "dsn");
    weir_handler_keys_add(&keys, "dsn");
    weir_handler_keys_add(&keys, "never.set");
    weir_handler_keys_close(&keys, "store", config, &sink);
    ck_assert_uint_eq(lines, 0);
}
END_TEST

START_TEST(what_nobody_asked_for_is_named_once_with_the_nearest)
{
    config_set(config, "handler.dns", "x");
    config_set(config, "handler.colour", "x");
    config_set(config, "handler.table", "x");
    weir_handler_keys_add(&keys, "table");
    weir_handler_keys_add(&keys, "dsn");
    weir_handler_keys_close(&keys, "store", config, &sink);
    ck_assert_uint_eq(lines, 1);
    ck_assert_str_eq(said, "handler 'store' did not ask for handler.colour, handler.dns (did you "
                           "mean handler.dsn?)");
}
END_TEST

START_TEST(a_handler_that_asks_for_nothing_leaves_all_unread)
{
    config_set(config, "handler.a", "x");
    weir_handler_keys_close(&keys, "none", config, &sink);
    ck_assert_str_eq(said, "handler 'none' did not ask for handler.a");
}
END_TEST

START_TEST(what_is_asked_for_later_is_no_news)
{
    weir_handler_keys_close(&keys, "late", config, &sink);
    weir_handler_keys_add(&keys, "a");
    ck_assert_uint_eq(keys.count, 0);
    ck_assert_uint_eq(lines, 0);
}
END_TEST

START_TEST(too_many_names_say_nothing)
{
    config_set(config, "handler.a", "x");
    for (int i = 0; i <= WEIR_HANDLER_KEYS_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "n%d", i);
        weir_handler_keys_add(&keys, name);
    }
    weir_handler_keys_close(&keys, "many", config, &sink);
    ck_assert_uint_eq(lines, 0);
}
END_TEST

START_TEST(very_many_unread_keys_are_cut)
{
    for (int i = 0; i < 500; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "handler.unread%d", i);
        config_set(config, key, "x");
    }
    weir_handler_keys_close(&keys, "store", config, &sink);
    ck_assert_uint_eq(lines, 1);
    ck_assert_uint_lt(strlen(said), WEIR_LOG_TEXT_SIZE);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("handler_keys");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_was_asked_for_is_not_named);
    tcase_add_test(tcase, what_nobody_asked_for_is_named_once_with_the_nearest);
    tcase_add_test(tcase, a_handler_that_asks_for_nothing_leaves_all_unread);
    tcase_add_test(tcase, what_is_asked_for_later_is_no_news);
    tcase_add_test(tcase, too_many_names_say_nothing);
    tcase_add_test(tcase, very_many_unread_keys_are_cut);
    return run_case(tcase, "handler_keys");
}
