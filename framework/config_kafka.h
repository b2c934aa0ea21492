/* What does librdkafka think of its keys? */
#ifndef WEIR_CONFIG_KAFKA_H
#define WEIR_CONFIG_KAFKA_H

#include <weir/config.h>

/* Thread: one at a time. Error texts name the key and librdkafka's reason, never the value. */

/* Sets every key of the configuration that is librdkafka's on `rd_kafka_conf`, a rd_kafka_conf_t.
 * WEIR_ERR_CONFIG, WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_config_kafka_apply(const struct weir_config *config,
                                                         void *rd_kafka_conf,
                                                         struct weir_error *error);

/* As apply, for the producer of dead letters. What only consumers know is left out; with
 * weir.failure.policy=dead-letter, and then alone, apply leaves out what only producers know. */
WEIR_MUST_CHECK enum weir_status weir_config_letters_apply(const struct weir_config *config,
                                                           void *rd_kafka_conf,
                                                           struct weir_error *error);

/* Judges one key and value alone. Loads no plug-in of librdkafka's. WEIR_ERR_NOT_FOUND: no such
 * key; the text names the nearest of librdkafka's and of weir's. */
WEIR_MUST_CHECK enum weir_status weir_config_kafka_probe(const char *key, const char *value,
                                                         struct weir_error *error);

/* As apply on a configuration that is thrown away, and creates a client from it that has no brokers
 * and no group: librdkafka judges files, keys that contradict each other and more only then. Left
 * out where creating one would start a program: Kerberos, or librdkafka's plug-ins. */
WEIR_MUST_CHECK enum weir_status weir_config_kafka_check(const struct weir_config *config,
                                                         struct weir_error *error);

#endif /* WEIR_CONFIG_KAFKA_H */
