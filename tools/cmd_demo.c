#include "tools/cmd_demo.h"

#include "tools/demo_run.h"
#include "tools/options.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/config.h>

static const struct demo_plan usual = {.partitions = 12, .rate = 600, .seed = 1};

/* Those that are not given. */
enum { SECONDS = 22, MEMBERS = 3, COLORED_SECONDS = 120, COLORED_MEMBERS = 4 };

static const char usage[] =
    "Usage: weir demo [OPTION]...\n"
    "       weir demo --bluegreen [--zookeeper HOST:PORT[/PATH]] [OPTION]...\n"
    "Shows in half a minute what weir does, without a Kafka: one process with librdkafka's mock\n"
    "cluster, a shop that gives orders, and members of a group that handle them. One member\n"
    "leaves, one is killed. At the end every order the cluster acknowledged is looked up in the\n"
    "ledger of what the handlers did.\n"
    "\n"
    "      --bluegreen     members of two colors, and what weir switch does with them: the first\n"
    "                      color begins, a clean switch, one in which a member hangs and is "
    "killed,\n"
    "                      one that is rolled back; and the gap of each partition in each\n"
    "      --zookeeper S   with --bluegreen: where the members meet; in this process without it\n"
    "      --seconds N     orders come for N seconds, and until no rebalance is under way\n"
    "                      (1-300, default 22; below 11 nobody is killed, below 6 nobody leaves);\n"
    "                      with --bluegreen no switch begins after N seconds (default 120)\n"
    "      --members N     1-8, default 3; with two nobody leaves, with one nobody is killed; "
    "with\n"
    "                      --bluegreen 2-8, default 4, and half of them are green: nobody is "
    "killed\n"
    "                      below 4, or when the last one has no partition\n"
    "      --partitions N  1-96, default 12\n"
    "      --rate N        orders per second, 1-5000, default 600\n"
    "      --seed N        other customers, other orders (default 1)\n"
    "      --plain         lines of text also on a terminal\n"
    "      --verbose       the members' logs on standard error\n"
    "      --sabotage WHAT break the ledger, to see that the check notices: lose, repeat,\n"
    "                      reorder, commit\n"
    "  -h, --help          this text\n"
    "\n"
    "SIGINT or SIGTERM: no more orders, the members finish and leave, the summary so far. A "
    "second\n"
    "one: exit 75 at once.\n"
    "Exit codes: 0 the claim holds, 1 it does not, 64 usage, 69 the mock cluster cannot start, or\n"
    "ZooKeeper does not answer, 75 stopped at once.\n"
    "\n"
    "Examples:\n"
    "  weir demo\n"
    "  weir demo --members 5 --partitions 24 --rate 2000 --seconds 40\n"
    "  weir demo --plain --verbose 2>members.log\n"
    "  weir demo --sabotage lose; echo $?\n"
    "  weir demo --bluegreen\n"
    "  weir demo --bluegreen --zookeeper localhost:2181/demo --members 6 --partitions 48\n";

static bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    char *end = NULL;

    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < least ||
        value > most) {
        return false;
    }
    *out = value;
    return true;
}

static bool parse_count(const char *text, uint32_t most, uint32_t *out)
{
    uint64_t value = 0;
    bool good = parse_number(text, 1, most, &value);

    *out = good ? (uint32_t)value : *out;
    return good;
}

static bool parse_sabotage(const char *text, enum demo_sabotage *out)
{
    static const char *const names[] = {[DEMO_SABOTAGE_LOSE] = "lose",
                                        [DEMO_SABOTAGE_REPEAT] = "repeat",
                                        [DEMO_SABOTAGE_REORDER] = "reorder",
                                        [DEMO_SABOTAGE_COMMIT] = "commit"};

    for (size_t i = DEMO_SABOTAGE_LOSE; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum demo_sabotage)i;
            return true;
        }
    }
    return false;
}

static bool take_option(struct demo_plan *plan, int option)
{
    switch (option) {
    case 's':
        return parse_count(optarg, DEMO_SECONDS_MAX, &plan->seconds);
    case 'm':
        return parse_count(optarg, DEMO_MEMBERS_MAX, &plan->members);
    case 'p':
        return parse_count(optarg, DEMO_PARTITIONS_MAX, &plan->partitions);
    case 'r':
        return parse_count(optarg, DEMO_RATE_MAX, &plan->rate);
    case 'e':
        return parse_number(optarg, 0, UINT64_MAX, &plan->seed);
    case 'b':
        return parse_sabotage(optarg, &plan->sabotage);
    case 'g':
        plan->bluegreen = true;
        return true;
    case 'z':
        plan->zookeeper = optarg;
        return true;
    case 'l':
        plan->plain = true;
        return true;
    case 'v':
        plan->verbose = true;
        return true;
    case 'h':
        plan->help = true;
        return true;
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct demo_plan *plan)
{
    static const struct option options[] = {{"seconds", required_argument, NULL, 's'},
                                            {"members", required_argument, NULL, 'm'},
                                            {"partitions", required_argument, NULL, 'p'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"seed", required_argument, NULL, 'e'},
                                            {"sabotage", required_argument, NULL, 'b'},
                                            {"bluegreen", no_argument, NULL, 'g'},
                                            {"zookeeper", required_argument, NULL, 'z'},
                                            {"plain", no_argument, NULL, 'l'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == '?') {
            weir_cli_complain_option(argv);
            return false;
        }
        if (!take_option(plan, option)) {
            (void)fprintf(stderr, "weir: demo: '%s' is not possible there; see weir demo --help\n",
                          optarg);
            return false;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "weir: demo takes no argument '%s'; see weir demo --help\n",
                      argv[optind]);
        return false;
    }
    return true;
}

/* Before anything is shown. */
static bool is_address(const char *text, struct weir_error *error)
{
    struct weir_config *config = NULL;
    bool good =
        weir_config_create(&config) == WEIR_OK &&
        weir_config_set(config, "zookeeper.connect", text, WEIR_CONFIG_ARGUMENT, error) == WEIR_OK;

    weir_config_destroy(config);
    return good;
}

/* Of options that fit, do they fit together? */
static bool judge(const struct demo_plan *plan)
{
    struct weir_error error = {.text = "out of memory"};
    const char *complaint = NULL;

    if (plan->zookeeper != NULL && !plan->bluegreen) {
        complaint = "--zookeeper goes with --bluegreen";
    } else if (plan->bluegreen && plan->members < 2) {
        complaint = "--bluegreen needs a member of each color: --members 2 or more";
    }
    if (complaint == NULL && plan->zookeeper != NULL && !is_address(plan->zookeeper, &error)) {
        complaint = error.text;
    }
    if (complaint != NULL) {
        (void)fprintf(stderr, "weir: demo: %s; see weir demo --help\n", complaint);
    }
    return complaint == NULL;
}

static void fill_in(struct demo_plan *plan)
{
    if (plan->seconds == 0) {
        plan->seconds = plan->bluegreen ? COLORED_SECONDS : SECONDS;
    }
    if (plan->members == 0) {
        plan->members = plan->bluegreen ? COLORED_MEMBERS : MEMBERS;
    }
}

int weir_cmd_demo(int argc, char **argv)
{
    struct demo_plan plan = usual;

    if (!parse(argc, argv, &plan)) {
        return WEIR_EXIT_USAGE;
    }
    if (plan.help) {
        (void)fputs(usage, stdout);
        return WEIR_EXIT_OK;
    }
    fill_in(&plan);
    return judge(&plan) ? demo_run(&plan) : WEIR_EXIT_USAGE;
}
