#include "tools/group_kafka.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char describing[] = "the group's members cannot be learnt";

static char *copy_unless_empty(const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : weir_cli_copy(text);
}

static void take_member(struct weir_view *view, const rd_kafka_MemberDescription_t *from)
{
    int32_t index = (int32_t)view->member_count;
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(from);
    const rd_kafka_topic_partition_list_t *owned =
        assignment == NULL ? NULL : rd_kafka_MemberAssignment_partitions(assignment);

    struct weir_view_member *member =
        weir_view_join(view, rd_kafka_MemberDescription_consumer_id(from));
    member->client = weir_cli_copy(rd_kafka_MemberDescription_client_id(from));
    member->host = weir_cli_copy(rd_kafka_MemberDescription_host(from));
    member->instance = copy_unless_empty(rd_kafka_MemberDescription_group_instance_id(from));
    for (int i = 0; owned != NULL && i < owned->cnt; i++) {
        struct weir_view_partition *partition =
            weir_view_find(view, owned->elems[i].topic, owned->elems[i].partition);
        if (partition != NULL) {
            partition->owner = index;
        }
    }
}

static void take_group(struct weir_view *view, const rd_kafka_ConsumerGroupDescription_t *from)
{
    const rd_kafka_Node_t *node = rd_kafka_ConsumerGroupDescription_coordinator(from);

    view->state = weir_cli_copy(
        rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(from)));
    view->assignor = copy_unless_empty(rd_kafka_ConsumerGroupDescription_partition_assignor(from));
    if (node != NULL) {
        view->coordinator_id = rd_kafka_Node_id(node);
        view->coordinator =
            weir_cli_text("%s:%u", rd_kafka_Node_host(node), (unsigned)rd_kafka_Node_port(node));
    }
    size_t count = rd_kafka_ConsumerGroupDescription_member_count(from);
    for (size_t i = 0; i < count; i++) {
        take_member(view, rd_kafka_ConsumerGroupDescription_member(from, i));
    }
}

static rd_kafka_resp_err_t describe_once(struct weir_group_source *source, struct weir_view *view)
{
    rd_kafka_AdminOptions_t *options =
        weir_group_options(source, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    const char *group = source->group;
    size_t count = 0;

    rd_kafka_DescribeConsumerGroups(source->handle, &group, 1, options, source->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_event_t *event =
        weir_group_await(source, RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT);
    if (event == NULL) {
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const rd_kafka_ConsumerGroupDescription_t **groups =
            rd_kafka_DescribeConsumerGroups_result_groups(
                rd_kafka_event_DescribeConsumerGroups_result(event), &count);
        assert(count == 1);
        const rd_kafka_error_t *error = rd_kafka_ConsumerGroupDescription_error(groups[0]);
        code = error != NULL ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            take_group(view, groups[0]);
        }
    }
    rd_kafka_event_destroy(event);
    return code;
}

/* The state of the group in a list of all, or NULL: it is not in it. */
static const char *listed_state(const struct weir_group_source *source, rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_ConsumerGroupListing_t **groups = rd_kafka_ListConsumerGroups_result_valid(
        rd_kafka_event_ListConsumerGroups_result(event), &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(rd_kafka_ConsumerGroupListing_group_id(groups[i]), source->group) == 0) {
            return rd_kafka_consumer_group_state_name(
                rd_kafka_ConsumerGroupListing_state(groups[i]));
        }
    }
    return NULL;
}

/* A group of the newer protocol (KIP-848) is dead for whoever asks by the older one, but it is in
 * the list of groups. */
static void doubt_death(struct weir_group_source *source, struct weir_view *view)
{
    rd_kafka_AdminOptions_t *options =
        weir_group_options(source, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);

    rd_kafka_ListConsumerGroups(source->handle, options, source->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_event_t *event = weir_group_await(source, RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT);
    if (event == NULL) {
        return;
    }
    const char *state = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR
                            ? listed_state(source, event)
                            : NULL;
    if (state != NULL) {
        free(view->state);
        view->state = weir_cli_copy(state);
    }
    rd_kafka_event_destroy(event);
}

int weir_group_describe(struct weir_group_source *source, struct weir_view *view)
{
    rd_kafka_resp_err_t code = describe_once(source, view);

    while (weir_group_may_ask_again(source, code)) {
        code = describe_once(source, view);
    }
    if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
        view->state = weir_cli_copy("Dead");
    } else if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return weir_group_fail(source, describing, code);
    }
    if (strcmp(view->state, "Dead") == 0) {
        doubt_death(source, view);
    }
    return WEIR_EXIT_OK;
}
