/* Does a topic's name match an expression? */
#ifndef WEIR_STRATEGIES_PATTERN_H
#define WEIR_STRATEGIES_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* A regular expression of PCRE2, compiled once. It is searched for in the name: ^ ties its
 * beginning down, only $ its end. Pure. Thread: one at a time. Memory: the heap. */
struct weir_pattern;

/* WEIR_ERR_CONFIG: the text says why and *offset, in bytes from the start, where; neither holds the
 * expression. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_pattern_create(const char *text, struct weir_pattern **out,
                                                     size_t *offset, struct weir_error *error);
/* Accepts NULL. */
void weir_pattern_destroy(struct weir_pattern *pattern);

/* Effort is limited, for some expressions take centuries over some names. WEIR_ERR_FULL: the limit
 * was reached, so nobody knows; WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_pattern_match(struct weir_pattern *pattern, const char *name,
                                                    bool *matches);

#endif /* WEIR_STRATEGIES_PATTERN_H */
