/* What brokers may answer instead of what they were asked for: S24, S25. On a mock cluster, which
 * gives the errors on command. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/member.h"
#include "test/support/mock_kafka.h"
#include "test/support/produce_kafka.h"
#include "test/support/runner.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include "test/support/verify.h"

enum { AWAIT_MS = 60000, RECORDS = 300, PARTITIONS = 2, EXIT_UNAVAILABLE = 69, TEST_SECONDS = 180 };

static struct mock *mock;
static struct member *member;
static struct ledger *ledger;
static char *folder;

static void set_up(void)
{
    folder = tmpdir_create("errors");
    mock = mock_start(1);
    mock_create_topic(mock, "orders", PARTITIONS);
    ledger = ledger_create();
}

static void tear_down(void)
{
    member_destroy(member);
    member = NULL;
    mock_stop(mock);
    ledger_destroy(ledger);
    tmpdir_remove(&folder);
}

static void fill(void)
{
    struct ledger *more =
        produce(mock_bootstrap(mock), &(struct produce_options){.topic = "orders",
                                                                .count = RECORDS,
                                                                .partition = PRODUCE_IN_TURN,
                                                                .partitions = PARTITIONS});

    ledger_merge(ledger, more);
    ledger_destroy(more);
}

static void start(void)
{
    char *bootstrap = text_format("bootstrap.servers=%s", mock_bootstrap(mock));
    char *handler = text_format("weir.handler=%s/chaos.so", getenv("WEIR_TEST_PLUGINS"));
    const char *const settings[] = {bootstrap,
                                    handler,
                                    "group.id=shop",
                                    "weir.topics=orders",
                                    "weir.order=partition",
                                    "weir.batch.size=20",
                                    "session.timeout.ms=6000",
                                    "heartbeat.interval.ms=300",
                                    "weir.drain.timeout.ms=5000",
                                    NULL};

    member =
        member_start(&(struct member_options){.folder = folder, .name = "a", .settings = settings});
    free(handler);
    free(bootstrap);
}

/* As the broker acknowledged it: an administrator's question would be given the errors, too. */
static bool is_committed_whole(void)
{
    struct stream *stream = member_stream(member);
    int64_t each = (int64_t)ledger_count(ledger) / PARTITIONS;
    int64_t committed[PARTITIONS] = {0};

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        bool own = !event->foreign && event->kind == (int)WEIR_EVENT_COMMIT_OK;
        for (size_t j = 0; own && j < event->span_count; j++) {
            committed[event->spans[j].partition] = event->spans[j].first;
        }
    }
    return committed[0] == each && committed[1] == each;
}

/* What the broker did not take, or took back with the membership, comes again; the mock refuses
 * commits while somebody joins (hazard M1). Nothing is lost or committed too early. */
static void expect_all_done(void)
{
    struct stream *stream = member_stream(member);

    WAIT_UNTIL(is_committed_whole(), AWAIT_MS);
    member_stop(member);
    verify_expect(&(struct verify_options){.ledger = ledger,
                                           .streams = &stream,
                                           .stream_count = 1,
                                           .order = VERIFY_ORDER_PARTITION,
                                           .crashes = true},
                  NULL);
}

/* S24: these pass. */
static const struct {
    enum mock_request request;
    int error;
} passing[] = {
    {MOCK_OFFSET_COMMIT, MOCK_COORDINATOR_LOADING},
    {MOCK_OFFSET_COMMIT, MOCK_NOT_COORDINATOR},
    {MOCK_OFFSET_COMMIT, MOCK_REQUEST_TIMED_OUT},
    {MOCK_OFFSET_COMMIT, MOCK_ILLEGAL_GENERATION},
    {MOCK_OFFSET_COMMIT, MOCK_UNKNOWN_MEMBER},
    {MOCK_OFFSET_COMMIT, MOCK_REBALANCE_IN_PROGRESS},
    {MOCK_OFFSET_COMMIT, MOCK_DISCONNECT},
    {MOCK_OFFSET_FETCH, MOCK_COORDINATOR_LOADING},
    {MOCK_OFFSET_FETCH, MOCK_NOT_COORDINATOR},
    {MOCK_OFFSET_FETCH, MOCK_DISCONNECT},
    {MOCK_JOIN_GROUP, MOCK_COORDINATOR_NOT_AVAILABLE},
    {MOCK_JOIN_GROUP, MOCK_UNKNOWN_MEMBER},
    {MOCK_JOIN_GROUP, MOCK_DISCONNECT},
    {MOCK_HEARTBEAT, MOCK_NOT_COORDINATOR},
    {MOCK_HEARTBEAT, MOCK_ILLEGAL_GENERATION},
    {MOCK_HEARTBEAT, MOCK_UNKNOWN_MEMBER},
    {MOCK_HEARTBEAT, MOCK_DISCONNECT},
    {MOCK_SYNC_GROUP, MOCK_REBALANCE_IN_PROGRESS},
    {MOCK_SYNC_GROUP, MOCK_COORDINATOR_NOT_AVAILABLE},
    {MOCK_SYNC_GROUP, MOCK_DISCONNECT},
};

START_TEST(a_passing_error_at_the_start_and_later_costs_no_record)
{
    fill();
    mock_push_errors(mock, passing[_i].request, 2, passing[_i].error);
    start();
    WAIT_UNTIL(is_committed_whole(), AWAIT_MS);
    mock_push_errors(mock, passing[_i].request, 2, passing[_i].error);
    fill();
    expect_all_done();
}
END_TEST

/* S24: who may not join is told so, and joins as soon as it may. */
static const enum mock_request guarded[] = {MOCK_FIND_COORDINATOR, MOCK_JOIN_GROUP};

START_TEST(an_authorization_error_is_said_and_waited_out)
{
    fill();
    mock_push_errors(mock, guarded[_i], 1000, MOCK_GROUP_DENIED);
    start();
    process_await_error(member_process(member), "Group authorization failed", AWAIT_MS);
    ck_assert(process_running(member_process(member)));
    mock_clear_errors(mock, guarded[_i]);
    expect_all_done();
}
END_TEST

/* S24: whom the group took in and who may not read its offsets cannot begin. */
START_TEST(an_authorization_error_of_the_store_ends_it)
{
    fill();
    mock_push_errors(mock, MOCK_OFFSET_FETCH, 1000, MOCK_GROUP_DENIED);
    start();
    member_expect(member, EXIT_UNAVAILABLE, AWAIT_MS);
    ck_assert_ptr_nonnull(
        strstr(process_errors(member_process(member)), "Group authorization failed"));
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_HANDLER_START), 0);
}
END_TEST

/* No commit goes back. */
static void judge_commits(const struct stream *stream)
{
    int64_t asked[PARTITIONS] = {0};
    int64_t known[PARTITIONS] = {0};

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        bool asks = event->kind == (int)WEIR_EVENT_COMMIT_REQUEST;
        if (event->foreign || (!asks && event->kind != (int)WEIR_EVENT_COMMIT_OK)) {
            continue;
        }
        int64_t *last = asks ? asked : known;
        for (size_t j = 0; j < event->span_count; j++) {
            ck_assert_int_ge(event->spans[j].first, last[event->spans[j].partition]);
            last[event->spans[j].partition] = event->spans[j].first;
        }
    }
}

/* S25: the broker took the commit, and nobody heard of it; or only much later. */
static const struct {
    int error;
    int rtt_ms;
} replies[] = {{MOCK_DISCONNECT, 0}, {MOCK_DISCONNECT, 500}, {0, 1500}};

START_TEST(a_reply_to_a_commit_may_be_lost_or_late)
{
    enum { BURSTS = 5 };

    start();
    for (int i = 0; i < BURSTS; i++) {
        mock_push_late(mock, 1, MOCK_OFFSET_COMMIT, replies[_i].error, replies[_i].rtt_ms);
        fill();
    }
    expect_all_done();
    judge_commits(member_stream(member));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    TCase *tcase = tcase_create("errors");
    const char *only = getenv("WEIR_TEST_ONLY");

    tcase_set_timeout(tcase, TEST_SECONDS);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    if (only == NULL || strcmp(only, "error") == 0) {
        tcase_add_loop_test(tcase, a_passing_error_at_the_start_and_later_costs_no_record, 0,
                            ROWS(passing));
        tcase_add_loop_test(tcase, an_authorization_error_is_said_and_waited_out, 0, ROWS(guarded));
        tcase_add_test(tcase, an_authorization_error_of_the_store_ends_it);
    }
    if (only == NULL || strcmp(only, "reply") == 0) {
        tcase_add_loop_test(tcase, a_reply_to_a_commit_may_be_lost_or_late, 0, ROWS(replies));
    }
    return runner_run("scenes_errors", tcase);
}
