/* Do topics that come, grow, go and come back while a consumer runs get consumed, each record once?
 */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum { RECORDS = 20, PARTITIONS = 2, GROWN = 4, AWAIT_MS = 60000 };

/* Each test runs with all of them. */
enum { IN_A_GROUP, WITHOUT_A_GROUP, BY_ZOOKEEPER, WAYS };

static const char *const coordinators[WAYS] = {"weir.coordinator=kafka", "weir.coordinator=none",
                                               "weir.coordinator=zookeeper"};

/* The name of the scene's own topic begins those of the others. A machine that stands still for a
 * while does not cost a session. */
static struct member *start(int way, const char *topics, const struct zookeeper *zookeeper)
{
    const char *exclude = scene_text("weir.topics.exclude=^.*-debug$");

    if (zookeeper == NULL) {
        return SCENE_START("a", topics, exclude, "topic.metadata.refresh.interval.ms=200",
                           coordinators[way]);
    }
    return SCENE_START("a", topics, exclude, "topic.metadata.refresh.interval.ms=200",
                       coordinators[way], "zookeeper.session.timeout.ms=60000",
                       scene_text("zookeeper.connect=%s", zookeeper_connect(zookeeper)));
}

static const char *create(const char *suffix, int partitions)
{
    const char *name = scene_text("%s-%s", scene.topics[0], suffix);

    admin_create_topic(scene.admin, &(struct admin_topic){.name = name, .partitions = partitions});
    return name;
}

/* The ledger is not kept: a topic that is created again has the same offsets twice. */
static void fill(const char *topic, int32_t first, int32_t partitions)
{
    for (int32_t partition = first; partition < partitions; partition++) {
        ledger_destroy(produce(
            scene.bootstrap,
            &(struct produce_options){.topic = topic, .count = RECORDS, .partition = partition}));
    }
}

static void await_committed(const char *topic, int32_t partitions, int64_t offset)
{
    for (int32_t partition = 0; partition < partitions; partition++) {
        WAIT_UNTIL(admin_committed(scene.admin, scene.group, topic, partition, NULL) == offset,
                   AWAIT_MS);
    }
}

static bool was_assigned(const struct member *member, const char *topic)
{
    const struct stream *stream = member_stream(member);

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        for (size_t j = 0; event->kind == WEIR_EVENT_ASSIGN && j < event->span_count; j++) {
            if (strcmp(event->spans[j].topic, topic) == 0) {
                return true;
            }
        }
    }
    return false;
}

START_TEST(topics_that_match_come_grow_go_and_come_back)
{
    uint64_t completed = RECORDS;
    struct zookeeper *zookeeper = _i == BY_ZOOKEEPER ? zookeeper_start(1) : NULL;

    scene_create_topic(1);
    fill(scene.topics[0], 0, 1);
    struct member *member =
        start(_i, scene_text("weir.topics=^(__consumer_offsets|%s)", scene.topics[0]), zookeeper);
    member_await_completed(member, completed);
    await_committed(scene.topics[0], 1, RECORDS);

    const char *debug = create("debug", 1);
    fill(debug, 0, 1);
    const char *later = create("later", PARTITIONS);
    fill(later, 0, PARTITIONS);
    member_await_completed(member, completed += (uint64_t)RECORDS * PARTITIONS);
    await_committed(later, PARTITIONS, RECORDS);

    admin_add_partitions(scene.admin, later, GROWN);
    fill(later, PARTITIONS, GROWN);
    member_await_completed(member, completed += (uint64_t)RECORDS * (GROWN - PARTITIONS));
    await_committed(later, GROWN, RECORDS);

    admin_delete_topic(scene.admin, later);
    WAIT_UNTIL(strstr(process_errors(member_process(member)),
                      scene_text("topic '%s' was deleted", later)) != NULL,
               AWAIT_MS);
    await_committed(later, GROWN, -1); /* the brokers forget it */
    (void)create("later", PARTITIONS);
    fill(later, 0, PARTITIONS);
    member_await_completed(member, completed += (uint64_t)RECORDS * PARTITIONS);
    await_committed(later, PARTITIONS, RECORDS);

    fill(scene.topics[0], 0, 1); /* what stayed still runs */
    member_await_completed(member, completed += RECORDS);
    member_stop(member);
    ck_assert_uint_eq(member_count_records(member, WEIR_EVENT_HANDLER_END), completed);
    ck_assert_uint_eq(stream_completed(member_stream(member), later),
                      (uint64_t)RECORDS * (GROWN + PARTITIONS));
    ck_assert_uint_eq(stream_completed(member_stream(member), debug), 0);
    ck_assert_int_eq(admin_end_offset(scene.admin, debug, 0), RECORDS);
    ck_assert(was_assigned(member, later));
    ck_assert(!was_assigned(member, debug));
    ck_assert(!was_assigned(member, "__consumer_offsets"));
    ck_assert_int_gt(admin_partitions(scene.admin, "__consumer_offsets"), 0);
    if (zookeeper != NULL) {
        zookeeper_stop(zookeeper);
    }
}
END_TEST

static bool is_in_zookeeper(struct zookeeper_admin *admin, int32_t partition)
{
    return zookeeper_admin_exists(admin, scene_text("/consumers/%s/offsets/%s/%d", scene.group,
                                                    scene.topics[0], (int)partition));
}

/* Or a topic that is created again would begin in its middle. */
START_TEST(what_zookeeper_keeps_of_a_topic_goes_with_it)
{
    if (_i == IN_A_GROUP) {
        return; /* of which ZooKeeper keeps nothing */
    }
    scene_create_topic(2);
    scene_produce_many(100, 0);
    struct zookeeper *zookeeper = zookeeper_start(1);
    struct zookeeper_admin *admin = zookeeper_admin_open(zookeeper_connect(zookeeper), NULL);
    struct member *member =
        SCENE_START("a", coordinators[_i], "weir.offsets.store=zookeeper",
                    "zookeeper.session.timeout.ms=60000", "topic.metadata.refresh.interval.ms=200",
                    scene_text("zookeeper.connect=%s", zookeeper_connect(zookeeper)));

    scene_await_all();
    WAIT_UNTIL(is_in_zookeeper(admin, 0) && is_in_zookeeper(admin, 1), AWAIT_MS);
    admin_delete_topic(scene.admin, scene.topics[0]);
    WAIT_UNTIL(!is_in_zookeeper(admin, 0) && !is_in_zookeeper(admin, 1), AWAIT_MS);
    member_stop(member);
    zookeeper_admin_close(admin);
    zookeeper_stop(zookeeper);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {topics_that_match_come_grow_go_and_come_back,
                                  what_zookeeper_keeps_of_a_topic_goes_with_it};

    return SCENE_RUN_WITH("catalog", tests, .loops = WAYS);
}
