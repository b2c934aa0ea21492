#include "framework/base/clock.h"

#include <assert.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

weir_time weir_clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

weir_time weir_clock_boot(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

weir_time weir_clock_from_boot(weir_time at)
{
    return at == WEIR_TIME_NEVER ? at : at - (weir_clock_boot() - weir_clock_now());
}

int64_t weir_clock_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

weir_time weir_time_after_ms(weir_time at, int64_t ms)
{
    assert(ms >= 0);
    if (ms > (WEIR_TIME_NEVER - at) / WEIR_NS_PER_MS) {
        return WEIR_TIME_NEVER;
    }
    return at + ms * WEIR_NS_PER_MS;
}

struct timespec weir_time_spec(weir_time at)
{
    return (struct timespec){.tv_sec = (time_t)(at / NS_PER_S), .tv_nsec = (long)(at % NS_PER_S)};
}
