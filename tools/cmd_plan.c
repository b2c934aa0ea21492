#include "tools/cmd_plan.h"

#include "tools/options.h"
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
    "\n"
    "Shows which partitions each member of a group would get, and which of them move. The view is "
    "a\n"
    "JSON object: who is there, subscribed to what; which topics with how many partitions; who "
    "has\n"
    "what (may be left out). Of several objects in the file each gets its answer.\n"
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
    "Options:\n"
    "  -s, --strategy NAME range, roundrobin, sticky, static, or the path of a plug-in\n"
    "  -v, --view FILE     read views from there; - is standard input\n"
    "  -o, --output FORMAT table (default) or json, one line for each view:\n"
    "                      {\"assignment\":{\"m1\":{\"t1\":[0,1]}},\"moves\":0}\n"
    "  -h, --help          this text\n"
    "\n"
    "Examples:\n"
    "  weir plan --strategy range --view view.json\n"
    "  weir plan --strategy ./weighted.so --view - -o json < views.json\n"
    "\n"
    "Exit codes: 0 good, 64 wrong usage, 75 try again, 78 the view or the plug-in is not "
    "acceptable,\n"
    "or the strategy cannot divide it.\n";

struct arguments {
    const char *strategy;
    const char *view;
    plan_write_fn *write;
    bool wants_help;
};

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
    weir_cli_complain("-o must be table or json");
    return false;
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
    default:
        weir_cli_complain_option(argv);
        return false;
    }
}

static bool parse(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {{"strategy", required_argument, NULL, 's'},
                                            {"view", required_argument, NULL, 'v'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "hs:v:o:", options, NULL)) != -1) {
        if (!take(option, argv, out)) {
            return false;
        }
    }
    if (out->wants_help) {
        return true;
    }
    if (optind < argc) {
        weir_cli_complain("plan: takes no arguments but options");
        return false;
    }
    if (out->strategy == NULL || out->view == NULL) {
        weir_cli_complain(out->strategy == NULL ? "plan: --strategy is needed"
                                                : "plan: --view is needed");
        return false;
    }
    return true;
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
        if (fflush(stdout) != 0 || ferror(stdout)) {
            weir_cli_complain("standard output cannot be written");
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

static int run(const struct arguments *arguments, const struct weir_strategy *strategy)
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

int weir_cmd_plan(int argc, char **argv)
{
    struct arguments arguments = {.write = plan_write_table};
    struct weir_strategy_source *source = NULL;
    struct weir_error error = {.code = WEIR_OK};

    if (!parse(argc, argv, &arguments)) {
        (void)fputs("Try: weir plan --help\n", stderr);
        return WEIR_EXIT_USAGE;
    }
    if (arguments.wants_help) {
        (void)fputs(help, stdout);
        return WEIR_EXIT_OK;
    }
    enum weir_status status = weir_strategy_open(arguments.strategy, &source, &error);
    if (status != WEIR_OK) {
        weir_cli_complain(error.text);
        return status == WEIR_ERR_NOT_FOUND ? WEIR_EXIT_USAGE : weir_cli_exit(status);
    }
    int code = run(&arguments, weir_strategy_opened(source));
    weir_strategy_close(source);
    return code;
}
