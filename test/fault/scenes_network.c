/* What happens on the way to the brokers: S32, S34, S35. */
#include <check.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/ports.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"

enum { AWAIT_MS = 90000, PARTITIONS = 4, TRY_AGAIN = 75 };

static void await_more(const struct member *member, uint64_t records)
{
    struct stream *stream = member_stream(member);

    stream_read(stream);
    uint64_t wanted = stream_completed(stream, NULL) + records;
    WAIT_UNTIL((stream_read(stream), stream_completed(stream, NULL) >= wanted), AWAIT_MS);
}

static const char *through_proxy(void)
{
    return scene_text("bootstrap.servers=%s", kafka_proxied_bootstrap(scene.kafka));
}

static void end(struct load *load)
{
    scene_add_ledger(load_stop(load));
    scene_await_committed_within(AWAIT_MS);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true);
    scene_expect_committed();
}

/* S32: late, uneven, by drops, cut off in the middle: slower, and all there. */
START_TEST(bad_weather_only_takes_time)
{
    static const struct proxy_weather weathers[] = {
        {.delay_ms = 50},
        {.delay_ms = 200, .jitter_ms = 800},
        {.delay_ms = 2000},
        {.drip_bytes = 512},
        {0},
    };
    struct proxy *proxy = kafka_proxy(scene.kafka, 1);

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 100);
    struct member *member = SCENE_START("a", through_proxy(), "reconnect.backoff.max.ms=1000");
    (void)member_await_assigned(member, PARTITIONS);
    for (size_t i = 0; i < sizeof weathers / sizeof weathers[0]; i++) {
        proxy_set_weather(proxy, &weathers[i]);
        await_more(member, 200);
        proxy_half_close(proxy);
        await_more(member, 200);
        proxy_cut(proxy);
        await_more(member, 200);
    }
    ck_assert_uint_gt(proxy_counts(proxy).accepted, sizeof weathers / sizeof weathers[0]);
    end(load);
}
END_TEST

/* S34: the first address is dead; later the only one that was alive dies as well, when the broker
 * has long been known by another. */
START_TEST(one_living_address_is_enough_and_only_at_the_start)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 200);
    uint16_t door = ports_take();
    struct proxy *proxy = proxy_start(door, kafka_port(scene.kafka, 1));
    struct member *member =
        SCENE_START("a", scene_text("bootstrap.servers=127.0.0.1:%u,127.0.0.1:%u",
                                    (unsigned)ports_take(), (unsigned)door));
    (void)member_await_assigned(member, PARTITIONS);
    await_more(member, 200);
    ck_assert_uint_gt(proxy_counts(proxy).accepted, 0);
    proxy_stop(proxy);
    await_more(member, 1000);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_LOST), 0);
    end(load);
}
END_TEST

/* S34: the address it was known by is nobody's any more; the one to begin with has the news. */
START_TEST(a_broker_that_comes_back_elsewhere_is_found)
{
    uint16_t port = ports_take();
    struct proxy *door = proxy_start(port, kafka_port_behind(scene.kafka, 1));

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 200);
    struct member *member =
        SCENE_START("a", scene_text("bootstrap.servers=127.0.0.1:%u", (unsigned)port),
                    "reconnect.backoff.max.ms=1000");
    (void)member_await_assigned(member, PARTITIONS);
    await_more(member, 200);
    ck_assert_uint_gt(proxy_counts(kafka_proxy(scene.kafka, 1)).passed, 0);
    kafka_shut_down(scene.kafka, 1);
    kafka_move(scene.kafka, 1);
    ck_assert_uint_eq(proxy_counts(kafka_proxy(scene.kafka, 1)).accepted, 0);
    kafka_restart(scene.kafka, 1);
    await_more(member, 2000);
    ck_assert_uint_gt(proxy_counts(kafka_proxy(scene.kafka, 1)).passed, 2000); /* all are there */
    end(load);
    proxy_stop(door);
}
END_TEST

/* S35: a broker that takes everything and answers nothing. */
START_TEST(a_broker_that_never_answers_is_said_and_left_in_time)
{
    struct proxy *proxy = kafka_proxy(scene.kafka, 1);
    enum { STOP_MS = 25000 }; /* the drain's time and 20 s */

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 200);
    const char *const settings[] = {through_proxy(), "socket.timeout.ms=3000",
                                    "session.timeout.ms=6000", "weir.drain.timeout.ms=5000", NULL};
    struct member *leaving = scene_start("leaving", settings);
    struct member *staying = scene_start("staying", settings);
    (void)member_await_assigned(leaving, PARTITIONS / 2);
    (void)member_await_assigned(staying, PARTITIONS / 2);
    await_more(staying, 200);
    proxy_set_weather(proxy, &(struct proxy_weather){.silent = true});
    (void)stream_await(member_stream(leaving), "client_error", AWAIT_MS);
    (void)stream_await(member_stream(staying), "client_error", AWAIT_MS);
    int64_t begin_ns = deadline_now_ns();
    member_begin_stop(leaving);
    int status = process_wait(member_process(leaving), AWAIT_MS);
    ck_assert_msg(status == 0 || status == TRY_AGAIN, "status %d", status);
    ck_assert_int_le((deadline_now_ns() - begin_ns) / 1000000, STOP_MS);
    proxy_set_weather(proxy, &(struct proxy_weather){0});
    await_more(staying, 500);
    end(load);
}
END_TEST

int main(void)
{
    static const struct kafka_options proxied = {.brokers = 1, .proxied = true};
    const TTest *const tests[] = {
        bad_weather_only_takes_time,
        one_living_address_is_enough_and_only_at_the_start,
        a_broker_that_comes_back_elsewhere_is_found,
        a_broker_that_never_answers_is_said_and_left_in_time,
    };

    return SCENE_RUN_WITH("scenes_network", tests, .apart = &proxied, .seconds = 400);
}
