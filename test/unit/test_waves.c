#include "framework/waves.h"

#include "framework/base/random.h"
#include "test/support/runner.h"

#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

enum { SPREAD_MS = 1600, STEP_MS = SPREAD_MS / WEIR_WAVES_STEPS, MANY = 128, SIZE = 16, BUNCH = 8 };

static struct weir_waves waves;
static size_t waiting;

static void wait_for(size_t count)
{
    weir_waves_reset(&waves);
    waiting = count;
}

static size_t begin(weir_time at)
{
    size_t count = weir_waves_begin(&waves, waiting, SPREAD_MS, at);

    ck_assert_uint_le(count, waiting);
    waiting -= count;
    return count;
}

static void claim(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        weir_waves_claimed(&waves);
    }
}

START_TEST(a_few_begin_at_once)
{
    wait_for(WEIR_WAVES_LEAST);
    ck_assert_uint_eq(begin(MS(5)), WEIR_WAVES_LEAST);
    ck_assert_int_eq(weir_waves_due(&waves), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(of_many_one_part_begins)
{
    wait_for(MANY);
    ck_assert_uint_eq(begin(MS(5)), SIZE);
    ck_assert_uint_eq(begin(MS(5)), 0);
    wait_for(WEIR_WAVES_LEAST + 1);
    ck_assert_uint_eq(begin(MS(5)), WEIR_WAVES_LEAST);
}
END_TEST

START_TEST(what_is_claimed_makes_room_by_the_bunch)
{
    wait_for(MANY);
    (void)begin(MS(5));
    claim(BUNCH - 1);
    ck_assert_uint_eq(begin(MS(6)), 0);
    claim(1);
    ck_assert_uint_eq(begin(MS(6)), BUNCH);
    claim(BUNCH + 3);
    ck_assert_uint_eq(begin(MS(7)), BUNCH + 3);
}
END_TEST

START_TEST(the_last_few_wait_for_no_bunch)
{
    wait_for(SIZE + 1);
    ck_assert_uint_eq(waiting, SIZE + 1);
    ck_assert_uint_eq(begin(MS(5)), WEIR_WAVES_LEAST);
    claim(WEIR_WAVES_LEAST);
    ck_assert_uint_eq(begin(MS(6)), WEIR_WAVES_LEAST);
    claim(1);
    ck_assert_uint_eq(begin(MS(7)), 1);
    ck_assert_uint_eq(waiting, 0);
}
END_TEST

START_TEST(where_nothing_is_claimed_time_lets_them_begin)
{
    wait_for(MANY);
    (void)begin(MS(5));
    ck_assert_int_eq(weir_waves_due(&waves), MS(5 + STEP_MS));
    ck_assert_uint_eq(begin(MS(5 + STEP_MS) - 1), 0);
    ck_assert_uint_eq(begin(MS(5 + STEP_MS)), BUNCH);
    ck_assert_int_eq(weir_waves_due(&waves), MS(5 + 2 * STEP_MS));
    ck_assert_uint_eq(begin(MS(5 + 4 * STEP_MS)), (size_t)3 * BUNCH);
    ck_assert_uint_eq(begin(MS(5 + SPREAD_MS)), MANY - SIZE - 4 * BUNCH);
    ck_assert_int_eq(weir_waves_due(&waves), WEIR_TIME_NEVER);
}
END_TEST

/* Else they would be added up, and nothing would bound what is under way. */
START_TEST(who_is_quicker_than_time_has_no_more_for_it)
{
    wait_for(MANY);
    (void)begin(MS(5));
    claim((size_t)2 * BUNCH);
    ck_assert_uint_eq(begin(MS(5 + 2 * STEP_MS)), (size_t)2 * BUNCH);
    ck_assert_uint_eq(begin(MS(5 + 2 * STEP_MS)), 0);
    ck_assert_int_eq(weir_waves_due(&waves), MS(5 + 3 * STEP_MS));
}
END_TEST

START_TEST(without_time_nothing_waits)
{
    wait_for(MANY);
    ck_assert_uint_eq(weir_waves_begin(&waves, MANY, 0, MS(5)), MANY);
    ck_assert_int_eq(weir_waves_due(&waves), WEIR_TIME_NEVER);
}
END_TEST

START_TEST(what_comes_late_begins_with_the_others)
{
    wait_for(MANY);
    (void)begin(MS(5));
    (void)begin(MS(5 + SPREAD_MS));
    waiting = 3;
    ck_assert_uint_eq(begin(MS(6 + SPREAD_MS)), 3);
}
END_TEST

/* A few are held, and of the others it is not known yet where to begin. */
START_TEST(a_wave_is_a_part_of_those_too_that_come_later)
{
    wait_for(5);
    ck_assert_uint_eq(begin(MS(5)), 5);
    waiting = MANY - 5;
    ck_assert_uint_eq(begin(MS(6)), SIZE - 5);
    claim(BUNCH);
    ck_assert_uint_eq(begin(MS(7)), BUNCH);
    ck_assert_int_eq(weir_waves_due(&waves), MS(5 + 2 * STEP_MS));
    (void)begin(MS(5 + SPREAD_MS));
    ck_assert_uint_eq(waiting, 0);
}
END_TEST

/* Else all that was not begun in a pause would begin at its end. */
START_TEST(after_a_pause_there_is_all_the_time_again)
{
    wait_for(MANY);
    (void)begin(MS(5));
    weir_waves_pause(&waves);
    claim(2);
    ck_assert_int_eq(weir_waves_due(&waves), WEIR_TIME_NEVER);
    ck_assert(weir_waves_count(&waves));
    weir_time again = MS(5 + 2 * SPREAD_MS);
    ck_assert_uint_eq(begin(again), 0);
    claim(BUNCH);
    ck_assert_uint_eq(begin(again + 1), BUNCH + 2);
    ck_assert_int_eq(weir_waves_due(&waves), again + 2 * MS(STEP_MS));
    (void)begin(again + MS(SPREAD_MS));
    ck_assert_uint_eq(waiting, 0);
    ck_assert(!weir_waves_count(&waves));
}
END_TEST

START_TEST(who_claims_more_than_began_is_not_counted)
{
    wait_for(MANY);
    ck_assert_int_eq(weir_waves_due(&waves), WEIR_TIME_NEVER);
    ck_assert(!weir_waves_count(&waves));
    claim(1);
    (void)begin(MS(5));
    claim(MANY);
    ck_assert_uint_eq(waves.claimed, SIZE);
    ck_assert_uint_eq(begin(MS(6)), SIZE);
}
END_TEST

/* Whatever is claimed and when: no more are under way than may be, and all begin in time. */
START_TEST(a_walk_is_bounded_and_comes_to_an_end)
{
    struct weir_random random = {(uint64_t)_i};
    weir_time now = MS(5);
    uint64_t pace = weir_random_below(&random, 20);

    wait_for(1 + weir_random_below(&random, 1000));
    size_t all = waiting;
    for (unsigned turns = 0; waiting > 0; turns++) {
        (void)begin(now);
        size_t steps = (size_t)((now - MS(5)) / MS(STEP_MS));
        size_t by_time = waves.size + steps * ((waves.size + 1) / 2);
        size_t under_way = waves.begun - waves.claimed;
        ck_assert(under_way <= waves.size || waves.begun <= by_time);
        ck_assert(waiting == 0 || now < MS(5 + SPREAD_MS));
        ck_assert(waiting == 0 || weir_waves_due(&waves) > now);
        claim(under_way == 0 ? 0 : weir_random_below(&random, pace + 1));
        now += (weir_time)weir_random_below(&random, MS(50));
        ck_assert_uint_lt(turns, 10000);
    }
    ck_assert_uint_eq(waves.begun, all);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("waves");

    tcase_add_test(tcase, a_few_begin_at_once);
    tcase_add_test(tcase, of_many_one_part_begins);
    tcase_add_test(tcase, what_is_claimed_makes_room_by_the_bunch);
    tcase_add_test(tcase, the_last_few_wait_for_no_bunch);
    tcase_add_test(tcase, where_nothing_is_claimed_time_lets_them_begin);
    tcase_add_test(tcase, who_is_quicker_than_time_has_no_more_for_it);
    tcase_add_test(tcase, without_time_nothing_waits);
    tcase_add_test(tcase, what_comes_late_begins_with_the_others);
    tcase_add_test(tcase, a_wave_is_a_part_of_those_too_that_come_later);
    tcase_add_test(tcase, after_a_pause_there_is_all_the_time_again);
    tcase_add_test(tcase, who_claims_more_than_began_is_not_counted);
    tcase_add_loop_test(tcase, a_walk_is_bounded_and_comes_to_an_end, 1, 201);
    return runner_run("waves", tcase);
}
