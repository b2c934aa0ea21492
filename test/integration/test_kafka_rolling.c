/* May the members of a brokers' group change their strategy one after another, under load? */
#include <check.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"

enum { AWAIT_MS = 30000, PARTITIONS = 8, MEMBERS = 2, SHARE = PARTITIONS / MEMBERS };

static uint64_t held(const struct member *member)
{
    return member_count_spans(member, WEIR_EVENT_ASSIGN) -
           member_count_spans(member, WEIR_EVENT_REVOKE_END);
}

/* The partitions that it was given last, as a bit each. */
static unsigned last_share(const struct member *member)
{
    const struct stream *stream = member_stream(member);
    const struct stream_event *last = NULL;
    unsigned share = 0;

    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        last = event->kind == (int)WEIR_EVENT_ASSIGN ? event : last;
    }
    for (size_t i = 0; last != NULL && i < last->span_count; i++) {
        share |= 1U << last->spans[i].partition;
    }
    return share;
}

/* One half has these, and so the other one the rest. */
static bool is_divided(struct member *const *members, unsigned half)
{
    return held(members[0]) == SHARE && held(members[1]) == SHARE &&
           (last_share(members[0]) == half || last_share(members[1]) == half);
}

/* S10, as Kafka has it done: each knows both for a while, and what all know is used. */
START_TEST(range_becomes_roundrobin_one_member_after_another)
{
    static const char *const strategies[] = {"range", "range,roundrobin", "roundrobin"};
    enum { STEPS = sizeof strategies / sizeof strategies[0], NEIGHBOURS = 0x0f, IN_TURN = 0x55 };
    struct member *members[MEMBERS] = {NULL};

    scene_create_topic(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 200, 1000);
    for (size_t step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < MEMBERS; i++) {
            if (members[i] != NULL) {
                member_stop(members[i]);
            }
            members[i] =
                SCENE_START(scene_text("%zu-%zu", step, i),
                            scene_text("partition.assignment.strategy=%s", strategies[step]));
            (void)member_await_assigned(members[i], step == 0 && i == 0 ? PARTITIONS : SHARE);
            /* The last step begins with the first that does not know range. */
            WAIT_UNTIL(members[1] == NULL ||
                           is_divided(members, step < STEPS - 1 ? NEIGHBOURS : IN_TURN),
                       AWAIT_MS);
        }
    }
    scene_add_ledger(load_stop(load));
    scene_await_all();
    scene_stop_all();
    for (size_t i = 0; i < scene.member_count; i++) {
        ck_assert_uint_eq(member_count_events(scene.members[i], WEIR_EVENT_LOST), 0);
    }
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .clean = true);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {range_becomes_roundrobin_one_member_after_another};

    return SCENE_RUN("rolling", tests);
}
