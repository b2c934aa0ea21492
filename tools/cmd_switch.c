#include "tools/cmd_switch.h"

#include "tools/group_options.h"
#include "tools/group_starts.h"
#include "tools/offset_time.h"
#include "tools/switch_groups.h"
#include "tools/switch_help.h"
#include "tools/switch_name.h"
#include "tools/switch_stops.h"
#include "tools/verb_options.h"
#include "tools/watch.h"
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

/* What each verb takes beside -c, -X, -o, --timeout and --help. */
struct verb {
    const char *name;
    const char *letters;
    struct weir_switch_act act;
};

struct command {
    struct weir_group_options options;
    struct weir_switch_wish wish;
    struct weir_switch_stop_wish stop;
    struct weir_switch_stop_list stops[WEIR_SWAP_HALVES];
    struct weir_switch_stop_list committed; /* with a request */
    struct weir_switch_groups groups;
    const char *name; /* the first one's */
    struct weir_config *config;
    const struct verb *verb;
    struct weir_switch_act act;
    const char *peer;               /* the other group of a swap; NULL: there is none */
    char id[WEIR_SWITCH_NAME_SIZE]; /* unless one is given */
    char by[WEIR_SWITCH_NAME_SIZE];
    struct weir_given given;
};

static const struct verb verbs[] = {
    {"status", "w", {weir_zoo_switch_status, NULL}},
    {"plan", "CQLMYSFZDPRKHIelgNB", {weir_zoo_switch_plan, weir_zoo_swap_plan}},
    {"apply", "CQLMYSFZDPRKHIelgNByW", {weir_zoo_switch_apply, weir_zoo_swap_apply}},
    {"abort", "yW", {weir_zoo_switch_abort, weir_zoo_swap_abort}},
    {"rollback", "yWEPRK", {weir_zoo_switch_rollback, weir_zoo_swap_rollback}},
    {"history", "", {weir_zoo_switch_history, NULL}},
    {"collect", "yUG", {weir_zoo_switch_collect, NULL}}};

static const struct option long_options[] = {{"timeout", required_argument, NULL, 'T'},
                                             {"output", required_argument, NULL, 'o'},
                                             {"help", no_argument, NULL, 'h'},
                                             WEIR_CLI_CONFIG_LONG,
                                             WEIR_GROUP_WATCH_LONG,
                                             {"to", required_argument, NULL, 'C'},
                                             {"peer-to", required_argument, NULL, 'Q'},
                                             {"leave-unread", no_argument, NULL, 'L'},
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
    case 'Q':
        wish->peer_to = optarg;
        return true;
    case 'L':
        wish->leave_unread = true;
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

/* Of each group that is meant. */
static int print_starts(const struct command *command, FILE *out)
{
    const char *names[] = {command->name, weir_switch_groups_peer(command->config, command->name)};
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && names[i] != NULL; i++) {
        int own =
            weir_group_starts(&command->options, command->config, names[i], names[1] != NULL, out);
        code = code == WEIR_EXIT_OK ? own : code;
    }
    return code;
}

/* A plan also tells where partitions begin for which nothing is committed. */
static int print_once(FILE *out, void *user)
{
    const struct command *command = user;
    weir_zoo_switch_fn *verb = command->act.run;
    bool plans =
        verb == weir_zoo_switch_plan || (verb == weir_zoo_switch_apply && !command->wish.execute);
    int code = weir_switch_groups_run(&command->groups, &command->act, &command->wish, out);

    if (plans && (code == WEIR_EXIT_OK || code == WEIR_EXIT_TRY_AGAIN)) {
        int learnt = print_starts(command, out);
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

/* Of each group that is meant. */
static int find_stops(struct command *command)
{
    const char *names[WEIR_SWAP_HALVES] = {command->name, command->peer};
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; code == WEIR_EXIT_OK && i < WEIR_SWAP_HALVES && names[i] != NULL; i++) {
        code = weir_switch_stop_list_find(&command->options.cli, names[i], &command->stop,
                                          command->options.timeout_ms, &command->stops[i]);
    }
    return code;
}

/* What a snapshot is of, and for how long. */
static void find_window(struct command *command)
{
    const char *store = weir_config_get(command->config, "weir.offsets.store");

    command->wish.window_ms = weir_config_integer(command->config, "weir.bluegreen.window.ms");
    command->wish.offsets_in_zoo = strcmp(store, "zookeeper") == 0;
}

/* Is what is committed for the brokers to tell, for the snapshot? */
static bool keeps_offsets(const struct command *command)
{
    const struct weir_switch_wish *wish = &command->wish;
    const char *store = weir_config_get(command->config, "weir.offsets.store");

    return command->act.run == weir_zoo_switch_apply && wish->execute && wish->window_ms != 0 &&
           command->peer == NULL && strcmp(store, "kafka") == 0 &&
           weir_config_get(command->config, "bootstrap.servers") != NULL;
}

/* From the brokers. A switch that cannot have its snapshot is a switch all the same. */
static int learn(void *learner)
{
    struct command *command = learner;
    int code = command->wish.stops == NULL ? WEIR_EXIT_OK : find_stops(command);

    if (code != WEIR_EXIT_OK || !keeps_offsets(command)) {
        return code;
    }
    if (weir_switch_stop_list_committed(&command->options.cli, command->name,
                                        command->options.timeout_ms,
                                        &command->committed) == WEIR_EXIT_OK) {
        command->wish.committed = &command->committed;
    } else {
        weir_cli_warn("the snapshot of this switch is kept without offsets");
    }
    return WEIR_EXIT_OK;
}

/* What is to be learnt, and is by then. */
static int prepare_to_learn(struct command *command)
{
    struct weir_switch_wish *wish = &command->wish;
    int code = weir_switch_stop_wish_read(&command->stop);

    if (command->stop.kind != WEIR_STOP_NOWHERE) {
        wish->stops = &command->stops[0];
        wish->peer_stops = command->peer == NULL ? NULL : &command->stops[1];
    }
    wish->learn = wish->stops != NULL || keeps_offsets(command) ? learn : NULL;
    wish->learner = command;
    return code;
}

static int open_groups(struct command *command, const char *group)
{
    command->peer = command->wish.whole ? NULL : weir_switch_groups_peer(command->config, group);
    const char *why = weir_switch_groups_refusal(command->config, &command->wish, command->peer);

    find_window(command);
    int code = why != NULL ? weir_given_complain(&command->given, command->verb->name, why)
                           : prepare_to_learn(command);
    return code != WEIR_EXIT_OK
               ? code
               : weir_switch_groups_open(command->config, group, command->peer, &command->groups);
}

static void fill_wish(struct command *command)
{
    struct weir_switch_wish *wish = &command->wish;

    weir_switch_name_id(command->id);
    weir_switch_name_asker(command->by);
    wish->id = wish->id == NULL ? command->id : wish->id;
    wish->by = command->by;
    wish->json = command->options.json;
    wish->timeout_ms = command->options.timeout_ms;
    wish->live = isatty(STDOUT_FILENO) != 0;
}

static int open_and_run(struct command *command, const struct verb *verb, const char *group)
{
    static const struct weir_switch_act whole = {weir_zoo_switch_collect_group, NULL};
    struct weir_config *config = NULL;
    int code = weir_cli_config_build(&command->options.cli, &config);

    if (code != WEIR_EXIT_OK) {
        return code;
    }
    group = group != NULL ? group : weir_config_get(config, "group.id");
    command->name = group;
    command->config = config;
    command->verb = verb;
    command->act = command->wish.whole ? whole : verb->act;
    fill_wish(command);
    if (group == NULL || group[0] == '\0') {
        weir_cli_complain("a group is needed, by its name or as group.id of the configuration");
        code = WEIR_EXIT_USAGE;
    } else {
        code = weir_switch_health_settle(config, &command->wish.health, &command->wish.health_ms)
                   ? open_groups(command, group)
                   : WEIR_EXIT_USAGE;
    }
    if (code == WEIR_EXIT_OK) {
        code = run_verb(command);
    }
    weir_switch_groups_close(&command->groups);
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
            weir_switch_help(stdout);
            code = weir_group_finish(WEIR_EXIT_OK);
        } else {
            code = run(&command, argc - optind, argv + optind);
        }
    }
    if (code == WEIR_EXIT_USAGE) {
        (void)fputs("Try: weir switch --help\n", stderr);
    }
    weir_switch_stop_list_fini(&command.stop.given);
    weir_switch_stop_list_fini(&command.stops[0]);
    weir_switch_stop_list_fini(&command.stops[1]);
    weir_switch_stop_list_fini(&command.committed);
    weir_group_options_fini(&command.options);
    return code;
}
