#include "tools/zoo_switch_gaps.h"

#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/zoo_group_state.h"
#include <stdlib.h>
#include <string.h>

/* Owners come and go on a server in virtual time, whose messages take a millisecond each way. */

enum { ROUND_TRIP_MS = 2, SOON_MS = 4, GREEN = 103, PATIENCE_MS = 1000 };

static struct weir_switch_gaps gaps;
static struct weir_zoo_look look;

static struct weir_zoo_talk *talk(void)
{
    return zoo_desk.group->talk;
}

static void begin(void)
{
    weir_zoo_look_fini(&look);
    weir_zoo_talk_allow(talk(), ZOO_DESK_TIMEOUT_MS);
    ck_assert_int_eq(weir_zoo_look(talk(), "shop", &look), 0);
    weir_switch_gaps_begin(&gaps, talk(), "shop", &look, PATIENCE_MS);
}

static void set_up(void)
{
    zoo_desk_set_up();
    zoo_colors_settle();
}

static void tear_down(void)
{
    weir_switch_gaps_fini(&gaps);
    weir_zoo_look_fini(&look);
    zoo_desk_tear_down();
}

static void disown(int partition)
{
    char *path = weir_cli_text(ZOO_DESK_GROUP "/owners/orders/%d", partition);

    sim_zoo_remove(path);
    free(path);
}

static void own(int partition)
{
    zoo_desk_own(partition, "c-0", GREEN);
}

static void pass(int64_t ms)
{
    weir_zoo_talk_pause(talk(), ms);
}

static int64_t gap_ms(size_t index)
{
    return gaps.all[index].gap_ns < 0 ? -1 : gaps.all[index].gap_ns / WEIR_NS_PER_MS;
}

START_TEST(a_gap_is_from_one_owner_to_the_next)
{
    begin();
    ck_assert_uint_eq(gaps.count, ZOO_DESK_PARTITIONS);
    ck_assert_uint_eq(weir_switch_gaps_owned(&gaps, &look, "blue"), ZOO_DESK_PARTITIONS);
    disown(0);
    pass(30);
    disown(2);
    pass(10);
    own(0);
    own(2);
    pass(SOON_MS);
    ck_assert_int_eq(gap_ms(0), 40);
    ck_assert_int_eq(gap_ms(2), 10);
    ck_assert_int_eq(gap_ms(1), -1);
    ck_assert_uint_eq(gaps.all[0].moves, 1);
    ck_assert_uint_eq(gaps.all[1].moves, 0);
    ck_assert_uint_eq(weir_switch_gaps_owned(&gaps, &look, "green"), 2);
    ck_assert_uint_eq(weir_switch_gaps_owned(&gaps, &look, "blue"), 2);
}
END_TEST

START_TEST(one_that_is_shorter_than_a_round_trip_is_told_as_that)
{
    begin();
    disown(0);
    own(0);
    pass(SOON_MS);
    ck_assert_uint_eq(gaps.all[0].moves, 1);
    ck_assert_int_eq(gap_ms(0), ROUND_TRIP_MS);
}
END_TEST

START_TEST(the_longest_of_a_partition_counts)
{
    static const int64_t spans_ms[] = {20, 50, 30};

    begin();
    for (size_t i = 0; i < sizeof spans_ms / sizeof spans_ms[0]; i++) {
        disown(1);
        pass(spans_ms[i]);
        own(1);
        pass(100);
    }
    ck_assert_int_eq(gap_ms(1), 50);
    ck_assert_uint_eq(gaps.all[1].moves, 3);
}
END_TEST

START_TEST(who_comes_to_what_nobody_had_ends_no_gap)
{
    disown(3);
    begin();
    ck_assert_uint_eq(gaps.count, ZOO_DESK_PARTITIONS); /* it is in the division */
    pass(20);
    own(3);
    pass(20);
    ck_assert_int_eq(gap_ms(3), -1);
    ck_assert_uint_eq(gaps.all[3].moves, 1);
    ck_assert_uint_eq(weir_switch_gaps_owned(&gaps, &look, "green"), 1);
}
END_TEST

/* Whether the connection comes back in time, or the session is lost with it. */
static const int64_t aways_ms[] = {50, SIM_ZOO_TIMEOUT_MS + 1000};

START_TEST(what_changes_without_a_connection_is_not_measured)
{
    begin();
    disown(1);
    pass(10);
    sim_zoo_cut(0);
    disown(0);
    pass(aways_ms[_i]);
    own(1);
    sim_zoo_heal(0);
    pass(2000);
    own(0);
    pass(100);
    ck_assert_int_eq(gap_ms(0), -1);
    ck_assert_int_eq(gap_ms(1), -1);
    ck_assert_uint_eq(gaps.all[0].moves, 1);
    ck_assert_uint_eq(gaps.all[1].moves, 1);
    ck_assert_uint_eq(gaps.all[2].moves, 0); /* was never another's */
    disown(2);
    pass(15);
    own(2);
    pass(100);
    ck_assert_int_eq(gap_ms(2), 15);
}
END_TEST

START_TEST(what_was_asked_for_others_is_nobodys)
{
    struct weir_switch_gaps earlier = {.all = NULL};

    begin();
    weir_switch_gaps_fini(&gaps);
    weir_switch_gaps_begin(&earlier, talk(), "shop", &look, 0); /* its requests are out */
    weir_switch_gaps_fini(&earlier);
    begin();
    disown(0);
    pass(25);
    own(0);
    pass(25);
    ck_assert_int_eq(gap_ms(0), 25);
}
END_TEST

START_TEST(the_sum_has_the_longest_first)
{
    enum { MANY = 200 };
    struct weir_switch_gap all[MANY] = {{.topic = NULL}};
    const struct weir_switch_gaps some = {.all = all, .count = MANY};
    size_t count = 0;

    for (int i = 0; i < MANY; i++) {
        all[i].gap_ns = i % 2 == 0 ? -1 : (i * 37 % MANY / 2 + 1);
    }
    struct weir_switch_gaps_sum sum = weir_switch_gaps_sum(&some);
    ck_assert_uint_eq(sum.measured, MANY / 2);
    ck_assert_int_eq(sum.median_ns, 50);
    ck_assert_int_eq(sum.p99_ns, 99);
    ck_assert_int_eq(sum.max_ns, 100);
    const struct weir_switch_gap **slowest = weir_switch_gaps_slowest(&some, &count);
    ck_assert_uint_eq(count, MANY / 2);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(slowest[i]->gap_ns, (int64_t)(count - i));
    }
    free((void *)slowest);
    const struct weir_switch_gaps one = {.all = &all[1], .count = 1};
    ck_assert_int_eq(weir_switch_gaps_sum(&one).median_ns, all[1].gap_ns);
    ck_assert_int_eq(weir_switch_gaps_sum(&one).p99_ns, all[1].gap_ns);
    const struct weir_switch_gaps none = {.all = NULL};
    ck_assert_uint_eq(weir_switch_gaps_sum(&none).measured, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_switch_gaps");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_gap_is_from_one_owner_to_the_next);
    tcase_add_test(tcase, one_that_is_shorter_than_a_round_trip_is_told_as_that);
    tcase_add_test(tcase, the_longest_of_a_partition_counts);
    tcase_add_test(tcase, who_comes_to_what_nobody_had_ends_no_gap);
    tcase_add_loop_test(tcase, what_changes_without_a_connection_is_not_measured, 0, 2);
    tcase_add_test(tcase, what_was_asked_for_others_is_nobodys);
    tcase_add_test(tcase, the_sum_has_the_longest_first);
    return runner_run("zoo_switch_gaps", tcase);
}
