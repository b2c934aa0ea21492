/* Which two groups exchange their roles? */
#ifndef WEIR_FRAMEWORK_CONFIG_SWAP_H
#define WEIR_FRAMEWORK_CONFIG_SWAP_H

#include <stdbool.h>
#include <weir/config.h>

/* What weir.bluegreen.* say, with and without colors. WEIR_ERR_CONFIG. Pure, but for memory.
 * Thread: any. */
WEIR_MUST_CHECK enum weir_status weir_config_swap_check(const struct weir_config *config,
                                                        bool colored, struct weir_error *error);
/* Is there another group? */
bool weir_config_swaps(const struct weir_config *config);

#endif /* WEIR_FRAMEWORK_CONFIG_SWAP_H */
