#include "tools/cmd_run.h"

#include "tools/event_stream.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/run_end.h"
#include "tools/run_voice.h"
#include "tools/stop_signal.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/consumer.h>
#include <weir/log.h>

enum {
    STOP_GRACE_MS = 20000 /* after the drain: weir needs 17 s at most to commit and to leave, and
                             the handler and the library have what is left */
};

struct run {
    struct weir_cli_config cli;
    const char *events;
    const char *instance;
    uint64_t max_records;
    bool json; /* the log, and everything else on standard error */
    bool until_end;
    bool help;
};

static const char usage[] =
    "Usage: weir run [-c FILE]... [-X KEY=VALUE]... [OPTION]...\n"
    "Runs a consumer with a handler plug-in until it is told to stop.\n"
    "\n" WEIR_CLI_CONFIG_HELP
    "      --events FILE   append what happens as JSON lines; - is standard output\n"
    "      --instance NAME name of this member in the event stream (default: the process id)\n"
    "      --until-end     stop once every assigned partition is handled and committed up to the\n"
    "                      end it had when it was assigned\n"
    "      --max-records N take no more than N records, then stop\n"
    "      --log-format F  of the log and of errors on standard error: text (default) or json\n"
    "  -h, --help          this text\n"
    "\n"
    "With weir.bluegreen.topology=swap it is a member of both groups. Lines of the log begin with "
    "the\n"
    "group's name then; the events of the other group's member go to FILE.peer, as NAME.peer, and\n"
    "--max-records is for each of the two. They stop together, but for that; --until-end is\n"
    "refused: the one that stands by comes to no end.\n"
    "\n"
    "SIGTERM or SIGINT: finish what runs, commit, leave, exit 0. A second one: exit 75 at once.\n"
    "What does not end 20 s after weir.drain.timeout.ms, the handler's close included, is cut\n"
    "off: exit 75, or the code of what had failed before.\n"
    "SIGHUP asks once, however often it comes; under nohup it is ignored.\n"
    "SIGUSR1: everything that is measured, and each partition, as lines of the log; see\n"
    "weir metrics list. The same is said at the end.\n"
    "Exit codes: 0 stopped cleanly, 1 a record failed, or its dead letter could not be written,\n"
    "and the policy is to stop, 64 usage,\n"
    "69 the cluster refuses or lost us for good, 75 stopped with work unfinished (it comes "
    "again)\n"
    "or, with --until-end, by a signal before the end, 78 configuration or plug-in.\n"
    "\n"
    "Examples:\n"
    "  weir run -c orders.properties -X weir.handler=./store.so\n"
    "  weir run -X bootstrap.servers=localhost:9092 -X group.id=demo -X weir.topics=orders \\\n"
    "           -X weir.handler=build/release/examples/print.so --until-end\n"
    "  weir run -c orders.properties --events - | jq -r '.ev // .name'\n"
    "\n"
    "Keys a run needs: bootstrap.servers, group.id, weir.topics (or weir.coordinator=none and\n"
    "weir.partitions), weir.handler; with weir.coordinator=zookeeper also zookeeper.connect. weir\n"
    "config list shows all of weir's.\n";

static bool parse_count(const char *text, uint64_t *out)
{
    char *end = NULL;

    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value == 0 ||
        value > INT64_MAX) {
        return false;
    }
    *out = value;
    return true;
}

static bool take_option(struct run *run, int option)
{
    switch (option) {
    case 'e':
        run->events = optarg;
        return true;
    case 'i':
        run->instance = optarg;
        return true;
    case 'u':
        run->until_end = true;
        return true;
    case 'm':
        return parse_count(optarg, &run->max_records);
    case 'l':
        run->json = strcmp(optarg, "json") == 0;
        weir_cli_complain_in(run->json ? weir_log_json : NULL);
        return run->json || strcmp(optarg, "text") == 0;
    case 'h':
        run->help = true;
        return true;
    default:
        return weir_cli_config_take(&run->cli, option, optarg);
    }
}

static bool parse(int argc, char **argv, struct run *run)
{
    static const struct option options[] = {{"events", required_argument, NULL, 'e'},
                                            {"instance", required_argument, NULL, 'i'},
                                            {"until-end", no_argument, NULL, 'u'},
                                            {"max-records", required_argument, NULL, 'm'},
                                            {"log-format", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            WEIR_CLI_CONFIG_LONG,
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "h" WEIR_CLI_CONFIG_SHORT, options, NULL)) != -1) {
        if (!take_option(run, option)) {
            weir_cli_complain_option(argv);
            return false;
        }
    }
    if (optind < argc) {
        char text[256];
        (void)snprintf(text, sizeof text, "run takes no argument '%s'; see weir run --help",
                       argv[optind]);
        weir_cli_complain(text);
        return false;
    }
    return true;
}

/* Said before the first thread runs, for its events come after it. */
static enum weir_status start(struct weir_run_seat *seat, struct weir_error *error)
{
    if (seat->events != NULL) {
        weir_event_stream_say(seat->events, "startup_complete");
    }
    seat->begun = true;
    return weir_consumer_start(seat->consumer, error);
}

/* One consumer, or two: of the group, and of the one with which it exchanges its role. */
struct crew {
    const struct run *run;
    const struct weir_config *configs[WEIR_RUN_SEATS];
    struct weir_run_voice voices[WEIR_RUN_SEATS];
    struct weir_run_end end;
};

static enum weir_status create(struct crew *crew, size_t i, struct weir_error *error)
{
    const struct run *run = crew->run;
    struct weir_run_seat *seat = &crew->end.seats[i];

    crew->voices[i] = (struct weir_run_voice){
        .log = crew->end.log,
        .group = crew->end.count > 1 ? weir_config_get(crew->configs[i], "group.id") : NULL};
    const struct weir_consumer_options options = {
        .size = sizeof options,
        .on_event = seat->events != NULL ? weir_event_stream_write : NULL,
        .event_user = seat->events,
        .on_log = weir_run_speak,
        .log_user = &crew->voices[i],
        .record_limit = run->max_records,
        .until_end = run->until_end};
    return weir_consumer_create(crew->configs[i], &options, &seat->consumer, error);
}

/* All are good before the first one starts. */
static enum weir_status raise_crew(struct crew *crew, struct weir_error *error)
{
    enum weir_status status = WEIR_OK;

    for (size_t i = 0; status == WEIR_OK && i < crew->end.count; i++) {
        status = create(crew, i, error);
    }
    for (size_t i = 0; status == WEIR_OK && i < crew->end.count; i++) {
        status = start(&crew->end.seats[i], error);
    }
    return status;
}

static int run_crew(struct crew *crew)
{
    struct weir_error error = {0};
    bool watched = weir_stop_signal_watch("stopped at once; unfinished records come again",
                                          &crew->end.signals);

    if (!watched || raise_crew(crew, &error) != WEIR_OK) {
        weir_cli_complain(!watched ? "no file descriptor or thread is left" : error.text);
        return weir_run_give_up(&crew->end,
                                !watched ? WEIR_EXIT_UNAVAILABLE : weir_cli_exit(error.code));
    }
    return weir_run_to_end(&crew->end);
}

/* FILE, and FILE.peer of the second one, which is named so, too; but there is one standard output.
 */
static enum weir_status open_events(struct crew *crew, size_t i, struct weir_error *error)
{
    const char *path = crew->run->events;
    const char *given = crew->run->instance;
    const char *suffix = i == 0 ? "" : ".peer";
    char *name = given != NULL ? weir_cli_text("%s%s", given, suffix)
                               : weir_cli_text("%d%s", (int)getpid(), suffix);
    char *file = weir_cli_text("%s%s", path, strcmp(path, "-") == 0 ? "" : suffix);
    enum weir_status status = weir_event_stream_open(file, name, &crew->end.seats[i].events, error);

    free(file);
    free(name);
    return status;
}

static int run_with_events(struct crew *crew)
{
    struct weir_error error = {0};
    enum weir_status status = WEIR_OK;
    int code = WEIR_EXIT_CONFIG;

    for (size_t i = 0; status == WEIR_OK && crew->run->events != NULL && i < crew->end.count; i++) {
        status = open_events(crew, i, &error);
    }
    if (status == WEIR_OK) {
        code = run_crew(crew);
    } else {
        weir_cli_complain(error.text);
    }
    for (size_t i = 0; i < crew->end.count; i++) {
        weir_run_complain_lost(crew->end.seats[i].events);
        weir_event_stream_close(crew->end.seats[i].events);
    }
    return code;
}

static bool is_swap(const struct weir_config *config)
{
    return strcmp(weir_config_get(config, "weir.bluegreen.topology"), "swap") == 0;
}

static int run_config(const struct run *run, const struct weir_config *config)
{
    struct weir_config *peer = NULL;
    struct weir_error error = {0};
    struct crew crew = {
        .run = run,
        .configs = {config},
        .end = {.count = 1,
                .stop_ms_max = weir_config_integer(config, "weir.drain.timeout.ms") + STOP_GRACE_MS,
                .until_end = run->until_end,
                .log = run->json ? weir_log_json : weir_log_text}};

    if (is_swap(config) && run->until_end) {
        weir_cli_complain("--until-end does not go with weir.bluegreen.topology=swap: the consumer "
                          "that stands by has no partition, so it comes to no end. Of one group: "
                          "-X weir.bluegreen.topology=standby");
        return WEIR_EXIT_USAGE;
    }
    if (is_swap(config)) {
        if (weir_config_peer(config, &peer, &error) != WEIR_OK) {
            weir_cli_complain(error.text);
            return weir_cli_exit(error.code);
        }
        crew.configs[crew.end.count++] = peer;
    }
    int code = run_with_events(&crew);
    weir_config_destroy(peer);
    return code;
}

int weir_cmd_run(int argc, char **argv)
{
    struct run run = {0};
    struct weir_config *config = NULL;

    (void)signal(SIGPIPE, SIG_IGN); /* the configuration is warned of, and nobody may read it */
    if (!parse(argc, argv, &run)) {
        return WEIR_EXIT_USAGE;
    }
    if (run.help) {
        (void)fputs(usage, stdout);
        return WEIR_EXIT_OK;
    }
    int code = weir_cli_config_judge(&run.cli, &config);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    code = run_config(&run, config);
    weir_config_destroy(config);
    return code;
}
