/* Do members come, go and die without losing a record, and without repeating one they need not? */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum { AWAIT_MS = 30000 };

/* T5 */
START_TEST(a_restart_after_a_clean_close_repeats_nothing)
{
    scene_create_topic(1);
    scene_produce_many(100, 0);
    struct member *member = SCENE_START("a", "weir.order=partition");
    scene_await_all();
    member_stop(member);
    scene_expect_committed();
    scene_produce_many(1, 0);
    member_restart(member);
    scene_await_all();
    member_stop(member);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

/* A machine that stands still for a while does not cost a session. */
#define KEEPS_IN_ZOOKEEPER "weir.offsets.store=zookeeper", "zookeeper.session.timeout.ms=60000"

/* Of the first topic, as an old tool reads them. */
static void expect_in_zookeeper(const struct zookeeper *zookeeper, int partitions)
{
    struct zookeeper_admin *admin = zookeeper_admin_open(zookeeper_connect(zookeeper), NULL);

    for (int32_t partition = 0; partition < partitions; partition++) {
        char *stored =
            zookeeper_admin_get(admin, scene_text("/kafka/consumers/%s/offsets/%s/%d", scene.group,
                                                  scene.topics[0], (int)partition));
        int64_t end = admin_end_offset(scene.admin, scene.topics[0], partition);
        ck_assert_ptr_nonnull(stored);
        ck_assert_str_eq(stored, scene_text("%lld", (long long)end));
        ck_assert_int_eq(
            admin_committed(scene.admin, scene.group, scene.topics[0], partition, NULL), -1);
        free(stored);
    }
    zookeeper_admin_close(admin);
}

START_TEST(a_restart_repeats_nothing_of_what_zookeeper_keeps)
{
    static const char *const coordinators[] = {"weir.coordinator=zookeeper",
                                               "weir.coordinator=none"};
    enum { PARTITIONS = 3 };

    scene_create_topic(PARTITIONS);
    struct zookeeper *zookeeper = zookeeper_start(1);
    const char *connect = scene_text("zookeeper.connect=%s/kafka", zookeeper_connect(zookeeper));
    for (size_t i = 0; i < 2; i++) { /* who comes later goes on where the first stopped */
        scene_produce_many(100, 0);
        struct member *member = SCENE_START(scene_text("m%zu", i), "weir.order=partition",
                                            coordinators[i], KEEPS_IN_ZOOKEEPER, connect);
        scene_await_all();
        member_stop(member);
        expect_in_zookeeper(zookeeper, PARTITIONS);
        scene_produce_many(7, 0);
        member_restart(member);
        scene_await_all();
        member_stop(member);
        expect_in_zookeeper(zookeeper, PARTITIONS);
    }
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    zookeeper_stop(zookeeper);
}
END_TEST

/* S2: a clean bounce hands over at the exact record. */
static void bounce(const char *order, enum verify_order judged)
{
    scene_create_topic(4);
    struct load *load = scene_load(scene.topics[0], 4, 50, 2000);
    struct member *first = SCENE_START("a", "weir.workers=4", "handler.delay.us=200", order);
    struct member *second = SCENE_START("b", "weir.workers=4", "handler.delay.us=200", order);
    uint64_t completed = 0;

    (void)member_await_assigned(first, 0);
    (void)member_await_assigned(second, 0);
    for (int i = 0; i < 5; i++) {
        struct member *bouncing = i % 2 == 0 ? first : second;
        completed += 500;
        scene_await_completed(completed);
        member_stop(bouncing);
        member_restart(bouncing);
        (void)member_await_assigned(bouncing, 0);
    }
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = judged);
    scene_expect_committed();
}

START_TEST(members_bounce_five_times_under_load_in_partition_order)
{
    bounce("weir.order=partition", VERIFY_ORDER_PARTITION);
}
END_TEST

START_TEST(members_bounce_five_times_under_load_in_key_order)
{
    bounce("weir.order=key", VERIFY_ORDER_KEY);
}
END_TEST

START_TEST(members_bounce_five_times_under_load_in_no_order)
{
    bounce("weir.order=none", VERIFY_ORDER_NONE);
}
END_TEST

static bool group_is_stable_with(size_t members)
{
    struct admin_group *group = admin_describe_group(scene.admin, scene.group);
    bool stable = strcmp(group->state, "Stable") == 0 && group->member_count == members;

    admin_group_destroy(group);
    return stable;
}

/* S14: whatever a member was about to do when it was told to stop, it ends soon, and the others do
 * not wait for it until its session times out. */
static void stop_in_each_moment_of_the_start(const char *strategy)
{
    enum { MOMENTS = 8 };

    scene_create_topic(2);
    /* So long that nobody who waits for it is taken for one that is only slow. */
    const char *session = "session.timeout.ms=120000";
    struct member *survivor = SCENE_START("survivor", strategy, session);
    (void)member_await_assigned(survivor, 2);
    for (int i = 0; i < MOMENTS; i++) {
        struct member *hasty = SCENE_START(scene_text("hasty-%d", i), strategy, session);
        (void)stream_await(member_stream(hasty), "state", AWAIT_MS);
        for (int turn = 0; turn < 2 * i; turn++) {
            deadline_turn();
        }
        member_stop(hasty);
    }
    WAIT_UNTIL(group_is_stable_with(1), AWAIT_MS);
    scene_produce_many(100, 0);
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}

START_TEST(a_member_may_stop_in_any_moment_of_its_start)
{
    stop_in_each_moment_of_the_start("partition.assignment.strategy=range");
}
END_TEST

START_TEST(a_cooperative_member_may_stop_in_any_moment_of_its_start)
{
    stop_in_each_moment_of_the_start("partition.assignment.strategy=cooperative-sticky");
}
END_TEST

static size_t partitions_of(const struct admin_group *group, const char *instance)
{
    size_t partitions = 0;

    for (size_t i = 0; i < group->member_count; i++) {
        if (instance == NULL || strcmp(group->members[i].instance, instance) == 0) {
            partitions += group->members[i].partition_count;
        }
    }
    return partitions;
}

/* S1, T10 */
START_TEST(members_join_and_leave_one_by_one)
{
    enum { MEMBERS = 4, PARTITIONS = 8 };
    struct member *members[MEMBERS];

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 1000);
    for (size_t i = 0; i < MEMBERS; i++) {
        members[i] = SCENE_START(scene_text("m%zu", i), "weir.workers=4", "handler.delay.us=100");
        (void)member_await_assigned(members[i], 0);
    }
    WAIT_UNTIL(group_is_stable_with(MEMBERS), AWAIT_MS);
    for (size_t i = 0; i + 1 < MEMBERS; i++) {
        member_stop(members[i]);
        WAIT_UNTIL(group_is_stable_with(MEMBERS - 1 - i), AWAIT_MS);
    }
    struct admin_group *group = admin_describe_group(scene.admin, scene.group);
    ck_assert_uint_eq(partitions_of(group, NULL), PARTITIONS);
    admin_group_destroy(group);
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

/* Records that the member completed after it asked for the commit before the last acknowledged one.
 * What was done by then, and not still in the window, is in the acknowledged one. */
static uint64_t completed_since_commit(const struct stream *stream)
{
    size_t asked[2] = {0};
    size_t from = 0;
    uint64_t records = 0;

    for (size_t i = 0; i < stream_count(stream); i++) {
        int kind = stream_at(stream, i)->kind;
        if (kind == (int)WEIR_EVENT_COMMIT_REQUEST) {
            asked[0] = asked[1];
            asked[1] = i;
        }
        from = kind == (int)WEIR_EVENT_COMMIT_OK ? asked[0] : from;
    }
    for (size_t i = from; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        for (size_t j = 0; event->kind == (int)WEIR_EVENT_HANDLER_END && j < event->span_count;
             j++) {
            records += (uint64_t)event->spans[j].count;
        }
    }
    return records;
}

static bool is_running(struct stream *stream, int32_t partition)
{
    uint64_t running = 0;

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        if (event->partition == partition) {
            running += event->kind == (int)WEIR_EVENT_HANDLER_START;
            running -= event->kind == (int)WEIR_EVENT_HANDLER_END;
        }
    }
    return running > 0;
}

/* S3: what comes again is at most what was in flight and what a commit was under way for. A closed
 * gate keeps a partition in flight, workers enough keep the others going beside it. */
static void kill_the_owner(const char *interval)
{
    enum { PARTITIONS = 4, WINDOW = 32, COMMITS = 4 };
    /* Who comes with the name of one that is gone does not wait for the end of its session, which
     * is longer than a thread stands still. */
    const char *name = "group.instance.id=owner";

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 4000);
    scene_close_gate(0);
    struct member *victim =
        SCENE_START("victim", interval, scene_text("weir.inflight=%d", WINDOW), name,
                    "weir.workers=64", "weir.batch.size=8", "handler.delay.us=1000");
    (void)member_await_assigned(victim, PARTITIONS);
    WAIT_UNTIL(member_count_events(victim, WEIR_EVENT_COMMIT_OK) >= COMMITS, AWAIT_MS);
    WAIT_UNTIL(is_running(member_stream(victim), 0), AWAIT_MS);
    member_await_completed(victim, 2000);
    member_kill(victim);
    stream_read(member_stream(victim));
    uint64_t recent = completed_since_commit(member_stream(victim));
    scene_open_gate(0);
    SCENE_START("heir", interval, name);
    scene_add_ledger(load_stop(load));
    scene_await_committed();
    scene_stop_all();
    ck_assert(is_running(member_stream(victim), 0));
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY,
                .duplicates_max = (uint64_t)PARTITIONS * WINDOW + recent);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true);
    scene_expect_committed();
}

START_TEST(a_killed_owner_loses_nothing_and_little_comes_again)
{
    kill_the_owner("weir.commit.interval.ms=0");
}
END_TEST

START_TEST(a_killed_owner_that_commits_seldom_repeats_one_interval)
{
    kill_the_owner("weir.commit.interval.ms=500");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_restart_after_a_clean_close_repeats_nothing,
        a_restart_repeats_nothing_of_what_zookeeper_keeps,
        members_bounce_five_times_under_load_in_partition_order,
        members_bounce_five_times_under_load_in_key_order,
        members_bounce_five_times_under_load_in_no_order,
        members_join_and_leave_one_by_one,
        a_member_may_stop_in_any_moment_of_its_start,
        a_cooperative_member_may_stop_in_any_moment_of_its_start,
        a_killed_owner_loses_nothing_and_little_comes_again,
        a_killed_owner_that_commits_seldom_repeats_one_interval,
    };

    return SCENE_RUN("group", tests);
}
