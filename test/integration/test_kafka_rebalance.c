/* Does a rebalance under load touch only what moves, and move it exactly? */
#include <check.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"

enum { AWAIT_MS = 30000, PARTITIONS = 8 };

static bool is_own(const struct stream_event *event, enum weir_event_kind kind)
{
    return !event->foreign && event->kind == (int)kind;
}

/* Index of the first event of that kind, from `from` on. The test fails if there is none. */
static size_t find_event(const struct stream *stream, enum weir_event_kind kind, size_t from)
{
    size_t index = from;

    while (index < stream_count(stream) && !is_own(stream_at(stream, index), kind)) {
        index++;
    }
    ck_assert_msg(index < stream_count(stream), "%s has no %s after its event %zu",
                  stream_name(stream), weir_event_name(kind), from);
    return index;
}

static bool names(const struct stream_event *event, int32_t partition)
{
    for (size_t i = 0; i < event->span_count; i++) {
        if (event->spans[i].partition == partition) {
            return true;
        }
    }
    return false;
}

/* Batches of the partitions that `revocation` names, which were with handlers at event `at`. */
static uint64_t running_at(const struct stream *stream, size_t at,
                           const struct stream_event *revocation)
{
    uint64_t running = 0;

    for (size_t i = 0; i < at; i++) {
        const struct stream_event *event = stream_at(stream, i);
        if (event->foreign || !names(revocation, event->partition)) {
            continue;
        }
        running += event->kind == (int)WEIR_EVENT_HANDLER_START;
        running -= event->kind == (int)WEIR_EVENT_HANDLER_END;
    }
    return running;
}

/* Batches of other partitions that began while these were handed back. */
static uint64_t begun_elsewhere(const struct stream *stream, size_t begin, size_t end)
{
    const struct stream_event *revocation = stream_at(stream, begin);
    uint64_t begun = 0;

    for (size_t i = begin; i < end; i++) {
        const struct stream_event *event = stream_at(stream, i);
        begun += is_own(event, WEIR_EVENT_HANDLER_START) && !names(revocation, event->partition);
    }
    return begun;
}

static uint64_t partitions_with_a_handler(struct stream *stream)
{
    uint64_t partitions = 0;

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream); i++) {
        partitions += is_own(stream_at(stream, i), WEIR_EVENT_HANDLER_START);
        partitions -= is_own(stream_at(stream, i), WEIR_EVENT_HANDLER_END);
    }
    return partitions;
}

/* Lets the handlers go on, those of kept partitions first: they go on while the others are still
 * being handed back. */
static void open_gates(struct stream *stream, size_t begin)
{
    const struct stream_event *revocation = stream_at(stream, begin);
    uint64_t kept = 0;

    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        if (!names(revocation, partition)) {
            scene_open_gate(partition);
            kept++;
        }
    }
    WAIT_UNTIL((stream_read(stream), begun_elsewhere(stream, begin, stream_count(stream)) >= kept),
               AWAIT_MS);
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        if (names(revocation, partition)) {
            scene_open_gate(partition);
        }
    }
}

/* S7: a member joins while every partition of the other one has a batch with a handler: the gates
 * see to it. Returns its revocation. */
static const struct stream_event *join_under_load(const char *strategy, struct member **holder)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 2000);
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        scene_close_gate(partition);
    }
    *holder = SCENE_START("holder", strategy, "weir.order=partition", "weir.batch.size=20");
    struct stream *stream = member_stream(*holder);
    (void)member_await_assigned(*holder, PARTITIONS);
    WAIT_UNTIL(partitions_with_a_handler(stream) == PARTITIONS, AWAIT_MS);
    struct member *joiner = SCENE_START("joiner", strategy, "weir.order=partition");
    (void)stream_await(stream, "revoke_begin", AWAIT_MS);
    size_t begin = find_event(stream, WEIR_EVENT_REVOKE_BEGIN, 0);
    open_gates(stream, begin);
    (void)member_await_assigned(joiner, PARTITIONS / 2);
    member_await_completed(joiner, 200);
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();

    const struct stream_event *revocation = stream_at(stream, begin);
    size_t end = find_event(stream, WEIR_EVENT_REVOKE_END, begin);
    ck_assert_uint_eq(running_at(stream, begin, revocation), revocation->span_count);
    ck_assert_uint_eq(running_at(stream, end, revocation), 0);
    return revocation;
}

static void hand_everything_back(const char *strategy)
{
    struct member *holder = NULL;
    const struct stream_event *revocation = join_under_load(strategy, &holder);

    ck_assert_uint_eq(revocation->span_count, PARTITIONS);
}

START_TEST(a_range_rebalance_hands_everything_back_exactly)
{
    hand_everything_back("partition.assignment.strategy=range");
}
END_TEST

START_TEST(a_roundrobin_rebalance_hands_everything_back_exactly)
{
    hand_everything_back("partition.assignment.strategy=roundrobin");
}
END_TEST

START_TEST(a_cooperative_rebalance_leaves_kept_partitions_alone)
{
    struct member *holder = NULL;
    const struct stream_event *revocation =
        join_under_load("partition.assignment.strategy=cooperative-sticky", &holder);
    const struct stream *stream = member_stream(holder);
    size_t begin = find_event(stream, WEIR_EVENT_REVOKE_BEGIN, 0);
    size_t end = find_event(stream, WEIR_EVENT_REVOKE_END, begin);

    ck_assert_uint_eq(revocation->span_count, PARTITIONS / 2);
    ck_assert_uint_ge(begun_elsewhere(stream, begin, end), PARTITIONS / 2);
    /* Its first assignment, and after the joiner left: what it had given away. */
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        uint64_t assigned = 0;
        for (size_t i = 0; i < stream_count(stream); i++) {
            const struct stream_event *event = stream_at(stream, i);
            assigned += is_own(event, WEIR_EVENT_ASSIGN) && names(event, partition);
        }
        ck_assert_uint_le(assigned, names(revocation, partition) ? 2 : 1);
    }
}
END_TEST

/* Hazard R6: whatever commit is on its way when the group joins anew, the kept partitions stay. */
START_TEST(a_cooperative_member_keeps_its_partitions_through_many_rebalances)
{
    enum { GUESTS = 3 };
    const char *strategy = "partition.assignment.strategy=cooperative-sticky";

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 2000);
    struct member *host = SCENE_START("host", strategy, "weir.batch.size=5");
    (void)member_await_assigned(host, PARTITIONS);
    for (int i = 0; i < GUESTS; i++) {
        struct member *guest = SCENE_START(scene_text("guest-%d", i), strategy);
        (void)member_await_assigned(guest, PARTITIONS / 2);
        member_stop(guest);
        (void)member_await_assigned(host, PARTITIONS / 2);
    }
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(member_count_events(host, WEIR_EVENT_LOST), 0);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

static bool group_is_stable_with(size_t members)
{
    struct admin_group *group = admin_describe_group(scene.admin, scene.group);
    bool stable = strcmp(group->state, "Stable") == 0 && group->member_count == members;

    admin_group_destroy(group);
    return stable;
}

/* librdkafka joins anew as soon as a topic grows, here one that is nothing to the joiner, and what
 * is still being handed back is given away by that. What the holder finishes of it from then on is
 * for the next owner to commit. */
static void grow_while_handing_back(const char *strategy)
{
    enum { RECORDS = 10 * PARTITIONS };
    const char *shared = scene_create_topic(PARTITIONS);
    const char *own = scene_create_topic(1);

    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        scene_close_gate(partition);
    }
    scene_produce_many(RECORDS, 0);
    struct member *holder =
        SCENE_START("holder", strategy, scene_text("weir.topics=%s,%s", shared, own),
                    "weir.order=partition", "weir.batch.size=5", "weir.drain.timeout.ms=60000",
                    "topic.metadata.refresh.interval.ms=200");
    (void)member_await_assigned(holder, PARTITIONS + 1);
    WAIT_UNTIL(partitions_with_a_handler(member_stream(holder)) == PARTITIONS, AWAIT_MS);
    struct member *joiner = SCENE_START("joiner", strategy, "weir.order=partition");
    (void)stream_await(member_stream(holder), "revoke_begin", AWAIT_MS);
    admin_add_partitions(scene.admin, own, 2);
    WAIT_UNTIL(member_count_spans(joiner, WEIR_EVENT_ASSIGN) > 0, AWAIT_MS);
    WAIT_UNTIL(member_count_spans(holder, WEIR_EVENT_LOST) >= PARTITIONS / 2, AWAIT_MS);
    ck_assert_uint_eq(member_count_spans(holder, WEIR_EVENT_REVOKE_END), 0);
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        scene_open_gate(partition);
    }
    scene_await_committed();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .crashes = true);
    scene_expect_committed();
}

START_TEST(what_range_gives_away_while_it_is_handed_back_is_not_committed)
{
    grow_while_handing_back("partition.assignment.strategy=range");
}
END_TEST

START_TEST(what_cooperation_gives_away_while_it_is_handed_back_is_not_committed)
{
    grow_while_handing_back("partition.assignment.strategy=cooperative-sticky");
}
END_TEST

START_TEST(a_member_that_got_no_partition_leaves_like_any_other)
{
    const char *strategy = "partition.assignment.strategy=cooperative-sticky";

    scene_create_topic(1);
    struct member *busy = SCENE_START("busy", strategy);
    (void)member_await_assigned(busy, 1);
    struct member *idle = SCENE_START("idle", strategy, "session.timeout.ms=120000");
    WAIT_UNTIL(group_is_stable_with(2), AWAIT_MS);
    member_stop(idle);
    WAIT_UNTIL(group_is_stable_with(1), AWAIT_MS); /* long before its session times out */
    scene_produce_many(100, 0);
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(member_count_events(busy, WEIR_EVENT_REVOKE_BEGIN), 1); /* when it stopped */
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

/* Static membership: a restart within the session timeout is nobody else's business. */
START_TEST(a_static_member_restarts_unnoticed)
{
    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 1000);
    struct member *other = SCENE_START("other", "group.instance.id=other");
    struct member *bounced = SCENE_START("bounced", "group.instance.id=bounced");
    (void)member_await_assigned(other, PARTITIONS / 2);
    (void)member_await_assigned(bounced, PARTITIONS / 2);
    uint64_t revoked = member_count_events(other, WEIR_EVENT_REVOKE_BEGIN);
    for (int i = 0; i < 2; i++) {
        member_stop(bounced);
        member_restart(bounced);
        (void)member_await_assigned(bounced, PARTITIONS / 2);
    }
    scene_add_ledger(load_stop(load));
    scene_await_all();
    ck_assert_uint_eq(member_count_events(other, WEIR_EVENT_REVOKE_BEGIN), revoked);
    ck_assert_uint_eq(member_count_events(other, WEIR_EVENT_LOST), 0);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

/* S9: whoever comes last with an instance's name is it; the other one must not go on. */
START_TEST(a_static_member_whose_name_is_taken_ends_for_good)
{
    scene_create_topic(2);
    scene_produce_many(100, 0);
    struct member *first = SCENE_START("first", "group.instance.id=same");
    scene_await_committed();
    struct member *second = SCENE_START("second", "group.instance.id=same");
    member_expect(first, 69, AWAIT_MS);
    scene_produce_many(100, 0);
    member_await_completed(second, 100);
    ck_assert_ptr_nonnull(strstr(process_errors(member_process(first)), "fenced"));
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

/* S11: one group, different subscriptions. */
START_TEST(members_may_want_different_topics)
{
    const char *one = scene_create_topic(2);
    const char *two = scene_create_topic(2);
    struct member *narrow = scene_start("narrow", NULL);
    struct member *wide = SCENE_START("wide", scene_text("weir.topics=%s,%s", one, two));

    (void)member_await_assigned(narrow, 0);
    (void)member_await_assigned(wide, 0);
    scene_produce(&(struct produce_options){
        .topic = one, .count = 200, .partition = PRODUCE_IN_TURN, .partitions = 2});
    scene_produce(&(struct produce_options){
        .topic = two, .count = 200, .partition = PRODUCE_IN_TURN, .partitions = 2});
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(stream_completed(member_stream(narrow), two), 0);
    ck_assert_uint_eq(stream_completed(member_stream(wide), two), 200);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_range_rebalance_hands_everything_back_exactly,
        a_roundrobin_rebalance_hands_everything_back_exactly,
        a_cooperative_rebalance_leaves_kept_partitions_alone,
        a_cooperative_member_keeps_its_partitions_through_many_rebalances,
        what_range_gives_away_while_it_is_handed_back_is_not_committed,
        what_cooperation_gives_away_while_it_is_handed_back_is_not_committed,
        a_member_that_got_no_partition_leaves_like_any_other,
        a_static_member_restarts_unnoticed,
        a_static_member_whose_name_is_taken_ends_for_good,
        members_may_want_different_topics,
    };

    return SCENE_RUN("rebalance", tests);
}
