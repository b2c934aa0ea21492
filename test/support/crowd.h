/* What does a change cost a group of hundreds? */
#ifndef WEIR_TEST_CROWD_H
#define WEIR_TEST_CROWD_H

#include <stdint.h>

/* Members on one simulated ZooKeeper (sim_zoo.h) in virtual time, like those of troupe.h but many,
 * and without accidents: what is assigned is accepted, and what is revoked handed back, at once.
 * All divide one topic with weir's own `sticky`. What is checked all the time: a partition has one
 * owner (I5), nobody complains, nothing is left at the end (I13). One at a time. Thread: the
 * test's. */
enum { CROWD_MEMBERS_MAX = 256, CROWD_PARTITIONS_MAX = 512 };

void crowd_open(uint32_t partitions);
void crowd_close(void);

/* So many, from this one on, at the same moment. */
void crowd_start(unsigned first, unsigned count);
void crowd_leave(unsigned number);
/* Number 0, which has a machine of its own. */
void crowd_crash_first(void);
/* Until everything is somebody's, nobody has two more than another, and for a second after that;
 * the test fails when it takes longer than a minute. Returns what it took, in milliseconds. */
int64_t crowd_settle(void);
/* How many partitions got another owner, or one at all, since the last call. */
uint32_t crowd_moved(void);

#endif /* WEIR_TEST_CROWD_H */
