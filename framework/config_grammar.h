/* Is a value well formed whose type is text, but not any text? */
#ifndef WEIR_CONFIG_GRAMMAR_H
#define WEIR_CONFIG_GRAMMAR_H

#include <weir/status.h>

/* WEIR_ERR_CONFIG with what is wrong, without the key and without a secret; WEIR_OK for a key whose
 * value may be anything. Pure. Thread: any. */
WEIR_MUST_CHECK enum weir_status weir_config_grammar_check(const char *key, const char *value,
                                                           struct weir_error *error);

#endif /* WEIR_CONFIG_GRAMMAR_H */
