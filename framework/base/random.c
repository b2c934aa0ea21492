#include "framework/base/random.h"

#include <assert.h>

uint64_t weir_random_next(struct weir_random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t weir_random_below(struct weir_random *random, uint64_t bound)
{
    assert(bound > 0);
    return weir_random_next(random) % bound; /* the bias is below bound / 2^64 */
}
