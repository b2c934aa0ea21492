/* Which known name did the user probably mean? */
#ifndef WEIR_CONFIG_NEAREST_H
#define WEIR_CONFIG_NEAREST_H

#include <stddef.h>
#include <weir/status.h>

#include "framework/base/limits.h"

/* The best of the names offered so far; `best` is empty while none is near enough. Pure, no memory
 * of its own. Thread: one at a time. */
struct weir_nearest {
    const char *wanted;
    size_t distance; /* of `best`, or one more than what is near enough */
    char best[WEIR_CONFIG_KEY_SIZE_MAX + 1];
};

void weir_nearest_init(struct weir_nearest *nearest, const char *wanted);
void weir_nearest_offer(struct weir_nearest *nearest, const char *name);
/* Compares with `alias`, but means `name`. */
void weir_nearest_offer_alias(struct weir_nearest *nearest, const char *alias, const char *name);
/* Says that `wanted` does not exist, and what was nearest. Returns `code`. A key nobody knows may
 * be a piece of a secret in the wrong place: it is shown only when it has the look of a key or is
 * near to one. */
enum weir_status weir_nearest_error(const struct weir_nearest *nearest, enum weir_status code,
                                    struct weir_error *error);

/* Insertions, deletions, replacements and swaps of neighbours that make one of the other. Upper and
 * lower case and the separators . _ - count as equal. `limit` + 1 when it is more than `limit`. */
size_t weir_edit_distance(const char *one, const char *other, size_t limit);

#endif /* WEIR_CONFIG_NEAREST_H */
