/* Do the keys go together? */
#ifndef WEIR_CONFIG_CHECK_H
#define WEIR_CONFIG_CHECK_H

#include "strategies/selection.h"
#include <weir/config.h>

/* Required keys and keys that contradict each other; single values were judged when they were set,
 * and librdkafka's own keys are judged in config_kafka.h. Every mistake is told; the status is
 * that of the first. Pure. Thread: any. */
WEIR_MUST_CHECK enum weir_status weir_config_check_keys(const struct weir_config *config,
                                                        weir_config_error_fn *tell, void *user);

/* Tells what may be so and is seldom meant. Pure. Thread: any. */
void weir_config_advise_keys(const struct weir_config *config, weir_config_advice_fn *tell,
                             void *user);

/* What weir.topics, which is given, weir.topics.exclude and weir.topics.internal say together.
 * WEIR_ERR_CONFIG, WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_config_select(const struct weir_config *config,
                                                    struct weir_selection **out,
                                                    struct weir_error *error);

#endif /* WEIR_CONFIG_CHECK_H */
