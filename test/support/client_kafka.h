/* How does the harness itself get a client of a cluster? */
#ifndef WEIR_TEST_CLIENT_KAFKA_H
#define WEIR_TEST_CLIENT_KAFKA_H

#include <weir/export.h>

/* librdkafka's own types, so that this header does not need its. */
struct rd_kafka_s;
struct rd_kafka_conf_s;

/* Handles do not survive a fork: open them in the test or its checked fixture. All of these fail
 * the test with librdkafka's words. `properties` ("name=value") may be NULL and ends with NULL. */
WEIR_MUST_CHECK struct rd_kafka_conf_s *client_conf(const char *bootstrap,
                                                    const char *const *properties);
void client_set(struct rd_kafka_conf_s *conf, const char *name, const char *value);
void client_set_all(struct rd_kafka_conf_s *conf, const char *const *properties);
/* Both take the configuration; the caller gives the handle to rd_kafka_destroy. */
WEIR_MUST_CHECK struct rd_kafka_s *client_producer(struct rd_kafka_conf_s *conf);
WEIR_MUST_CHECK struct rd_kafka_s *client_consumer(struct rd_kafka_conf_s *conf);

#endif /* WEIR_TEST_CLIENT_KAFKA_H */
