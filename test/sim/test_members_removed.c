#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <stdio.h>
#include <string.h>

/* A group that nobody uses is removed just when somebody comes. */

static void set_up(void)
{
    troupe_open(7);
    troupe_topic(12);
}

static void remove_if_there(const char *path)
{
    if (sim_zoo_exists(path)) {
        sim_zoo_remove(path);
    }
}

/* As weir switch collect --group does it, in one transaction that holds only while nobody is in
 * ids. Was it so? */
static bool remove_group(void)
{
    static const char *const nodes[] = {"/consumers/fleet/weir/fence/orders",
                                        "/consumers/fleet/weir/fence",
                                        "/consumers/fleet/weir/allotment",
                                        "/consumers/fleet/weir",
                                        "/consumers/fleet/owners/orders",
                                        "/consumers/fleet/owners",
                                        "/consumers/fleet/ids",
                                        "/consumers/fleet"};
    char path[64];

    if (sim_zoo_exists("/consumers/fleet/ids/m1")) {
        return false;
    }
    for (int p = 0; p < 12; p++) {
        (void)snprintf(path, sizeof path, "%s/%d", nodes[0], p);
        remove_if_there(path);
    }
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        remove_if_there(nodes[i]);
    }
    ck_assert(!sim_zoo_exists("/consumers/fleet"));
    return true;
}

/* Of a group that was left; at each moment of a member's way into it. */
START_TEST(a_group_that_is_removed_while_a_member_joins_is_made_anew)
{
    int before = 0;
    int after = 0;

    for (int64_t us = 0; after == 0; us += 500) {
        ck_assert_int_lt(us, 100000);
        troupe_finish();
        set_up();
        troupe_start(0);
        (void)troupe_settle();
        troupe_leave(0);
        troupe_run_ms(1000);
        ck_assert(!troupe.actors[0].running);
        troupe_start(1);
        troupe_run_us(us);
        bool removed = remove_group();
        memset(troupe.newest, 0xff, sizeof troupe.newest); /* claims begin at 0 again */
        before += removed ? 1 : 0;
        after += removed ? 0 : 1;
        troupe_run_ms(10);
        (void)troupe_settle();
        ck_assert_uint_eq(troupe_active(1), 12);
    }
    ck_assert_int_gt(before, 5);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members_removed");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_test(tcase, a_group_that_is_removed_while_a_member_joins_is_made_anew);
    return runner_run("members_removed", tcase);
}
