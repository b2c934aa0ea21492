#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <poll.h>
#include <string.h>

/* Events as a program's own loop reads them. */

enum { RECORDS = 500, WAIT_MS = 30000, PLENTY = 64 << 20, LITTLE = 8192 };

static struct sim_run run;
static uint64_t counts[WEIR_EVENT_KINDS]; /* that were read */
static struct weir_event last;            /* what it points to is gone */

static void set_up(void)
{
    memset(counts, 0, sizeof counts);
    last = (struct weir_event){.kind = WEIR_EVENT_KINDS};
    sim_run_set_up(&run, 4, RECORDS);
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

static void begin(void)
{
    sim_run_begin(&run, "orders:0-3");
}

/* All there is now. */
static void read_all(void)
{
    struct weir_event *event = NULL;
    enum weir_status status = WEIR_OK;

    while ((status = weir_consumer_next_event(run.consumer, &event)) == WEIR_OK) {
        counts[event->kind] += event->kind == WEIR_EVENT_DROPPED ? (uint64_t)event->count : 1;
        last = *event;
        weir_event_destroy(event);
    }
    ck_assert_int_eq(status, WEIR_ERR_NOT_FOUND);
}

/* As a program does: until the consumer has ended and nothing is left to read. */
static void loop(void)
{
    struct pollfd fds[] = {{.fd = weir_consumer_events_fd(run.consumer), .events = POLLIN},
                           {.fd = weir_consumer_fd(run.consumer), .events = POLLIN}};
    struct deadline deadline = deadline_in_ms(WAIT_MS);

    do {
        ck_assert_int_gt(poll(fds, 2, deadline_left_ms(deadline)), 0);
        if (fds[0].revents != 0) {
            read_all();
        }
        if (sim_completed("orders:0-3") == (uint64_t)4 * RECORDS) {
            weir_consumer_drain(run.consumer);
        }
    } while (fds[1].revents == 0);
    read_all();
}

START_TEST(a_loop_reads_every_event)
{
    run.event_bytes = PLENTY;
    begin();
    loop();
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    for (int kind = 0; kind < WEIR_EVENT_KINDS; kind++) {
        ck_assert_uint_eq(counts[kind], sim_run_events(&run, (enum weir_event_kind)kind));
    }
    ck_assert_uint_gt(counts[WEIR_EVENT_HANDLER_END], 0);
    ck_assert_int_eq(last.kind, WEIR_EVENT_STATE);
    ck_assert_int_eq(last.count, WEIR_STATE_STOPPED);
}
END_TEST

START_TEST(a_reader_who_never_reads_holds_nothing_up)
{
    uint64_t heard = 0;

    run.event_bytes = LITTLE;
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    read_all();
    ck_assert_uint_gt(counts[WEIR_EVENT_DROPPED], 0);
    ck_assert_int_eq(last.kind, WEIR_EVENT_STATE); /* the newest are kept */
    ck_assert_int_eq(last.count, WEIR_STATE_STOPPED);
    uint64_t seen = 0;
    for (int kind = 0; kind < WEIR_EVENT_KINDS; kind++) {
        heard += sim_run_events(&run, (enum weir_event_kind)kind);
        seen += counts[kind];
    }
    ck_assert_uint_eq(seen, heard);
}
END_TEST

START_TEST(what_nobody_reads_goes_with_the_consumer)
{
    run.event_bytes = PLENTY;
    begin();
    sim_run_await_completed("orders:0-3", RECORDS);
    sim_run_destroy(&run);
}
END_TEST

/* Also without a listener: what is prepared for one is prepared for the other. */
START_TEST(only_what_was_asked_for_is_kept)
{
    run.unheard = true;
    run.event_bytes = PLENTY;
    run.event_kinds = UINT64_C(1) << WEIR_EVENT_STATE | UINT64_C(1) << WEIR_EVENT_ASSIGN;
    begin();
    sim_run_await_completed("orders:0-3", (uint64_t)4 * RECORDS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
    read_all();
    for (int kind = 0; kind < WEIR_EVENT_KINDS; kind++) {
        uint64_t expected = kind == WEIR_EVENT_STATE ? 3 : kind == WEIR_EVENT_ASSIGN ? 1 : 0;
        ck_assert_uint_eq(counts[kind], expected);
    }
}
END_TEST

START_TEST(without_the_option_there_are_none)
{
    struct weir_event *event = NULL;

    begin();
    sim_run_await_completed("orders:0-3", RECORDS);
    ck_assert_int_eq(weir_consumer_events_fd(run.consumer), -1);
    ck_assert_int_eq(weir_consumer_next_event(run.consumer, &event), WEIR_ERR_NOT_FOUND);
    ck_assert_ptr_null(event);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("engine_events");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_loop_reads_every_event);
    tcase_add_test(tcase, a_reader_who_never_reads_holds_nothing_up);
    tcase_add_test(tcase, what_nobody_reads_goes_with_the_consumer);
    tcase_add_test(tcase, only_what_was_asked_for_is_kept);
    tcase_add_test(tcase, without_the_option_there_are_none);
    return runner_run("engine_events", tcase);
}
