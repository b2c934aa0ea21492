#include "framework/base/random.h"

#include "test/support/runner.h"

/* First outputs of the reference implementation (Vigna, splitmix64.c) for seed 1234567. */
START_TEST(numbers_are_those_of_the_reference)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
    struct weir_random random = {1234567};

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        ck_assert_uint_eq(weir_random_next(&random), expected[i]);
    }
}
END_TEST

START_TEST(seed_zero_is_as_good_as_any)
{
    struct weir_random random = {0};

    ck_assert_uint_eq(weir_random_next(&random), UINT64_C(16294208416658607535));
    ck_assert_uint_eq(weir_random_next(&random), UINT64_C(7960286522194355700));
}
END_TEST

START_TEST(numbers_stay_below_the_bound_and_reach_all_of_it)
{
    enum { BOUND = 7 };
    struct weir_random random = {99};
    uint32_t seen[BOUND] = {0};

    for (int i = 0; i < BOUND * 1000; i++) {
        uint64_t number = weir_random_below(&random, BOUND);
        ck_assert_uint_lt(number, BOUND);
        seen[number]++;
    }
    for (int i = 0; i < BOUND; i++) {
        ck_assert_uint_ge(seen[i], 800);
        ck_assert_uint_le(seen[i], 1200);
    }
}
END_TEST

START_TEST(a_bound_of_one_is_always_zero)
{
    struct weir_random random = {3};

    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(weir_random_below(&random, 1), 0);
    }
}
END_TEST

START_TEST(the_greatest_bound_is_allowed)
{
    struct weir_random random = {3};

    for (int i = 0; i < 100; i++) {
        ck_assert_uint_lt(weir_random_below(&random, UINT64_MAX), UINT64_MAX);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("random");

    tcase_add_test(tcase, numbers_are_those_of_the_reference);
    tcase_add_test(tcase, seed_zero_is_as_good_as_any);
    tcase_add_test(tcase, numbers_stay_below_the_bound_and_reach_all_of_it);
    tcase_add_test(tcase, a_bound_of_one_is_always_zero);
    tcase_add_test(tcase, the_greatest_bound_is_allowed);
    return runner_run("random", tcase);
}
