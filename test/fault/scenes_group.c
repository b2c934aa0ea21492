/* What happens to members, and to what they have committed: S4, S5, S6, S8, S23, S26. */
#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/random.h"
#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/text.h"

enum { AWAIT_MS = 60000, PARTITIONS = 4, NS_PER_MS = 1000000 };

static bool is_running(struct stream *stream, int32_t partition)
{
    int64_t running = 0;

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        if (!event->foreign && event->partition == partition) {
            running += event->kind == (int)WEIR_EVENT_HANDLER_START;
            running -= event->kind == (int)WEIR_EVENT_HANDLER_END;
        }
    }
    return running > 0;
}

/* Looks on until so much time has passed: nobody may end, and nothing be lost or handed back. */
static void expect_calm(int64_t ms)
{
    int64_t begin_ns = deadline_now_ns();

    while (deadline_now_ns() - begin_ns < ms * NS_PER_MS) {
        deadline_turn();
        for (size_t i = 0; i < scene.member_count; i++) {
            ck_assert(process_running(member_process(scene.members[i])));
        }
    }
    for (size_t i = 0; i < scene.member_count; i++) {
        ck_assert_uint_eq(member_count_events(scene.members[i], WEIR_EVENT_LOST), 0);
        ck_assert_uint_eq(member_count_events(scene.members[i], WEIR_EVENT_REVOKE_BEGIN), 0);
    }
}

/* S4: the group goes on without one that stands still for longer than its session, with a batch in
 * its handler; when it wakes, what it finishes is committed by nobody but the new owner. */
START_TEST(a_zombie_commits_nothing)
{
    const char *strategy = "partition.assignment.strategy=range";

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 500);
    scene_close_gate(0);
    struct member *zombie = SCENE_START("zombie", strategy, "session.timeout.ms=3000",
                                        "weir.batch.size=10", "weir.inflight=64");
    (void)member_await_assigned(zombie, PARTITIONS);
    WAIT_UNTIL(is_running(member_stream(zombie), 0), AWAIT_MS);
    process_pause(member_process(zombie));
    struct member *heir = SCENE_START("heir", strategy, "weir.batch.size=10");
    (void)member_await_assigned(heir, PARTITIONS);
    scene_open_gate(0);
    member_await_completed(heir, 500);
    process_resume(member_process(zombie));
    WAIT_UNTIL(member_count_events(zombie, WEIR_EVENT_LOST) > 0, AWAIT_MS);
    (void)member_await_assigned(zombie, PARTITIONS / 2);
    scene_add_ledger(load_stop(load));
    scene_await_committed();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true);
    scene_expect_committed();
}
END_TEST

/* S5 */
START_TEST(a_pause_below_the_session_is_nobodys_business)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 500);
    struct member *paused = SCENE_START("paused", "weir.order=partition");
    struct member *other = SCENE_START("other", "weir.order=partition");
    WAIT_UNTIL(member_count_spans(paused, WEIR_EVENT_ASSIGN) > 0 &&
                   member_count_spans(other, WEIR_EVENT_ASSIGN) > 0,
               AWAIT_MS);
    admin_await_members(scene.admin, scene.group, 2, AWAIT_MS);
    uint64_t assigned = member_count_events(paused, WEIR_EVENT_ASSIGN) +
                        member_count_events(other, WEIR_EVENT_ASSIGN);
    uint64_t before = stream_completed(member_stream(other), NULL);
    process_pause(member_process(paused));
    /* 2 s of the other one's share of the load */
    WAIT_UNTIL((stream_read(member_stream(other)),
                stream_completed(member_stream(other), NULL) >= before + 500),
               AWAIT_MS);
    process_resume(member_process(paused));
    scene_add_ledger(load_stop(load));
    scene_await_all();
    ck_assert_uint_eq(member_count_events(paused, WEIR_EVENT_ASSIGN) +
                          member_count_events(other, WEIR_EVENT_ASSIGN),
                      assigned);
    ck_assert_uint_eq(member_count_events(paused, WEIR_EVENT_LOST), 0);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

/* S6: a handler that takes longer than max.poll.interval.ms is no dead consumer. */
START_TEST(a_handler_may_be_slower_than_the_poll_interval)
{
    enum { POLL_MS = 6000 };

    scene_create_topic(PARTITIONS);
    scene_produce_many(400, 0);
    scene_close_gate(0);
    struct member *slow =
        SCENE_START("slow", "weir.order=partition", "weir.batch.size=10", "session.timeout.ms=6000",
                    "weir.drain.timeout.ms=5000", scene_text("max.poll.interval.ms=%d", POLL_MS));
    WAIT_UNTIL(is_running(member_stream(slow), 0), AWAIT_MS);
    expect_calm(POLL_MS * 5 / 2);
    scene_open_gate(0);
    scene_await_all();
    ck_assert_uint_eq(member_count_events(slow, WEIR_EVENT_ASSIGN), 1);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

static size_t entries_of(const struct member *member, const char *what)
{
    char *path = text_format("/proc/%ld/%s", (long)member_pid(member), what);
    DIR *folder = opendir(path);
    size_t count = 0;

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    free(path);
    return count;
}

struct guest {
    struct member *member; /* NULL: was never there */
    bool leaving;
};

/* Starts it, or asks it to leave; the last time it was asked, it left well. */
static void change(struct guest *guest, size_t number)
{
    if (guest->member == NULL) {
        guest->member = SCENE_START(scene_text("guest-%zu", number), "weir.workers=4");
    } else if (guest->leaving) {
        member_expect(guest->member, 0, AWAIT_MS);
        member_restart(guest->member);
        guest->leaving = false;
    } else if (member_has_begun(guest->member)) {
        member_begin_stop(guest->member);
        guest->leaving = true;
    }
}

/* S8: the group never comes to rest, and those who stay pay neither records nor descriptors nor
 * threads for it. */
START_TEST(a_storm_of_joins_and_leaves_costs_nothing)
{
    enum { GUESTS = 4, STORM_MS = 60000, PAUSE_MS = 200, PAUSE_MS_MORE = 600, SLACK = 8 };
    struct weir_random random = {.state = 8};
    struct guest guests[GUESTS] = {{.member = NULL}};

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 500);
    struct member *host = SCENE_START("host", "weir.workers=4");
    (void)member_await_assigned(host, PARTITIONS);
    member_await_completed(host, 500);
    size_t descriptors = entries_of(host, "fd");
    size_t threads = entries_of(host, "task");
    int64_t begin_ns = deadline_now_ns();
    for (int64_t due_ns = begin_ns; due_ns - begin_ns < (int64_t)STORM_MS * NS_PER_MS;) {
        size_t at = (size_t)weir_random_below(&random, GUESTS);
        WAIT_UNTIL(deadline_now_ns() >= due_ns, AWAIT_MS);
        change(&guests[at], at);
        due_ns += (int64_t)(PAUSE_MS + weir_random_below(&random, PAUSE_MS_MORE)) * NS_PER_MS;
    }
    for (size_t i = 0; i < GUESTS; i++) {
        if (guests[i].member != NULL && !guests[i].leaving) {
            WAIT_UNTIL(member_has_begun(guests[i].member), AWAIT_MS);
            member_begin_stop(guests[i].member);
        }
    }
    admin_await_members(scene.admin, scene.group, 1, AWAIT_MS);
    scene_add_ledger(load_stop(load));
    scene_await_committed();
    ck_assert_uint_le(entries_of(host, "fd"), descriptors + SLACK);
    ck_assert_uint_le(entries_of(host, "task"), threads + SLACK);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

/* S23: whoever looks after the group sends it back by 100. */
START_TEST(offsets_that_were_set_back_are_where_it_goes_on)
{
    enum { RECORDS = 500, BACK = 100 };

    scene_create_topic(1);
    scene_produce_many(RECORDS, 0);
    struct member *member = SCENE_START("a", "weir.order=partition");
    scene_await_all();
    member_stop(member);
    scene_expect_committed();
    admin_set_committed(scene.admin, scene.group, scene.topics[0], 0, RECORDS - BACK);
    member_restart(member);
    const struct stream_event *assigned = member_await_assigned(member, 1);
    ck_assert_int_eq(assigned->spans[0].first, RECORDS - BACK);
    scene_await_completed(RECORDS + BACK);
    scene_await_committed();
    member_stop(member);
    ck_assert_uint_eq(stream_completed(member_stream(member), NULL), RECORDS + BACK);
    ck_assert_uint_eq(
        stream_completions_of(member_stream(member), scene.topics[0], 0, RECORDS - BACK - 1), 1);
    ck_assert_uint_eq(
        stream_completions_of(member_stream(member), scene.topics[0], 0, RECORDS - BACK), 2);
}
END_TEST

/* S26: what was aborted is nobody's record, and its place in the log no reason to wait. */
START_TEST(aborted_transactions_are_passed_over)
{
    enum { TRANSACTIONS = 12, EACH = 50, COMMITTED = TRANSACTIONS / 3 * EACH };

    scene_create_topic(1);
    struct producer *producer = producer_open(
        &(struct producer_options){.bootstrap = scene.bootstrap, .transactional_id = scene.group});
    struct member *member = SCENE_START("a", "weir.order=partition");
    (void)member_await_assigned(member, 1);
    for (int i = 0; i < TRANSACTIONS; i++) {
        producer_begin(producer);
        producer_produce(producer,
                         &(struct produce_options){.topic = scene.topics[0], .count = EACH});
        if (i % 3 == 1) {
            producer_commit(producer);
        } else {
            producer_abort(producer);
        }
    }
    scene_add_ledger(producer_take_ledger(producer));
    producer_close(producer);
    scene_await_all();
    scene_await_committed();
    member_stop(member);
    ck_assert_uint_eq(stream_completed(member_stream(member), NULL), COMMITTED);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_zombie_commits_nothing,
        a_pause_below_the_session_is_nobodys_business,
        a_handler_may_be_slower_than_the_poll_interval,
        a_storm_of_joins_and_leaves_costs_nothing,
        offsets_that_were_set_back_are_where_it_goes_on,
        aborted_transactions_are_passed_over,
    };

    return SCENE_RUN("scenes_group", tests);
}
