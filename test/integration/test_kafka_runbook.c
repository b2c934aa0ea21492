/* Does what docs/runbook.md tells people to type work, in the situations it is written for? */
#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/process.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/tmpdir.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

enum { PARTITIONS = 4, RECORDS = 400, SECTION_MS = 300000, AWAIT_MS = 120000 };
enum { SHOP, ORDERS, ORDERS_NEXT, TOPICS }; /* which topic is whose */

/* Where people type (test/support/runbook.sh). */
static struct process *shell;

static void begin(const char *line)
{
    process_write(shell, scene_text("%s\n", line));
}

/* Its exit code. */
static int end(void)
{
    const char *answer = process_read_until(shell, "played: ", SECTION_MS);

    return (int)strtol(strstr(answer, "played: ") + strlen("played: "), NULL, 10);
}

static void expect(const char *line)
{
    begin(line);
    int code = end();
    ck_assert_msg(code == 0, "'%s' ended with %d: %s", line, code, process_describe(shell));
}

static void sit_down(const char *document)
{
    const char *const arguments[] = {
        "bash", scene_text("%s/test/support/runbook.sh", getenv("WEIR_SOURCE")), document,
        scene.folder, NULL};
    const char *const environment[] = {
        scene_text("PATH=%s/usr/bin:%s", scene.folder, getenv("PATH")), "WEIR_CHECK", NULL};

    shell = process_start(&(struct process_options){
        .arguments = arguments, .environment = environment, .input = true});
    expect("mkdir -p \"$root\"/usr/bin \"$root\"/opt/shop \"$root\"/opt/orders");
    expect(scene_text("ln -s %s \"$root\"/usr/bin/", getenv("WEIR_BINARY")));
    expect("ln -s \"$(command -v true)\" \"$root\"/usr/bin/sleep"); /* nobody waits for time */
}

static void stand_up(void)
{
    process_close_input(shell);
    process_expect(shell, 0, AWAIT_MS);
    process_destroy(shell);
    shell = NULL;
}

static void play(const char *section)
{
    expect(scene_text("section '%s'", section));
}

/* In a file of the document, this value for that. */
static void put(const char *file, const char *key, const char *value)
{
    expect(scene_text("sed -i 's#^%s .*#%s = %s#' %s", key, key, value, file));
}

/* What is so of every file. */
static void furnish_file(const char *file)
{
    put(file, "bootstrap.servers", scene.bootstrap);
    put(file, "zookeeper.connect", zookeeper_connect(zoo_scene.server));
    expect(scene_text("printf '%%s\\n' handler.gate=%s/gate handler.sick=%s/sick "
                      "weir.retry.attempts=1000000 weir.retry.backoff.ms=10 "
                      "weir.retry.backoff.max.ms=50 zookeeper.session.timeout.ms=12000 "
                      "weir.offsets.store=zookeeper >> %s",
                      scene.folder, scene.folder, file));
}

/* The group's names for those in the document, and the handler that the test can hold. */
static void furnish(void)
{
    static const char *const fleets[] = {"shop", "orders"};

    expect("unpack");
    furnish_file("shop.properties");
    put("shop.properties", "group.id", scene.group);
    put("shop.properties", "weir.topics", scene.topics[SHOP]);
    furnish_file("orders.properties");
    put("orders.properties", "group.id", scene_text("%s-orders", scene.group));
    put("orders.properties", "weir.topics", scene.topics[ORDERS]);
    put("orders.properties", "weir.bluegreen.peer.group.id", scene_text("%s-next", scene.group));
    put("orders.properties", "weir.bluegreen.peer.topics", scene.topics[ORDERS_NEXT]);
    for (int i = 0; i < 2; i++) {
        expect(scene_text("for color in blue green; do cp %s/chaos.so "
                          "\"$root\"/opt/%s/$color.so; done",
                          getenv("WEIR_TEST_PLUGINS"), fleets[i]));
    }
    expect("sed s/green/blue/g shop-green.yaml > shop-blue.yaml");
}

static void produce_and_await(void)
{
    scene_produce_many(RECORDS, 0);
    WAIT_UNTIL(zoo_scene_all_stored(), AWAIT_MS);
}

static bool is_at(const char *step)
{
    return strstr(zoo_scene_data(zoo_scene_node("weir/switch")),
                  scene_text("\"step\":\"%s\"", step)) != NULL;
}

/* Waits for that color. */
static const char *ready(const char *color)
{
    return scene_text("timeout 300 sh -c 'until weir switch plan -c shop.properties --to %s; do "
                      ":; done'",
                      color);
}

static struct stream *stream_of(const char *file)
{
    return stream_open(scene_text("%s/log/%s", scene.folder, file));
}

static bool is_start_of(const struct stream_event *event, const void *user)
{
    const int64_t *offset = user;

    return event->kind == (int)WEIR_EVENT_HANDLER_START &&
           stream_event_covers(event, scene.topics[0], 0, *offset);
}

/* Blue has a record whose handler does not end. */
static void hold_blue(void)
{
    struct stream *blue = stream_of("weir-shop@blue.events");
    int64_t offset = admin_end_offset(scene.admin, scene.topics[0], 0);

    scene_close_gate(0);
    scene_produce(&(struct produce_options){.partition = 0, .count = 1});
    (void)stream_await_match(blue, is_start_of, &offset, "the start of the handler", AWAIT_MS);
    stream_close(blue);
}

/* A switch that nobody can take further. */
static void stick_in_drain(const char *to, const char *id)
{
    hold_blue();
    expect(ready(to));
    expect(scene_text("weir switch apply -c shop.properties --to %s --id %s --prepare 120 "
                      "--drain 600 --execute",
                      to, id));
    WAIT_UNTIL(is_at("draining"), AWAIT_MS);
}

/* Nothing was done since, so nothing comes again: test_kafka_window.c has the other case. */
static void play_replay(void)
{
    expect(ready("green"));
    expect("weir switch apply -c shop.properties --to green --id wrong --prepare 120 --execute "
           "--wait");
    ck_assert_str_eq(switch_desk_active(), "green");
    play("Let blue handle it again");
    ck_assert_str_eq(switch_desk_active(), "blue");
}

/* Green is watched, and then all that it does fails. */
static void play_failing(void)
{
    const char *sick = scene_text("%s/sick", scene.folder);

    expect(ready("green"));
    begin("section 'Back by itself'");
    WAIT_UNTIL(is_at("active"), AWAIT_MS);
    tmpdir_write(sick, "");
    scene_produce_many(RECORDS, 0);
    WAIT_UNTIL(is_at("returning") || is_at("idle"), AWAIT_MS);
    ck_assert_int_eq(unlink(sick), 0);
    int code = end();
    ck_assert_msg(code == 0, "%d: %s", code, process_describe(shell));
    ck_assert_str_eq(switch_desk_active(), "blue");
    WAIT_UNTIL(zoo_scene_all_stored(), AWAIT_MS);
}

static void play_rollback(void)
{
    stick_in_drain("green", "tried");
    begin("section 'Roll back'");
    WAIT_UNTIL(is_at("returning") || is_at("idle"), AWAIT_MS);
    scene_open_gate(0);
    int code = end();
    ck_assert_msg(code == 0, "%d: %s", code, process_describe(shell));
    ck_assert_str_eq(switch_desk_active(), "blue");
}

static void play_abort(void)
{
    expect("halt weir-shop@green");
    expect("weir switch apply -c shop.properties --to green --id stuck --prepare 600 --execute");
    play("Abort");
    expect("kill -CONT \"${pids[weir-shop@green]}\"");
    ck_assert_str_eq(switch_desk_active(), "blue");
}

/* Its last member is killed while its handler hangs, and the other color has it all. */
static void play_hang(void)
{
    stick_in_drain("green", "release-43");
    begin("section 'A member hangs'"); /* its last command follows the switch */
    WAIT_UNTIL(strstr(process_errors(shell), "--id release-43 ") != NULL, AWAIT_MS);
    scene_open_gate(0);
    int code = end();
    ck_assert_msg(code == 0, "%d: %s", code, process_describe(shell));
    ck_assert_str_eq(switch_desk_active(), "green");
}

static void play_away(void)
{
    zookeeper_pause(zoo_scene.server, 0);
    play("ZooKeeper is away");
    zookeeper_resume(zoo_scene.server, 0);
}

/* A day has not passed; whoever does not wait for it takes the way back, and can still begin anew.
 */
static void play_collection(void)
{
    const char *left = zoo_scene_node("weir/allotment-blue");

    play("Remove what a color left");
    ck_assert_str_ne(zoo_scene_data(left), "-");
    expect("weir switch collect -c shop.properties --unused-for 0 --execute");
    ck_assert_str_eq(zoo_scene_data(left), "-");
    ck_assert_str_ne(zoo_scene_data(zoo_scene_node("weir/allotment-green")), "-");
}

/* Two fleets exchange their groups, and back; what comes to either in between is done. */
static void play_swap(void)
{
    static const char *const files[] = {"weir-orders@blue.events", "weir-orders@blue.events.peer",
                                        "weir-orders@green.events",
                                        "weir-orders@green.events.peer"};
    struct stream *streams[4];

    for (int i = ORDERS; i < TOPICS; i++) {
        scene_produce(&(struct produce_options){.topic = scene.topics[i],
                                                .partition = PRODUCE_IN_TURN,
                                                .partitions = PARTITIONS,
                                                .count = RECORDS});
    }
    play("Swap two groups");
    for (size_t i = 0; i < 4; i++) {
        streams[i] = stream_of(files[i]);
    }
    stream_await_completed(streams, 4, (uint64_t)2 * RECORDS, AWAIT_MS);
    for (size_t i = 0; i < 4; i++) {
        stream_close(streams[i]);
    }
    expect("systemctl stop weir-orders@green");
    expect("systemctl stop weir-orders@blue");
}

/* Blue works in pods, and the units have gone. */
static void move_to_pods(void)
{
    expect("kubectl apply -f shop-blue.yaml");
    expect(ready("blue"));
    expect("weir switch apply -c shop.properties --to blue --prepare 120 --execute --wait");
    expect("systemctl stop weir-shop@green");
}

/* One was killed. */
static void judge(void)
{
    static const char *const files[] = {
        "weir-shop@blue.events",        "weir-shop@green.events",       "shop-blue-0.events",
        "shop-blue-1.events",           "shop-green-0.events",          "shop-green-1.events",
        "weir-orders@blue.events",      "weir-orders@blue.events.peer", "weir-orders@green.events",
        "weir-orders@green.events.peer"};
    enum { COUNT = sizeof files / sizeof files[0] };
    struct stream *streams[COUNT];
    struct verify_options options = {
        .ledger = scene.ledger, .streams = streams, .stream_count = COUNT, .crashes = true};
    uint64_t repeated = 0;

    for (size_t i = 0; i < COUNT; i++) {
        streams[i] = stream_of(files[i]);
        stream_read(streams[i]);
    }
    verify_expect(&options, &repeated);
    for (size_t i = 0; i < COUNT; i++) {
        stream_close(streams[i]);
    }
}

START_TEST(what_the_runbook_says_works)
{
    zoo_scene_raise(PARTITIONS);
    scene_create_topic(PARTITIONS);
    scene_create_topic(PARTITIONS);
    sit_down(scene_text("%s/docs/runbook.md", getenv("WEIR_SOURCE")));
    furnish();
    play("The first start");
    ck_assert_ptr_nonnull(
        strstr(process_output(shell),
               scene_text("%d partitions have no committed offset: by weir.start=earliest",
                          (int)PARTITIONS)));
    produce_and_await();
    play("On live records first");
    play("Deploy a new color");
    ck_assert_str_eq(switch_desk_active(), "green");
    play("Watch");
    play("Go back");
    ck_assert_str_eq(switch_desk_active(), "blue");
    play_replay();
    play_failing();
    play_rollback();
    play_abort();
    play_hang();
    play_away();
    play("Restart");
    play("Stop");
    play_collection();
    play("Read the history");
    play_swap();
    move_to_pods();
    play("Kubernetes");
    ck_assert_str_eq(switch_desk_active(), "green");
    produce_and_await();
    expect("kubectl delete -f shop-green.yaml");
    expect("echo 'weir.bluegreen.window.ms = 0' >> shop.properties");
    play("Remove a group");
    ck_assert_str_eq(zoo_scene_data(zoo_scene_node("weir/switch")), "-");
    expect("all_played");
    stand_up();
    judge();
    zoo_scene_drop();
}
END_TEST

static void expect_code(const char *line, int code, const char *said)
{
    begin(line);
    int got = end();
    ck_assert_msg((got != 0) == (code != 0), "'%s' ended with %d", line, got);
    process_await_error(shell, said, AWAIT_MS);
}

/* Would it be noticed? */
START_TEST(a_wrong_runbook_is_noticed)
{
    const char *document = scene_text("%s/wrong.md", scene.folder);

    zoo_scene_raise(1);
    tmpdir_write(document, "## Good\n```sh\ntrue\nfalse # exit code 1\n```\n"
                           "## No such option\n```sh\nweir switch plan --nonsense\n```\n"
                           "## Another code\n```sh\ntrue # exit code 75\n```\n"
                           "## Left out\n```sh\ntrue\n```\n"
                           "## Nothing\ntrue\n");
    sit_down(document);
    play("Good");
    expect_code("section 'No such option'", 1, "instead of 0: weir switch plan --nonsense");
    expect_code("section 'Another code'", 1, "exit code 0 instead of 75");
    expect_code("section 'Nothing'", 1, "there is nothing to type under 'Nothing'");
    expect_code("all_played", 1, "Left out");
    expect_code("unpack", 1, "there is no properties block");
    stand_up();
    zoo_scene_drop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {what_the_runbook_says_works, a_wrong_runbook_is_noticed};

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("runbook", tests, .seconds = 400);
    zookeeper_stop(zoo_scene.server);
    return result;
}
