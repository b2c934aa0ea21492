#include "test/fault/scenarios.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/process.h"
#include "test/support/text.h"

enum { EXIT_USAGE = 64, TEST_MS_MAX = 900000, NS_PER_S = 1000000000 };

/* Name, what happens, the program below test/ that shows it, its test or a part of its name (empty:
 * all of them). */
#define SCENARIO_TABLE(X)                                                                          \
    X("S1", "members join and leave one by one", "integration/test_kafka_group",                   \
      "members_join_and_leave")                                                                    \
    X("S2", "clean bounces under load, in each order", "integration/test_kafka_group",             \
      "members_bounce_five_times")                                                                 \
    X("S3", "the owner is killed", "integration/test_kafka_group", "a_killed_owner")               \
    X("S4", "a member stands still for longer than its session", "fault/scenes_group", "a_zombie") \
    X("S5", "a member stands still for less", "fault/scenes_group", "a_pause_below_the_session")   \
    X("S6", "a handler takes longer than max.poll.interval.ms", "fault/scenes_group",              \
      "a_handler_may_be_slower")                                                                   \
    X("S7", "a revocation while handlers run, eager and cooperative",                              \
      "integration/test_kafka_rebalance", "a_range_rebalance")                                     \
    X("S7", "a revocation while handlers run, eager and cooperative",                              \
      "integration/test_kafka_rebalance", "a_cooperative_rebalance")                               \
    X("S8", "joins and leaves every 200 to 800 ms", "fault/scenes_group", "a_storm")               \
    X("S9", "static members restart; a name is taken twice", "integration/test_kafka_rebalance",   \
      "a_static_member")                                                                           \
    X("S11", "members want different topics", "integration/test_kafka_rebalance",                  \
      "members_may_want_different_topics")                                                         \
    X("S14", "a stop in any moment of the start", "integration/test_kafka_group",                  \
      "may_stop_in_any_moment")                                                                    \
    X("S15", "second signals, SIGHUP, SIGPIPE", "integration/test_kafka_signals", "signal")        \
    X("S15", "second signals, SIGHUP, SIGPIPE", "integration/test_kafka_signals", "hangup")        \
    X("S16", "each of three brokers restarts in turn", "fault/scenes_brokers", "a_rolling_bounce") \
    X("S17", "the leader, or the coordinator, is killed", "fault/scenes_brokers", "a_killed_")     \
    X("S18", "a broker stands still for 20 s", "fault/scenes_brokers", "a_paused_broker")          \
    X("S19", "all brokers are away for 2 min", "fault/scenes_brokers", "without_any_broker")       \
    X("S21", "retention passes the position", "integration/test_kafka_range", "retention")         \
    X("S21", "retention passes the position", "integration/test_kafka_range", "below_the_log")     \
    X("S23", "offsets are set back while it is stopped", "fault/scenes_group",                     \
      "offsets_that_were_set_back")                                                                \
    X("S24", "retriable and fatal errors of the protocol", "fault/scenes_errors", "error")         \
    X("S25", "replies to commits are late or lost", "fault/scenes_errors", "reply")                \
    X("S26", "aborted transactions", "fault/scenes_group", "aborted_transactions")                 \
    X("S27", "large, compressed, empty records, tombstones, headers",                              \
      "integration/test_kafka_records", "")                                                        \
    X("S32", "latency, jitter, drip, half-closes, resets", "fault/scenes_network", "bad_weather")  \
    X("S34", "dead bootstrap addresses", "fault/scenes_network", "one_living_address")             \
    X("S35", "a broker that never answers", "fault/scenes_network", "never_answers")               \
    X("S64", "nobody reads the log", "fault/scenes_readers", "")                                   \
    X("S64", "nobody reads the events any more", "integration/test_kafka_signals",                 \
      "a_reader_of_events")                                                                        \
    X("S65", "bad configuration", "integration/test_badinput", "")                                 \
    X("S65", "bad configuration", "unit/test_config_file", "")                                     \
    X("S69", "a thousand partitions, skewed; a million keys", "fault/scenes_scale", "")

static const struct scenario {
    const char *name;
    const char *what;
    const char *program;
    const char *test;
} scenarios[] = {
#define SCENARIO_ROW(name, what, program, test) {name, what, program, test},
    SCENARIO_TABLE(SCENARIO_ROW)
#undef SCENARIO_ROW
};

enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

void scenarios_list(FILE *out)
{
    const char *last = "";

    for (size_t i = 0; i < SCENARIOS; i++) {
        if (strcmp(scenarios[i].name, last) != 0) {
            (void)fprintf(out, "%-4s %s\n", scenarios[i].name, scenarios[i].what);
        }
        last = scenarios[i].name;
    }
}

void scenarios_document(FILE *out)
{
    (void)fprintf(out, "| | What happens | Shown by |\n|---|---|---|\n");
    for (size_t i = 0; i < SCENARIOS; i++) {
        const struct scenario *scenario = &scenarios[i];
        (void)fprintf(out, "| %s | %s | `test/%s.c`%s%s%s |\n", scenario->name, scenario->what,
                      scenario->program, *scenario->test == '\0' ? "" : ": `", scenario->test,
                      *scenario->test == '\0' ? "" : "…`");
    }
}

static bool run_one(const struct scenario *scenario)
{
    char *program = text_format(BUILD_FOLDER "/test/%s", scenario->program);
    char *only = text_format("WEIR_TEST_ONLY=%s", scenario->test);
    const char *const arguments[] = {program, NULL};
    const char *const environment[] = {*scenario->test == '\0' ? "WEIR_TEST_ONLY" : only, NULL};
    int64_t begin_ns = deadline_now_ns();

    struct process *process = process_start(
        &(struct process_options){.arguments = arguments, .environment = environment});
    int status = process_wait(process, TEST_MS_MAX);
    const char *said = process_output(process);
    if (status == 0 && strstr(said, "Checks: 0,") != NULL) {
        status = EXIT_FAILURE; /* there is no such test (any more) */
    }
    if (status != 0) {
        (void)printf("%s", said);
    }
    (void)printf("%-4s %-60s %-7s %4lld s\n", scenario->name, scenario->what,
                 status == 0 ? "holds" : "BROKEN",
                 (long long)((deadline_now_ns() - begin_ns) / NS_PER_S));
    (void)fflush(stdout);
    process_destroy(process);
    free(only);
    free(program);
    return status == 0;
}

int scenarios_run(const char *name)
{
    bool all = strcmp(name, "all") == 0;
    size_t found = 0;
    size_t broken = 0;

    for (size_t i = 0; i < SCENARIOS; i++) {
        if (all || strcmp(scenarios[i].name, name) == 0) {
            found++;
            broken += !run_one(&scenarios[i]);
        }
    }
    if (found == 0) {
        return EXIT_USAGE;
    }
    return broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
