/* Does `weir bench` measure what it says on a real cluster, and leave nothing behind? */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/process.h"
#include "test/support/scene.h"

enum {
    ARGUMENTS_MAX = 24,
    MEASURE_MS = 120000,
    EXIT_USAGE = 64,
    EXIT_REFUSED = 69,
    EXIT_AGAIN = 75
};

static struct process *start(const char *const *more)
{
    const char *arguments[ARGUMENTS_MAX] = {getenv("WEIR_BINARY"), "bench", "-X",
                                            scene_text("bootstrap.servers=%s", scene.bootstrap)};
    size_t count = 4;

    for (size_t i = 0; more[i] != NULL; i++) {
        ck_assert_uint_lt(count + 1, ARGUMENTS_MAX);
        arguments[count++] = more[i];
    }
    return process_start(&(struct process_options){.arguments = arguments});
}

#define START(...) start((const char *const[]){__VA_ARGS__, NULL})

/* The topic that was made, as the command calls it. */
static const char *topic_of(struct process *process)
{
    process_await_error(process, "filling topic weir-bench-", MEASURE_MS);
    const char *name = strstr(process_errors(process), "weir-bench-");
    return scene_text("%.*s", (int)strcspn(name, ":\n"), name);
}

static void expect_gone(const char *topic)
{
    WAIT_UNTIL(admin_partitions(scene.admin, topic) == 0, MEASURE_MS);
}

/* The number that follows `name` in JSON, the nth time; fails when there is none. */
static double number(const char *json, const char *name, unsigned nth)
{
    const char *at = json;

    for (unsigned i = 0; i <= nth; i++) {
        at = strstr(at, scene_text("\"%s\": ", name));
        ck_assert_msg(at != NULL, "%s is not there so often:\n%s", name, json);
        at += strlen(name) + strlen("\"\": ");
    }
    return strtod(at, NULL);
}

START_TEST(a_table_has_the_bare_loop_and_each_order_and_the_topic_is_gone)
{
    struct process *process = START("--records", "20000", "--rounds", "2");
    const char *topic = topic_of(process);

    process_expect(process, 0, MEASURE_MS);
    const char *table = process_output(process);
    ck_assert_ptr_nonnull(strstr(table, "20000 records of 100 bytes in 8 of 8 partitions"));
    ck_assert_ptr_nonnull(strstr(table, "rate / bare"));
    ck_assert_ptr_nonnull(strstr(table, "\nbare "));
    ck_assert_ptr_nonnull(strstr(table, "1.00 (1.00-1.00)")); /* beside itself */
    ck_assert_ptr_nonnull(strstr(table, "\nweir partition "));
    ck_assert_ptr_nonnull(strstr(table, "\nweir key "));
    ck_assert_ptr_nonnull(strstr(table, "\nweir none "));
    ck_assert_ptr_nonnull(strstr(process_errors(process), "round 2 of 2"));
    expect_gone(topic);
}
END_TEST

/* Every record is handled, by whichever member. */
START_TEST(members_of_a_group_count_together)
{
    struct process *process = START("--records", "20000", "--rounds", "1", "--members", "2",
                                    "--order", "key", "-o", "json");

    process_expect(process, 0, MEASURE_MS);
    const char *json = process_output(process);
    const char *weir = strstr(json, "\"weir key\"");
    ck_assert_ptr_nonnull(weir);
    double done = number(weir, "done_records", 0) + number(weir, "done_records", 1);
    ck_assert_double_ge(done, 20000); /* what a rebalance overtook is handled again */
    ck_assert_double_gt(number(weir, "median", 0), 0);
}
END_TEST

/* 100 handlers of 10 ms: sleeping is no work, so the machine does not matter much; that it cannot
 * be more than the ideal does. */
START_TEST(a_handlers_time_is_the_bound)
{
    struct process *process =
        START("--records", "1000", "--rounds", "1", "--handler-ms", "10", "--workers", "100",
              "--order", "none", "-X", "weir.batch.size=1", "-o", "json");

    process_expect(process, 0, MEASURE_MS);
    const char *of_ideal = strstr(process_output(process), "\"of_ideal\"");
    ck_assert_ptr_nonnull(of_ideal);
    ck_assert_double_le(number(of_ideal, "median", 0), 1.0);
    ck_assert_double_gt(number(of_ideal, "median", 0), 0.001);
    ck_assert_ptr_null(strstr(process_output(process), "\"bare\""));
}
END_TEST

START_TEST(delays_are_measured_while_records_are_sent)
{
    struct process *process = START("--records", "200", "--rounds", "1", "--delays", "1000",
                                    "--order", "partition", "-o", "json");

    process_expect(process, 0, MEASURE_MS);
    const char *weir = strstr(process_output(process), "\"weir partition\"");
    ck_assert_ptr_nonnull(weir);
    ck_assert_double_eq(number(weir, "delays", 0), 180); /* the first tenth does not count */
    ck_assert_double_gt(number(weir, "p50_us", 0), 0);
    ck_assert_double_ge(number(weir, "p99_us", 0), number(weir, "p50_us", 0));
}
END_TEST

START_TEST(an_interrupted_measurement_takes_its_topic_away)
{
    struct process *process = START("--records", "100000", "--rounds", "100");
    const char *topic = topic_of(process);

    process_await_error(process, "warm-up", MEASURE_MS);
    process_signal(process, SIGTERM);
    process_expect(process, EXIT_AGAIN, MEASURE_MS);
    ck_assert_str_eq(process_output(process), "");
    expect_gone(topic);
}
END_TEST

static const struct {
    const char *arguments[6];
    int code;
    const char *sentence;
} bad[] = {
    {{"--records", "0"}, EXIT_USAGE, "--records: no such option, or its argument"},
    {{"--order", "key,random"}, EXIT_USAGE, "--order"},
    {{"--busy", "9"}, EXIT_USAGE, "--busy is more than --partitions"},
    {{"--delays", "5", "--members", "2"}, EXIT_USAGE, "--delays goes without"},
    {{"--replicas", "9"}, EXIT_REFUSED, "cannot create topic weir-bench-"},
    {{"--records", "9", "-X", "weir.workres=1"}, 78, "weir.workers"},
    {{"-X", "enable.ssl.certificate.verification=false"}, 78, "weir.insecure"},
};

enum { BAD = sizeof bad / sizeof bad[0] };

START_TEST(what_cannot_be_measured_is_said)
{
    for (size_t i = 0; i < BAD; i++) {
        struct process *process = start(bad[i].arguments);
        process_expect(process, bad[i].code, MEASURE_MS);
        ck_assert_msg(strstr(process_errors(process), bad[i].sentence) != NULL, "%s: %s",
                      bad[i].sentence, process_errors(process));
        process_destroy(process);
    }
}
END_TEST

START_TEST(only_what_a_measurement_made_is_deleted)
{
    const char *topic = scene_create_topic(1);
    struct process *process = process_start(&(struct process_options){
        .arguments = (const char *const[]){getenv("WEIR_BINARY"), "bench", "clean", "-X",
                                           scene_text("bootstrap.servers=%s", scene.bootstrap),
                                           "--topic", topic, NULL}});

    process_expect(process, EXIT_USAGE, MEASURE_MS);
    ck_assert_int_eq(admin_partitions(scene.admin, topic), 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_table_has_the_bare_loop_and_each_order_and_the_topic_is_gone,
        members_of_a_group_count_together,
        a_handlers_time_is_the_bound,
        delays_are_measured_while_records_are_sent,
        an_interrupted_measurement_takes_its_topic_away,
        what_cannot_be_measured_is_said,
        only_what_a_measurement_made_is_deleted,
    };

    return SCENE_RUN("bench", tests);
}
