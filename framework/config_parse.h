/* Which keys and values does a .properties text hold? */
#ifndef WEIR_CONFIG_PARSE_H
#define WEIR_CONFIG_PARSE_H

#include <stddef.h>
#include <weir/status.h>

/* The format of java.util.Properties: comments with # or !, key and value separated by =, : or
 * blanks, continuation lines with \, escapes \t \n \r \f \uXXXX. Stricter than Java: the text is
 * UTF-8 (a byte order mark is fine), and NUL, a broken escape and over-long lines are errors.
 * Pure but for one scratch buffer, wiped after use. Thread: any. */

/* Borrowed for the call. NUL-terminated UTF-8; both may be empty. */
struct weir_property {
    const char *key;
    const char *value;
    size_t line; /* where it begins, from 1 */
};

/* Anything but WEIR_OK ends the parsing, which then returns it. */
typedef enum weir_status weir_property_fn(const struct weir_property *property, void *user,
                                          struct weir_error *error);

/* WEIR_ERR_CONFIG with "line N: ..." and nothing of the text, which may be a secret. */
WEIR_MUST_CHECK enum weir_status weir_properties_parse(const char *text, size_t size,
                                                       weir_property_fn *visit, void *user,
                                                       struct weir_error *error);

#endif /* WEIR_CONFIG_PARSE_H */
