/* Does a group keep its promises, whatever happens to it? See usage below. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/fault/bluegreen.h"
#include "test/fault/run.h"
#include "test/fault/scenarios.h"
#include "test/support/fail.h"
#include "test/support/schedule.h"
#include "test/support/text.h"

enum {
    EXIT_USAGE = 64,
    SEEDS_MAX = 1000,
    SEEDS_DEFAULT = 10,
    DURATION_S_DEFAULT = 45,
    SESSION_S_DEFAULT = 3, /* what the schedule calls long and short goes by it */
    MEMBERS_MAX = 16,
    SWITCHES_MAX = 100000,
    SWITCHES_DEFAULT = 200,
    MS_PER_S = 1000,
    S_PER_MIN = 60,
    DURATION_MS_MAX = 3600000
};

static const char usage[] =
    "Usage: chaos [--seed S] [--seeds N] [--duration T] [OPTION]...\n"
    "Runs a group of `weir run` on a Kafka of its own while a producer writes, and, as the seed\n"
    "says, kills, stops and pauses members and brokers, cuts and slows their connections, lets\n"
    "members join and leave and partitions be added. Then everything heals, and every record must\n"
    "have been handled, in order, by its owner, and be committed.\n"
    "\n"
    "      --seed S        the first seed (default: 1)\n"
    "      --seeds N       so many, one after the other (default: 1 if --seed is given, else 10)\n"
    "      --duration T    of the faults of each: 30s, 2m (default: 45s)\n"
    "      --session T     after which the group takes a member for dead (default: 3s)\n"
    "      --brokers N     1 or 3 (default: 3 for every third seed, else 1)\n"
    "      --members N     1 to 16 (default: 3 to 5, by seed)\n"
    "      --members-only  leave the brokers alone, and ask for more: nothing comes again that was "
    "to\n"
    "                      be committed for long (default: every fourth seed)\n"
    "      --keep FOLDER   where streams, logs and operations of a failed run are left\n"
    "      --keep-all      those of every run\n"
    "      --plan          only say what would be done\n"
    "      --bluegreen     instead, switch a fleet of two colors to and fro, on a ZooKeeper of "
    "three\n"
    "                      servers, and hurt members and servers in the middle; then swap two\n"
    "                      groups, a tenth as often\n"
    "      --switches N    so many (default: 200), by --seed (default: 1)\n"
    "      --scenario NAME instead, run the tests of a named scenario (S17), or of all\n"
    "      --list          say which there are\n"
    "      --document      the same as the table of docs/faults.md\n"
    "  -h, --help          this text\n"
    "\n"
    "The same seed, duration, brokers and members are the same schedule.\n"
    "Of a failed run and, with --keep-all, of every one, the folder has a question for\n"
    "test/fault/check in it.\n"
    "Exit codes: 0 every promise was kept, 1 one was broken, 64 usage.\n";

struct chaos {
    uint64_t seed;  /* 0: not said */
    uint64_t seeds; /* 0: not said */
    struct run_options run;
    uint32_t switches; /* with `bluegreen`; 0: not said */
    bool bluegreen;
    const char *scenario;
    bool list;
    bool document;
    bool plan;
    bool help;
};

static _Noreturn void refuse(const char *what)
{
    (void)fprintf(stderr, "chaos: %s; see chaos --help\n", what);
    exit(EXIT_USAGE);
}

static uint64_t read_number(const char *text, const char *what, uint64_t most)
{
    char *end = NULL;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || number > most) {
        refuse(what);
    }
    return number;
}

static uint32_t read_duration(const char *text, const char *what)
{
    char *digits = fail_or_copy(text);
    size_t length = strcspn(digits, "ms");
    uint64_t unit_ms = strcmp(text + length, "m") == 0 ? (uint64_t)S_PER_MIN * MS_PER_S : MS_PER_S;

    if (text[length] != '\0' && text[length + 1] != '\0') {
        refuse(what);
    }
    digits[length] = '\0';
    uint64_t ms = read_number(digits, what, DURATION_MS_MAX) * unit_ms;
    free(digits);
    if (ms == 0 || ms > DURATION_MS_MAX) {
        refuse(what);
    }
    return (uint32_t)ms;
}

static uint32_t read_brokers(const char *text)
{
    uint64_t brokers = read_number(text, "--brokers is 1 or 3", 3);

    if (brokers != 1 && brokers != 3) {
        refuse("--brokers is 1 or 3");
    }
    return (uint32_t)brokers;
}

static void take_option(struct chaos *chaos, int option)
{
    switch (option) {
    case 's':
        chaos->seed = read_number(optarg, "--seed is a number from 1 on", UINT64_MAX);
        break;
    case 'n':
        chaos->seeds = read_number(optarg, "--seeds is 1 to 1000", SEEDS_MAX);
        break;
    case 'd':
        chaos->run.duration_ms = read_duration(optarg, "--duration is 1s to 60m");
        break;
    case 'e':
        chaos->run.session_ms = read_duration(optarg, "--session is 1s to 60m");
        break;
    case 'b':
        chaos->run.brokers = read_brokers(optarg);
        break;
    case 'm':
        chaos->run.members = (uint32_t)read_number(optarg, "--members is 1 to 16", MEMBERS_MAX);
        break;
    case 'k':
        chaos->run.keep = optarg;
        break;
    case 'a':
        chaos->run.keep_always = true;
        break;
    case 'o':
        chaos->run.members_only = true;
        break;
    case 'p':
        chaos->plan = true;
        break;
    case 'c':
        chaos->scenario = optarg;
        break;
    case 'g':
        chaos->bluegreen = true;
        break;
    case 'w':
        chaos->switches = (uint32_t)read_number(optarg, "--switches is 1 to 100000", SWITCHES_MAX);
        break;
    case 'l':
        chaos->list = true;
        break;
    case 't':
        chaos->document = true;
        break;
    case 'h':
        chaos->help = true;
        break;
    default:
        refuse("that is no option of it");
    }
}

static void parse(int count, char **words, struct chaos *chaos)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"seeds", required_argument, NULL, 'n'},
                                            {"duration", required_argument, NULL, 'd'},
                                            {"brokers", required_argument, NULL, 'b'},
                                            {"members", required_argument, NULL, 'm'},
                                            {"keep", required_argument, NULL, 'k'},
                                            {"keep-all", no_argument, NULL, 'a'},
                                            {"plan", no_argument, NULL, 'p'},
                                            {"scenario", required_argument, NULL, 'c'},
                                            {"bluegreen", no_argument, NULL, 'g'},
                                            {"switches", required_argument, NULL, 'w'},
                                            {"list", no_argument, NULL, 'l'},
                                            {"document", no_argument, NULL, 't'},
                                            {"members-only", no_argument, NULL, 'o'},
                                            {"session", required_argument, NULL, 'e'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(count, words, "h", options, NULL)) != -1) {
        take_option(chaos, option);
    }
    if (optind < count) {
        refuse("it takes no arguments");
    }
    chaos->seeds = chaos->seeds > 0 ? chaos->seeds : chaos->seed > 0 ? 1 : SEEDS_DEFAULT;
    chaos->seed = chaos->seed > 0 ? chaos->seed : 1;
    chaos->switches = chaos->switches > 0 ? chaos->switches : SWITCHES_DEFAULT;
}

/* What the options leave open follows from the seed. */
static struct run_options options_of(const struct chaos *chaos, uint64_t seed)
{
    struct run_options options = chaos->run;

    options.seed = seed;
    if (options.brokers == 0) {
        options.brokers = seed % 3 == 0 ? 3 : 1;
    }
    options.members_only = options.members_only || seed % 4 == 0;
    if (options.members == 0) {
        options.members = (uint32_t)(3 + seed % 3);
    }
    return options;
}

static void tell_plan(const struct run_options *options)
{
    struct schedule *schedule =
        schedule_create(&(struct schedule_options){.seed = options->seed,
                                                   .duration_ms = options->duration_ms,
                                                   .members = options->members,
                                                   .brokers = options->brokers,
                                                   .members_only = options->members_only});

    (void)printf("seed %" PRIu64 ": %u brokers, %u members\n", options->seed, options->brokers,
                 options->members);
    for (size_t i = 0; i < schedule_steps(schedule); i++) {
        struct schedule_step step = schedule_step(schedule, i);
        struct text line = {.bytes = NULL};
        schedule_tell(&step, &line);
        (void)printf("%s\n", line.bytes);
        text_fini(&line);
    }
    schedule_destroy(schedule);
}

/* In a process of its own: nothing of one run is left to the next. `result` is shared with it. */
static void run_apart(const struct run_options *options, struct run_result *result)
{
    int status = 0;

    *result = (struct run_result){.seed = options->seed, .brokers = options->brokers};
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_seed(options, result);
        if (result->story != NULL) {
            (void)printf("%s%s", options->terminal ? "\r\033[K" : "", result->story);
            (void)fflush(stdout);
        }
        _exit(EXIT_SUCCESS);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        fail_test("cannot run seed %" PRIu64 ": %s", options->seed, strerror(errno));
    }
    if (status != 0) {
        result->held = false;
        (void)printf("seed %" PRIu64 ": the runner itself came to a bad end\n", options->seed);
    }
}

static void tell_head(void)
{
    (void)printf("%8s %8s %10s %10s %9s %10s %6s  %s\n", "seed", "brokers", "operations",
                 "rebalances", "records", "duplicates", "s", "verdict");
}

static void tell_row(const struct run_result *result)
{
    (void)printf(
        "%8" PRIu64 " %8u %10zu %10" PRIu64 " %9" PRIu64 " %10" PRIu64 " %6" PRId64 "  %s\n",
        result->seed, result->brokers, result->operations, result->rebalances, result->records,
        result->duplicates, result->ms / MS_PER_S, result->held ? "holds" : "BROKEN");
}

static int run_all(const struct chaos *chaos)
{
    struct run_result *results = mmap(NULL, chaos->seeds * sizeof results[0],
                                      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t broken = 0;

    if (results == MAP_FAILED) {
        fail_test("no memory for %" PRIu64 " results", chaos->seeds);
    }
    for (uint64_t i = 0; i < chaos->seeds; i++) {
        struct run_options options = options_of(chaos, chaos->seed + i);
        (void)printf("seed %" PRIu64 ": %u broker%s, %u members, %u s of faults\n", options.seed,
                     options.brokers, options.brokers == 1 ? "" : "s", options.members,
                     options.duration_ms / MS_PER_S);
        run_apart(&options, &results[i]);
        (void)printf("%sseed %" PRIu64 ": %s after %" PRId64 " s\n",
                     options.terminal ? "\r\033[K" : "", options.seed,
                     results[i].held ? "holds" : "BROKEN", results[i].ms / MS_PER_S);
        broken += !results[i].held;
    }
    (void)printf("\n");
    tell_head();
    for (uint64_t i = 0; i < chaos->seeds; i++) {
        tell_row(&results[i]);
    }
    (void)munmap(results, chaos->seeds * sizeof results[0]);
    return broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Where everything is when nobody says: the tests' environment does. */
static void fill_environment(void)
{
    (void)setenv("WEIR_BINARY", BUILD_FOLDER "/weir", 0);
    (void)setenv("WEIR_TEST_PLUGINS", BUILD_FOLDER "/test/plugins", 0);
    (void)setenv("WEIR_EXAMPLES", BUILD_FOLDER "/examples", 0);
    (void)setenv("WEIR_SOURCE", SOURCE_FOLDER, 0);
    (void)setenv("WEIR_KAFKA_LIBS", SOURCE_FOLDER "/build/kafka", 0);
    (void)setenv("CK_DEFAULT_TIMEOUT", "600", 0); /* of a test; check's own is 4 s */
}

static int tell_plans(const struct chaos *chaos)
{
    for (uint64_t i = 0; i < chaos->seeds; i++) {
        struct run_options options = options_of(chaos, chaos->seed + i);
        tell_plan(&options);
    }
    return EXIT_SUCCESS;
}

static int run_bluegreen(const struct chaos *chaos)
{
    struct run_options options = chaos->run;

    options.seed = chaos->seed;
    options.brokers = options.brokers == 0 ? 1 : options.brokers;
    return bluegreen_run(&options, chaos->switches, chaos->plan);
}

static int run_scenario(const char *name)
{
    int status = scenarios_run(name);

    if (status == EXIT_USAGE) {
        refuse("there is no such scenario (chaos --list)");
    }
    return status;
}

int main(int count, char **words)
{
    struct chaos chaos = {.run = {.duration_ms = DURATION_S_DEFAULT * MS_PER_S,
                                  .session_ms = SESSION_S_DEFAULT * MS_PER_S,
                                  .terminal = isatty(STDOUT_FILENO) == 1}};

    fail_use_exit();
    fill_environment();
    parse(count, words, &chaos);
    if (chaos.help) {
        (void)fputs(usage, stdout);
    } else if (chaos.list) {
        scenarios_list(stdout);
    } else if (chaos.document) {
        scenarios_document(stdout);
    } else if (chaos.scenario != NULL) {
        return run_scenario(chaos.scenario);
    } else if (chaos.bluegreen) {
        return run_bluegreen(&chaos);
    } else {
        return chaos.plan ? tell_plans(&chaos) : run_all(&chaos);
    }
    return EXIT_SUCCESS;
}
