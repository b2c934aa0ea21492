#include <weir/plan.h>

#include <assert.h>
#include <string.h>

#include "framework/base/error.h"
#include "strategies/built_in.h"
#include "strategies/subscribers.h"

static const struct weir_strategy *const strategies[] = {&weir_strategy_range,
                                                         &weir_strategy_roundrobin,
                                                         &weir_strategy_sticky,
                                                         &weir_strategy_static,
                                                         &weir_strategy_bluegreen,
                                                         &weir_strategy_bluegreen_range,
                                                         &weir_strategy_bluegreen_roundrobin,
                                                         &weir_strategy_bluegreen_static};

enum { STRATEGIES = sizeof strategies / sizeof strategies[0] };

const struct weir_strategy *weir_strategy_list(size_t index)
{
    return index < STRATEGIES ? strategies[index] : NULL;
}

const struct weir_strategy *weir_strategy_find(const char *name)
{
    for (size_t i = 0; i < STRATEGIES; i++) {
        if (strcmp(strategies[i]->name, name) == 0) {
            return strategies[i];
        }
    }
    return NULL;
}

static enum weir_status check_topic(const struct weir_strategy *strategy,
                                    const struct weir_strategy_view *view, uint32_t index,
                                    const uint32_t *owners, struct weir_error *error)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, index);

    for (uint32_t partition = 0; partition < topic->partitions; partition++) {
        uint32_t owner = owners[topic->first + partition];
        if (owner == WEIR_STRATEGY_NOBODY) {
            continue;
        }
        if (owner >= view->member_count) {
            return weir_error_set(
                error, WEIR_ERR_PLUGIN, 0, "strategy %s gave %s:%u to member %u, and there are %zu",
                strategy->name, topic->name, partition, owner, view->member_count);
        }
        const struct weir_strategy_member *member = weir_strategy_member_at(view, owner);
        if (!weir_subscribers_has(member, index)) {
            return weir_error_set(error, WEIR_ERR_PLUGIN, 0,
                                  "strategy %s gave %s:%u to %s, who does not subscribe to %s",
                                  strategy->name, topic->name, partition, member->id, topic->name);
        }
    }
    return WEIR_OK;
}

enum weir_status weir_strategy_ask(const struct weir_strategy *strategy,
                                   const struct weir_strategy_view *view, uint32_t *owners,
                                   struct weir_error *error)
{
    enum weir_status status = WEIR_OK;

    assert(strategy->assign != NULL);
    for (size_t i = 0; i < view->partition_count; i++) {
        owners[i] = WEIR_STRATEGY_NOBODY;
    }
    if (view->member_count == 0) {
        return WEIR_OK;
    }
    status = strategy->assign(view, owners, error);
    for (size_t topic = 0; topic < view->topic_count && status == WEIR_OK; topic++) {
        status = check_topic(strategy, view, (uint32_t)topic, owners, error);
    }
    return status;
}
