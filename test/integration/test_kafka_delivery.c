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

/* T4 */
START_TEST(a_static_partition_is_all_that_is_read)
{
    const char *topic = scene_create_topic(4);
    struct produce_options options = {.topic = topic, .count = 100};

    for (options.partition = 0; options.partition < 4; options.partition++) {
        struct ledger *ledger = produce(scene.bootstrap, &options);
        if (options.partition == 2) {
            scene_add_ledger(ledger); /* to handle a record of another one is a failure */
        } else {
            ledger_destroy(ledger);
        }
    }
    const char *const settings[] = {"weir.coordinator=none",
                                    scene_text("weir.partitions=%s:2", topic),
                                    scene_text("group.id=%s", scene.group), NULL};
    (void)scene_start_bare(&(struct member_options){.name = "a", .settings = settings});
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    for (int32_t partition = 0; partition < 4; partition++) {
        ck_assert_int_eq(admin_committed(scene.admin, scene.group, topic, partition, NULL),
                         partition == 2 ? 100 : -1);
    }
}
END_TEST

/* T6 */
START_TEST(one_worker_handles_everything_in_order)
{
    scene_create_topic(3);
    scene_produce_many(1500, 20);
    struct member *member =
        SCENE_START("a", "weir.workers=1", "weir.order=partition", "weir.batch.size=7");
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(member_most_running(member), 1);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

static void produce_compressed(const char *codec)
{
    struct producer *producer =
        producer_open(&(struct producer_options){.bootstrap = scene.bootstrap, .codec = codec});

    producer_produce(producer, &(struct produce_options){.topic = scene.topics[0],
                                                         .count = 400,
                                                         .partition = PRODUCE_IN_TURN,
                                                         .partitions = 2,
                                                         .keys = 20,
                                                         .value_size = 300});
    scene_add_ledger(producer_take_ledger(producer));
    producer_close(producer);
}

/* T7, T8: batches of every codec, one behind the other in the same partitions. */
START_TEST(every_codec_is_read)
{
    static const char *const codecs[] = {"gzip", "snappy", "lz4", "zstd", "none"};

    scene_create_topic(2);
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        produce_compressed(codecs[i]);
    }
    SCENE_START("a", "weir.order=partition");
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

/* T11: offset 0 is a record like any other, and a position like any other: `none` would be met by
 * weir.start=error. */
START_TEST(offset_0_is_handled_and_is_a_position)
{
    const char *topic = scene_create_topic(2);

    scene_produce(&(struct produce_options){.count = 1});
    scene_produce(&(struct produce_options){.count = 1, .partition = 1});
    admin_set_committed(scene.admin, scene.group, topic, 0, 0);
    admin_set_committed(scene.admin, scene.group, topic, 1, 0);
    struct member *member = SCENE_START("a", "weir.start=error");
    scene_await_all();
    member_stop(member);
    scene_expect_committed();
    member_restart(member);
    const struct stream_event *assigned = member_await_assigned(member, 2);
    ck_assert_int_eq(assigned->spans[0].first, 1);
    ck_assert_int_eq(assigned->spans[1].first, 1);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, topic, 0, NULL), 1);
}
END_TEST

/* Two topics, of so many partitions, with so many records. */
static void read_two(int32_t of_one, uint64_t in_one, int32_t of_two, uint64_t in_two)
{
    const char *one = scene_create_topic(of_one);
    const char *two = scene_create_topic(of_two);

    scene_produce_many(in_one, 0);
    scene_produce(&(struct produce_options){
        .topic = two, .count = in_two, .partition = PRODUCE_IN_TURN, .partitions = of_two});
    struct member *member =
        SCENE_START("a", scene_text("weir.topics=%s,%s", one, two), "weir.order=partition");
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(stream_completed(member_stream(member), one), in_one);
    ck_assert_uint_eq(stream_completed(member_stream(member), two), in_two);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}

/* T14 */
START_TEST(two_topics_of_16_and_4_partitions_are_read_whole)
{
    read_two(16, 1600, 4, 400);
}
END_TEST

/* T15 */
START_TEST(a_topic_of_4000_records_and_one_of_1000_are_read_whole)
{
    read_two(1, 4000, 1, 1000);
}
END_TEST

/* T16: with a small budget, so that the one partition's queue is full again and again while 49
 * others have nothing to say (hazard R49). */
START_TEST(one_full_partition_among_50_is_read_in_time)
{
    scene_create_topic(50);
    scene_produce(&(struct produce_options){.count = 20000, .partition = 37, .value_size = 500});
    SCENE_START("a", "weir.order=partition", "weir.buffer.total.bytes=4MiB",
                "weir.buffer.bytes=1MiB");
    scene_await_all(); /* 60 s are allowed */
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_partition_is_read_whole,
        five_partitions_are_read_whole_by_several_fetchers_and_workers,
        a_static_partition_is_all_that_is_read,
        one_worker_handles_everything_in_order,
        every_codec_is_read,
        offset_0_is_handled_and_is_a_position,
        two_topics_of_16_and_4_partitions_are_read_whole,
        a_topic_of_4000_records_and_one_of_1000_are_read_whole,
        one_full_partition_among_50_is_read_in_time,
    };

    return SCENE_RUN("delivery", tests);
}
