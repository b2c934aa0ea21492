/* Do the keys of dead letters go together, with each other and with what is consumed? */
#ifndef WEIR_CONFIG_LETTERS_H
#define WEIR_CONFIG_LETTERS_H

#include <stdbool.h>
#include <weir/config.h>

/* Pure. Thread: any. */

/* Is weir.failure.policy=dead-letter? */
bool weir_config_writes_letters(const struct weir_config *config);
/* As config_check.h says. A letter must not come back as a record of the same consumer: neither by
 * name nor by number; expressions leave such topics out (selection.h). */
WEIR_MUST_CHECK enum weir_status weir_config_letters_check(const struct weir_config *config,
                                                           struct weir_error *error);

#endif /* WEIR_CONFIG_LETTERS_H */
