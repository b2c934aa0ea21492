#include "tools/group_options.h"

#include "tools/cut_off.h"
#include <stdio.h>
#include <string.h>

enum {
    MS_PER_S = 1000,
    TIMEOUT_S_MAX = 600,
    WATCH_S_MAX = 3600,
    WATCH_S = 2,
    TEXT_SIZE = 512,
    CALLS_MAX = 6, /* that take a timeout each, in one command */
    GRACE_MS = 10000
};

static bool take_topic(struct weir_group_options *options, const char *argument)
{
    char why[WEIR_CHOICE_WHY_SIZE];
    char text[TEXT_SIZE];

    if (weir_choice_add(&options->choice, argument, why)) {
        return true;
    }
    (void)snprintf(text, sizeof text, "--topic: %s", why);
    weir_cli_complain(text);
    options->said = true;
    return false;
}

static bool take_seconds(const char *argument, int64_t most_s, int64_t *out_ms)
{
    int64_t seconds = 0;
    bool good = weir_cli_number(argument, 1, most_s, &seconds);

    *out_ms = good ? seconds * MS_PER_S : *out_ms;
    return good;
}

static bool take_format(struct weir_group_options *options, const char *argument)
{
    options->json = strcmp(argument, "json") == 0;
    if (!options->json && strcmp(argument, "table") != 0) {
        weir_cli_complain("-o must be table or json");
        options->said = true;
        return false;
    }
    return true;
}

bool weir_group_options_take(struct weir_group_options *options, int option, const char *argument)
{
    switch (option) {
    case 't':
        return take_topic(options, argument);
    case 'T':
        return take_seconds(argument, TIMEOUT_S_MAX, &options->timeout_ms);
    case 'w':
        options->watch_ms = (int64_t)WATCH_S * MS_PER_S;
        return argument == NULL || take_seconds(argument, WATCH_S_MAX, &options->watch_ms);
    case 'o':
        return take_format(options, argument);
    case 'h':
        options->help = true;
        return true;
    default:
        return weir_cli_config_take(&options->cli, option, argument);
    }
}

void weir_group_options_fini(struct weir_group_options *options)
{
    weir_choice_fini(&options->choice);
}

bool weir_group_argument(int argc, char *const *argv, const char **out)
{
    char text[TEXT_SIZE];

    *out = optind < argc ? argv[optind] : NULL;
    if (argc - optind > 1) {
        (void)snprintf(text, sizeof text,
                       "one group is asked about at a time, and '%.200s' is more",
                       argv[optind + 1]);
        weir_cli_complain(text);
        return false;
    }
    return true;
}

int weir_group_finish(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        weir_cli_complain("standard output cannot be written");
        return WEIR_EXIT_TRY_AGAIN;
    }
    return code;
}

int weir_group_none(const char *group)
{
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text,
                   "there is no group '%.249s': it has no members and has committed nothing",
                   group);
    weir_cli_complain(text);
    return WEIR_EXIT_NO_GROUP;
}

void weir_group_bound(const struct weir_group_options *options)
{
    weir_cut_off_in(CALLS_MAX * options->timeout_ms + GRACE_MS, WEIR_EXIT_UNAVAILABLE,
                    "the library does not answer, whatever the timeout");
}
