#include "tools/cmd_status.h"

#include "tools/group_options.h"
#include "tools/group_print.h"
#include "tools/group_show.h"
#include <getopt.h>
#include <stdio.h>

enum { TEXT_SIZE = 512 };

static const char help[] =
    "Usage: weir status [GROUP] [-c FILE]... [-X KEY=VALUE]... [OPTION]...\n"
    "Who is in a group, and what does each member have? State and members, and for each partition\n"
    "its member, committed offset, end and lag. While a switch between colors is under way, also\n"
    "where the old color stops, what comes again, and what is left unread.\n"
    "\n"
    "Options:\n" WEIR_GROUP_HELP WEIR_GROUP_WATCH_HELP
    "      --ready         exit code 75 unless the member that the configuration is of, by its\n"
    "                      weir.member.id or group.instance.id, is in the group\n"
    "\n"
    "Without GROUP it is group.id of the configuration. weir.coordinator and weir.offsets.store\n"
    "say whether members and offsets are looked for in Kafka or in ZooKeeper.\n"
    "States of a group in ZooKeeper: Stable (everybody has the allotted share), Rebalancing, "
    "Empty,\n"
    "Dead (there is nothing of it), Disagreeing (the members' strategies or versions differ: "
    "nothing\n"
    "is divided), Waiting (no color is active yet), Foreign (no member is of weir). Those of a\n"
    "group in Kafka are Kafka's.\n"
    "Exit codes: 0 good, 1 there is no such group, 64 wrong usage or no such topic, 69 the "
    "cluster\n"
    "or ZooKeeper does not answer or refuses, 75 not ready or try again, 78 configuration.\n"
    "\n"
    "Examples:\n"
    "  weir status orders -X bootstrap.servers=localhost:9092\n"
    "  weir status -c orders.properties --watch\n"
    "  weir status shop -X bootstrap.servers=localhost:9092 -X weir.coordinator=zookeeper \\\n"
    "      -X zookeeper.connect=localhost:2181/kafka\n"
    "  weir status orders -c orders.properties -o json | jq -r '.members[].host'\n"
    "  weir status -c orders.properties -X weir.member.id=a --ready\n";

struct status {
    struct weir_group_options options;
    struct weir_group_source *source;
    bool ready; /* is asked for */
};

static bool take_option(struct status *status, int option)
{
    if (option == 'R') {
        status->ready = true;
        return true;
    }
    return weir_group_options_take(&status->options, option, optarg);
}

static bool parse(int argc, char **argv, struct status *status, const char **group)
{
    static const struct option options[] = {WEIR_GROUP_LONG,
                                            WEIR_GROUP_WATCH_LONG,
                                            {"ready", no_argument, NULL, 'R'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, WEIR_GROUP_SHORT, options, NULL)) != -1) {
        if (!take_option(status, option)) {
            if (!status->options.said) {
                weir_cli_complain_option(argv);
            }
            return false;
        }
    }
    return weir_group_argument(argc, argv, group);
}

static int judge_ready(const struct status *status, const struct weir_view *view)
{
    const char *member = weir_group_source_member(status->source);
    char text[TEXT_SIZE];

    if (weir_view_has_member(view, member)) {
        return WEIR_EXIT_OK;
    }
    (void)snprintf(text, sizeof text, "%.249s is not in the group", member);
    weir_cli_complain(text);
    return WEIR_EXIT_TRY_AGAIN;
}

static int look(const struct status *status, struct weir_view *view)
{
    const struct weir_look what = {.choice = &status->options.choice};

    if (status->ready && weir_group_source_member(status->source) == NULL) {
        weir_cli_complain("--ready is about one member: give the configuration its weir.member.id, "
                          "or its group.instance.id in a group of the brokers");
        return WEIR_EXIT_USAGE;
    }
    return weir_group_source_look(status->source, &what, view);
}

static int print_once(FILE *out, void *user)
{
    const struct status *status = user;
    const char *group = weir_group_source_name(status->source);
    struct weir_view view = {.state = NULL};
    int code = look(status, &view);

    if (code == WEIR_EXIT_OK && !weir_view_exists(&view)) {
        code = weir_group_none(group);
    } else if (code == WEIR_EXIT_OK && status->options.json) {
        weir_print_view_json(out, group, &view);
    } else if (code == WEIR_EXIT_OK) {
        weir_print_status(out, group, &view);
    }
    if (code == WEIR_EXIT_OK && status->ready) {
        code = judge_ready(status, &view);
    }
    weir_view_fini(&view);
    return code;
}

int weir_cmd_status(int argc, char **argv)
{
    struct status status = {.options = WEIR_GROUP_OPTIONS_PRESET};
    const char *group = NULL;
    int code = WEIR_EXIT_USAGE;

    if (!parse(argc, argv, &status, &group)) {
        (void)fputs("Try: weir status --help\n", stderr);
    } else if (status.options.help) {
        (void)fputs(help, stdout);
        code = weir_group_finish(WEIR_EXIT_OK);
    } else {
        code = weir_group_show(&status.options, group, &status.source, print_once, &status);
    }
    weir_group_options_fini(&status.options);
    return code;
}
