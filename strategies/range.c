#include "strategies/built_in.h"
#include "strategies/subscribers.h"

#include "framework/base/error.h"

/* One topic in equal shares, one behind another; the first members get one more where it does not
 * come out even. */
static void share(const struct weir_strategy_topic *topic, const uint32_t *members, size_t count,
                  uint32_t *owners)
{
    uint32_t *next = owners + topic->first;

    for (size_t i = 0; i < count; i++) {
        size_t own = topic->partitions / count + (i < topic->partitions % count ? 1 : 0);
        for (size_t k = 0; k < own; k++) {
            *next++ = members[i];
        }
    }
}

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    struct weir_subscribers subscribers;

    if (weir_subscribers_init(view, &subscribers) != WEIR_OK) {
        return weir_error_nomem(error);
    }
    for (size_t topic = 0; topic < view->topic_count; topic++) {
        size_t count;
        const uint32_t *members = weir_subscribers_of(&subscribers, topic, &count);
        share(weir_strategy_topic_at(view, topic), members, count, owners);
    }
    weir_subscribers_fini(&subscribers);
    return WEIR_OK;
}

const struct weir_strategy weir_strategy_range = {.name = "range", .assign = assign};
