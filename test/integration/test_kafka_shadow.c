/* Does a shadow handle what a group works on, and leave no trace? */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/color_scene.h"
#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"

enum { PARTITIONS = 4, RECORDS = 400, EACH = RECORDS / PARTITIONS, AWAIT_MS = 60000 };

static void produce_more(void)
{
    scene_produce(&(struct produce_options){
        .count = RECORDS, .partition = PRODUCE_IN_TURN, .partitions = PARTITIONS});
}

static bool is_committed_at(int64_t offset)
{
    bool there = true;

    for (int32_t i = 0; i < PARTITIONS; i++) {
        there =
            there && admin_committed(scene.admin, scene.group, scene.topics[0], i, NULL) == offset;
    }
    return there;
}

/* Half of its records fail for good. */
static struct member *start_shadow(const char *name, const char *partitions)
{
    const char *const settings[] = {
        "weir.coordinator=none",
        "weir.shadow=true",
        "weir.retry.attempts=1",
        "handler.shadow.fail.percent=50",
        scene_text("group.id=%s", scene.group),
        scene_text("weir.partitions=%s:%s", scene.topics[0], partitions),
        NULL};

    return scene_start_bare(&(struct member_options){.name = name, .settings = settings});
}

/* Of what it says as a shadow: records in spans, or events without any. */
static uint64_t count_as_shadow(const struct member *member, const char *name, bool spans)
{
    const struct stream *stream = member_stream(member);
    uint64_t records = 0;

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        bool counts = event->shadow && strcmp(event->name, name) == 0;
        records += counts && !spans ? 1 : 0;
        for (size_t j = 0; counts && spans && j < event->span_count; j++) {
            records += (uint64_t)event->spans[j].count;
        }
    }
    return records;
}

static uint64_t done_of(const struct member *member)
{
    return count_as_shadow(member, "handler_end", true);
}

static uint64_t failed_of(const struct member *member)
{
    return count_as_shadow(member, "skip", false);
}

static bool has_handled(struct member *member, uint64_t records)
{
    stream_read(member_stream(member));
    return done_of(member) + failed_of(member) >= records;
}

static void await_handled(struct member *first, struct member *second, uint64_t records)
{
    WAIT_UNTIL(has_handled(first, records / 2), AWAIT_MS);
    WAIT_UNTIL(has_handled(second, records / 2), AWAIT_MS);
}

static void expect_begun_at(struct member *member, int64_t offset)
{
    const struct stream_event *assigned = stream_await(member_stream(member), "assign", AWAIT_MS);

    ck_assert(assigned->shadow);
    ck_assert_uint_eq(assigned->span_count, PARTITIONS / 2);
    for (size_t i = 0; i < assigned->span_count; i++) {
        ck_assert_int_eq(assigned->spans[i].first, offset);
    }
}

/* All that it said of partitions it said as a shadow, it committed nothing, and half has failed. */
static void expect_shadow(const struct member *member, uint64_t records)
{
    const struct stream *stream = member_stream(member);
    uint64_t failed = failed_of(member);

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        ck_assert(event->shadow || (event->span_count == 0 && *event->topic == '\0'));
        ck_assert_ptr_null(strstr(event->name, "commit"));
    }
    ck_assert_uint_eq(done_of(member) + failed, records);
    ck_assert_uint_gt(failed, records / 4);
    ck_assert_uint_lt(failed, records / 4 * 3);
    ck_assert_ptr_nonnull(strstr(process_errors(member_process(member)), "as a shadow of group"));
}

START_TEST(a_shadow_beside_a_group_leaves_no_trace)
{
    scene_create_topic(PARTITIONS);
    produce_more();
    struct member *active = SCENE_START("a", NULL);
    WAIT_UNTIL(is_committed_at(EACH), AWAIT_MS);

    /* Both handle the same. */
    struct member *first = start_shadow("s", "0-1");
    struct member *second = start_shadow("t", "2-3");
    expect_begun_at(first, EACH);
    expect_begun_at(second, EACH);
    produce_more();
    WAIT_UNTIL(is_committed_at(2 * (int64_t)EACH), AWAIT_MS);
    await_handled(first, second, RECORDS);
    admin_await_members(scene.admin, scene.group, 1, AWAIT_MS);

    /* Nobody works: what the shadows do alone moves nothing, not even as they end. */
    member_stop(active);
    produce_more();
    await_handled(first, second, (uint64_t)2 * RECORDS);
    member_stop(first);
    member_stop(second);
    ck_assert(is_committed_at(2 * (int64_t)EACH));

    member_restart(active);
    WAIT_UNTIL(is_committed_at(3 * (int64_t)EACH), AWAIT_MS);
    scene_stop_all();
    SCENE_JUDGE(.clean = true, .order = VERIFY_ORDER_KEY);
    scene_expect_committed();
    expect_shadow(first, RECORDS);
    expect_shadow(second, RECORDS);
}
END_TEST

/* Nothing is its own before what it had as a shadow is not there any more. Returns how often it
 * began as one. */
static size_t expect_apart(const struct member *member)
{
    const struct stream *stream = member_stream(member);
    size_t shadowed = 0;
    size_t owned = 0;
    size_t times = 0;

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        size_t *held = event->shadow ? &shadowed : &owned;
        if (event->foreign) {
            continue;
        }
        if (strcmp(event->name, "assign") == 0) {
            times += event->shadow && shadowed == 0 ? 1 : 0;
            *held += event->span_count;
        } else if (strcmp(event->name, "revoke_end") == 0) {
            *held -= event->span_count;
        }
        ck_assert(shadowed == 0 || owned == 0);
    }
    return times;
}

static void await_shadows(uint64_t more)
{
    struct member *green[] = {scene.members[2], scene.members[3]};

    for (size_t i = 0; i < 2; i++) {
        stream_read(member_stream(green[i]));
        uint64_t wanted = done_of(green[i]) + failed_of(green[i]) + more;
        WAIT_UNTIL(has_handled(green[i], wanted), AWAIT_MS);
    }
}

/* Green is a shadow on which half the records fail; it takes over, and is a shadow again. */
START_TEST(a_color_that_stands_by_is_a_shadow)
{
    struct load *load = color_scene_raise();

    color_scene_start_blue(color_scene_patient);
    color_scene_await("a\nb\n");
    color_scene_switch_to("blue", false);
    for (int i = 0; i < 2; i++) {
        COLOR_SCENE_START(i == 0 ? "c" : "d", "green", color_scene_patient, "weir.shadow=true",
                          "weir.retry.attempts=1", "handler.shadow.fail.percent=50");
    }
    color_scene_await("a\nb\nc\nd\n");
    await_shadows(EACH);
    color_scene_switch_to("green", false);
    member_await_completed(scene.members[2], 1);
    member_await_completed(scene.members[3], 1);
    color_scene_switch_to("blue", false);
    await_shadows(EACH);
    color_scene_end(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
    for (size_t i = 2; i < 4; i++) {
        ck_assert_uint_gt(failed_of(scene.members[i]), 0);
        ck_assert_uint_ge(expect_apart(scene.members[i]), 2);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_shadow_beside_a_group_leaves_no_trace,
                                  a_color_that_stands_by_is_a_shadow};

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN("shadow", tests);
    zookeeper_stop(zoo_scene.server);
    return result;
}
