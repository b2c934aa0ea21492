/* Do two groups exchange their roles on real servers, together and without losing anything? */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "test/support/color_scene.h"
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

int main(void)
{
    const TTest *const tests[] = {two_groups_exchange_their_roles_and_back,
                                  processes_die_in_the_middle_and_a_swap_is_taken_back};

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("swap", tests, .seconds = 300);
    zookeeper_stop(zoo_scene.server);
    return result;
}
