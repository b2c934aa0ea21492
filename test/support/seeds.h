/* How many random schedules shall a test try? */
#ifndef WEIR_TEST_SEEDS_H
#define WEIR_TEST_SEEDS_H

#include <stdint.h>

/* `usual` times the environment's SIM_SEEDS (1 if unset; fractions are fine), at least 1. Without
 * sanitizers, that is: with that of addresses, which makes each ten times as long, it is a tenth,
 * and with that of threads, which sees nothing in schedules that one thread plays, a fiftieth. A
 * run begins at SIM_FIRST_SEED, or 1. */
uint64_t seeds_count(uint64_t usual);
uint64_t seeds_first(void);
/* From the first up to the end, which is not one of them. */
struct seeds {
    uint64_t first;
    uint64_t end;
};
/* One of the equal shares, from 0, of as many. One loop of check's tries a share, so that a failure
 * does not hide the others. */
struct seeds seeds_share(uint64_t usual, int share, int shares);
/* Writes the seed to stderr when the environment has SIM_VERBOSE: the last one is the one that
 * failed. */
void seeds_begin(uint64_t seed);

#endif /* WEIR_TEST_SEEDS_H */
