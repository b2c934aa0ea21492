/* Do weir offsets, weir lag and weir status tell the truth of a group, and change it only as asked?
 */
#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/tmpdir.h"

enum {
    EXIT_GOOD = 0,
    EXIT_NO_GROUP = 1,
    EXIT_ABOVE = 2,
    EXIT_USAGE = 64,
    EXIT_TRY_AGAIN = 75,
    ANSWER_MS = 60000,
    PARTITIONS = 3,
    RECORDS = 30 /* in each */
};

#define NONE INT64_C(-1)

/* What the last command said. */
static const char *errors;

static struct command to_cluster(const char *input, const char *const *words)
{
    return (struct command){
        .options = {"-X", scene_text("bootstrap.servers=%s", scene.bootstrap), "--timeout=60"},
        .words = words,
        .input = input,
        .ms_max = ANSWER_MS};
}

/* What it printed. */
static const char *run_weir(int code, const char *input, const char *const *words)
{
    const struct command command = to_cluster(input, words);

    return command_run(&command, code, &errors);
}
#define WEIR(code, ...)        run_weir((code), NULL, (const char *const[]){__VA_ARGS__, NULL})
#define FEED(code, input, ...) run_weir((code), (input), (const char *const[]){__VA_ARGS__, NULL})

static bool says(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* A field of the partition of this index; NONE where it is null. */
static int64_t field(const json_t *view, size_t index, const char *name)
{
    const json_t *row = json_array_get(json_object_get(view, "partitions"), index);
    const json_t *value = json_object_get(row, name);

    ck_assert_msg(value != NULL, "there is no %s of %zu", name, index);
    return json_is_null(value) ? NONE : json_integer_value(value);
}

static size_t partitions_in(const json_t *view)
{
    return json_array_size(json_object_get(view, "partitions"));
}

static void expect_committed(const char *group, const int64_t *offsets)
{
    for (int32_t i = 0; i < PARTITIONS; i++) {
        ck_assert_int_eq(admin_committed(scene.admin, group, scene.topics[0], i, NULL), offsets[i]);
    }
}
#define EXPECT_COMMITTED(...) expect_committed(scene.group, (const int64_t[]){__VA_ARGS__})

static void fill_topic(void)
{
    scene_create_topic(PARTITIONS);
    scene_produce_many((uint64_t)PARTITIONS * RECORDS, 0);
}

static const char *topic_with(const char *partitions)
{
    return scene_text("--topic=%s%s", scene.topics[0], partitions);
}

/* Looking. */

START_TEST(a_group_that_is_not_there_is_said_to_be_none)
{
    const char *const looks[][3] = {{"status", scene.group},
                                    {"lag", scene.group},
                                    {"offsets", "show", scene.group},
                                    {"offsets", "export", scene.group}};

    fill_topic();
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        const char *const words[] = {looks[i][0], looks[i][1], looks[i][2], NULL};
        ck_assert_str_eq(run_weir(EXIT_NO_GROUP, NULL, words), "");
        command_expect(errors, scene_text("there is no group '%s'", scene.group));
    }
    (void)WEIR(EXIT_NO_GROUP, "offsets", "reset", scene.group, "--to-earliest");
    command_expect(errors, "say with --topic what is to be reset");
    (void)WEIR(EXIT_NO_GROUP, "offsets", "copy", "--from-group", scene.group, "--to-group",
               "other");
    command_expect(errors, "has committed nothing");
}
END_TEST

/* Partition 2 has nothing committed. */
START_TEST(what_is_not_committed_is_unknown_and_never_minus_one)
{
    enum { LEFT = RECORDS - 10 };

    fill_topic();
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, topic_with(":0-1"), "--to-offset", "10",
               "--execute");
    json_t *view = command_json(WEIR(EXIT_GOOD, "offsets", "show", scene.group, "-o", "json"));
    ck_assert_uint_eq(partitions_in(view), 2);
    ck_assert_int_eq(field(view, 1, "committed"), 10);
    ck_assert_int_eq(field(view, 1, "begin"), 0);
    ck_assert_int_eq(field(view, 1, "end"), RECORDS);
    ck_assert_int_eq(field(view, 1, "lag"), LEFT);
    json_decref(view);
    view = command_json(WEIR(EXIT_GOOD, "lag", scene.group, topic_with(""), "-o", "json"));
    ck_assert_uint_eq(partitions_in(view), PARTITIONS);
    ck_assert_int_eq(field(view, 2, "committed"), NONE);
    ck_assert_int_eq(field(view, 2, "lag"), NONE);
    ck_assert_int_eq(field(view, 2, "age_ms"), NONE);
    ck_assert_int_eq(field(view, 2, "end"), RECORDS);
    ck_assert_int_eq(json_integer_value(json_object_get(view, "lag")), LEFT + LEFT);
    ck_assert_int_eq(json_integer_value(json_object_get(view, "unknown")), 1);
    json_decref(view);
    const char *commands[] = {"lag", "status", NULL};
    for (const char **command = commands; *command != NULL; command++) {
        const char *table = WEIR(EXIT_GOOD, *command, scene.group, topic_with(""));
        command_expect(table, "none");
        command_expect(table, "unknown");
        ck_assert_msg(!says(table, " -1"), "%s", table);
    }
    (void)WEIR(EXIT_GOOD, "lag", scene.group, "--max-lag=20");
    ck_assert(!says(errors, "lag more than"));
    (void)WEIR(EXIT_ABOVE, "lag", scene.group, "--max-lag=19");
    command_expect(errors, "of 2 partitions 2 lag more than 19 records");
    (void)WEIR(EXIT_TRY_AGAIN, "lag", scene.group, "--max-lag=20", topic_with(""));
    command_expect(errors, "of 1 it is not known");
}
END_TEST

static int64_t now_ms(void)
{
    struct timespec now;

    ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Partition 0 waits for a record of an hour ago, partition 1 for none. */
START_TEST(the_age_is_that_of_the_record_that_comes_next)
{
    enum { HOUR_MS = 3600000, DAY_MS = 24 * HOUR_MS };

    scene_create_topic(2);
    int64_t before = now_ms();
    scene_produce(&(struct produce_options){.count = 1, .timestamp_ms = before - DAY_MS});
    scene_produce(&(struct produce_options){.count = 5, .timestamp_ms = before - HOUR_MS});
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, topic_with(""), "--to-offset=1",
               "--execute");
    command_expect(errors, "2 offsets are written");
    json_t *view = command_json(WEIR(EXIT_GOOD, "lag", scene.group, "-o", "json"));
    ck_assert_int_eq(field(view, 0, "lag"), 5);
    ck_assert_int_ge(field(view, 0, "age_ms"), HOUR_MS);
    ck_assert_int_le(field(view, 0, "age_ms"), HOUR_MS + now_ms() - before);
    ck_assert_int_eq(field(view, 1, "lag"), 0);
    ck_assert_int_eq(field(view, 1, "age_ms"), 0);
    json_decref(view);
    view = command_json(WEIR(EXIT_GOOD, "lag", scene.group, "-o", "json", "--no-age"));
    ck_assert_int_eq(field(view, 0, "age_ms"), NONE);
    json_decref(view);
    command_expect(WEIR(EXIT_GOOD, "lag", scene.group), "1 h ");
}
END_TEST

START_TEST(a_watch_goes_on_until_it_is_told_to_stop)
{
    const char *const words[] = {"lag", scene.group, "--watch=1", "-o", "json", NULL};

    fill_topic();
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, topic_with(":0"), "--to-earliest",
               "--execute");
    const struct command command = to_cluster(NULL, words);
    struct process *process = command_start(&command);
    json_t *view = command_json(process_read_line(process, ANSWER_MS));
    ck_assert_int_eq(field(view, 0, "lag"), RECORDS);
    json_decref(view);
    scene_produce(&(struct produce_options){.count = 7});
    (void)process_read_until(process, scene_text("\"lag\":%d", RECORDS + 7), ANSWER_MS);
    process_signal(process, SIGINT);
    process_expect(process, EXIT_GOOD, ANSWER_MS);
    process_destroy(process);
}
END_TEST

/* Changing. */

START_TEST(a_dry_run_changes_nothing_and_says_what_would)
{
    fill_topic();
    const char *plan =
        WEIR(EXIT_GOOD, "offsets", "reset", scene.group, topic_with(":0,2"), "--to-latest");
    command_expect(plan, "none   30");
    command_expect(errors, "2 offsets would be written; this was a dry run");
    EXPECT_COMMITTED(NONE, NONE, NONE);
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, topic_with(":0,2"), "--to-latest",
               "--execute");
    command_expect(errors, "2 offsets are written, and were read back");
    EXPECT_COMMITTED(RECORDS, NONE, RECORDS);
}
END_TEST

static const struct {
    const char *target;
    int64_t offsets[PARTITIONS];
} targets[] = {
    {"--to-earliest", {5, 0, 0}},    {"--to-offset=10", {10, 10, 10}},
    {"--shift-by=-3", {7, 7, 7}},    {"--shift-by=-3", {5, 4, 4}},
    {"--shift-by=-300", {5, 0, 0}},  {"--shift-by=2", {7, 2, 2}},
    {"--to-offset=0", {5, 0, 0}},    {"--to-offset=9223372036854775807", {30, 30, 30}},
    {"--to-timestamp=0", {5, 0, 0}}, {"--to-timestamp=2100-01-01", {30, 30, 30}},
    {"--to-latest", {30, 30, 30}},
};

/* Partition 0 begins at 5. */
START_TEST(offsets_stay_within_what_there_is)
{
    fill_topic();
    admin_delete_records(scene.admin, scene.topics[0], 0, 5);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, topic_with(""), targets[i].target,
                   "--execute");
        expect_committed(scene.group, targets[i].offsets);
    }
    const char *plan = WEIR(EXIT_GOOD, "offsets", "reset", scene.group, "--to-offset=3");
    command_expect(plan, "raised to the first there is");
    command_expect(plan, "-27");
}
END_TEST

static const char *row(int partition, int64_t offset, const char *more)
{
    return scene_text("{\"group\":\"%s\",\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld%s}\n",
                      scene.group, scene.topics[0], partition, (long long)offset, more);
}

START_TEST(what_is_exported_is_imported_again)
{
    char *path = tmpdir_path(scene.folder, "offsets");

    fill_topic();
    const char *rows =
        scene_text("%s%s%s", row(0, 3, ""), row(1, 0, ""), row(2, 9, ",\"metadata\":\"mine\""));
    tmpdir_write(path, rows);
    (void)WEIR(EXIT_GOOD, "offsets", "import", scene.group, path);
    EXPECT_COMMITTED(NONE, NONE, NONE);
    (void)WEIR(EXIT_GOOD, "offsets", "import", scene.group, path, "--execute");
    EXPECT_COMMITTED(3, 0, 9);
    ck_assert_str_eq(WEIR(EXIT_GOOD, "offsets", "export", scene.group), rows);
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, "--to-latest", "--execute");
    (void)FEED(EXIT_GOOD, rows, "offsets", "import", scene.group, "-", topic_with(":0-1"),
               "--execute");
    EXPECT_COMMITTED(3, 0, RECORDS);
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, "--from-file", path, "--execute");
    ck_assert_str_eq(WEIR(EXIT_GOOD, "offsets", "export", scene.group), rows);
    /* As go_kafka_client stores them, and its metadata is not of the next record. */
    (void)WEIR(EXIT_GOOD, "offsets", "import", scene.group, path, "--last-processed", "--execute");
    EXPECT_COMMITTED(4, 1, 10);
    ck_assert(!says(WEIR(EXIT_GOOD, "offsets", "export", scene.group), "mine"));
    free(path);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_whole)
{
    fill_topic();
    (void)FEED(EXIT_USAGE, scene_text("%s%s", row(0, 3, ""), row(9, 3, "")), "offsets", "import",
               scene.group, "-", "--execute");
    command_expect(errors, "1 partitions do not exist, so nothing is written");
    (void)FEED(EXIT_USAGE, "{\"topic\":\"no-such-topic\",\"partition\":0,\"offset\":3}", "offsets",
               "import", scene.group, "-", "--execute");
    command_expect(errors, "there is no topic 'no-such-topic'");
    (void)WEIR(EXIT_USAGE, "offsets", "reset", scene.group, topic_with(":0-9"), "--to-earliest",
               "--execute");
    command_expect(errors, scene_text("there is no partition 9 of topic '%s'", scene.topics[0]));
    EXPECT_COMMITTED(NONE, NONE, NONE);
}
END_TEST

START_TEST(a_copy_takes_offsets_and_metadata)
{
    const char *other = scene_text("%s-other", scene.group);
    char *metadata = NULL;

    fill_topic();
    (void)FEED(EXIT_GOOD, scene_text("%s%s", row(0, 3, ",\"metadata\":\"mine\""), row(1, 8, "")),
               "offsets", "import", scene.group, "-", "--execute");
    (void)WEIR(EXIT_GOOD, "offsets", "copy", "--from-group", scene.group, "--to-group", other,
               "--execute");
    expect_committed(other, (const int64_t[]){3, 8, NONE});
    ck_assert_int_eq(admin_committed(scene.admin, other, scene.topics[0], 0, &metadata), 3);
    ck_assert_str_eq(metadata, "mine");
    free(metadata);
    (void)WEIR(EXIT_GOOD, "offsets", "copy", "--from-group", scene.group, "--to-group", other,
               "--last-processed", topic_with(":1"), "--execute");
    expect_committed(other, (const int64_t[]){3, 9, NONE});
    EXPECT_COMMITTED(3, 8, NONE);
}
END_TEST

START_TEST(a_copy_of_several_groups_takes_the_lowest)
{
    const char *other = scene_text("%s-other", scene.group);
    const char *third = scene_text("%s-third", scene.group);

    fill_topic();
    (void)FEED(EXIT_GOOD, scene_text("%s%s", row(0, 3, ""), row(1, 8, "")), "offsets", "import",
               scene.group, "-", "--execute");
    (void)FEED(EXIT_GOOD, row(1, 2, ",\"metadata\":\"low\""), "offsets", "import", other, "-",
               "--execute");
    (void)WEIR(EXIT_GOOD, "offsets", "copy", "--from-group", scene.group, "--from-group", other,
               "--to-group", third, "--execute");
    command_expect(errors, "1 partitions are not committed by all of the 2 groups");
    expect_committed(third, (const int64_t[]){3, 2, NONE});
    (void)WEIR(EXIT_GOOD, "offsets", "reset", third, "--to-latest", "--only-missing",
               topic_with(""), "--execute");
    command_expect(errors, "1 offsets are written");
    ck_assert_int_eq(admin_committed(scene.admin, third, scene.topics[0], 0, NULL), 3);
    ck_assert_int_eq(admin_committed(scene.admin, third, scene.topics[0], 1, NULL), 2);
    ck_assert_int_eq(admin_committed(scene.admin, third, scene.topics[0], 2, NULL),
                     admin_end_offset(scene.admin, scene.topics[0], 2));
}
END_TEST

/* Members. */

static void expect_owned(const json_t *view)
{
    const json_t *members = json_object_get(view, "members");
    const json_t *member = json_array_get(members, 0);

    ck_assert_str_eq(command_string(view, "state"), "Stable");
    ck_assert_str_eq(command_string(view, "assignor"), "range");
    ck_assert_int_eq(
        json_integer_value(json_object_get(json_object_get(view, "coordinator"), "id")), 1);
    ck_assert_uint_eq(json_array_size(members), 1);
    ck_assert_str_eq(command_string(member, "client_id"), "keeper");
    ck_assert_str_eq(command_string(member, "instance_id"), "one");
    ck_assert_uint_eq(partitions_in(view), PARTITIONS);
    for (size_t i = 0; i < PARTITIONS; i++) {
        const json_t *row = json_array_get(json_object_get(view, "partitions"), i);
        ck_assert_str_eq(command_string(row, "owner"), command_string(member, "id"));
        ck_assert_int_eq(field(view, i, "lag"), 0);
    }
}

START_TEST(nothing_is_written_while_the_group_has_members)
{
    const char *const words[] = {"reset", "import", "copy"};

    fill_topic();
    struct member *member = SCENE_START("a", "client.id=keeper", "group.instance.id=one",
                                        "partition.assignment.strategy=range");
    scene_await_all();
    scene_await_committed();
    json_t *view = command_json(WEIR(EXIT_GOOD, "status", scene.group, "-o", "json"));
    expect_owned(view);
    json_decref(view);
    const char *table = WEIR(EXIT_GOOD, "status", scene.group);
    command_expect(table,
                   scene_text("group %s: Stable, assignor range, coordinator 1 (", scene.group));
    command_expect(table, "keeper");
    table = WEIR(EXIT_GOOD, "plan", scene.group, "--strategy=roundrobin");
    command_expect(table, "roundrobin: 3 partitions, 1 members; 0 move (*), 0 without an owner");
    command_expect(errors, "taken to be all topics that the group has partitions of");
    (void)WEIR(EXIT_USAGE, "plan", scene.group);
    command_expect(errors, "--strategy is needed: the brokers divide this group");
    for (int execute = 0; execute < 2; execute++) {
        const char *last = execute == 1 ? "--execute" : NULL;
        (void)WEIR(EXIT_TRY_AGAIN, "offsets", words[0], scene.group, "--to-earliest", last);
        command_expect(errors, "is Stable, and has members: keeper at /");
        (void)FEED(EXIT_TRY_AGAIN, row(0, 3, ""), "offsets", words[1], scene.group, "-", last);
        (void)WEIR(EXIT_TRY_AGAIN, "offsets", words[2], "--from-group", scene.group, "--to-group",
                   scene.group, "--last-processed", last);
    }
    EXPECT_COMMITTED(RECORDS, RECORDS, RECORDS);
    member_stop(member);
    admin_await_members(scene.admin, scene.group, 1, ANSWER_MS); /* a static one does not leave */
    (void)WEIR(EXIT_TRY_AGAIN, "offsets", "reset", scene.group, "--to-earliest", "--execute");
}
END_TEST

/* KIP-848: for librdkafka 2.0.2 such a group is dead. */
START_TEST(a_group_of_a_newer_protocol_is_not_taken_for_none)
{
    fill_topic();
    const char *const arguments[] = {"--bootstrap-server", scene.bootstrap, "--topic",
                                     scene.topics[0],      "--group-id",    scene.group,
                                     "--group-protocol",   "consumer",      NULL};

    if (kafka_version(scene.kafka) == NULL || kafka_version(scene.kafka)[0] < '4') {
        return;
    }
    struct process *java =
        kafka_tool(scene.kafka, "org.apache.kafka.tools.VerifiableConsumer", arguments, NULL);
    (void)process_read_until(java, "offsets_committed", ANSWER_MS);
    ck_assert(!says(WEIR(EXIT_GOOD, "status", scene.group), "members 0"));
    (void)WEIR(EXIT_TRY_AGAIN, "offsets", "reset", scene.group, topic_with(""), "--to-earliest",
               "--execute");
    command_expect(errors, ", and has members");
    process_destroy(java);
}
END_TEST

/* S23 */
START_TEST(a_run_resumes_exactly_where_its_offsets_were_reset)
{
    static const char *const until_end[] = {"--until-end", NULL};
    enum { OLD = 40, ALL = 100, BACK = 25, AGE_MS = 600000 };
    int64_t new_ms = now_ms(); /* older ones would fall to retention */

    scene_create_topic(1);
    scene_produce(&(struct produce_options){.count = OLD, .timestamp_ms = new_ms - AGE_MS});
    scene_produce(&(struct produce_options){.count = ALL - OLD, .timestamp_ms = new_ms});
    struct member *member =
        scene_start_with(&(struct member_options){.name = "a", .arguments = until_end});
    member_expect(member, EXIT_GOOD, ANSWER_MS);
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, "--shift-by", "-25", "--execute");
    member_restart(member);
    member_expect(member, EXIT_GOOD, ANSWER_MS);
    (void)WEIR(EXIT_GOOD, "offsets", "reset", scene.group, "--to-timestamp",
               scene_text("%lld", (long long)(new_ms - AGE_MS + 1)), "--execute");
    member_restart(member);
    member_expect(member, EXIT_GOOD, ANSWER_MS);
    stream_read(member_stream(member));
    for (int64_t offset = 0; offset < ALL; offset++) {
        uint64_t times = 1 + (offset >= ALL - BACK ? 1u : 0u) + (offset >= OLD ? 1u : 0u);
        ck_assert_uint_eq(stream_completions_of(member_stream(member), scene.topics[0], 0, offset),
                          times);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_group_that_is_not_there_is_said_to_be_none,
        what_is_not_committed_is_unknown_and_never_minus_one,
        the_age_is_that_of_the_record_that_comes_next,
        a_watch_goes_on_until_it_is_told_to_stop,
        a_dry_run_changes_nothing_and_says_what_would,
        offsets_stay_within_what_there_is,
        what_is_exported_is_imported_again,
        what_does_not_fit_is_refused_whole,
        a_copy_takes_offsets_and_metadata,
        a_copy_of_several_groups_takes_the_lowest,
        nothing_is_written_while_the_group_has_members,
        a_group_of_a_newer_protocol_is_not_taken_for_none,
        a_run_resumes_exactly_where_its_offsets_were_reset,
    };

    return SCENE_RUN("offsets", tests);
}
