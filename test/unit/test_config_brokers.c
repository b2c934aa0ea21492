#include "framework/config_brokers.h"

#include "test/support/runner.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const good[] = {
    "a",           "a:1",     "a:65535",         "a.b-c:9092,d:9093",
    " a:1 , b:2 ", "a:1,",    "[::1]:9092",      "[::1]",
    "::1",         "fe80::1", "PLAINTEXT://a:1", "sasl_ssl://a:1,SASL_SSL://[::1]:2",
    "127.0.0.1:1",
};

START_TEST(what_can_be_an_address_is_let_through)
{
    struct weir_error error = {.code = WEIR_OK};

    ck_assert_msg(weir_config_brokers_check(good[_i], &error) == WEIR_OK, "%s: %s", good[_i],
                  error.text);
}
END_TEST

static const struct {
    const char *list;
    const char *where;
} bad[] = {
    {"", "at character 1:"},
    {",", "at character 1:"},
    {",a", "at character 1:"},
    {"a,,b", "at character 3:"},
    {"a:1, ,b", "at character 6:"},
    {":", "at character 1:"},
    {":9092", "at character 1:"},
    {"a:", "at character 1:"},
    {"a:0", "at character 1:"},
    {"a:65536", "at character 1:"},
    {"a:99999999999999999999", "at character 1:"},
    {"a:-1", "at character 1:"},
    {"a:1x", "at character 1:"},
    {"a:1,b:port", "at character 5:"},
    {"two words", "at character 1:"},
    {"[::1]9092", "at character 1:"},
    {"[::1]:", "at character 1:"},
    {"http://a:1", "at character 1:"},
    {"a:1/path", "at character 1:"},
    {"PLAINTEXT://", "at character 1:"},
    {"PLAINTEXT:/a:1", "at character 1:"},
    {"user@a:1", "at character 1:"},
};

START_TEST(what_cannot_be_one_is_pointed_at)
{
    struct weir_error error = {.code = WEIR_OK};

    ck_assert_int_eq(weir_config_brokers_check(bad[_i].list, &error), WEIR_ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, bad[_i].where));
    ck_assert_ptr_nonnull(strstr(error.text, "host:port"));
    ck_assert_int_eq(weir_config_brokers_check(bad[_i].list, NULL), WEIR_ERR_CONFIG);
}
END_TEST

static const struct {
    const char *list;
    size_t count;
} counted[] = {
    {"a", 1},           {"a:1,b:1", 2},          {" a , b,c ", 3}, {"a,", 1},
    {"a:1,b:1,a:1", 2}, {"a, a ,SSL://a,aa", 3}, {"", 0},
};

START_TEST(different_addresses_are_counted)
{
    ck_assert_uint_eq(weir_config_brokers_count(counted[_i].list), counted[_i].count);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("brokers");

    tcase_add_loop_test(tcase, what_can_be_an_address_is_let_through, 0,
                        sizeof good / sizeof good[0]);
    tcase_add_loop_test(tcase, what_cannot_be_one_is_pointed_at, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(tcase, different_addresses_are_counted, 0,
                        sizeof counted / sizeof counted[0]);
    return runner_run("config_brokers", tcase);
}
