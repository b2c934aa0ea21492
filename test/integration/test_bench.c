/* What does `weir bench` do where no broker answers? */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/ports.h"
#include "test/support/process.h"
#include "test/support/runner.h"

enum { WAIT_MS = 60000, TEST_SECONDS = 200 };

static char bootstrap[64];

static void set_up(void)
{
    (void)snprintf(bootstrap, sizeof bootstrap, "bootstrap.servers=127.0.0.1:%u",
                   (unsigned)ports_take());
}

static void tear_down(void)
{
    process_destroy_all();
}

#define START(...)                                                                                 \
    process_start(&(struct process_options){                                                       \
        .arguments = (const char *const[]){getenv("WEIR_BINARY"), "bench", __VA_ARGS__, "-X",      \
                                           bootstrap, NULL}})

/* "refused" is one for once: librdkafka's own words have it. */
START_TEST(a_secret_is_masked_in_what_librdkafka_says)
{
    struct process *process = START("clean", "--topic", "weir-bench-none");
    process_await_error(process, "Connection refused", WAIT_MS);
    process = START("clean", "--topic", "weir-bench-none", "-X", "ssl.key.password=refused");
    process_await_error(process, "Connection ***", WAIT_MS);
    ck_assert_ptr_null(strstr(process_errors(process), "refused"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("bench");

    tcase_set_timeout(tcase, TEST_SECONDS);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_secret_is_masked_in_what_librdkafka_says);
    return runner_run("bench", tcase);
}
