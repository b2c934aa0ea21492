#include "framework/base/memory.h"
#include "test/support/runner.h"
#include "test/support/troupe.h"

/* Is a member without memory for a moment a member again? */

/* Two members, one of them late: the nth allocation fails, whichever that is, and all is well in
 * the end. Returns how many there were. */
static uint64_t live_without(uint64_t nth)
{
    troupe_open(7);
    troupe_topic(3);
    troupe_start(0);
    troupe_start(1);
    weir_memory_fail_nth(nth);
    (void)troupe_await_settled(60000);
    troupe_grow(0, 4);
    troupe_run_ms(3000);
    (void)troupe_await_settled(60000);
    troupe_leave(0);
    troupe_run_ms(3000);
    uint64_t count = weir_memory_count();
    weir_memory_fail_nth(0);
    (void)troupe_await_settled(60000);
    uint32_t active = troupe_active(1);
    troupe_close();
    ck_assert_msg(troupe.broken[0] == '\0', "allocation %llu: %s", (unsigned long long)nth,
                  troupe.broken);
    ck_assert_uint_eq(active, 4);
    return count;
}

START_TEST(memory_that_is_missing_once_costs_time_and_nothing_else)
{
    uint64_t count = live_without(UINT64_MAX);

    ck_assert_uint_gt(count, 100);
    for (uint64_t nth = 1; nth <= count; nth++) {
        (void)live_without(nth);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("memory");

    tcase_add_test(tcase, memory_that_is_missing_once_costs_time_and_nothing_else);
    return runner_run("members, memory", tcase);
}
