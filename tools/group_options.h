/* What do the commands that look at a group have in common? */
#ifndef WEIR_TOOLS_GROUP_OPTIONS_H
#define WEIR_TOOLS_GROUP_OPTIONS_H

#include "tools/choice.h"
#include "tools/group_source.h"
#include "tools/options.h"

/* -c and -X, --topic, --timeout, -o table|json, --help and, where the command lets them in,
 * --watch. The letters of these options are c, X, t, T, o, h and w. Memory: the heap, freed by
 * fini; begin with WEIR_GROUP_OPTIONS_PRESET. */
struct weir_group_options {
    struct weir_cli_config cli;
    struct weir_choice choice;
    int64_t timeout_ms;
    int64_t watch_ms; /* 0: once */
    bool json;
    bool help;
    bool said; /* what is wrong was said already */
};

enum { WEIR_GROUP_TIMEOUT_MS = 15000, WEIR_EXIT_NO_GROUP = 1 };

#define WEIR_GROUP_OPTIONS_PRESET                                                                  \
    {                                                                                              \
        .timeout_ms = WEIR_GROUP_TIMEOUT_MS                                                        \
    }
#define WEIR_GROUP_SHORT "ho:" WEIR_CLI_CONFIG_SHORT
#define WEIR_GROUP_LONG                                                                            \
    {"topic", required_argument, NULL, 't'}, {"timeout", required_argument, NULL, 'T'},            \
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'},                \
        WEIR_CLI_CONFIG_LONG
#define WEIR_GROUP_WATCH_LONG                                                                      \
    {                                                                                              \
        "watch", optional_argument, NULL, 'w'                                                      \
    }
#define WEIR_GROUP_HELP                                                                            \
    WEIR_CLI_CONFIG_HELP                                                                           \
    "      --topic T[:P]   only these: orders, orders:3 or orders:0-3,7; may be repeated\n"        \
    "      --timeout S     how long an answer may take, in seconds (15)\n"                         \
    "  -o, --output FORMAT table (default) or json\n"                                              \
    "  -h, --help          this text\n"
#define WEIR_GROUP_WATCH_HELP                                                                      \
    "      --watch[=S]     again every S seconds (2), until Ctrl-C; on a terminal in place\n"

/* False when it is none of them, or its argument is wrong. */
bool weir_group_options_take(struct weir_group_options *options, int option, const char *argument);
void weir_group_options_fini(struct weir_group_options *options);

/* For what comes next from a command line that getopt_long has read: the group, or NULL when it is
 * not there. False, and said, when there is more. */
bool weir_group_argument(int argc, char *const *argv, const char **out);
/* Flushes what was printed; `code`, or the exit code for what could not be. */
int weir_group_finish(int code);
/* Says that there is no such group; WEIR_EXIT_NO_GROUP. */
int weir_group_none(const char *group);
/* The library may hang, and the command must not. Once. */
void weir_group_bound(const struct weir_group_options *options);

#endif /* WEIR_TOOLS_GROUP_OPTIONS_H */
