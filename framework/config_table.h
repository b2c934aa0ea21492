/* Which keys are weir's own? */
#ifndef WEIR_CONFIG_TABLE_H
#define WEIR_CONFIG_TABLE_H

#include <stdbool.h>
#include <weir/config.h>

/* The rows are weir_config_keys() in <weir/config.h>. Thread: any. */

/* NULL when there is no such key. */
const struct weir_config_key *weir_config_row_find(const char *name);

/* weir.*, zookeeper.* and handler.* are not for the client library; every other key is. */
bool weir_config_key_passes(const char *key);

/* Two names of one librdkafka property: the name we keep it under, or `key` itself. */
const char *weir_config_key_canonical(const char *key);

#endif /* WEIR_CONFIG_TABLE_H */
