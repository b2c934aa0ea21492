/* Which configuration did the command line ask for? */
#ifndef WEIR_TOOLS_OPTIONS_H
#define WEIR_TOOLS_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/config.h>
#include <weir/consumer.h>

/* Exit codes of the command, as in sysexits.h. */
enum weir_exit {
    WEIR_EXIT_OK = 0,
    WEIR_EXIT_USAGE = 64,
    WEIR_EXIT_UNAVAILABLE = 69,
    WEIR_EXIT_TRY_AGAIN = 75,
    WEIR_EXIT_CONFIG = 78
};

enum { WEIR_CLI_FILES_MAX = 64, WEIR_CLI_SETTINGS_MAX = 1024 };

/* What every sub-command that needs a configuration takes:
 *     -c FILE, --config FILE   a .properties file; may be repeated, a later one wins
 *     -X KEY=VALUE             one key; may be repeated, wins over files and environment
 *     WEIR_BATCH_SIZE=100      in the environment is weir.batch.size=100; only weir.* keys can be
 *                              set this way, and an empty variable counts as none
 * Put the two macros into the tables of getopt_long, hand what it finds to weir_cli_config_take,
 * and build the configuration at the end:
 *     struct weir_cli_config cli = {0};
 *     while ((option = getopt_long(argc, argv, "ho:" WEIR_CLI_CONFIG_SHORT, options, NULL)) != -1)
 *         if (weir_cli_config_take(&cli, option, optarg)) { continue; } ...
 *     int code = weir_cli_config_build(&cli, &config);
 * Memory: borrows from argv. */
struct weir_cli_config {
    const char *files[WEIR_CLI_FILES_MAX];
    size_t file_count;
    const char *settings[WEIR_CLI_SETTINGS_MAX];
    size_t setting_count;
    bool too_many;
};

#define WEIR_CLI_CONFIG_SHORT "c:X:"
#define WEIR_CLI_CONFIG_LONG                                                                       \
    {                                                                                              \
        "config", required_argument, NULL, 'c'                                                     \
    }
#define WEIR_CLI_CONFIG_HELP                                                                       \
    "  -c, --config FILE   read a .properties file; may be repeated, a later one wins\n"           \
    "  -X KEY=VALUE        set one key; may be repeated, wins over files and environment\n"

/* False when the option is not one of the two. */
bool weir_cli_config_take(struct weir_cli_config *cli, int option, const char *argument);

/* Files, then environment, then -X. WEIR_EXIT_OK and *out for the caller to destroy, or the exit
 * code; then it has said on standard error all that is wrong. Does not check the whole. */
int weir_cli_config_build(const struct weir_cli_config *cli, struct weir_config **out);
/* The same, and the whole must be good. */
int weir_cli_config_judge(const struct weir_cli_config *cli, struct weir_config **out);

/* A whole number within these bounds. */
bool weir_cli_number(const char *text, int64_t least, int64_t most, int64_t *out);

/* The exit code for a failed call. */
int weir_cli_exit(enum weir_status status);

/* Says which option getopt_long did not take, without what follows its =, which may be a secret.
 * Set opterr to 0, call it when getopt_long answers '?' or your own check of an argument fails. */
void weir_cli_complain_option(char *const *argv);

/* One line on standard error: "weir: TEXT", or what the log would make of it. Takes no lock. */
void weir_cli_complain(const char *text);
/* The same, as a warning. */
void weir_cli_warn(const char *text);
/* From now on complaints and warnings are lines of this log. */
void weir_cli_complain_in(weir_log_fn *log);

#endif /* WEIR_TOOLS_OPTIONS_H */
