#include "test/support/picture.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include <pthread.h>
#include <string.h>

/* Two consumers in one process, of different groups and handlers: whatever becomes of the first,
 * the second does not know. */

enum { RECORDS = 100, HELD = 50, STACK_BITS = 48 };

static struct sim_run first;
static struct sim_run second;

static enum sim_outcome reject(const struct weir_record *record, void *user)
{
    (void)user;
    return record->offset == HELD ? SIM_REJECT : SIM_DONE;
}

static void prepare(struct sim_run *run, const char *name, const char *topic)
{
    sim_run_init(run, name);
    sim_run_set(run, "group.id", name);
    sim_run_set(run, "weir.topics", topic);
    sim_run_set(run, "weir.order", "partition");
    sim_run_set(run, "weir.batch.size", "1");
    run->event_bytes = 1 << 20;
}

static void set_up(void)
{
    sim_open();
    sim_topic("orders", 1);
    sim_topic("bills", 1);
    prepare(&first, "first", "orders");
    prepare(&second, "second", "bills");
    sim_append("orders:0", (struct sim_batch){.records = RECORDS});
    sim_append("bills:0", (struct sim_batch){.records = RECORDS});
}

static void tear_down(void)
{
    sim_run_fini(&first);
    sim_run_fini(&second);
    sim_close();
}

/* How the first ends, with a handler that waits; and what its state is then. */

static void fail_it(void)
{
    sim_run_let_go(&first);
    sim_run_expect_end(&first, WEIR_STATE_FAILED);
    sim_run_expect_error(&first, WEIR_ERR_RECORD, "orders/0 offset 50");
}

static void close_it(void)
{
    weir_consumer_close(first.consumer);
    sim_run_expect_end(&first, WEIR_STATE_INCOMPLETE);
}

static void (*const ends[])(void) = {fail_it, close_it};

static void expect_nothing_but(struct sim_run *run, const char *topic)
{
    struct weir_event *event = NULL;
    uint64_t events = 0;

    while (weir_consumer_next_event(run->consumer, &event) == WEIR_OK) {
        events++;
        ck_assert(event->topic == NULL || strcmp(event->topic, topic) == 0);
        for (size_t i = 0; i < event->span_count; i++) {
            ck_assert_str_eq(event->spans[i].topic, topic);
        }
        weir_event_destroy(event);
    }
    ck_assert_uint_gt(events, 0);
}

START_TEST(what_ends_one_does_not_touch_the_other)
{
    first.decide = reject;
    sim_run_hold(&first, "orders:0", HELD);
    sim_run_hold(&second, "bills:0", HELD);
    sim_run_start(&first);
    sim_await_members(1);
    sim_run_start(&second);
    sim_await_members(2);
    sim_assign(0, "orders:0");
    sim_assign(1, "bills:0");
    picture_expect(second.consumer, "bills/0 running 100 50 50 100 lag 50 50 0\n");
    picture_expect(first.consumer, "orders/0 running 100 50 50 100 lag 50 50 0\n");
    ends[_i]();
    sim_run_let_go(&first);
    expect_nothing_but(&first, "orders");
    sim_run_destroy(&first);
    ck_assert_int_eq(weir_consumer_state(second.consumer), WEIR_STATE_RUNNING);
    picture_expect(second.consumer, "bills/0 running 100 50 50 100 lag 50 50 0\n");
    sim_run_let_go(&second);
    sim_append("bills:0", (struct sim_batch){.records = RECORDS});
    picture_expect(second.consumer, "bills/0 running 200 200 200 200 lag 0 0 0\n");
    ck_assert_uint_eq(weir_consumer_counter(second.consumer, WEIR_COUNTER_DONE),
                      (uint64_t)2 * RECORDS);
    ck_assert_uint_eq(weir_consumer_counter(second.consumer, WEIR_COUNTER_FETCHED),
                      (uint64_t)2 * RECORDS);
    expect_nothing_but(&second, "bills");
    weir_consumer_drain(second.consumer);
    sim_run_expect_end(&second, WEIR_STATE_STOPPED);
    ck_assert(!sim_run_logged(&second, "orders"));
    ck_assert_uint_eq(sim_run_closes(&first), 1);
    ck_assert_uint_eq(sim_run_closes(&second), 0);
}
END_TEST

/* Threads get a stack that no address space has room for; or one as they usually have. */
static void refuse_threads(bool refuse)
{
    static size_t usual;
    pthread_attr_t attributes;

    ck_assert_int_eq(pthread_getattr_default_np(&attributes), 0);
    if (refuse) {
        ck_assert_int_eq(pthread_attr_getstacksize(&attributes, &usual), 0);
    }
    ck_assert_int_eq(
        pthread_attr_setstacksize(&attributes, refuse ? (size_t)1 << STACK_BITS : usual), 0);
    ck_assert_int_eq(pthread_setattr_default_np(&attributes), 0);
    (void)pthread_attr_destroy(&attributes);
}

/* It may be asked everything still, and another one may be made in its place. */
START_TEST(one_that_gets_no_thread_is_refused_and_the_other_goes_on)
{
    struct weir_error error = {0};

    sim_run_hold(&first, "orders:0", HELD);
    sim_run_start(&first);
    sim_await_members(1);
    sim_assign(0, "orders:0");
    picture_expect(first.consumer, "orders/0 running 100 50 50 100 lag 50 50 0\n");
    sim_run_create(&second);
    refuse_threads(true);
    enum weir_status status = weir_consumer_start(second.consumer, &error);
    refuse_threads(false);
    ck_assert_int_eq(status, WEIR_ERR_NOMEM);
    ck_assert_str_eq(error.text, "no thread can be started");
    ck_assert_int_eq(weir_consumer_state(second.consumer), WEIR_STATE_CREATED);
    picture_expect(second.consumer, "");
    weir_consumer_drain(second.consumer);
    ck_assert_int_eq(weir_consumer_start(second.consumer, &error), WEIR_ERR_STATE);
    sim_run_destroy(&second);
    ck_assert_uint_eq(sim_calls(SIM_CONNECT), 1);
    sim_run_start(&second);
    sim_await_members(2);
    sim_assign(1, "bills:0");
    picture_expect(second.consumer, "bills/0 running 100 100 100 100 lag 0 0 0\n");
    sim_run_let_go(&first);
    picture_expect(first.consumer, "orders/0 running 100 100 100 100 lag 0 0 0\n");
    weir_consumer_drain(first.consumer);
    sim_run_expect_end(&first, WEIR_STATE_STOPPED);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("engine_two");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, what_ends_one_does_not_touch_the_other, 0,
                        sizeof ends / sizeof ends[0]);
    tcase_add_test(tcase, one_that_gets_no_thread_is_refused_and_the_other_goes_on);
    return runner_run("engine_two", tcase);
}
