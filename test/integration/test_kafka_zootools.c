/* Do the tools see groups in a real ZooKeeper on a real Kafka, and change only what nobody owns? */
#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum {
    EXIT_GOOD = 0,
    EXIT_NO_GROUP = 1,
    EXIT_USAGE = 64,
    EXIT_UNAVAILABLE = 69,
    EXIT_TRY_AGAIN = 75,
    ANSWER_MS = 60000,
    ARGUMENTS_MAX = 48,
    PARTITIONS = 3,
    RECORDS = 10 /* in each */
};

/* One server for all. */
static struct zookeeper *server;
static struct zookeeper_admin *admin;

/* What the last command said. */
static const char *errors;

static const char *connection(void)
{
    return scene_text("zookeeper.connect=%s/tools", zookeeper_connect(server));
}

static void raise_curtain(void)
{
    admin = zookeeper_admin_open(zookeeper_connect(server), NULL);
    scene_create_topic(PARTITIONS);
    scene_produce_many((uint64_t)PARTITIONS * RECORDS, 0);
}

static void drop_curtain(void)
{
    zookeeper_admin_close(admin);
    admin = NULL;
}

/* Its session is longer than a thread stands still. */
static struct member *start(const char *name, const char *store)
{
    return SCENE_START(name, "weir.coordinator=zookeeper", store,
                       scene_text("weir.member.id=%s", name), connection(),
                       "zookeeper.session.timeout.ms=60000");
}

/* Commands. Each is given the whole configuration of the group; `store` is of its offsets. */

static const char in_kafka[] = "weir.offsets.store=kafka";
static const char in_zookeeper[] = "weir.offsets.store=zookeeper";
static const char *store = in_kafka;

static struct process *start_weir(const char *const *words, bool input)
{
    const char *const settings[] = {scene_text("bootstrap.servers=%s", scene.bootstrap),
                                    connection(), "weir.coordinator=zookeeper", store,
                                    scene_text("group.id=%s", scene.group)};
    const char *arguments[ARGUMENTS_MAX] = {getenv("WEIR_BINARY")};
    size_t count = 1;

    for (; *words != NULL; words++) {
        ck_assert_uint_lt(count + 16, ARGUMENTS_MAX);
        arguments[count++] = *words;
        for (size_t i = 0; count == 2 && i < sizeof settings / sizeof settings[0]; i++) {
            arguments[count + 2 * i] = "-X";
            arguments[count + 2 * i + 1] = settings[i];
        }
        count += count == 2 ? 2 * (sizeof settings / sizeof settings[0]) : 0;
    }
    return process_start(&(struct process_options){.arguments = arguments, .input = input});
}

/* What it printed. */
static const char *run_weir(int code, const char *input, const char *const *words)
{
    struct process *process = start_weir(words, input != NULL);

    if (input != NULL) {
        process_write(process, input);
        process_close_input(process);
    }
    process_expect(process, code, ANSWER_MS);
    const char *output = scene_text("%s", process_output(process));
    errors = scene_text("%s", process_errors(process));
    process_destroy(process);
    return output;
}
#define WEIR(code, ...)        run_weir((code), NULL, (const char *const[]){__VA_ARGS__, NULL})
#define FEED(code, input, ...) run_weir((code), (input), (const char *const[]){__VA_ARGS__, NULL})

static void expect_said(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in: %s", part, text);
}

static void expect_not_said(const char *part)
{
    ck_assert_msg(strstr(errors, part) == NULL, "'%s' is in: %s", part, errors);
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(json != NULL, "%s: %s", error.text, text);
    return json;
}

static const char *string_in(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value == NULL ? "" : value;
}

static const json_t *row(const json_t *view, size_t index)
{
    const json_t *found = json_array_get(json_object_get(view, "partitions"), index);

    ck_assert_ptr_nonnull(found);
    return found;
}

static void expect_offsets(const json_t *view, int64_t committed)
{
    ck_assert_uint_eq(json_array_size(json_object_get(view, "partitions")), PARTITIONS);
    for (size_t i = 0; i < PARTITIONS; i++) {
        ck_assert_int_eq(json_integer_value(json_object_get(row(view, i), "committed")), committed);
        ck_assert_int_eq(json_integer_value(json_object_get(row(view, i), "end")), RECORDS);
    }
}

/* Everything below the group, "weir" left out: what a tool may have changed. */
static const char *node(const char *below)
{
    return scene_text("/tools/consumers/%s/%s", scene.group, below);
}

/* Lives as long as the scene. */
static const char *data_of(const char *below)
{
    char *data = zookeeper_admin_get(admin, node(below));
    const char *kept = scene_text("%s", data == NULL ? "-" : data);

    free(data);
    return kept;
}

/* Looking. */

/* A watch tells when it is so: the members, stable, and nothing left to do. */
static json_t *await_idle(size_t members)
{
    const char *const words[] = {"status", "--watch=1", "-o", "json", NULL};
    struct process *process = start_weir(words, false);
    json_t *view = NULL;

    do {
        json_decref(view);
        view = parse(process_read_line(process, ANSWER_MS));
    } while (strcmp(string_in(view, "state"), "Stable") != 0 ||
             json_array_size(json_object_get(view, "members")) != members ||
             json_integer_value(json_object_get(view, "unknown")) > 0 ||
             json_integer_value(json_object_get(view, "lag")) > 0);
    process_signal(process, SIGINT);
    process_expect(process, EXIT_GOOD, ANSWER_MS);
    process_destroy(process);
    return view;
}

static void expect_owned(const json_t *view)
{
    ck_assert_str_eq(string_in(view, "coordination"), "zookeeper");
    ck_assert_str_eq(string_in(view, "assignor"), "sticky");
    for (int i = 0; i < PARTITIONS; i++) {
        const char *owner = string_in(row(view, (size_t)i), "owner");
        ck_assert_str_eq(data_of(scene_text("owners/%s/%d", scene.topics[0], i)),
                         scene_text("%s-0", owner));
        ck_assert_str_eq(string_in(row(view, (size_t)i), "allotted"), owner);
    }
}

/* What a strategy would do, of what runs and of the same view from a file. */
static void expect_planned(void)
{
    const char *view = WEIR(EXIT_GOOD, "plan", "-o", "view");
    const char *live = WEIR(EXIT_GOOD, "plan", "--strategy=range", "-o", "json");
    const char *const arguments[] = {
        getenv("WEIR_BINARY"), "plan", "--strategy=range", "--view=-", "-o", "json", NULL};
    struct process *process =
        process_start(&(struct process_options){.arguments = arguments, .input = true});

    process_write(process, view);
    process_close_input(process);
    process_expect(process, EXIT_GOOD, ANSWER_MS);
    ck_assert_str_eq(process_output(process), live);
    process_destroy(process);
    expect_said(WEIR(EXIT_GOOD, "plan"), "sticky: 3 partitions, 2 members; 0 move (*), 0 without");
    expect_not_said("left out");
    json_t *answer = parse(WEIR(EXIT_GOOD, "plan", "-o", "json"));
    for (int i = 0; i < PARTITIONS; i++) {
        const char *owner = data_of(scene_text("owners/%s/%d", scene.topics[0], i));
        const json_t *topics =
            json_object_get(json_object_get(answer, "assignment"), scene_text("%.1s", owner));
        const json_t *numbers = json_object_get(topics, scene.topics[0]);
        bool found = false;
        for (size_t at = 0; at < json_array_size(numbers); at++) {
            found = found || json_integer_value(json_array_get(numbers, at)) == i;
        }
        ck_assert_msg(found, "%d is not planned for %s", i, owner);
    }
    json_decref(answer);
}

static void expect_seen(const char *where)
{
    store = where;
    raise_curtain();
    (void)WEIR(EXIT_NO_GROUP, "status");
    expect_said(errors, scene_text("there is no group '%s'", scene.group));
    ck_assert(!zookeeper_admin_exists(admin, scene_text("/tools/consumers/%s", scene.group)));
    (void)member_await_assigned(start("a", store), 0);
    (void)member_await_assigned(start("b", store), 0);
    json_t *view = await_idle(2);
    expect_offsets(view, RECORDS);
    expect_owned(view);
    json_decref(view);
    expect_said(WEIR(EXIT_GOOD, "status"), ": Stable, strategy sticky, ZooKeeper ");
    expect_not_said("seen here"); /* as it is of members that nobody knows */
    if (where == in_kafka) {
        expect_planned();
    }
    scene_stop_all();
    (void)WEIR(EXIT_NO_GROUP, "plan");
    expect_said(errors, "has no members in ZooKeeper");
    view = parse(WEIR(EXIT_GOOD, "lag", "-o", "json"));
    ck_assert_str_eq(string_in(view, "state"), "Empty");
    expect_offsets(view, RECORDS);
    json_decref(view);
    expect_said(WEIR(EXIT_GOOD, "lag"),
                scene_text("%s           3    0        0", scene.topics[0]));
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL),
                     where == in_kafka ? RECORDS : -1);
    drop_curtain();
}

START_TEST(a_group_is_seen_with_members_owners_and_offsets)
{
    expect_seen(in_kafka);
}
END_TEST

START_TEST(offsets_in_zookeeper_are_seen_where_they_are)
{
    expect_seen(in_zookeeper);
}
END_TEST

START_TEST(servers_that_are_not_there_are_named)
{
    raise_curtain();
    (void)WEIR(EXIT_UNAVAILABLE, "status", "-X", "zookeeper.connect=127.0.0.1:1", "--timeout=2");
    expect_said(errors, "no answer of zookeeper.connect=127.0.0.1:1 in time: ");
    expect_said(errors, "refused");
    drop_curtain();
}
END_TEST

/* Changing. */

static const char *offset_node(int partition)
{
    return scene_text("offsets/%s/%d", scene.topics[0], partition);
}

static void expect_stored(const char *offset)
{
    for (int i = 0; i < PARTITIONS; i++) {
        ck_assert_str_eq(data_of(offset_node(i)), offset);
        ck_assert_str_eq(data_of(scene_text("owners/%s/%d", scene.topics[0], i)), "-");
    }
}

static const char *row_of(int partition, int offset)
{
    return scene_text("{\"topic\":\"%s\",\"partition\":%d,\"offset\":%d}\n", scene.topics[0],
                      partition, offset);
}

static void expect_refused(const char *who)
{
    const char *const lasts[] = {NULL, "--execute"};

    for (size_t i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
        (void)WEIR(EXIT_TRY_AGAIN, "offsets", "reset", "--to-earliest",
                   scene_text("--topic=%s", scene.topics[0]), lasts[i]);
        expect_said(errors, scene_text(" in ZooKeeper, and has members: %s", who));
        (void)FEED(EXIT_TRY_AGAIN, row_of(0, 3), "offsets", "import", "-", lasts[i]);
        expect_said(errors, scene_text(" in ZooKeeper, and has members: %s", who));
    }
}

/* Stored there or in Kafka, and by whomever. */
START_TEST(nothing_is_written_while_somebody_is_there)
{
    raise_curtain();
    store = in_zookeeper;
    (void)member_await_assigned(start("a", store), 0);
    json_decref(await_idle(1));
    expect_refused("a; stop them first");
    (void)WEIR(EXIT_TRY_AGAIN, "offsets", "copy", "--from-group", scene.group, "--to-group",
               scene.group, "--to-store=kafka", "--execute");
    expect_said(errors, " in ZooKeeper, and has members: a; stop them first");
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL), -1);
    scene_stop_all();
    zookeeper_admin_create(admin, node("ids/go-1"), "{\"version\":1}");
    expect_refused("go-1; stop them first");
    store = in_kafka;
    expect_refused("go-1; stop them first");
    zookeeper_admin_delete(admin, node("ids/go-1"));
    zookeeper_admin_create(admin, node(scene_text("owners/%s/1", scene.topics[0])), "go-1-0");
    expect_refused(scene_text("go-1-0 owns %s/1, and is no member", scene.topics[0]));
    store = in_zookeeper;
    expect_refused(scene_text("go-1-0 owns %s/1, and is no member", scene.topics[0]));
    zookeeper_admin_delete(admin, node(scene_text("owners/%s/1", scene.topics[0])));
    expect_stored(scene_text("%d", RECORDS));
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL), -1);
    drop_curtain();
}
END_TEST

/* They begin again just there. */
START_TEST(a_group_resumes_where_its_offsets_in_zookeeper_were_set)
{
    enum { BACK = 3 };

    raise_curtain();
    store = in_zookeeper;
    struct member *member = start("a", store);
    (void)member_await_assigned(member, 0);
    json_decref(await_idle(1));
    member_stop(member);
    const char *exported = WEIR(EXIT_GOOD, "offsets", "export");
    const char *plan = WEIR(EXIT_GOOD, "offsets", "reset", "--shift-by=-3");
    expect_said(plan, "-3");
    expect_said(errors, "3 offsets would be written; this was a dry run");
    expect_stored("10");
    (void)WEIR(EXIT_GOOD, "offsets", "reset", "--shift-by=-3", "--execute");
    expect_said(errors, "3 offsets are written, and were read back");
    expect_stored("7");
    member_restart(member);
    (void)member_await_assigned(member, 0);
    json_decref(await_idle(1));
    member_stop(member);
    for (int64_t offset = 0; offset < RECORDS; offset++) {
        ck_assert_uint_eq(stream_completions_of(member_stream(member), scene.topics[0], 1, offset),
                          offset < RECORDS - BACK ? 1u : 2u);
    }
    (void)WEIR(EXIT_GOOD, "offsets", "reset", "--to-earliest", "--execute");
    expect_stored("0");
    (void)FEED(EXIT_GOOD, exported, "offsets", "import", "-", "--execute");
    expect_stored("10");
    drop_curtain();
}
END_TEST

/* go_kafka_client's are of the last record that was processed; there is one that is none. */
START_TEST(offsets_are_copied_from_one_store_to_the_other)
{
    raise_curtain();
    store = in_kafka;
    zookeeper_admin_create(admin, node(offset_node(0)), "6");
    zookeeper_admin_create(admin, node(offset_node(2)), "8");
    const char *const words[] = {"offsets",    "copy",      "--from-group",     scene.group,
                                 "--to-group", scene.group, "--from-store",     "zookeeper",
                                 "--to-store", "kafka",     "--last-processed", "--execute",
                                 NULL};
    (void)run_weir(EXIT_GOOD, NULL, words);
    expect_said(errors, "2 offsets are written");
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL), 7);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 1, NULL), -1);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 2, NULL), 9);
    (void)WEIR(EXIT_GOOD, "offsets", "copy", "--from-group", scene.group, "--to-group", scene.group,
               "--to-store=zookeeper", "--execute");
    ck_assert_str_eq(data_of(offset_node(0)), "7");
    ck_assert_str_eq(data_of(offset_node(1)), "-");
    ck_assert_str_eq(data_of(offset_node(2)), "9");
    zookeeper_admin_set(admin, node(offset_node(0)), "seven");
    store = in_zookeeper;
    expect_said(WEIR(EXIT_GOOD, "offsets", "show"), "its node in ZooKeeper holds no offset");
    (void)WEIR(EXIT_UNAVAILABLE, "offsets", "reset", "--to-earliest", "--execute");
    expect_said(errors, "1 partitions cannot be judged now, so nothing is written");
    ck_assert_str_eq(data_of(offset_node(0)), "seven");
    ck_assert_str_eq(data_of(offset_node(2)), "9");
    drop_curtain();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_group_is_seen_with_members_owners_and_offsets,
        offsets_in_zookeeper_are_seen_where_they_are,
        servers_that_are_not_there_are_named,
        nothing_is_written_while_somebody_is_there,
        a_group_resumes_where_its_offsets_in_zookeeper_were_set,
        offsets_are_copied_from_one_store_to_the_other,
    };

    server = zookeeper_start(1);
    int result = SCENE_RUN("zootools", tests);
    zookeeper_stop(server);
    return result;
}
