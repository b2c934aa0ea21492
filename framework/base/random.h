/* What random number comes next, given the seed? */
#ifndef WEIR_BASE_RANDOM_H
#define WEIR_BASE_RANDOM_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). Any
 * seed is good. Not for secrets. */
struct weir_random {
    uint64_t state;
};

uint64_t weir_random_next(struct weir_random *random);
/* 0..bound-1; bound > 0. */
uint64_t weir_random_below(struct weir_random *random, uint64_t bound);

#endif /* WEIR_BASE_RANDOM_H */
