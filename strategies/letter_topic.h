/* What is the topic of dead letters called? */
#ifndef WEIR_STRATEGIES_LETTER_TOPIC_H
#define WEIR_STRATEGIES_LETTER_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

/* A name in which {topic}, once or not at all, stands for the topic of the record. Pure. */

enum { WEIR_TOPIC_SIZE = 250 }; /* the longest that Kafka allows, with its end */

/* WEIR_ERR_CONFIG: no topic can have such a name, or each would be its own letter topic; the text
 * is a sentence. */
WEIR_MUST_CHECK enum weir_status weir_letter_topic_check(const char *pattern,
                                                         struct weir_error *error);
/* False: the name would be too long. */
WEIR_MUST_CHECK bool weir_letter_topic_of(const char *pattern, const char *topic,
                                          char out[WEIR_TOPIC_SIZE]);
/* May letters of some topic go to this one? */
bool weir_letter_topic_fits(const char *pattern, const char *topic);

#endif /* WEIR_STRATEGIES_LETTER_TOPIC_H */
