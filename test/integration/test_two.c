/* Are two consumers in one process strangers to each other, each with threads, a client and a
 * cluster of its own? */
#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <weir/consumer.h>
#include <weir/snapshot.h>

#include "test/support/config_fixture.h"
#include "test/support/deadline.h"
#include "test/support/gate.h"
#include "test/support/ledger.h"
#include "test/support/mock_kafka.h"
#include "test/support/produce_kafka.h"
#include "test/support/runner.h"

/* One record is handled at a time, and the one at HELD waits. */
enum { RECORDS = 100, HELD = 50, AWAIT_MS = 60000, SNAPSHOT_MS = 60000 };

struct life {
    const char *topic;
    const struct life *other;
    bool rejects;
    struct mock *mock;
    struct weir_consumer *consumer;
    struct gate held; /* handlers that came to HELD */
    struct gate go;
    atomic_uint mistaken; /* whatever it was told of the other one */
    atomic_uint closes;
};

static struct life first;
static struct life second;

static void look(struct life *life, const char *text)
{
    if (text != NULL && (strstr(text, life->other->topic) != NULL ||
                         strstr(text, mock_bootstrap(life->other->mock)) != NULL)) {
        (void)atomic_fetch_add(&life->mistaken, 1);
    }
}

static void handle(struct weir_batch *batch, void *state)
{
    struct life *life = state;
    const struct weir_record *record = weir_batch_next(batch);

    look(life, batch->topic);
    if (record->offset == HELD) {
        (void)gate_add(&life->held, 1);
        gate_hold(&life->go, 1);
        if (life->rejects) {
            weir_batch_reject(batch, record, "as it is asked to");
        }
    }
}

static void close_handler(void *state)
{
    struct life *life = state;

    (void)atomic_fetch_add(&life->closes, 1);
}

static void hear(const struct weir_event *event, void *user)
{
    look(user, event->topic);
    look(user, event->text);
    for (size_t i = 0; i < event->span_count; i++) {
        look(user, event->spans[i].topic);
    }
}

static void read_line(const struct weir_log_line *line, void *user)
{
    look(user, line->text);
}

static void add(const struct life *life)
{
    ledger_destroy(produce(mock_bootstrap(life->mock),
                           &(struct produce_options){.topic = life->topic, .count = RECORDS}));
}

static void prepare(struct life *life, const char *topic, const struct life *other)
{
    memset(life, 0, sizeof *life);
    life->topic = topic;
    life->other = other;
    life->mock = mock_start(1);
    gate_init(&life->held);
    gate_init(&life->go);
    mock_create_topic(life->mock, topic, 1);
    add(life);
}

static void start(struct life *life, const char *partitions)
{
    static const struct weir_handler handler = {
        .name = "two", .handle = handle, .close = close_handler};
    const struct weir_consumer_options options = {.size = sizeof options,
                                                  .handler = &handler,
                                                  .handler_state = life,
                                                  .on_event = hear,
                                                  .event_user = life,
                                                  .on_log = read_line,
                                                  .log_user = life};
    struct weir_error error = {.text = ""};
    struct weir_config *config = config_create();

    config_set(config, "bootstrap.servers", mock_bootstrap(life->mock));
    config_set(config, "group.id", life->topic);
    config_set(config, "weir.coordinator", "none");
    config_set(config, "weir.partitions", partitions);
    config_set(config, "weir.order", "partition");
    config_set(config, "weir.batch.size", "1");
    config_set(config, "weir.commit.interval.ms", "100");
    config_set(config, "weir.log.level", "debug");
    ck_assert_msg(weir_consumer_create(config, &options, &life->consumer, &error) == WEIR_OK, "%s",
                  error.text);
    ck_assert_msg(weir_consumer_start(life->consumer, &error) == WEIR_OK, "%s", error.text);
    weir_config_destroy(config);
}

static void finish(struct life *life)
{
    /* Its handler may be at work for longer than one call waits for. */
    WAIT_UNTIL(weir_consumer_destroy(life->consumer) == WEIR_OK, AWAIT_MS);
    mock_stop(life->mock);
    gate_fini(&life->held);
    gate_fini(&life->go);
}

/* How the first one ends, while its handler is at work on a record. */

static void fail_it(void)
{
    (void)gate_add(&first.go, 1);
    ck_assert_int_eq(weir_consumer_wait(first.consumer, AWAIT_MS), WEIR_OK);
    ck_assert_int_eq(weir_consumer_state(first.consumer), WEIR_STATE_FAILED);
}

static void close_it(void)
{
    weir_consumer_close(first.consumer);
    ck_assert_int_eq(weir_consumer_wait(first.consumer, AWAIT_MS), WEIR_OK);
    ck_assert_int_eq(weir_consumer_state(first.consumer), WEIR_STATE_INCOMPLETE);
    (void)gate_add(&first.go, 1);
}

static void (*const ends[])(void) = {fail_it, close_it};

/* Does its only partition stand there, all of its own committed up to it? */
static bool stands_at(const struct life *life, int64_t watermark, int64_t committed)
{
    struct weir_snapshot *snapshot = NULL;

    ck_assert_int_eq(weir_consumer_snapshot(life->consumer, SNAPSHOT_MS, &snapshot), WEIR_OK);
    const struct weir_snapshot_row *row = weir_snapshot_at(snapshot, 0);
    bool so = snapshot->row_count == 1 && strcmp(row->topic, life->topic) == 0 &&
              row->watermark == watermark && row->committed == committed;
    weir_snapshot_destroy(snapshot);
    return so;
}

START_TEST(what_ends_one_does_not_touch_the_other)
{
    prepare(&first, "orders", &second);
    prepare(&second, "bills", &first);
    first.rejects = _i == 0;
    start(&first, "orders:0");
    start(&second, "bills:0");
    gate_await(&first.held, 1);
    gate_await(&second.held, 1);
    WAIT_UNTIL(stands_at(&second, HELD, HELD), AWAIT_MS);
    ends[_i]();
    ck_assert_int_eq(weir_consumer_destroy(first.consumer), WEIR_OK);
    first.consumer = NULL;
    ck_assert_uint_eq(atomic_load(&first.closes), 1);

    ck_assert_int_eq(weir_consumer_state(second.consumer), WEIR_STATE_RUNNING);
    ck_assert(stands_at(&second, HELD, HELD));
    ck_assert_uint_eq(weir_consumer_counter(second.consumer, WEIR_COUNTER_DONE), HELD);
    add(&second);
    (void)gate_add(&second.go, 1);
    WAIT_UNTIL(stands_at(&second, (int64_t)2 * RECORDS, (int64_t)2 * RECORDS), AWAIT_MS);
    ck_assert_uint_eq(weir_consumer_counter(second.consumer, WEIR_COUNTER_DONE),
                      (uint64_t)2 * RECORDS);
    ck_assert_uint_eq(weir_consumer_counter(second.consumer, WEIR_COUNTER_FETCHED),
                      (uint64_t)2 * RECORDS);
    weir_consumer_drain(second.consumer);
    ck_assert_int_eq(weir_consumer_wait(second.consumer, AWAIT_MS), WEIR_OK);
    ck_assert_int_eq(weir_consumer_state(second.consumer), WEIR_STATE_STOPPED);
    ck_assert_uint_eq(atomic_load(&second.closes), 0);
    finish(&second);
    finish(&first);
    ck_assert_uint_eq(atomic_load(&first.mistaken), 0);
    ck_assert_uint_eq(atomic_load(&second.mistaken), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("two");

    tcase_add_loop_test(tcase, what_ends_one_does_not_touch_the_other, 0,
                        sizeof ends / sizeof ends[0]);
    return runner_run("two", tcase);
}
