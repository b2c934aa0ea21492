#include "test/support/client_kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

enum { ERROR_SIZE = 512 };

void client_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[ERROR_SIZE];

    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
        fail_test("%s=%s: %s", name, value, error);
    }
}

void client_set_all(rd_kafka_conf_t *conf, const char *const *properties)
{
    for (size_t i = 0; properties != NULL && properties[i] != NULL; i++) {
        char *name = fail_or_copy(properties[i]);
        char *value = strchr(name, '=');
        if (value == NULL) {
            fail_test("'%s' is not name=value", name);
        }
        *value++ = '\0';
        client_set(conf, name, value);
        free(name);
    }
}

rd_kafka_conf_t *client_conf(const char *bootstrap, const char *const *properties)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    client_set(conf, "bootstrap.servers", bootstrap);
    client_set(conf, "reconnect.backoff.ms", "10");
    client_set(conf, "reconnect.backoff.max.ms", "100");
    client_set(conf, "log_level", "2"); /* what fails is said in the text of the test */
    client_set_all(conf, properties);
    return conf;
}

static rd_kafka_t *client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char error[ERROR_SIZE];
    rd_kafka_t *handle = rd_kafka_new(type, conf, error, sizeof error);

    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        fail_test("cannot make a client: %s", error);
    }
    return handle;
}

rd_kafka_t *client_producer(rd_kafka_conf_t *conf)
{
    return client_open(RD_KAFKA_PRODUCER, conf);
}

rd_kafka_t *client_consumer(rd_kafka_conf_t *conf)
{
    return client_open(RD_KAFKA_CONSUMER, conf);
}
