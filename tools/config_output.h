/* How is a configuration shown to people and programs? */
#ifndef WEIR_TOOLS_CONFIG_OUTPUT_H
#define WEIR_TOOLS_CONFIG_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>
#include <weir/config.h>

enum weir_config_format {
    WEIR_CONFIG_FORMAT_TABLE,
    WEIR_CONFIG_FORMAT_JSON,
    WEIR_CONFIG_FORMAT_MARKDOWN,
    WEIR_CONFIG_FORMAT_PROPERTIES
};

/* All of weir's keys. False without memory; a stream that fails is the caller's to notice. */
bool weir_config_print_keys(FILE *stream, enum weir_config_format format);
/* What is effective, secrets masked, and where it comes from. */
bool weir_config_print_entries(FILE *stream, enum weir_config_format format,
                               const struct weir_config *config);

bool weir_config_print_keys_json(FILE *stream);
bool weir_config_print_entries_json(FILE *stream, const struct weir_config *config);

const char *weir_config_origin_name(enum weir_config_origin origin);

#endif /* WEIR_TOOLS_CONFIG_OUTPUT_H */
