#include "tools/cmd_switch.h"

#include "tools/group_options.h"
#include "tools/group_starts.h"
#include "tools/offset_time.h"
#include "tools/switch_name.h"
#include "tools/switch_stops.h"
#include "tools/verb_options.h"
#include "tools/watch.h"
#include "tools/zoo_switch.h"
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MS_PER_S = 1000,
    STEP_S_MAX = 86400,
    PREPARE_S = 30,
    DRAIN_S = 25,
    TAKE_S = 30,
    UNUSED_S = 86400,
    UNUSED_S_MAX = 315360000
};

static const char help[] =
    "Usage: weir switch status   [GROUP] [-o table|json] [--watch[=S]]\n"
    "       weir switch plan     [GROUP] --to COLOR\n"
    "       weir switch apply    [GROUP] --to COLOR [--mode each|together]\n"
    "                            [--drain-policy in-flight|immediate|lag-zero]\n"
    "                            [--stop TOPIC:P:OFFSET]... [--stop-file FILE] [--stop-time T]\n"
    "                            [--on-deadline back|go-on]\n"
    "                            [--prepare S] [--drain S] [--take S] [--health S] [--id ID]\n"
    "                            [--max-errors P] [--max-latency X] [--max-lag P]\n"
    "                            [--min-records N] [--on-unhealthy back|tell]\n"
    "                            [--execute [--wait]]\n"
    "       weir switch abort    [GROUP] [--execute [--wait]]\n"
    "       weir switch rollback [GROUP] [--replay] [--prepare S] [--drain S] [--take S]\n"
    "                            [--execute [--wait]]\n"
    "       weir switch history  [GROUP] [-o table|json]\n"
    "       weir switch collect  [GROUP] [--group] [--unused-for S] [--execute] [-o table|json]\n"
    "Hands a group in ZooKeeper, whose members have colors, from one color to another. "
    "Partitions\n"
    "change hands one by one: drained, committed, released, and claimed from there on.\n"
    "\n"
    "status    active color, epoch, step, what is waited for, and what each member has said\n"
    "plan      what would move, and what is in its way; exit code 75 if something is. Given\n"
    "          bootstrap.servers, also where partitions begin that have no committed offset\n"
    "apply     asks for the switch: without --execute it is plan. Members and every tool that "
    "waits\n"
    "          take it from step to step; who dies changes nothing. An id that is known already "
    "is\n"
    "          followed and not asked for again, so the command can be repeated with --id\n"
    "abort     ends a switch of which nothing has moved yet\n"
    "rollback  takes a switch back at any step; after its end, for as long as the configuration\n"
    "          says (weir.bluegreen.window.ms), by a switch to the color it came from\n"
    "history   how the last 20 ended, the newest first\n"
    "collect   what colors left behind that are not active, have no members and were not used for\n"
    "          --unused-for seconds; --execute removes it. With --group all that there is of a\n"
    "          group in ZooKeeper, offsets too, if it has no members and nobody owns anything\n"
    "\n";
static const char options_help[] =
    "Options:\n" WEIR_CLI_CONFIG_HELP "      --to COLOR      the color that is to be active\n"
    "      --mode MODE     each partition as soon as it is released (each, the default), or all "
    "when\n"
    "                      all are (together)\n"
    "      --drain-policy P  what the old color does before it hands a partition back: it "
    "finishes\n"
    "                      what its handlers have (in-flight, the default), or waits for none of\n"
    "                      them (immediate): what they have comes again at the new color, while\n"
    "                      they may still run; or everything up to where the partition ends "
    "now\n"
    "                      (lag-zero)\n"
    "      --stop T:P:N    the old color goes on up to offset N of partition P of topic T, which "
    "is\n"
    "                      the new color's first; may be repeated\n"
    "      --stop-file F   the same from a file as weir offsets export writes it; -: standard "
    "input\n"
    "      --stop-time T   the same for all partitions: up to the first record of this time or "
    "later;\n"
    "                      milliseconds since 1970 or ISO 8601\n"
    "      --on-deadline D when the old color has not drained in time: back (default) or go-on\n"
    "      --prepare S     until every member of both colors has heard of it, in seconds (30)\n"
    "      --drain S       until the old color has drained (25)\n"
    "      --take S        until the new color has everything (30), else it goes back\n"
    "      --health S      how long the new color's health is watched then; 0, the default: not\n"
    "      --max-errors P  it is unhealthy when so many percentage points more of its records "
    "fail\n"
    "                      than the old color's did (5),\n"
    "      --max-latency X or take X times as long in the handler, and 10 ms more at least (3),\n"
    "      --max-lag P     or its lag grows by so many percentage points more of what it handles\n"
    "                      (10), as seen after three quarters of the time\n"
    "      --min-records N before so many nothing is judged (100)\n"
    "      --on-unhealthy D  take it back (back), or show it, no more (tell); "
    "weir.bluegreen.rollback\n"
    "                      otherwise. back watches for 60 s without --health\n"
    "      --id ID         name of the switch; made of time, host and process otherwise\n"
    "      --replay        of a switch that is done: its old color begins where it was asked for,\n"
    "                      so that what the new one has done is done again\n"
    "      --group         the whole group, which nothing was written of for --unused-for seconds\n"
    "      --unused-for S  neither divided among members nor part of a switch for so long (86400)\n"
    "  -y, --execute, --yes  do it\n"
    "      --wait          show each step, and the partitions as they change hands, until the "
    "end;\n"
    "                      then how long each had no owner, as seen from here\n"
    "      --timeout S     how long an answer of ZooKeeper may take, in seconds (15)\n"
    "  -o, --output FORMAT table (default) or json, one line for each step and each "
    "change\n" WEIR_GROUP_WATCH_HELP "  -h, --help          this text\n"
    "\n"
    "Without GROUP it is group.id of the configuration, which also says zookeeper.connect.\n"
    "Exit codes: 0 good; with --wait: it ended as asked; 1 there is no such group; 64 wrong "
    "usage;\n"
    "69 ZooKeeper does not answer or refuses; 75 it cannot be now, somebody else was first, the\n"
    "record is damaged, the switch was aborted or rolled back, or the new color is unhealthy;\n"
    "78 configuration.\n"
    "\n";
static const char examples_help[] =
    "Examples:\n"
    "  weir switch status shop -X zookeeper.connect=localhost:2181/kafka --watch\n"
    "  weir switch plan -c shop.properties --to green\n"
    "  weir switch apply -c shop.properties --to green --execute --wait\n"
    "  weir switch apply -c shop.properties --to green --drain-policy lag-zero --execute --wait\n"
    "  weir switch plan -c shop.properties --to green --stop orders:0:1042 --stop orders:1:977\n"
    "  weir switch apply -c shop.properties --to green --id release-42 --health 60 --execute "
    "--wait\n"
    "  weir switch abort -c shop.properties --execute\n"
    "  weir switch rollback -c shop.properties --execute --wait\n"
    "  weir switch rollback -c shop.properties --replay\n"
    "  weir switch history -c shop.properties -o json | jq -r '.history[0].outcome'\n"
    "  weir switch collect -c shop.properties --execute\n"
    "  weir switch collect retired -c shop.properties --group\n";

struct command {
    struct weir_group_options options;
    struct weir_switch_wish wish;
    struct weir_switch_stop_wish stop;
    struct weir_switch_stop_list stops;
    struct weir_switch_stop_list committed; /* with a request */
    struct weir_zoo_group *group;
    const char *name; /* the group's */
    struct weir_config *config;
    weir_zoo_switch_fn *run;
    char id[WEIR_SWITCH_NAME_SIZE]; /* unless one is given */
    char by[WEIR_SWITCH_NAME_SIZE];
    struct weir_given given;
};

/* What each verb takes beside -c, -X, -o, --timeout and --help. */
static const struct verb {
    const char *name;
    const char *letters;
    weir_zoo_switch_fn *run;
} verbs[] = {{"status", "w", weir_zoo_switch_status},
             {"plan", "CMYSFZDPRKHIelgNB", weir_zoo_switch_plan},
             {"apply", "CMYSFZDPRKHIelgNByW", weir_zoo_switch_apply},
             {"abort", "yW", weir_zoo_switch_abort},
             {"rollback", "yWEPRK", weir_zoo_switch_rollback},
             {"history", "", weir_zoo_switch_history},
             {"collect", "yUG", weir_zoo_switch_collect}};

static const struct option long_options[] = {{"timeout", required_argument, NULL, 'T'},
                                             {"output", required_argument, NULL, 'o'},
                                             {"help", no_argument, NULL, 'h'},
                                             WEIR_CLI_CONFIG_LONG,
                                             WEIR_GROUP_WATCH_LONG,
                                             {"to", required_argument, NULL, 'C'},
                                             {"mode", required_argument, NULL, 'M'},
                                             {"drain-policy", required_argument, NULL, 'Y'},
                                             {"stop", required_argument, NULL, 'S'},
                                             {"stop-file", required_argument, NULL, 'F'},
                                             {"stop-time", required_argument, NULL, 'Z'},
                                             {"on-deadline", required_argument, NULL, 'D'},
                                             {"prepare", required_argument, NULL, 'P'},
                                             {"drain", required_argument, NULL, 'R'},
                                             {"take", required_argument, NULL, 'K'},
                                             {"health", required_argument, NULL, 'H'},
                                             {"max-errors", required_argument, NULL, 'e'},
                                             {"max-latency", required_argument, NULL, 'l'},
                                             {"max-lag", required_argument, NULL, 'g'},
                                             {"min-records", required_argument, NULL, 'N'},
                                             {"on-unhealthy", required_argument, NULL, 'B'},
                                             {"id", required_argument, NULL, 'I'},
                                             {"unused-for", required_argument, NULL, 'U'},
                                             {"replay", no_argument, NULL, 'E'},
                                             {"group", no_argument, NULL, 'G'},
                                             {"execute", no_argument, NULL, 'y'},
                                             {"yes", no_argument, NULL, 'y'},
                                             {"wait", no_argument, NULL, 'W'},
                                             {NULL, 0, NULL, 0}};

/* One of two words; *second: it is the second. */
static bool take_word(const char *first, const char *other, bool *second)
{
    *second = strcmp(optarg, other) == 0;
    return *second || strcmp(optarg, first) == 0;
}

static bool take_seconds(int64_t least, int64_t most, int64_t *out_ms)
{
    int64_t seconds = 0;
    bool good = weir_cli_number(optarg, least, most, &seconds);

    *out_ms = seconds * MS_PER_S;
    return good;
}

static bool take_kind(struct weir_switch_stop_wish *stop, enum weir_switch_stop_kind kind)
{
    stop->kinds += stop->kinds > 0 && stop->kind == kind ? 0 : 1;
    stop->kind = kind;
    return true;
}

static bool take_policy(struct command *command)
{
    if (strcmp(optarg, "lag-zero") == 0) {
        return take_kind(&command->stop, WEIR_STOP_AT_END);
    }
    return take_word("in-flight", "immediate", &command->wish.immediate) &&
           take_kind(&command->stop, WEIR_STOP_NOWHERE);
}

static bool take_stop(struct weir_switch_stop_wish *stop, int option)
{
    switch (option) {
    case 'S':
        return take_kind(stop, WEIR_STOP_AS_GIVEN) && weir_switch_stop_take(&stop->given, optarg);
    case 'F':
        stop->file = optarg;
        return take_kind(stop, WEIR_STOP_AS_GIVEN);
    default:
        return take_kind(stop, WEIR_STOP_AT_TIME) && weir_offset_time_parse(optarg, &stop->time_ms);
    }
}

static bool take_option(struct command *command, int option)
{
    struct weir_switch_wish *wish = &command->wish;

    switch (option) {
    case 'C':
        wish->to = optarg;
        return true;
    case 'M':
        return take_word("each", "together", &wish->together);
    case 'Y':
        return take_policy(command);
    case 'S':
    case 'F':
    case 'Z':
        return take_stop(&command->stop, option);
    case 'D':
        return take_word("back", "go-on", &wish->go_on);
    case 'P':
        return take_seconds(1, STEP_S_MAX, &wish->prepare_ms);
    case 'R':
        return take_seconds(1, STEP_S_MAX, &wish->drain_ms);
    case 'K':
        return take_seconds(1, STEP_S_MAX, &wish->take_ms);
    case 'H':
        return take_seconds(0, STEP_S_MAX, &wish->health_ms);
    case 'I':
        wish->id = optarg;
        return true;
    case 'U':
        return take_seconds(0, UNUSED_S_MAX, &wish->unused_ms);
    case 'G':
        wish->whole = true;
        return true;
    case 'E':
        wish->replay = true;
        return true;
    case 'y':
        wish->execute = true;
        return true;
    case 'W':
        wish->wait = true;
        return true;
    default:
        return strchr("elgNB", option) != NULL
                   ? weir_switch_health_take(&wish->health, option, optarg)
                   : weir_group_options_take(&command->options, option, optarg);
    }
}

static bool parse(int argc, char **argv, struct command *command)
{
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "y" WEIR_GROUP_SHORT, long_options, NULL)) != -1) {
        if (!take_option(command, option)) {
            if (!command->options.said) {
                weir_cli_complain_option(argv);
            }
            return false;
        }
        weir_given_note(&command->given, option);
    }
    return true;
}

static int judge(const struct command *command, const struct verb *verb, int arguments)
{
    const struct weir_given *given = &command->given;

    if (!weir_given_judge(given, verb->name, "cXToh", verb->letters)) {
        return WEIR_EXIT_USAGE;
    }
    if (arguments > 1) {
        return weir_given_complain(given, verb->name,
                                   "too many arguments: one group is meant at a time");
    }
    if (strchr(verb->letters, 'C') != NULL && command->wish.to == NULL) {
        return weir_given_complain(given, verb->name,
                                   "--to is needed: the color that is to be active");
    }
    if (command->stop.kinds > 1) {
        return weir_given_complain(given, verb->name,
                                   "one of --drain-policy, --stop-time, and --stop with "
                                   "--stop-file is enough");
    }
    if (command->wish.wait && !command->wish.execute) {
        return weir_given_complain(given, verb->name, "--wait goes with --execute");
    }
    if (command->wish.replay && command->wish.execute && !command->wish.wait) {
        return weir_given_complain(given, verb->name,
                                   "--replay goes with --wait: the command sets the offsets back");
    }
    return WEIR_EXIT_OK;
}

/* A plan also tells where partitions begin for which nothing is committed. */
static int print_once(FILE *out, void *user)
{
    const struct command *command = user;
    bool plans = command->run == weir_zoo_switch_plan ||
                 (command->run == weir_zoo_switch_apply && !command->wish.execute);
    int code = command->run(command->group, &command->wish, out);

    if (plans && (code == WEIR_EXIT_OK || code == WEIR_EXIT_TRY_AGAIN)) {
        int learnt = weir_group_starts(&command->options, command->config, command->name, out);
        code = code == WEIR_EXIT_OK ? learnt : code;
    }
    return code;
}

/* In a block that is drawn at once, or, while it waits, as it comes. */
static int run_verb(struct command *command)
{
    struct weir_watch watch;

    if (command->wish.wait) {
        return weir_group_finish(print_once(stdout, command));
    }
    if (!weir_watch_open(&watch, command->options.watch_ms, !command->options.json)) {
        weir_cli_complain("no file descriptor or thread is left");
        return WEIR_EXIT_UNAVAILABLE;
    }
    if (command->options.watch_ms == 0) {
        weir_group_bound(&command->options);
    }
    return weir_watch_run(&watch, print_once, command);
}

/* From the brokers, and before anybody is asked for anything. */
static int find_stops(struct command *command, const char *group)
{
    if (command->stop.kind == WEIR_STOP_NOWHERE) {
        return WEIR_EXIT_OK;
    }
    command->wish.stops = &command->stops;
    return weir_switch_stop_list_find(&command->options.cli, group, &command->stop,
                                      command->options.timeout_ms, &command->stops);
}

/* For the snapshot, from the brokers: a switch that cannot have it is a switch all the same. */
static void find_committed(struct command *command, const struct weir_config *config,
                           const char *group)
{
    struct weir_switch_wish *wish = &command->wish;
    const char *store = weir_config_get(config, "weir.offsets.store");

    wish->window_ms = weir_config_integer(config, "weir.bluegreen.window.ms");
    wish->offsets_in_zoo = strcmp(store, "zookeeper") == 0;
    if (command->run != weir_zoo_switch_apply || !wish->execute || wish->window_ms == 0 ||
        strcmp(store, "kafka") != 0 || weir_config_get(config, "bootstrap.servers") == NULL) {
        return;
    }
    if (weir_switch_stop_list_committed(&command->options.cli, group, command->options.timeout_ms,
                                        &command->committed) == WEIR_EXIT_OK) {
        wish->committed = &command->committed;
    } else {
        weir_cli_warn("the snapshot of this switch is kept without offsets");
    }
}

static int open_and_run(struct command *command, const struct verb *verb, const char *group)
{
    struct weir_config *config = NULL;
    int code = weir_cli_config_build(&command->options.cli, &config);

    if (code != WEIR_EXIT_OK) {
        return code;
    }
    group = group != NULL ? group : weir_config_get(config, "group.id");
    command->name = group;
    command->config = config;
    weir_switch_name_id(command->id);
    weir_switch_name_asker(command->by);
    command->wish.id = command->wish.id == NULL ? command->id : command->wish.id;
    command->wish.by = command->by;
    command->wish.json = command->options.json;
    command->wish.timeout_ms = command->options.timeout_ms;
    command->wish.live = isatty(STDOUT_FILENO) != 0;
    command->run = command->wish.whole ? weir_zoo_switch_collect_group : verb->run;
    if (group == NULL || group[0] == '\0') {
        weir_cli_complain("a group is needed, by its name or as group.id of the configuration");
        code = WEIR_EXIT_USAGE;
    } else {
        code = weir_switch_health_settle(config, &command->wish.health, &command->wish.health_ms)
                   ? find_stops(command, group)
                   : WEIR_EXIT_USAGE;
    }
    if (code == WEIR_EXIT_OK) {
        find_committed(command, config, group);
    }
    if (code == WEIR_EXIT_OK) {
        code = weir_zoo_group_open(config, group, NULL, &command->group);
    }
    if (code == WEIR_EXIT_OK) {
        code = run_verb(command);
    }
    weir_zoo_group_close(command->group);
    weir_config_destroy(config);
    return code;
}

static int run(struct command *command, int count, char *const *arguments)
{
    for (size_t i = 0; count > 0 && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, arguments[0]) == 0) {
            int code = judge(command, &verbs[i], count - 1);
            return code != WEIR_EXIT_OK
                       ? code
                       : open_and_run(command, &verbs[i], count > 1 ? arguments[1] : NULL);
        }
    }
    weir_cli_complain(
        "switch: one of status, plan, apply, abort, rollback, history and collect is needed");
    return WEIR_EXIT_USAGE;
}

int weir_cmd_switch(int argc, char **argv)
{
    struct command command = {.options = WEIR_GROUP_OPTIONS_PRESET,
                              .given = {.command = "switch", .long_options = long_options},
                              .wish = {.prepare_ms = (int64_t)PREPARE_S * MS_PER_S,
                                       .drain_ms = (int64_t)DRAIN_S * MS_PER_S,
                                       .take_ms = (int64_t)TAKE_S * MS_PER_S,
                                       .health_ms = -1,
                                       .unused_ms = (int64_t)UNUSED_S * MS_PER_S}};
    int code = WEIR_EXIT_USAGE;

    if (parse(argc, argv, &command)) {
        if (command.options.help) {
            (void)fputs(help, stdout);
            (void)fputs(options_help, stdout);
            (void)fputs(examples_help, stdout);
            code = weir_group_finish(WEIR_EXIT_OK);
        } else {
            code = run(&command, argc - optind, argv + optind);
        }
    }
    if (code == WEIR_EXIT_USAGE) {
        (void)fputs("Try: weir switch --help\n", stderr);
    }
    weir_switch_stop_list_fini(&command.stop.given);
    weir_switch_stop_list_fini(&command.stops);
    weir_switch_stop_list_fini(&command.committed);
    weir_group_options_fini(&command.options);
    return code;
}
