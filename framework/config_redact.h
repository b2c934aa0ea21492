/* What may be shown of a configuration? */
#ifndef WEIR_CONFIG_REDACT_H
#define WEIR_CONFIG_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* Everything that shows a key or a value to somebody goes through here. Pure. Thread: any. */

/* The key holds a secret by its name: nothing of its value may be shown. */
bool weir_config_key_secret(const char *key);

/* *out is what may be shown instead of the value, or NULL when that is the value itself. The caller
 * frees it with weir_free. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_config_redact(const char *key, const char *value, char **out);

/* A key nobody knows may be a piece of a secret in the wrong line. True when it has the look of a
 * key and may be shown. */
bool weir_config_key_showable(const char *key);

#endif /* WEIR_CONFIG_REDACT_H */
