#include "tools/cmd_offsets.h"

#include "tools/group_options.h"
#include "tools/offset_time.h"
#include "tools/offsets_verbs.h"
#include "tools/verb_options.h"
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: weir offsets show   [GROUP] [-o table|json]\n"
    "       weir offsets export [GROUP] > FILE\n"
    "       weir offsets import [GROUP] FILE|- [--last-processed] [--execute]\n"
    "       weir offsets reset  [GROUP] --to-earliest|--to-latest|--to-timestamp T|--to-offset N|\n"
    "                                   --shift-by N|--from-file FILE [--execute]\n"
    "       weir offsets copy   --from-group A... --to-group B [--from-store S] [--to-store S]\n"
    "                           [--last-processed] [--execute]\n"
    "Looks at the offsets a group has committed, and changes them: in Kafka, or in ZooKeeper when\n"
    "the configuration says weir.offsets.store=zookeeper.\n"
    "\n"
    "show    committed, begin, end, lag and metadata of each partition\n"
    "export  JSON lines that import reads: "
    "{\"group\",\"topic\",\"partition\",\"offset\",\"metadata\"}\n"
    "import  commits what is in a file\n"
    "reset   commits other offsets for what the group has committed, or for --topic\n"
    "copy    commits for one group what another one has committed, with its metadata; or for the\n"
    "        same group in the other store. Of several, each with --from-group, the lowest of "
    "each\n"
    "        partition: who has committed nothing for it has no say in it\n"
    "\n"
    "import, reset and copy only say what they would change, unless there is --execute. Offsets "
    "are\n"
    "moved into what the partition has, [begin, end]. Nothing is written while the group has\n"
    "members, nor when a partition does not exist or cannot be judged; what was written is read\n"
    "back. Members are looked for where weir.coordinator and the store say. With "
    "weir.coordinator=none\n"
    "they are not seen: stop them first.\n"
    "\n"
    "Options:\n" WEIR_GROUP_HELP "      --execute       do it\n"
    "      --only-missing  only where the group has committed nothing yet\n"
    "      --to-timestamp T  the first record of this time or later; T is milliseconds since 1970\n"
    "                      or ISO 8601, in UTC unless it says otherwise: "
    "2026-11-21T10:30:00+01:00\n"
    "      --shift-by N    N records on, or back with -N\n"
    "      --last-processed  the offsets are of the last record that was processed, as\n"
    "                      go_kafka_client stores them: one is added\n"
    "      --from-store S, --to-store S  kafka or zookeeper; else that of the configuration\n"
    "\n"
    "Without GROUP it is group.id of the configuration.\n"
    "Exit codes: 0 good, 1 there is no such group, 64 wrong usage, or a topic, partition or line\n"
    "of a file is no good, 69 the cluster or ZooKeeper does not answer or refuses, 75 the\n"
    "group has members, or not everything stands there as it was written, 78 configuration.\n"
    "\n"
    "Examples:\n"
    "  weir offsets show orders -X bootstrap.servers=localhost:9092\n"
    "  weir offsets reset -c orders.properties --topic payments:0-3 --shift-by -100\n"
    "  weir offsets reset -c orders.properties --to-timestamp 2026-11-21T10:30:00Z --execute\n"
    "  weir offsets export -c blue.properties | weir offsets import -c green.properties -\n"
    "  weir offsets reset -c green.properties --topic orders --to-earliest --only-missing "
    "--execute\n"
    "  weir offsets copy --from-group blue --from-group red --to-group green -c green.properties\n"
    "  weir offsets copy --from-group shop --from-store zookeeper --to-group shop --to-store kafka "
    "\\\n"
    "      --last-processed -c shop.properties     # after go_kafka_client\n";

struct command {
    struct weir_group_options options;
    struct weir_change_wish wish;
    struct weir_given given;
};

/* What each verb takes beside -c, -X, --topic, --timeout and --help. */
static const struct verb {
    const char *name;
    const char *letters;
    int arguments_min;
    int arguments_max;
    int (*run)(const struct weir_group_options *options, const struct weir_change_wish *wish);
} verbs[] = {{"show", "o", 0, 1, weir_offsets_show},
             {"export", "", 0, 1, weir_offsets_export},
             {"import", "oePN", 1, 2, weir_offsets_import},
             {"reset", "oeELMSOFN", 0, 1, weir_offsets_reset},
             {"copy", "oeABCDPN", 0, 0, weir_offsets_copy}};

static bool take_target(struct weir_change_wish *wish, enum weir_change_target target)
{
    wish->targets++;
    wish->target = target;
    return true;
}

static bool take_wish(struct weir_change_wish *wish, int option)
{
    switch (option) {
    case 'E':
        return take_target(wish, WEIR_TARGET_EARLIEST);
    case 'L':
        return take_target(wish, WEIR_TARGET_LATEST);
    case 'M':
        return take_target(wish, WEIR_TARGET_TIME) && weir_offset_time_parse(optarg, &wish->number);
    case 'S':
        return take_target(wish, WEIR_TARGET_SHIFT) &&
               weir_cli_number(optarg, -INT64_MAX, INT64_MAX, &wish->number);
    case 'O':
        return take_target(wish, WEIR_TARGET_OFFSET) &&
               weir_cli_number(optarg, 0, INT64_MAX, &wish->number);
    case 'F':
        wish->file = optarg;
        return take_target(wish, WEIR_TARGET_FILE);
    default:
        return false;
    }
}

static bool take_store(const char **store)
{
    *store = optarg;
    return strcmp(optarg, "kafka") == 0 || strcmp(optarg, "zookeeper") == 0;
}

static bool take_from(struct weir_change_wish *wish)
{
    bool fits = wish->from_count < WEIR_FROM_GROUPS_MAX;

    if (fits) {
        wish->from_groups[wish->from_count++] = optarg;
    }
    return fits;
}

static bool take_option(struct command *command, int option)
{
    switch (option) {
    case 'e':
        command->wish.execute = true;
        return true;
    case 'P':
        command->wish.last_processed = true;
        return true;
    case 'A':
        return take_from(&command->wish);
    case 'N':
        command->wish.only_missing = true;
        return true;
    case 'B':
        command->wish.group = optarg;
        return true;
    case 'C':
        return take_store(&command->wish.from_store);
    case 'D':
        return take_store(&command->wish.to_store);
    case 'E':
    case 'L':
    case 'M':
    case 'S':
    case 'O':
    case 'F':
        return take_wish(&command->wish, option);
    default:
        return weir_group_options_take(&command->options, option, optarg);
    }
}

static const struct option long_options[] = {WEIR_GROUP_LONG,
                                             {"execute", no_argument, NULL, 'e'},
                                             {"only-missing", no_argument, NULL, 'N'},
                                             {"last-processed", no_argument, NULL, 'P'},
                                             {"to-earliest", no_argument, NULL, 'E'},
                                             {"to-latest", no_argument, NULL, 'L'},
                                             {"to-timestamp", required_argument, NULL, 'M'},
                                             {"shift-by", required_argument, NULL, 'S'},
                                             {"to-offset", required_argument, NULL, 'O'},
                                             {"from-file", required_argument, NULL, 'F'},
                                             {"from-group", required_argument, NULL, 'A'},
                                             {"to-group", required_argument, NULL, 'B'},
                                             {"from-store", required_argument, NULL, 'C'},
                                             {"to-store", required_argument, NULL, 'D'},
                                             {NULL, 0, NULL, 0}};

static bool parse(int argc, char **argv, struct command *command)
{
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, WEIR_GROUP_SHORT, long_options, NULL)) != -1) {
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

/* The last argument of an import is the file, and the first of two the group. */
static void take_arguments(struct command *command, const struct verb *verb, int count,
                           char *const *arguments)
{
    bool import = verb->arguments_min > 0;

    if (import) {
        command->wish.file = arguments[count - 1];
    }
    if (count > (import ? 1 : 0)) {
        command->wish.group = arguments[0];
    }
}

static int judge_wish(const struct command *command, const struct verb *verb, int arguments)
{
    const struct weir_change_wish *wish = &command->wish;
    const struct weir_given *given = &command->given;

    if (!weir_given_judge(given, verb->name, "cXtTh", verb->letters)) {
        return WEIR_EXIT_USAGE;
    }
    if (arguments > verb->arguments_max) {
        return weir_given_complain(given, verb->name, "too many arguments");
    }
    if (arguments < verb->arguments_min) {
        return weir_given_complain(given, verb->name, "a file is needed, or - for standard input");
    }
    if (strchr(verb->letters, 'E') != NULL && wish->targets != 1) {
        return weir_given_complain(given, verb->name,
                                   "one of --to-earliest, --to-latest, --to-timestamp, "
                                   "--to-offset, --shift-by and --from-file is needed");
    }
    if (strchr(verb->letters, 'A') != NULL && (wish->from_count == 0 || wish->group == NULL)) {
        return weir_given_complain(given, verb->name, "--from-group and --to-group are needed");
    }
    return WEIR_EXIT_OK;
}

static int run(struct command *command, int count, char *const *arguments)
{
    for (size_t i = 0; count > 0 && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, arguments[0]) != 0) {
            continue;
        }
        int code = judge_wish(command, &verbs[i], count - 1);
        if (code == WEIR_EXIT_OK) {
            take_arguments(command, &verbs[i], count - 1, arguments + 1);
            return verbs[i].run(&command->options, &command->wish);
        }
        return code;
    }
    weir_cli_complain("offsets: one of show, export, import, reset and copy is needed");
    return WEIR_EXIT_USAGE;
}

int weir_cmd_offsets(int argc, char **argv)
{
    struct command command = {.options = WEIR_GROUP_OPTIONS_PRESET,
                              .given = {.command = "offsets", .long_options = long_options}};
    int code = WEIR_EXIT_USAGE;

    if (parse(argc, argv, &command)) {
        if (command.options.help) {
            (void)fputs(help, stdout);
            code = weir_group_finish(WEIR_EXIT_OK);
        } else {
            code = run(&command, argc - optind, argv + optind);
        }
    }
    if (code == WEIR_EXIT_USAGE) {
        (void)fputs("Try: weir offsets --help\n", stderr);
    }
    weir_group_options_fini(&command.options);
    return code;
}
