#include "test/support/deadline.h"
#include "test/support/runner.h"
#include "test/support/sim_run.h"
#include "test/support/stream.h"
#include <stdlib.h>

/* I16: what the counters say is what the events add up to, whatever happened in between. */

enum { PARTITIONS = 4, RECORDS = 400, KEYS = 9, HELD = 300, REFUSALS = 3, WAIT_MS = 30000 };

static struct sim_run run;

static enum sim_outcome decide(const struct weir_record *record, void *user)
{
    (void)user;
    if (record->offset % 50 == 7) {
        return SIM_REJECT;
    }
    return record->offset % 11 == 3 && record->attempt == 1 ? SIM_RETRY : SIM_DONE;
}

static void set_up(void)
{
    sim_run_set_up(&run, PARTITIONS, 0);
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS, .keys = KEYS});
    run.decide = decide;
    sim_run_set(&run, "weir.order", "partition");
    sim_run_set(&run, "weir.failure.policy", "skip");
    sim_run_set(&run, "weir.drain.timeout.ms", "50");
}

static void tear_down(void)
{
    sim_run_tear_down(&run);
}

/* Failures, refused commits, a handler that is given up, a revocation, a loss. */
static void live(void)
{
    sim_run_hold(&run, "orders:3", HELD);
    sim_refuse("orders:1", WEIR_ERR_UNAVAILABLE, REFUSALS);
    sim_run_begin(&run, "orders:0-3");
    sim_run_await_held(&run, 1);
    sim_run_await_completed("orders:0-2", RECORDS);
    sim_await_stored("orders:0-2");
    sim_revoke(0, "orders:0-3");
    sim_await_answered(0);
    sim_run_let_go(&run);
    sim_run_await_counter(&run, WEIR_COUNTER_STALE, 1);
    sim_append("orders:0-3", (struct sim_batch){.records = RECORDS, .keys = KEYS});
    sim_assign(0, "orders:0-3");
    sim_run_await_completed("orders:0-3", (uint64_t)5 * RECORDS);
    sim_lose(0, "orders:0-3");
    sim_await_answered(0);
    sim_assign(0, "orders:0-3");
    sim_await_stored("orders:0-3");
    sim_revoke(0, "orders:0-3"); /* a stop gives workers no longer than that drain timeout */
    sim_await_answered(0);
    WAIT_UNTIL(sim_messages_out() == 0, WAIT_MS);
    weir_consumer_drain(run.consumer);
    sim_run_expect_end(&run, WEIR_STATE_STOPPED);
}

struct sums {
    uint64_t events[WEIR_EVENT_KINDS];
    uint64_t spans[WEIR_EVENT_KINDS];
    uint64_t records[WEIR_EVENT_KINDS]; /* in the spans */
};

static void add_up(struct sums *sums)
{
    char *lines = sim_run_lines(&run);
    struct stream *stream = stream_from_text("run", lines);

    *sums = (struct sums){.events = {0}};
    for (size_t i = 0; i < stream_count(stream); i++) {
        const struct stream_event *event = stream_at(stream, i);
        ck_assert_int_ne(event->kind, STREAM_OTHER);
        sums->events[event->kind]++;
        sums->spans[event->kind] += event->span_count;
        for (size_t j = 0; j < event->span_count; j++) {
            sums->records[event->kind] += (uint64_t)event->spans[j].count;
        }
    }
    stream_close(stream);
    free(lines);
}

#define EXPECT(counter, sum)                                                                       \
    do {                                                                                           \
        ck_assert_uint_gt(counters[counter], 0);                                                   \
        ck_assert_msg(counters[counter] == (sum), "%s is %llu, its events add up to %llu",         \
                      weir_counter_name(counter), (unsigned long long)counters[counter],           \
                      (unsigned long long)(sum));                                                  \
    } while (0)

static void compare(const uint64_t *counters, const struct sums *sums)
{
    EXPECT(WEIR_COUNTER_FETCHED, sums->records[WEIR_EVENT_DELIVER]);
    EXPECT(WEIR_COUNTER_HANDLED, sums->records[WEIR_EVENT_HANDLER_START]);
    EXPECT(WEIR_COUNTER_BATCHES, sums->events[WEIR_EVENT_HANDLER_START]);
    EXPECT(WEIR_COUNTER_BATCHES, sums->events[WEIR_EVENT_HANDLER_END]);
    EXPECT(WEIR_COUNTER_DONE, sums->records[WEIR_EVENT_HANDLER_END]);
    EXPECT(WEIR_COUNTER_RETRIED, sums->events[WEIR_EVENT_RETRY]);
    EXPECT(WEIR_COUNTER_SKIPPED, sums->events[WEIR_EVENT_SKIP]);
    EXPECT(WEIR_COUNTER_ASSIGNED, sums->spans[WEIR_EVENT_ASSIGN]);
    EXPECT(WEIR_COUNTER_REVOKED, sums->spans[WEIR_EVENT_REVOKE_END]);
    EXPECT(WEIR_COUNTER_LOST, sums->spans[WEIR_EVENT_LOST]);
    EXPECT(WEIR_COUNTER_DRAIN_TIMEOUTS, sums->spans[WEIR_EVENT_DRAIN_TIMEOUT]);
    EXPECT(WEIR_COUNTER_COMMIT_ERRORS, sums->spans[WEIR_EVENT_COMMIT_ERROR]);
    /* Of each request that was not acknowledged one partition was refused. */
    EXPECT(WEIR_COUNTER_COMMITS,
           sums->events[WEIR_EVENT_COMMIT_REQUEST] - sums->events[WEIR_EVENT_COMMIT_ERROR]);
}

START_TEST(every_counter_is_the_sum_of_its_events)
{
    uint64_t counters[WEIR_COUNTERS];
    struct sums sums;

    live();
    for (int i = 0; i < (int)WEIR_COUNTERS; i++) {
        counters[i] = weir_consumer_counter(run.consumer, (enum weir_counter)i);
    }
    sim_run_destroy(&run);
    add_up(&sums);
    compare(counters, &sums);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("engine_tally");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, every_counter_is_the_sum_of_its_events);
    return runner_run("engine_tally", tcase);
}
