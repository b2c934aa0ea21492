#include "tools/cmd_plan.h"

#include "tools/options.h"
#include "tools/plan_live.h"
#include "tools/plan_read.h"
#include "tools/plan_write.h"
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/plan.h>

static const char help[] =
    "Usage: weir plan --strategy NAME|FILE --view FILE|- [-o table|json]\n"
    "       weir plan [GROUP] [-c FILE]... [-X KEY=VALUE]... [--strategy NAME|FILE]\n"
    "                 [-o table|json|view]\n"
    "\n"
    "Shows which partitions each member of a group would get, and which of them move: of a group "
    "that\n"
    "runs, or of views in a file. A view is a JSON object: who is there, subscribed to what; "
    "which\n"
    "topics with how many partitions; who has what (may be left out). Of several objects in the "
    "file\n"
    "each gets its answer.\n"
    "\n"
    "  "
    "{\"members\":{\"m1\":[\"t1\",\"t2\"]},\"topics\":{\"t1\":12},\"owned\":{\"m1\":{\"t1\":[0]}}}"
    "\n"
    "\n"
    "A member can be an object: "
    "{\"topics\":[\"t1\"],\"capacity\":2,\"rack\":\"a\",\"partitions\":\"t1:0-3\"}.\n"
    "A subscription to a topic that is not there is ignored. A partition moves when somebody had "
    "it\n"
    "and somebody else gets it. docs/strategies.md says what each strategy promises.\n"
    "\n"
    "Of a group in ZooKeeper (weir.coordinator=zookeeper) the view is what its members read "
    "there.\n"
    "The brokers tell who is in a group and has what, but not who subscribes to what: everybody "
    "is\n"
    "taken to subscribe to all topics that the group has partitions of.\n"
    "\n"
    "Options:\n"
    "  -s, --strategy NAME range, roundrobin, sticky, static, or the path of a plug-in; else\n"
    "                      weir.strategy, for a group in ZooKeeper\n"
    "  -v, --view FILE     read views from there; - is standard input\n" WEIR_CLI_CONFIG_HELP
    "      --timeout S     how long an answer may take, in seconds (15)\n"
    "  -o, --output FORMAT table (default) or json, one line for each view:\n"
    "                      {\"assignment\":{\"m1\":{\"t1\":[0,1]}},\"moves\":0}; or view: the view "
    "itself,\n"
    "                      to change and plan with\n"
    "  -h, --help          this text\n"
    "\n"
    "Examples:\n"
    "  weir plan --strategy range --view view.json\n"
    "  weir plan --strategy ./weighted.so --view - -o json < views.json\n"
    "  weir plan -c orders.properties --strategy roundrobin\n"
    "  weir plan -c orders.properties -o view > view.json\n"
    "\n"
    "Exit codes: 0 good, 1 the group has no members, 64 wrong usage, 69 the cluster or ZooKeeper "
    "does\n"
    "not answer or refuses, 75 try again, 78 the view, the configuration or the plug-in is not\n"
    "acceptable, or the strategy cannot divide it.\n";

struct arguments {
    const char *strategy;
    const char *view;
    plan_write_fn *write; /* NULL: the view itself */
    struct weir_cli_config cli;
    const char *group;
    int64_t timeout_ms;
    bool wants_help;
};

enum { TIMEOUT_S = 15, TIMEOUT_S_MAX = 600, MS_PER_S = 1000 };

static bool parse_format(const char *word, struct arguments *out)
{
    if (strcmp(word, "table") == 0) {
        out->write = plan_write_table;
        return true;
    }
    if (strcmp(word, "json") == 0) {
        out->write = plan_write_json;
        return true;
    }
    if (strcmp(word, "view") == 0) {
        out->write = NULL;
        return true;
    }
    weir_cli_complain("-o must be table, json or view");
    return false;
}

static bool parse_timeout(char **argv, struct arguments *out)
{
    int64_t seconds = 0;

    if (!weir_cli_number(optarg, 1, TIMEOUT_S_MAX, &seconds)) {
        weir_cli_complain_option(argv);
        return false;
    }
    out->timeout_ms = seconds * MS_PER_S;
    return true;
}

/* False when an option is wrong; then it has said so. */
static bool take(int option, char **argv, struct arguments *out)
{
    switch (option) {
    case 'h':
        out->wants_help = true;
        return true;
    case 's':
        out->strategy = optarg;
        return true;
    case 'v':
        out->view = optarg;
        return true;
    case 'o':
        return parse_format(optarg, out);
    case 'T':
        return parse_timeout(argv, out);
    default:
        if (weir_cli_config_take(&out->cli, option, optarg)) {
            return true;
        }
        weir_cli_complain_option(argv);
        return false;
    }
}

static bool is_live(const struct arguments *arguments)
{
    return arguments->cli.file_count > 0 || arguments->cli.setting_count > 0;
}

/* What is wrong with all of it together, or NULL. */
static const char *judge(const struct arguments *arguments, int words)
{
    if (is_live(arguments)) {
        return arguments->view != NULL ? "plan: --view does not go with -c and -X"
               : words > 1             ? "plan: one group is planned for at a time"
                                       : NULL;
    }
    if (words > 0) {
        return "plan: takes no arguments but options, or a group with -c or -X";
    }
    if (arguments->view == NULL) {
        return "plan: --view is needed, or -c for a group that runs";
    }
    if (arguments->write == NULL) {
        return "plan: -o view is of a group that runs: -c is needed";
    }
    return arguments->strategy == NULL ? "plan: --strategy is needed" : NULL;
}

static bool parse(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {{"strategy", required_argument, NULL, 's'},
                                            {"view", required_argument, NULL, 'v'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"timeout", required_argument, NULL, 'T'},
                                            {"help", no_argument, NULL, 'h'},
                                            WEIR_CLI_CONFIG_LONG,
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "hs:v:o:" WEIR_CLI_CONFIG_SHORT, options, NULL)) !=
           -1) {
        if (!take(option, argv, out)) {
            return false;
        }
    }
    if (out->wants_help) {
        return true;
    }
    const char *wrong = judge(out, argc - optind);
    if (wrong != NULL) {
        weir_cli_complain(wrong);
        return false;
    }
    out->group = optind < argc ? argv[optind] : NULL;
    return true;
}

static int finish(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        weir_cli_complain("standard output cannot be written");
        return WEIR_EXIT_TRY_AGAIN;
    }
    return code;
}

/* Asks and shows. The view is finished by it. */
static enum weir_status answer(const struct arguments *arguments,
                               const struct weir_strategy *strategy, struct weir_view *view,
                               struct weir_error *error)
{
    const struct weir_strategy_view *group = NULL;

    enum weir_status status = weir_view_finish(view, &group, error);
    if (status != WEIR_OK) {
        return status == WEIR_ERR_INVALID ? WEIR_ERR_CONFIG : status;
    }
    uint32_t *owners = calloc(group->partition_count + 1, sizeof *owners);
    if (owners == NULL) {
        return WEIR_ERR_NOMEM;
    }
    status = weir_strategy_ask(strategy, group, owners, error);
    if (status == WEIR_OK) {
        const struct plan_answer plan = {strategy->name, view, group, owners};
        status = arguments->write(stdout, &plan) ? WEIR_OK : WEIR_ERR_NOMEM;
    }
    free(owners);
    return status;
}

/* A failure of the view as a whole is told with the line it ends on. */
static void complain(const struct plan_input *input, enum weir_status status,
                     const struct weir_error *error, bool located)
{
    char text[WEIR_ERROR_TEXT_SIZE + 128];

    if (status == WEIR_ERR_NOMEM || located) {
        weir_cli_complain(status == WEIR_ERR_NOMEM ? "out of memory" : error->text);
        return;
    }
    (void)snprintf(text, sizeof text, "%.64s: line %zu: %s", input->name, input->line, error->text);
    weir_cli_complain(text);
}

static int answer_all(const struct arguments *arguments, const struct weir_strategy *strategy,
                      struct plan_input *input)
{
    struct weir_error error = {.code = WEIR_OK};
    struct weir_view *view = NULL;
    enum weir_status status;
    bool first = true;

    while ((status = plan_read(input, &view, &error)) == WEIR_OK && view != NULL) {
        if (!first && arguments->write == plan_write_table) {
            (void)putchar('\n');
        }
        first = false;
        status = answer(arguments, strategy, view, &error);
        weir_view_destroy(view);
        if (status != WEIR_OK) {
            complain(input, status, &error, false);
            return weir_cli_exit(status);
        }
        if (finish(WEIR_EXIT_OK) != WEIR_EXIT_OK) {
            return WEIR_EXIT_TRY_AGAIN;
        }
    }
    if (status != WEIR_OK) {
        complain(input, status, &error, true);
        return weir_cli_exit(status);
    }
    if (first) {
        weir_cli_complain("plan: there is no view in it");
        return WEIR_EXIT_CONFIG;
    }
    return WEIR_EXIT_OK;
}

static int run_file(const struct arguments *arguments, const struct weir_strategy *strategy)
{
    bool standard = strcmp(arguments->view, "-") == 0;
    struct plan_input input = {standard ? "standard input" : arguments->view, stdin, 1};

    if (!standard) {
        input.stream = fopen(arguments->view, "re");
        if (input.stream == NULL) {
            char text[WEIR_ERROR_TEXT_SIZE];
            (void)snprintf(text, sizeof text, "%.200s: cannot be opened: %s", arguments->view,
                           strerror(errno));
            weir_cli_complain(text);
            return WEIR_EXIT_CONFIG;
        }
    }
    int code = answer_all(arguments, strategy, &input);
    if (!standard) {
        (void)fclose(input.stream);
    }
    return code;
}

/* The live view, as if it had been in a file. */
static int run_text(const struct arguments *arguments, const struct weir_strategy *strategy,
                    char *text)
{
    struct plan_input input = {"the group's view", fmemopen(text, strlen(text), "r"), 1};

    if (input.stream == NULL) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    int code = answer_all(arguments, strategy, &input);
    (void)fclose(input.stream);
    return code;
}

static int print_view(const char *view)
{
    (void)fputs(view, stdout);
    (void)fputc('\n', stdout);
    return finish(WEIR_EXIT_OK);
}

static int open_strategy(const char *name, struct weir_strategy_source **out)
{
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status = weir_strategy_open(name, out, &error);

    if (status != WEIR_OK) {
        weir_cli_complain(error.text);
    }
    return status == WEIR_ERR_NOT_FOUND ? WEIR_EXIT_USAGE : weir_cli_exit(status);
}

static int run_live(const struct arguments *arguments)
{
    struct plan_live live;
    struct weir_strategy_source *source = NULL;
    int code = plan_live_look(&arguments->cli, arguments->group, arguments->timeout_ms, &live);
    const char *name = arguments->strategy != NULL ? arguments->strategy : live.strategy;

    if (code == WEIR_EXIT_OK && arguments->write == NULL) {
        code = print_view(live.view);
    } else if (code == WEIR_EXIT_OK && name == NULL) {
        weir_cli_complain("plan: --strategy is needed: the brokers divide this group, and "
                          "weir.strategy is not theirs");
        code = WEIR_EXIT_USAGE;
    } else if (code == WEIR_EXIT_OK) {
        code = open_strategy(name, &source);
        code = code != WEIR_EXIT_OK ? code
                                    : run_text(arguments, weir_strategy_opened(source), live.view);
    }
    weir_strategy_close(source);
    plan_live_fini(&live);
    return code;
}

int weir_cmd_plan(int argc, char **argv)
{
    struct arguments arguments = {.write = plan_write_table,
                                  .timeout_ms = (int64_t)TIMEOUT_S * MS_PER_S};
    struct weir_strategy_source *source = NULL;

    if (!parse(argc, argv, &arguments)) {
        (void)fputs("Try: weir plan --help\n", stderr);
        return WEIR_EXIT_USAGE;
    }
    if (arguments.wants_help) {
        (void)fputs(help, stdout);
        return WEIR_EXIT_OK;
    }
    if (is_live(&arguments)) {
        return run_live(&arguments);
    }
    int code = open_strategy(arguments.strategy, &source);
    code = code != WEIR_EXIT_OK ? code : run_file(&arguments, weir_strategy_opened(source));
    weir_strategy_close(source);
    return code;
}
