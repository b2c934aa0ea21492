#include "test/support/admin_kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/admin_private_kafka.h"
#include "test/support/client_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"

enum { ERROR_SIZE = 512 };

static void open_client(struct admin *admin)
{
    admin->handle = client_producer(client_conf(admin->bootstrap, NULL));
    admin->queue = rd_kafka_queue_new(admin->handle);
}

static void close_client(struct admin *admin)
{
    rd_kafka_queue_destroy(admin->queue);
    rd_kafka_destroy(admin->handle);
}

struct admin *admin_open(const char *bootstrap)
{
    struct admin *admin = fail_or_alloc(1, sizeof *admin);

    admin->bootstrap = fail_or_copy(bootstrap);
    open_client(admin);
    return admin;
}

void admin_close(struct admin *admin)
{
    if (admin == NULL) {
        return;
    }
    admin_drop_reader(admin);
    close_client(admin);
    free(admin->bootstrap);
    free(admin);
}

rd_kafka_event_t *admin_await(struct admin *admin, const char *what)
{
    struct deadline deadline = deadline_in_ms(ADMIN_MS);
    rd_kafka_event_t *event = rd_kafka_queue_poll(admin->queue, deadline_left_ms(deadline));

    if (event == NULL) {
        fail_test("%s: no answer within %d ms", what, ADMIN_MS);
    }
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("%s: %s", what, rd_kafka_event_error_string(event));
    }
    return event;
}

/* All requests here are about one topic, and so are their answers. */
static void require_topic(const rd_kafka_topic_result_t *const *results, size_t count,
                          const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char *text = rd_kafka_topic_result_error_string(results[i]);
            fail_test("%s of topic %s: %s", what, rd_kafka_topic_result_name(results[i]),
                      text != NULL ? text
                                   : rd_kafka_err2str(rd_kafka_topic_result_error(results[i])));
        }
    }
}

/* Partitions that have a leader, or -1 if one has none. */
static int led_partitions(const struct rd_kafka_metadata_topic *topic)
{
    if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    for (int i = 0; i < topic->partition_cnt; i++) {
        if (topic->partitions[i].leader < 0 ||
            topic->partitions[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return -1;
        }
    }
    return topic->partition_cnt;
}

/* All topics are asked for, since asking for one by name may be read as a wish to create it. */
int admin_partitions(struct admin *admin, const char *topic)
{
    const struct rd_kafka_metadata *metadata = NULL;
    struct deadline deadline = deadline_in_ms(ADMIN_MS);
    int found = 0;

    rd_kafka_resp_err_t error =
        rd_kafka_metadata(admin->handle, 1, NULL, &metadata, deadline_left_ms(deadline));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("metadata: %s", rd_kafka_err2str(error));
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, topic) == 0) {
            found = led_partitions(&metadata->topics[i]);
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return found;
}

int admin_leader(struct admin *admin, const char *topic, int32_t partition)
{
    const struct rd_kafka_metadata *metadata = NULL;
    struct deadline deadline = deadline_in_ms(ADMIN_MS);
    int leader = -1;

    rd_kafka_resp_err_t error =
        rd_kafka_metadata(admin->handle, 1, NULL, &metadata, deadline_left_ms(deadline));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("metadata: %s", rd_kafka_err2str(error));
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *found = &metadata->topics[i];
        if (strcmp(found->topic, topic) == 0 && partition < found->partition_cnt) {
            leader = found->partitions[partition].leader;
        }
    }
    rd_kafka_metadata_destroy(metadata);
    if (leader < 1) {
        fail_test("%s/%d has no leader", topic, (int)partition);
    }
    return leader;
}

static rd_kafka_NewTopic_t *new_topic(const struct admin_topic *topic)
{
    char text[ERROR_SIZE];
    int partitions = topic->partitions == 0 ? 1 : topic->partitions;
    int replicas = topic->replicas == 0 ? -1 : topic->replicas;
    rd_kafka_NewTopic_t *request =
        rd_kafka_NewTopic_new(topic->name, partitions, replicas, text, sizeof text);

    if (request == NULL) {
        fail_test("topic %s: %s", topic->name, text);
    }
    for (size_t i = 0; topic->config != NULL && topic->config[i] != NULL; i++) {
        char *name = fail_or_copy(topic->config[i]);
        char *value = strchr(name, '=');
        if (value == NULL) {
            fail_test("topic %s: '%s' is not name=value", topic->name, name);
        }
        *value++ = '\0';
        (void)rd_kafka_NewTopic_set_config(request, name, value);
        free(name);
    }
    return request;
}

void admin_create_topic(struct admin *admin, const struct admin_topic *topic)
{
    rd_kafka_NewTopic_t *request = new_topic(topic);
    size_t count = 0;

    rd_kafka_CreateTopics(admin->handle, &request, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "creation");
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    require_topic(results, count, "creation");
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(request);
    int partitions = topic->partitions == 0 ? 1 : topic->partitions;
    WAIT_UNTIL(admin_partitions(admin, topic->name) == partitions, ADMIN_MS);
}

/* A client that knows a topic and then sees another one of that name reads memory that it has freed
 * (librdkafka 2.4 and later, Debian 13's 2.8.0 for one; its issue 4964). A new one knows none. */
static void forget_topics(struct admin *admin)
{
    admin_drop_reader(admin);
    close_client(admin);
    open_client(admin);
}

void admin_delete_topic(struct admin *admin, const char *topic)
{
    rd_kafka_DeleteTopic_t *request = rd_kafka_DeleteTopic_new(topic);
    size_t count = 0;

    rd_kafka_DeleteTopics(admin->handle, &request, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "deletion");
    const rd_kafka_topic_result_t **results =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    require_topic(results, count, "deletion");
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteTopic_destroy(request);
    WAIT_UNTIL(admin_partitions(admin, topic) == 0, ADMIN_MS);
    forget_topics(admin);
}

void admin_add_partitions(struct admin *admin, const char *topic, int total)
{
    char text[ERROR_SIZE];
    size_t count = 0;
    rd_kafka_NewPartitions_t *request =
        rd_kafka_NewPartitions_new(topic, (size_t)total, text, sizeof text);

    if (request == NULL) {
        fail_test("partitions of %s: %s", topic, text);
    }
    rd_kafka_CreatePartitions(admin->handle, &request, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "growth");
    const rd_kafka_topic_result_t **results = rd_kafka_CreatePartitions_result_topics(
        rd_kafka_event_CreatePartitions_result(event), &count);
    require_topic(results, count, "growth");
    rd_kafka_event_destroy(event);
    rd_kafka_NewPartitions_destroy(request);
    WAIT_UNTIL(admin_partitions(admin, topic) == total, ADMIN_MS);
}

void admin_delete_records(struct admin *admin, const char *topic, int32_t partition, int64_t before)
{
    rd_kafka_topic_partition_list_t *offsets = admin_one_offset(topic, partition, before);
    rd_kafka_DeleteRecords_t *request = rd_kafka_DeleteRecords_new(offsets);

    rd_kafka_DeleteRecords(admin->handle, &request, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "deletion of records");
    const rd_kafka_topic_partition_list_t *answer =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
    admin_require_partitions(answer, "deletion of records");
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(offsets);
}

static void allow(struct admin *admin, rd_kafka_ResourceType_t type, const char *name,
                  const char *who, const char *operation)
{
    char text[ERROR_SIZE];
    size_t count = 0;
    rd_kafka_AclBinding_t *binding =
        rd_kafka_AclBinding_new(type, name, RD_KAFKA_RESOURCE_PATTERN_LITERAL, who, "*",
                                strcmp(operation, "read") == 0 ? RD_KAFKA_ACL_OPERATION_READ
                                                               : RD_KAFKA_ACL_OPERATION_DESCRIBE,
                                RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text, sizeof text);

    if (binding == NULL) {
        fail_test("access rule: %s", text);
    }
    rd_kafka_CreateAcls(admin->handle, &binding, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "access rule");
    const rd_kafka_acl_result_t **results =
        rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count);
    const rd_kafka_error_t *error = count == 1 ? rd_kafka_acl_result_error(results[0]) : NULL;
    if (count != 1 || error != NULL) {
        fail_test("access rule: %s", error == NULL ? "no answer" : rd_kafka_error_string(error));
    }
    rd_kafka_event_destroy(event);
    rd_kafka_AclBinding_destroy(binding);
}

void admin_allow(struct admin *admin, const char *who, const char *operation, const char *topic)
{
    allow(admin, RD_KAFKA_RESOURCE_TOPIC, topic, who, operation);
}

void admin_allow_group(struct admin *admin, const char *who, const char *operation,
                       const char *group)
{
    allow(admin, RD_KAFKA_RESOURCE_GROUP, group, who, operation);
}

static int64_t watermark(struct admin *admin, const char *topic, int32_t partition, bool end)
{
    int64_t low = 0;
    int64_t high = 0;
    struct deadline deadline = deadline_in_ms(ADMIN_MS);
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        admin->handle, topic, partition, &low, &high, deadline_left_ms(deadline));

    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("offsets of %s/%d: %s", topic, partition, rd_kafka_err2str(error));
    }
    return end ? high : low;
}

int64_t admin_begin_offset(struct admin *admin, const char *topic, int32_t partition)
{
    return watermark(admin, topic, partition, false);
}

int64_t admin_end_offset(struct admin *admin, const char *topic, int32_t partition)
{
    return watermark(admin, topic, partition, true);
}

rd_kafka_topic_partition_list_t *admin_one_offset(const char *topic, int32_t partition,
                                                  int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    return list;
}

void admin_require_partitions(const rd_kafka_topic_partition_list_t *partitions, const char *what)
{
    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &partitions->elems[i];
        if (one->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fail_test("%s of %s/%d: %s", what, one->topic, one->partition,
                      rd_kafka_err2str(one->err));
        }
    }
}
