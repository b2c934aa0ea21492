#include "test/support/runner.h"
#include "test/support/troupe_test.h"
#include <stdio.h>

/* What a rebalance costs in requests, by docs/decisions/0009; of one topic, of 12 partitions. */
enum { PARTITIONS = 12, REST_MS = 1000 };

static void set_up(void)
{
    troupe_open(7);
    troupe_topic(PARTITIONS);
}

static void rest(void)
{
    troupe_run_ms(REST_MS);
    (void)troupe_settle();
}

static uint64_t cost_since(uint64_t before)
{
    rest();
    return sim_zoo_requests() - before;
}

/* To the last request, so that nobody adds one unnoticed. */
START_TEST(coming_and_going_cost_what_is_written)
{
    unsigned last = (unsigned)_i; /* who comes and goes */
    uint64_t n = last + 1;

    troupe_start_many(0, last);
    ck_assert_uint_eq(cost_since(0), last * last + 20 * last + (uint64_t)3 * PARTITIONS);
    uint64_t before = sim_zoo_requests();
    troupe_start(last);
    uint64_t cost = cost_since(before);
    uint64_t moved = troupe_active(last);
    ck_assert_uint_gt(moved, 0);
    ck_assert_uint_eq(cost, 5 * n + 6 * moved + 15);
    before = sim_zoo_requests();
    troupe_leave(last);
    ck_assert_uint_le(cost_since(before), 4 * n + 6 * moved);
}
END_TEST

START_TEST(a_death_costs_what_is_written)
{
    troupe_start_many(0, 4);
    rest();
    uint64_t moved = troupe_active(3);
    uint64_t before = sim_zoo_requests();
    troupe_crash(3);
    troupe_run_ms(SIM_ZOO_TIMEOUT_MS);
    ck_assert_uint_le(cost_since(before), (uint64_t)4 * 3 + 5 * moved);
    ck_assert_uint_eq(troupe_active(0), 4);
}
END_TEST

/* A round trip of 10 ms each way: partitions do not queue for each other's. */
START_TEST(claims_are_under_way_side_by_side)
{
    enum { LATENCY_US = 10000, MANY = TROUPE_PARTITIONS };
    int64_t took_ms[2];

    for (uint32_t i = 0; i < 2; i++) {
        troupe_close();
        troupe_open(7);
        sim_zoo_latency_us(LATENCY_US, LATENCY_US);
        troupe_topic(i == 0 ? 1 : MANY);
        troupe_start(0);
        took_ms[i] = troupe_settle();
    }
    printf("note: 1 partition after %lld ms, %d after %lld ms\n", (long long)took_ms[0], MANY,
           (long long)took_ms[1]);
    ck_assert_int_lt(took_ms[1] - took_ms[0], 2 * 2 * LATENCY_US / 1000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("members_cost");

    tcase_add_checked_fixture(tcase, set_up, troupe_finish);
    tcase_add_loop_test(tcase, coming_and_going_cost_what_is_written, 1, TROUPE_MEMBERS);
    tcase_add_test(tcase, a_death_costs_what_is_written);
    tcase_add_test(tcase, claims_are_under_way_side_by_side);
    return runner_run("members_cost", tcase);
}
