#include "framework/sorter.h"

#include "framework/base/memory.h"
#include "framework/base/random.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"

enum { COUNT_MAX = 500 };

static struct weir_sorter sorter;

static void tear_down(void)
{
    weir_sorter_fini(&sorter);
}

static void open_sorter(uint32_t window)
{
    ck_assert_int_eq(weir_sorter_init(&sorter, window), WEIR_OK);
}

START_TEST(nothing_and_one_stay_as_they_are)
{
    uint64_t seq = UINT64_MAX;

    open_sorter(1);
    weir_sorter_sort(&sorter, &seq, 0);
    weir_sorter_sort(&sorter, &seq, 1);
    ck_assert_uint_eq(seq, UINT64_MAX);
}
END_TEST

START_TEST(the_lowest_comes_first)
{
    uint64_t seqs[] = {130, 67, 3, 64, 128, 63};
    const uint64_t sorted[] = {3, 63, 64, 67, 128, 130};

    open_sorter(200);
    weir_sorter_sort(&sorter, seqs, 6);
    for (int i = 0; i < 6; i++) {
        ck_assert_uint_eq(seqs[i], sorted[i]);
    }
}
END_TEST

/* Draws `count` different tickets of a window that begins anywhere, and shuffles them. */
static uint32_t draw(struct weir_random *random, uint32_t window, uint64_t *seqs)
{
    uint64_t first = weir_random_below(random, (uint64_t)window * 5);
    uint32_t count = 0;

    for (uint32_t i = 0; i < window && count < COUNT_MAX; i++) {
        if (weir_random_below(random, 3) > 0) {
            seqs[count++] = first + i;
        }
    }
    for (uint32_t i = count; i > 1; i--) {
        uint64_t j = weir_random_below(random, i);
        uint64_t swapped = seqs[i - 1];
        seqs[i - 1] = seqs[j];
        seqs[j] = swapped;
    }
    return count;
}

static uint64_t sum_of(const uint64_t *seqs, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += seqs[i] * seqs[i];
    }
    return sum;
}

static const uint32_t windows[] = {1, 2, 3, 63, 64, 65, 100, 127, 128, 129, 500, 2048};

START_TEST(any_window_anywhere)
{
    struct weir_random random = {.state = (uint64_t)_i + 1};
    uint64_t seqs[COUNT_MAX];

    open_sorter(windows[_i]);
    for (uint64_t turn = 0; turn < seeds_count(500); turn++) {
        uint32_t count = draw(&random, windows[_i], seqs);
        uint64_t sum = sum_of(seqs, count);
        weir_sorter_sort(&sorter, seqs, count);
        ck_assert_uint_eq(sum_of(seqs, count), sum);
        for (uint32_t i = 1; i < count; i++) {
            ck_assert_uint_lt(seqs[i - 1], seqs[i]);
        }
    }
}
END_TEST

START_TEST(without_memory_it_says_so)
{
    weir_memory_fail_nth(1);
    enum weir_status status = weir_sorter_init(&sorter, 10);
    weir_memory_fail_nth(0);
    ck_assert_int_eq(status, WEIR_ERR_NOMEM);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("sorter");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, nothing_and_one_stay_as_they_are);
    tcase_add_test(tcase, the_lowest_comes_first);
    tcase_add_loop_test(tcase, any_window_anywhere, 0, sizeof windows / sizeof windows[0]);
    tcase_add_test(tcase, without_memory_it_says_so);
    return runner_run("sorter", tcase);
}
