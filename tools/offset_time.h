/* Which moment does the user mean? */
#ifndef WEIR_TOOLS_OFFSET_TIME_H
#define WEIR_TOOLS_OFFSET_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since 1970 (1700000000000), or ISO 8601: 2026-11-21, 2026-11-21T10:30,
 * 2026-11-21T10:30:00, 2026-11-21T10:30:00.250, each of those with a time followed by Z, +01:00 or
 * nothing, which is UTC. False when it is neither. Pure. Thread: any. */
bool weir_offset_time_parse(const char *text, int64_t *out_ms);

#endif /* WEIR_TOOLS_OFFSET_TIME_H */
