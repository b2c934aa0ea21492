/* Does a consumer on a real cluster say what is wrong, lose nothing by it, and go on or end? */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"

enum {
    AWAIT_MS = 30000,
    DRAIN_MS = 6000,    /* longer than a thread of the other partition stands still */
    AT_ONCE_MS = 20000, /* below the deadline of a drain, 30 s by default */
    RECORDS = 100,
    HANGING = 40, /* the offset of the record that never returns */
    EXIT_TRY_AGAIN = 75
};

/* Whoever comes with the name of a member that is gone takes its place at once. */
#define OWN_NAME "group.instance.id=one"

static bool says(struct member *member, const char *part)
{
    return strstr(process_errors(member_process(member)), part) != NULL;
}

static void await_said(struct member *member, const char *part)
{
    process_await_error(member_process(member), part, AWAIT_MS);
    ck_assert(process_running(member_process(member)));
}

static void produce_to(const char *topic, uint64_t count)
{
    scene_produce(&(struct produce_options){.topic = topic, .count = count});
}

/* A missing topic is a state: the others are read meanwhile, and it is when it comes. */
START_TEST(a_missing_topic_is_named_and_read_once_it_is_there)
{
    const char *there = scene_create_topic(1);
    const char *late = scene_text("late-%s", scene.group);
    const char *both = scene_text("weir.topics=%s,%s", there, late);

    produce_to(there, RECORDS);
    struct member *member = SCENE_START("a", both);
    await_said(member,
               scene_text("topic '%s' does not exist; create it or correct weir.topics", late));
    const struct stream_event *told = stream_await(member_stream(member), "topic_error", AWAIT_MS);
    ck_assert_str_eq(told->topic, late);
    member_await_completed(member, RECORDS);
    admin_create_topic(scene.admin, &(struct admin_topic){.name = late});
    produce_to(late, RECORDS);
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, late, 0, NULL), RECORDS);
}
END_TEST

START_TEST(a_missing_topic_without_a_group_is_waited_for_as_well)
{
    const char *late = scene_text("late-%s", scene.group);
    const char *const settings[] = {"weir.coordinator=none",
                                    scene_text("weir.partitions=%s:0", late),
                                    scene_text("group.id=%s", scene.group), NULL};

    struct member *member =
        scene_start_bare(&(struct member_options){.name = "a", .settings = settings});
    await_said(member,
               scene_text("topic '%s' does not exist; create it or correct weir.partitions", late));
    admin_create_topic(scene.admin, &(struct admin_topic){.name = late});
    produce_to(late, RECORDS);
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, late, 0, NULL), RECORDS);
}
END_TEST

/* What stands in the way of the events does not stand in the way of the records. */
START_TEST(events_for_a_full_disk_cost_no_record)
{
    scene_create_topic(1);
    scene_produce_many(RECORDS, 0);
    struct member *member =
        scene_start_with(&(struct member_options){.name = "a", .events = "/dev/full"});
    WAIT_UNTIL(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL) == RECORDS,
               AWAIT_MS);
    member_stop(member);
    ck_assert(says(member, "event lines could not be written: No space left on device"));
}
END_TEST

/* Stopping. */

START_TEST(an_idle_member_stops_cleanly)
{
    scene_create_topic(1);
    struct member *member = scene_start("a", NULL);
    (void)member_await_assigned(member, 1);
    member_begin_stop(member);
    member_expect(member, 0, AT_ONCE_MS);
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_FATAL), 0);
}
END_TEST

/* One partition has a record that never returns, the other one is done. */
static struct member *start_hanging(const char *detail)
{
    scene_create_topic(2);
    scene_produce_many((uint64_t)2 * RECORDS, 0);
    struct member *member =
        SCENE_START("a", "weir.order=partition", "weir.batch.size=1", "handler.partition=0",
                    OWN_NAME, scene_text("handler.hang.offset=%d", HANGING), detail);
    member_await_completed(member, HANGING + RECORDS);
    WAIT_UNTIL(member_count_events(member, WEIR_EVENT_HANDLER_START) >
                   member_count_events(member, WEIR_EVENT_HANDLER_END),
               AWAIT_MS);
    return member;
}

/* What was done is committed, what was not comes again, and only that. */
static void expect_the_rest_later(void)
{
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL), HANGING);
    ck_assert_int_eq(admin_committed(scene.admin, scene.group, scene.topics[0], 1, NULL), RECORDS);
    SCENE_START("b", "weir.order=partition", OWN_NAME);
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}

START_TEST(a_second_signal_ends_a_drain_at_once)
{
    struct member *member = start_hanging(NULL);
    struct process *process = member_process(member);

    WAIT_UNTIL(admin_committed(scene.admin, scene.group, scene.topics[0], 1, NULL) == RECORDS &&
                   admin_committed(scene.admin, scene.group, scene.topics[0], 0, NULL) == HANGING,
               AWAIT_MS);
    member_begin_stop(member);
    await_said(member, "asked to stop; a second signal stops at once");
    /* One that comes too soon after the first counts as the same. */
    struct deadline deadline = deadline_in_ms(AT_ONCE_MS);
    while (process_running(process)) {
        deadline_require(deadline, "it ended at once", __FILE__, __LINE__);
        process_signal(process, SIGTERM);
    }
    member_expect(member, EXIT_TRY_AGAIN, AT_ONCE_MS);
    ck_assert(says(member, "unfinished records come again"));
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_DRAIN_TIMEOUT), 0);
    expect_the_rest_later();
}
END_TEST

START_TEST(a_handler_that_never_returns_does_not_outlast_the_deadline)
{
    struct member *member = start_hanging(scene_text("weir.drain.timeout.ms=%d", DRAIN_MS));

    member_begin_stop(member);
    member_expect(member, EXIT_TRY_AGAIN, DRAIN_MS + AT_ONCE_MS);
    ck_assert(says(member, scene_text("%s/0: a handler did not end within weir.drain.timeout.ms",
                                      scene.topics[0])));
    ck_assert_uint_eq(member_count_spans(member, WEIR_EVENT_DRAIN_TIMEOUT), 1);
    expect_the_rest_later();
}
END_TEST

/* Brokers that come and go. Its own Kafka, not the scene's. */
START_TEST(brokers_that_start_later_are_found)
{
    struct kafka *own = kafka_start(NULL);
    struct admin *admin = admin_open(kafka_bootstrap(own));
    const char *topic = "orders";

    admin_create_topic(admin, &(struct admin_topic){.name = topic});
    scene_add_ledger(
        produce(kafka_bootstrap(own), &(struct produce_options){.topic = topic, .count = RECORDS}));
    admin_close(admin);
    kafka_shut_down(own, 1);
    const char *bootstrap = scene_text("bootstrap.servers=%s", kafka_bootstrap(own));
    scene_create_topic(1); /* of no use here, but every member has one */
    struct member *member = SCENE_START("a", bootstrap, "weir.topics=orders");
    await_said(member, scene_text("no broker of %s answers", bootstrap));
    (void)stream_await(member_stream(member), "client_error", AWAIT_MS);
    kafka_restart(own, 1);
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    kafka_stop(own);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_missing_topic_is_named_and_read_once_it_is_there,
        a_missing_topic_without_a_group_is_waited_for_as_well,
        events_for_a_full_disk_cost_no_record,
        an_idle_member_stops_cleanly,
        a_second_signal_ends_a_drain_at_once,
        a_handler_that_never_returns_does_not_outlast_the_deadline,
        brokers_that_start_later_are_found,
    };

    return SCENE_RUN("badinput", tests);
}
