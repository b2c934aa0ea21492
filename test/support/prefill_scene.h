/* How does an engine stand at the brink of a switch, in few words? */
#ifndef WEIR_TEST_PREFILL_SCENE_H
#define WEIR_TEST_PREFILL_SCENE_H

#include "framework/switch.h"
#include "test/support/sim_run.h"
#include <stdbool.h>
#include <stdint.h>

/* An engine of green, member a, to which a switch is under way, while blue works, of which there is
 * a name alone: where blue stands, what it owns and how far the switch is the test says. Topic
 * orders, of which blue has committed STORED. */
enum {
    PREFILL_PARTITIONS = 4,
    PREFILL_RECORDS = 100, /* in each of them */
    PREFILL_STORED = 20,
    PREFILL_WAITING = PREFILL_PARTITIONS * (PREFILL_RECORDS - PREFILL_STORED),
    PREFILL_TAKEN_AT = 60, /* where blue may end */
    PREFILL_TAKEN = PREFILL_PARTITIONS * (PREFILL_RECORDS - PREFILL_TAKEN_AT),
    PREFILL_POLLS = 50, /* for what must not happen */
    PREFILL_WAIT_MS = 30000
};

extern struct sim_run prefill_run;

/* A checked fixture. */
void prefill_set_up(void);
void prefill_tear_down(void);

void prefill_go_to(enum weir_switch_step step);
/* Does the engine say of this step that it is ready? */
bool prefill_is_ready(void);

/* PREPARED, and something of each partition is here; `begin` starts the engine before. */
void prefill_await(void);
void prefill_begin(void);
/* How often that was so. */
uint64_t prefill_times(void);
/* Blue has released everything, at `offset`: all from there on is handled, and each once. */
void prefill_take_over_at(int64_t offset);
void prefill_stop(void);

uint64_t prefill_counted(enum weir_counter counter);
/* Records that were delivered, as events said. */
uint64_t prefill_delivered(void);
/* A source of each was opened so often. */
void prefill_expect_openings(uint32_t openings);
/* It was let go, and nobody has heard of it but the brokers. */
void prefill_expect_nothing(void);

#endif /* WEIR_TEST_PREFILL_SCENE_H */
