#include "tools/bench_conf_kafka.h"

rd_kafka_t *weir_bench_open_kafka(const struct weir_bench_part *part, rd_kafka_type_t type,
                                  const struct weir_client_setting *settings, rd_kafka_conf_t *conf,
                                  int *code)
{
    char reason[WEIR_CLIENT_REASON_SIZE];

    *code = weir_client_configure(&part->cli);
    if (*code != WEIR_EXIT_OK) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_t *handle = weir_client_open_kafka(type, settings, conf, reason);
    if (handle == NULL) {
        *code = WEIR_EXIT_CONFIG;
        weir_bench_part_complain(part, reason);
    }
    return handle;
}
