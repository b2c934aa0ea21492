#include "framework/base/memory.h"

#include "test/support/runner.h"
#include <string.h>

static void leave_off(void)
{
    weir_memory_fail_nth(0);
}

START_TEST(the_nth_allocation_fails_once)
{
    weir_memory_fail_nth(2);
    void *first = weir_malloc(1);
    void *second = weir_malloc(1);
    void *third = weir_malloc(1);

    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(third);
    weir_free(first);
    weir_free(third);
}
END_TEST

START_TEST(every_kind_of_allocation_can_fail)
{
    void *kept = weir_malloc(4);

    weir_memory_fail_nth(1);
    ck_assert_ptr_null(weir_malloc(1));
    weir_memory_fail_nth(1);
    ck_assert_ptr_null(weir_calloc(1, 1));
    weir_memory_fail_nth(1);
    ck_assert_ptr_null(weir_strdup("x"));
    weir_memory_fail_nth(1);
    ck_assert_ptr_null(weir_realloc(kept, 8));
    memset(kept, 7, 4); /* a realloc that failed leaves the old memory alone */
    weir_free(kept);
}
END_TEST

START_TEST(nothing_fails_while_the_hook_is_off)
{
    weir_memory_fail_nth(1);
    weir_memory_fail_nth(0);
    for (int i = 0; i < 100; i++) {
        void *memory = weir_malloc(1);
        ck_assert_ptr_nonnull(memory);
        weir_free(memory);
    }
}
END_TEST

START_TEST(allocations_are_counted_while_the_hook_is_on)
{
    weir_memory_fail_nth(UINT64_MAX);
    weir_free(weir_malloc(1));
    weir_free(weir_calloc(1, 1));
    weir_free(weir_strdup(""));
    ck_assert_uint_eq(weir_memory_count(), 3);
    ck_assert_uint_eq(weir_memory_count(), 0);
}
END_TEST

START_TEST(memory_is_what_its_name_says)
{
    static const unsigned char zeros[64];
    unsigned char *zeroed = weir_calloc(8, 8);
    char *copy = weir_strdup("weir");

    ck_assert_mem_eq(zeroed, zeros, sizeof zeros);
    ck_assert_str_eq(copy, "weir");
    copy = weir_realloc(copy, 100);
    ck_assert_str_eq(copy, "weir");
    weir_free(zeroed);
    weir_free(copy);
    weir_free(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("memory");

    tcase_add_checked_fixture(tcase, NULL, leave_off);
    tcase_add_test(tcase, the_nth_allocation_fails_once);
    tcase_add_test(tcase, every_kind_of_allocation_can_fail);
    tcase_add_test(tcase, nothing_fails_while_the_hook_is_off);
    tcase_add_test(tcase, allocations_are_counted_while_the_hook_is_on);
    tcase_add_test(tcase, memory_is_what_its_name_says);
    return runner_run("memory", tcase);
}
