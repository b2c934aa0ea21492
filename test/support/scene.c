#include "test/support/scene.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { TEST_SECONDS = 180, AWAIT_MS = 60000, SETTINGS_MAX = 64, LINE_MAX_SIZE = 512 };

struct scene scene;

static struct kafka *stage;
static const struct scene_suite *playing;
static unsigned scenes; /* so far, in this process */

/* Making one. */

static void raise_stage(void)
{
    if (playing->apart != NULL) {
        stage = kafka_start(playing->apart);
    } else {
        stage = playing->kafka == NULL ? kafka_share() : kafka_start(playing->kafka);
    }
}

static void lower_stage(void)
{
    kafka_stop(stage);
}

void scene_open(struct kafka *kafka)
{
    scene = (struct scene){.bootstrap = kafka_bootstrap(kafka), .kafka = kafka};
    scenes++;
    scene.folder = tmpdir_create("scene");
    scene.admin = admin_open(scene.bootstrap);
    scene.ledger = ledger_create();
    scene.group = text_format("group-%ld-%u", (long)getpid(), scenes);
}

void scene_close(void)
{
    for (size_t i = 0; i < scene.member_count; i++) {
        member_destroy(scene.members[i]);
    }
    for (size_t i = 0; i < scene.topic_count; i++) {
        free(scene.topics[i]);
    }
    for (size_t i = 0; i < scene.string_count; i++) {
        free(scene.strings[i]);
    }
    free(scene.strings);
    free(scene.group);
    ledger_destroy(scene.ledger);
    admin_close(scene.admin);
    tmpdir_remove(&scene.folder);
    scene = (struct scene){0};
}

static void set_up(void)
{
    scene_open(stage);
}

static void tear_down(void)
{
    scene_close();
}

int scene_run(const struct scene_suite *suite)
{
    TCase *tcase = tcase_create(suite->name);
    const char *only = getenv("WEIR_TEST_ONLY"); /* for people: part of a test's name */

    check_set_max_msg_size((uint64_t)2 * FAIL_TEXT_SIZE); /* else check gives up on a long story */
    playing = suite;
    tcase_set_timeout(tcase, suite->seconds > 0 ? suite->seconds : TEST_SECONDS);
    if (suite->apart != NULL) {
        tcase_add_checked_fixture(tcase, raise_stage, lower_stage);
    } else {
        tcase_add_unchecked_fixture(tcase, raise_stage, lower_stage);
    }
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < suite->count; i++) {
        if (only == NULL || strstr(suite->tests[i]->name, only) != NULL) {
            tcase_add_loop_test(tcase, suite->tests[i], 0, suite->loops > 0 ? suite->loops : 1);
        }
    }
    return runner_run(suite->name, tcase);
}

static const char *keep(char *string)
{
    scene.strings = fail_or_realloc(scene.strings, scene.string_count + 1, sizeof scene.strings[0]);
    scene.strings[scene.string_count++] = string;
    return string;
}

const char *scene_text(const char *format, ...)
{
    char *string = NULL;
    va_list arguments;

    va_start(arguments, format);
    int length = vasprintf(&string, format, arguments);
    va_end(arguments);
    if (length < 0) {
        fail_test("out of memory");
    }
    return keep(string);
}

const char *scene_listener(const char *name)
{
    return scene_text("bootstrap.servers=%s", kafka_listener(stage, name));
}

/* What is on it. */

const char *scene_create_topic(int partitions)
{
    return scene_create_topic_with(partitions, NULL);
}

const char *scene_create_topic_with(int partitions, const char *const *config)
{
    if (scene.topic_count == SCENE_TOPICS_MAX) {
        fail_test("a scene has %d topics at most", SCENE_TOPICS_MAX);
    }
    char *topic = text_format("topic-%ld-%u-%zu", (long)getpid(), scenes, scene.topic_count);

    scene.topics[scene.topic_count++] = topic;
    admin_create_topic(scene.admin, &(struct admin_topic){
                                        .name = topic, .partitions = partitions, .config = config});
    return topic;
}

void scene_add_ledger(struct ledger *ledger)
{
    ledger_merge(scene.ledger, ledger);
    ledger_destroy(ledger);
}

void scene_produce(const struct produce_options *options)
{
    struct produce_options own = *options;

    own.topic = own.topic == NULL ? scene.topics[0] : own.topic;
    scene_add_ledger(produce(scene.bootstrap, &own));
}

void scene_produce_many(uint64_t count, uint32_t keys)
{
    struct produce_options options = {.count = count, .keys = keys};

    options.partition = keys > 0 ? PRODUCE_BY_KEY : PRODUCE_IN_TURN;
    options.partitions = admin_partitions(scene.admin, scene.topics[0]);
    scene_produce(&options);
}

/* Members. */

static const char *plugin(const char *name)
{
    const char *folder = getenv("WEIR_TEST_PLUGINS");

    if (folder == NULL) {
        fail_test("the environment has no WEIR_TEST_PLUGINS, the folder of the test plug-ins");
    }
    return scene_text("weir.handler=%s/%s", folder, name);
}

/* `settings` follow our own and so win. */
static struct member *start(const struct member_options *options, const char **settings,
                            size_t count)
{
    struct member_options own = *options;

    settings[count++] = scene_text("bootstrap.servers=%s", scene.bootstrap);
    settings[count++] = plugin("chaos.so");
    settings[count++] = scene_text("handler.ledger=%s/handled", scene.folder);
    settings[count++] = scene_text("handler.gate=%s/gate", scene.folder);
    for (size_t i = 0; options->settings != NULL && options->settings[i] != NULL; i++) {
        if (count + 1 >= SETTINGS_MAX) {
            fail_test("too many settings for %s", options->name);
        }
        settings[count++] = options->settings[i];
    }
    settings[count] = NULL;
    own.settings = settings;
    own.folder = scene.folder;
    if (scene.member_count == SCENE_MEMBERS_MAX) {
        fail_test("a scene has %d members at most", SCENE_MEMBERS_MAX);
    }
    struct member *member = member_start(&own);
    scene.members[scene.member_count++] = member;
    return member;
}

struct member *scene_start_bare(const struct member_options *options)
{
    const char *settings[SETTINGS_MAX];

    return start(options, settings, 0);
}

struct member *scene_start_with(const struct member_options *options)
{
    const char *settings[SETTINGS_MAX];
    size_t count = 0;

    /* A member hears of a rebalance with its next heartbeat. */
    settings[count++] = "heartbeat.interval.ms=300";
    settings[count++] = "session.timeout.ms=30000";
    settings[count++] = scene_text("group.id=%s", scene.group);
    settings[count++] = scene_text("weir.topics=%s", scene.topics[0]);
    return start(options, settings, count);
}

struct member *scene_start(const char *name, const char *const *settings)
{
    return scene_start_with(&(struct member_options){.name = name, .settings = settings});
}

static const char *gate_of(int32_t partition)
{
    return scene_text("%s/gate.%d", scene.folder, (int)partition);
}

void scene_close_gate(int32_t partition)
{
    tmpdir_write(gate_of(partition), "");
}

void scene_open_gate(int32_t partition)
{
    if (unlink(gate_of(partition)) != 0) {
        fail_test("the gate of partition %d was open", (int)partition);
    }
}

static size_t all_streams(struct stream **streams)
{
    size_t count = 0;

    for (size_t i = 0; i < scene.member_count; i++) {
        struct stream *stream = member_stream(scene.members[i]);
        if (stream != NULL) {
            streams[count++] = stream;
        }
    }
    return count;
}

void scene_await_completed(uint64_t records)
{
    struct stream *streams[SCENE_MEMBERS_MAX];
    size_t count = all_streams(streams);

    stream_await_completed(streams, count, records, AWAIT_MS);
}

void scene_await_all(void)
{
    scene_await_completed(ledger_count_in(scene.ledger, LEDGER_ACKNOWLEDGED));
}

void scene_stop_all(void)
{
    bool stopping[SCENE_MEMBERS_MAX] = {false};

    for (size_t i = 0; i < scene.member_count; i++) {
        stopping[i] = process_running(member_process(scene.members[i]));
        if (stopping[i]) {
            member_begin_stop(scene.members[i]);
        }
    }
    for (size_t i = 0; i < scene.member_count; i++) {
        if (stopping[i]) {
            member_expect(scene.members[i], 0, AWAIT_MS);
        }
    }
}

/* Judging. */

struct handled {
    uint64_t different; /* records that must be handled and were */
    uint64_t repeats;
};

static bool is_required(size_t index)
{
    return ledger_at(scene.ledger, index)->state == LEDGER_ACKNOWLEDGED;
}

static bool read_number(const char *text, char **end, long long *number)
{
    errno = 0;
    *number = strtoll(text, end, 10);
    return errno == 0 && *end != text;
}

/* "topic partition offset attempt\n", of a record that was produced. */
static bool find_handled(const char *line, size_t *index)
{
    char topic[LINE_MAX_SIZE] = "";
    size_t length = strcspn(line, " ");
    char *end = NULL;
    long long partition = 0;
    long long offset = 0;

    memcpy(topic, line, length);
    return read_number(line + length, &end, &partition) && *end == ' ' && partition >= 0 &&
           partition <= INT32_MAX && read_number(end, &end, &offset) && *end == ' ' &&
           ledger_find(scene.ledger, topic, (int32_t)partition, offset, index);
}

/* Four words and no more. A line that a kill cut short runs on in the next one. */
static bool is_whole(const char *line)
{
    size_t spaces = 0;

    for (; *line != '\0'; line++) {
        spaces += *line == ' ';
    }
    return spaces == 3;
}

/* A last line without its end is one that the handler was killed in. */
static struct handled read_handled(FILE *file, bool crashed)
{
    struct handled handled = {0};
    uint32_t *times = fail_or_alloc(ledger_count(scene.ledger) + 1, sizeof times[0]);
    char line[LINE_MAX_SIZE];

    while (fgets(line, sizeof line, file) != NULL && strchr(line, '\n') != NULL) {
        size_t index = 0;
        if (crashed && !is_whole(line)) {
            continue;
        }
        if (!find_handled(line, &index)) {
            fail_test("a handler was given a record that nobody produced: %s", line);
        }
        if (is_required(index)) {
            handled.different += times[index] == 0;
            handled.repeats += times[index] > 0;
            times[index]++;
        }
    }
    free(times);
    return handled;
}

/* What the handlers wrote down, each batch before it returned. A kill may come between that and the
 * line in the stream, never before. */
static void judge_handlers(const struct verify_options *options, const struct verify_report *report)
{
    uint64_t completed = report->completed;
    uint64_t allowed = options->duplicates_max + report->repeated;
    char *path = tmpdir_path(scene.folder, "handled");
    FILE *file = fopen(path, "r");

    free(path);
    if (file == NULL) {
        return; /* not one of them was the handler that writes it */
    }
    bool crashed = options->duplicates_max > 0 || options->crashes;
    struct handled handled = read_handled(file, crashed);
    (void)fclose(file);
    if (handled.different < completed) {
        fail_test("the streams say that %llu records were completed, the handlers only know %llu",
                  (unsigned long long)completed, (unsigned long long)handled.different);
    }
    if (!crashed && handled.different > completed) {
        fail_test("the handlers know %llu records, the streams say that only %llu were completed",
                  (unsigned long long)handled.different, (unsigned long long)completed);
    }
    if (!options->crashes && handled.repeats > allowed) {
        fail_test("the handlers were given %llu records again, %llu are allowed",
                  (unsigned long long)handled.repeats, (unsigned long long)allowed);
    }
}

uint64_t scene_judge(const struct verify_options *options)
{
    struct stream *streams[SCENE_MEMBERS_MAX];
    struct verify_options own = *options;
    uint64_t duplicates = 0;

    own.stream_count = all_streams(streams);
    own.streams = streams;
    own.ledger = scene.ledger;
    verify_expect(&own, &duplicates);
    struct verify_report *report = verify(&own);
    judge_handlers(&own, report);
    verify_report_destroy(report);
    return duplicates;
}

/* NULL, or the caller frees what it says of the first partition that is not. */
static char *find_uncommitted(void)
{
    for (size_t i = 0; i < scene.topic_count; i++) {
        const char *topic = scene.topics[i];
        int partitions = admin_partitions(scene.admin, topic);
        for (int32_t j = 0; j < partitions; j++) {
            int64_t end = admin_end_offset(scene.admin, topic, j);
            int64_t committed = admin_committed(scene.admin, scene.group, topic, j, NULL);
            if (committed != end && (end != 0 || committed != -1)) {
                return text_format("%s/%d is committed at %lld and ends at %lld", topic, (int)j,
                                   (long long)committed, (long long)end);
            }
        }
    }
    return NULL;
}

void scene_await_committed_within(int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);
    char *uncommitted = NULL;

    while ((uncommitted = find_uncommitted()) != NULL) {
        if (deadline_passed(deadline)) {
            fail_test("%s after %lld ms", uncommitted, (long long)ms);
        }
        free(uncommitted);
        deadline_turn();
    }
}

void scene_await_committed(void)
{
    scene_await_committed_within(AWAIT_MS);
}

void scene_expect_committed(void)
{
    char *uncommitted = find_uncommitted();

    if (uncommitted != NULL) {
        fail_test("%s", uncommitted);
    }
}
