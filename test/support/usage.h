/* What does a process take of the machine? */
#ifndef WEIR_TEST_USAGE_H
#define WEIR_TEST_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/* The tests fail when there is no such process. Thread: main. */

/* Processor time of all its threads, user and system, so far. */
int64_t usage_cpu_ms(pid_t pid);
/* The most that was ever resident, in KiB. */
int64_t usage_resident_kib_max(pid_t pid);

/* Lets so much time pass for all members of the scene (scene.h). Nobody may end meanwhile, and
 * nobody may spin: together they take a quarter of one processor at most. Returns what they took,
 * in milliseconds of processor time. */
int64_t usage_hold_out(int64_t ms);

#endif /* WEIR_TEST_USAGE_H */
