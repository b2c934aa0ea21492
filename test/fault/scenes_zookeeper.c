/* What happens to a ZooKeeper group when its servers are away for long: S38. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/scene_load.h"
#include "test/support/usage.h"
#include "test/support/zoo_scene.h"
#include "test/support/zookeeper.h"
#include "test/support/zookeeper_admin.h"

enum { AWAIT_MS = 90000, PARTITIONS = 6, OUTAGE_MS = 60000, LINES_MAX = 300 };

static size_t lines_in(const char *text)
{
    size_t lines = 0;

    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

/* They work to their deadline, stop, and look for a server now and then for the rest of the minute:
 * that takes next to nothing, and fills no log. */
START_TEST(without_zookeeper_for_a_minute_nobody_spins)
{
    static const char session[] = "zookeeper.session.timeout.ms=6000";

    zoo_scene_raise(PARTITIONS);
    struct load *load = scene_load(scene.topics[0], PARTITIONS, 100, 500);
    ZOO_SCENE_START("a", session);
    ZOO_SCENE_START("b", session);
    zoo_scene_await_even("ab");
    scene_await_completed(1000);
    zookeeper_admin_close(zoo_scene.admin); /* nor would our own session outlive it */
    zookeeper_pause(zoo_scene.server, 0);
    int64_t took_ms = usage_hold_out(OUTAGE_MS);
    printf("note: two members took %" PRId64 " ms of processor time in %d s without ZooKeeper\n",
           took_ms, OUTAGE_MS / 1000);
    for (size_t i = 0; i < scene.member_count; i++) {
        ck_assert_uint_gt(member_count_events(scene.members[i], WEIR_EVENT_LOST), 0);
        ck_assert_uint_lt(lines_in(process_errors(member_process(scene.members[i]))), LINES_MAX);
    }
    zookeeper_resume(zoo_scene.server, 0);
    zoo_scene.admin = zookeeper_admin_open(zookeeper_connect(zoo_scene.server), NULL);
    zoo_scene_await_even("ab");
    scene_add_ledger(load_stop(load));
    scene_await_committed_within(AWAIT_MS);
    scene_stop_all();
    SCENE_JUDGE(.order = VERIFY_ORDER_KEY, .crashes = true, .late_commits = true);
    scene_expect_committed();
    zoo_scene_drop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {without_zookeeper_for_a_minute_nobody_spins};

    zoo_scene.server = zookeeper_start(1);
    int failed = SCENE_RUN_WITH("scenes_zookeeper", tests, .seconds = 400);
    zookeeper_stop(zoo_scene.server);
    return failed;
}
