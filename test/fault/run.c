#include "test/fault/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/random.h"
#include "test/fault/nemesis.h"
#include "test/support/admin_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/ledger_file.h"
#include "test/support/load_kafka.h"
#include "test/support/scene.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum {
    PARTITIONS = 6,
    KEYS = 100,
    PER_SECOND = 600,
    DRAIN_MS = 5000,
    STOP_MS_MAX = DRAIN_MS + 20000,
    QUIET_MS_MAX = 90000,
    COPY_MS = 60000,
    NS_PER_MS = 1000000,
    MS_PER_S = 1000
};

/* All that a run holds: what is left of it when it fails is put away from here. */
struct run {
    const struct run_options *options;
    struct run_result *result;
    struct run_cast cast;
    const char *settings[RUN_SETTINGS + 2];
    struct kafka *kafka;
    struct schedule *schedule;
    struct nemesis *nemesis;
    bool on_scene;
};

static void set(struct run_cast *cast, size_t *count, const char *format, ...) WEIR_PRINTF(3, 4);

static void set(struct run_cast *cast, size_t *count, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(cast->settings[(*count)++], RUN_SETTING_SIZE, format, arguments);
    va_end(arguments);
}

static const char *choose(struct weir_random *random, const char *const *from, size_t count)
{
    return from[weir_random_below(random, count)];
}
#define CHOOSE(random, ...)                                                                        \
    choose((random), (const char *const[]){__VA_ARGS__},                                           \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

void run_make_cast(const struct run_options *options, struct run_cast *out)
{
    struct weir_random random = {.state = ~options->seed};
    size_t count = 0;

    *out = (struct run_cast){.order = CHOOSE(&random, "partition", "key", "none")};
    set(out, &count, "weir.order=%s", out->order);
    set(out, &count, "partition.assignment.strategy=%s",
        CHOOSE(&random, "range", "roundrobin", "cooperative-sticky"));
    set(out, &count, "weir.workers=%s", CHOOSE(&random, "1", "4", "32"));
    set(out, &count, "weir.batch.size=%s", CHOOSE(&random, "1", "10", "64"));
    set(out, &count, "weir.inflight=%s", CHOOSE(&random, "64", "512", "2048"));
    const char *interval = CHOOSE(&random, "0", "0", "200", "1000");
    set(out, &count, "weir.commit.interval.ms=%s", interval);
    out->commit_interval_ms = strtol(interval, NULL, 10);
    set(out, &count, "handler.delay.us=%s", CHOOSE(&random, "0", "200", "1000"));
    set(out, &count, "handler.fail.percent=%s", CHOOSE(&random, "0", "0", "1"));
    set(out, &count, "weir.retry.backoff.ms=10");
    set(out, &count, "weir.retry.backoff.max.ms=100");
    set(out, &count, "weir.retry.attempts=20");
    set(out, &count, "weir.drain.timeout.ms=%d", DRAIN_MS);
    set(out, &count, "session.timeout.ms=%u", options->session_ms);
    set(out, &count, "heartbeat.interval.ms=300");
    set(out, &count, "socket.timeout.ms=5000");
    set(out, &count, "reconnect.backoff.max.ms=1000");
    set(out, &count, "topic.metadata.refresh.interval.ms=1000");
}

/* Progress. */

static void show(const struct schedule_step *step, void *user)
{
    const struct run *run = user;
    struct text line = {.bytes = NULL};

    if (run->options->terminal) {
        schedule_tell(step, &line);
        (void)printf("\r\033[Kseed %llu %s", (unsigned long long)run->options->seed, line.bytes);
        (void)fflush(stdout);
        text_fini(&line);
    }
}

/* The play. */

static enum verify_order judged_order(const struct run *run)
{
    if (strcmp(run->cast.order, "partition") == 0) {
        return VERIFY_ORDER_PARTITION;
    }
    return strcmp(run->cast.order, "key") == 0 ? VERIFY_ORDER_KEY : VERIFY_ORDER_NONE;
}

static void raise_cluster(struct run *run)
{
    const struct run_options *options = run->options;
    static const char *const replicated[] = {"min.insync.replicas=2", NULL};

    run->kafka = kafka_start(
        &(struct kafka_options){.brokers = (int)options->brokers,
                                .proxied = true,
                                .properties = options->brokers > 2 ? replicated : NULL});
    scene_open(run->kafka);
    run->on_scene = true;
    (void)scene_create_topic(PARTITIONS);
}

static void start_members(struct run *run)
{
    size_t count = 0;

    run->settings[count++] =
        scene_text("bootstrap.servers=%s", kafka_proxied_bootstrap(run->kafka));
    for (size_t i = 0; run->cast.settings[i][0] != '\0'; i++) {
        run->settings[count++] = run->cast.settings[i];
    }
    run->nemesis = nemesis_create(&(struct nemesis_options){.kafka = run->kafka,
                                                            .schedule = run->schedule,
                                                            .members = run->options->members,
                                                            .settings = run->settings,
                                                            .on_step = show,
                                                            .user = run});
}

static void count_what_happened(struct run *run, struct verify_options judged)
{
    struct stream *streams[SCENE_MEMBERS_MAX];

    for (size_t i = 0; i < scene.member_count; i++) {
        streams[i] = member_stream(scene.members[i]);
        run->result->rebalances += member_count_events(scene.members[i], WEIR_EVENT_ASSIGN);
    }
    judged.ledger = scene.ledger;
    judged.streams = streams;
    judged.stream_count = scene.member_count;
    struct verify_report *report = verify(&judged);
    run->result->records = report->records;
    run->result->duplicates = report->repeated + report->found[VERIFY_DUPLICATE];
    verify_report_destroy(report);
}

static bool is_gone(const struct stream_event *event)
{
    return event->kind == (int)WEIR_EVENT_REVOKE_END || event->kind == (int)WEIR_EVENT_LOST;
}

/* Partitions that the members of now have by what they said so far, and how often they spoke of
 * any. */
static size_t owned(size_t *words)
{
    size_t partitions = 0;

    *words = 0;
    for (size_t i = 0; i < scene.member_count; i++) {
        const struct member *member = scene.members[i];
        const struct stream *stream = member_stream(member);
        stream_read(member_stream(member));
        for (size_t j = 0; process_running(member_process(member)) && j < stream_count(stream);
             j++) {
            const struct stream_event *event = stream_at(stream, j);
            bool own = !event->foreign && event->pid == member_pid(member);
            bool come = event->kind == (int)WEIR_EVENT_ASSIGN;
            partitions += own && come ? event->span_count : 0;
            partitions -= own && is_gone(event) ? event->span_count : 0;
            *words += own && (come || is_gone(event));
        }
    }
    return partitions;
}

/* One member is looked at after the other, and a partition that is handed over meanwhile may be
 * seen with both: between two looks that see the same, all was as it is seen. */
static bool all_owned(size_t partitions)
{
    size_t before = 0;
    size_t after = 0;

    return owned(&before) == partitions && owned(&after) == partitions && before == after;
}

static size_t running(void)
{
    size_t members = 0;

    for (size_t i = 0; i < scene.member_count; i++) {
        members += process_running(member_process(scene.members[i]));
    }
    return members;
}

/* The same question for whoever asks again: test/fault/check. */
static void write_question(const struct run *run, const struct verify_options *judged)
{
    char *ledger = tmpdir_path(scene.folder, "ledger.jsonl");
    char *path = tmpdir_path(scene.folder, "question");
    char *window = judged->commit_within_ms > 0 ? text_format(" --commit-within-ms %lld",
                                                              (long long)judged->commit_within_ms)
                                                : text_format("%s", "");
    char *question = text_format("check --ledger ledger.jsonl --order %s --session-timeout-ms %u "
                                 "--heal-ns %lld --live-within-ms %d --stop-within-ms %d%s "
                                 "*.events\n",
                                 run->cast.order, run->options->session_ms,
                                 (long long)judged->heal_ns, QUIET_MS_MAX, STOP_MS_MAX, window);

    ledger_write(scene.ledger, ledger);
    tmpdir_write(path, question);
    free(question);
    free(window);
    free(path);
    free(ledger);
}

static void play(void *user)
{
    struct run *run = user;
    /* Brokers that are left alone answer, but for those who wait for one that stands still: that
     * takes a session, and another one if it is followed by the next. */
    int64_t commit_within_ms = run->cast.commit_interval_ms + 2 * (int64_t)run->options->session_ms;
    struct verify_options judged = {.order = judged_order(run),
                                    .crashes = true,
                                    .commit_within_ms =
                                        run->options->members_only ? commit_within_ms : 0,
                                    .session_timeout_ms = run->options->session_ms,
                                    .live_within_ms = QUIET_MS_MAX,
                                    .stop_within_ms = STOP_MS_MAX};

    raise_cluster(run);
    struct load *load = load_start(scene.bootstrap,
                                   &(struct produce_options){.topic = scene.topics[0],
                                                             .partition = PRODUCE_IN_TURN,
                                                             .partitions = PARTITIONS,
                                                             .keys = KEYS},
                                   PER_SECOND);
    start_members(run);
    nemesis_run(run->nemesis);
    judged.heal_ns = deadline_now_ns();
    scene_add_ledger(load_stop(load));
    scene_await_committed_within(QUIET_MS_MAX);
    admin_await_members(scene.admin, scene.group, running(),
                        QUIET_MS_MAX); /* who joins moves some */
    WAIT_UNTIL(all_owned(PARTITIONS + nemesis_grown(run->nemesis)), QUIET_MS_MAX);
    scene_stop_all();
    write_question(run, &judged);
    (void)scene_judge(&judged);
    scene_expect_committed();
    count_what_happened(run, judged);
}

/* What is left of it. */

void run_keep(const struct run_options *options, const char *log)
{
    char *folder = text_format("%s/seed-%llu", options->keep, (unsigned long long)options->seed);
    char *path = tmpdir_path(scene.folder, "operations");
    const char *const words[] = {
        "sh", "-c", "mkdir -p \"$1\" && cp -r \"$2\"/. \"$1\"", "sh", folder, scene.folder, NULL};

    tmpdir_write(path, log);
    struct process *copying = process_start(&(struct process_options){.arguments = words});
    process_expect(copying, 0, COPY_MS);
    process_destroy(copying);
    free(path);
    free(folder);
}

static char *tell(const struct run *run, const char *failure, const char *log)
{
    struct text story = {.bytes = NULL};

    text_add(&story, "seed %llu: %s\nThe group:", (unsigned long long)run->options->seed, failure);
    for (size_t i = 0; run->cast.settings[i][0] != '\0'; i++) {
        text_add(&story, " %s", run->cast.settings[i]);
    }
    text_add(&story, "\nWhat was done to it:\n%s", log);
    if (run->options->keep != NULL && run->on_scene) {
        text_add(&story, "Streams, logs and operations: %s/seed-%llu\n", run->options->keep,
                 (unsigned long long)run->options->seed);
    }
    return story.bytes;
}

void run_seed(const struct run_options *options, struct run_result *result)
{
    struct run run = {.options = options, .result = result};
    int64_t begin_ns = deadline_now_ns();

    *result = (struct run_result){.seed = options->seed, .brokers = options->brokers};
    run_make_cast(options, &run.cast);
    run.schedule =
        schedule_create(&(struct schedule_options){.seed = options->seed,
                                                   .duration_ms = options->duration_ms,
                                                   .members = options->members,
                                                   .brokers = options->brokers,
                                                   .members_only = options->members_only});
    result->operations = schedule_count(run.schedule);
    char *failure = fail_catch(play, &run);
    const char *log = run.nemesis == NULL ? "" : nemesis_log(run.nemesis);
    result->held = failure == NULL;
    if (failure != NULL) {
        result->story = tell(&run, failure, log);
    }
    if (options->keep != NULL && run.on_scene && (options->keep_always || failure != NULL)) {
        run_keep(options, log);
    }
    if (run.on_scene) {
        scene_close();
    }
    kafka_stop(run.kafka);
    process_destroy_all();
    nemesis_destroy(run.nemesis);
    schedule_destroy(run.schedule);
    free(failure);
    result->ms = (deadline_now_ns() - begin_ns) / NS_PER_MS;
}
