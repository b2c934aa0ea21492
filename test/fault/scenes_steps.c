/* What becomes of a switch when whoever writes one of its steps dies there, or stands still: S54,
 * S55, S57. */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "test/support/color_scene.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/require.h"
#include "test/support/scene.h"
#include "test/support/swap_scene.h"
#include "test/support/switch_desk.h"
#include "test/support/trap.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

/* a and b are blue, c and d green. */
enum { AWAIT_MS = COLOR_SCENE_AWAIT_MS, NOT_NOW = 75, KILLED = 137, INFLIGHT = 2048 };

/* No step is overdue, whatever the machine is at. */
#define LONG "--prepare", "100", "--drain", "100", "--take", "100"

/* Who asks writes the first, and who takes it back the second to last; any member, or the command
 * that waits, the others. */
static const char *const forward[] = {"draining", "committed", "handed_over", "active", "idle"};
static const char *const ends[] = {"before", "after", "still"};
enum {
    FORWARD = sizeof forward / sizeof forward[0],
    ENDS = sizeof ends / sizeof ends[0],
    KILLS = 2 /* of the ends */
};

static struct load *set_the_stage(void)
{
    trap_open();
    zoo_scene.store = "zookeeper";
    struct load *load = color_scene_raise();
    color_scene_start_blue(color_scene_mortal);
    color_scene_start_green(color_scene_mortal);
    color_scene_await("a\nb\nc\nd\n");
    color_scene_switch_to("blue", false);
    return load;
}

/* The rules of the storm (switch_storm.c). */
static void end_and_judge(struct load *load)
{
    color_scene_end(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true, .late_commits = true,
                .repeats_max = INFLIGHT);
}

static const char *other_color(void)
{
    return strcmp(switch_desk_active(), "blue") == 0 ? "green" : "blue";
}

/* It may have been caught itself, and is told how it ended otherwise. */
static int end_of(struct process *process)
{
    int status = process_wait(process, AWAIT_MS);

    if (status != 0 && status != NOT_NOW && status != KILLED) {
        fail_test("it ended with %d: %s", status, process_describe(process));
    }
    process_destroy(process);
    return status;
}

static struct process *ask(const char *to, const char *id, const char *mode, const char *health)
{
    const char *const words[] = {"switch", "apply",     "--to",   to,         "--id",
                                 id,       "--mode",    mode,     "--health", health,
                                 LONG,     "--execute", "--wait", NULL};

    return switch_desk_start(words);
}

static void await_calm(const char *active)
{
    ck_assert_str_eq(switch_desk_active(), active);
    color_scene_await("a\nb\nc\nd\n");
    zoo_scene_await_even(strcmp(active, "blue") == 0 ? "ab" : "cd");
}

/* Caught while others go on. What stands still does so until they are done, and goes on with what
 * is long over. */
static void revive_and_await(const char *when, bool *done)
{
    pid_t pid = trap_await();
    bool still = strcmp(when, "still") == 0;

    if (!still) {
        (void)trap_revive(pid, when); /* a command that waits stays dead */
    }
    *done = switch_desk_await_end();
    if (still && !trap_revive(pid, when)) {
        trap_let_go(pid);
    }
}

/* S54, S57. */
START_TEST(whoever_writes_a_step_dies_or_stands_still_there)
{
    struct load *load = set_the_stage();
    int number = 0;

    for (int step = 0; step < FORWARD; step++) {
        for (int end = 0; end < ENDS; end++) {
            const char *to = other_color();
            bool done = false;
            trap_set(forward[step], ends[end]);
            struct process *asker = ask(to, scene_text("switch-%d", number),
                                        number % 2 == 0 ? "each" : "together", "0");
            revive_and_await(ends[end], &done);
            ck_assert_msg(done, "%s, %s", forward[step], ends[end]);
            (void)end_of(asker);
            await_calm(to);
            number++;
        }
    }
    end_and_judge(load);
}
END_TEST

/* The first write of all is the asker's: it is repeated, and what has begun goes on. */
START_TEST(whoever_asks_for_a_switch_dies_there_and_asks_again)
{
    struct load *load = set_the_stage();

    for (int end = 0; end < KILLS; end++) {
        const char *to = other_color();
        const char *id = scene_text("asked-%d", end);
        trap_set("prepared", ends[end]);
        ck_assert_int_eq(end_of(ask(to, id, "each", "0")), KILLED);
        (void)trap_await();
        ck_assert_int_eq(end_of(ask(to, id, "each", "0")), 0);
        await_calm(to);
    }
    end_and_judge(load);
}
END_TEST

static int roll_back(void)
{
    const char *const words[] = {"switch", "rollback", "--execute", NULL};

    return end_of(switch_desk_start(words));
}

static void await_active(const char *to, const char *id, struct process **asker)
{
    *asker = ask(to, id, "each", "3600");
    switch_desk_await_step("active");
}

/* It is taken back when green has had everything, and whoever does so dies, or stands still. */
START_TEST(whoever_takes_a_switch_back_dies_there_or_stands_still)
{
    struct load *load = set_the_stage();
    struct process *asker = NULL;

    for (int end = 0; end < ENDS; end++) {
        const char *from = switch_desk_active();
        bool done = true;
        await_active(other_color(), scene_text("taken-back-%d", end), &asker);
        trap_set("returning", ends[end]);
        if (end < KILLS) {
            ck_assert_int_eq(roll_back(), KILLED);
            (void)trap_await();
            (void)roll_back();
            done = switch_desk_await_end();
        } else {
            struct process *late =
                switch_desk_start((const char *const[]){"switch", "rollback", "--execute", NULL});
            pid_t pid = trap_await();
            ck_assert_int_eq(roll_back(), 0);
            done = switch_desk_await_end();
            trap_let_go(pid);
            (void)end_of(late);
        }
        ck_assert(!done);
        (void)end_of(asker);
        await_calm(from);
    }
    end_and_judge(load);
}
END_TEST

/* The last write of the way back. */
START_TEST(whoever_ends_the_way_back_dies_there_or_stands_still)
{
    struct load *load = set_the_stage();
    struct process *asker = NULL;

    for (int end = 0; end < ENDS; end++) {
        const char *from = switch_desk_active();
        bool done = true;
        await_active(other_color(), scene_text("returned-%d", end), &asker);
        trap_set("idle", ends[end]);
        ck_assert_int_eq(roll_back(), 0);
        revive_and_await(ends[end], &done);
        ck_assert(!done);
        (void)end_of(asker);
        await_calm(from);
    }
    end_and_judge(load);
}
END_TEST

/* S55. What the late one writes is refused, since the record is another one by then. */
START_TEST(an_operator_who_stood_still_is_told_of_the_other)
{
    struct load *load = set_the_stage();

    scene_close_gate(0); /* it does not end before the late one has been told */
    trap_set("prepared", "still");
    struct process *late = ask("green", "late", "each", "0");
    pid_t pid = trap_await();
    struct process *first = ask("green", "first", "each", "0");
    switch_desk_await_step("draining");
    trap_let_go(pid);
    process_await_error(late, "first", AWAIT_MS);
    ck_assert_int_eq(end_of(late), NOT_NOW);
    scene_open_gate(0);
    ck_assert_int_eq(end_of(first), 0);
    await_calm("green");
    end_and_judge(load);
}
END_TEST

/* S54, of two groups that exchange their roles. */
START_TEST(whoever_writes_a_step_of_a_swap_dies_there)
{
    const struct verify_options judged = {
        .order = VERIFY_ORDER_KEY, .crashes = true, .late_commits = true, .repeats_max = INFLIGHT};
    bool swapped = false;

    trap_open();
    swap_scene_raise(color_scene_mortal);
    for (int step = 0; step < FORWARD; step++) {
        for (int end = 0; end < KILLS; end++) {
            const char *to = swapped ? "blue" : "green";
            const char *id = scene_text("%s-%s", forward[step], ends[end]);
            trap_set(forward[step], ends[end]);
            SWAP_SCENE_ASK(to, id, LONG);
            ck_assert(trap_revive(trap_await(), ends[end]));
            swap_scene_await_begun(id);
            swap_scene_await_end();
            swap_scene_expect_last("done", to);
            swapped = !swapped;
            swap_scene_await_even(0, swapped ? "cd" : "ab");
            swap_scene_await_even(1, swapped ? "ab" : "cd");
        }
    }
    swap_scene_end();
    swap_scene_judge(&judged);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {whoever_writes_a_step_dies_or_stands_still_there,
                                  whoever_asks_for_a_switch_dies_there_and_asks_again,
                                  whoever_takes_a_switch_back_dies_there_or_stands_still,
                                  whoever_ends_the_way_back_dies_there_or_stands_still,
                                  an_operator_who_stood_still_is_told_of_the_other,
                                  whoever_writes_a_step_of_a_swap_dies_there};

    trap_use_mortal();
    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("scenes_steps", tests, .seconds = 600);
    zookeeper_stop(zoo_scene.server);
    return result;
}
