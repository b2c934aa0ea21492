#include "tools/cmd_config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/config_output.h"
#include "tools/options.h"

static const char help[] =
    "Usage: weir config list  [-o table|json|markdown]\n"
    "       weir config check [-c FILE]... [-X KEY=VALUE]...\n"
    "       weir config dump  [-c FILE]... [-X KEY=VALUE]... [-o table|json|properties]\n"
    "\n"
    "list   shows weir's own keys: default, what is allowed, what it does. Every other key goes\n"
    "       to librdkafka as it is; handler.* goes to the handler.\n"
    "check  says whether a consumer could be started with this configuration, and all that is "
    "wrong.\n"
    "       It connects to nothing. Warnings name what is seldom meant, and known defects of the\n"
    "       librdkafka here that this configuration meets.\n"
    "dump   shows what is effective and where it comes from. Secrets are masked.\n"
    "\n"
    "Options:\n" WEIR_CLI_CONFIG_HELP
    "  -o, --output FORMAT table (default), json, markdown or properties\n"
    "  -h, --help          this text\n"
    "\n"
    "A variable WEIR_BATCH_SIZE in the environment sets weir.batch.size, and so on for every\n"
    "weir.* key. Defaults < files < environment < -X.\n"
    "\n"
    "Examples:\n"
    "  weir config list\n"
    "  weir config check --config orders.properties\n"
    "  weir config check -c common.properties -c secrets.properties -X weir.workers=8\n"
    "  WEIR_ORDER=none weir config dump -c orders.properties -o json\n"
    "\n"
    "check connects to nothing and loads no plug-in: brokers, topics and the file of weir.handler "
    "are\n"
    "judged by weir run.\n"
    "Exit codes: 0 good, 64 wrong usage, 75 try again, 78 the configuration is not acceptable.\n";

struct arguments {
    struct weir_cli_config config;
    enum weir_config_format format;
    bool format_given;
    bool wants_help;
};

static int point_to_help(void)
{
    (void)fputs("Try: weir config --help\n", stderr);
    return WEIR_EXIT_USAGE;
}

static int fail_usage(const char *text)
{
    weir_cli_complain(text);
    return point_to_help();
}

static bool parse_format(const char *word, enum weir_config_format *out)
{
    static const struct {
        const char *word;
        enum weir_config_format format;
    } formats[] = {{"table", WEIR_CONFIG_FORMAT_TABLE},
                   {"json", WEIR_CONFIG_FORMAT_JSON},
                   {"markdown", WEIR_CONFIG_FORMAT_MARKDOWN},
                   {"properties", WEIR_CONFIG_FORMAT_PROPERTIES}};

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].word, word) == 0) {
            *out = formats[i].format;
            return true;
        }
    }
    return false;
}

/* False when an option is wrong; then it has said so. */
static bool parse(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {WEIR_CLI_CONFIG_LONG,
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* begin anew, whatever was parsed before */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "ho:" WEIR_CLI_CONFIG_SHORT, options, NULL)) != -1) {
        if (weir_cli_config_take(&out->config, option, optarg)) {
            continue;
        }
        if (option == 'h') {
            out->wants_help = true;
        } else if (option == 'o') {
            out->format_given = true;
            if (!parse_format(optarg, &out->format)) {
                weir_cli_complain("-o must be table, json, markdown or properties");
                return false;
            }
        } else {
            weir_cli_complain_option(argv);
            return false;
        }
    }
    return true;
}

static int finish(bool printed)
{
    if (!printed) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        weir_cli_complain("standard output cannot be written");
        return WEIR_EXIT_TRY_AGAIN;
    }
    return WEIR_EXIT_OK;
}

static int list(const struct arguments *arguments)
{
    if (arguments->format == WEIR_CONFIG_FORMAT_PROPERTIES) {
        return fail_usage("config list: -o must be table, json or markdown");
    }
    return finish(weir_config_print_keys(stdout, arguments->format));
}

static void warn(const char *sentence, void *user)
{
    (void)user;
    weir_cli_warn(sentence);
}

static int check(const struct arguments *arguments)
{
    struct weir_config *config = NULL;

    if (arguments->format_given) {
        return fail_usage("config check: -o does not go with it");
    }
    int code = weir_cli_config_judge(&arguments->config, &config);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    weir_config_advise(config, warn, NULL);
    weir_config_destroy(config);
    (void)puts("good");
    return finish(true);
}

static int dump(const struct arguments *arguments)
{
    struct weir_config *config = NULL;

    if (arguments->format == WEIR_CONFIG_FORMAT_MARKDOWN) {
        return fail_usage("config dump: -o must be table, json or properties");
    }
    int code = weir_cli_config_build(&arguments->config, &config);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    bool printed = weir_config_print_entries(stdout, arguments->format, config);
    weir_config_destroy(config);
    return finish(printed);
}

int weir_cmd_config(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct arguments *arguments);
    } verbs[] = {{"list", list}, {"check", check}, {"dump", dump}};
    struct arguments arguments = {.format = WEIR_CONFIG_FORMAT_TABLE};

    if (!parse(argc, argv, &arguments)) {
        return point_to_help();
    }
    if (arguments.wants_help) {
        (void)fputs(help, stdout);
        return finish(true);
    }
    if (argc - optind != 1) {
        return fail_usage("config: one of list, check and dump is needed");
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, argv[optind]) == 0) {
            return verbs[i].run(&arguments);
        }
    }
    return fail_usage("config: one of list, check and dump is needed");
}
