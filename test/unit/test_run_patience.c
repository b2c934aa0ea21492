#include "tools/run_patience.h"

#include "test/support/runner.h"

/* Two consumers of one process, which may stop one after the other. */

enum { MOST_MS = 50000, LONG_MS = 10000000 };

static struct weir_run_patience patience;

static void set_up(void)
{
    patience = (struct weir_run_patience){.since_ms = 0};
}

/* Of those that have not ended. */
static int64_t see(enum weir_state one, enum weir_state other, size_t count, bool told,
                   int64_t now_ms)
{
    const enum weir_state states[] = {one, other};

    weir_run_patience_see(&patience, states, count, told, now_ms);
    return weir_run_patience_left_ms(&patience, MOST_MS, now_ms);
}

START_TEST(one_that_is_through_does_not_hurry_the_other)
{
    ck_assert_int_eq(see(WEIR_STATE_RUNNING, WEIR_STATE_RUNNING, 2, false, 1), MOST_MS);
    ck_assert_int_eq(see(WEIR_STATE_DRAINING, WEIR_STATE_RUNNING, 2, false, 2), MOST_MS);
    ck_assert_int_eq(see(WEIR_STATE_RUNNING, WEIR_STATE_RUNNING, 1, false, LONG_MS), MOST_MS);
    ck_assert_int_eq(see(WEIR_STATE_DRAINING, WEIR_STATE_DRAINING, 1, false, LONG_MS), MOST_MS);
    ck_assert_int_eq(see(WEIR_STATE_DRAINING, WEIR_STATE_DRAINING, 1, false, LONG_MS + MOST_MS + 1),
                     -1);
}
END_TEST

START_TEST(all_that_stop_have_their_time_together)
{
    ck_assert_int_eq(see(WEIR_STATE_DRAINING, WEIR_STATE_DRAINING, 2, false, 10), MOST_MS);
    ck_assert_int_eq(see(WEIR_STATE_DRAINING, WEIR_STATE_DRAINING, 1, false, 30), MOST_MS - 20);
}
END_TEST

/* Also one that has not begun to stop yet. */
START_TEST(who_is_told_to_stop_is_waited_for_no_longer)
{
    ck_assert_int_eq(see(WEIR_STATE_CREATED, WEIR_STATE_RUNNING, 2, true, 10), MOST_MS);
    ck_assert_int_eq(see(WEIR_STATE_DRAINING, WEIR_STATE_RUNNING, 2, true, 11), MOST_MS - 1);
    ck_assert_int_eq(see(WEIR_STATE_RUNNING, WEIR_STATE_RUNNING, 1, true, 12), MOST_MS - 2);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("run_patience");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, one_that_is_through_does_not_hurry_the_other);
    tcase_add_test(tcase, all_that_stop_have_their_time_together);
    tcase_add_test(tcase, who_is_told_to_stop_is_waited_for_no_longer);
    return runner_run("run_patience", tcase);
}
