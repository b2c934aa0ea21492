/* Does `weir demo --bluegreen` keep its claim on a real ZooKeeper, and leave nothing there? */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/process.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum { WHOLE_MS = 300000 };

static struct zookeeper *server;

static void tear_down(void)
{
    process_destroy_all();
}

static void expect_said(const char *output, const char *part)
{
    ck_assert_msg(strstr(output, part) != NULL, "'%s' is not said:\n%s", part, output);
}

static struct process *start_demo(const char *connect)
{
    const char *const arguments[] = {getenv("WEIR_BINARY"), "demo",  "--bluegreen", "--plain",
                                     "--zookeeper",         connect, NULL};

    return process_start(&(struct process_options){.arguments = arguments});
}

static void expect_left(const char *names)
{
    struct zookeeper_admin *admin = zookeeper_admin_open(zookeeper_connect(server), NULL);
    char *left = zookeeper_admin_list(admin, "/demo/consumers");

    ck_assert_ptr_nonnull(left);
    ck_assert_str_eq(left, names);
    free(left);
    zookeeper_admin_close(admin);
}

/* The one that waits for nobody does so meanwhile. */
START_TEST(the_demonstration_meets_on_real_servers_or_says_that_there_are_none)
{
    char *connect = text_format("%s/demo", zookeeper_connect(server));
    struct process *lonely = start_demo("127.0.0.1:1");
    struct process *process = start_demo(connect);

    process_expect(process, 0, WHOLE_MS);
    const char *output = process_output(process);
    expect_said(output, "member d is killed with");
    expect_said(output, "the switch is rolled back: blue is active");
    expect_said(output, "\n  lost         0\n");
    expect_said(output, "The claim holds");
    ck_assert_str_eq(process_errors(process), "");
    process_destroy(process);
    free(connect);
    expect_left("");
    process_expect(lonely, 69, WHOLE_MS);
    expect_said(process_errors(lonely), "no answer of zookeeper.connect=127.0.0.1:1 in time");
    process_destroy(lonely);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("demo");

    tcase_set_timeout(tcase, 400);
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, the_demonstration_meets_on_real_servers_or_says_that_there_are_none);
    server = zookeeper_start(1);
    int result = runner_run("demo_zookeeper", tcase);
    zookeeper_stop(server);
    return result;
}
