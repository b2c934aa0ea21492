#include "emitters/meters.h"

#include "framework/base/memory.h"
#include "test/support/runner.h"
#include <pthread.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 20000, LOOKS = 200 };

static struct weir_meters *meters;
static struct weir_distribution read;

static void set_up(void)
{
    ck_assert_int_eq(weir_meters_create(&meters), WEIR_OK);
}

static void tear_down(void)
{
    weir_memory_fail_nth(0);
    weir_meters_destroy(meters);
}

static uint64_t count_of(enum weir_histogram histogram)
{
    weir_meters_read(meters, histogram, &read);
    return read.count;
}

START_TEST(a_meter_measures_what_it_was_made_for)
{
    struct weir_meter *meter = weir_meters_join(meters, WEIR_HISTOGRAM_HANDLER, 2);

    weir_meter_add(meter, WEIR_HISTOGRAM_HANDLER, 10, 1);
    weir_meter_add(meter, WEIR_HISTOGRAM_HANDLER + 1, 20, 3);
    ck_assert_uint_eq(count_of(WEIR_HISTOGRAM_HANDLER), 1);
    ck_assert_uint_eq(count_of(WEIR_HISTOGRAM_HANDLER + 1), 3);
    ck_assert_uint_eq(count_of(WEIR_HISTOGRAM_HANDLER - 1), 0);
    ck_assert_uint_eq(count_of(WEIR_HISTOGRAM_HANDLER + 2), 0);
}
END_TEST

START_TEST(without_memory_there_is_no_meter)
{
    weir_memory_fail_nth(1);
    ck_assert_ptr_null(weir_meters_join(meters, WEIR_HISTOGRAM_COMMIT, 1));
    ck_assert_uint_eq(count_of(WEIR_HISTOGRAM_COMMIT), 0);
}
END_TEST

static void *measure(void *user)
{
    struct weir_meter *meter = weir_meters_join(meters, WEIR_HISTOGRAM_COMMIT, 1);

    (void)user;
    ck_assert_ptr_nonnull(meter);
    for (int i = 0; i < ROUNDS; i++) {
        weir_meter_add(meter, WEIR_HISTOGRAM_COMMIT, i, 2);
    }
    return NULL;
}

/* What is read only grows, and a count comes with its least. */
static void look(void)
{
    uint64_t count = read.count;
    double sum = read.sum_ns;

    (void)count_of(WEIR_HISTOGRAM_COMMIT);
    ck_assert_uint_ge(read.count, count);
    ck_assert_double_ge(read.sum_ns, sum);
    ck_assert(read.count == 0 || read.min_ns == 0);
}

START_TEST(threads_measure_together_without_loss_while_somebody_reads)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, measure, NULL), 0);
    }
    for (int i = 0; i < LOOKS; i++) {
        look();
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    ck_assert_uint_eq(count_of(WEIR_HISTOGRAM_COMMIT), (uint64_t)2 * ROUNDS * THREADS);
    ck_assert_double_eq(read.sum_ns, (double)((int64_t)THREADS * ROUNDS * (ROUNDS - 1)));
    ck_assert_int_eq(read.max_ns, ROUNDS - 1);
}
END_TEST

START_TEST(histograms_have_names_of_their_own)
{
    for (int histogram = 0; histogram < WEIR_HISTOGRAMS; histogram++) {
        const char *name = weir_histogram_name((enum weir_histogram)histogram);
        ck_assert_uint_gt(strlen(name), 0);
        for (int other = 0; other < histogram; other++) {
            ck_assert_str_ne(name, weir_histogram_name((enum weir_histogram)other));
        }
    }
    ck_assert_str_eq(weir_histogram_name(WEIR_HISTOGRAMS), "unknown");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("meters");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_meter_measures_what_it_was_made_for);
    tcase_add_test(tcase, without_memory_there_is_no_meter);
    tcase_add_test(tcase, threads_measure_together_without_loss_while_somebody_reads);
    tcase_add_test(tcase, histograms_have_names_of_their_own);
    return runner_run("meters", tcase);
}
