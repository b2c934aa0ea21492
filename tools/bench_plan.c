#include "tools/bench_plan.h"

#include "tools/bench_part.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: weir bench [-c FILE]... [-X KEY=VALUE]... [OPTION]...\n"
    "Measures weir on your cluster beside a bare loop of librdkafka: makes a topic of its own\n"
    "(weir-bench-...), fills it, consumes it in turn with both, and deletes it.\n"
    "\n" WEIR_CLI_CONFIG_HELP "      --records N       in the topic (1000000)\n"
    "      --rounds N        that count (5); one more warms up\n"
    "      --order LIST      of partition,key,none (all)\n"
    "      --partitions N    of the topic (8)\n"
    "      --busy N          partitions that hold records (all)\n"
    "      --replicas N      of the topic (what the brokers do by default)\n"
    "      --value-size N    bytes (100)\n"
    "      --keys N          different ones (100000)\n"
    "      --zipf S          the nth key comes in proportion to 1 / n^S\n"
    "      --members N       processes of one consumer group (0: one process without a group)\n"
    "      --workers N       weir.workers (what is configured)\n"
    "      --handler-ms MS   the handler sleeps so long for each record; beside the ideal in "
    "place\n"
    "                        of the bare loop\n"
    "      --delays RATE     so many records are sent a second while they are consumed, and the\n"
    "                        time from sending to handling is measured\n"
    "      --sweep KEY=V,... weir with each of these values\n"
    "      --bare KEY=VALUE  a property of librdkafka for the bare loop; may be repeated\n"
    "  -o, --output F        table (default) or json\n"
    "  -h, --help            this text\n"
    "\n"
    "Each round runs the bare loop and then weir once per order (and value of --sweep), so that\n"
    "all meet the same noise; a ratio compares two runs of one round. Only the time from the "
    "first\n"
    "record to the last counts, processor time too. The bare loop takes 1000 messages a call (one\n"
    "with --delays), with librdkafka's defaults and no commits; weir commits as it goes. -X goes "
    "to\n"
    "both where it is librdkafka's. What decides what is consumed is left out.\n"
    "Each run is a process of its own: weir bench fill, bare, engine, clean.\n"
    "Ctrl-C ends it and deletes what it made; pressed again, it does not wait for that.\n"
    "Exit codes: 0 measured, 64 usage, 69 the cluster refuses, 75 interrupted or not finished,\n"
    "78 configuration.\n"
    "\n"
    "Examples:\n"
    "  weir bench -c orders.properties\n"
    "  weir bench -X bootstrap.servers=localhost:9092 --order key --rounds 9 --records 3000000\n"
    "  weir bench -c orders.properties --sweep weir.workers=1,8,64 --order none\n"
    "  weir bench -c orders.properties --members 3 --partitions 24\n"
    "  weir bench -c orders.properties --handler-ms 10 --workers 100 -X weir.batch.size=1 \\\n"
    "             --records 100000 --order none\n"
    "  weir bench -c orders.properties --delays 500 --records 5000\n";

void weir_bench_plan_usage(void)
{
    (void)fputs(usage, stdout);
}

static bool take_real(const char *text, double *out)
{
    char *end = NULL;
    double value = strtod(text, &end);

    *out = value;
    return end != text && *end == '\0' && value > 0 && value < 1e9;
}

static bool take_orders(struct weir_bench_plan *plan, char *list)
{
    static const char *const known[WEIR_BENCH_ORDERS] = {"partition", "key", "none"};
    char *rest = NULL;

    plan->order_count = 0;
    for (char *word = strtok_r(list, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        size_t i = 0;
        while (i < WEIR_BENCH_ORDERS && strcmp(word, known[i]) != 0) {
            i++;
        }
        if (i == WEIR_BENCH_ORDERS || plan->order_count == WEIR_BENCH_ORDERS) {
            return false;
        }
        plan->orders[plan->order_count++] = word;
    }
    return plan->order_count > 0;
}

static bool take_sweep(struct weir_bench_plan *plan, char *text)
{
    char *rest = NULL;
    char *equals = strchr(text, '=');

    plan->value_count = 0;
    if (equals == NULL || equals == text) {
        return false;
    }
    *equals = '\0';
    plan->sweep_key = text;
    for (char *word = strtok_r(equals + 1, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        if (plan->value_count == WEIR_BENCH_VALUES_MAX) {
            return false;
        }
        plan->values[plan->value_count++] = word;
    }
    return plan->value_count > 0;
}

static bool take_bare(struct weir_bench_plan *plan, const char *pair)
{
    if (plan->bare_count == WEIR_BENCH_BARE_MAX || strchr(pair, '=') == NULL) {
        return false;
    }
    plan->bare[plan->bare_count++] = pair;
    return true;
}

static bool take_output(struct weir_bench_plan *plan, const char *name)
{
    plan->json = strcmp(name, "json") == 0;
    return plan->json || strcmp(name, "table") == 0;
}

/* Options that are a whole number: where it goes and what it is at the least. */
static bool take_number(struct weir_bench_plan *plan, int option, const char *text)
{
    const struct {
        int option;
        int64_t *out;
        int64_t least;
        int64_t most;
    } numbers[] = {
        {'r', &plan->records, 2, INT64_MAX},    {'n', &plan->rounds, 1, WEIR_BENCH_ROUNDS_MAX},
        {'p', &plan->partitions, 1, INT32_MAX}, {'b', &plan->busy, 1, INT32_MAX},
        {'R', &plan->replicas, 1, INT16_MAX},   {'v', &plan->value_size, 8, 1 << 20},
        {'k', &plan->keys, 1, INT32_MAX},       {'m', &plan->members, 1, WEIR_BENCH_MEMBERS_MAX},
        {'w', &plan->workers, 1, 4096},         {'d', &plan->delays, 1, 1000000}};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].option == option) {
            return weir_bench_number(text, numbers[i].least, numbers[i].out) &&
                   *numbers[i].out <= numbers[i].most;
        }
    }
    return weir_cli_config_take(&plan->cli, option, text);
}

static bool take_option(struct weir_bench_plan *plan, int option)
{
    switch (option) {
    case 'h':
        plan->help = true;
        return true;
    case 'o':
        return take_output(plan, optarg);
    case 'O':
        return take_orders(plan, optarg);
    case 's':
        return take_sweep(plan, optarg);
    case 'B':
        return take_bare(plan, optarg);
    case 'z':
        return take_real(optarg, &plan->zipf);
    case 'H':
        return take_real(optarg, &plan->handler_ms);
    default:
        return take_number(plan, option, optarg);
    }
}

/* What does not go together. */
static const char *contradiction(const struct weir_bench_plan *plan)
{
    bool sweeps_workers = plan->sweep_key != NULL && strcmp(plan->sweep_key, "weir.workers") == 0;

    if (plan->busy > plan->partitions) {
        return "bench: --busy is more than --partitions";
    }
    if (plan->delays > 0 && (plan->handler_ms > 0 || plan->zipf > 0 || plan->members > 0)) {
        return "bench: --delays goes without --handler-ms, --zipf and --members";
    }
    if (plan->handler_ms > 0 && sweeps_workers) {
        return "bench: --handler-ms wants --workers in place of a sweep of weir.workers";
    }
    return NULL;
}

static const struct option options[] = {{"records", required_argument, NULL, 'r'},
                                        {"rounds", required_argument, NULL, 'n'},
                                        {"order", required_argument, NULL, 'O'},
                                        {"partitions", required_argument, NULL, 'p'},
                                        {"busy", required_argument, NULL, 'b'},
                                        {"replicas", required_argument, NULL, 'R'},
                                        {"value-size", required_argument, NULL, 'v'},
                                        {"keys", required_argument, NULL, 'k'},
                                        {"zipf", required_argument, NULL, 'z'},
                                        {"members", required_argument, NULL, 'm'},
                                        {"workers", required_argument, NULL, 'w'},
                                        {"handler-ms", required_argument, NULL, 'H'},
                                        {"delays", required_argument, NULL, 'd'},
                                        {"sweep", required_argument, NULL, 's'},
                                        {"bare", required_argument, NULL, 'B'},
                                        {"output", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        WEIR_CLI_CONFIG_LONG,
                                        {NULL, 0, NULL, 0}};

bool weir_bench_plan_parse(struct weir_bench_plan *plan, int argc, char **argv)
{
    int option = 0;

    *plan = (struct weir_bench_plan){.records = 1000000,
                                     .rounds = 5,
                                     .partitions = 8,
                                     .keys = 100000,
                                     .value_size = 100,
                                     .orders = {"partition", "key", "none"},
                                     .order_count = WEIR_BENCH_ORDERS,
                                     .values = {""},
                                     .value_count = 1};
    opterr = 0;
    while ((option = getopt_long(argc, argv, "ho:" WEIR_CLI_CONFIG_SHORT, options, NULL)) != -1) {
        if (!take_option(plan, option)) {
            weir_cli_complain_option(argv);
            return false;
        }
    }
    plan->busy = plan->busy > 0 ? plan->busy : plan->partitions;
    const char *wrong =
        optind < argc ? "bench takes no such argument; see weir bench --help" : contradiction(plan);
    if (wrong != NULL) {
        weir_cli_complain(wrong);
    }
    return wrong == NULL;
}
