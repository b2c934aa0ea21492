/* Is a strategy one of weir's own, or a plug-in's? */
#ifndef WEIR_FRAMEWORK_STRATEGY_PLUGIN_H
#define WEIR_FRAMEWORK_STRATEGY_PLUGIN_H

#include <stdbool.h>

/* What weir_strategy_open takes for the path of a shared object. Thread: any. */
bool weir_strategy_is_path(const char *text);

#endif /* WEIR_FRAMEWORK_STRATEGY_PLUGIN_H */
