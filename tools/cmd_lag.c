#include "tools/cmd_lag.h"

#include "tools/group_options.h"
#include "tools/group_print.h"
#include "tools/group_show.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

enum { EXIT_ABOVE = 2, NO_LIMIT = -1, TEXT_SIZE = 160 };

static const char help[] =
    "Usage: weir lag [GROUP] [-c FILE]... [-X KEY=VALUE]... [OPTION]...\n"
    "How far is a group behind? For each partition it has or has committed: the committed offset,\n"
    "the end, the records between the two, and how long ago the first of these was written.\n"
    "\n"
    "Options:\n" WEIR_GROUP_HELP WEIR_GROUP_WATCH_HELP
    "      --max-lag N     for scripts: exit 2 when a partition's lag is above N\n"
    "      --no-age        do not read the one record of each partition that tells the age\n"
    "\n"
    "Without GROUP it is group.id of the configuration. The end is what the group may read, which\n"
    "is the last stable offset unless isolation.level=read_uncommitted. What is not known is\n"
    "\"unknown\", in JSON null. -o json prints one object per look. weir.offsets.store says "
    "whether\n"
    "committed offsets are Kafka's or ZooKeeper's.\n"
    "Exit codes: 0 good, 1 there is no such group, 2 above --max-lag, 64 wrong usage or no such\n"
    "topic, 69 the cluster or ZooKeeper does not answer or refuses, 75 try again (with --max-lag: "
    "none is "
    "above,\n"
    "but of some it is not known), 78 configuration.\n"
    "\n"
    "Examples:\n"
    "  weir lag orders -X bootstrap.servers=localhost:9092\n"
    "  weir lag -c orders.properties --topic payments:0-3 --watch=5\n"
    "  weir lag -c orders.properties --max-lag 10000 > /dev/null || alarm\n";

struct lag {
    struct weir_group_options options;
    struct weir_group_source *source;
    int64_t lag_max;
    bool no_age;
};

static bool take_option(struct lag *lag, int option)
{
    switch (option) {
    case 'm':
        return weir_cli_number(optarg, 0, INT64_MAX, &lag->lag_max);
    case 'n':
        lag->no_age = true;
        return true;
    default:
        return weir_group_options_take(&lag->options, option, optarg);
    }
}

static bool parse(int argc, char **argv, struct lag *lag, const char **group)
{
    static const struct option options[] = {WEIR_GROUP_LONG,
                                            WEIR_GROUP_WATCH_LONG,
                                            {"max-lag", required_argument, NULL, 'm'},
                                            {"no-age", no_argument, NULL, 'n'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, WEIR_GROUP_SHORT, options, NULL)) != -1) {
        if (!take_option(lag, option)) {
            if (!lag->options.said) {
                weir_cli_complain_option(argv);
            }
            return false;
        }
    }
    if (lag->options.watch_ms > 0 && lag->lag_max != NO_LIMIT) {
        weir_cli_complain("--max-lag does not go with --watch");
        return false;
    }
    return weir_group_argument(argc, argv, group);
}

/* Is a partition above the limit, or may one be? */
static int judge(const struct lag *lag, const struct weir_view *view)
{
    char text[TEXT_SIZE];
    size_t above = 0;
    size_t unknown = 0;

    if (lag->lag_max == NO_LIMIT) {
        return WEIR_EXIT_OK;
    }
    for (size_t i = 0; i < view->partition_count; i++) {
        int64_t records = weir_view_lag(&view->partitions[i]);
        above += records > lag->lag_max ? 1 : 0;
        unknown += records == WEIR_VIEW_UNKNOWN ? 1 : 0;
    }
    (void)snprintf(text, sizeof text,
                   "of %zu partitions %zu lag more than %" PRId64 " records, and of %zu it is not "
                   "known",
                   view->partition_count, above, lag->lag_max, unknown);
    if (above > 0 || unknown > 0) {
        weir_cli_complain(text);
    }
    return above > 0 ? EXIT_ABOVE : unknown > 0 ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_OK;
}

static int print_once(FILE *out, void *user)
{
    struct lag *lag = user;
    const char *group = weir_group_source_name(lag->source);
    const struct weir_look look = {.choice = &lag->options.choice, .ages = !lag->no_age};
    struct weir_view view = {.state = NULL};
    int code = weir_group_source_look(lag->source, &look, &view);

    if (code == WEIR_EXIT_OK && !weir_view_exists(&view)) {
        code = weir_group_none(group);
    } else if (code == WEIR_EXIT_OK) {
        if (lag->options.json) {
            weir_print_view_json(out, group, &view);
        } else {
            weir_print_lag(out, &view, look.ages);
        }
        code = judge(lag, &view);
    }
    weir_view_fini(&view);
    return code;
}

int weir_cmd_lag(int argc, char **argv)
{
    struct lag lag = {.options = WEIR_GROUP_OPTIONS_PRESET, .lag_max = NO_LIMIT};
    const char *group = NULL;
    int code = WEIR_EXIT_USAGE;

    if (!parse(argc, argv, &lag, &group)) {
        (void)fputs("Try: weir lag --help\n", stderr);
    } else if (lag.options.help) {
        (void)fputs(help, stdout);
        code = weir_group_finish(WEIR_EXIT_OK);
    } else {
        code = weir_group_show(&lag.options, group, &lag.source, print_once, &lag);
    }
    weir_group_options_fini(&lag.options);
    return code;
}
