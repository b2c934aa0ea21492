/* What happens to brokers: S16, S17, S18, S19. Each test has three of its own. */
#include <check.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/usage.h"

enum { AWAIT_MS = 90000, PARTITIONS = 6, BROKERS = 3 };

static uint64_t completed(void)
{
    uint64_t records = 0;

    for (size_t i = 0; i < scene.member_count; i++) {
        struct stream *stream = member_stream(scene.members[i]);
        stream_read(stream);
        records += stream_completed(stream, NULL);
    }
    return records;
}

static void await_more(uint64_t records)
{
    uint64_t wanted = completed() + records;

    WAIT_UNTIL(completed() >= wanted, AWAIT_MS);
}

static uint64_t count_all(int kind)
{
    uint64_t events = 0;

    for (size_t i = 0; i < scene.member_count; i++) {
        events += member_count_events(scene.members[i], kind);
    }
    return events;
}

/* Partitions that it has now. */
static uint64_t held(const struct member *member)
{
    return member_count_spans(member, WEIR_EVENT_ASSIGN) -
           member_count_spans(member, WEIR_EVENT_REVOKE_END) -
           member_count_spans(member, WEIR_EVENT_LOST);
}

/* Two members that work, and a load. */
static struct load *begin(void)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 500);
    struct member *one = SCENE_START("a", "weir.order=partition", "reconnect.backoff.max.ms=1000");
    struct member *two = SCENE_START("b", "weir.order=partition", "reconnect.backoff.max.ms=1000");
    WAIT_UNTIL(held(one) == PARTITIONS / 2 && held(two) == PARTITIONS / 2, AWAIT_MS);
    await_more(500);
    return load;
}

/* `moves`: members may lose what they have, or find nobody who takes their commits. */
static void end(struct load *load, bool moves)
{
    scene_add_ledger(load_stop(load));
    scene_await_committed_within(AWAIT_MS);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .crashes = moves);
    scene_expect_committed();
}

/* S16: nobody in the group notices more than that some answers take longer. */
START_TEST(a_rolling_bounce_moves_no_partition_and_repeats_nothing)
{
    struct load *load = begin();
    uint64_t assigned = count_all(WEIR_EVENT_ASSIGN);

    for (int broker = 1; broker <= BROKERS; broker++) {
        kafka_shut_down(scene.kafka, broker);
        await_more(200);
        kafka_restart(scene.kafka, broker);
        await_more(200);
    }
    ck_assert_uint_eq(count_all(WEIR_EVENT_ASSIGN), assigned);
    ck_assert_uint_eq(count_all(WEIR_EVENT_LOST), 0);
    end(load, false);
}
END_TEST

/* S17 */
static void kill_one(int broker)
{
    kafka_kill(scene.kafka, broker);
    await_more(500);
    kafka_restart(scene.kafka, broker);
    await_more(500);
}

START_TEST(a_killed_leader_costs_no_record)
{
    struct load *load = begin();

    kill_one(admin_leader(scene.admin, scene.topics[0], 0));
    end(load, false);
}
END_TEST

START_TEST(a_killed_coordinator_costs_no_record)
{
    struct load *load = begin();

    kill_one(admin_coordinator(scene.admin, scene.group));
    end(load, false);
}
END_TEST

/* S18 */
START_TEST(a_paused_broker_is_waited_for_in_peace)
{
    enum { PAUSE_MS = 20000 };
    struct load *load = begin();
    int broker = admin_leader(scene.admin, scene.topics[0], 0);

    kafka_pause(scene.kafka, broker);
    (void)usage_hold_out(PAUSE_MS);
    kafka_resume(scene.kafka, broker);
    await_more(500);
    end(load, true);
}
END_TEST

/* S19: two minutes without any broker. */
START_TEST(without_any_broker_it_waits)
{
    enum { OUTAGE_MS = 120000 };
    struct load *load = begin();
    uint64_t states = count_all(WEIR_EVENT_STATE);

    for (int broker = 1; broker <= BROKERS; broker++) {
        kafka_kill(scene.kafka, broker);
    }
    (void)usage_hold_out(OUTAGE_MS);
    ck_assert_uint_eq(count_all(WEIR_EVENT_STATE), states);
    ck_assert_uint_gt(count_all(WEIR_EVENT_CLIENT_ERROR), 0);
    kafka_restart_all(scene.kafka);
    await_more(500);
    end(load, true);
}
END_TEST

int main(void)
{
    static const char *const properties[] = {"min.insync.replicas=2", NULL};
    static const struct kafka_options brokers = {.brokers = BROKERS, .properties = properties};
    const TTest *const tests[] = {
        a_rolling_bounce_moves_no_partition_and_repeats_nothing,
        a_killed_leader_costs_no_record,
        a_killed_coordinator_costs_no_record,
        a_paused_broker_is_waited_for_in_peace,
        without_any_broker_it_waits,
    };

    return SCENE_RUN_WITH("scenes_brokers", tests, .apart = &brokers, .seconds = 400);
}
