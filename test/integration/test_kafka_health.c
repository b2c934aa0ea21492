/* Is a new color that fails found out on real servers, and taken back if it shall be? */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "test/support/color_scene.h"
#include "test/support/command.h"
#include "test/support/deadline.h"
#include "test/support/load_kafka.h"
#include "test/support/scene.h"
#include "test/support/switch_desk.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

/* a and b are blue, c and d green, and green fails half of its attempts. In the order of partitions
 * nothing is done above a record that has failed, so nothing of it comes again. */
enum { AWAIT_MS = COLOR_SCENE_AWAIT_MS, MEMBERS = 4, BEFORE = 500 };

static const char in_order[] = "weir.order=partition";

/* Longer than anybody waits: what ends it is that somebody is found unhealthy. */
#define WATCHED "--health", "3600"

static void start_failing(const char *name)
{
    COLOR_SCENE_START(name, "green", color_scene_patient, in_order, "handler.fail.percent=50",
                      "weir.retry.attempts=1000000", "weir.retry.backoff.ms=10",
                      "weir.retry.backoff.max.ms=50");
}

static bool green_has_its_share(void)
{
    const char *share = zoo_scene_data(zoo_scene_node("weir/allotment-green"));

    return strstr(share, "\"members\":[\"c\",\"d\"]") != NULL &&
           strstr(share, scene.topics[0]) != NULL;
}

static bool has_heard(struct member *member, const char *begin)
{
    struct stream *stream = member_stream(member);

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        if (event->kind == (int)WEIR_EVENT_SWITCH_HEALTH &&
            strncmp(event->text, begin, strlen(begin)) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_shown(const char *part)
{
    return strstr(SWITCH_DESK_RUN(0, "status"), part) != NULL;
}

/* Both colors are there, and it is known how blue does. */
static struct load *raise_both(void)
{
    struct load *load = color_scene_raise();

    COLOR_SCENE_START("a", "blue", color_scene_patient, in_order);
    COLOR_SCENE_START("b", "blue", color_scene_patient, in_order);
    color_scene_await("a\nb\n");
    color_scene_switch_to("blue", false);
    start_failing("c");
    start_failing("d");
    color_scene_await("a\nb\nc\nd\n");
    WAIT_UNTIL(green_has_its_share(), AWAIT_MS);
    member_await_completed(scene.members[0], BEFORE);
    member_await_completed(scene.members[1], BEFORE);
    return load;
}

/* bluegreen.md, acceptance: first it is only told of, and stays; then it goes back by itself. */
START_TEST(a_green_that_fails_goes_back_by_itself)
{
    struct load *load = raise_both();

    command_expect(SWITCH_DESK_RUN(0, "plan", "--to", "green"),
                   "c                 4  chaos    7.4");
    SWITCH_DESK_RUN(0, "apply", "--to", "green", WATCHED, "--execute");
    switch_desk_await_step("active");
    for (size_t i = 0; i < MEMBERS; i++) {
        WAIT_UNTIL(has_heard(scene.members[i], "unhealthy: green fails "), AWAIT_MS);
    }
    WAIT_UNTIL(is_shown("no-go: green fails "), AWAIT_MS);
    ck_assert(is_shown("of its records, blue failed 0.0 %"));
    ck_assert_str_eq(switch_desk_active(), "green");
    SWITCH_DESK_RUN(0, "rollback", "--execute", "--wait");
    zoo_scene_await_even("ab");
    const char *printed =
        SWITCH_DESK_RUN(75, "apply", "--to", "green", WATCHED, "-X",
                        "weir.bluegreen.rollback=unhealthy", "--execute", "--wait");
    command_expect(printed, "rolled_back: ");
    command_expect(printed, " to green: green fails ");
    command_expect(printed, "; active color blue");
    zoo_scene_await_even("ab");
    color_scene_end(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .clean = true);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_green_that_fails_goes_back_by_itself};

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN_WITH("health", tests, .seconds = 300);
    zookeeper_stop(zoo_scene.server);
    return result;
}
