#include "strategies/built_in.h"
#include "strategies/subscribers.h"

#include <assert.h>

#include "framework/base/error.h"

/* The first of the ascending members that is not before `turn`; behind the last comes the first. */
static uint32_t next_of(const uint32_t *members, size_t count, uint32_t turn)
{
    size_t low = 0;
    size_t high = count;

    assert(count > 0);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (members[middle] < turn) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return members[low < count ? low : 0];
}

/* Partition after partition to member after member; who does not subscribe is passed over, and has
 * had its turn. */
static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    struct weir_subscribers subscribers;
    uint32_t turn = 0;

    if (weir_subscribers_init(view, &subscribers) != WEIR_OK) {
        return weir_error_nomem(error);
    }
    for (size_t i = 0; i < view->topic_count; i++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, i);
        size_t count;
        const uint32_t *members = weir_subscribers_of(&subscribers, i, &count);
        for (uint32_t partition = 0; count > 0 && partition < topic->partitions; partition++) {
            uint32_t member = next_of(members, count, turn);
            owners[topic->first + partition] = member;
            turn = member + 1; /* of nobody behind the last: then the first's */
        }
    }
    weir_subscribers_fini(&subscribers);
    return WEIR_OK;
}

const struct weir_strategy weir_strategy_roundrobin = {.name = "roundrobin", .assign = assign};
