/* Which sub-command was asked for? */
#include "tools/cmd_bench.h"
#include "tools/cmd_config.h"
#include "tools/cmd_demo.h"
#include "tools/cmd_lag.h"
#include "tools/cmd_metrics.h"
#include "tools/cmd_offsets.h"
#include "tools/cmd_plan.h"
#include "tools/cmd_run.h"
#include "tools/cmd_status.h"
#include "tools/cmd_switch.h"
#include "tools/options.h"
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *sentence;
} commands[] = {
    {"run", weir_cmd_run, "run a consumer with a handler plug-in"},
    {"demo", weir_cmd_demo, "half a minute of weir without a Kafka"},
    {"status", weir_cmd_status, "who is in a group, and what each member has"},
    {"lag", weir_cmd_lag, "how far a group is behind"},
    {"offsets", weir_cmd_offsets, "show, export, import, reset and copy a group's offsets"},
    {"switch", weir_cmd_switch, "hand a group from one color to another"},
    {"bench", weir_cmd_bench, "measure weir on your cluster"},
    {"plan", weir_cmd_plan, "show the assignment a strategy would make"},
    {"config", weir_cmd_config, "check, dump and list configuration"},
    {"metrics", weir_cmd_metrics, "list what a consumer measures"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *out)
{
    (void)fputs(
        "Usage: weir COMMAND [OPTION]...\n"
        "A Kafka consumer framework: weir keeps a reservoir of records per partition, runs\n"
        "your handler on batches, and commits what is done.\n\n",
        out);
    for (size_t i = 0; i < COMMANDS; i++) {
        (void)fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].sentence);
    }
    (void)fputs("\nweir COMMAND --help says more, with examples. weir --version says which.\n",
                out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return WEIR_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return WEIR_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("weir %s\n", WEIR_VERSION);
        return WEIR_EXIT_OK;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "weir: no command '%s'; see weir --help\n", argv[1]);
    return WEIR_EXIT_USAGE;
}
