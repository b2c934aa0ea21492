#include "framework/zoo_address.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include <string.h>

static const struct {
    const char *text;
    const char *servers;
    const char *chroot;
} good[] = {
    {"localhost", "localhost:2181", ""},
    {"zk1:2181", "zk1:2181", ""},
    {"zk1:2181,zk2:2182,zk3", "zk1:2181,zk2:2182,zk3:2181", ""},
    {" zk1:1 , zk2 ,", "zk1:1,zk2:2181", ""},
    {"zk1:2181/", "zk1:2181", ""},
    {"zk1:2181/kafka", "zk1:2181", "/kafka"},
    {"zk1,zk2:5/a/b.c/d-e", "zk1:2181,zk2:5", "/a/b.c/d-e"},
    {"[::1]:5/x", "::1:5", "/x"},
    {"[fe80::2]", "fe80::2:2181", ""},
    {"::1", "::1:2181", ""},
    {"zk/...", "zk:2181", "/..."},
};

START_TEST(what_names_servers_is_taken_apart)
{
    struct weir_zoo_address address = {0};

    ck_assert_int_eq(weir_zoo_address_parse(good[_i].text, &address, NULL), WEIR_OK);
    ck_assert_str_eq(address.servers, good[_i].servers);
    ck_assert_str_eq(address.chroot, good[_i].chroot);
    weir_zoo_address_fini(&address);
    weir_zoo_address_fini(&address);
}
END_TEST

static const struct {
    const char *text;
    const char *complaint;
} bad[] = {
    {"", "at character 1: no address"},
    {"/kafka", "at character 1: no address"},
    {"zk1:0", "at character 1: no address"},
    {"zk1:1,zk2:x/kafka", "at character 7: no address"},
    {"zk1:1,,zk2:2", "at character 7: no address"},
    {"ssl://zk1:1", "at character 1: no address"},
    {"zk1:1/a/", "at character 9: no path"},
    {"zk1:1//", "at character 7: no path"},
    {"zk1:1/a//b", "at character 9: no path"},
    {"zk1:1/.", "at character 7: no path"},
    {"zk1:1/a/../b", "at character 9: no path"},
    {"zk1:1/a b", "at character 7: no path"},
    {"zk1:1/a,zk2:1/a/", "at character 17: no path"},
};

START_TEST(what_does_not_is_pointed_at)
{
    struct weir_zoo_address address = {0};
    struct weir_error error = {.code = WEIR_OK};

    ck_assert_int_eq(weir_zoo_address_parse(bad[_i].text, &address, &error), WEIR_ERR_CONFIG);
    ck_assert_msg(strncmp(error.text, bad[_i].complaint, strlen(bad[_i].complaint)) == 0, "%s",
                  error.text);
    ck_assert_ptr_null(address.servers);
}
END_TEST

START_TEST(without_memory_it_says_so)
{
    struct weir_zoo_address address = {0};
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status == WEIR_ERR_NOMEM) {
        weir_memory_fail_nth(++nth);
        status = weir_zoo_address_parse("a:1,b/c", &address, NULL);
        weir_memory_fail_nth(0);
    }
    ck_assert_int_eq(status, WEIR_OK);
    ck_assert_uint_eq(nth, 4);
    weir_zoo_address_fini(&address);
}
END_TEST

static const struct {
    const char *digest;
    enum weir_status status;
} digests[] = {{"user:password", WEIR_OK},   {"user:pass:word", WEIR_OK},
               {"", WEIR_ERR_CONFIG},        {"CANARY", WEIR_ERR_CONFIG},
               {":CANARY", WEIR_ERR_CONFIG}, {"CANARY:", WEIR_ERR_CONFIG}};

START_TEST(a_digest_is_a_user_and_a_password)
{
    struct weir_error error = {.code = WEIR_OK};

    ck_assert_int_eq(weir_zoo_digest_check(digests[_i].digest, &error), digests[_i].status);
    ck_assert_ptr_null(strstr(error.text, "CANARY"));
}
END_TEST

enum {
    GOOD = sizeof good / sizeof good[0],
    BAD = sizeof bad / sizeof bad[0],
    DIGESTS = sizeof digests / sizeof digests[0]
};

int main(void)
{
    TCase *tcase = tcase_create("address");

    tcase_add_loop_test(tcase, what_names_servers_is_taken_apart, 0, GOOD);
    tcase_add_loop_test(tcase, what_does_not_is_pointed_at, 0, BAD);
    tcase_add_test(tcase, without_memory_it_says_so);
    tcase_add_loop_test(tcase, a_digest_is_a_user_and_a_password, 0, DIGESTS);
    return runner_run("zoo_address", tcase);
}
