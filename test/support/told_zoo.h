/* How does an engine in real time meet the ZooKeeper of virtual time? */
#ifndef WEIR_TEST_TOLD_ZOO_H
#define WEIR_TEST_TOLD_ZOO_H

#include "framework/base/clock.h"
#include "test/support/sim_run.h"
#include <stdbool.h>
#include <stdint.h>

/* The simulated client (sim_zoo.h), but a millisecond passes with every look of the engine, and the
 * deadline is the test's to tell. The thread that looks is the only one that may touch the
 * simulation while an engine runs. */

/* How often a new member asks the store for offsets that nobody waits for (control_greet.c). */
enum { TOLD_ZOO_GREETING = 1 };

/* A fixture: one server, and a run (sim_run_set_up) whose coordinator is there, by this library.
 * The deadline is never, nobody has asked. */
void told_zoo_set_up(struct sim_run *run, struct weir_library *library, int32_t partitions,
                     uint32_t records);
void told_zoo_tear_down(struct sim_run *run);
void told_zoo_set_deadline(weir_time at);
/* The deadline passes as soon as a transaction is sent that begins with a check of this node. */
void told_zoo_end_at_check(const char *path);
/* Times that somebody asked for the deadline. */
unsigned told_zoo_asks(void);

typedef void told_zoo_deed_fn(void *user);
/* Has it done by that thread, before its next look, and waits for it. Thread: the test's. */
void told_zoo_do(told_zoo_deed_fn *deed, void *user);
/* A deed, also before there is an engine: the record (struct weir_switch) becomes group-1's. */
told_zoo_deed_fn told_zoo_write_switch;
/* The node of a member of group-1 that divides by colors, and never says that it has heard of a
 * switch, so none goes on by itself. Thread: the engine's, or before there is an engine. */
void told_zoo_register(const char *path, char *color, uint32_t partitions_of_orders);
/* The same as told_zoo_do, but not if the engine has come to its end, which `over` says. */
void told_zoo_try(told_zoo_deed_fn *deed, void *user, bool (*over)(void));

#endif /* WEIR_TEST_TOLD_ZOO_H */
