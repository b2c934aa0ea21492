/* Refused: nothing could be told apart by such a name. */
#include <weir/strategy.h>

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    (void)view;
    (void)owners;
    (void)error;
    return WEIR_OK;
}

WEIR_API extern const struct weir_strategy_plugin weir_strategy_plugin;

const struct weir_strategy_plugin weir_strategy_plugin = {
    .magic = WEIR_STRATEGY_MAGIC,
    .abi = WEIR_STRATEGY_ABI,
    .plugin_size = sizeof(struct weir_strategy_plugin),
    .strategy_size = sizeof(struct weir_strategy),
    .view_size = sizeof(struct weir_strategy_view),
    .strategy = {.name = "a name", .assign = assign},
};
