/* Which topics did the user name? */
#ifndef WEIR_STRATEGIES_TOPICS_H
#define WEIR_STRATEGIES_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* A list such as "orders, payments,^log-.*": names as the broker allows them, and regular
 * expressions that begin with ^ (of librdkafka's kind; they cannot hold a comma). Pure.
 * Thread: any. Memory: the heap. */
struct weir_topics {
    const char **names; /* in the order written */
    size_t count;
    char *text; /* what the names point into */
};

/* WEIR_ERR_CONFIG: "at character N: ..."; the text of the list is not in it. WEIR_ERR_NOMEM.
 * Fini accepts zeroed memory. */
WEIR_MUST_CHECK enum weir_status weir_topics_parse(const char *text, struct weir_topics *out,
                                                   struct weir_error *error);
void weir_topics_fini(struct weir_topics *topics);

/* 1 to 249 letters, digits, dots, underscores and hyphens, but not "." or "..". */
bool weir_topic_name_valid(const char *name, size_t size);

#endif /* WEIR_STRATEGIES_TOPICS_H */
