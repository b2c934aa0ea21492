/* What else may the engine ask a configuration? */
#ifndef WEIR_FRAMEWORK_CONFIG_H
#define WEIR_FRAMEWORK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/config.h>

/* What weir_config_integer answers for a key that has no value and no default. */
enum { WEIR_CONFIG_NO_NUMBER = -1 };

/* Place of the effective value in the range of a choice: 0 for the first word. Asserts that the key
 * is one. The enums of the engine follow the ranges of config_table.c, and a test compares them. */
uint32_t weir_config_choice(const struct weir_config *config, const char *key);

/* Has the key, of weir's or not, a value that is not empty? */
bool weir_config_given(const struct weir_config *config, const char *key);
/* Is that another one than its default, which keys that are not weir's do not have here? */
bool weir_config_changed(const struct weir_config *config, const char *key);

#endif /* WEIR_FRAMEWORK_CONFIG_H */
