#include "framework/znode.h"
#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <string.h>

/* Colors that do not read the same topics: 0 to 2 are blue, 3 to 5 green. One topic both read, the
 * other one of them alone. */

enum { BOTH = 8, ONE = 4, LIMIT_MS = 60000 };

static void set_up(void)
{
    troupe_open(11);
    troupe.colored = true;
    troupe_topic(BOTH);
    troupe_topic(ONE);
}

/* So many topics, the first ones. */
static void start_color(unsigned first, uint32_t topics)
{
    for (unsigned i = first; i < first + 3; i++) {
        troupe_start(i);
        troupe_want(i, topics);
    }
}

static size_t owned(uint32_t topic, uint32_t partitions)
{
    static const char *const names[] = {"orders", "payments"};
    struct weir_znode node;
    size_t count = 0;

    for (uint32_t p = 0; p < partitions; p++) {
        weir_znode_owner(&node, "fleet", names[topic], (int32_t)p);
        count += sim_zoo_exists(node.path) ? 1 : 0;
    }
    return count;
}

/* Its end, and what follows from it; nobody waits until all partitions have an owner, for these may
 * not. */
static void switch_to(const char *color, int mode)
{
    ck_assert(troupe_switch(color, (enum weir_switch_mode)mode, WEIR_SWITCH_GO_BACK));
    (void)troupe_await_switched(LIMIT_MS);
    troupe_run_ms(2000);
    ck_assert_str_eq(troupe.broken, "");
}

START_TEST(what_only_the_old_color_reads_is_nobodys_until_it_is_back)
{
    start_color(0, 2);
    switch_to("blue", _i);
    start_color(3, 1);
    troupe_run_ms(2000);
    ck_assert_uint_eq(troupe_of_color(0), BOTH + ONE);
    switch_to("green", _i);
    ck_assert_uint_eq(troupe_of_color(3), BOTH);
    ck_assert_uint_eq(troupe_of_color(0), 0);
    ck_assert_uint_eq(owned(0, BOTH), BOTH);
    ck_assert_uint_eq(owned(1, ONE), 0);
    switch_to("blue", _i);
    ck_assert_uint_eq(troupe_of_color(0), BOTH + ONE);
}
END_TEST

/* Whoever of green comes after it was asked for reads less, at first. */
START_TEST(what_nobody_would_read_keeps_a_switch_from_beginning)
{
    struct weir_switch record;

    troupe.leaves_nothing = true;
    start_color(0, 2);
    switch_to("blue", WEIR_SWITCH_EACH);
    ck_assert(troupe_switch("green", WEIR_SWITCH_EACH, WEIR_SWITCH_GO_BACK));
    start_color(3, 1);
    troupe_run_ms(5000);
    troupe_record(&record);
    ck_assert_int_eq(record.step, WEIR_SWITCH_PREPARED);
    ck_assert_uint_eq(troupe_of_color(0), BOTH + ONE);
    if (_i == 0) {
        troupe_want(3, 2);
    }
    (void)troupe_await_switched(LIMIT_MS);
    troupe_run_ms(2000);
    troupe_record(&record);
    ck_assert_int_eq(record.past[0].outcome, _i == 0 ? WEIR_SWITCH_DONE : WEIR_SWITCH_ABORTED);
    ck_assert_str_eq(record.past[0].why, _i == 0 ? ""
                                                 : "overdue: no member of green subscribes to "
                                                   "payments, which blue has");
    ck_assert_uint_eq(troupe_of_color(_i == 0 ? 3 : 0), BOTH + ONE);
}
END_TEST

START_TEST(what_only_the_new_color_reads_begins_with_it)
{
    start_color(0, 1);
    switch_to("blue", _i);
    start_color(3, 2);
    troupe_run_ms(2000);
    ck_assert_uint_eq(troupe_of_color(0), BOTH);
    ck_assert_uint_eq(owned(1, ONE), 0); /* nobody claims for who stands by */
    switch_to("green", _i);
    ck_assert_uint_eq(troupe_of_color(3), BOTH + ONE);
    switch_to("blue", _i);
    ck_assert_uint_eq(troupe_of_color(0), BOTH);
    ck_assert_uint_eq(owned(1, ONE), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("topics");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_loop_test(tcase, what_only_the_old_color_reads_is_nobodys_until_it_is_back, 0, 2);
    tcase_add_loop_test(tcase, what_nobody_would_read_keeps_a_switch_from_beginning, 0, 2);
    tcase_add_loop_test(tcase, what_only_the_new_color_reads_begins_with_it, 0, 2);
    return runner_run("colors, topics", tcase);
}
