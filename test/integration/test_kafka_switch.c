/* Does a fleet of two colors keep its promises on real servers while it is switched? */
#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "test/support/color_scene.h"
#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/load_kafka.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/switch_storm.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

/* a and b are blue, c and d green. */
enum { AWAIT_MS = COLOR_SCENE_AWAIT_MS, SWITCHES = 20, SEED = 810, MORTAL_MS = 1500, MEMBERS = 4 };
enum { PARTITIONS = COLOR_SCENE_PARTITIONS };

/* Its log of the steps is the group's. */
static void expect_steps(struct member *member, const char *const *texts, size_t count)
{
    struct stream *stream = member_stream(member);
    size_t next = 0;

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream) && next < count; i++) {
        const struct stream_event *event = stream_at(stream, i);
        next += event->kind == (int)WEIR_EVENT_SWITCH_STEP && strcmp(event->text, texts[next]) == 0;
    }
    ck_assert_msg(next == count, "it has not heard of '%s'", next < count ? texts[next] : "");
}

/* There and back, under load: nothing is lost and nothing comes twice. */
static void switch_there_and_back(bool together)
{
    struct load *load = color_scene_raise();
    color_scene_start_blue(color_scene_patient);
    color_scene_await("a\nb\n");
    ck_assert_str_eq(zoo_scene_owners(), "--------");
    color_scene_switch_to("blue", together);
    color_scene_start_green(color_scene_patient);
    color_scene_await("a\nb\nc\nd\n");
    for (int i = 0; i < 3; i++) {
        color_scene_switch_to("green", together);
        color_scene_switch_to("blue", together);
    }
    color_scene_end(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
    /* Those that wait for it; others may be over before it reads them. */
    static const char *const seen[] = {"prepared none", "handed_over blue", "prepared blue",
                                       "draining blue", "prepared green",   "handed_over blue"};
    expect_steps(scene.members[0], seen, sizeof seen / sizeof seen[0]);
    color_scene_tell();
}

START_TEST(a_switch_hands_over_exactly)
{
    switch_there_and_back(false);
}
END_TEST

START_TEST(so_does_one_that_waits_for_all)
{
    switch_there_and_back(true);
}
END_TEST

/* Of the topic there is, among all of green. */
static bool green_has_its_share(void)
{
    const char *share = zoo_scene_data(zoo_scene_node("weir/allotment-green"));

    return strstr(share, "\"members\":[\"c\",\"d\"]") != NULL &&
           strstr(share, scene.topics[0]) != NULL;
}

/* From there to the end of the line: for people, for how long it took is a matter of the machine.
 */
static void tell_part(const char *start, const char *printed)
{
    const char *found = strstr(printed, start);

    if (found != NULL) {
        printf("note: %.*s\n", (int)strcspn(found, "\n"), found);
    }
}

/* Stop offsets: blue goes up to there, and green begins there, on each partition. */

enum { EACH = 100, APART = 10 };

/* Of who has it, as it was when that one became the first to have it. */
static size_t expect_begun_at(size_t member, int32_t partition, int64_t offset)
{
    const struct stream *stream = member_stream(scene.members[member]);

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        for (size_t j = 0; event->kind == (int)WEIR_EVENT_ASSIGN && j < event->span_count; j++) {
            if (event->spans[j].partition == partition) {
                ck_assert_int_eq(event->spans[j].first, offset);
                return 1;
            }
        }
    }
    return 0;
}

/* Nothing of it was given to a handler. */
static void expect_untouched_from(size_t member, int32_t partition, int64_t offset)
{
    const struct stream *stream = member_stream(scene.members[member]);

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        for (size_t j = 0; event->kind == (int)WEIR_EVENT_HANDLER_START && j < event->span_count;
             j++) {
            ck_assert(event->spans[j].partition != partition || event->spans[j].last < offset);
        }
    }
}

static void expect_exact(const int64_t *stops)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        stream_read(member_stream(scene.members[i]));
    }
    for (int32_t p = 0; p < PARTITIONS; p++) {
        expect_untouched_from(0, p, stops[p]);
        expect_untouched_from(1, p, stops[p]);
        ck_assert_uint_eq(expect_begun_at(2, p, stops[p]) + expect_begun_at(3, p, stops[p]), 1);
    }
}

/* So many in each partition, which blue has done, unless its gates are closed. */
static void raise_with_records(bool gates_closed)
{
    zoo_scene_raise(PARTITIONS);
    color_scene_start_blue(color_scene_patient);
    color_scene_await("a\nb\n");
    color_scene_switch_to("blue", false);
    for (int32_t p = 0; p < PARTITIONS && gates_closed; p++) {
        scene_close_gate(p);
    }
    scene_produce(&(struct produce_options){.partition = PRODUCE_IN_TURN,
                                            .partitions = PARTITIONS,
                                            .keys = 200,
                                            .count = (uint64_t)EACH * PARTITIONS});
    if (!gates_closed) {
        scene_await_committed();
    }
    color_scene_start_green(color_scene_patient);
    color_scene_await("a\nb\nc\nd\n");
    WAIT_UNTIL(green_has_its_share(), AWAIT_MS);
}

/* By both of its color. */
static uint64_t times_done(size_t first, int32_t partition, int64_t offset)
{
    uint64_t times = 0;

    for (size_t i = first; i < first + 2; i++) {
        struct stream *stream = member_stream(scene.members[i]);
        stream_read(stream);
        times += stream_completions_of(stream, scene.topics[0], partition, offset);
    }
    return times;
}

static bool stands_still(size_t member)
{
    return member_count_spans(scene.members[member], WEIR_EVENT_HANDLER_START) > 0;
}

#define FROM_BROKERS                                                                               \
    "-X", "weir.coordinator=zookeeper", "-X", scene_text("bootstrap.servers=%s", scene.bootstrap)

/* Everybody knows how far blue goes; now the records come. */
static void play_on(const int64_t *stops, bool gates_closed)
{
    switch_desk_await_step("draining");
    struct load *load = color_scene_load();
    for (int32_t p = 0; p < PARTITIONS && gates_closed; p++) {
        scene_open_gate(p);
    }
    ck_assert(switch_desk_await_end());
    zoo_scene_await_even("cd");
    color_scene_end(load);
    expect_exact(stops);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
}

START_TEST(green_begins_at_the_stop_offsets_that_are_given)
{
    const char *path = scene_text("%s/stops", scene.folder);
    int64_t stops[PARTITIONS];

    raise_with_records(false);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        stops[p] = EACH + (int64_t)p * APART;
        if (p < PARTITIONS - 1) {
            (void)fprintf(file, "{\"topic\":\"%s\",\"partition\":%d,\"offset\":%" PRId64 "}\n",
                          scene.topics[0], (int)p, stops[p]);
        }
    }
    ck_assert_int_eq(fclose(file), 0);
    SWITCH_DESK_RUN(
        0, "apply", "--to", "green", "--stop-file", path, "--stop",
        scene_text("%s:%d:%" PRId64, scene.topics[0], PARTITIONS - 1, stops[PARTITIONS - 1]),
        "--drain", "100", "--execute", FROM_BROKERS);
    command_expect(
        zoo_scene_data(zoo_scene_node("weir/snapshot")),
        scene_text("\"topics\":{\"%s\":[100,100,100,100,100,100,100,100]},", scene.topics[0]));
    play_on(stops, false);
}
END_TEST

/* Blue's handlers stand still with all of it before them; what comes later is green's. */
START_TEST(green_begins_where_the_log_ended_with_lag_zero)
{
    int64_t stops[PARTITIONS];

    for (int32_t p = 0; p < PARTITIONS; p++) {
        stops[p] = EACH;
    }
    raise_with_records(true);
    command_expect(
        SWITCH_DESK_RUN(0, "plan", "--to", "green", "--drain-policy", "lag-zero", FROM_BROKERS),
        "STOP");
    SWITCH_DESK_RUN(0, "apply", "--to", "green", "--drain-policy", "lag-zero", "--drain", "100",
                    "--execute", FROM_BROKERS);
    play_on(stops, true);
}
END_TEST

/* Blue's handlers stand still, and nobody waits for them: green has everything while they run. What
 * they had comes again there, and nothing else. */
START_TEST(who_waits_for_no_handler_hands_over_at_once)
{
    raise_with_records(true);
    WAIT_UNTIL(stands_still(0) && stands_still(1), AWAIT_MS);
    SWITCH_DESK_RUN(0, "apply", "--to", "green", "--drain-policy", "immediate", "--execute",
                    "--wait");
    zoo_scene_await_even("cd");
    for (size_t i = 0; i < 2; i++) {
        struct stream *stream = member_stream(scene.members[i]);
        stream_read(stream);
        ck_assert_uint_eq(stream_completed(stream, scene.topics[0]), 0);
        ck_assert_uint_ge(member_count_spans(scene.members[i], WEIR_EVENT_DRAIN_TIMEOUT), 1);
    }
    for (int32_t p = 0; p < PARTITIONS; p++) {
        scene_open_gate(p);
    }
    color_scene_end(NULL);
    uint64_t again = 0;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        for (int64_t offset = 0; offset < EACH; offset++) {
            ck_assert_uint_eq(times_done(2, p, offset), 1);
            uint64_t by_blue = times_done(0, p, offset);
            ck_assert_uint_le(by_blue, 1); /* what its handlers had */
            again += by_blue;
        }
    }
    ck_assert_uint_gt(again, 0);
}
END_TEST

/* What docs/bluegreen.md begins with. */
START_TEST(the_command_switches_a_fleet)
{
    struct load *load = color_scene_raise();
    color_scene_start_blue(color_scene_patient);
    color_scene_await("a\nb\n");
    SWITCH_DESK_RUN(0, "apply", "--to", "blue", "--execute", "--wait");
    zoo_scene_await_even("ab");
    SWITCH_DESK_RUN(75, "plan", "--to", "green");
    color_scene_start_green(color_scene_patient);
    color_scene_await("a\nb\nc\nd\n");
    WAIT_UNTIL(green_has_its_share(), AWAIT_MS);
    command_expect(SWITCH_DESK_RUN(0, "plan", "--to", "green"), scene.topics[0]);
    ck_assert_str_eq(switch_desk_active(), "blue");
    tell_part("gaps from owner",
              SWITCH_DESK_RUN(0, "apply", "--to", "green", "--execute", "--wait"));
    ck_assert_str_eq(switch_desk_active(), "green");
    zoo_scene_await_even("cd");
    SWITCH_DESK_RUN(75, "apply", "--to", "green", "--execute");
    command_expect(SWITCH_DESK_RUN(0, "rollback"), "that would be ");
    SWITCH_DESK_RUN(78, "rollback", "--replay", FROM_BROKERS);
    ck_assert_ptr_nonnull(strstr(SWITCH_DESK_RUN(0, "status"), "green"));
    const char *lines = SWITCH_DESK_RUN(0, "apply", "--to", "blue", "--mode", "together",
                                        "--execute", "--wait", "-o", "json");
    ck_assert_ptr_nonnull(strstr(lines, ",\"partitions\":8,\"each\":[{\"topic\":\""));
    tell_part("\"gaps\"", lines);
    zoo_scene_await_even("ab");
    ck_assert_ptr_nonnull(strstr(SWITCH_DESK_RUN(0, "history", "-o", "json"), "\"done\""));
    color_scene_end(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
}
END_TEST

/* Whoever has not begun hears no signal. */
static void return_to_stage(struct member *member)
{
    member_restart(member);
    WAIT_UNTIL(member_has_begun(member), AWAIT_MS);
}

/* S56 */
START_TEST(members_of_both_colors_die_in_the_middle)
{
    struct load *load = color_scene_raise();
    color_scene_start_blue(color_scene_mortal);
    color_scene_await("a\nb\n");
    color_scene_switch_to("blue", false);
    color_scene_start_green(color_scene_mortal);
    color_scene_await("a\nb\nc\nd\n");
    switch_desk_ask("green", false);
    member_kill(scene.members[0]);
    member_kill(scene.members[2]);
    ck_assert(switch_desk_await_end());
    zoo_scene_await_even("d");
    return_to_stage(scene.members[0]);
    return_to_stage(scene.members[2]);
    zoo_scene_await_even("cd");
    color_scene_end(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true);
}
END_TEST

/* S60. Whoever dies, leaves, stands still or fails, each switch ends in one color or the other, and
 * nothing is lost. ./dev chaos --bluegreen plays 200 of them, and hurts the servers, too. The seed
 * has something of everything (chaos --bluegreen --members-only --seed 810 --plan). */
START_TEST(twenty_switches_while_members_come_and_go)
{
    struct switch_storm_result result;

    switch_storm_play(
        &(struct switch_storm_options){.seed = SEED, .switches = SWITCHES, .session_ms = MORTAL_MS},
        &result);
    printf("note: %" PRIu32 " of %d switches done, the others rolled back or aborted, %" PRIu32
           " because green failed; %" PRIu32 " taken back when they were done; %" PRIu64
           " records, %" PRIu64 " again after a crash\n",
           result.done, (int)SWITCHES, result.unhealthy, result.taken_back, result.records,
           result.repeated);
    color_scene_tell();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {green_begins_at_the_stop_offsets_that_are_given,
                                  green_begins_where_the_log_ended_with_lag_zero,
                                  who_waits_for_no_handler_hands_over_at_once,
                                  the_command_switches_a_fleet,
                                  a_switch_hands_over_exactly,
                                  so_does_one_that_waits_for_all,
                                  members_of_both_colors_die_in_the_middle,
                                  twenty_switches_while_members_come_and_go};

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("switch", tests, .seconds = 300);
    zookeeper_stop(zoo_scene.server);
    return result;
}
