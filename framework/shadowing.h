/* Which partitions does a member that stands by handle as a shadow? */
#ifndef WEIR_FRAMEWORK_SHADOWING_H
#define WEIR_FRAMEWORK_SHADOWING_H

#include "offsets/position.h"
#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* What was announced of them, and what is to be announced next so that they become those that are
 * wanted: first what is to be given up, then what is new, one announcement at a time, each answered
 * before the next. Pure, but for memory. Zeroed is nothing. Thread: control. Memory: the heap. */
struct weir_shadowing {
    struct weir_shadowed *all; /* sorted by topic and partition */
    size_t count;
    size_t released; /* of these, given up and answered: they are forgotten with the next call */
    size_t moving;   /* of these, announced to be given up and not answered yet */
    enum { WEIR_SHADOWING_RESTS, WEIR_SHADOWING_TAKES, WEIR_SHADOWING_GIVES } waits;
};

/* What is to be announced now, and is from now on; the answer is awaited. *count is 0 when there is
 * nothing: as it is wanted, or the last one has no answer yet. `wanted` is
 * sorted by topic and partition, each once. The caller frees *out, whose topics are borrowed until
 * the answer. WEIR_ERR_NOMEM: nothing changed. */
WEIR_MUST_CHECK enum weir_status weir_shadowing_give(struct weir_shadowing *shadowing,
                                                     const struct weir_position *wanted,
                                                     size_t wanted_count,
                                                     struct weir_position **out, size_t *count);
WEIR_MUST_CHECK enum weir_status weir_shadowing_take(struct weir_shadowing *shadowing,
                                                     const struct weir_position *wanted,
                                                     size_t wanted_count,
                                                     struct weir_position **out, size_t *count);
/* The answer to what is new. `declined`: nothing of it was taken. */
void weir_shadowing_taken(struct weir_shadowing *shadowing, bool declined);
/* The answer to some of what is given up; what is not of it is ignored. */
void weir_shadowing_given(struct weir_shadowing *shadowing, const struct weir_position *positions,
                          size_t count);
/* Is anything left that was announced, and not given up and answered? */
bool weir_shadowing_any(const struct weir_shadowing *shadowing);

/* Forgets everything. */
void weir_shadowing_fini(struct weir_shadowing *shadowing);

#endif /* WEIR_FRAMEWORK_SHADOWING_H */
