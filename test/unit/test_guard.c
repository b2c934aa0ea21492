#include "framework/client_kafka.h"
#include "test/support/config_fixture.h"

/* When may a commit be sent, as far as the library's rebalances go? */

enum { SETTLE_MS = 100, JOIN_MS = 1000 };

static const weir_time now = 5000 * (weir_time)WEIR_NS_PER_MS;

static struct weir_client_kafka kafka;

static void set_up(void)
{
    kafka = (struct weir_client_kafka){.grouped = true, .incremental = true};
    kafka.news.incremental = true;
    kafka.guard.commits = true;
    kafka.guard.settle_ms = SETTLE_MS;
    weir_mutex_init(&kafka.guard.mutex);
}

static void tear_down(void)
{
    weir_announcer_fini(&kafka.news);
    weir_mutex_fini(&kafka.guard.mutex);
}

static void hear(enum weir_client_event_kind kind, int32_t partition)
{
    const struct weir_position position = {.topic = "orders", .partition = partition};

    ck_assert(weir_announcer_hear(&kafka.news, &(struct weir_client_event){
                                                   .kind = kind,
                                                   .positions = &position,
                                                   .count = 1,
                                               }));
    if (kind != WEIR_CLIENT_ASSIGNED) {
        weir_kafka_guard_revocation(&kafka);
    }
}

static void tell(enum weir_client_event_kind kind)
{
    struct weir_client_event event = {.kind = WEIR_CLIENT_ERROR};

    ck_assert(weir_announcer_next(&kafka.news, &event));
    ck_assert_int_eq(event.kind, kind);
}

static void revoke(void)
{
    hear(WEIR_CLIENT_REVOKED, 0);
    tell(WEIR_CLIENT_REVOKED);
}

/* As on_library_sent and on_library_received take note of it. */
static void join(void)
{
    kafka.guard.joining = true;
    kafka.guard.rejoined = true;
    kafka.guard.join_from = weir_time_after_ms(now, JOIN_MS);
}

static void sync(void)
{
    kafka.guard.joining = false;
}

static weir_time commit_from(void)
{
    return weir_kafka_commit_from(&kafka.client, now);
}

static bool may_send(void)
{
    bool may = weir_kafka_commit_begin(&kafka.client);

    if (may) {
        weir_kafka_commit_end(&kafka.client);
    }
    return may;
}

START_TEST(a_heartbeat_may_announce_a_join)
{
    join();
    ck_assert_int_eq(commit_from(), WEIR_TIME_NEVER);
    ck_assert(!may_send());
    sync();
    kafka.guard.heard = true;
    ck_assert(!may_send());
    ck_assert_int_eq(commit_from(), weir_time_after_ms(now, JOIN_MS + SETTLE_MS));
    ck_assert(may_send()); /* no other was heard since */
}
END_TEST

START_TEST(what_a_revocation_waits_for_is_committed_at_once)
{
    join();
    sync();
    kafka.guard.heard = true;
    revoke();
    ck_assert(may_send());
    ck_assert_int_eq(commit_from(), now);
    kafka.guard.heard = true;
    ck_assert(may_send());
    ck_assert(weir_announcer_answer(&kafka.news));
    weir_kafka_guard_rejoin(&kafka);
    ck_assert_int_eq(commit_from(), WEIR_TIME_NEVER); /* the library joins now */
    ck_assert(!may_send());
}
END_TEST

/* _i: whether commits are guarded at other times, too */
START_TEST(after_another_join_it_is_seen_first_what_came_of_it)
{
    kafka.guard.commits = _i == 1;
    revoke();
    join();
    ck_assert_int_eq(commit_from(), WEIR_TIME_NEVER);
    ck_assert(!may_send());
    sync();
    ck_assert_int_eq(commit_from(), WEIR_TIME_NEVER);
    ck_assert(!may_send());
    hear(WEIR_CLIENT_ASSIGNED, 1);
    ck_assert_int_eq(commit_from(), now);
    ck_assert(may_send());
    ck_assert(weir_kafka_gave_away(&kafka.client, &(struct weir_position){.topic = "orders"}));
}
END_TEST

/* _i: before it is even heard */
START_TEST(a_join_before_a_revocation_is_told_counts)
{
    hear(WEIR_CLIENT_ASSIGNED, 0);
    tell(WEIR_CLIENT_ASSIGNED);
    if (_i == 0) {
        hear(WEIR_CLIENT_REVOKED, 0);
        join();
    } else {
        join();
        hear(WEIR_CLIENT_REVOKED, 0);
    }
    sync();
    ck_assert(weir_announcer_answer(&kafka.news));
    tell(WEIR_CLIENT_REVOKED);
    ck_assert_int_eq(commit_from(), WEIR_TIME_NEVER);
}
END_TEST

/* Else nobody would ever be in sync again, and nothing be committed. */
START_TEST(no_other_join_is_awaited_when_it_has_been)
{
    revoke();
    join();
    sync();
    hear(WEIR_CLIENT_ASSIGNED, 0);
    ck_assert(weir_announcer_answer(&kafka.news));
    weir_kafka_guard_rejoin(&kafka);
    ck_assert_int_eq(commit_from(), kafka.guard.settled);
    ck_assert(may_send());
    hear(WEIR_CLIENT_LOST, 0);
    weir_kafka_guard_rejoin(&kafka);
    ck_assert(may_send()); /* what came of a join waits still */
    tell(WEIR_CLIENT_ASSIGNED);
    ck_assert(weir_announcer_answer(&kafka.news));
    tell(WEIR_CLIENT_LOST);
    weir_kafka_guard_rejoin(&kafka);
    ck_assert(!may_send());
}
END_TEST

START_TEST(commits_need_not_wait_where_no_join_refuses_them)
{
    kafka.guard.commits = false;
    join();
    kafka.guard.heard = true;
    ck_assert_int_eq(commit_from(), now);
    kafka.guard.heard = true;
    ck_assert(may_send());
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("guard");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_heartbeat_may_announce_a_join);
    tcase_add_test(tcase, what_a_revocation_waits_for_is_committed_at_once);
    tcase_add_loop_test(tcase, after_another_join_it_is_seen_first_what_came_of_it, 0, 2);
    tcase_add_loop_test(tcase, a_join_before_a_revocation_is_told_counts, 0, 2);
    tcase_add_test(tcase, no_other_join_is_awaited_when_it_has_been);
    tcase_add_test(tcase, commits_need_not_wait_where_no_join_refuses_them);
    return run_case(tcase, "guard");
}
