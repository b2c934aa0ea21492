#include "test/support/seeds.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { SHARE = 50 };
#elif defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { SHARE = 10 };
#else
enum { SHARE = 1 };
#endif

uint64_t seeds_count(uint64_t usual)
{
    const char *text = getenv("SIM_SEEDS");
    double scale = text != NULL ? strtod(text, NULL) : 1.0;
    double count = (double)usual / (double)SHARE * (scale > 0.0 ? scale : 1.0);

    return count < 1.0 ? 1 : (uint64_t)count;
}

uint64_t seeds_first(void)
{
    const char *text = getenv("SIM_FIRST_SEED");

    return text != NULL ? strtoull(text, NULL, 10) : 1;
}

struct seeds seeds_share(uint64_t usual, int share, int shares)
{
    uint64_t count = seeds_count(usual) / (uint64_t)shares + 1;
    uint64_t first = seeds_first() + (uint64_t)share * count;

    assert(share >= 0 && share < shares);
    return (struct seeds){.first = first, .end = first + count};
}

void seeds_begin(uint64_t seed)
{
    if (getenv("SIM_VERBOSE") != NULL) {
        (void)fprintf(stderr, "seed %" PRIu64 "\n", seed);
    }
}
