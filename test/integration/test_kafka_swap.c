/* Do two groups exchange their roles on real servers, together and without losing anything? */
#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "test/support/color_scene.h"
#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/swap_scene.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

enum { AWAIT_MS = COLOR_SCENE_AWAIT_MS };

static const char *const both[] = {"ab", "cd"};

static void await_roles(bool swapped)
{
    swap_scene_await_even(0, both[swapped ? 1 : 0]);
    swap_scene_await_even(1, both[swapped ? 0 : 1]);
}

static bool have_worked(const char *names, int half)
{
    for (const char *name = names; *name != '\0'; name++) {
        if (!swap_scene_has_worked(scene_text("%c", *name), half)) {
            return false;
        }
    }
    return true;
}

/* Each color works in the one group and stands by in the other, and then the other way round; at
 * the end neither has lost a record, nor done one twice, in either group. */
START_TEST(two_groups_exchange_their_roles_and_back)
{
    swap_scene_raise(color_scene_patient);
    WAIT_UNTIL(have_worked("ab", 0) && have_worked("cd", 1), AWAIT_MS);
    ck_assert(!swap_scene_has_worked("c", 0) && !swap_scene_has_worked("a", 1));
    const char *printed =
        SWAP_SCENE_RUN(0, "apply", "--to", "green", "--health", "1", "--execute", "--wait");
    swap_scene_expect_last("done", "green");
    ck_assert_ptr_nonnull(strstr(printed, scene_text("%s: done: ", scene.group)));
    ck_assert_ptr_nonnull(strstr(printed, scene_text("%s-next: done: ", scene.group)));
    await_roles(true);
    WAIT_UNTIL(have_worked("cd", 0) && have_worked("ab", 1), AWAIT_MS);
    swap_scene_run_two("blue");
    swap_scene_expect_last("done", "blue");
    await_roles(false);
    SWAP_SCENE_RUN(0, "rollback", "--execute", "--wait"); /* within its window */
    swap_scene_expect_last("done", "green");
    await_roles(true);
    swap_scene_end();
    swap_scene_judge(&(struct verify_options){.order = VERIFY_ORDER_KEY, .clean = true});
    swap_scene_expect_flagged_without_half(&(struct verify_options){.order = VERIFY_ORDER_KEY});
}
END_TEST

/* No step is overdue, whatever the machine is at. */
#define LONG "--prepare", "100", "--drain", "100", "--take", "100"

/* Whoever has not begun hears no signal. */
static void return_to_stage(struct member *member)
{
    member_restart(member);
    WAIT_UNTIL(member_has_begun(member), AWAIT_MS);
}

/* A process of each color is killed, with handlers of both groups at work, and what one of them had
 * in the one group and was to have in the other is the others'. Then an operator takes a swap back
 * that has begun to move. */
START_TEST(processes_die_in_the_middle_and_a_swap_is_taken_back)
{
    swap_scene_raise(color_scene_mortal);
    scene_close_gate(0); /* of both topics: neither half comes further than to drain */
    SWAP_SCENE_ASK("green", "there", LONG);
    swap_scene_await_begun("there");
    member_kill(scene.members[0]);
    member_kill(scene.members[2]);
    scene_open_gate(0);
    swap_scene_await_end();
    swap_scene_expect_last("done", "green");
    swap_scene_await_even(0, "d");
    swap_scene_await_even(1, "b");
    return_to_stage(scene.members[0]);
    return_to_stage(scene.members[2]);
    await_roles(true);
    scene_close_gate(0);
    SWAP_SCENE_ASK("blue", "back", LONG, "--health", "3600");
    swap_scene_await_begun("back");
    SWAP_SCENE_RUN(75, "abort", "--execute");
    swap_scene_roll_back();
    scene_open_gate(0);
    swap_scene_await_end();
    swap_scene_expect_last("rolled_back", "green");
    await_roles(true);
    swap_scene_end();
    swap_scene_judge(&(struct verify_options){.order = VERIFY_ORDER_KEY, .crashes = true});
}
END_TEST

/* Stop offsets: in each half the old color goes up to there, and the new one begins there. Then
 * both come back to where they stood when it was asked for, and do it again. */
enum { FIRST = 100, RECORDS = 200 };
enum { PARTITIONS = COLOR_SCENE_PARTITIONS };

static int64_t stop_of(int half, int32_t partition)
{
    return FIRST + (half == 0 ? 10 : 5) * ((int64_t)partition + 1);
}

/* Of both topics in one. */
static const char *write_stops(void)
{
    const char *path = scene_text("%s/stops", scene.folder);
    FILE *file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    for (int half = 0; half < SWAP_SCENE_HALVES; half++) {
        for (int32_t p = 0; p < PARTITIONS; p++) {
            (void)fprintf(file, "{\"topic\":\"%s\",\"partition\":%d,\"offset\":%" PRId64 "}\n",
                          scene.topics[half], (int)p, stop_of(half, p));
        }
    }
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

/* Half 0 was blue's, half 1 green's. By one color, a and b or c and d, in one half. */
static uint64_t times_done(bool old, int half, int32_t partition, int64_t offset)
{
    size_t first = old == (half == 0) ? 0 : 2;
    uint64_t times = 0;

    for (size_t i = first; i < first + 2; i++) {
        times += stream_completions_of(swap_scene_stream(i, half), scene.topics[half], partition,
                                       offset);
    }
    return times;
}

/* The old color has done what is below its stop offset, and the new one the rest, each once. */
static void expect_handed_over_at_stops(void)
{
    for (int half = 0; half < SWAP_SCENE_HALVES; half++) {
        for (int32_t p = 0; p < PARTITIONS; p++) {
            for (int64_t offset = 0; offset < RECORDS; offset++) {
                bool below = offset < stop_of(half, p);
                ck_assert_uint_eq(times_done(true, half, p, offset), below ? 1 : 0);
                ck_assert_uint_eq(times_done(false, half, p, offset), below ? 0 : 1);
            }
        }
    }
}

/* And then the old one what came after it was asked for, once more. */
static void expect_done_again(void)
{
    for (int half = 0; half < SWAP_SCENE_HALVES; half++) {
        for (int32_t p = 0; p < PARTITIONS; p++) {
            for (int64_t offset = 0; offset < RECORDS; offset++) {
                bool below = offset < stop_of(half, p);
                bool again = offset >= FIRST;
                ck_assert_uint_eq(times_done(true, half, p, offset),
                                  (below ? 1U : 0U) + (again ? 1U : 0U));
                ck_assert_uint_eq(times_done(false, half, p, offset), below ? 0 : 1);
            }
        }
    }
}

#define IN_ZOO "-X", "weir.offsets.store=zookeeper"
#define FROM_BROKERS                                                                               \
    "-X", "weir.coordinator=zookeeper", "-X", scene_text("bootstrap.servers=%s", scene.bootstrap)

START_TEST(each_half_goes_up_to_its_stop_offsets_and_back_to_where_it_stood)
{
    zoo_scene.store = "zookeeper";
    swap_scene_raise_quiet(color_scene_patient);
    swap_scene_produce(FIRST);
    swap_scene_await_committed();
    SWAP_SCENE_RUN(0, "apply", "--to", "green", "--id", "there", "--stop-file", write_stops(), LONG,
                   "--execute", FROM_BROKERS, IN_ZOO);
    swap_scene_await_begun("there");
    swap_scene_produce(RECORDS - FIRST);
    swap_scene_await_end();
    swap_scene_expect_last("done", "green");
    await_roles(true);
    swap_scene_await_committed();
    expect_handed_over_at_stops();
    const char *printed = SWAP_SCENE_RUN(0, "rollback", "--replay", IN_ZOO);
    for (int half = 0; half < SWAP_SCENE_HALVES; half++) {
        command_expect(printed,
                       scene_text("%s%s: %d records come again", scene.group,
                                  half == 0 ? "" : "-next", (RECORDS - FIRST) * PARTITIONS));
    }
    SWAP_SCENE_RUN(0, "rollback", "--replay", LONG, "--execute", "--wait", IN_ZOO);
    swap_scene_expect_last("done", "blue");
    await_roles(false);
    swap_scene_await_committed();
    swap_scene_end();
    expect_done_again();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {each_half_goes_up_to_its_stop_offsets_and_back_to_where_it_stood,
                                  two_groups_exchange_their_roles_and_back,
                                  processes_die_in_the_middle_and_a_swap_is_taken_back};

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("swap", tests, .seconds = 300);
    zookeeper_stop(zoo_scene.server);
    return result;
}
