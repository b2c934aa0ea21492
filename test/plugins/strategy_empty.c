/* Refused: it has no slot filled. */
#include <weir/strategy.h>

WEIR_API extern const struct weir_strategy_plugin weir_strategy_plugin;

const struct weir_strategy_plugin weir_strategy_plugin = {
    .magic = WEIR_STRATEGY_MAGIC,
    .abi = WEIR_STRATEGY_ABI,
    .plugin_size = sizeof(struct weir_strategy_plugin),
    .strategy_size = sizeof(struct weir_strategy),
    .view_size = sizeof(struct weir_strategy_view),
    .strategy = {.name = "empty"},
};
