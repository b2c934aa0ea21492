#include "emitters/histogram.h"

#include "framework/base/random.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define US(n) ((weir_time)(n)*WEIR_NS_PER_US)
#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)
#define HOUR  ((weir_time)3600 * 1000 * WEIR_NS_PER_MS)

enum { VALUES_MAX = 2000, SEEDS = 200, PARTS = 3 };

static const double shares[] = {0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1};

static struct weir_histogram_part parts[PARTS];
static struct weir_distribution read;

static void set_up(void)
{
    memset(parts, 0, sizeof parts);
    memset(&read, 0, sizeof read);
    for (int i = 0; i < PARTS; i++) {
        weir_histogram_part_init(&parts[i]);
    }
}

static weir_time quantile(double share)
{
    return weir_distribution_quantile(&read, share);
}

/* What the header promises of a quantile. */
static void expect_close(weir_time told, weir_time exact)
{
    weir_time slack = exact / 31 > 32 ? exact / 31 : 32;

    ck_assert_int_le(llabs(told - exact), slack);
}

START_TEST(nothing_measured_is_nothing_told)
{
    weir_distribution_add(&read, &parts[0]);
    ck_assert_uint_eq(read.count, 0);
    ck_assert_int_eq(read.min_ns, 0);
    ck_assert_int_eq(read.max_ns, 0);
    ck_assert_int_eq(quantile(0.5), 0);
}
END_TEST

START_TEST(one_duration_is_every_quantile_exactly)
{
    weir_histogram_part_add(&parts[0], 123456789, 1);
    weir_distribution_add(&read, &parts[0]);
    ck_assert_int_eq(quantile(0), 123456789);
    ck_assert_int_eq(quantile(0.5), 123456789);
    ck_assert_int_eq(quantile(1), 123456789);
}
END_TEST

START_TEST(a_weight_counts_as_often)
{
    weir_histogram_part_add(&parts[0], MS(1), 99);
    weir_histogram_part_add(&parts[0], MS(50), 1);
    weir_histogram_part_add(&parts[0], MS(90), 0);
    weir_distribution_add(&read, &parts[0]);
    ck_assert_uint_eq(read.count, 100);
    ck_assert_double_eq(read.sum_ns, (double)MS(149));
    ck_assert_int_eq(read.max_ns, MS(50));
    expect_close(quantile(0.99), MS(1));
    expect_close(quantile(0.991), MS(50));
}
END_TEST

START_TEST(what_is_negative_counts_as_nothing)
{
    weir_histogram_part_add(&parts[0], -5, 2);
    weir_distribution_add(&read, &parts[0]);
    ck_assert_uint_eq(read.count, 2);
    ck_assert_double_eq(read.sum_ns, 0);
    ck_assert_int_eq(read.min_ns, 0);
    ck_assert_int_eq(read.max_ns, 0);
}
END_TEST

START_TEST(what_is_longer_than_all_buckets_is_told_as_the_greatest)
{
    weir_histogram_part_add(&parts[0], 50 * HOUR, 1);
    weir_histogram_part_add(&parts[0], INT64_MAX - 1, 1);
    weir_distribution_add(&read, &parts[0]);
    ck_assert_int_eq(read.min_ns, 50 * HOUR);
    ck_assert_int_eq(quantile(0.5), INT64_MAX - 1);
}
END_TEST

START_TEST(from_a_microsecond_to_an_hour_no_duration_is_far_from_its_quantile)
{
    for (weir_time at = US(1); at <= HOUR; at += at / 300 + 1) {
        set_up();
        weir_histogram_part_add(&parts[0], at, 2);
        /* Neighbours so that the least and the greatest do not help. */
        weir_histogram_part_add(&parts[0], 0, 1);
        weir_histogram_part_add(&parts[0], 2 * HOUR, 1);
        weir_distribution_add(&read, &parts[0]);
        expect_close(quantile(0.5), at);
    }
}
END_TEST

/* Random durations, kept one by one as well. */

static int compare(const void *left, const void *right)
{
    weir_time a = *(const weir_time *)left;
    weir_time b = *(const weir_time *)right;

    return (a > b) - (a < b);
}

static weir_time random_duration(struct weir_random *random)
{
    uint64_t bits = 1 + weir_random_below(random, 41); /* up to 2^41 ns, 36 minutes */

    return (weir_time)weir_random_below(random, UINT64_C(1) << bits);
}

struct exact {
    weir_time values[VALUES_MAX];
    size_t count;
    double sum;
};

/* Each goes into one part or another, some of them several times. */
static void measure(struct exact *exact, struct weir_random *random)
{
    size_t wanted = 1 + weir_random_below(random, VALUES_MAX);

    *exact = (struct exact){.count = 0};
    while (exact->count < wanted) {
        weir_time value = random_duration(random);
        uint64_t weight = 1 + weir_random_below(random, wanted - exact->count) % 5;
        weir_histogram_part_add(&parts[weir_random_below(random, PARTS)], value, weight);
        for (uint64_t i = 0; i < weight; i++) {
            exact->values[exact->count++] = value;
            exact->sum += (double)value;
        }
    }
    qsort(exact->values, exact->count, sizeof exact->values[0], compare);
}

static void expect_exact(const struct exact *exact)
{
    ck_assert_uint_eq(read.count, exact->count);
    ck_assert_double_eq_tol(read.sum_ns, exact->sum, exact->sum * 1e-9);
    ck_assert_int_eq(read.min_ns, exact->values[0]);
    ck_assert_int_eq(read.max_ns, exact->values[exact->count - 1]);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        size_t rank = (size_t)ceil(shares[i] * (double)exact->count);
        expect_close(quantile(shares[i]), exact->values[rank > 0 ? rank - 1 : 0]);
    }
}

START_TEST(parts_add_up_to_what_exact_bookkeeping_says)
{
    static struct exact exact;

    for (uint64_t i = 0; i < seeds_count(SEEDS); i++) {
        struct weir_random random = {seeds_first() + i};
        seeds_begin(seeds_first() + i);
        set_up();
        measure(&exact, &random);
        for (int part = 0; part < PARTS; part++) {
            weir_distribution_add(&read, &parts[part]);
        }
        expect_exact(&exact);
    }
}
END_TEST

START_TEST(the_order_of_adding_parts_does_not_matter)
{
    static struct weir_distribution backwards;
    static struct exact exact;
    struct weir_random random = {7};

    measure(&exact, &random);
    for (int part = 0; part < PARTS; part++) {
        weir_distribution_add(&read, &parts[part]);
        weir_distribution_add(&backwards, &parts[PARTS - 1 - part]);
    }
    ck_assert_mem_eq(&read, &backwards, sizeof read);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("histogram");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nothing_measured_is_nothing_told);
    tcase_add_test(tcase, one_duration_is_every_quantile_exactly);
    tcase_add_test(tcase, a_weight_counts_as_often);
    tcase_add_test(tcase, what_is_negative_counts_as_nothing);
    tcase_add_test(tcase, what_is_longer_than_all_buckets_is_told_as_the_greatest);
    tcase_add_test(tcase, from_a_microsecond_to_an_hour_no_duration_is_far_from_its_quantile);
    tcase_add_test(tcase, parts_add_up_to_what_exact_bookkeeping_says);
    tcase_add_test(tcase, the_order_of_adding_parts_does_not_matter);
    return runner_run("histogram", tcase);
}
