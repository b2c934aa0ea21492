#include "test/support/prefill_scene.h"

#include "test/support/deadline.h"
#include "test/support/sim_zoo.h"
#include "test/support/told_zoo.h"
#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000 };
static const char filled[] = "4 partitions prefilled";

struct sim_run prefill_run;
static struct weir_library library;
static struct weir_switch record;
static atomic_uint early;     /* events of partitions before the first was assigned */
static atomic_uint delivered; /* records, as events said */
static atomic_bool assigned;

static void hear(const struct weir_event *event, void *user)
{
    (void)user;
    if (event->kind == WEIR_EVENT_ASSIGN) {
        atomic_store(&assigned, true);
    }
    if (!atomic_load(&assigned) && (event->topic != NULL || event->span_count > 0)) {
        (void)atomic_fetch_add(&early, 1);
    }
    for (size_t i = 0; event->kind == WEIR_EVENT_DELIVER && i < event->span_count; i++) {
        (void)atomic_fetch_add(&delivered, event->spans[i].count);
    }
}

/* The record. */

static void prepare_step(enum weir_switch_step step, const char *active)
{
    record.turn++;
    record.step = step;
    memset(&record.request, 0, sizeof record.request);
    (void)snprintf(record.active, sizeof record.active, "%s", active);
    (void)snprintf(record.why, sizeof record.why, "%s",
                   step == WEIR_SWITCH_RETURNING ? "undone" : "");
    if (step != WEIR_SWITCH_IDLE) {
        record.request = (struct weir_switch_request){
            .id = "s1",
            .from = "blue",
            .to = "green",
            .by = "the test",
            .limits = {.prepare_ms = DAY_MS, .drain_ms = DAY_MS, .take_ms = DAY_MS}};
    }
}

void prefill_go_to(enum weir_switch_step step)
{
    prepare_step(step, "blue");
    told_zoo_do(told_zoo_write_switch, &record);
}

/* Does the engine say of this record that it is ready? */
static void look_whether_ready(void *ready)
{
    char text[64];
    const char *said = sim_zoo_data("/consumers/group-1/ids/a");

    (void)snprintf(text, sizeof text, "\"turn\":%llu,\"ready\":true",
                   (unsigned long long)record.turn);
    *(bool *)ready = said != NULL && strstr(said, text) != NULL;
}

bool prefill_is_ready(void)
{
    bool ready = false;

    told_zoo_do(look_whether_ready, &ready);
    return ready;
}

void prefill_set_up(void)
{
    char blue[] = "blue";

    told_zoo_set_up(&prefill_run, &library, PREFILL_PARTITIONS, PREFILL_RECORDS);
    prefill_run.hear = hear;
    sim_run_set(&prefill_run, "group.id", "group-1");
    sim_run_set(&prefill_run, "weir.strategy", "bluegreen");
    sim_run_set(&prefill_run, "weir.color", "green");
    sim_run_set(&prefill_run, "weir.member.id", "a");
    sim_run_set(&prefill_run, "weir.drain.timeout.ms", "3600000");
    sim_run_set(&prefill_run, "weir.rebalance.delay.ms", "0");
    sim_store("orders:0-3", PREFILL_STORED);
    atomic_store(&early, 0);
    atomic_store(&delivered, 0);
    atomic_store(&assigned, false);
    weir_switch_init(&record);
    prepare_step(WEIR_SWITCH_IDLE, "blue");
    told_zoo_write_switch(&record);
    told_zoo_register("/consumers/group-1/ids/b", blue, PREFILL_PARTITIONS);
}

void prefill_tear_down(void)
{
    told_zoo_tear_down(&prefill_run);
}

uint64_t prefill_counted(enum weir_counter counter)
{
    return weir_consumer_counter(prefill_run.consumer, counter);
}

void prefill_await(void)
{
    prefill_go_to(WEIR_SWITCH_PREPARED);
    WAIT_UNTIL(sim_run_logged(&prefill_run, filled), PREFILL_WAIT_MS);
}

void prefill_begin(void)
{
    sim_run_start(&prefill_run);
    prefill_await();
}

void prefill_expect_openings(uint32_t openings)
{
    for (int32_t p = 0; p < PREFILL_PARTITIONS; p++) {
        ck_assert_uint_eq(sim_openings("orders", p), openings);
    }
}

void prefill_expect_nothing(void)
{
    WAIT_UNTIL(sim_prefetched(0) == 0 && sim_messages_out() == 0, PREFILL_WAIT_MS);
    ck_assert_uint_eq(sim_attempts("orders:0-3"), 0);
    ck_assert_uint_eq(sim_calls(SIM_STORE_COMMIT), 0);
    ck_assert_uint_eq(atomic_load(&early), 0);
}

void prefill_take_over_at(int64_t offset)
{
    sim_store("orders:0-3", offset);
    prefill_go_to(WEIR_SWITCH_DRAINING);
    sim_await_stored("orders:0-3");
    ck_assert_uint_eq(sim_attempts("orders:0-3"),
                      PREFILL_PARTITIONS * (uint64_t)(PREFILL_RECORDS - offset));
    ck_assert_uint_eq(sim_completions("orders:0-3"),
                      PREFILL_PARTITIONS * (uint64_t)(PREFILL_RECORDS - offset));
}

void prefill_stop(void)
{
    weir_consumer_drain(prefill_run.consumer);
    sim_run_expect_end(&prefill_run, WEIR_STATE_STOPPED);
}

uint64_t prefill_times(void)
{
    return sim_run_log_lines(&prefill_run, filled);
}

uint64_t prefill_delivered(void)
{
    return atomic_load(&delivered);
}
