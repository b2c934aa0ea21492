/* Does every record of a real broker reach a handler once, whatever the topics look like? */
#include <check.h>

#include "test/support/scene.h"

/* T1 */
START_TEST(one_partition_is_read_whole)
{
    scene_create_topic(1);
    scene_produce_many(1000, 0);
    SCENE_START("a", "weir.order=partition");
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

/* T2 */
START_TEST(five_partitions_are_read_whole_by_several_fetchers_and_workers)
{
    scene_create_topic(5);
    scene_produce_many(5000, 100);
    SCENE_START("a", "weir.fetchers=3", "weir.workers=8", "weir.batch.size=20");
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_partition_is_read_whole,
        five_partitions_are_read_whole_by_several_fetchers_and_workers,
    };

    return SCENE_RUN("delivery", tests);
}
