#include "test/support/metadata_kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "test/support/client_kafka.h"
#include "test/support/fail.h"

enum { IDS = 64 };

struct metadata {
    rd_kafka_t *handle;
};

struct metadata *metadata_open(const char *bootstrap)
{
    struct metadata *metadata = fail_or_alloc(1, sizeof *metadata);

    metadata->handle = client_producer(client_conf(bootstrap, NULL));
    return metadata;
}

void metadata_close(struct metadata *metadata)
{
    rd_kafka_destroy(metadata->handle);
    free(metadata);
}

uint64_t metadata_brokers(const struct metadata *metadata, int ms)
{
    const struct rd_kafka_metadata *answer = NULL;
    uint64_t brokers = 0;

    if (rd_kafka_metadata(metadata->handle, 0, NULL, &answer, ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    for (int i = 0; i < answer->broker_cnt; i++) {
        if (answer->brokers[i].id >= 0 && answer->brokers[i].id < IDS) {
            brokers |= UINT64_C(1) << answer->brokers[i].id;
        }
    }
    rd_kafka_metadata_destroy(answer);
    return brokers;
}
