#include "framework/lanes.h"

#include "test/support/runner.h"

/* Batches behind batches of the same lane. */

enum { WINDOW = 20, PLENTY = 1000, NOW = 1000 };

static struct weir_lanes lanes;
static struct weir_batch_limits limits;
static weir_time due;

static void set_up(void)
{
    limits = (struct weir_batch_limits){.records = PLENTY, .bytes = PLENTY};
}

static void tear_down(void)
{
    weir_lanes_fini(&lanes);
}

static void open_lane(void)
{
    ck_assert_int_eq(weir_lanes_init(&lanes, 1, true, WINDOW), WEIR_OK);
}

static void push(uint64_t seq)
{
    weir_lanes_push_back(&lanes, 0, seq, 10, NOW);
}

static void cut_first(uint64_t *seqs)
{
    struct weir_batch_limits left = limits;

    ck_assert_uint_eq(weir_lanes_pick(&lanes, &limits, NOW, &due), 0);
    (void)weir_lanes_cut(&lanes, 0, &left, seqs);
}

static bool may_follow(weir_time now)
{
    return weir_lanes_may_follow(&lanes, 0, &limits, now);
}

static uint32_t cut_behind(uint64_t *seqs)
{
    struct weir_batch_limits left = limits;

    return weir_lanes_cut(&lanes, 0, &left, seqs);
}

START_TEST(a_batch_goes_behind_another_of_its_lane)
{
    uint64_t seqs[PLENTY];

    limits.records = 2;
    open_lane();
    for (uint64_t seq = 0; seq < 5; seq++) {
        push(seq);
    }
    cut_first(seqs);
    ck_assert(may_follow(NOW));
    ck_assert_uint_eq(cut_behind(seqs), 2);
    ck_assert_uint_eq(seqs[0], 2);
    ck_assert_uint_eq(seqs[1], 3);
    weir_lanes_return(&lanes, 0, 2);
    ck_assert_uint_eq(weir_lanes_pick(&lanes, &limits, NOW, &due), WEIR_LANE_NONE);
    weir_lanes_return(&lanes, 0, 2); /* the second one */
    cut_first(seqs);
    ck_assert_uint_eq(seqs[0], 4);
}
END_TEST

START_TEST(nothing_goes_behind_before_it_is_worth_a_batch)
{
    uint64_t seqs[PLENTY];

    limits.records = 2;
    limits.linger_ns = 50;
    open_lane();
    push(0);
    push(1);
    push(2);
    cut_first(seqs);
    ck_assert(!may_follow(NOW + 49));
    ck_assert(may_follow(NOW + 50));
    push(3);
    ck_assert(may_follow(NOW));
}
END_TEST

START_TEST(nothing_goes_behind_what_blocks_the_lane_or_when_nothing_is_there)
{
    uint64_t seqs[PLENTY];

    limits.records = 1;
    open_lane();
    push(0);
    cut_first(seqs);
    ck_assert(!may_follow(NOW));
    push(1);
    weir_lanes_block(&lanes, 0);
    ck_assert(!may_follow(NOW));
}
END_TEST

START_TEST(records_are_taken_one_by_one_whatever_is_out)
{
    uint64_t seqs[PLENTY];

    ck_assert_int_eq(weir_lanes_init(&lanes, 2, true, WINDOW), WEIR_OK);
    for (uint64_t seq = 0; seq < 4; seq++) {
        weir_lanes_push_back(&lanes, (uint32_t)(seq % 2), seq, 10, NOW);
    }
    weir_lanes_take(&lanes, 0, 0);
    weir_lanes_take(&lanes, 1, 1);
    weir_lanes_take(&lanes, 0, 2); /* while 0 is out */
    weir_lanes_return(&lanes, 0, 1);
    ck_assert_uint_eq(weir_lanes_pick(&lanes, &limits, NOW, &due), WEIR_LANE_NONE);
    weir_lanes_push_front(&lanes, 0, 2);
    weir_lanes_return(&lanes, 0, 1);
    cut_first(seqs);
    ck_assert_uint_eq(seqs[0], 2);
    weir_lanes_return(&lanes, 1, 1);
    ck_assert_uint_eq(weir_lanes_pick(&lanes, &limits, NOW, &due), 1);
    ck_assert_uint_eq(lanes.lanes[1].bytes, 10);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("lanes_follow");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_batch_goes_behind_another_of_its_lane);
    tcase_add_test(tcase, nothing_goes_behind_before_it_is_worth_a_batch);
    tcase_add_test(tcase, nothing_goes_behind_what_blocks_the_lane_or_when_nothing_is_there);
    tcase_add_test(tcase, records_are_taken_one_by_one_whatever_is_out);
    return runner_run("lanes_follow", tcase);
}
