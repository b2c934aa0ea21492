/* What happens while a fleet is switched from one color to the other: S45, S58, S59. */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "test/support/color_scene.h"
#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

enum { AWAIT_MS = COLOR_SCENE_AWAIT_MS, BROKERS = 3, PARTITIONS = COLOR_SCENE_PARTITIONS };

/* A drain, and a commit, that waits for brokers as long as it takes them. */
static const char unhurried[] = "weir.drain.timeout.ms=300000";
static const char in_order[] = "weir.order=partition";
#define UNHURRIED "--prepare", "600", "--drain", "600", "--take", "600", "--execute"

/* Blue works, and green stands by. */
static void begin(const char *const *green)
{
    COLOR_SCENE_START("a", "blue", color_scene_patient, unhurried, in_order);
    COLOR_SCENE_START("b", "blue", color_scene_patient, unhurried, in_order);
    color_scene_await("a\nb\n");
    color_scene_switch_to("blue", false);
    color_scene_start("c", "green", green);
    color_scene_start("d", "green", green);
    color_scene_await("a\nb\nc\nd\n");
}
#define BEGIN(...)                                                                                 \
    begin((const char *const[]){color_scene_patient, unhurried, in_order, __VA_ARGS__})

/* A partition of a's, of which something is in flight until its gate is opened. */
static int32_t hold_one_of_a(void)
{
    struct member *owner = scene.members[0];
    int32_t held = (int32_t)strcspn(zoo_scene_owners(), "a");

    ck_assert_int_lt(held, PARTITIONS);
    scene_close_gate(held);
    uint64_t batches = member_count_events(owner, WEIR_EVENT_HANDLER_START);
    WAIT_UNTIL(member_count_events(owner, WEIR_EVENT_HANDLER_START) > batches + PARTITIONS,
               AWAIT_MS);
    return held;
}

/* S58 */
static void bounce(int broker)
{
    kafka_shut_down(scene.kafka, broker);
    kafka_restart(scene.kafka, broker);
}

/* Each step is held until its broker is back: by c, who does not hear of the switch, by a's
 * handler, and by d, who does not take its share. */
START_TEST(brokers_bounce_and_members_come_and_go_in_each_step)
{
    struct load *load = color_scene_raise();
    BEGIN(NULL);
    int32_t held = hold_one_of_a();

    process_pause(member_process(scene.members[2]));
    SWITCH_DESK_RUN(0, "apply", "--to", "green", "--mode", "together", UNHURRIED);
    bounce(1);
    switch_desk_await_step("prepared");
    process_resume(member_process(scene.members[2]));
    switch_desk_await_step("draining");
    bounce(2);
    COLOR_SCENE_START("e", "green", color_scene_patient, unhurried, in_order);
    member_stop(scene.members[1]);
    color_scene_await("a\nc\nd\ne\n");
    switch_desk_await_step("draining");
    process_pause(member_process(scene.members[3]));
    scene_open_gate(held);
    switch_desk_await_step("handed_over");
    bounce(3);
    switch_desk_await_step("handed_over");
    process_resume(member_process(scene.members[3]));
    ck_assert(switch_desk_await_end());
    ck_assert_str_eq(switch_desk_active(), "green");
    zoo_scene_await_even("cde");
    color_scene_end(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .clean = true);
}
END_TEST

/* S59. Blue can handle every record, green none of this offset. */
#define BAD_OFFSET               500
#define TEXT_OF(number)          #number
#define SETTING_OF(name, number) name "=" TEXT_OF(number)
enum { BLUES_SHARE = 100 };

static bool all_committed(int64_t offset)
{
    for (int32_t i = 0; i < PARTITIONS; i++) {
        if (admin_committed(scene.admin, scene.group, scene.topics[0], i, NULL) != offset) {
            return false;
        }
    }
    return true;
}

/* Green is active, its health is watched, and then its records come: the bad one among them. */
static void let_green_fail(void)
{
    scene_produce_many((uint64_t)BLUES_SHARE * PARTITIONS, 0);
    scene_await_committed();
    SWITCH_DESK_RUN(0, "apply", "--to", "green", "--health", "3600", UNHURRIED);
    switch_desk_await_step("active");
    scene_produce_many((uint64_t)2 * BAD_OFFSET * PARTITIONS, 0);
}

/* The highest offset of each partition that events of this kind speak of. */
static void find_highest(struct member *member, enum weir_event_kind kind, int64_t *offsets)
{
    struct stream *stream = member_stream(member);

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        for (size_t j = 0; event->kind == (int)kind && j < event->span_count; j++) {
            int64_t *highest = &offsets[event->spans[j].partition];
            *highest = event->spans[j].first > *highest ? event->spans[j].first : *highest;
        }
    }
}

/* Every partition came back to blue where green had committed it, at the bad record or before. */
static void expect_resumed(void)
{
    int64_t left[PARTITIONS] = {0};
    int64_t resumed[PARTITIONS] = {0};
    int64_t most = 0;

    find_highest(scene.members[0], WEIR_EVENT_ASSIGN, resumed);
    find_highest(scene.members[1], WEIR_EVENT_ASSIGN, resumed);
    find_highest(scene.members[2], WEIR_EVENT_COMMIT_OK, left);
    find_highest(scene.members[3], WEIR_EVENT_COMMIT_OK, left);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        ck_assert_int_eq(resumed[i], left[i] > BLUES_SHARE ? left[i] : BLUES_SHARE);
        most = left[i] > most ? left[i] : most;
    }
    ck_assert_int_eq(most, BAD_OFFSET);
}

static void end_with_blue(void)
{
    ck_assert_str_eq(switch_desk_active(), "blue");
    zoo_scene_await_even("ab");
    color_scene_end(NULL);
    expect_resumed();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .clean = true);
}

START_TEST(green_cannot_go_on_after_the_cut_over_and_is_rolled_back)
{
    zoo_scene_raise(PARTITIONS);
    BEGIN(scene_text("handler.retry.modulo=%d", BAD_OFFSET), "handler.retry.times=1000000",
          "weir.retry.attempts=1000000", "weir.retry.backoff.ms=100",
          "weir.retry.backoff.max.ms=200", NULL);
    let_green_fail();
    WAIT_UNTIL(all_committed(BAD_OFFSET), AWAIT_MS);
    switch_desk_await_step("active");
    SWITCH_DESK_RUN(0, "rollback", "--execute", "--wait");
    end_with_blue();
}
END_TEST

/* The default policy: a record that fails for good stops who was given it. The rest of its batch,
 * which there is none of, would be handled and come again. */
START_TEST(green_stops_after_the_cut_over_and_the_switch_goes_back_by_itself)
{
    zoo_scene_raise(PARTITIONS);
    BEGIN("weir.batch.size=1", scene_text("handler.poison.modulo=%d", BAD_OFFSET), NULL);
    let_green_fail();
    ck_assert(!switch_desk_await_end());
    end_with_blue();
}
END_TEST

/* S45 */
START_TEST(the_leader_of_zookeeper_is_killed_in_the_middle)
{
    zoo_scene.server = zookeeper_start(3);
    struct load *load = color_scene_raise();
    BEGIN(NULL);
    int32_t held = hold_one_of_a();
    int leader = zookeeper_leader(zoo_scene.server);

    SWITCH_DESK_RUN(0, "apply", "--to", "green", UNHURRIED);
    switch_desk_await_step("draining");
    zookeeper_kill(zoo_scene.server, leader);
    ck_assert_int_ne(zookeeper_leader(zoo_scene.server), leader);
    switch_desk_await_step("draining");
    scene_open_gate(held);
    ck_assert(switch_desk_await_end());
    zoo_scene_await_even("cd");
    zookeeper_restart(zoo_scene.server, leader);
    color_scene_switch_to("blue", false);
    color_scene_end(load);
    zookeeper_stop(zoo_scene.server);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .clean = true);
}
END_TEST

int main(void)
{
    static const char *const properties[] = {"min.insync.replicas=2", NULL};
    static const struct kafka_options brokers = {.brokers = BROKERS, .properties = properties};
    const TTest *const tests[] = {
        brokers_bounce_and_members_come_and_go_in_each_step,
        green_cannot_go_on_after_the_cut_over_and_is_rolled_back,
        green_stops_after_the_cut_over_and_the_switch_goes_back_by_itself,
        the_leader_of_zookeeper_is_killed_in_the_middle,
    };

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("scenes_switch", tests, .apart = &brokers, .seconds = 600);
    zookeeper_stop(zoo_scene.server);
    return result;
}
