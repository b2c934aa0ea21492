/* Does a member do what a signal asks for, and no more? */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"

enum { AWAIT_MS = 30000, PARTITIONS = 2, RECORDS = 200, TRY_AGAIN = 75, NS_PER_MS = 1000000 };

/* Whoever comes with the name of a member that is gone takes its place at once. */
#define OWN_NAME "group.instance.id=one"

static bool is_draining(const struct stream_event *event, const void *user)
{
    (void)user;
    return event->kind == (int)WEIR_EVENT_STATE && strcmp(event->text, "draining") == 0;
}

static bool is_start_of_partition_0(const struct stream_event *event, const void *user)
{
    (void)user;
    return event->kind == (int)WEIR_EVENT_HANDLER_START && event->partition == 0;
}

static bool is_committed_whole(int32_t partition)
{
    const char *topic = scene.topics[0];

    return admin_committed(scene.admin, scene.group, topic, partition, NULL) ==
           admin_end_offset(scene.admin, topic, partition);
}

/* A member with a batch of partition 0 that cannot end, and everything else done and committed. */
static struct member *start_and_hold(void)
{
    scene_create_topic(PARTITIONS);
    scene_produce_many(RECORDS, 0);
    scene_close_gate(0);
    struct member *member = SCENE_START("held", "weir.order=partition", "weir.batch.size=20",
                                        OWN_NAME, "weir.drain.timeout.ms=60s");
    (void)stream_await_match(member_stream(member), is_start_of_partition_0, NULL,
                             "a batch of partition 0", AWAIT_MS);
    WAIT_UNTIL(is_committed_whole(1), AWAIT_MS);
    return member;
}

static void begin_stop(const struct member *member, int number)
{
    process_signal(member_process(member), number);
    (void)stream_await_match(member_stream(member), is_draining, NULL, "the stop", AWAIT_MS);
}

/* Signals until the process ends. */
static bool has_ended_of(const struct member *member, int number)
{
    process_signal(member_process(member), number);
    return !process_running(member_process(member));
}

/* S15: the second signal does not wait for the handler, and nothing is lost by that. */
static void stop_twice(int first, int second)
{
    struct member *member = start_and_hold();

    begin_stop(member, first);
    WAIT_UNTIL(has_ended_of(member, second), AWAIT_MS);
    member_expect(member, TRY_AGAIN, AWAIT_MS);
    scene_open_gate(0);
    SCENE_START("heir", "weir.order=partition", OWN_NAME);
    scene_await_committed();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
}

START_TEST(a_second_signal_ends_at_once)
{
    stop_twice(SIGTERM, SIGINT);
}
END_TEST

START_TEST(a_second_signal_of_the_same_kind_ends_at_once)
{
    stop_twice(SIGINT, SIGINT);
}
END_TEST

/* A terminal that goes away says so more than once: also long after the first time. */
START_TEST(a_hangup_asks_once)
{
    struct member *member = start_and_hold();

    begin_stop(member, SIGHUP);
    int64_t since_ns = deadline_now_ns();
    WAIT_UNTIL(has_ended_of(member, SIGHUP) ||
                   deadline_now_ns() - since_ns > INT64_C(200) * NS_PER_MS,
               AWAIT_MS);
    scene_open_gate(0);
    member_expect(member, 0, AWAIT_MS);
    SCENE_START("heir", "weir.order=partition", OWN_NAME);
    scene_await_committed();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
}
END_TEST

START_TEST(an_ignored_hangup_stays_ignored)
{
    (void)signal(SIGHUP, SIG_IGN);
    struct member *member = start_and_hold();
    (void)signal(SIGHUP, SIG_DFL);

    process_signal(member_process(member), SIGHUP);
    scene_open_gate(0);
    scene_await_all();
    scene_produce_many(RECORDS, 0);
    scene_await_all();
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_STATE), 1); /* running */
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

/* SIGPIPE from anywhere, in any moment, is nobody's business. */
START_TEST(a_broken_pipe_signal_changes_nothing)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 0, 2000);
    struct member *member = SCENE_START("a", "weir.order=partition");
    (void)member_await_assigned(member, PARTITIONS);
    WAIT_UNTIL(has_ended_of(member, SIGPIPE) || load_acknowledged(load) > 2000, AWAIT_MS);
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

/* Whoever reads the events goes away: records are handled and committed all the same. */
START_TEST(a_reader_of_events_may_leave)
{
    const char *const settings[] = {"weir.order=partition", NULL};
    char some[16];
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0); /* else the member would be its own reader */
    scene_create_topic(PARTITIONS);
    scene_produce_many(RECORDS, 0);
    struct member *member = scene_start_with(&(struct member_options){
        .name = "a", .settings = settings, .events = "-", .output_fd = ends[1]});
    (void)close(ends[1]);
    ck_assert_int_gt(read(ends[0], some, sizeof some), 0);
    (void)close(ends[0]);
    scene_await_committed();
    scene_produce_many(RECORDS, 0);
    scene_await_committed();
    scene_stop_all();
    ck_assert_ptr_nonnull(strstr(process_errors(member_process(member)),
                                 "event lines could not be written: Broken pipe"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_second_signal_ends_at_once,
        a_second_signal_of_the_same_kind_ends_at_once,
        a_hangup_asks_once,
        an_ignored_hangup_stays_ignored,
        a_broken_pipe_signal_changes_nothing,
        a_reader_of_events_may_leave,
    };

    (void)signal(SIGHUP, SIG_DFL); /* nohup would have it ignored, and members inherit that */
    return SCENE_RUN("signals", tests);
}
