/* How does a thread wait for messages and time at once? */
#ifndef WEIR_FRAMEWORK_LOOP_H
#define WEIR_FRAMEWORK_LOOP_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <weir/status.h>

/* A thread with an event loop that knows one thing: to take a turn when it was woken or when its
 * time has come. Everything that happens in between is found by the turn itself. */
struct weir_loop;

/* Thread: the loop's. Says when it wants the next turn at the latest, WEIR_TIME_NEVER if only after
 * a wake. */
typedef weir_time weir_turn_fn(weir_time now, void *user);

WEIR_MUST_CHECK enum weir_status weir_loop_create(const char *name, weir_turn_fn *turn, void *user,
                                                  struct weir_loop **out);
/* Starts the thread, with all signals blocked: signals are the program's. */
WEIR_MUST_CHECK enum weir_status weir_loop_start(struct weir_loop *loop);
/* Thread: any, until stop. Wakes coalesce. */
void weir_loop_wake(void *loop);

/* Blocking work on a side thread, then `done` on the loop's. `job` lives until done. At most a few
 * at once; a further one waits. */
typedef void weir_job_fn(void *job);
WEIR_MUST_CHECK enum weir_status weir_loop_side_job(struct weir_loop *loop, weir_job_fn *work,
                                                    weir_job_fn *done, void *job);

/* Ends the thread after the turn it is in and the side jobs that run, and waits for it. */
void weir_loop_stop(struct weir_loop *loop);
/* After stop, or if it never started. Accepts NULL. */
void weir_loop_destroy(struct weir_loop *loop);

#endif /* WEIR_FRAMEWORK_LOOP_H */
