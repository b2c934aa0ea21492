#include "framework/lanes.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"

enum { WINDOW = 20, PLENTY = 1000, NOW = 1000 };

static struct weir_lanes lanes;
static struct weir_batch_limits limits; /* of a test; generous unless it says otherwise */
static weir_time due;

static void set_up(void)
{
    limits = (struct weir_batch_limits){.records = PLENTY, .bytes = PLENTY};
}

static void tear_down(void)
{
    weir_lanes_fini(&lanes);
}

static void open_lanes(uint32_t count, bool exclusive)
{
    ck_assert_int_eq(weir_lanes_init(&lanes, count, exclusive, WINDOW), WEIR_OK);
}

static void push(uint32_t lane, uint64_t seq)
{
    weir_lanes_push_back(&lanes, lane, seq, 10, NOW);
}

static uint32_t pick_at(weir_time now)
{
    return weir_lanes_pick(&lanes, &limits, now, &due);
}

static void nothing_at(weir_time now, weir_time expected_due)
{
    ck_assert_uint_eq(pick_at(now), WEIR_LANE_NONE);
    ck_assert_int_eq(due, expected_due);
}

static void nothing_to_pick(void)
{
    nothing_at(NOW, WEIR_TIME_NEVER);
}

/* Picks the lane and cuts the tickets first..last from it. */
static void cut(uint32_t lane, uint64_t first, uint64_t last)
{
    uint64_t seqs[PLENTY];

    ck_assert_uint_eq(pick_at(NOW), lane);
    struct weir_batch_limits left = limits;
    uint32_t count = weir_lanes_cut(&lanes, lane, &left, seqs);
    ck_assert_uint_eq(count, last - first + 1);
    for (uint32_t i = 0; i < count; i++) {
        ck_assert_uint_eq(seqs[i], first + i);
    }
}

START_TEST(empty_lanes_have_nothing_to_pick)
{
    open_lanes(3, true);
    nothing_to_pick();
}
END_TEST

START_TEST(without_linger_whatever_is_there_is_cut_at_once)
{
    open_lanes(1, true);
    push(0, 0);
    push(0, 1);
    cut(0, 0, 1);
    nothing_to_pick();
}
END_TEST

START_TEST(a_batch_has_no_more_records_than_asked)
{
    limits.records = 2;
    open_lanes(1, false);
    for (uint64_t seq = 0; seq < 5; seq++) {
        push(0, seq);
    }
    cut(0, 0, 1);
    cut(0, 2, 3);
    cut(0, 4, 4);
}
END_TEST

START_TEST(a_batch_has_no_more_bytes_than_asked)
{
    limits.bytes = 29;
    open_lanes(1, false);
    for (uint64_t seq = 0; seq < 5; seq++) {
        push(0, seq); /* ten bytes each */
    }
    cut(0, 0, 1);
    limits.bytes = 30;
    cut(0, 2, 4);
}
END_TEST

START_TEST(a_record_larger_than_a_batch_goes_alone)
{
    limits.bytes = 15;
    open_lanes(1, false);
    push(0, 0);
    weir_lanes_push_back(&lanes, 0, 1, UINT32_MAX, NOW);
    push(0, 2);
    cut(0, 0, 0);
    cut(0, 1, 1);
    cut(0, 2, 2);
}
END_TEST

START_TEST(records_wait_for_company_until_the_oldest_lingered_enough)
{
    limits.linger_ns = 50;
    open_lanes(1, true);
    weir_lanes_push_back(&lanes, 0, 0, 10, NOW - 20);
    weir_lanes_push_back(&lanes, 0, 1, 10, NOW - 10);
    nothing_at(NOW, NOW + 30);
    nothing_at(NOW + 29, NOW + 30);
    ck_assert_uint_eq(pick_at(NOW + 30), 0);
}
END_TEST

START_TEST(a_full_batch_does_not_linger)
{
    limits.linger_ns = 50;
    limits.records = 3;
    open_lanes(1, true);
    push(0, 0);
    push(0, 1);
    nothing_at(NOW, NOW + 50);
    push(0, 2);
    cut(0, 0, 2);
}
END_TEST

START_TEST(a_heavy_batch_does_not_linger)
{
    limits.linger_ns = 50;
    limits.bytes = 20;
    open_lanes(1, true);
    push(0, 0);
    nothing_at(NOW, NOW + 50);
    push(0, 1);
    cut(0, 0, 1);
}
END_TEST

START_TEST(bytes_that_are_out_do_not_count_for_the_next_batch)
{
    limits.linger_ns = 50;
    limits.bytes = 20;
    open_lanes(1, false);
    push(0, 0);
    push(0, 1);
    cut(0, 0, 1);
    push(0, 2);
    nothing_at(NOW, NOW + 50);
}
END_TEST

START_TEST(the_time_named_is_that_of_the_lane_that_is_due_first)
{
    limits.linger_ns = 100;
    open_lanes(3, true);
    weir_lanes_push_back(&lanes, 0, 0, 10, NOW - 10);
    weir_lanes_push_back(&lanes, 1, 1, 10, NOW - 60);
    weir_lanes_push_back(&lanes, 2, 2, 10, NOW - 30);
    nothing_at(NOW, NOW + 40);
    ck_assert_uint_eq(pick_at(NOW + 40), 1);
}
END_TEST

START_TEST(an_exclusive_lane_has_one_batch_out)
{
    limits.records = 1;
    open_lanes(2, true);
    push(0, 0);
    push(0, 1);
    push(1, 2);
    cut(0, 0, 0);
    cut(1, 2, 2);
    nothing_to_pick();
    weir_lanes_return(&lanes, 0, 1);
    cut(0, 1, 1);
    push(0, 3);
    nothing_to_pick();
    weir_lanes_return(&lanes, 1, 1);
    nothing_to_pick();
    weir_lanes_return(&lanes, 0, 1);
    cut(0, 3, 3);
}
END_TEST

START_TEST(a_lane_that_is_not_exclusive_has_as_many_as_there_are)
{
    limits.records = 1;
    open_lanes(1, false);
    push(0, 0);
    push(0, 1);
    cut(0, 0, 0);
    cut(0, 1, 1);
    weir_lanes_return(&lanes, 0, 1);
    push(0, 2);
    cut(0, 2, 2);
}
END_TEST

START_TEST(lanes_take_turns)
{
    limits.records = 1;
    open_lanes(3, false);
    for (uint64_t seq = 0; seq < 9; seq++) {
        push((uint32_t)(seq / 3), seq); /* a long queue in each */
    }
    for (uint64_t round = 0; round < 3; round++) {
        cut(0, round, round);
        cut(1, round + 3, round + 3);
        cut(2, round + 6, round + 6);
    }
}
END_TEST

START_TEST(a_lane_that_lingers_does_not_hide_one_that_is_full)
{
    limits.linger_ns = 50;
    limits.records = 2;
    open_lanes(3, true);
    push(0, 0);
    push(1, 1);
    push(2, 2);
    push(1, 3);
    ck_assert_uint_eq(pick_at(NOW), 1);
    uint64_t seqs[2];
    struct weir_batch_limits left = limits;
    ck_assert_uint_eq(weir_lanes_cut(&lanes, 1, &left, seqs), 2);
    nothing_at(NOW, NOW + 50);
    ck_assert_uint_ne(pick_at(NOW + 50), WEIR_LANE_NONE);
}
END_TEST

/* Lane 0 has 0 and 3, lane 1 is blocked, lane 2 has 2 and 5; each record ten bytes. */
static void open_three(struct weir_batch_limits *left, uint64_t *seqs)
{
    open_lanes(3, true);
    for (uint64_t seq = 0; seq < 6; seq++) {
        push((uint32_t)(seq % 3), seq);
    }
    ck_assert_uint_eq(pick_at(NOW), 0);
    weir_lanes_block(&lanes, 1);
    *left = limits;
    ck_assert_uint_eq(weir_lanes_cut(&lanes, 0, left, seqs), 2);
    ck_assert_uint_eq(left->records, limits.records - 2);
    ck_assert_uint_eq(left->bytes, limits.bytes - 20);
}

START_TEST(a_batch_gathers_lanes_that_may_go)
{
    struct weir_batch_limits left;
    uint64_t seqs[4];

    open_three(&left, seqs);
    ck_assert_uint_eq(weir_lanes_cut_another(&lanes, &left, seqs + 2), 2);
    ck_assert_uint_eq(seqs[2], 2);
    ck_assert_uint_eq(seqs[3], 5);
    ck_assert_uint_eq(weir_lanes_cut_another(&lanes, &left, seqs), 0);
    nothing_to_pick();
    weir_lanes_return(&lanes, 2, 2);
    weir_lanes_push_back(&lanes, 2, 6, 10, NOW);
    cut(2, 6, 6);
}
END_TEST

START_TEST(a_batch_gathers_no_more_records_than_asked)
{
    struct weir_batch_limits left;
    uint64_t seqs[4];

    limits.records = 3;
    open_three(&left, seqs);
    ck_assert_uint_eq(weir_lanes_cut_another(&lanes, &left, seqs + 2), 1);
    ck_assert_uint_eq(seqs[2], 2);
    ck_assert_uint_eq(weir_lanes_cut_another(&lanes, &left, seqs), 0);
    weir_lanes_return(&lanes, 2, 1);
    cut(2, 5, 5);
}
END_TEST

START_TEST(a_batch_gathers_no_more_bytes_than_asked)
{
    struct weir_batch_limits left;
    uint64_t seqs[4];

    limits.bytes = 29;
    open_three(&left, seqs);
    ck_assert_uint_eq(weir_lanes_cut_another(&lanes, &left, seqs + 2), 0);
    ck_assert_uint_eq(pick_at(NOW), 2); /* it stands in line again */
}
END_TEST

START_TEST(a_lane_that_was_picked_in_vain_stands_in_line_again)
{
    open_lanes(2, true);
    push(0, 0);
    push(1, 1);
    ck_assert_uint_eq(pick_at(NOW), 0);
    weir_lanes_unpick(&lanes, 0);
    cut(1, 1, 1);
    cut(0, 0, 0);
    nothing_to_pick();
}
END_TEST

START_TEST(what_comes_back_goes_first)
{
    open_lanes(1, true);
    for (uint64_t seq = 0; seq < 3; seq++) {
        push(0, seq);
    }
    cut(0, 0, 2);
    push(0, 3);
    weir_lanes_push_front(&lanes, 0, 2);
    weir_lanes_push_front(&lanes, 0, 1);
    nothing_to_pick(); /* the batch is still out */
    weir_lanes_return(&lanes, 0, 3);
    cut(0, 1, 3);
}
END_TEST

START_TEST(what_comes_back_to_an_empty_lane_is_followed_by_what_comes_next)
{
    open_lanes(1, true);
    push(0, 0);
    cut(0, 0, 0);
    weir_lanes_push_front(&lanes, 0, 0);
    weir_lanes_return(&lanes, 0, 1);
    push(0, 1);
    push(0, 2);
    cut(0, 0, 2);
}
END_TEST

START_TEST(what_comes_back_keeps_its_size_and_age)
{
    limits.linger_ns = 100;
    limits.bytes = 40;
    open_lanes(1, true);
    weir_lanes_push_back(&lanes, 0, 0, 30, NOW - 100);
    cut(0, 0, 0);
    weir_lanes_push_front(&lanes, 0, 0);
    weir_lanes_return(&lanes, 0, 1);
    ck_assert_uint_eq(pick_at(NOW - 1), WEIR_LANE_NONE);
    ck_assert_int_eq(due, NOW);
    push(0, 1); /* thirty and ten make a batch */
    cut(0, 0, 1);
}
END_TEST

START_TEST(a_blocked_lane_stands_still_and_others_go)
{
    open_lanes(2, true);
    push(0, 0);
    push(1, 9);
    weir_lanes_block(&lanes, 0); /* while it stands in line */
    cut(1, 9, 9);
    nothing_to_pick();
    push(0, 1);
    nothing_to_pick();
    weir_lanes_unblock(&lanes, 0);
    cut(0, 0, 1);
}
END_TEST

START_TEST(a_lane_that_is_blocked_while_a_batch_is_out_waits_for_both)
{
    limits.records = 1;
    open_lanes(1, true);
    push(0, 0);
    push(0, 1);
    cut(0, 0, 0);
    weir_lanes_block(&lanes, 0);
    weir_lanes_push_front(&lanes, 0, 0);
    weir_lanes_return(&lanes, 0, 1);
    nothing_to_pick();
    weir_lanes_unblock(&lanes, 0);
    cut(0, 0, 0);
    weir_lanes_return(&lanes, 0, 1);
    cut(0, 1, 1);
}
END_TEST

START_TEST(a_lane_stands_in_line_once_whatever_happens_to_it)
{
    open_lanes(1, true);
    push(0, 0);
    weir_lanes_block(&lanes, 0);
    weir_lanes_unblock(&lanes, 0);
    weir_lanes_unblock(&lanes, 0);
    push(0, 1);
    cut(0, 0, 1);
    nothing_to_pick();
}
END_TEST

START_TEST(a_blocked_lane_names_no_time)
{
    limits.linger_ns = 50;
    open_lanes(1, true);
    push(0, 0);
    weir_lanes_block(&lanes, 0);
    nothing_to_pick();
}
END_TEST

START_TEST(tickets_may_wrap_the_ring_many_times)
{
    limits.records = 3;
    open_lanes(1, true);
    for (uint64_t first = 0; first < UINT64_C(12) * WINDOW; first += 3) {
        for (uint64_t seq = first; seq < first + 3; seq++) {
            push(0, seq);
        }
        cut(0, first, first + 2);
        weir_lanes_return(&lanes, 0, 3);
    }
}
END_TEST

START_TEST(a_lane_may_hold_a_whole_window)
{
    open_lanes(2, true);
    for (uint64_t seq = 100; seq < 100 + WINDOW; seq++) {
        push(1, seq);
    }
    cut(1, 100, 100 + WINDOW - 1);
}
END_TEST

START_TEST(every_failing_allocation_leaks_nothing)
{
    enum weir_status status = WEIR_ERR_NOMEM;
    uint64_t nth = 0;

    while (status != WEIR_OK) {
        weir_memory_fail_nth(++nth);
        status = weir_lanes_init(&lanes, 4, true, WINDOW);
        weir_memory_fail_nth(0);
        ck_assert(status == WEIR_OK || status == WEIR_ERR_NOMEM);
    }
    ck_assert_uint_gt(nth, 2);
}
END_TEST

int main(void)
{
    TCase *cutting = tcase_create("cutting");
    TCase *order = tcase_create("order");

    tcase_add_checked_fixture(cutting, set_up, tear_down);
    tcase_add_test(cutting, empty_lanes_have_nothing_to_pick);
    tcase_add_test(cutting, without_linger_whatever_is_there_is_cut_at_once);
    tcase_add_test(cutting, a_batch_has_no_more_records_than_asked);
    tcase_add_test(cutting, a_batch_has_no_more_bytes_than_asked);
    tcase_add_test(cutting, a_record_larger_than_a_batch_goes_alone);
    tcase_add_test(cutting, records_wait_for_company_until_the_oldest_lingered_enough);
    tcase_add_test(cutting, a_full_batch_does_not_linger);
    tcase_add_test(cutting, a_heavy_batch_does_not_linger);
    tcase_add_test(cutting, bytes_that_are_out_do_not_count_for_the_next_batch);
    tcase_add_test(cutting, the_time_named_is_that_of_the_lane_that_is_due_first);
    tcase_add_test(cutting, every_failing_allocation_leaks_nothing);
    tcase_add_checked_fixture(order, set_up, tear_down);
    tcase_add_test(order, an_exclusive_lane_has_one_batch_out);
    tcase_add_test(order, a_lane_that_is_not_exclusive_has_as_many_as_there_are);
    tcase_add_test(order, lanes_take_turns);
    tcase_add_test(order, a_lane_that_lingers_does_not_hide_one_that_is_full);
    tcase_add_test(order, a_batch_gathers_lanes_that_may_go);
    tcase_add_test(order, a_batch_gathers_no_more_records_than_asked);
    tcase_add_test(order, a_batch_gathers_no_more_bytes_than_asked);
    tcase_add_test(order, a_lane_that_was_picked_in_vain_stands_in_line_again);
    tcase_add_test(order, what_comes_back_goes_first);
    tcase_add_test(order, what_comes_back_to_an_empty_lane_is_followed_by_what_comes_next);
    tcase_add_test(order, what_comes_back_keeps_its_size_and_age);
    tcase_add_test(order, a_blocked_lane_stands_still_and_others_go);
    tcase_add_test(order, a_lane_that_is_blocked_while_a_batch_is_out_waits_for_both);
    tcase_add_test(order, a_lane_stands_in_line_once_whatever_happens_to_it);
    tcase_add_test(order, a_blocked_lane_names_no_time);
    tcase_add_test(order, tickets_may_wrap_the_ring_many_times);
    tcase_add_test(order, a_lane_may_hold_a_whole_window);
    return runner_run_two("lanes", cutting, order);
}
