#include "test/support/swap_scene.h"

#include <stdlib.h>
#include <string.h>

#include "framework/switch.h"
#include "test/support/color_scene.h"
#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/tmpdir.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

enum { AWAIT_MS = COLOR_SCENE_AWAIT_MS, PER_SECOND = 500, KEYS = 200, NOT_NOW = 75 };
enum { PARTITIONS = COLOR_SCENE_PARTITIONS };

static struct {
    struct load *loads[SWAP_SCENE_HALVES];
    struct stream *peers[SWAP_SCENE_MEMBERS]; /* of half 1 */
    const char *groups[SWAP_SCENE_HALVES];
    const char *settings[4];
} swap;

/* Where it is kept. */

static const char *node(int half, const char *below)
{
    return scene_text("/consumers/%s/%s", swap.groups[half], below);
}

static void read_record(int half, struct weir_switch *out)
{
    const char *text = zoo_scene_data(node(half, "weir/switch"));

    weir_switch_init(out);
    if (strcmp(text, "-") != 0) {
        REQUIRE(weir_switch_read(text, strlen(text), out, NULL) == WEIR_OK);
    }
}

static bool has_begun(int half, const char *id)
{
    struct weir_switch record;

    read_record(half, &record);
    return record.step == WEIR_SWITCH_IDLE
               ? record.past_count > 0 && strcmp(record.past[0].id, id) == 0
               : record.step != WEIR_SWITCH_PREPARED;
}

void swap_scene_await_begun(const char *id)
{
    WAIT_UNTIL(has_begun(0, id) && has_begun(1, id), AWAIT_MS);
}

static bool is_idle(int half)
{
    struct weir_switch record;

    read_record(half, &record);
    return record.step == WEIR_SWITCH_IDLE;
}

void swap_scene_await_end(void)
{
    WAIT_UNTIL(is_idle(0) && is_idle(1), AWAIT_MS);
}

void swap_scene_expect_last(const char *outcome, const char *active)
{
    struct weir_switch records[SWAP_SCENE_HALVES];

    for (int i = 0; i < SWAP_SCENE_HALVES; i++) {
        read_record(i, &records[i]);
        REQUIRE(records[i].step == WEIR_SWITCH_IDLE);
        REQUIRE(strcmp(weir_switch_outcome_name(records[i].past[0].outcome), outcome) == 0);
    }
    REQUIRE(strcmp(records[0].past[0].id, records[1].past[0].id) == 0);
    REQUIRE(strcmp(records[0].active, active) == 0);
    REQUIRE(strcmp(records[1].active, active) != 0);
}

bool swap_scene_await_outcome(void)
{
    struct weir_switch records[SWAP_SCENE_HALVES];
    bool done[SWAP_SCENE_HALVES];

    swap_scene_await_end();
    for (int i = 0; i < SWAP_SCENE_HALVES; i++) {
        read_record(i, &records[i]);
        REQUIRE(records[i].past_count > 0);
        done[i] = records[i].past[0].outcome == WEIR_SWITCH_DONE;
    }
    REQUIRE(strcmp(records[0].past[0].id, records[1].past[0].id) == 0);
    REQUIRE(done[0] == done[1]);
    return done[0];
}

const char *swap_scene_active(void)
{
    struct weir_switch records[SWAP_SCENE_HALVES];

    read_record(0, &records[0]);
    read_record(1, &records[1]);
    REQUIRE(strcmp(records[0].active, records[1].active) != 0);
    return scene_text("%s", records[0].active);
}

const struct load *swap_scene_load(void)
{
    return swap.loads[0];
}

static const char *owners(int half)
{
    char word[PARTITIONS + 1] = "";

    for (int i = 0; i < PARTITIONS; i++) {
        word[i] = zoo_scene_data(node(half, scene_text("owners/%s/%d", scene.topics[half], i)))[0];
    }
    return scene_text("%s", word);
}

void swap_scene_await_even(int half, const char *names)
{
    WAIT_UNTIL(zoo_scene_is_even(owners(half), names), AWAIT_MS);
}

static bool is_divided(int half, const char *color)
{
    const char *share = zoo_scene_data(node(half, scene_text("weir/allotment-%s", color)));
    const char *members =
        strcmp(color, "blue") == 0 ? "\"members\":[\"a\",\"b\"]" : "\"members\":[\"c\",\"d\"]";

    return strstr(share, members) != NULL && strstr(share, scene.topics[half]) != NULL;
}

static bool are_divided(void)
{
    bool all = true;

    for (int i = 0; i < SWAP_SCENE_HALVES; i++) {
        all = all && is_divided(i, "blue") && is_divided(i, "green");
    }
    return all;
}

/* Operators. */

static struct command command_of(const char *const *words)
{
    return (struct command){
        .options = {"-X", scene_text("group.id=%s", scene.group), "-X",
                    scene_text("zookeeper.connect=%s", zookeeper_connect(zoo_scene.server)), "-X",
                    swap.settings[0], "-X", swap.settings[1], "-X", swap.settings[2]},
        .words = words,
        .ms_max = AWAIT_MS};
}

const char *swap_scene_run(int code, const char *const *words)
{
    const struct command command = command_of(words);

    return command_run(&command, code, NULL);
}

static int end_of(const char *const *words)
{
    const struct command command = command_of(words);
    struct process *process = command_start(&command);
    int status = process_wait(process, AWAIT_MS);

    if (status != 0 && status != NOT_NOW) {
        fail_test("%s ends with %d: %s", words[1], status, process_describe(process));
    }
    process_destroy(process);
    return status;
}

void swap_scene_ask(const char *to, const char *id, const char *const *options)
{
    const char *words[COMMAND_WORDS_MAX] = {"switch", "apply", "--to", to, "--id", id, "--execute"};
    size_t count = 7;

    for (size_t i = 0; options[i] != NULL; i++) {
        REQUIRE(count + 1 < COMMAND_WORDS_MAX);
        words[count++] = options[i];
    }
    WAIT_UNTIL(end_of(words) == 0, AWAIT_MS);
}

void swap_scene_roll_back(void)
{
    (void)end_of((const char *const[]){"switch", "rollback", "--execute", NULL});
}

static struct process *start_apply(const char *to, const char *id)
{
    const char *words[] = {"switch", "apply", "--to", to, "--id", id, "--execute", "--wait", NULL};
    const struct command command = command_of(words);

    return command_start(&command);
}

void swap_scene_run_two(const char *to)
{
    struct process *one = start_apply(to, "one");
    struct process *other = start_apply(to, "other");
    int first = process_wait(one, AWAIT_MS);
    int second = process_wait(other, AWAIT_MS);

    if (!((first == 0 && second == NOT_NOW) || (first == NOT_NOW && second == 0))) {
        fail_test("the operators end with %d and %d: %s, %s", first, second, process_describe(one),
                  process_describe(other));
    }
    process_destroy(one);
    process_destroy(other);
}

/* The play. */

static void start(size_t number, const char *name, const char *color, const char *session)
{
    char *path = tmpdir_path(scene.folder, scene_text("%s.events.peer", name));

    COLOR_SCENE_START(name, color, session, swap.settings[0], swap.settings[1], swap.settings[2]);
    swap.peers[number] = stream_open(path);
    free(path);
}

static struct load *load(int half)
{
    return scene_load(scene.topics[half], PARTITIONS, KEYS, PER_SECOND);
}

void swap_scene_raise_quiet(const char *session)
{
    zoo_scene_raise(PARTITIONS);
    scene_create_topic(PARTITIONS);
    swap.groups[0] = scene.group;
    swap.groups[1] = scene_text("%s-next", scene.group);
    swap.settings[0] = "weir.bluegreen.topology=swap";
    swap.settings[1] = scene_text("weir.bluegreen.peer.group.id=%s", swap.groups[1]);
    swap.settings[2] = scene_text("weir.bluegreen.peer.topics=%s", scene.topics[1]);
    start(0, "a", "blue", session);
    start(1, "b", "blue", session);
    start(2, "c", "green", session);
    start(3, "d", "green", session);
    WAIT_UNTIL(are_divided(), AWAIT_MS);
    SWAP_SCENE_ASK("blue", "first", "--peer-to", "green", "--wait");
    swap_scene_await_even(0, "ab");
    swap_scene_await_even(1, "cd");
    swap.loads[0] = swap.loads[1] = NULL;
}

void swap_scene_raise(const char *session)
{
    swap_scene_raise_quiet(session);
    for (int i = 0; i < SWAP_SCENE_HALVES; i++) {
        swap.loads[i] = load(i);
    }
}

void swap_scene_produce(uint64_t each)
{
    for (int i = 0; i < SWAP_SCENE_HALVES; i++) {
        scene_produce(&(struct produce_options){.topic = scene.topics[i],
                                                .partition = PRODUCE_IN_TURN,
                                                .partitions = PARTITIONS,
                                                .keys = KEYS,
                                                .count = each * PARTITIONS});
    }
}

static int64_t committed(int half, int32_t partition)
{
    if (strcmp(zoo_scene.store, "kafka") == 0) {
        return admin_committed(scene.admin, swap.groups[half], scene.topics[half], partition, NULL);
    }
    return strtoll(
        zoo_scene_data(node(half, scene_text("offsets/%s/%d", scene.topics[half], (int)partition))),
        NULL, 10);
}

static bool is_committed(int half)
{
    bool all = true;

    for (int32_t i = 0; all && i < PARTITIONS; i++) {
        all = committed(half, i) == admin_end_offset(scene.admin, scene.topics[half], i);
    }
    return all;
}

void swap_scene_await_committed(void)
{
    WAIT_UNTIL(is_committed(0) && is_committed(1), AWAIT_MS);
}

/* Each process has said at its end what it measured in either group, and nobody has seen two at
 * work. */
static void expect_two_voices(const struct member *member)
{
    char *path = tmpdir_path(scene.folder, scene_text("%s.log", member_name(member)));
    char *log = tmpdir_read(path);

    for (int i = 0; i < SWAP_SCENE_HALVES; i++) {
        REQUIRE(strstr(log, scene_text(" %s: ", swap.groups[i])) != NULL);
    }
    REQUIRE(strstr(log, "fetcher_wakeups ") != NULL);
    REQUIRE(strstr(log, "dual_active_partitions ") == NULL);
    free(log);
    free(path);
}

void swap_scene_end(void)
{
    for (int i = 0; i < SWAP_SCENE_HALVES && swap.loads[i] != NULL; i++) {
        scene_add_ledger(load_stop(swap.loads[i]));
    }
    swap_scene_await_committed();
    scene_stop_all();
    REQUIRE(is_committed(0) && is_committed(1));
    for (size_t i = 0; i < SWAP_SCENE_MEMBERS; i++) {
        expect_two_voices(scene.members[i]);
    }
    zoo_scene_drop();
}

/* Judging. */

static struct verify_options all_of(const struct verify_options *options, size_t halves,
                                    struct stream **streams)
{
    struct verify_options own = *options;

    own.streams = streams;
    own.ledger = scene.ledger;
    for (size_t i = 0; i < SWAP_SCENE_MEMBERS; i++) {
        streams[own.stream_count++] = member_stream(scene.members[i]);
        if (halves > 1) {
            streams[own.stream_count++] = swap.peers[i];
        }
    }
    return own;
}

void swap_scene_judge(const struct verify_options *options)
{
    struct stream *streams[SWAP_SCENE_MEMBERS * SWAP_SCENE_HALVES];
    const struct verify_options own = all_of(options, SWAP_SCENE_HALVES, streams);

    verify_expect(&own, NULL);
}

void swap_scene_expect_flagged_without_half(const struct verify_options *options)
{
    struct stream *streams[SWAP_SCENE_MEMBERS * SWAP_SCENE_HALVES];
    const struct verify_options own = all_of(options, 1, streams);
    struct verify_report *report = verify(&own);

    REQUIRE(!verify_passed(&own, report));
    REQUIRE(report->found[VERIFY_UNSEEN] > 0);
    verify_report_destroy(report);
}

const struct stream *swap_scene_stream(size_t member, int half)
{
    struct stream *stream = half == 0 ? member_stream(scene.members[member]) : swap.peers[member];

    stream_read(stream);
    return stream;
}

bool swap_scene_has_worked(const char *name, int half)
{
    for (size_t i = 0; i < SWAP_SCENE_MEMBERS; i++) {
        if (strcmp(member_name(scene.members[i]), name) == 0) {
            struct stream *stream = half == 0 ? member_stream(scene.members[i]) : swap.peers[i];
            stream_read(stream);
            return stream_completed(stream, scene.topics[half]) > 0;
        }
    }
    return false;
}
