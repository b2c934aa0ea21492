/* Everything goes to the last member that subscribes. */
#include <weir/strategy.h>

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    (void)error;
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_strategy_member *member = weir_strategy_member_at(view, i);
        for (size_t k = 0; k < member->topic_count; k++) {
            const struct weir_strategy_topic *topic =
                weir_strategy_topic_at(view, member->topics[k]);
            for (uint32_t p = 0; p < topic->partitions; p++) {
                owners[topic->first + p] = (uint32_t)i;
            }
        }
    }
    return WEIR_OK;
}

WEIR_STRATEGY(.name = "last", .assign = assign)
