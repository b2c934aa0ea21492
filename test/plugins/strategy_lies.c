/* Gives everything to a member that is not there. */
#include <weir/strategy.h>

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    (void)error;
    for (size_t i = 0; i < view->partition_count; i++) {
        owners[i] = (uint32_t)view->member_count;
    }
    return WEIR_OK;
}

WEIR_STRATEGY(.name = "lies", .assign = assign)
