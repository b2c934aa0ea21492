/* What does a value of a `weir.*` key mean as a number? */
#ifndef WEIR_CONFIG_VALUE_H
#define WEIR_CONFIG_VALUE_H

#include <stdint.h>
#include <weir/config.h>

/* Pure. Thread: any. Numbers may carry a suffix by the row's unit: bytes KiB MiB GiB, ms s m h,
 * timestamp as in RFC 3339. A choice becomes its place in the range, from 0; a boolean 0 or 1; a
 * string 0. WEIR_ERR_CONFIG: not acceptable; the text names the key and what is allowed, never the
 * value, which might be a secret in the wrong line. */
WEIR_MUST_CHECK enum weir_status weir_value_parse(const struct weir_config_key *row,
                                                  const char *text, int64_t *out,
                                                  struct weir_error *error);

/* "LOW..HIGH" of a number's row. */
void weir_value_limits(const struct weir_config_key *row, int64_t *low, int64_t *high);

#endif /* WEIR_CONFIG_VALUE_H */
