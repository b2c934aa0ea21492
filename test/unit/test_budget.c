#include "framework/base/budget.h"

#include "test/support/gate.h"
#include "test/support/runner.h"
#include <pthread.h>

static struct weir_budget budget;
static uint32_t woken[WEIR_BUDGET_USERS_MAX];

static void count_wake(void *user)
{
    ++*(uint32_t *)user;
}

static uint32_t join(void)
{
    uint32_t *counter = &woken[budget.users];

    *counter = 0;
    return weir_budget_join(&budget, count_wake, counter);
}

START_TEST(room_is_what_is_not_taken)
{
    weir_budget_init(&budget, 100);
    uint32_t user = join();

    ck_assert_uint_eq(weir_budget_room(&budget, user), 100);
    weir_budget_take(&budget, 30);
    ck_assert_uint_eq(weir_budget_room(&budget, user), 70);
    weir_budget_give(&budget, 30);
    ck_assert_uint_eq(weir_budget_room(&budget, user), 100);
    ck_assert_uint_eq(woken[user], 0);
}
END_TEST

START_TEST(what_goes_past_the_limit_is_counted)
{
    weir_budget_init(&budget, 100);
    uint32_t user = join();

    weir_budget_take(&budget, 90);
    weir_budget_take(&budget, 90);
    ck_assert_uint_eq(weir_budget_room(&budget, user), 0);
    weir_budget_give(&budget, 90);
    ck_assert_uint_eq(weir_budget_room(&budget, user), 10);
}
END_TEST

START_TEST(whoever_found_it_spent_is_woken_once_by_the_next_give)
{
    weir_budget_init(&budget, 10);
    uint32_t first = join();
    uint32_t second = join();

    weir_budget_take(&budget, 10);
    ck_assert_uint_eq(weir_budget_room(&budget, first), 0);
    ck_assert_uint_eq(weir_budget_room(&budget, first), 0);
    weir_budget_give(&budget, 1);
    weir_budget_give(&budget, 1);
    ck_assert_uint_eq(woken[first], 1);
    ck_assert_uint_eq(woken[second], 0);
}
END_TEST

START_TEST(everyone_who_waits_is_woken_also_while_it_is_still_spent)
{
    weir_budget_init(&budget, 10);
    uint32_t first = join();
    uint32_t second = join();

    weir_budget_take(&budget, 50);
    (void)weir_budget_room(&budget, first);
    (void)weir_budget_room(&budget, second);
    weir_budget_give(&budget, 5);
    ck_assert_uint_eq(woken[first], 1);
    ck_assert_uint_eq(woken[second], 1);
    ck_assert_uint_eq(weir_budget_room(&budget, first), 0);
    weir_budget_give(&budget, 40);
    ck_assert_uint_eq(woken[first], 2);
    ck_assert_uint_eq(woken[second], 1);
}
END_TEST

START_TEST(as_many_users_as_promised_may_join)
{
    weir_budget_init(&budget, 1);
    for (uint32_t i = 0; i < WEIR_BUDGET_USERS_MAX; i++) {
        ck_assert_uint_eq(join(), i);
    }
    weir_budget_take(&budget, 1);
    (void)weir_budget_room(&budget, WEIR_BUDGET_USERS_MAX - 1);
    weir_budget_give(&budget, 1);
    ck_assert_uint_eq(woken[WEIR_BUDGET_USERS_MAX - 1], 1);
}
END_TEST

/* Takers that sleep when there is nothing, and one giver: a lost wake-up would hang them. */
enum { TAKERS = 3, ROUNDS = 3000 };
struct taker {
    struct gate wakes;
    uint32_t user;
    pthread_t thread;
};
static struct taker takers[TAKERS];
static struct gate held;

static void wake_taker(void *user)
{
    (void)gate_add(user, 1);
}

static void *take_often(void *argument)
{
    struct taker *taker = argument;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t seen = gate_value(&taker->wakes);
        while (weir_budget_room(&budget, taker->user) == 0) {
            gate_hold(&taker->wakes, seen + 1);
            seen = gate_value(&taker->wakes);
        }
        weir_budget_take(&budget, 1);
        (void)gate_add(&held, 1);
    }
    return NULL;
}

START_TEST(no_wake_up_is_lost_between_threads)
{
    weir_budget_init(&budget, 1);
    gate_init(&held);
    for (int i = 0; i < TAKERS; i++) {
        gate_init(&takers[i].wakes);
        takers[i].user = weir_budget_join(&budget, wake_taker, &takers[i].wakes);
    }
    for (int i = 0; i < TAKERS; i++) {
        ck_assert_int_eq(pthread_create(&takers[i].thread, NULL, take_often, &takers[i]), 0);
    }
    for (uint64_t given = 1; given <= (uint64_t)TAKERS * ROUNDS; given++) {
        gate_await(&held, given);
        weir_budget_give(&budget, 1);
    }
    for (int i = 0; i < TAKERS; i++) {
        (void)pthread_join(takers[i].thread, NULL);
        gate_fini(&takers[i].wakes);
    }
    gate_fini(&held);
    ck_assert_uint_eq(weir_budget_room(&budget, takers[0].user), 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("budget");

    tcase_add_test(tcase, room_is_what_is_not_taken);
    tcase_add_test(tcase, what_goes_past_the_limit_is_counted);
    tcase_add_test(tcase, whoever_found_it_spent_is_woken_once_by_the_next_give);
    tcase_add_test(tcase, everyone_who_waits_is_woken_also_while_it_is_still_spent);
    tcase_add_test(tcase, as_many_users_as_promised_may_join);
    tcase_add_test(tcase, no_wake_up_is_lost_between_threads);
    return runner_run("budget", tcase);
}
