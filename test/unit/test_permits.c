#include "framework/base/permits.h"

#include "test/support/gate.h"
#include "test/support/runner.h"
#include <pthread.h>

static struct weir_permits permits;

START_TEST(without_a_limit_nothing_is_ever_used_up)
{
    weir_permits_init(&permits, 0);
    ck_assert(!permits.limited);
    ck_assert(!weir_permits_are_used_up(&permits));
}
END_TEST

START_TEST(exactly_so_many_may_begin)
{
    weir_permits_init(&permits, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert(!weir_permits_are_used_up(&permits));
        ck_assert(weir_permits_take(&permits));
    }
    ck_assert(!weir_permits_take(&permits));
    ck_assert(!weir_permits_are_used_up(&permits)); /* three are not finished */
    weir_permits_give(&permits, 2, 0);
    ck_assert(!weir_permits_are_used_up(&permits));
    weir_permits_give(&permits, 1, 0);
    ck_assert(weir_permits_are_used_up(&permits));
    ck_assert(!weir_permits_take(&permits));
    ck_assert(weir_permits_are_used_up(&permits)); /* a take in vain changes nothing */
}
END_TEST

START_TEST(what_comes_back_unused_may_begin_elsewhere)
{
    weir_permits_init(&permits, 2);
    ck_assert(weir_permits_take(&permits));
    ck_assert(weir_permits_take(&permits));
    weir_permits_give(&permits, 1, 1);
    ck_assert(!weir_permits_are_used_up(&permits));
    ck_assert(weir_permits_take(&permits));
    ck_assert(!weir_permits_take(&permits));
    weir_permits_give(&permits, 1, 0);
    ck_assert(weir_permits_are_used_up(&permits));
}
END_TEST

/* Threads that take, and give half of it back unused: the sum is exact, and nobody sees the end
 * while something is on its way. */
enum { TAKERS = 4, LIMIT = 20000 };

static void *take_all(void *user)
{
    uint64_t *finished = user;
    uint64_t round = 0;

    while (weir_permits_take(&permits)) {
        ck_assert(!weir_permits_are_used_up(&permits));
        bool done = ++round % 2 == 0;
        *finished += done ? 1 : 0;
        weir_permits_give(&permits, done ? 1 : 0, done ? 0 : 1);
    }
    return NULL;
}

START_TEST(threads_share_the_limit_exactly)
{
    pthread_t takers[TAKERS];
    uint64_t finished[TAKERS] = {0};
    uint64_t sum = 0;

    weir_permits_init(&permits, LIMIT);
    for (int i = 0; i < TAKERS; i++) {
        ck_assert_int_eq(pthread_create(&takers[i], NULL, take_all, &finished[i]), 0);
    }
    for (int i = 0; i < TAKERS; i++) {
        (void)pthread_join(takers[i], NULL);
    }
    /* A taker may have seen none left while others were about to give some back. */
    while (weir_permits_take(&permits)) {
        weir_permits_give(&permits, 1, 0);
        sum++;
    }
    for (int i = 0; i < TAKERS; i++) {
        sum += finished[i];
    }
    ck_assert_uint_eq(sum, LIMIT);
    ck_assert(weir_permits_are_used_up(&permits));
}
END_TEST

/* The last permit goes from hand to hand and is never used: nobody may see the end. */
enum { HAND_OVERS = 200000 };
static struct gate stopped;

static void *pass_on(void *user)
{
    (void)user;
    for (int i = 0; i < HAND_OVERS; i++) {
        if (weir_permits_take(&permits)) {
            weir_permits_give(&permits, 0, 1);
        }
    }
    (void)gate_add(&stopped, 1);
    return NULL;
}

START_TEST(a_permit_on_its_way_back_is_not_overlooked)
{
    pthread_t takers[2];
    bool seen = false;

    weir_permits_init(&permits, 1);
    gate_init(&stopped);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_create(&takers[i], NULL, pass_on, NULL), 0);
    }
    while (gate_value(&stopped) < 2) {
        for (int i = 0; i < 100; i++) {
            seen = weir_permits_are_used_up(&permits) || seen;
        }
    }
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(takers[i], NULL);
    }
    gate_fini(&stopped);
    ck_assert(!seen);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("permits");

    tcase_add_test(tcase, without_a_limit_nothing_is_ever_used_up);
    tcase_add_test(tcase, exactly_so_many_may_begin);
    tcase_add_test(tcase, what_comes_back_unused_may_begin_elsewhere);
    tcase_add_test(tcase, threads_share_the_limit_exactly);
    tcase_add_test(tcase, a_permit_on_its_way_back_is_not_overlooked);
    return runner_run("permits", tcase);
}
