/* Is a switch taken back after its end, to where it ended or to where it began, and is a group that
 * nobody uses removed, on real servers? */
#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/color_scene.h"
#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

/* a and b are blue, c and d green; the first partition is the one that is held up. */
enum { AWAIT_MS = COLOR_SCENE_AWAIT_MS, PARTITIONS = COLOR_SCENE_PARTITIONS, HELD = 0 };
/* Records of each partition: first, while green is active, and after it. */
enum { FIRST = 100, THEN = 150, LAST = 160, BLUE = 0, GREEN = 2, ALL = 4 };

#define IN_ZOO     "-X", "weir.offsets.store=zookeeper"
#define PATIENTLY  "--prepare", "120", "--drain", "120", "--take", "120", IN_ZOO
#define WINDOW(ms) "-X", scene_text("%s=%s", "weir.bluegreen.window.ms", (ms))

static void produce_each(int each)
{
    scene_produce(&(struct produce_options){.partition = PRODUCE_IN_TURN,
                                            .partitions = PARTITIONS,
                                            .keys = 200,
                                            .count = (uint64_t)each * PARTITIONS});
}

static int64_t stored(int32_t partition)
{
    const char *node = scene_text("offsets/%s/%d", scene.topics[0], (int)partition);

    return strtoll(zoo_scene_data(zoo_scene_node(node)), NULL, 10);
}

static bool all_but_the_held_are_stored_at(int64_t offset)
{
    bool all = true;

    for (int32_t p = 0; p < PARTITIONS; p++) {
        all = all && (p == HELD || stored(p) == offset);
    }
    return all;
}

static bool green_has_its_share(void)
{
    const char *share = zoo_scene_data(zoo_scene_node("weir/allotment-green"));

    return strstr(share, "\"members\":[\"c\",\"d\"]") != NULL &&
           strstr(share, scene.topics[0]) != NULL;
}

/* Blue is active and has done the first records; green stands by. */
static void raise_both(void)
{
    zoo_scene.store = "zookeeper";
    zoo_scene_raise(PARTITIONS);
    color_scene_start_blue(color_scene_patient);
    color_scene_await("a\nb\n");
    color_scene_switch_to("blue", false);
    produce_each(FIRST);
    WAIT_UNTIL(zoo_scene_all_stored(), AWAIT_MS);
    color_scene_start_green(color_scene_patient);
    color_scene_await("a\nb\nc\nd\n");
    WAIT_UNTIL(green_has_its_share(), AWAIT_MS);
}

static void expect_snapshot(const char *id, const char *rest)
{
    const char *text = zoo_scene_data(zoo_scene_node("weir/snapshot"));

    command_expect(text, scene_text("\"id\":\"%s\",\"topics\":{\"%s\":[100,100,100,100,100,100,"
                                    "100,100]},",
                                    id, scene.topics[0]));
    command_expect(text, rest);
}

/* Of one color, in all their lives. */
static uint64_t times_done(size_t from, int32_t partition, int64_t offset)
{
    uint64_t times = 0;

    for (size_t i = from; i < from + 2; i++) {
        times += stream_completions_of(member_stream(scene.members[i]), scene.topics[0], partition,
                                       offset);
    }
    return times;
}

/* Blue has done everything, and once: what green did it has done again, and nothing else. Of the
 * partition that was held up green did what its handlers had. */
static void expect_done_again(void)
{
    for (size_t i = 0; i < ALL; i++) {
        stream_read(member_stream(scene.members[i]));
    }
    for (int32_t p = 0; p < PARTITIONS; p++) {
        for (int64_t offset = 0; offset < LAST; offset++) {
            uint64_t green = times_done(GREEN, p, offset);
            bool may = offset >= FIRST && offset < THEN;
            ck_assert_uint_eq(times_done(BLUE, p, offset), 1);
            ck_assert_msg(may ? green == 1 || (p == HELD && green == 0) : green == 0,
                          "%d/%" PRId64 ": %" PRIu64, (int)p, offset, green);
        }
    }
}

static const char *const replay[] = {"switch", "rollback", "--replay", "--execute",
                                     "--wait", PATIENTLY,  NULL};

/* Who drives it is killed while green drains; members take it as far as they can. */
static void ask_for_replay_and_die(void)
{
    struct process *process = switch_desk_start(replay);

    switch_desk_await_step("draining");
    process_destroy(process);
    scene_open_gate(HELD);
    switch_desk_await_step("committed");
    ck_assert(all_but_the_held_are_stored_at(THEN));
    ck_assert_str_eq(zoo_scene_owners(), "--------");
}

static void replay_what_green_did(void)
{
    SWITCH_DESK_RUN(0, "apply", "--to", "green", "--id", "r2", "--execute", "--wait", PATIENTLY);
    scene_close_gate(HELD);
    produce_each(THEN - FIRST);
    WAIT_UNTIL(all_but_the_held_are_stored_at(THEN), AWAIT_MS);
    command_expect(SWITCH_DESK_RUN(0, "rollback", "--replay", IN_ZOO),
                   scene_text("%d records come again", (THEN - FIRST) * (PARTITIONS - 1)));
    ask_for_replay_and_die();
    command_expect(switch_desk_run(0, replay), "done: r2-back from green to blue");
    zoo_scene_await_even("ab");
    expect_snapshot("r2-back", "\"back_of\":\"r2\",\"replay\":true}");
    WAIT_UNTIL(zoo_scene_all_stored(), AWAIT_MS);
    member_stop(scene.members[0]);
    member_restart(scene.members[0]);
    produce_each(LAST - THEN);
    zoo_scene_await_even("ab");
    WAIT_UNTIL(zoo_scene_all_stored(), AWAIT_MS);
    expect_done_again();
}

START_TEST(within_its_window_a_switch_is_taken_back)
{
    raise_both();
    SWITCH_DESK_RUN(0, "apply", "--to", "green", "--id", "r1", "--execute", "--wait", PATIENTLY);
    expect_snapshot("r1", "\"window_ms\":600000,\"store\":\"zookeeper\"}");
    zoo_scene_await_even("cd");
    for (int i = 0; i < 2; i++) {
        command_expect(SWITCH_DESK_RUN(0, "rollback", "--execute", "--wait", PATIENTLY),
                       "done: r1-back from green to blue");
        zoo_scene_await_even("ab");
    }
    expect_snapshot("r1-back", "\"back_of\":\"r1\"}");
    replay_what_green_did();
    SWITCH_DESK_RUN(0, "apply", "--to", "green", "--execute", "--wait", WINDOW("1"));
    SWITCH_DESK_RUN(75, "rollback", "--execute");
    SWITCH_DESK_RUN(75, "collect", "--group", "--unused-for", "0", "--execute");
    zoo_scene_await_even("cd");
    color_scene_end(NULL);
    SWITCH_DESK_RUN(75, "collect", "--group", "--execute");
    SWITCH_DESK_RUN(0, "collect", "--group", "--unused-for", "0", "--execute", WINDOW("0"));
    SWITCH_DESK_RUN(1, "status");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {within_its_window_a_switch_is_taken_back};

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("window", tests, .seconds = 300);
    zookeeper_stop(zoo_scene.server);
    return result;
}
