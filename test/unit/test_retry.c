#include "framework/retry.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include "test/support/seeds.h"

#define MS(n) ((weir_time)(n)*WEIR_NS_PER_MS)

/* Backoff. */

static const struct {
    struct weir_backoff backoff;
    uint32_t failures;
    int64_t step_ms;
} steps[] = {
    {{100, 10000}, 1, 100},
    {{100, 10000}, 2, 200},
    {{100, 10000}, 3, 400},
    {{100, 10000}, 7, 6400},
    {{100, 10000}, 8, 10000},
    {{100, 10000}, 9, 10000},
    {{100, 10000}, 1000000, 10000},
    {{100, 10000}, UINT32_MAX, 10000},
    {{1, 1}, 1, 1},
    {{1, 1}, 50, 1},
    {{500, 100}, 1, 100}, /* first above max: max */
    {{1, 86400000}, 30, 86400000},
    {{3600000, 86400000}, 5, 57600000},
};
enum { STEPS = sizeof steps / sizeof steps[0], DRAWS = 2000 };

START_TEST(a_delay_doubles_up_to_the_limit_and_half_of_it_is_certain)
{
    struct weir_random random = {17};
    weir_time step = MS(steps[_i].step_ms);
    weir_time least = WEIR_TIME_NEVER;
    weir_time most = 0;

    for (int i = 0; i < DRAWS; i++) {
        weir_time delay = weir_backoff_delay(&steps[_i].backoff, steps[_i].failures, &random);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    ck_assert_int_ge(least, step / 2);
    ck_assert_int_le(most, step);
    /* The random half is used whole. */
    ck_assert_int_lt(least, step / 2 + step / 50);
    ck_assert_int_gt(most, step - step / 50);
}
END_TEST

START_TEST(equal_seeds_give_equal_delays)
{
    struct weir_backoff backoff = {100, 1000};
    struct weir_random one = {5};
    struct weir_random other = {5};

    for (uint32_t failures = 1; failures < 20; failures++) {
        ck_assert_int_eq(weir_backoff_delay(&backoff, failures, &one),
                         weir_backoff_delay(&backoff, failures, &other));
    }
}
END_TEST

/* Schedule. */

static struct weir_retry retry;

static void open_retry(uint32_t capacity)
{
    ck_assert_int_eq(weir_retry_init(&retry, capacity), WEIR_OK);
}

static uint64_t popped(weir_time now)
{
    uint64_t seq = UINT64_MAX;

    ck_assert(weir_retry_pop(&retry, now, &seq));
    return seq;
}

static void nothing_due(weir_time now)
{
    uint64_t seq = 4711;

    ck_assert(!weir_retry_pop(&retry, now, &seq));
    ck_assert_uint_eq(seq, 4711);
}

START_TEST(an_empty_schedule_is_never_due)
{
    open_retry(1);
    ck_assert_int_eq(weir_retry_due(&retry), WEIR_TIME_NEVER);
    nothing_due(WEIR_TIME_NEVER);
    weir_retry_fini(&retry);
}
END_TEST

START_TEST(an_entry_is_due_at_its_time_not_before)
{
    open_retry(1);
    weir_retry_push(&retry, 7, MS(10));
    ck_assert_int_eq(weir_retry_due(&retry), MS(10));
    nothing_due(MS(10) - 1);
    ck_assert_uint_eq(popped(MS(10)), 7);
    ck_assert_int_eq(weir_retry_due(&retry), WEIR_TIME_NEVER);
    weir_retry_fini(&retry);
}
END_TEST

START_TEST(the_earliest_comes_first_and_equal_times_by_number)
{
    open_retry(6);
    weir_retry_push(&retry, 5, 30);
    weir_retry_push(&retry, 4, 20);
    weir_retry_push(&retry, 9, 20);
    weir_retry_push(&retry, 2, 40);
    weir_retry_push(&retry, 3, 20);
    weir_retry_push(&retry, 1, 50);
    ck_assert_uint_eq(popped(100), 3);
    ck_assert_uint_eq(popped(100), 4);
    ck_assert_uint_eq(popped(100), 9);
    ck_assert_int_eq(weir_retry_due(&retry), 30);
    ck_assert_uint_eq(popped(100), 5);
    ck_assert_uint_eq(popped(100), 2);
    nothing_due(49);
    ck_assert_uint_eq(popped(50), 1);
    weir_retry_fini(&retry);
}
END_TEST

START_TEST(zeroed_memory_may_be_finished)
{
    struct weir_retry zeroed = {0};

    weir_retry_fini(&zeroed);
}
END_TEST

START_TEST(a_failed_allocation_is_a_status_and_leaks_nothing)
{
    weir_memory_fail_nth(1);
    ck_assert_int_eq(weir_retry_init(&retry, 4), WEIR_ERR_NOMEM);
    weir_memory_fail_nth(0);
    weir_retry_fini(&retry);
}
END_TEST

/* The naive model: a list that is searched for the least. */
enum { CAPACITY = 33 };
struct waiting {
    struct weir_retry_entry entries[CAPACITY];
    uint32_t count;
};

static uint32_t least_of(const struct waiting *waiting)
{
    uint32_t least = 0;

    for (uint32_t i = 1; i < waiting->count; i++) {
        const struct weir_retry_entry *a = &waiting->entries[i];
        const struct weir_retry_entry *b = &waiting->entries[least];
        if (a->due < b->due || (a->due == b->due && a->seq < b->seq)) {
            least = i;
        }
    }
    return least;
}

static void take_one(struct waiting *waiting, weir_time now)
{
    uint32_t least = least_of(waiting);

    if (waiting->count == 0 || waiting->entries[least].due > now) {
        nothing_due(now);
        return;
    }
    ck_assert_int_eq(weir_retry_due(&retry), waiting->entries[least].due);
    ck_assert_uint_eq(popped(now), waiting->entries[least].seq);
    waiting->entries[least] = waiting->entries[--waiting->count];
}

static void walk(uint64_t seed)
{
    struct weir_random random = {seed};
    struct waiting waiting = {.count = 0};
    weir_time now = 0;

    seeds_begin(seed);
    open_retry(CAPACITY);
    for (uint64_t step = 0; step < 400; step++) {
        if (weir_random_below(&random, 2) == 0 && waiting.count < CAPACITY) {
            weir_time due = now + (weir_time)weir_random_below(&random, 12);
            waiting.entries[waiting.count++] = (struct weir_retry_entry){due, step};
            weir_retry_push(&retry, step, due);
        } else {
            take_one(&waiting, now);
        }
        now += (weir_time)weir_random_below(&random, 2);
    }
    weir_retry_fini(&retry);
}

START_TEST(random_walks_agree_with_a_naive_model)
{
    uint64_t first = seeds_first();

    for (uint64_t seed = first; seed < first + seeds_count(500); seed++) {
        walk(seed);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("retry");

    tcase_add_loop_test(tcase, a_delay_doubles_up_to_the_limit_and_half_of_it_is_certain, 0, STEPS);
    tcase_add_test(tcase, equal_seeds_give_equal_delays);
    tcase_add_test(tcase, an_empty_schedule_is_never_due);
    tcase_add_test(tcase, an_entry_is_due_at_its_time_not_before);
    tcase_add_test(tcase, the_earliest_comes_first_and_equal_times_by_number);
    tcase_add_test(tcase, zeroed_memory_may_be_finished);
    tcase_add_test(tcase, a_failed_allocation_is_a_status_and_leaks_nothing);
    tcase_add_test(tcase, random_walks_agree_with_a_naive_model);
    return runner_run("retry", tcase);
}
