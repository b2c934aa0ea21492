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
    X("S1", "the same in a ZooKeeper group", "sim/test_members", "a_member_that_joins")            \
    X("S1", "the same in a ZooKeeper group", "sim/test_members", "a_member_that_leaves")           \
    X("S1", "the same in a ZooKeeper group", "integration/test_kafka_zookeeper",                   \
      "members_join_and_leave")                                                                    \
    X("S2", "clean bounces under load, in each order", "integration/test_kafka_group",             \
      "members_bounce_five_times")                                                                 \
    X("S2", "a rolling restart of a ZooKeeper group", "sim/test_members", "a_rolling_restart")     \
    X("S3", "the owner is killed", "integration/test_kafka_group", "a_killed_owner")               \
    X("S3", "the same in a ZooKeeper group", "sim/test_members", "a_member_that_crashes")          \
    X("S3", "the same in a ZooKeeper group", "integration/test_kafka_zookeeper", "a_killed_owner") \
    X("S4", "a member stands still for longer than its session", "fault/scenes_group", "a_zombie") \
    X("S4", "the same in a ZooKeeper group", "integration/test_kafka_zookeeper",                   \
      "an_owner_that_slept")                                                                       \
    X("S4", "the same with offsets in ZooKeeper", "integration/test_kafka_zookeeper",              \
      "nor_does_one_that_keeps")                                                                   \
    X("S4", "an owner does not know that its partition is claimed anew",                           \
      "integration/test_kafka_zookeeper", "a_write_under_an_older_claim")                          \
    X("S5", "a member stands still for less", "fault/scenes_group", "a_pause_below_the_session")   \
    X("S6", "a handler takes longer than max.poll.interval.ms", "fault/scenes_group",              \
      "a_handler_may_be_slower")                                                                   \
    X("S7", "a revocation while handlers run, eager and cooperative",                              \
      "integration/test_kafka_rebalance", "a_range_rebalance")                                     \
    X("S7", "a revocation while handlers run, eager and cooperative",                              \
      "integration/test_kafka_rebalance", "a_cooperative_rebalance")                               \
    X("S7", "a revocation while the handler of one partition does not end, in a ZooKeeper group",  \
      "sim/test_engine_handback", "a_partition_does_not_wait")                                     \
    X("S8", "joins and leaves every 200 to 800 ms", "fault/scenes_group", "a_storm")               \
    X("S8", "random lives of a ZooKeeper group", "sim/test_members_random",                        \
      "a_group_keeps_its_promises")                                                                \
    X("S9", "static members restart; a name is taken twice", "integration/test_kafka_rebalance",   \
      "a_static_member")                                                                           \
    X("S9", "the same in a ZooKeeper group", "sim/test_members", "one_that_returns_in_time")       \
    X("S9", "the same in a ZooKeeper group", "conformance/test_coordinator",                       \
      "a_second_member_of_the_same_name")                                                          \
    X("S9", "the same in a ZooKeeper group", "integration/test_kafka_zookeeper",                   \
      "a_member_that_returns")                                                                     \
    X("S10", "a member of a ZooKeeper group has another strategy", "sim/test_members_unlike",      \
      "with_another_strategy")                                                                     \
    X("S10", "its members change theirs one after another", "sim/test_members_unlike",             \
      "a_strategy_is_changed")                                                                     \
    X("S10", "a brokers' group changes from range to roundrobin, one member after another",        \
      "integration/test_kafka_rolling", "")                                                        \
    X("S11", "members want different topics", "integration/test_kafka_rebalance",                  \
      "members_may_want_different_topics")                                                         \
    X("S11", "a topic comes late", "integration/test_kafka_catalog", "topics_that_match_come")     \
    X("S11", "the same in a ZooKeeper group", "sim/test_members", "new_partitions_and_topics")     \
    X("S12", "partitions are added", "integration/test_kafka_catalog", "topics_that_match_come")   \
    X("S12", "the same in a ZooKeeper group", "sim/test_members", "new_partitions_and_topics")     \
    X("S12", "the same in a ZooKeeper group", "integration/test_kafka_zookeeper",                  \
      "partitions_that_are_added")                                                                 \
    X("S13", "a topic is deleted and created again", "integration/test_kafka_catalog",             \
      "topics_that_match_come")                                                                    \
    X("S14", "a stop in any moment of the start", "integration/test_kafka_group",                  \
      "may_stop_in_any_moment")                                                                    \
    X("S14", "a stop in any moment: rebalances, commits, brokers that are away",                   \
      "sim/test_engine_stop", "")                                                                  \
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
    X("S23", "the same by `weir offsets reset`, by a number of records and by time",               \
      "integration/test_kafka_offsets", "a_run_resumes")                                           \
    X("S24", "retriable and fatal errors of the protocol", "fault/scenes_errors", "error")         \
    X("S25", "replies to commits are late or lost", "fault/scenes_errors", "reply")                \
    X("S26", "aborted transactions", "fault/scenes_group", "aborted_transactions")                 \
    X("S26", "the lag of a group, with open and aborted ones", "integration/test_kafka_lag",       \
      "an_open_transaction")                                                                       \
    X("S27", "large, compressed, empty records, tombstones, headers",                              \
      "integration/test_kafka_records", "")                                                        \
    X("S32", "latency, jitter, drip, half-closes, resets", "fault/scenes_network", "bad_weather")  \
    X("S34", "dead bootstrap addresses", "fault/scenes_network", "one_living_address")             \
    X("S34", "a broker comes back at another address", "fault/scenes_network",                     \
      "comes_back_elsewhere")                                                                      \
    X("S35", "a broker that never answers", "fault/scenes_network", "never_answers")               \
    X("S36", "a ZooKeeper session expires", "sim/test_members", "a_session_that_expires")          \
    X("S36", "a ZooKeeper session expires", "conformance/test_zoo_session",                        \
      "an_expired_session_is_lost")                                                                \
    X("S36", "a ZooKeeper session expires", "integration/test_kafka_zookeeper",                    \
      "a_session_that_expired")                                                                    \
    X("S36", "a ZooKeeper session expires", "sim/test_engine_zookeeper",                           \
      "an_assignment_that_is_lost")                                                                \
    X("S37", "the connection to ZooKeeper is lost for less than the timeout", "sim/test_members",  \
      "a_short_cut")                                                                               \
    X("S37", "the connection to ZooKeeper is lost for less than the timeout",                      \
      "conformance/test_zoo_session", "after_a_broken_connection")                                 \
    X("S38", "ZooKeeper is away for longer", "sim/test_members", "one_that_is_cut_off")            \
    X("S38", "ZooKeeper is away for longer", "sim/test_members",                                   \
      "all_wait_while_there_is_no_ZooKeeper")                                                      \
    X("S38", "ZooKeeper is away for longer", "conformance/test_zoo_zookeeper",                     \
      "a_session_is_lost_before")                                                                  \
    X("S38", "ZooKeeper is away for longer", "unit/test_session_clock", "it_is_lost_before")       \
    X("S38", "ZooKeeper is away for longer", "integration/test_kafka_zookeeper",                   \
      "without_zookeeper_work_stops")                                                              \
    X("S38", "ZooKeeper is away for a minute, and nobody spins", "fault/scenes_zookeeper", "")     \
    X("S39", "the answer to a request is lost", "conformance/test_zoo_session",                    \
      "what_was_out_when")                                                                         \
    X("S39", "the answer to a request is lost", "sim/test_members_random",                         \
      "a_group_keeps_its_promises")                                                                \
    X("S39", "the answer to any of a member's first requests is lost", "sim/test_members_unlike",  \
      "whatever_answer_is_lost")                                                                   \
    X("S40", "a member stands still beyond its ZooKeeper session", "conformance/test_zoo_session", \
      "after_standing_still")                                                                      \
    X("S40", "a member stands still beyond its ZooKeeper session", "sim/test_members_random",      \
      "a_group_keeps_its_promises")                                                                \
    X("S40", "a member stands still beyond its ZooKeeper session", "sim/test_engine_zookeeper",    \
      "past_the_deadline")                                                                         \
    X("S40", "a machine is suspended beyond it", "sim/test_engine_zookeeper",                      \
      "a_machine_that_was_suspended")                                                              \
    X("S41", "an owner goes before it is looked at (a group has no leader)",                       \
      "sim/test_members_unlike", "an_owner_that_goes")                                             \
    X("S42", "a watched node is written to a thousand times", "conformance/test_zoo",              \
      "a_watch_that_is_set_again")                                                                 \
    X("S43", "many wait for what one releases", "sim/test_members",                                \
      "a_release_wakes_its_successor_alone")                                                       \
    X("S43", "the same in a group of two hundred", "sim/test_members_crowd", "")                   \
    X("S44", "its former self still owns what it had", "sim/test_members",                         \
      "one_that_returns_in_time")                                                                  \
    X("S45", "the leader of three ZooKeeper servers is killed", "conformance/test_zoo_ensemble",   \
      "when_the_leader_is_killed")                                                                 \
    X("S45", "two of three are away for a while", "fault/scenes_quorum", "a_minority")             \
    X("S45", "the server is behind the others", "fault/scenes_quorum", "a_server_that_is_behind")  \
    X("S45", "the leader is killed in the middle of a switch", "fault/scenes_switch",              \
      "the_leader_of_zookeeper")                                                                   \
    X("S46", "nodes are damaged, foreign, deleted", "sim/test_members", "what_others_scribble")    \
    X("S46", "nodes are damaged, foreign, deleted", "sim/test_members",                            \
      "an_owner_node_that_is_deleted")                                                             \
    X("S46", "nodes are damaged, foreign, deleted", "sim/test_members", "a_fence_that_is_deleted") \
    X("S46", "the record of a switch is damaged, of a newer weir, deleted", "sim/test_colors",     \
      "a_record_that_cannot_be_read")                                                              \
    X("S46", "so are its stop offsets", "sim/test_colors_stops",                                   \
      "stop_offsets_that_cannot_be_read")                                                          \
    X("S46", "so is the other half of a swap", "sim/test_colors_swap",                             \
      "what_cannot_be_read_there")                                                                 \
    X("S46", "the record of a switch is damaged while partitions wait at stop offsets",            \
      "sim/test_colors_stops", "a_record_that_is_damaged_holds")                                   \
    X("S46", "the servers refuse", "sim/test_members", "what_is_denied")                           \
    X("S46", "the servers refuse", "conformance/test_zoo_zookeeper", "what_may_not_be_done")       \
    X("S47", "threads of the ZooKeeper library call us", "conformance/test_zoo_zookeeper",         \
      "the_librarys_threads")                                                                      \
    X("S54", "whoever takes a switch further dies at each of its steps", "sim/test_switch_random", \
      "")                                                                                          \
    X("S54",                                                                                       \
      "whoever writes a step is killed just before it, or just after, or stands still there",      \
      "fault/scenes_steps", "whoever_writes_a_step_dies")                                          \
    X("S54", "the same, of who asks for a switch", "fault/scenes_steps",                           \
      "whoever_asks_for_a_switch")                                                                 \
    X("S54", "the same, of who takes it back", "fault/scenes_steps",                               \
      "whoever_takes_a_switch_back")                                                               \
    X("S54", "the same, of who writes that it is back", "fault/scenes_steps",                      \
      "whoever_ends_the_way_back")                                                                 \
    X("S54", "whoever takes a swap of two groups further dies between any two writes",             \
      "sim/test_swap_random", "both_halves_of_a_swap_end_in_the_same")                             \
    X("S54", "whoever writes a step of a swap is killed just before it, or just after",            \
      "fault/scenes_steps", "whoever_writes_a_step_of_a_swap")                                     \
    X("S55", "two operators want different things, one of them late", "sim/test_switch_random",    \
      "")                                                                                          \
    X("S55", "an operator stands still before the request, and another one asks",                  \
      "fault/scenes_steps", "an_operator_who_stood_still")                                         \
    X("S55", "two operators want to swap two groups, one of them late", "unit/test_zoo_swap",      \
      "of_two_operators_one_is_told")                                                              \
    X("S55", "the same at the same time", "integration/test_kafka_swap", "two_groups_exchange")    \
    X("S56", "members of both colors are killed in a switch", "integration/test_kafka_switch",     \
      "members_of_both_colors_die")                                                                \
    X("S56", "members die and join in a switch", "sim/test_colors",                                \
      "an_owner_that_dies_in_the_middle")                                                          \
    X("S56", "members die and join in a switch", "sim/test_colors", "who_joins_in_the_middle")     \
    X("S56", "members of both groups are killed in a swap", "integration/test_kafka_swap",         \
      "processes_die_in_the_middle")                                                               \
    X("S57", "sessions end, connections break, hosts stand still in a switch",                     \
      "sim/test_colors_random", "colors_keep_their_promises")                                      \
    X("S57", "whoever writes a step stands still there until its session is over",                 \
      "fault/scenes_steps", "whoever_writes_a_step_dies")                                          \
    X("S58", "brokers bounce, members join and leave in each step of a switch",                    \
      "fault/scenes_switch", "brokers_bounce")                                                     \
    X("S59", "green fails after the cut-over", "fault/scenes_switch", "green_cannot_go_on")        \
    X("S59", "green fails after the cut-over", "fault/scenes_switch", "green_stops")               \
    X("S59", "green fails half of its records, is watched, and goes back by itself",               \
      "integration/test_kafka_health", "a_green_that_fails")                                       \
    X("S59", "green fails, falls behind, restarts while it is watched", "sim/test_colors_health",  \
      "")                                                                                          \
    X("S60", "twenty switches while members are killed, stopped, started, stand still, or fail",   \
      "integration/test_kafka_switch", "twenty_switches")                                          \
    X("S64", "nobody reads the log", "fault/scenes_readers", "")                                   \
    X("S64", "nobody reads the events any more", "integration/test_kafka_signals",                 \
      "a_reader_of_events")                                                                        \
    X("S65", "bad configuration", "integration/test_badinput", "")                                 \
    X("S65", "bad configuration", "unit/test_config_file", "")                                     \
    X("S69", "ten thousand partitions, skewed; a million keys", "fault/scenes_scale", "")          \
    X("S69", "who has little to do does not wait for who has much", "sim/test_engine_fair", "")    \
    X("T3", "topics that match an expression", "integration/test_kafka_catalog",                   \
      "topics_that_match_come")                                                                    \
    X("T9", "two fleets of two exchange their groups; records of each reach the other one",        \
      "integration/test_kafka_swap", "two_groups_exchange")                                        \
    X("T10", "a member leaves, and the last one has everything", "integration/test_kafka_group",   \
      "members_join_and_leave")                                                                    \
    X("T10", "the same in a ZooKeeper group", "integration/test_kafka_zookeeper",                  \
      "members_join_and_leave")                                                                    \
    X("T13", "a topic that matches comes later", "integration/test_kafka_catalog",                 \
      "topics_that_match_come")                                                                    \
    X("T15", "topics of 4000 and of 1000 records", "integration/test_kafka_delivery",              \
      "a_topic_of_4000")                                                                           \
    X("T21", "who gets what, equal subscriptions or not: as Kafka's own assignors say",            \
      "integration/test_assignors", "kafka_answers_the_same")                                      \
    X("T24", "registration, offsets, claims, watches on a real ZooKeeper",                         \
      "integration/test_kafka_zookeeper", "members_join_and_leave")                                \
    X("T24", "registration, offsets, claims, watches on a real ZooKeeper", "conformance/test_zoo", \
      "")                                                                                          \
    X("T24", "registration, offsets, claims, watches on a real ZooKeeper",                         \
      "conformance/test_store", "")                                                                \
    X("A3", "a partition moves while its old handlers are stuck",                                  \
      "integration/test_kafka_zookeeper", "an_owner_that_slept")                                   \
    X("A3", "a partition moves while its old handlers are stuck",                                  \
      "integration/test_kafka_zookeeper", "a_write_under_an_older_claim")                          \
    X("A6", "ZooKeeper is away for minutes", "sim/test_members",                                   \
      "all_wait_while_there_is_no_ZooKeeper")                                                      \
    X("A6", "a connection breaks in any step of the protocol", "sim/test_members_random",          \
      "a_group_keeps_its_promises")                                                                \
    X("A6", "a connection breaks in any step of the protocol", "sim/test_members_unlike",          \
      "whatever_answer_is_lost")                                                                   \
    X("A7", "members of one group want different topics", "sim/test_members_unlike",               \
      "members_may_want_different")                                                                \
    X("A7", "brokers, topics and groups that concern nobody here change",                          \
      "sim/test_members_unlike", "what_is_of_no_concern")                                          \
    X("A7", "3200 partitions are claimed at once", "conformance/test_zoo", "many_claims")          \
    X("A8", "partitions and topics come and go", "integration/test_kafka_catalog",                 \
      "topics_that_match_come")                                                                    \
    X("A8", "an expression that is none", "unit/test_selection", "a_mistake_has_a_key")            \
    X("A9", "records that fail for good (stop, skip)", "sim/test_engine_failures",                 \
      "what_fails_for_good")                                                                       \
    X("A9", "records that fail for good (hold)", "sim/test_engine_failures",                       \
      "what_fails_for_good_is_held")                                                               \
    X("A9", "records that fail for good (dead-letter)", "sim/test_engine_letters",                 \
      "what_fails_for_good_becomes")                                                               \
    X("A9", "a dead letter is acknowledged late, or never", "sim/test_engine_letters",             \
      "a_letter_holds_the_commit")                                                                 \
    X("A9", "a dead letter cannot be written", "sim/test_engine_letters",                          \
      "a_letter_that_is_refused")                                                                  \
    X("A9", "a stop, and a loss, while dead letters are under way", "sim/test_engine_letters",     \
      "a_drain_waits_no_longer")                                                                   \
    X("A9", "a dead letter is too large for its topic, or the producer's queue",                   \
      "integration/test_kafka_letters", "letters_that_are_too_large")                              \
    X("A9", "the producer of dead letters fails for good", "unit/test_dead_letter_producer",       \
      "after_a_fatal_error")                                                                       \
    X("A9", "records that are rejected", "sim/test_engine_failures", "what_is_rejected")           \
    X("A15", "a switch under load, each partition by itself or all together",                      \
      "integration/test_kafka_switch", "a_switch_hands_over")                                      \
    X("A15", "a switch under load, each partition by itself or all together",                      \
      "integration/test_kafka_switch", "so_does_one_that_waits")                                   \
    X("A15", "a switch with lag: to the end of the log, to given offsets",                         \
      "integration/test_kafka_switch", "green_begins")                                             \
    X("A15", "a switch with lag that waits for no handler", "sim/test_colors",                     \
      "an_immediate_switch")                                                                       \
    X("A15", "a rollback at each step", "sim/test_colors", "an_operator_may_take_it_back")         \
    X("A15", "a rollback when it is done, also to where it began",                                 \
      "integration/test_kafka_window", "within_its_window")                                        \
    X("A15", "a member dies and returns, within its session and after it",                         \
      "integration/test_kafka_switch", "twenty_switches")                                          \
    X("A15", "half of green's records fail: it goes back by itself",                               \
      "integration/test_kafka_health", "a_green_that_fails")                                       \
    X("A15", "who joins late goes by the request", "sim/test_colors", "who_joins_in_the_middle")   \
    X("A15", "the operator's tool is killed between any two writes", "fault/scenes_steps",         \
      "whoever_asks_for_a_switch")                                                                 \
    X("A15", "two requests at once", "fault/scenes_steps", "an_operator_who_stood_still")          \
    X("A16", "two colors and faults with a real ZooKeeper, and no Kafka",                          \
      "integration/test_demo_zookeeper", "the_demonstration_meets")                                \
    X("A16", "brokers that fail, delay, or lose answers, and no Kafka", "fault/scenes_errors", "") \
    X("M1", "1,000 idle partitions: processor time", "fault/scenes_marks", "a_thousand_idle")      \
    X("M2", "bytes fetched, of those in the log", "fault/scenes_marks", "little_more_is_fetched")  \
    X("M3", "100 stuck partitions of 1 MB records: memory", "fault/scenes_marks",                  \
      "a_hundred_stuck_partitions_of_large")                                                       \
    X("M4", "100 stuck partitions of 10-byte records: memory", "fault/scenes_marks",               \
      "a_hundred_stuck_partitions_of_small")

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

/* What a test measured; of one that failed everything is told. */
static void tell_notes(const char *said)
{
    static const char mark[] = "note: ";

    for (const char *line = strstr(said, mark); line != NULL; line = strstr(line + 1, mark)) {
        (void)printf("     %.*s\n", (int)strcspn(line, "\n"), line);
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
    } else {
        tell_notes(said);
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
