#include "test/support/client_kafka.h"
#include "test/support/fail.h"
#include "test/support/mock_kafka.h"
#include "test/support/store_bench.h"
#include <librdkafka/rdkafka.h>

static struct mock *mock;

static void *open_client(void)
{
    static const char *const properties[] = {"group.id=stores", "enable.auto.commit=false", NULL};

    mock = mock_start(1);
    mock_create_topic(mock, "orders", 8);
    mock_create_topic(mock, "payments", 8);
    return client_consumer(client_conf(mock_bootstrap(mock), properties));
}

static void close_client(void *client)
{
    rd_kafka_destroy(client);
    mock_stop(mock);
}

const struct store_setting store_setting_kafka = {
    .ops = &weir_store_kafka, .client_open = open_client, .client_close = close_client};
