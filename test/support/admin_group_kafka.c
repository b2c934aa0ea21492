#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/admin_kafka.h"
#include "test/support/admin_private_kafka.h"
#include "test/support/client_kafka.h"
#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/text.h"

/* The partitions of the only group in an answer. */
static const rd_kafka_topic_partition_list_t *
partitions_of(const rd_kafka_group_result_t *const *groups, size_t count, const char *what)
{
    if (count != 1) {
        fail_test("%s: %zu groups in the answer instead of 1", what, count);
    }
    const rd_kafka_error_t *error = rd_kafka_group_result_error(groups[0]);
    if (error != NULL) {
        fail_test("%s of group %s: %s", what, rd_kafka_group_result_name(groups[0]),
                  rd_kafka_error_string(error));
    }
    return rd_kafka_group_result_partitions(groups[0]);
}

void admin_drop_reader(struct admin *admin)
{
    if (admin->reader != NULL) {
        rd_kafka_destroy(admin->reader);
    }
    free(admin->reader_group);
    admin->reader = NULL;
    admin->reader_group = NULL;
}

/* A consumer of the group that never joins it. The administrator's own request for offsets crashes
 * librdkafka 2.0.2 when the group's coordinator is not ready; a consumer's waits for it. */
static rd_kafka_t *reader_of(struct admin *admin, const char *group)
{
    char *setting = text_format("group.id=%s", group);
    const char *const properties[] = {setting, NULL};

    if (admin->reader == NULL || strcmp(admin->reader_group, group) != 0) {
        admin_drop_reader(admin);
        admin->reader = client_consumer(client_conf(admin->bootstrap, properties));
        admin->reader_group = fail_or_copy(group);
    }
    free(setting);
    return admin->reader;
}

/* The broker has just started, or the group's first question made its partition. */
static bool is_settling(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

static rd_kafka_resp_err_t look_up(rd_kafka_t *reader, rd_kafka_topic_partition_list_t *list)
{
    struct deadline deadline = deadline_in_ms(ADMIN_MS);
    rd_kafka_resp_err_t code = rd_kafka_committed(reader, list, deadline_left_ms(deadline));

    while (is_settling(code) && !deadline_passed(deadline)) {
        deadline_turn();
        code = rd_kafka_committed(reader, list, deadline_left_ms(deadline));
    }
    return code;
}

int64_t admin_committed(struct admin *admin, const char *group, const char *topic,
                        int32_t partition, char **metadata)
{
    rd_kafka_topic_partition_list_t *list = admin_one_offset(topic, partition, -1);
    rd_kafka_resp_err_t code = look_up(reader_of(admin, group), list);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail_test("look-up of committed offsets of group %s: %s", group, rd_kafka_err2str(code));
    }
    admin_require_partitions(list, "look-up of committed offsets");
    const rd_kafka_topic_partition_t *one = &list->elems[0];
    int64_t offset = one->offset >= 0 ? one->offset : -1;
    if (metadata != NULL) {
        size_t length = offset < 0 || one->metadata == NULL ? 0 : one->metadata_size;
        *metadata = fail_or_alloc(length + 1, 1);
        memcpy(*metadata, length == 0 ? "" : one->metadata, length);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return offset;
}

/* Nothing changed, then. */
static bool is_any_settling(const rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++) {
        if (is_settling(partitions->elems[i].err)) {
            return true;
        }
    }
    return false;
}

/* True when it is done. */
static bool try_to_set(struct admin *admin, rd_kafka_AlterConsumerGroupOffsets_t *request,
                       struct deadline deadline)
{
    static const char what[] = "change of committed offsets";
    size_t count = 0;

    rd_kafka_AlterConsumerGroupOffsets(admin->handle, &request, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, what);
    const rd_kafka_group_result_t **groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);
    const rd_kafka_topic_partition_list_t *changed = partitions_of(groups, count, what);
    bool again = is_any_settling(changed) && !deadline_passed(deadline);
    if (!again) {
        admin_require_partitions(changed, what);
    }
    rd_kafka_event_destroy(event);
    return !again;
}

void admin_set_committed(struct admin *admin, const char *group, const char *topic,
                         int32_t partition, int64_t offset)
{
    (void)admin_committed(admin, group, topic, partition, NULL); /* waits for the coordinator */
    rd_kafka_topic_partition_list_t *wanted = admin_one_offset(topic, partition, offset);
    rd_kafka_AlterConsumerGroupOffsets_t *request =
        rd_kafka_AlterConsumerGroupOffsets_new(group, wanted);
    struct deadline deadline = deadline_in_ms(ADMIN_MS);

    while (!try_to_set(admin, request, deadline)) {
        deadline_turn();
    }
    rd_kafka_AlterConsumerGroupOffsets_destroy(request);
    rd_kafka_topic_partition_list_destroy(wanted);
}

void admin_forget_committed(struct admin *admin, const char *group, const char *topic,
                            int32_t partition)
{
    rd_kafka_topic_partition_list_t *wanted = admin_one_offset(topic, partition, -1);
    rd_kafka_DeleteConsumerGroupOffsets_t *request =
        rd_kafka_DeleteConsumerGroupOffsets_new(group, wanted);
    size_t count = 0;

    rd_kafka_DeleteConsumerGroupOffsets(admin->handle, &request, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "deletion of committed offsets");
    const rd_kafka_group_result_t **groups = rd_kafka_DeleteConsumerGroupOffsets_result_groups(
        rd_kafka_event_DeleteConsumerGroupOffsets_result(event), &count);
    admin_require_partitions(partitions_of(groups, count, "deletion of committed offsets"),
                             "deletion of committed offsets");
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteConsumerGroupOffsets_destroy(request);
    rd_kafka_topic_partition_list_destroy(wanted);
}

void admin_delete_group(struct admin *admin, const char *group)
{
    rd_kafka_DeleteGroup_t *request = rd_kafka_DeleteGroup_new(group);
    size_t count = 0;

    rd_kafka_DeleteGroups(admin->handle, &request, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "deletion of a group");
    const rd_kafka_group_result_t **groups =
        rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
    (void)partitions_of(groups, count, "deletion of a group");
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteGroup_destroy(request);
}

static char *copy_or_empty(const char *text)
{
    return fail_or_copy(text == NULL ? "" : text);
}

static void copy_member(struct admin_member *member, const rd_kafka_MemberDescription_t *from)
{
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(from);
    const rd_kafka_topic_partition_list_t *owned =
        assignment == NULL ? NULL : rd_kafka_MemberAssignment_partitions(assignment);

    member->id = copy_or_empty(rd_kafka_MemberDescription_consumer_id(from));
    member->client = copy_or_empty(rd_kafka_MemberDescription_client_id(from));
    member->instance = copy_or_empty(rd_kafka_MemberDescription_group_instance_id(from));
    member->partition_count = owned == NULL ? 0 : (size_t)owned->cnt;
    member->partitions = fail_or_alloc(member->partition_count, sizeof *member->partitions);
    for (size_t i = 0; i < member->partition_count; i++) {
        member->partitions[i].topic = fail_or_copy(owned->elems[i].topic);
        member->partitions[i].partition = owned->elems[i].partition;
    }
}

static struct admin_group *copy_group(const rd_kafka_ConsumerGroupDescription_t *from)
{
    struct admin_group *group = fail_or_alloc(1, sizeof *group);

    group->state = fail_or_copy(
        rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(from)));
    group->member_count = rd_kafka_ConsumerGroupDescription_member_count(from);
    group->members = fail_or_alloc(group->member_count, sizeof *group->members);
    for (size_t i = 0; i < group->member_count; i++) {
        copy_member(&group->members[i], rd_kafka_ConsumerGroupDescription_member(from, i));
    }
    return group;
}

struct admin_group *admin_describe_group(struct admin *admin, const char *group)
{
    size_t count = 0;

    rd_kafka_DescribeConsumerGroups(admin->handle, &group, 1, NULL, admin->queue);
    rd_kafka_event_t *event = admin_await(admin, "description of a group");
    const rd_kafka_ConsumerGroupDescription_t **groups =
        rd_kafka_DescribeConsumerGroups_result_groups(
            rd_kafka_event_DescribeConsumerGroups_result(event), &count);
    if (count != 1) {
        fail_test("description of group %s: %zu groups in the answer", group, count);
    }
    const rd_kafka_error_t *error = rd_kafka_ConsumerGroupDescription_error(groups[0]);
    if (error != NULL) {
        fail_test("description of group %s: %s", group, rd_kafka_error_string(error));
    }
    struct admin_group *result = copy_group(groups[0]);
    rd_kafka_event_destroy(event);
    return result;
}

/* Every broker is asked; the one that knows it is it. */
int admin_coordinator(struct admin *admin, const char *group)
{
    struct deadline deadline = deadline_in_ms(ADMIN_MS);
    int id = -1;

    while (id < 1) {
        const struct rd_kafka_group_list *groups = NULL;
        rd_kafka_resp_err_t code =
            rd_kafka_list_groups(admin->handle, group, &groups, deadline_left_ms(deadline));
        for (int i = 0; groups != NULL && i < groups->group_cnt; i++) {
            if (groups->groups[i].member_cnt > 0) {
                id = groups->groups[i].broker.id;
            }
        }
        if (groups != NULL) {
            rd_kafka_group_list_destroy(groups);
        }
        if (id < 1 && deadline_passed(deadline)) {
            fail_test("nobody coordinates group %s: %s", group, rd_kafka_err2str(code));
        }
    }
    return id;
}

void admin_group_destroy(struct admin_group *group)
{
    if (group == NULL) {
        return;
    }
    for (size_t i = 0; i < group->member_count; i++) {
        struct admin_member *member = &group->members[i];
        for (size_t j = 0; j < member->partition_count; j++) {
            free(member->partitions[j].topic);
        }
        free(member->partitions);
        free(member->id);
        free(member->client);
        free(member->instance);
    }
    free(group->members);
    free(group->state);
    free(group);
}

void admin_await_members(struct admin *admin, const char *group, size_t members, int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    for (;;) {
        struct admin_group *seen = admin_describe_group(admin, group);
        bool idle = strcmp(seen->state, "Empty") == 0 || strcmp(seen->state, "Dead") == 0;
        bool settled = members == 0 ? idle : strcmp(seen->state, "Stable") == 0;
        if (settled && seen->member_count == members) {
            admin_group_destroy(seen);
            return;
        }
        if (deadline_passed(deadline)) {
            fail_test("group %s is %s with %zu members, not settled with %zu, after %lld ms", group,
                      seen->state, seen->member_count, members, (long long)ms);
        }
        admin_group_destroy(seen);
        deadline_turn();
    }
}
