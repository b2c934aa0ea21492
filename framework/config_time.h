/* Which instant does a written time name? */
#ifndef WEIR_CONFIG_TIME_H
#define WEIR_CONFIG_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 3339 (2024-01-31T12:00:00.5+01:00) to milliseconds since the Unix epoch, years 1970 to 9999.
 * False, and *out untouched, when the text is anything else. Pure. Thread: any. */
bool weir_timestamp_parse(const char *text, int64_t *out);

#endif /* WEIR_CONFIG_TIME_H */
