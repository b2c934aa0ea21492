/* Does the same hold on the older Kafka that is still in use? */
#include <check.h>

#include "test/support/scene.h"
#include "test/support/scene_load.h"

enum { PARTITIONS = 4, RECORDS = 2000 };

static void deliver(const char *order, enum verify_order judged)
{
    scene_create_topic(PARTITIONS);
    scene_produce_many(RECORDS, 50);
    SCENE_START("a", order, "weir.workers=8", "weir.batch.size=20");
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = judged);
    scene_expect_committed();
}

START_TEST(a_topic_is_read_whole_in_partition_order)
{
    deliver("weir.order=partition", VERIFY_ORDER_PARTITION);
}
END_TEST

START_TEST(a_topic_is_read_whole_in_key_order)
{
    deliver("weir.order=key", VERIFY_ORDER_KEY);
}
END_TEST

START_TEST(a_topic_is_read_whole_in_no_order)
{
    deliver("weir.order=none", VERIFY_ORDER_NONE);
}
END_TEST

/* A member joins and leaves again, both times by handing over at the exact record. */
static void rebalance(const char *strategy)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 50, 2000);
    struct member *host = SCENE_START("host", strategy);
    (void)member_await_assigned(host, PARTITIONS);
    struct member *guest = SCENE_START("guest", strategy);
    (void)member_await_assigned(guest, PARTITIONS / 2);
    member_await_completed(guest, 200);
    member_stop(guest);
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(member_count_events(host, WEIR_EVENT_LOST), 0);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}

START_TEST(a_member_comes_and_goes)
{
    rebalance("partition.assignment.strategy=range");
}
END_TEST

START_TEST(a_cooperative_member_comes_and_goes)
{
    rebalance("partition.assignment.strategy=cooperative-sticky");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_topic_is_read_whole_in_partition_order, a_topic_is_read_whole_in_key_order,
        a_topic_is_read_whole_in_no_order,        a_member_comes_and_goes,
        a_cooperative_member_comes_and_goes,
    };

    return SCENE_RUN_WITH("older", tests, .kafka = &(struct kafka_options){.version = "3.9.1"});
}
