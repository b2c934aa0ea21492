/* Do groups coordinated by a real ZooKeeper keep their promises on a real Kafka? */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/deadline.h"
#include "test/support/handover.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

/* Whoever must not lose its session has one of a minute: longer than a thread stands still. */
enum { AWAIT_MS = 60000, PARTITIONS = 8, LINES_MAX = 300, NS_PER_US = 1000, US_PER_MS = 1000 };
static const char patient[] = "zookeeper.session.timeout.ms=60000";
static const char mortal[] = "zookeeper.session.timeout.ms=1500";

/* Everything that was produced is handled and committed, then everybody leaves in order. */
static void end_play(struct load *load)
{
    scene_add_ledger(load_stop(load));
    if (strcmp(zoo_scene.store, "kafka") == 0) {
        scene_await_committed();
        scene_stop_all();
        scene_expect_committed();
    } else {
        WAIT_UNTIL(zoo_scene_all_stored(), AWAIT_MS);
        scene_stop_all();
        ck_assert(zoo_scene_all_stored());
    }
    ck_assert_str_eq(zoo_scene_members(), "");
    ck_assert_uint_eq(zoo_scene_share(zoo_scene_owners(), '-'), strlen(zoo_scene_owners()));
    zoo_scene_drop();
}

/* What Kafka's old tools, and our own, find there. */
static void expect_layout(const char *names)
{
    const char *word = zoo_scene_owners();

    ck_assert_str_eq(zoo_scene_members(), names);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        const char *place = scene_text("%s/%d", scene.topics[0], (int)i);
        const char *owner = zoo_scene_node(scene_text("owners/%s", place));
        const char *fence = zoo_scene_node(scene_text("weir/fence/%s", place));
        int64_t session =
            zookeeper_admin_owner(zoo_scene.admin, zoo_scene_node(scene_text("ids/%c", word[i])));
        ck_assert_int_gt(session, 0);
        ck_assert_int_eq(zookeeper_admin_owner(zoo_scene.admin, owner), session);
        ck_assert_int_eq(zookeeper_admin_owner(zoo_scene.admin, fence), 0);
        ck_assert_str_eq(zoo_scene_data(owner), scene_text("%c-0", word[i]));
    }
}

/* S1, S2. What the last one has at the end is what everybody gave. */
START_TEST(members_join_and_leave_one_by_one)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    enum { MEMBERS = sizeof names / sizeof names[0], MOVES = 4 + 2 + 2 };
    struct stream *streams[MEMBERS];

    zoo_scene_raise(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 1000);
    for (size_t i = 0; i < MEMBERS; i++) {
        streams[i] = member_stream(ZOO_SCENE_START(names[i], patient));
        zoo_scene_await_even(scene_text("%.*s", (int)i + 1, "abcd"));
        (void)member_await_assigned(scene.members[i], 0);
    }
    expect_layout("a\nb\nc\nd\n");
    for (size_t i = 0; i + 1 < MEMBERS; i++) {
        member_stop(scene.members[i]);
        zoo_scene_await_even(scene_text("%s", &"abcd"[i + 1]));
    }
    expect_layout("d\n");
    end_play(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true, .revocations_max = &(uint64_t){MOVES});
    handover_tell(streams, MEMBERS);
}
END_TEST

static bool is_own(const struct stream_event *event, enum weir_event_kind kind)
{
    return !event->foreign && event->kind == (int)kind;
}

/* Takes one partition after another into work, and then stands at the closed gates. */
static bool runs_all(struct stream *stream)
{
    int64_t running = 0;

    stream_read(stream);
    for (size_t i = 0; i < stream_count(stream); i++) {
        running += is_own(stream_at(stream, i), WEIR_EVENT_HANDLER_START);
        running -= is_own(stream_at(stream, i), WEIR_EVENT_HANDLER_END);
    }
    return running >= PARTITIONS; /* more if it lost its session, and has them anew */
}

static void set_gates(bool open)
{
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        (open ? scene_open_gate : scene_close_gate)(partition);
    }
}

/* `a` has a batch of each partition in flight, not one is committed. */
static struct member *start_at_closed_gates(const char *session, struct load **load)
{
    zoo_scene_raise(PARTITIONS);
    *load = scene_load(scene.topics[0], PARTITIONS, 200, 1000);
    set_gates(false);
    struct member *member =
        ZOO_SCENE_START("a", session, "weir.order=partition", "weir.batch.size=5",
                        "weir.workers=16", "weir.drain.timeout.ms=60000");
    WAIT_UNTIL(runs_all(member_stream(member)), AWAIT_MS);
    return member;
}

/* And `b` has come to share. */
static struct member *work_at_closed_gates(const char *session, struct load **load)
{
    struct member *victim = start_at_closed_gates(session, load);

    ZOO_SCENE_START("b", patient, "weir.order=partition");
    WAIT_UNTIL(zookeeper_admin_exists(zoo_scene.admin, zoo_scene_node("ids/b")), AWAIT_MS);
    return victim;
}

/* S3 */
START_TEST(a_killed_owner_is_taken_over_and_nothing_is_lost)
{
    struct load *load = NULL;
    struct member *victim = work_at_closed_gates(mortal, &load);

    member_kill(victim);
    int64_t from_ns = deadline_now_ns();
    set_gates(true);
    zoo_scene_await_even("b");
    printf("note: taken over %" PRId64 " ms after the kill\n",
           (deadline_now_ns() - from_ns) / NS_PER_US / US_PER_MS);
    end_play(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .crashes = true);
}
END_TEST

/* Index of the first event of that kind from `from` on, or the stream's end. */
static size_t find_event(struct stream *stream, enum weir_event_kind kind, size_t from)
{
    stream_read(stream);
    while (from < stream_count(stream) && !is_own(stream_at(stream, from), kind)) {
        from++;
    }
    return from;
}

/* Counting what a life that was killed had, too. */
static uint64_t held_by(const struct member *member)
{
    return member_count_spans(member, WEIR_EVENT_ASSIGN) -
           member_count_spans(member, WEIR_EVENT_REVOKE_END) -
           member_count_spans(member, WEIR_EVENT_LOST);
}

/* S4, S40. What it had in flight when it was stopped ends as soon as it wakes, half of it of
 * partitions that it was about to hand back: nothing of that may be committed. */
static void sleep_too_long(void)
{
    struct load *load = NULL;
    struct member *zombie = work_at_closed_gates(mortal, &load);
    struct stream *stream = member_stream(zombie);

    process_pause(member_process(zombie));
    set_gates(true);
    zoo_scene_await_even("b");
    member_await_completed(scene.members[1], 100);
    stream_read(stream);
    size_t woken = stream_count(stream);
    uint64_t had = held_by(zombie);
    process_resume(member_process(zombie));
    zoo_scene_await_even("ab");
    /* Unless it was so slow that it had lost everything before. */
    size_t lost = woken;
    WAIT_UNTIL(had == 0 ||
                   (lost = find_event(stream, WEIR_EVENT_LOST, woken)) < stream_count(stream),
               AWAIT_MS);
    ck_assert_uint_ge(find_event(stream, WEIR_EVENT_COMMIT_REQUEST, woken), lost);
    WAIT_UNTIL(find_event(stream, WEIR_EVENT_HANDLER_END, woken) < stream_count(stream), AWAIT_MS);
    end_play(load);
    ck_assert_uint_lt(find_event(stream, WEIR_EVENT_ASSIGN, lost), stream_count(stream));
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .crashes = true,
                .late_commits = strcmp(zoo_scene.store, "kafka") == 0);
}

START_TEST(an_owner_that_slept_too_long_commits_nothing_and_comes_back)
{
    sleep_too_long();
}
END_TEST

START_TEST(nor_does_one_that_keeps_its_offsets_in_zookeeper)
{
    zoo_scene.store = "zookeeper";
    sleep_too_long();
}
END_TEST

/* S4. A successor's claim raises the fence; here it is all that the owner could have heard of. */
START_TEST(a_write_under_an_older_claim_is_refused_by_the_servers)
{
    struct load *load = NULL;

    zoo_scene.store = "zookeeper";
    struct member *late = start_at_closed_gates(patient, &load);
    const char *first = scene_text("%s/0", scene.topics[0]);
    const char *offset = zoo_scene_node(scene_text("offsets/%s", first));
    zookeeper_admin_set(zoo_scene.admin, zoo_scene_node(scene_text("weir/fence/%s", first)), "b-0");
    set_gates(true);
    WAIT_UNTIL(member_count_events(late, WEIR_EVENT_COMMIT_ERROR) > 0 &&
                   member_count_events(late, WEIR_EVENT_COMMIT_OK) > 0,
               AWAIT_MS);
    ck_assert(!zookeeper_admin_exists(zoo_scene.admin, offset));
    int64_t session = zookeeper_admin_owner(zoo_scene.admin, zoo_scene_node("ids/a"));
    member_kill(late);
    zookeeper_expire(zookeeper_connect(zoo_scene.server), session);
    ZOO_SCENE_START("b", patient, "weir.order=partition");
    zoo_scene_await_even("b");
    end_play(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .crashes = true);
}
END_TEST

/* S36. The servers end it, long before its time, and it is told when it connects anew: until then
 * it may work on, and the gates keep it from committing. */
START_TEST(a_session_that_expired_is_begun_anew_and_nothing_is_lost)
{
    struct load *load = NULL;
    struct member *expired = work_at_closed_gates(patient, &load);
    int64_t session = zookeeper_admin_owner(zoo_scene.admin, zoo_scene_node("ids/a"));

    zookeeper_expire(zookeeper_connect(zoo_scene.server), session);
    WAIT_UNTIL(member_count_events(expired, WEIR_EVENT_LOST) > 0, AWAIT_MS);
    set_gates(true);
    zoo_scene_await_even("ab");
    ck_assert_int_ne(zookeeper_admin_owner(zoo_scene.admin, zoo_scene_node("ids/a")), session);
    expect_layout("a\nb\n");
    end_play(load);
    ck_assert_uint_eq(member_count_events(scene.members[1], WEIR_EVENT_LOST), 0);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION, .crashes = true);
}
END_TEST

static size_t lines_in(const char *text)
{
    size_t lines = 0;

    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

/* S38. Each stops by its own clock; the second one does so when the servers, had they been there,
 * would have ended the first one's session long ago. */
START_TEST(without_zookeeper_work_stops_at_the_deadline_and_goes_on_by_itself)
{
    zoo_scene_raise(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 1000);
    struct member *brief = ZOO_SCENE_START("a", mortal);
    struct member *longer = ZOO_SCENE_START("b", "zookeeper.session.timeout.ms=4500");
    zoo_scene_await_even("ab");
    (void)member_await_assigned(brief, 0);
    (void)member_await_assigned(longer, 0);
    uint64_t lost[2] = {member_count_events(brief, WEIR_EVENT_LOST),
                        member_count_events(longer, WEIR_EVENT_LOST)};
    zookeeper_pause(zoo_scene.server, 0);
    WAIT_UNTIL(member_count_events(brief, WEIR_EVENT_LOST) > lost[0], AWAIT_MS);
    WAIT_UNTIL(member_count_events(longer, WEIR_EVENT_LOST) > lost[1], AWAIT_MS);
    zookeeper_resume(zoo_scene.server, 0);
    zoo_scene_await_even("ab");
    end_play(load);
    ck_assert_uint_lt(lines_in(process_errors(member_process(brief))), LINES_MAX);
    ck_assert_uint_lt(lines_in(process_errors(member_process(longer))), LINES_MAX);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true, .late_commits = true);
}
END_TEST

/* Killed, so that nobody hands anything back. It is back long before its session ends, and has what
 * it had when that has ended. */
START_TEST(a_member_that_returns_in_time_is_not_noticed)
{
    zoo_scene_raise(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 1000);
    struct member *other = ZOO_SCENE_START("a", patient);
    struct member *bounced = ZOO_SCENE_START("b", "zookeeper.session.timeout.ms=10000");
    zoo_scene_await_even("ab");
    WAIT_UNTIL(held_by(other) == PARTITIONS / 2 && held_by(bounced) == PARTITIONS / 2, AWAIT_MS);
    const char *before = zoo_scene_owners();
    int64_t session = zookeeper_admin_owner(zoo_scene.admin, zoo_scene_node("ids/b"));
    uint64_t revoked = member_count_spans(other, WEIR_EVENT_REVOKE_BEGIN);
    uint64_t assigned = member_count_spans(other, WEIR_EVENT_ASSIGN);
    member_kill(bounced);
    member_restart(bounced);
    WAIT_UNTIL(held_by(bounced) == PARTITIONS, AWAIT_MS); /* counting what it had when it died */
    ck_assert_str_eq(zoo_scene_owners(), before);
    ck_assert_int_ne(zookeeper_admin_owner(zoo_scene.admin, zoo_scene_node("ids/b")), session);
    expect_layout("a\nb\n");
    ck_assert_uint_eq(member_count_spans(other, WEIR_EVENT_REVOKE_BEGIN), revoked);
    ck_assert_uint_eq(member_count_spans(other, WEIR_EVENT_ASSIGN), assigned);
    end_play(load);
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true);
}
END_TEST

/* Three members with this strategy, of which `b` can do twice as much as each of the others. */
static void start_three(const char *strategy)
{
    zoo_scene_raise(PARTITIONS);
    ZOO_SCENE_START("a", patient, strategy);
    ZOO_SCENE_START("b", patient, strategy, "weir.capacity=2");
    ZOO_SCENE_START("c", patient, strategy);
}

/* Everything that they have, they handle. */
static void end_division(void)
{
    scene_produce_many(PARTITIONS, 0);
    scene_await_committed();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
    zoo_scene_drop();
}

static void expect_division(const char *strategy, const char *word)
{
    start_three(strategy);
    WAIT_UNTIL(strcmp(zoo_scene_owners(), word) == 0, AWAIT_MS);
    end_division();
}

START_TEST(range_gives_neighbours)
{
    expect_division("weir.strategy=range", "aaabbbcc");
}
END_TEST

START_TEST(roundrobin_deals_them_out)
{
    expect_division("weir.strategy=roundrobin", "abcabcab");
}
END_TEST

/* Two of eight, four of eight, two of eight; which ones goes by who came when. */
START_TEST(a_plugin_divides_by_capacity)
{
    const char *examples = getenv("WEIR_EXAMPLES");

    ck_assert_ptr_nonnull(examples);
    start_three(scene_text("weir.strategy=%s/weighted.so", examples));
    WAIT_UNTIL(zoo_scene_share(zoo_scene_owners(), 'a') == 2 &&
                   zoo_scene_share(zoo_scene_owners(), 'b') == 4 &&
                   zoo_scene_share(zoo_scene_owners(), 'c') == 2,
               AWAIT_MS);
    end_division();
}
END_TEST

/* S12. What is new is read from its beginning. */
START_TEST(partitions_that_are_added_are_shared_out)
{
    enum { FEW = 2, RECORDS = 10 };

    zoo_scene_raise(FEW);
    ZOO_SCENE_START("a", patient);
    ZOO_SCENE_START("b", patient);
    zoo_scene_await_even("ab");
    scene_produce_many((uint64_t)FEW * RECORDS, 0);
    admin_add_partitions(scene.admin, scene.topics[0], PARTITIONS);
    WAIT_UNTIL(admin_partitions(scene.admin, scene.topics[0]) == PARTITIONS, AWAIT_MS);
    scene_produce_many((uint64_t)PARTITIONS * RECORDS, 0);
    zoo_scene_await_even("ab");
    scene_await_committed();
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
    zoo_scene_drop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        members_join_and_leave_one_by_one,
        a_killed_owner_is_taken_over_and_nothing_is_lost,
        an_owner_that_slept_too_long_commits_nothing_and_comes_back,
        nor_does_one_that_keeps_its_offsets_in_zookeeper,
        a_write_under_an_older_claim_is_refused_by_the_servers,
        a_session_that_expired_is_begun_anew_and_nothing_is_lost,
        without_zookeeper_work_stops_at_the_deadline_and_goes_on_by_itself,
        a_member_that_returns_in_time_is_not_noticed,
        range_gives_neighbours,
        roundrobin_deals_them_out,
        a_plugin_divides_by_capacity,
        partitions_that_are_added_are_shared_out,
    };

    zoo_scene.server = zookeeper_start(1);
    int result = SCENE_RUN("zookeeper", tests);
    zookeeper_stop(zoo_scene.server);
    return result;
}
