#include "tools/cmd_run.h"

#include "tools/cut_off.h"
#include "tools/event_stream.h"
#include "tools/monotonic.h"
#include "tools/options.h"
#include "tools/stop_signal.h"
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <weir/consumer.h>
#include <weir/log.h>

enum {
    EXIT_RECORD_FAILED = 1,
    STOP_GRACE_MS = 20000, /* after the drain: weir needs 17 s at most to commit and to leave, and
                              the handler and the library have what is left */
    MS_PER_S = 1000
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

/* What the end of a consumer takes. */
struct watch {
    struct weir_signals signals;
    int64_t stop_ms_max;
    bool until_end;
    weir_log_fn *log;
    struct weir_event_stream *events; /* NULL: none */
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
    "SIGTERM or SIGINT: finish what runs, commit, leave, exit 0. A second one: exit 75 at once.\n"
    "What does not end 20 s after weir.drain.timeout.ms, the handler's close included, is cut\n"
    "off: exit 75, or the code of what had failed before.\n"
    "SIGHUP asks once, however often it comes; under nohup it is ignored.\n"
    "SIGUSR1: everything that is measured, and each partition, as lines of the log; see\n"
    "weir metrics list. The same is said at the end.\n"
    "Exit codes: 0 stopped cleanly, 1 a record failed and weir.failure.policy=stop, 64 usage,\n"
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

static void say_shutdown(struct weir_event_stream *events)
{
    if (events != NULL) {
        weir_event_stream_say(events, "shutdown_complete");
    }
}

static void begin_drain(struct weir_consumer *consumer, weir_log_fn *log)
{
    const struct weir_log_line hint = {.size = sizeof hint,
                                       .level = 6,
                                       .tag = "stop",
                                       .text = "asked to stop; a second signal stops at once"};

    log(&hint, NULL);
    weir_consumer_drain(consumer);
}

static void report(struct weir_consumer *consumer, int fd)
{
    eventfd_t times = 0;

    if (eventfd_read(fd, &times) == 0) {
        weir_consumer_emit(consumer);
    }
}

/* How it came to its end. */
struct finish {
    int64_t left_ms;  /* of the time for it */
    bool interrupted; /* it was asked to stop while it had not begun to by itself */
};

/* One that was just started may not have come to run yet. */
static bool has_begun_to_stop(const struct weir_consumer *consumer)
{
    enum weir_state state = weir_consumer_state(consumer);

    return state != WEIR_STATE_CREATED && state != WEIR_STATE_RUNNING;
}

/* Until the consumer has ended. False when it does not, long after it began to. */
static bool wait_for_end(struct weir_consumer *consumer, const struct watch *watch,
                         struct finish *out)
{
    struct pollfd fds[] = {{.fd = weir_consumer_fd(consumer), .events = POLLIN},
                           {.fd = watch->signals.asked, .events = POLLIN},
                           {.fd = watch->signals.report, .events = POLLIN}};
    int64_t stopping_since = 0;

    while (stopping_since == 0 || weir_monotonic_ms() - stopping_since <= watch->stop_ms_max) {
        if (poll(fds, sizeof fds / sizeof fds[0], MS_PER_S) < 0 && errno != EINTR) {
            fds[1].revents = POLLIN; /* it cannot be watched, so it must end */
        }
        if (fds[0].revents != 0) {
            out->left_ms = watch->stop_ms_max -
                           (stopping_since > 0 ? weir_monotonic_ms() - stopping_since : 0);
            return true;
        }
        report(consumer, watch->signals.report);
        if (fds[1].revents != 0) {
            out->interrupted = !has_begun_to_stop(consumer);
            begin_drain(consumer, watch->log);
            fds[1] = (struct pollfd){.fd = -1};
        }
        if (stopping_since == 0 &&
            (fds[1].fd < 0 || weir_consumer_state(consumer) == WEIR_STATE_DRAINING)) {
            stopping_since = weir_monotonic_ms();
        }
    }
    return weir_consumer_wait(consumer, 0) == WEIR_OK;
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

/* Without a partition there was nothing to finish: what is left behind costs nobody a record. */
static bool had_nothing(const struct weir_consumer *consumer)
{
    return weir_consumer_counter(consumer, WEIR_COUNTER_ASSIGNED) == 0;
}

/* Waits for the end, and frees the consumer. Does not return when something has to be left behind:
 * that may still write events, and must not meet the program's own end. */
static int see_to_end(struct weir_consumer *consumer, const struct watch *watch)
{
    static const char sentence[] = "did not come to its end within weir.drain.timeout.ms and 20 s "
                                   "more, so it is cut off; what is not committed comes again";
    struct finish finish = {0};

    if (!wait_for_end(consumer, watch, &finish)) {
        weir_cut_off(WEIR_EXIT_TRY_AGAIN, sentence);
    }
    int code = exit_code(consumer);
    if (code == WEIR_EXIT_OK && watch->until_end && finish.interrupted) {
        weir_cli_complain("stopped by a signal before --until-end was reached; what is left comes "
                          "with the next run");
        code = WEIR_EXIT_TRY_AGAIN;
    }
    int code_left_behind =
        code == WEIR_EXIT_OK && !had_nothing(consumer) ? WEIR_EXIT_TRY_AGAIN : code;
    weir_cut_off_in(finish.left_ms, code == WEIR_EXIT_OK ? WEIR_EXIT_TRY_AGAIN : code, sentence);
    if (weir_consumer_destroy(consumer) != WEIR_OK) {
        if (code_left_behind == WEIR_EXIT_OK) {
            say_shutdown(watch->events);
        }
        complain_lost(watch->events);
        (void)fflush(stdout);
        _exit(code_left_behind);
    }
    say_shutdown(watch->events);
    return code;
}

/* Said before the first thread runs, for its events come after it; so what does not start has shut
 * down. */
static enum weir_status start(struct weir_consumer *consumer, struct weir_event_stream *events,
                              struct weir_error *error)
{
    if (events != NULL) {
        weir_event_stream_say(events, "startup_complete");
    }
    enum weir_status status = weir_consumer_start(consumer, error);
    if (status != WEIR_OK) {
        say_shutdown(events);
    }
    return status;
}

static int run_consumer(const struct run *run, const struct weir_config *config,
                        struct weir_event_stream *events)
{
    struct weir_consumer_options options = {.size = sizeof options,
                                            .on_event =
                                                events != NULL ? weir_event_stream_write : NULL,
                                            .event_user = events,
                                            .on_log = run->json ? weir_log_json : weir_log_text,
                                            .record_limit = run->max_records,
                                            .until_end = run->until_end};
    struct weir_consumer *consumer = NULL;
    struct weir_error error = {0};
    struct weir_signals signals = {0};
    bool watched =
        weir_stop_signal_watch("stopped at once; unfinished records come again", &signals);

    if (!watched || weir_consumer_create(config, &options, &consumer, &error) != WEIR_OK ||
        start(consumer, events, &error) != WEIR_OK) {
        weir_cli_complain(!watched ? "no file descriptor or thread is left" : error.text);
        weir_consumer_destroy(consumer);
        return !watched ? WEIR_EXIT_UNAVAILABLE : weir_cli_exit(error.code);
    }
    const struct watch watch = {
        .signals = signals,
        .stop_ms_max = weir_config_integer(config, "weir.drain.timeout.ms") + STOP_GRACE_MS,
        .until_end = run->until_end,
        .log = options.on_log,
        .events = events};
    return see_to_end(consumer, &watch);
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
    int code = weir_cli_config_judge(&run.cli, &config);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    code = run_with_events(&run, config);
    weir_config_destroy(config);
    return code;
}
