/* What do the two halves of the administrator, topics and groups, share? */
#ifndef WEIR_TEST_ADMIN_PRIVATE_KAFKA_H
#define WEIR_TEST_ADMIN_PRIVATE_KAFKA_H

#include <stdint.h>
#include <weir/export.h>

struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_op_s;
struct rd_kafka_topic_partition_list_s;

enum { ADMIN_MS = 30000 };

struct admin {
    struct rd_kafka_s *handle;
    struct rd_kafka_queue_s *queue; /* of answers; one request at a time */
    char *bootstrap;
    struct rd_kafka_s *reader; /* of committed offsets; NULL: none yet */
    char *reader_group;        /* its group */
};

/* The answer to the request just made. The test fails if it is an error as a whole. The caller
 * destroys it. */
WEIR_MUST_CHECK struct rd_kafka_op_s *admin_await(struct admin *admin, const char *what);
void admin_drop_reader(struct admin *admin);
/* The caller destroys it. */
WEIR_MUST_CHECK struct rd_kafka_topic_partition_list_s *
admin_one_offset(const char *topic, int32_t partition, int64_t offset);
/* The test fails if one of them carries an error. */
void admin_require_partitions(const struct rd_kafka_topic_partition_list_s *partitions,
                              const char *what);

#endif /* WEIR_TEST_ADMIN_PRIVATE_KAFKA_H */
