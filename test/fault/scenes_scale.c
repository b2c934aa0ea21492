/* Does it still keep up where there are many of everything? S69. */
#include <check.h>
#include <stdint.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/usage.h"

/* Kafka makes less than 10,000 partitions at a time. */
enum { CREATED_MAX = 5000 };
enum { AWAIT_MS = 180000, KIB = 1024, TOTAL_KIB = 16 * KIB, FIXED_KIB = 64 * KIB };

/* Nine of ten records are in one of ten partitions, and none of the others is forgotten. */
static void read_skewed(int partitions)
{
    enum { RECORDS = 20000, EACH = 10 };
    int busy = partitions / 10 + 1;

    scene_create_topic(partitions < CREATED_MAX ? partitions : CREATED_MAX);
    if (partitions > CREATED_MAX) {
        admin_add_partitions(scene.admin, scene.topics[0], partitions);
    }
    scene_produce(&(struct produce_options){.count = (uint64_t)partitions * EACH,
                                            .partition = PRODUCE_IN_TURN,
                                            .partitions = partitions,
                                            .keys = 1000});
    scene_produce(&(struct produce_options){
        .count = RECORDS, .partition = PRODUCE_IN_TURN, .partitions = busy, .keys = 1000});
    struct member *member = SCENE_START("a", "weir.buffer.total.bytes=16MiB");
    WAIT_UNTIL(process_running(member_process(member)) &&
                   (stream_read(member_stream(member)),
                    stream_completed(member_stream(member), NULL) >=
                        ledger_count_in(scene.ledger, LEDGER_ACKNOWLEDGED)),
               AWAIT_MS);
    scene_await_committed_within(AWAIT_MS);
    /* The configured total and a fixed part, which grows with the partitions. */
    ck_assert_int_le(usage_resident_kib_max(member_pid(member)),
                     TOTAL_KIB + FIXED_KIB + 64L * partitions);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}

START_TEST(ten_skewed_partitions_are_read_whole_in_bounded_memory)
{
    read_skewed(10);
}
END_TEST

START_TEST(a_thousand_skewed_partitions_are_read_whole_in_bounded_memory)
{
    read_skewed(1000);
}
END_TEST

START_TEST(ten_thousand_skewed_partitions_are_read_whole_in_bounded_memory)
{
    read_skewed(10000);
}
END_TEST

/* Records of a few bytes: what librdkafka needs for each of those that it fetched ahead (100,000 a
 * partition at most) is more than they are, and not in weir.buffer.total.bytes. */
START_TEST(a_million_keys_are_handled_each_in_its_order)
{
    enum { RECORDS = 1000000, PARTITIONS = 8, AHEAD = 100000, OVERHEAD = 160 };

    scene_create_topic(PARTITIONS);
    scene_produce_many(RECORDS, RECORDS);
    struct member *member = SCENE_START("a", "weir.buffer.total.bytes=16MiB");
    WAIT_UNTIL((stream_read(member_stream(member)),
                stream_completed(member_stream(member), NULL) >= RECORDS),
               AWAIT_MS);
    ck_assert_int_le(usage_resident_kib_max(member_pid(member)),
                     TOTAL_KIB + FIXED_KIB + (long)AHEAD * PARTITIONS * OVERHEAD / KIB);
    scene_await_committed_within(AWAIT_MS);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ten_skewed_partitions_are_read_whole_in_bounded_memory,
        a_thousand_skewed_partitions_are_read_whole_in_bounded_memory,
        ten_thousand_skewed_partitions_are_read_whole_in_bounded_memory,
        a_million_keys_are_handled_each_in_its_order,
    };

    return SCENE_RUN_WITH("scenes_scale", tests, .seconds = 500);
}
