/* What weir takes where it should take little: marks of docs/performance.md that no bench has. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/usage.h"

enum { AWAIT_MS = 180000, KIB = 1024, PER_CENT = 100 };

START_TEST(a_thousand_idle_partitions_take_less_than_a_hundredth_of_a_processor)
{
    enum { PARTITIONS = 1000, IDLE_MS = 60000 };

    scene_create_topic(PARTITIONS);
    scene_produce(&(struct produce_options){
        .count = PARTITIONS, .partition = PRODUCE_IN_TURN, .partitions = PARTITIONS});
    struct member *member = scene_start("a", NULL);
    scene_await_committed_within(AWAIT_MS);
    int64_t took_ms = usage_hold_out(IDLE_MS);
    printf("note: 1,000 idle partitions take %.2f %% of a processor\n",
           (double)(took_ms * PER_CENT) / (double)IDLE_MS);
    ck_assert_int_lt(took_ms, IDLE_MS / PER_CENT);
    member_stop(member);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
}
END_TEST

/* Of the first topic's log, by Kafka's own word. */
static uint64_t bytes_in_log(void)
{
    static const char name[] = "\"size\":";
    const char *const arguments[] = {"--bootstrap-server", scene.bootstrap, "--describe",
                                     "--topic-list",       scene.topics[0], NULL};
    struct process *process =
        kafka_tool(scene.kafka, "org.apache.kafka.tools.LogDirsCommand", arguments, NULL);
    uint64_t bytes = 0;

    process_expect(process, 0, AWAIT_MS);
    for (const char *at = strstr(process_output(process), name); at != NULL;
         at = strstr(at + 1, name)) {
        bytes += strtoull(at + strlen(name), NULL, 10);
    }
    process_destroy(process);
    return bytes;
}

/* All that passes between the member and the broker, both ways, with the group's own business. */
START_TEST(little_more_is_fetched_than_there_is)
{
    enum { PARTITIONS = 8, RECORDS = 1000000, SIZE = 100 };
    static const char *const properties[] = {"batch.size=16384", "linger.ms=5", NULL};
    struct proxy *proxy = kafka_proxy(scene.kafka, 1);

    scene_create_topic(PARTITIONS);
    struct producer *producer = producer_open(
        &(struct producer_options){.bootstrap = scene.bootstrap, .properties = properties});
    producer_produce(producer, &(struct produce_options){.topic = scene.topics[0],
                                                         .count = RECORDS,
                                                         .partition = PRODUCE_IN_TURN,
                                                         .partitions = PARTITIONS,
                                                         .value_size = SIZE});
    scene_add_ledger(producer_take_ledger(producer));
    producer_close(producer);
    uint64_t before = proxy_counts(proxy).passed;
    struct member *member =
        SCENE_START("a", scene_text("bootstrap.servers=%s", kafka_proxied_bootstrap(scene.kafka)));
    scene_await_committed_within(AWAIT_MS);
    member_stop(member);
    uint64_t passed = proxy_counts(proxy).passed - before;
    uint64_t stored = bytes_in_log();
    printf("note: %" PRIu64 " bytes passed for %" PRIu64 " in the log: %.4f\n", passed, stored,
           (double)passed / (double)stored);
    ck_assert_uint_gt(stored, (uint64_t)RECORDS * SIZE);
    ck_assert_uint_ge(passed, stored);
    ck_assert_uint_le(passed * PER_CENT, stored * (PER_CENT + 2));
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
}
END_TEST

/* Has it taken no more than it had, for a while? Its handlers look at their gates all the time. */
static bool has_its_fill(const struct member *member)
{
    enum { REST_MS = 15000, NS_PER_MS = 1000000 };
    static int64_t most_kib;
    static int64_t since_ns;
    int64_t kib = usage_resident_kib_max(member_pid(member));

    if (kib > most_kib) {
        most_kib = kib;
        since_ns = deadline_now_ns();
    }
    return deadline_now_ns() - since_ns >= (int64_t)REST_MS * NS_PER_MS;
}

enum { STUCK = 100 };

/* Every partition has a record with a handler that does not end, and more than the buffers take
 * behind it. `size`: of a record; `total`: what is configured. */
static void expect_bounded(uint64_t each, size_t size, const char *total, int64_t bound_kib)
{
    scene_create_topic(STUCK);
    for (int32_t partition = 0; partition < STUCK; partition++) {
        scene_close_gate(partition);
    }
    scene_produce(&(struct produce_options){.count = STUCK * each,
                                            .partition = PRODUCE_IN_TURN,
                                            .partitions = STUCK,
                                            .value_size = size});
    struct member *member =
        SCENE_START("a", "weir.order=partition", "weir.workers=100", "weir.batch.size=1", total);
    WAIT_UNTIL(member_most_running(member) == STUCK, AWAIT_MS);
    WAIT_UNTIL(has_its_fill(member), AWAIT_MS);
    int64_t most_kib = usage_resident_kib_max(member_pid(member));
    printf("note: 100 stuck partitions of %zu-byte records: %" PRId64 " MiB resident at most\n",
           size, most_kib / KIB);
    ck_assert_int_le(most_kib, bound_kib);
    for (int32_t partition = 0; partition < STUCK; partition++) {
        scene_open_gate(partition);
    }
    scene_await_committed_within(AWAIT_MS);
    member_stop(member);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
}

START_TEST(a_hundred_stuck_partitions_of_large_records_stay_in_their_bounds)
{
    enum { EACH = 6, SIZE = 1000000, TOTAL_KIB = 256 * KIB };

    expect_bounded(EACH, SIZE, "weir.buffer.total.bytes=256MiB",
                   TOTAL_KIB + TOTAL_KIB / 5 + 2 * STUCK * (SIZE / KIB + 1));
}
END_TEST

/* What is counted are keys and values, and librdkafka keeps some 400 bytes more for each record. */
START_TEST(a_hundred_stuck_partitions_of_small_records_take_five_times_the_total)
{
    enum { EACH = 15000, SIZE = 10, TOTAL_KIB = 64 * KIB, SLOT_KIB = 250 };

    expect_bounded(EACH, SIZE, "weir.buffer.total.bytes=64MiB", 5 * TOTAL_KIB + STUCK * SLOT_KIB);
}
END_TEST

int main(void)
{
    static const struct kafka_options kafka = {.proxied = true};
    const TTest *const tests[] = {
        a_thousand_idle_partitions_take_less_than_a_hundredth_of_a_processor,
        little_more_is_fetched_than_there_is,
        a_hundred_stuck_partitions_of_large_records_stay_in_their_bounds,
        a_hundred_stuck_partitions_of_small_records_take_five_times_the_total,
    };

    return SCENE_RUN_WITH("scenes_marks", tests, .apart = &kafka, .seconds = 500);
}
