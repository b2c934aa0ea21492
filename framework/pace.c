#include "framework/pace.h"

#include <assert.h>

enum { GATHER_US = 100 };

void weir_pace_init(struct weir_pace *pace, uint32_t floor)
{
    assert(floor > 0);
    *pace = (struct weir_pace){.floor = floor, .limit = floor};
}

static uint32_t most(uint64_t value, uint32_t limit)
{
    return value < limit ? (uint32_t)value : limit;
}

void weir_pace_turn(struct weir_pace *pace, weir_time now, struct weir_paced came_back)
{
    weir_time passed = now - pace->since;
    struct weir_paced *sum = &pace->came_back;

    assert(passed >= 0 && came_back.took >= 0);
    sum->batches += came_back.batches;
    sum->records += came_back.records;
    sum->took += came_back.took;
    if (passed < WEIR_NS_PER_MS) {
        return;
    }
    uint64_t per_ms = (uint64_t)sum->batches * WEIR_NS_PER_MS / (uint64_t)passed;
    uint32_t limit = most(per_ms, WEIR_PACE_LIMIT_MAX);
    pace->limit = limit > pace->floor ? limit : pace->floor;
    if (sum->took > 0) {
        uint64_t wanted = (uint64_t)GATHER_US * WEIR_NS_PER_US * sum->records;
        pace->gather = most(wanted / (uint64_t)sum->took, UINT32_MAX);
    }
    *sum = (struct weir_paced){0};
    pace->since = now;
}
