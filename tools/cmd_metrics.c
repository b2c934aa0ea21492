#include "tools/cmd_metrics.h"

#include "tools/options.h"
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <weir/consumer.h>
#include <weir/metrics.h>

static const char help[] =
    "Usage: weir metrics list [-o table|json|markdown]\n"
    "\n"
    "list   shows everything that a consumer measures: counters, which only grow; gauges, which\n"
    "       say how things stand; histograms of durations. A running consumer says them all in\n"
    "       its log on SIGUSR1 and at its end.\n"
    "\n"
    "Options:\n"
    "  -o, --output FORMAT table (default), json or markdown\n"
    "  -h, --help          this text\n"
    "\n"
    "Examples:\n"
    "  weir metrics list\n"
    "  kill -USR1 $(pidof weir)\n"
    "\n"
    "Exit codes: 0 good, 64 wrong usage, 75 try again.\n";

static const struct metric {
    const char *kind;
    const char *name;
    const char *unit; /* of a histogram: what is counted */
    const char *sentence;
} metrics[] = {
#define COUNTER_ROW(id, name, unit, sentence)   {"counter", name, unit, sentence},
#define GAUGE_ROW(id, name, unit, sentence)     {"gauge", name, unit, sentence},
#define HISTOGRAM_ROW(id, name, unit, sentence) {"histogram", name, unit, sentence},
    WEIR_COUNTER_TABLE(COUNTER_ROW) WEIR_GAUGE_TABLE(GAUGE_ROW) WEIR_HISTOGRAM_TABLE(HISTOGRAM_ROW)
#undef COUNTER_ROW
#undef GAUGE_ROW
#undef HISTOGRAM_ROW
};

enum { METRICS = sizeof metrics / sizeof metrics[0] };

static bool print_table(void)
{
    (void)printf("%-24s %-10s %-11s %s\n", "METRIC", "KIND", "UNIT", "WHAT IT SAYS");
    for (size_t i = 0; i < METRICS; i++) {
        (void)printf("%-24s %-10s %-11s %s\n", metrics[i].name, metrics[i].kind, metrics[i].unit,
                     metrics[i].sentence);
    }
    return true;
}

static bool print_markdown(void)
{
    (void)puts("| metric | kind | unit | what it says |\n|---|---|---|---|");
    for (size_t i = 0; i < METRICS; i++) {
        (void)printf("| `%s` | %s | %s | %s |\n", metrics[i].name, metrics[i].kind, metrics[i].unit,
                     metrics[i].sentence);
    }
    return true;
}

static bool print_json(void)
{
    json_t *array = json_array();
    bool whole = array != NULL;

    for (size_t i = 0; i < METRICS && whole; i++) {
        whole =
            json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s}", "name", metrics[i].name,
                                                   "kind", metrics[i].kind, "unit", metrics[i].unit,
                                                   "description", metrics[i].sentence)) == 0;
    }
    if (whole) {
        (void)json_dumpf(array, stdout, JSON_INDENT(2));
        (void)putchar('\n');
    }
    json_decref(array);
    return whole;
}

static const struct {
    const char *word;
    bool (*print)(void);
} formats[] = {{"table", print_table}, {"json", print_json}, {"markdown", print_markdown}};

struct arguments {
    bool (*print)(void);
    bool wants_help;
};

static bool parse_format(const char *word, struct arguments *out)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].word, word) == 0) {
            out->print = formats[i].print;
            return true;
        }
    }
    weir_cli_complain("-o must be table, json or markdown");
    return false;
}

/* False when an option is wrong; then it has said so. */
static bool parse(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
        if (option == 'h') {
            out->wants_help = true;
        } else if (option != 'o') {
            weir_cli_complain_option(argv);
            return false;
        } else if (!parse_format(optarg, out)) {
            return false;
        }
    }
    if (!out->wants_help && (argc - optind != 1 || strcmp(argv[optind], "list") != 0)) {
        weir_cli_complain("metrics: list is needed");
        return false;
    }
    return true;
}

int weir_cmd_metrics(int argc, char **argv)
{
    struct arguments arguments = {.print = print_table};

    if (!parse(argc, argv, &arguments)) {
        (void)fputs("Try: weir metrics --help\n", stderr);
        return WEIR_EXIT_USAGE;
    }
    if (arguments.wants_help) {
        (void)fputs(help, stdout);
    } else if (!arguments.print()) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        weir_cli_complain("standard output cannot be written");
        return WEIR_EXIT_TRY_AGAIN;
    }
    return WEIR_EXIT_OK;
}
