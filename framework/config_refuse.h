/* Which keys of others are not accepted, and what to write instead? */
#ifndef WEIR_CONFIG_REFUSE_H
#define WEIR_CONFIG_REFUSE_H

#include <stdbool.h>
#include <weir/status.h>

/* Pure. Thread: any. */

/* Keys that only the Java client knows, and keys that are weir's business because a value of the
 * user's would break a promise. WEIR_ERR_CONFIG with the sentence that says what to do. */
WEIR_MUST_CHECK enum weir_status weir_config_refuse_key(const char *key, struct weir_error *error);

/* Values that have another meaning here than in the Java client, or that make librdkafka start a
 * program. `trusted`: they come from a file that only root or we can write. */
WEIR_MUST_CHECK enum weir_status weir_config_refuse_value(const char *key, const char *value,
                                                          bool trusted, struct weir_error *error);

#endif /* WEIR_CONFIG_REFUSE_H */
