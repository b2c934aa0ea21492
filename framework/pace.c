#include "framework/pace.h"

#include <assert.h>

void weir_pace_init(struct weir_pace *pace, uint32_t floor)
{
    assert(floor > 0);
    *pace = (struct weir_pace){.floor = floor, .limit = floor};
}

void weir_pace_turn(struct weir_pace *pace, weir_time now, uint32_t came_back)
{
    weir_time passed = now - pace->since;

    assert(passed >= 0);
    pace->came_back += came_back;
    if (passed < WEIR_NS_PER_MS) {
        return;
    }
    uint64_t per_ms = (uint64_t)pace->came_back * WEIR_NS_PER_MS / (uint64_t)passed;
    per_ms = per_ms < WEIR_PACE_LIMIT_MAX ? per_ms : WEIR_PACE_LIMIT_MAX;
    pace->limit = per_ms > pace->floor ? (uint32_t)per_ms : pace->floor;
    pace->came_back = 0;
    pace->since = now;
}
