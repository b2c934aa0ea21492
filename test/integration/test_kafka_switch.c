/* Does a fleet of two colors keep its promises on real servers while it is switched? */
#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/handover.h"
#include "test/support/load_kafka.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/tmpdir.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

/* a and b are blue, c and d green. */
enum { AWAIT_MS = 120000, PARTITIONS = 8, MEMBERS = 4, SWITCHES = 20 };
static const char patient[] = "zookeeper.session.timeout.ms=60000";
static const char mortal[] = "zookeeper.session.timeout.ms=1500";

static struct load *load_all(void)
{
    return load_start(scene.bootstrap,
                      &(struct produce_options){.topic = scene.topics[0],
                                                .partition = PRODUCE_IN_TURN,
                                                .partitions = PARTITIONS,
                                                .keys = 200},
                      1000);
}

static void start_blue(const char *session)
{
    ZOO_SCENE_START("a", session, "weir.strategy=bluegreen", "weir.color=blue");
    ZOO_SCENE_START("b", session, "weir.strategy=bluegreen", "weir.color=blue");
}

static void start_green(const char *session)
{
    ZOO_SCENE_START("c", session, "weir.strategy=bluegreen", "weir.color=green");
    ZOO_SCENE_START("d", session, "weir.strategy=bluegreen", "weir.color=green");
}

static void await_colors(const char *members)
{
    WAIT_UNTIL(strcmp(zoo_scene_members(), members) == 0, AWAIT_MS);
}

static void switch_to(const char *color, bool together)
{
    switch_desk_ask(color, together);
    ck_assert(switch_desk_await_end());
    zoo_scene_await_even(strcmp(color, "blue") == 0 ? "ab" : "cd");
}

/* By what each counted in its last life, and said at its end if it was anything. */
static void expect_nobody_saw_two_at_work(void)
{
    size_t counted = 0;

    for (size_t i = 0; i < scene.member_count; i++) {
        char *path = tmpdir_path(scene.folder, scene_text("%s.log", member_name(scene.members[i])));
        char *log = tmpdir_read(path);
        counted += strstr(log, "fetcher_wakeups ") != NULL ? 1 : 0;
        ck_assert_ptr_null(strstr(log, "dual_active_partitions "));
        free(log);
        free(path);
    }
    ck_assert_uint_gt(counted, 0);
}

/* Everything that was produced is handled and committed, then everybody leaves in order. */
static void end_play(struct load *load)
{
    scene_add_ledger(load_stop(load));
    scene_await_committed();
    scene_stop_all();
    scene_expect_committed();
    expect_nobody_saw_two_at_work();
    ck_assert_str_eq(zoo_scene_members(), "");
    zoo_scene_drop();
}

static void tell(void)
{
    struct stream *streams[MEMBERS];

    for (size_t i = 0; i < MEMBERS; i++) {
        streams[i] = member_stream(scene.members[i]);
    }
    handover_tell_gaps(streams, MEMBERS);
}

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
    zoo_scene_raise(PARTITIONS);
    struct load *load = load_all();
    start_blue(patient);
    await_colors("a\nb\n");
    ck_assert_str_eq(zoo_scene_owners(), "--------");
    switch_to("blue", together);
    start_green(patient);
    await_colors("a\nb\nc\nd\n");
    for (int i = 0; i < 3; i++) {
        switch_to("green", together);
        switch_to("blue", together);
    }
    end_play(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
    /* Those that wait for it; others may be over before it reads them. */
    static const char *const seen[] = {"prepared none", "handed_over blue", "prepared blue",
                                       "draining blue", "prepared green",   "handed_over blue"};
    expect_steps(scene.members[0], seen, sizeof seen / sizeof seen[0]);
    tell();
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

/* `weir switch VERB OPTION...` of this group, to its end; what it printed. */
static const char *run_switch(int code, const char *const *words)
{
    const struct command command = {
        .options = {"-X", scene_text("group.id=%s", scene.group), "-X",
                    scene_text("zookeeper.connect=%s", zookeeper_connect(zoo_scene.server))},
        .words = words,
        .ms_max = AWAIT_MS};

    return command_run(&command, code, NULL);
}
#define COMMAND(code, ...) run_switch((code), (const char *const[]){"switch", __VA_ARGS__, NULL})

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
    start_blue(patient);
    await_colors("a\nb\n");
    switch_to("blue", false);
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
    start_green(patient);
    await_colors("a\nb\nc\nd\n");
    WAIT_UNTIL(green_has_its_share(), AWAIT_MS);
}

#define FROM_BROKERS                                                                               \
    "-X", "weir.coordinator=zookeeper", "-X", scene_text("bootstrap.servers=%s", scene.bootstrap)

/* Everybody knows how far blue goes; now the records come. */
static void play_on(const int64_t *stops, bool gates_closed)
{
    switch_desk_await_step("draining");
    struct load *load = load_all();
    for (int32_t p = 0; p < PARTITIONS && gates_closed; p++) {
        scene_open_gate(p);
    }
    ck_assert(switch_desk_await_end());
    zoo_scene_await_even("cd");
    end_play(load);
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
    COMMAND(0, "apply", "--to", "green", "--stop-file", path, "--stop",
            scene_text("%s:%d:%" PRId64, scene.topics[0], PARTITIONS - 1, stops[PARTITIONS - 1]),
            "--drain", "100", "--execute", FROM_BROKERS);
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
    COMMAND(0, "apply", "--to", "green", "--drain-policy", "lag-zero", "--drain", "100",
            "--execute", FROM_BROKERS);
    play_on(stops, true);
}
END_TEST

/* What docs/bluegreen.md begins with. */
START_TEST(the_command_switches_a_fleet)
{
    zoo_scene_raise(PARTITIONS);
    struct load *load = load_all();
    start_blue(patient);
    await_colors("a\nb\n");
    COMMAND(0, "apply", "--to", "blue", "--execute", "--wait");
    zoo_scene_await_even("ab");
    COMMAND(75, "plan", "--to", "green");
    start_green(patient);
    await_colors("a\nb\nc\nd\n");
    WAIT_UNTIL(green_has_its_share(), AWAIT_MS);
    command_expect(COMMAND(0, "plan", "--to", "green"), scene.topics[0]);
    ck_assert_str_eq(switch_desk_active(), "blue");
    tell_part("gaps from owner", COMMAND(0, "apply", "--to", "green", "--execute", "--wait"));
    ck_assert_str_eq(switch_desk_active(), "green");
    zoo_scene_await_even("cd");
    COMMAND(75, "apply", "--to", "green", "--execute");
    COMMAND(75, "rollback", "--execute");
    ck_assert_ptr_nonnull(strstr(COMMAND(0, "status"), "green"));
    const char *lines = COMMAND(0, "apply", "--to", "blue", "--mode", "together", "--execute",
                                "--wait", "-o", "json");
    ck_assert_ptr_nonnull(strstr(lines, ",\"partitions\":8,\"each\":[{\"topic\":\""));
    tell_part("\"gaps\"", lines);
    zoo_scene_await_even("ab");
    ck_assert_ptr_nonnull(strstr(COMMAND(0, "history", "-o", "json"), "\"done\""));
    end_play(load);
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
    zoo_scene_raise(PARTITIONS);
    struct load *load = load_all();
    start_blue(mortal);
    await_colors("a\nb\n");
    switch_to("blue", false);
    start_green(mortal);
    await_colors("a\nb\nc\nd\n");
    switch_desk_ask("green", false);
    member_kill(scene.members[0]);
    member_kill(scene.members[2]);
    ck_assert(switch_desk_await_end());
    zoo_scene_await_even("d");
    return_to_stage(scene.members[0]);
    return_to_stage(scene.members[2]);
    zoo_scene_await_even("cd");
    end_play(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true);
}
END_TEST

/* What happens in the i-th switch. */
static void hurt(int i)
{
    struct member *member = scene.members[(size_t)(i * 7 / 3) % MEMBERS];

    if (i % 3 == 0) {
        member_kill(member);
        return_to_stage(member);
    } else if (i % 3 == 1) {
        member_stop(member);
        return_to_stage(member);
    }
}

/* S60. Whoever dies or leaves, each switch ends in one color or the other, and nothing is lost. */
START_TEST(twenty_switches_while_members_come_and_go)
{
    uint32_t done = 0;

    zoo_scene_raise(PARTITIONS);
    struct load *load = load_all();
    start_blue(mortal);
    start_green(mortal);
    await_colors("a\nb\nc\nd\n");
    switch_to("green", false);
    for (int i = 0; i < SWITCHES; i++) {
        const char *other = strcmp(switch_desk_active(), "blue") == 0 ? "green" : "blue";
        switch_desk_ask(other, i % 4 < 2);
        hurt(i);
        done += switch_desk_await_end() ? 1 : 0;
    }
    zoo_scene_await_even(strcmp(switch_desk_active(), "blue") == 0 ? "ab" : "cd");
    end_play(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true);
    ck_assert_uint_gt(done, 0);
    printf("note: %" PRIu32 " of %d switches done, the others rolled back or aborted\n", done,
           (int)SWITCHES);
    tell();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {green_begins_at_the_stop_offsets_that_are_given,
                                  green_begins_where_the_log_ended_with_lag_zero,
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
