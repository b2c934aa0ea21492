/* Did a fleet keep its promises, judged by the streams it left and the producer's ledger? */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/fault/verdict.h"
#include "test/support/delivered.h"
#include "test/support/fail.h"
#include "test/support/ledger_file.h"
#include "test/support/stream.h"
#include "test/support/verify.h"

enum { EXIT_HOLDS = 0, EXIT_BROKEN = 1, EXIT_USAGE = 64, EXIT_UNREADABLE = 65 };
/* Kafka's default; weir.drain.timeout.ms by default and the 20 s after which a stop is cut off. */
enum { SESSION_TIMEOUT_MS = 45000, STOP_WITHIN_MS = 50000 };

static const char usage[] =
    "Usage: check [OPTION]... STREAM...\n"
    "Judges what the members of a consumer group say that they did: streams of `weir run "
    "--events`\n"
    "or the output of Kafka's VerifiableConsumer. Prints a verdict on each rule and, where one is\n"
    "broken, the life of the first record that shows it.\n\n"
    "  --ledger FILE            what was produced, one JSON object per line: topic, partition,\n"
    "                           offset, key, state; or the output of Kafka's VerifiableProducer\n"
    "  --order ORDER            the order that was promised: partition, key (needs --ledger) or\n"
    "                           none (default)\n"
    "  --clean                  no member crashed: nothing comes twice, everything that is done "
    "is\n"
    "                           committed, everybody says that it stopped\n"
    "  --inflight N             of a partition at most N records come again after each crash\n"
    "  --commit-within-ms N     nothing comes again that was to be committed for N ms while its "
    "owner\n"
    "                           was awake (the commit interval, and as long as a broker may "
    "take);\n"
    "                           up to twice as long may pass\n"
    "  --session-timeout-ms N   the group's (45000): how long a former owner may go on while "
    "awake\n"
    "  --heal-ns T              when the faults had ended, on the monotonic clock\n"
    "  --live-within-ms N       how long after that all must be done (two session timeouts)\n"
    "  --revocations N          at most N partitions are taken from running members\n"
    "  --stop-within-ms N       how long a stop may take (50000)\n"
    "  --wall-clock             the streams are of several machines, or of weir and Kafka's "
    "tools:\n"
    "                           go by the wall clock, which --heal-ns then means, too\n"
    "  --unfinished             the fleet was stopped early: what it had not reached is not "
    "missed\n"
    "  --late-start             the group began at the end: what lay before is not missed\n"
    "  --read-uncommitted       records of aborted transactions may be handled\n"
    "  --late-commits           nobody fences commits (ZooKeeper divides, Kafka keeps the "
    "offsets):\n"
    "                           one that was under way when the next owner began may be taken\n"
    "  -o table|json            how to print (table)\n"
    "  -h, --help               this text\n\n"
    "Exit status: 0 all rules hold, 1 one is broken, 64 usage, 65 a file cannot be read.\n\n"
    "Examples:\n"
    "  check --clean *.events\n"
    "  check --ledger produced.jsonl --order partition --commit-within-ms 30000 *.events\n"
    "  check --ledger produced.jsonl verifiable_consumer.out\n"
    "  check -o json --clean m1.events | jq '.rules[] | select(.verdict == \"broken\")'\n";

enum {
    OPTION_LEDGER = 256,
    OPTION_ORDER,
    OPTION_CLEAN,
    OPTION_INFLIGHT,
    OPTION_COMMIT,
    OPTION_SESSION,
    OPTION_HEAL,
    OPTION_LIVE,
    OPTION_REVOCATIONS,
    OPTION_STOP,
    OPTION_UNFINISHED,
    OPTION_LATE_START,
    OPTION_READ_UNCOMMITTED,
    OPTION_LATE_COMMITS,
    OPTION_WALL_CLOCK
};

static const struct option options[] = {
    {"ledger", required_argument, NULL, OPTION_LEDGER},
    {"order", required_argument, NULL, OPTION_ORDER},
    {"clean", no_argument, NULL, OPTION_CLEAN},
    {"inflight", required_argument, NULL, OPTION_INFLIGHT},
    {"commit-within-ms", required_argument, NULL, OPTION_COMMIT},
    {"session-timeout-ms", required_argument, NULL, OPTION_SESSION},
    {"heal-ns", required_argument, NULL, OPTION_HEAL},
    {"live-within-ms", required_argument, NULL, OPTION_LIVE},
    {"revocations", required_argument, NULL, OPTION_REVOCATIONS},
    {"stop-within-ms", required_argument, NULL, OPTION_STOP},
    {"unfinished", no_argument, NULL, OPTION_UNFINISHED},
    {"late-start", no_argument, NULL, OPTION_LATE_START},
    {"read-uncommitted", no_argument, NULL, OPTION_READ_UNCOMMITTED},
    {"late-commits", no_argument, NULL, OPTION_LATE_COMMITS},
    {"wall-clock", no_argument, NULL, OPTION_WALL_CLOCK},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

struct check {
    const char *ledger_path; /* NULL: none */
    char *const *paths;
    size_t path_count;
    bool json;
    bool help;
    bool wall_clock;
    uint64_t revocations;
    struct verify_options judged;
    struct stream **streams;
    struct verify_report *report;
};

/* Decimal, not negative. */
static bool read_number(const char *text, int64_t *out)
{
    char *end = NULL;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0 || *text == '-') {
        return false;
    }
    *out = value;
    return true;
}

static bool read_order(const char *text, enum verify_order *out)
{
    static const char *const names[] = {[VERIFY_ORDER_NONE] = "none",
                                        [VERIFY_ORDER_PARTITION] = "partition",
                                        [VERIFY_ORDER_KEY] = "key"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (enum verify_order)i;
            return true;
        }
    }
    return false;
}

static bool take_number(struct check *check, int option, const char *argument)
{
    struct verify_options *judged = &check->judged;
    int64_t number = 0;

    if (!read_number(argument, &number)) {
        return false;
    }
    switch (option) {
    case OPTION_INFLIGHT:
        judged->repeats_max = (uint64_t)number;
        return number > 0;
    case OPTION_COMMIT:
        judged->commit_within_ms = number;
        return number > 0 && number <= INT32_MAX;
    case OPTION_SESSION:
        judged->session_timeout_ms = number;
        return number > 0 && number <= INT32_MAX;
    case OPTION_HEAL:
        judged->heal_ns = number;
        return number > 0 && number <= INT64_MAX / 2;
    case OPTION_LIVE:
        judged->live_within_ms = number;
        return number > 0 && number <= INT32_MAX;
    case OPTION_REVOCATIONS:
        check->revocations = (uint64_t)number;
        judged->revocations_max = &check->revocations;
        return true;
    default:
        judged->stop_within_ms = number;
        return number <= INT32_MAX;
    }
}

/* False: it is no such option, or its argument is wrong. */
static bool take_option(struct check *check, int option, const char *argument)
{
    switch (option) {
    case 'h':
        check->help = true;
        return true;
    case 'o':
        check->json = strcmp(argument, "json") == 0;
        return check->json || strcmp(argument, "table") == 0;
    case OPTION_LEDGER:
        check->ledger_path = argument;
        return true;
    case OPTION_ORDER:
        return read_order(argument, &check->judged.order);
    case OPTION_CLEAN:
        check->judged.clean = true;
        return true;
    case OPTION_UNFINISHED:
        check->judged.unfinished = true;
        return true;
    case OPTION_LATE_START:
        check->judged.late_start = true;
        return true;
    case OPTION_READ_UNCOMMITTED:
        check->judged.read_uncommitted = true;
        return true;
    case OPTION_LATE_COMMITS:
        check->judged.late_commits = true;
        return true;
    case OPTION_WALL_CLOCK:
        check->wall_clock = true;
        return true;
    case '?':
        return false;
    default:
        return take_number(check, option, argument);
    }
}

/* False: it has said what is wrong. */
static bool read_arguments(struct check *check, int argc, char **argv)
{
    int option = 0;

    while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
        if (!take_option(check, option, optarg)) {
            if (option != '?') {
                (void)fprintf(stderr, "check: what is %s?\n", optarg);
            }
            return false;
        }
    }
    check->paths = argv + optind;
    check->path_count = (size_t)(argc - optind);
    if (!check->help && check->path_count == 0) {
        (void)fprintf(stderr, "check: which streams?\n");
        return false;
    }
    if (!check->help && check->judged.order == VERIFY_ORDER_KEY && check->ledger_path == NULL) {
        (void)fprintf(stderr, "check: --order key needs --ledger, which knows the keys\n");
        return false;
    }
    return true;
}

static void settle_options(struct check *check)
{
    struct verify_options *judged = &check->judged;

    judged->crashes = !judged->clean;
    judged->late_start = judged->late_start || check->ledger_path == NULL;
    judged->unfinished = judged->unfinished || check->ledger_path == NULL;
    if (judged->live_within_ms == 0) {
        judged->live_within_ms = 2 * judged->session_timeout_ms;
    }
}

/* For fail_catch: what cannot be read ends here. */
static void read_files(void *user)
{
    struct check *check = user;

    check->streams = fail_or_alloc(check->path_count, sizeof(struct stream *));
    for (size_t i = 0; i < check->path_count; i++) {
        if (access(check->paths[i], R_OK) != 0) {
            fail_test("cannot read %s: %s", check->paths[i], strerror(errno));
        }
        check->streams[i] = stream_open(check->paths[i]);
        stream_keep_less(check->streams[i]);
        stream_read(check->streams[i]);
        if (check->wall_clock) {
            stream_use_wall_clock(check->streams[i]);
        }
    }
    check->judged.streams = check->streams;
    check->judged.stream_count = check->path_count;
    check->judged.ledger = check->ledger_path == NULL
                               ? delivered_ledger(check->streams, check->path_count)
                               : ledger_read(check->ledger_path);
}

/* The verifiable consumer has another clock than weir, unless both are set to one. */
static bool have_one_clock(const struct check *check)
{
    bool own = false;
    bool foreign = false;

    for (size_t i = 0; i < check->path_count; i++) {
        const struct stream *stream = check->streams[i];
        own |= stream_has_own(stream);
        foreign |= !stream_has_own(stream) && stream_count(stream) > 0;
    }
    return check->wall_clock || !own || !foreign;
}

static void put_away(struct check *check)
{
    for (size_t i = 0; i < check->path_count; i++) {
        stream_close(check->streams[i]);
    }
    free(check->streams);
    ledger_destroy(check->judged.ledger);
    verify_report_destroy(check->report);
}

static int judge(struct check *check)
{
    check->report = verify(&check->judged);
    const struct verdict verdict = {
        .options = &check->judged, .report = check->report, .guessed = check->ledger_path == NULL};
    if (check->json) {
        verdict_print_json(&verdict, stdout);
    } else {
        verdict_print(&verdict, stdout);
    }
    bool passed = verify_passed(&check->judged, check->report);
    put_away(check);
    return passed ? EXIT_HOLDS : EXIT_BROKEN;
}

int main(int argc, char **argv)
{
    struct check check = {
        .judged = {.session_timeout_ms = SESSION_TIMEOUT_MS, .stop_within_ms = STOP_WITHIN_MS}};

    fail_use_exit();
    if (!read_arguments(&check, argc, argv)) {
        (void)fprintf(stderr, "check: --help says more\n");
        return EXIT_USAGE;
    }
    if (check.help) {
        (void)fputs(usage, stdout);
        return EXIT_HOLDS;
    }
    settle_options(&check);
    char *unreadable = fail_catch(read_files, &check);
    if (unreadable != NULL) {
        (void)fprintf(stderr, "check: %s\n", unreadable);
        _exit(EXIT_UNREADABLE); /* what was read so far is lost */
    }
    if (!have_one_clock(&check)) {
        (void)fprintf(stderr, "check: streams of weir and of Kafka's VerifiableConsumer have "
                              "different clocks: judge them one by one, or by --wall-clock\n");
        put_away(&check);
        return EXIT_USAGE;
    }
    return judge(&check);
}
