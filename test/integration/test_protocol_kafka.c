/* Does a group of the brokers' own protocol (KIP-848) hold what a classic one does? */
#include <check.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

#include "test/support/runner.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/tmpdir.h"

enum {
    FIRST_VERSION = 0x02040000, /* that has group.protocol */
    PARTITIONS = 4,
    EXIT_CONFIG = 78,
    END_MS = 30000
};

static struct member *start(const char *name)
{
    const char *const settings[] = {"group.protocol=consumer",
                                    scene_text("group.id=%s", scene.group),
                                    scene_text("weir.topics=%s", scene.topics[0]), NULL};

    return scene_start_bare(&(struct member_options){.name = name, .settings = settings});
}

START_TEST(a_topic_is_read_whole_and_committed)
{
    scene_create_topic(PARTITIONS);
    scene_produce_many(2000, 50);
    struct member *member = start("a");
    scene_await_all();
    member_stop(member);
    scene_expect_committed();
    scene_produce_many(100, 50);
    member_restart(member);
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

/* Both hand over at the exact record. */
START_TEST(a_member_comes_and_goes)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 50, 2000);
    struct member *host = start("host");
    (void)member_await_assigned(host, PARTITIONS);
    struct member *guest = start("guest");
    member_await_completed(guest, 200);
    member_stop(guest);
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(member_count_events(host, WEIR_EVENT_LOST), 0);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

/* The older library: no broker is needed for this. */
START_TEST(the_protocol_is_refused_with_the_version_it_needs)
{
    char *folder = tmpdir_create("protocol");
    const char *const settings[] = {"bootstrap.servers=127.0.0.1:1", "group.id=shop",
                                    "weir.topics=orders", "group.protocol=consumer", NULL};
    struct member *member =
        member_start(&(struct member_options){.folder = folder, .name = "a", .settings = settings});

    member_expect(member, EXIT_CONFIG, END_MS);
    const char *said = process_errors(member_process(member));
    ck_assert_msg(strstr(said, "group.protocol: librdkafka has it from 2.4.0 on") != NULL, "%s",
                  said);
    member_destroy(member);
    tmpdir_remove(&folder);
}
END_TEST

static int run_refusal(void)
{
    TCase *tcase = tcase_create("protocol");

    tcase_add_test(tcase, the_protocol_is_refused_with_the_version_it_needs);
    return runner_run("protocol", tcase);
}

int main(void)
{
    static const char *const properties[] = {"group.consumer.min.heartbeat.interval.ms=300",
                                             "group.consumer.heartbeat.interval.ms=300", NULL};
    static const struct kafka_options kafka = {.properties = properties};
    const TTest *const tests[] = {a_topic_is_read_whole_and_committed, a_member_comes_and_goes};

    if (rd_kafka_version() < FIRST_VERSION) {
        return run_refusal();
    }
    return SCENE_RUN_WITH("protocol", tests, .kafka = &kafka);
}
