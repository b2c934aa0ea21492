#include "tools/group_kafka.h"

#include "tools/memory.h"
#include "tools/monotonic.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

static const char writing[] = "the offsets cannot be committed";

static rd_kafka_topic_partition_list_t *list_changes(const struct weir_plan *plan)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)plan->count);

    for (size_t i = 0; i < plan->count; i++) {
        const struct weir_change *change = &plan->changes[i];
        if (change->kind == WEIR_CHANGE_SET) {
            rd_kafka_topic_partition_t *one =
                rd_kafka_topic_partition_list_add(list, change->topic, change->partition);
            one->offset = change->offset;
            one->metadata = weir_cli_copy(change->metadata); /* the list frees it */
            one->metadata_size = change->metadata == NULL ? 0 : strlen(change->metadata);
        }
    }
    return list;
}

/* Of the group, or of the first partition that has one. */
static rd_kafka_resp_err_t judge_answer(rd_kafka_event_t *event)
{
    size_t count = 0;

    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rd_kafka_event_error(event);
    }
    const rd_kafka_group_result_t **groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);
    assert(count == 1);
    const rd_kafka_error_t *error = rd_kafka_group_result_error(groups[0]);
    if (error != NULL) {
        return rd_kafka_error_code(error);
    }
    const rd_kafka_topic_partition_list_t *partitions = rd_kafka_group_result_partitions(groups[0]);
    for (int i = 0; partitions != NULL && i < partitions->cnt; i++) {
        if (partitions->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return partitions->elems[i].err;
        }
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t write_once(struct weir_group_source *source,
                                      const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_AdminOptions_t *options =
        weir_group_options(source, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
    rd_kafka_AlterConsumerGroupOffsets_t *request =
        rd_kafka_AlterConsumerGroupOffsets_new(source->group, list);

    rd_kafka_AlterConsumerGroupOffsets(source->handle, &request, 1, options, source->queue);
    rd_kafka_AlterConsumerGroupOffsets_destroy(request);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_event_t *event =
        weir_group_await(source, RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT);
    rd_kafka_resp_err_t code = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : judge_answer(event);
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    return code;
}

static int judge_written(const struct weir_group_source *source, rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return WEIR_EXIT_OK;
    }
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
        code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
        code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS) {
        weir_cli_complain("the broker refuses: the group has members, which are to be stopped "
                          "first");
        return WEIR_EXIT_TRY_AGAIN;
    }
    return weir_group_fail(source, writing, code);
}

static bool is_as_planned(const struct weir_change *change, const struct weir_view_partition *there)
{
    char text[TEXT_SIZE];
    const char *metadata = change->metadata == NULL ? "" : change->metadata;
    bool same = there->committed == change->offset &&
                strcmp(there->metadata == NULL ? "" : there->metadata, metadata) == 0;

    if (!same) {
        (void)snprintf(text, sizeof text, "%.249s/%d: is not committed at %" PRId64 " now%s%s",
                       change->topic, (int)change->partition, change->offset,
                       there->trouble == NULL ? "" : ": ",
                       there->trouble == NULL ? "" : there->trouble);
        weir_cli_complain(text);
    }
    return same;
}

/* What was not acknowledged may have been done, and what was may have been overwritten. */
static int read_back(struct weir_group_source *source, const struct weir_plan *plan)
{
    struct weir_view view = {.state = NULL};
    bool same = true;

    for (size_t i = 0; i < plan->count; i++) {
        if (plan->changes[i].kind == WEIR_CHANGE_SET) {
            (void)weir_view_add(&view, weir_cli_copy(plan->changes[i].topic),
                                plan->changes[i].partition);
        }
    }
    source->deadline_ms = weir_monotonic_ms() + source->timeout_ms;
    int code = weir_group_ask_committed(source, &view);
    for (size_t i = 0, asked = 0; i < plan->count && code == WEIR_EXIT_OK; i++) {
        if (plan->changes[i].kind == WEIR_CHANGE_SET) {
            same = is_as_planned(&plan->changes[i], &view.partitions[asked++]) && same;
        }
    }
    weir_view_fini(&view);
    return code != WEIR_EXIT_OK ? code : same ? WEIR_EXIT_OK : WEIR_EXIT_TRY_AGAIN;
}

/* Whoever joins between the look at the members and the request makes the broker refuse it. */
int weir_group_source_write(struct weir_group_source *source, const struct weir_plan *plan)
{
    int code = weir_group_source_refuse(source);

    if (code != WEIR_EXIT_OK) {
        return code;
    }
    source->deadline_ms = weir_monotonic_ms() + source->timeout_ms;
    if (source->offsets_in_zoo) {
        return weir_zoo_group_write(source->zoo, weir_group_left_ms(source), plan);
    }
    rd_kafka_topic_partition_list_t *list = list_changes(plan);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (list->cnt > 0) {
        error = write_once(source, list);
        while (weir_group_may_ask_again(source, error)) {
            error = write_once(source, list);
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    code = judge_written(source, error);
    int check = code == WEIR_EXIT_TRY_AGAIN ? WEIR_EXIT_OK : read_back(source, plan);
    return code != WEIR_EXIT_OK ? code : check;
}
