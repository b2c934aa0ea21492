#include "framework/task.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include <string.h>

enum { BATCH_MAX = 10000 }; /* of weir.batch.size */

static struct weir_task_stock stock;

static void set_up(void)
{
    memset(&stock, 0, sizeof stock);
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    weir_task_stock_fini(&stock);
}

static struct weir_task *taken(uint32_t count)
{
    struct weir_task *task = weir_task_take(&stock, count);

    ck_assert_ptr_nonnull(task);
    return task;
}

static const uint32_t counts[] = {1, 2, 3, 4, 5, 500, 512, 513, 8192, 8193, BATCH_MAX, 16384};
enum { COUNTS = sizeof counts / sizeof counts[0] };

START_TEST(a_task_has_room_for_its_batch)
{
    struct weir_task *task = taken(counts[_i]);

    for (uint32_t i = 0; i < counts[_i]; i++) { /* the address sanitizer watches */
        task->entries[i] = (struct weir_entry){.offset = i};
    }
    ck_assert_ptr_null(task->next);
    ck_assert(!task->letter.queued);
    weir_task_give(&stock, task);
}
END_TEST

START_TEST(a_given_task_is_taken_again_without_an_allocation)
{
    struct weir_task *task = taken(5);

    weir_task_give(&stock, task);
    weir_memory_fail_nth(UINT64_MAX);
    ck_assert_ptr_eq(weir_task_take(&stock, 8), task); /* both fit in eight entries */
    ck_assert_uint_eq(weir_memory_count(), 0);
    weir_task_give(&stock, task);
}
END_TEST

START_TEST(a_smaller_task_is_not_given_for_a_larger_batch)
{
    struct weir_task *small = taken(4);

    weir_task_give(&stock, small);
    struct weir_task *large = taken(5);
    ck_assert_ptr_ne(large, small);
    weir_task_give(&stock, large);
}
END_TEST

START_TEST(a_used_letter_is_fresh_again)
{
    struct weir_task *task = taken(1);

    task->letter.value = 7;
    task->letter.kind = 3;
    weir_task_give(&stock, task);
    task = taken(1);
    ck_assert_int_eq(task->letter.value, 0);
    ck_assert_int_eq(task->letter.kind, 0);
    ck_assert_ptr_null(task->next);
    weir_task_give(&stock, task);
}
END_TEST

START_TEST(tasks_that_are_out_are_apart)
{
    struct weir_task *tasks[20];

    for (uint32_t i = 0; i < 20; i++) {
        tasks[i] = taken(3);
        for (uint32_t other = 0; other < i; other++) {
            ck_assert_ptr_ne(tasks[i], tasks[other]);
        }
    }
    for (uint32_t i = 0; i < 20; i++) {
        weir_task_give(&stock, tasks[i]);
    }
}
END_TEST

START_TEST(out_of_memory_gives_no_task_and_harms_none)
{
    struct weir_task *task = taken(1);

    weir_task_give(&stock, task);
    weir_memory_fail_nth(1);
    ck_assert_ptr_null(weir_task_take(&stock, 2));
    weir_memory_fail_nth(1);
    ck_assert_ptr_eq(weir_task_take(&stock, 1), task);
    weir_task_give(&stock, task);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("task");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_task_has_room_for_its_batch, 0, COUNTS);
    tcase_add_test(tcase, a_given_task_is_taken_again_without_an_allocation);
    tcase_add_test(tcase, a_smaller_task_is_not_given_for_a_larger_batch);
    tcase_add_test(tcase, a_used_letter_is_fresh_again);
    tcase_add_test(tcase, tasks_that_are_out_are_apart);
    tcase_add_test(tcase, out_of_memory_gives_no_task_and_harms_none);
    return runner_run("task", tcase);
}
