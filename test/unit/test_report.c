#include "framework/report.h"

#include "test/support/runner.h"
#include <pthread.h>
#include <string.h>

static struct weir_report report;
static struct weir_event heard;
static uint32_t events;

static void listen(const struct weir_event *event, void *user)
{
    ck_assert_ptr_eq(user, &events);
    heard = *event;
    events++;
}

static void set_up(void)
{
    memset(&report, 0, sizeof report);
    events = 0;
}

START_TEST(without_a_listener_an_event_goes_nowhere)
{
    ck_assert(!weir_report_listens(&report, WEIR_EVENT_FATAL));
    weir_report_event(&report, (struct weir_event){.kind = WEIR_EVENT_FATAL});
    ck_assert_uint_eq(events, 0);
}
END_TEST

START_TEST(a_listener_gets_size_and_time_with_the_event)
{
    report.on_event = listen;
    report.event_user = &events;
    weir_time before = weir_clock_now();

    ck_assert(weir_report_listens(&report, WEIR_EVENT_END));
    weir_report_event(&report,
                      (struct weir_event){
                          .kind = WEIR_EVENT_END, .topic = "orders", .partition = 3, .offset = 17});
    ck_assert_uint_eq(events, 1);
    ck_assert_uint_eq(heard.size, sizeof heard);
    ck_assert_int_ge(heard.time_ns, before);
    ck_assert_int_le(heard.time_ns, weir_clock_now());
    ck_assert_int_eq(heard.kind, WEIR_EVENT_END);
    ck_assert_int_eq(heard.offset, 17);
}
END_TEST

START_TEST(a_time_that_is_given_is_kept)
{
    report.on_event = listen;
    report.event_user = &events;
    weir_report_event(&report, (struct weir_event){.kind = WEIR_EVENT_END, .time_ns = 42});
    ck_assert_int_eq(heard.time_ns, 42);
}
END_TEST

START_TEST(events_have_names_of_their_own)
{
    for (int kind = 0; kind < WEIR_EVENT_KINDS; kind++) {
        const char *name = weir_event_name((enum weir_event_kind)kind);
        ck_assert_uint_gt(strlen(name), 0);
        for (int other = 0; other < kind; other++) {
            ck_assert_str_ne(name, weir_event_name((enum weir_event_kind)other));
        }
    }
    ck_assert_str_eq(weir_event_name(WEIR_EVENT_COMMIT_OK), "commit_ok");
    ck_assert_str_eq(weir_event_name(WEIR_EVENT_KINDS), "unknown");
}
END_TEST

START_TEST(counters_have_names_of_their_own)
{
    for (int counter = 0; counter < WEIR_COUNTERS; counter++) {
        const char *name = weir_counter_name((enum weir_counter)counter);
        ck_assert_uint_gt(strlen(name), 0);
        for (int other = 0; other < counter; other++) {
            ck_assert_str_ne(name, weir_counter_name((enum weir_counter)other));
        }
    }
    ck_assert_str_eq(weir_counter_name(WEIR_COUNTERS), "unknown");
}
END_TEST

enum { COUNTERS_THREADS = 4, ROUNDS = 20000 };

static void *count(void *user)
{
    (void)user;
    for (int i = 0; i < ROUNDS; i++) {
        weir_report_count(&report, WEIR_COUNTER_DONE, 2);
        weir_report_count(&report, WEIR_COUNTER_DONE, 0);
    }
    return NULL;
}

START_TEST(threads_count_together_without_loss)
{
    pthread_t threads[COUNTERS_THREADS];

    for (int i = 0; i < COUNTERS_THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count, NULL), 0);
    }
    for (int i = 0; i < COUNTERS_THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    ck_assert_uint_eq(weir_tally_get(&report.counters[WEIR_COUNTER_DONE]),
                      (uint64_t)2 * ROUNDS * COUNTERS_THREADS);
    ck_assert_uint_eq(weir_tally_get(&report.counters[WEIR_COUNTER_HANDLED]), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("report");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, without_a_listener_an_event_goes_nowhere);
    tcase_add_test(tcase, a_listener_gets_size_and_time_with_the_event);
    tcase_add_test(tcase, a_time_that_is_given_is_kept);
    tcase_add_test(tcase, events_have_names_of_their_own);
    tcase_add_test(tcase, counters_have_names_of_their_own);
    tcase_add_test(tcase, threads_count_together_without_loss);
    return runner_run("report", tcase);
}
