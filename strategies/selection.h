/* Which of a cluster's topics does the user want? */
#ifndef WEIR_STRATEGIES_SELECTION_H
#define WEIR_STRATEGIES_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* Lists of names and expressions (topics.h, pattern.h). A topic is wanted if it is named, or if an
 * expression matches it and it is neither internal nor for dead letters; and if nothing of
 * `exclude` names or matches it. Pure. Thread: one at a time. Memory: the heap. */
struct weir_selection;

struct weir_selection_options {
    const char *topics;
    const char *exclude; /* NULL or empty: nothing */
    const char *letters; /* the pattern of letter_topic.h: no expression matches what fits; NULL */
    bool internal;       /* expressions match names that begin with two underscores, too */
};

/* WEIR_ERR_CONFIG: the text begins with the key, weir.topics or weir.topics.exclude, and says at
 * which character; the lists are not in it. A topic that is both named and excluded is a mistake,
 * too. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_selection_create(const struct weir_selection_options *options,
                                                       struct weir_selection **out,
                                                       struct weir_error *error);
/* Accepts NULL. */
void weir_selection_destroy(struct weir_selection *selection);

/* The topics that are named, in the order written. Borrowed until destroy. Thread: any. */
const char *const *weir_selection_names(const struct weir_selection *selection, size_t *count);
/* How many expressions there are: without any, what is named is all. Thread: any. */
size_t weir_selection_patterns(const struct weir_selection *selection);

/* WEIR_ERR_CONFIG: nobody knows, for an expression would take too long over this name; the text has
 * both. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_selection_wants(struct weir_selection *selection,
                                                      const char *topic, bool *wanted,
                                                      struct weir_error *error);

#endif /* WEIR_STRATEGIES_SELECTION_H */
