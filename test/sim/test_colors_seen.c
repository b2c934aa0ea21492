#include "framework/znode.h"
#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <string.h>

/* What a group with two colors counts when something is not as it should be: 0 to 2 are blue, 3 to
 * 5 green. */

enum { PARTITIONS = 12, LIMIT_MS = 60000 };

static void set_up(void)
{
    troupe_open(11);
    troupe.colored = true;
    troupe_topic(PARTITIONS);
}

/* Claims that are on their way when the record changes. */
START_TEST(a_claim_by_an_older_record_is_refused_and_counted)
{
    troupe_raise_both();
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    while (troupe.actors[4].member.record.step != WEIR_SWITCH_DRAINING) {
        troupe_run_us(100);
    }
    sim_zoo_stall(4, true, false, weir_time_after_ms(sim_zoo_now(), 1000));
    while (weir_claims_in(&troupe.actors[4].member.claims, WEIR_CLAIM_FENCED) == 0) {
        troupe_run_us(100);
    }
    ck_assert(troupe_undo());
    (void)troupe_await_switched(LIMIT_MS);
    (void)troupe_await_settled(LIMIT_MS);
    ck_assert_uint_gt(troupe_tally(3).refused_by_record, 0);
    ck_assert_uint_eq(troupe_of_color(0), PARTITIONS);
}
END_TEST

/* The detector, by the commits that are refused: what it is for is broken on purpose. */
static const enum troupe_sabotage seen_by_commits[] = {TROUPE_NO_DRAIN, TROUPE_NO_DEADLINE};

START_TEST(two_at_work_on_one_partition_are_detected)
{
    troupe.sabotage = seen_by_commits[_i];
    if (troupe.sabotage == TROUPE_NO_DEADLINE) {
        sim_zoo_forget_deadlines();
    }
    troupe_raise_both();
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    if (troupe.sabotage == TROUPE_NO_DEADLINE) {
        sim_zoo_cut(0);
    }
    for (int i = 0; i < LIMIT_MS && troupe.dual_active == 0; i++) {
        troupe.broken[0] = '\0'; /* that two work on one is seen otherwise, too */
        troupe_run_ms(1);
    }
    troupe.broken[0] = '\0';
    ck_assert_uint_gt(troupe.dual_active, 0);
    sim_zoo_heal(0);
}
END_TEST

/* And by whose node it is. */
START_TEST(an_owner_that_is_ousted_is_detected)
{
    enum { INTRUDER = 4711 };
    struct weir_znode node;

    troupe_start_many(0, 3);
    troupe_switch_to("blue", WEIR_SWITCH_EACH);
    troupe_run_ms(2000);
    weir_znode_owner(&node, "fleet", "orders", 0);
    sim_zoo_remove(node.path); /* nobody else has it: that proves nothing */
    (void)troupe_await_settled(LIMIT_MS);
    troupe_run_ms(2000);
    ck_assert_uint_eq(troupe_tally(0).usurped, 0);
    ck_assert_str_eq(troupe.broken, "");
    sim_zoo_usurp(node.path, INTRUDER);
    while (troupe.broken[0] == '\0') {
        troupe_run_ms(1);
    }
    ck_assert_ptr_nonnull(strstr(troupe.broken, "worked on what another had claimed"));
    ck_assert_uint_eq(troupe_tally(0).usurped, 1);
    sim_zoo_remove(node.path);
    troupe.broken[0] = '\0';
}
END_TEST

int main(void)
{
    TCase *seen = tcase_create("seen");

    tcase_add_checked_fixture(seen, set_up, troupe_finish);
    tcase_add_test(seen, a_claim_by_an_older_record_is_refused_and_counted);
    tcase_add_loop_test(seen, two_at_work_on_one_partition_are_detected, 0, 2);
    tcase_add_test(seen, an_owner_that_is_ousted_is_detected);
    return runner_run("colors_seen", seen);
}
