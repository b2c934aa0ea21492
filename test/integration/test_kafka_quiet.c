/* Does a member that had nothing to do for long go on when there is something again? */
#include <check.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"

enum { NS_PER_S = 1000000000, QUIET_S = 13, GIVE_UP_MS = 30000 };

/* T12: nothing comes for more than ten seconds, in which everything that could time out does so
 * twice. What may time out is longer than a thread stands still. */
START_TEST(ten_quiet_seconds_do_not_stall)
{
    scene_create_topic(2);
    scene_produce_many(100, 0);
    struct member *member = SCENE_START("a", "weir.order=partition", "session.timeout.ms=6000",
                                        "max.poll.interval.ms=6000", "weir.drain.timeout.ms=5000");
    scene_await_all();
    int64_t quiet_ns = deadline_now_ns();
    WAIT_UNTIL(deadline_now_ns() - quiet_ns >= (int64_t)QUIET_S * NS_PER_S, GIVE_UP_MS);
    scene_produce_many(100, 0);
    scene_await_all();
    scene_stop_all();
    ck_assert_uint_eq(member_count_events(member, WEIR_EVENT_LOST), 0);
    SCENE_JUDGE(.order = VERIFY_ORDER_PARTITION);
    scene_expect_committed();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {ten_quiet_seconds_do_not_stall};

    return SCENE_RUN("quiet", tests);
}
