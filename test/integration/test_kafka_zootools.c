/* Do the tools see groups in a real ZooKeeper on a real Kafka, and change only what nobody owns? */
#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/command.h"
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

static struct command to_group(const char *input, const char *const *words)
{
    return (struct command){.options = {"-X", scene_text("bootstrap.servers=%s", scene.bootstrap),
                                        "-X", connection(), "-X", "weir.coordinator=zookeeper",
                                        "-X", store, "-X", scene_text("group.id=%s", scene.group)},
                            .words = words,
                            .input = input,
                            .ms_max = ANSWER_MS};
}

/* What it printed. */
static const char *run_weir(int code, const char *input, const char *const *words)
{
    const struct command command = to_group(input, words);

    return command_run(&command, code, &errors);
}
#define WEIR(code, ...)        run_weir((code), NULL, (const char *const[]){__VA_ARGS__, NULL})
#define FEED(code, input, ...) run_weir((code), (input), (const char *const[]){__VA_ARGS__, NULL})

static void expect_not_said(const char *part)
{
    ck_assert_msg(strstr(errors, part) == NULL, "'%s' is in: %s", part, errors);
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
    const struct command command = to_group(NULL, words);
    struct process *process = command_start(&command);
    json_t *view = NULL;

    do {
        json_decref(view);
        view = command_json(process_read_line(process, ANSWER_MS));
    } while (strcmp(command_string(view, "state"), "Stable") != 0 ||
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
    ck_assert_str_eq(command_string(view, "coordination"), "zookeeper");
    ck_assert_str_eq(command_string(view, "assignor"), "sticky");
    for (int i = 0; i < PARTITIONS; i++) {
        const char *owner = command_string(row(view, (size_t)i), "owner");
        ck_assert_str_eq(data_of(scene_text("owners/%s/%d", scene.topics[0], i)),
                         scene_text("%s-0", owner));
        ck_assert_str_eq(command_string(row(view, (size_t)i), "allotted"), owner);
    }
}

/* What a strategy would do, of what runs and of the same view from a file. */
static void expect_planned(void)
{
    const char *view = WEIR(EXIT_GOOD, "plan", "-o", "view");
    const char *live = WEIR(EXIT_GOOD, "plan", "--strategy=range", "-o", "json");
    const char *const words[] = {"plan", "--strategy=range", "--view=-", "-o", "json", NULL};
    const struct command dry = {.words = words, .input = view, .ms_max = ANSWER_MS};

    ck_assert_str_eq(command_run(&dry, EXIT_GOOD, NULL), live);
    command_expect(WEIR(EXIT_GOOD, "plan"),
                   "sticky: 3 partitions, 2 members; 0 move (*), 0 without");
    expect_not_said("left out");
    json_t *answer = command_json(WEIR(EXIT_GOOD, "plan", "-o", "json"));
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
    command_expect(errors, scene_text("there is no group '%s'", scene.group));
    ck_assert(!zookeeper_admin_exists(admin, scene_text("/tools/consumers/%s", scene.group)));
    (void)member_await_assigned(start("a", store), 0);
    (void)member_await_assigned(start("b", store), 0);
    json_t *view = await_idle(2);
    expect_offsets(view, RECORDS);
    expect_owned(view);
    json_decref(view);
    command_expect(WEIR(EXIT_GOOD, "status"), ": Stable, strategy sticky, ZooKeeper ");
    expect_not_said("seen here"); /* as it is of members that nobody knows */
    (void)WEIR(EXIT_GOOD, "status", "--ready", "-X", "weir.member.id=a");
    (void)WEIR(EXIT_TRY_AGAIN, "status", "--ready", "-X", "weir.member.id=z");
    command_expect(errors, "z is not in the group");
    (void)WEIR(EXIT_USAGE, "status", "--ready");
    if (where == in_kafka) {
        expect_planned();
    }
    scene_stop_all();
    (void)WEIR(EXIT_NO_GROUP, "plan");
    command_expect(errors, "has no members in ZooKeeper");
    view = command_json(WEIR(EXIT_GOOD, "lag", "-o", "json"));
    ck_assert_str_eq(command_string(view, "state"), "Empty");
    expect_offsets(view, RECORDS);
    json_decref(view);
    command_expect(WEIR(EXIT_GOOD, "lag"),
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
    command_expect(errors, "no answer of zookeeper.connect=127.0.0.1:1 in time: ");
    command_expect(errors, "refused");
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
        command_expect(errors, scene_text(" in ZooKeeper, and has members: %s", who));
        (void)FEED(EXIT_TRY_AGAIN, row_of(0, 3), "offsets", "import", "-", lasts[i]);
        command_expect(errors, scene_text(" in ZooKeeper, and has members: %s", who));
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
    command_expect(errors, " in ZooKeeper, and has members: a; stop them first");
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
    command_expect(plan, "-3");
    command_expect(errors, "3 offsets would be written; this was a dry run");
    expect_stored("10");
    (void)WEIR(EXIT_GOOD, "offsets", "reset", "--shift-by=-3", "--execute");
    command_expect(errors, "3 offsets are written, and were read back");
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
    command_expect(errors, "2 offsets are written");
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
    command_expect(WEIR(EXIT_GOOD, "offsets", "show"), "its node in ZooKeeper holds no offset");
    (void)WEIR(EXIT_UNAVAILABLE, "offsets", "reset", "--to-earliest", "--execute");
    command_expect(errors, "1 partitions cannot be judged now, so nothing is written");
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
