#include "tools/cmd_run.h"

#include "tools/event_stream.h"
#include "tools/options.h"
#include "tools/stop_signal.h"
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/consumer.h>
#include <weir/log.h>

enum { EXIT_RECORD_FAILED = 1 };

struct run {
    struct weir_cli_config cli;
    const char *events;
    const char *instance;
    const char *log_format; /* NULL: text */
    uint64_t max_records;
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
    "      --log-format F  of the log on standard error: text (default) or json\n"
    "  -h, --help          this text\n"
    "\n"
    "SIGTERM or SIGINT: finish what runs, commit, leave, exit 0. A second one: exit 75 at once.\n"
    "Exit codes: 0 stopped cleanly, 1 a record failed and weir.failure.policy=stop, 64 usage,\n"
    "69 the cluster refuses or lost us for good, 75 stopped with work unfinished (it comes "
    "again),\n"
    "78 configuration or plug-in.\n"
    "\n"
    "Examples:\n"
    "  weir run -c orders.properties -X weir.handler=./store.so\n"
    "  weir run -X bootstrap.servers=localhost:9092 -X group.id=demo -X weir.topics=orders \\\n"
    "           -X weir.handler=build/release/examples/print.so --until-end\n"
    "  weir run -c orders.properties --events - | jq -r '.ev // .name'\n"
    "\n"
    "Keys a run needs: bootstrap.servers, group.id, weir.topics (or weir.coordinator=none and\n"
    "weir.partitions), weir.handler. weir config list shows all of weir's.\n";

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
        run->log_format = optarg;
        return strcmp(optarg, "text") == 0 || strcmp(optarg, "json") == 0;
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

static void complain_lost(const struct weir_event_stream *events)
{
    int reason = 0;
    uint64_t lost = events == NULL ? 0 : weir_event_stream_lost(events, &reason);
    char text[160];

    if (lost > 0) {
        (void)snprintf(text, sizeof text, "%llu event lines could not be written: %s",
                       (unsigned long long)lost, strerror(reason));
        weir_cli_complain(text);
    }
}

/* Until the consumer has ended. `asked` turns readable when somebody wants it to. */
static void wait_for_end(struct weir_consumer *consumer, weir_log_fn *log, int asked)
{
    const struct weir_log_line hint = {.size = sizeof hint,
                                       .level = 6,
                                       .tag = "stop",
                                       .text = "asked to stop; asked again, stops at once"};
    struct pollfd fds[] = {{.fd = weir_consumer_fd(consumer), .events = POLLIN},
                           {.fd = asked, .events = POLLIN}};

    while (fds[0].revents == 0 && fds[1].revents == 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            break; /* it cannot be watched, so it must end */
        }
    }
    if (fds[0].revents == 0) {
        if (fds[1].revents != 0) {
            log(&hint, NULL);
        }
        weir_consumer_drain(consumer);
        (void)!weir_consumer_wait(consumer, -1);
    }
}

static int exit_code(const struct weir_consumer *consumer)
{
    struct weir_error error = {0};

    switch (weir_consumer_state(consumer)) {
    case WEIR_STATE_STOPPED:
        return WEIR_EXIT_OK;
    case WEIR_STATE_INCOMPLETE:
        weir_consumer_error(consumer, &error);
        weir_cli_complain(error.text);
        return WEIR_EXIT_TRY_AGAIN;
    case WEIR_STATE_FAILED:
        weir_consumer_error(consumer, &error);
        weir_cli_complain(error.text);
        return error.code == WEIR_ERR_RECORD ? EXIT_RECORD_FAILED : weir_cli_exit(error.code);
    case WEIR_STATE_CREATED:
    case WEIR_STATE_RUNNING:
    case WEIR_STATE_DRAINING:
        break;
    }
    return WEIR_EXIT_TRY_AGAIN;
}

static int run_consumer(const struct run *run, const struct weir_config *config,
                        struct weir_event_stream *events)
{
    bool json = run->log_format != NULL && strcmp(run->log_format, "json") == 0;
    struct weir_consumer_options options = {.size = sizeof options,
                                            .on_event =
                                                events != NULL ? weir_event_stream_write : NULL,
                                            .event_user = events,
                                            .on_log = json ? weir_log_json : weir_log_text,
                                            .record_limit = run->max_records,
                                            .until_end = run->until_end};
    struct weir_consumer *consumer = NULL;
    struct weir_error error = {0};
    int asked = weir_stop_signal_watch();

    if (asked < 0 || weir_consumer_create(config, &options, &consumer, &error) != WEIR_OK ||
        weir_consumer_start(consumer, &error) != WEIR_OK) {
        weir_cli_complain(asked < 0 ? "no file descriptor or thread is left" : error.text);
        weir_consumer_destroy(consumer);
        return asked < 0 ? WEIR_EXIT_UNAVAILABLE : weir_cli_exit(error.code);
    }
    if (events != NULL) {
        weir_event_stream_say(events, "startup_complete");
    }
    wait_for_end(consumer, options.on_log, asked);
    int code = exit_code(consumer);
    if (weir_consumer_destroy(consumer) != WEIR_OK) {
        /* The handler that was left behind may still write events, and must not meet the program's
         * own end. */
        complain_lost(events);
        (void)fflush(stdout);
        _exit(code);
    }
    if (events != NULL) {
        weir_event_stream_say(events, "shutdown_complete");
    }
    return code;
}

static int run_with_events(const struct run *run, const struct weir_config *config)
{
    struct weir_event_stream *events = NULL;
    struct weir_error error = {0};
    char instance[32];

    (void)snprintf(instance, sizeof instance, "%d", (int)getpid());
    if (run->events != NULL &&
        weir_event_stream_open(run->events, run->instance != NULL ? run->instance : instance,
                               &events, &error) != WEIR_OK) {
        weir_cli_complain(error.text);
        return WEIR_EXIT_CONFIG;
    }
    int code = run_consumer(run, config, events);
    complain_lost(events);
    weir_event_stream_close(events);
    return code;
}

int weir_cmd_run(int argc, char **argv)
{
    struct run run = {0};
    struct weir_config *config = NULL;

    if (!parse(argc, argv, &run)) {
        return WEIR_EXIT_USAGE;
    }
    if (run.help) {
        (void)fputs(usage, stdout);
        return WEIR_EXIT_OK;
    }
    int code = weir_cli_config_build(&run.cli, &config);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    code = run_with_events(&run, config);
    weir_config_destroy(config);
    return code;
}
