#include "tools/group_kafka.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>

/* Those that lag, at their committed offsets; those that do not wait for anything. */
static rd_kafka_topic_partition_list_t *list_lagging(struct weir_view *view)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)view->partition_count);

    for (size_t i = 0; i < view->partition_count; i++) {
        struct weir_view_partition *one = &view->partitions[i];
        int64_t lag = weir_view_lag(one);
        if (lag == 0) {
            one->age_ms = 0;
        } else if (lag > 0 && one->begin < one->end) {
            rd_kafka_topic_partition_list_add(list, one->topic, one->partition)->offset =
                one->committed > one->begin ? one->committed : one->begin;
        }
    }
    return list;
}

static void take_age(const struct weir_view *view, struct weir_view_partition *partition,
                     const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t written_ms = rd_kafka_message_timestamp(message, &type);

    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && written_ms >= 0) {
        bool past = written_ms < view->time_ms; /* their clock may be ahead of ours */
        partition->age_ms = past ? view->time_ms - written_ms : 0;
    }
}

/* True for the first that is heard of this partition: a record, its end, or why there is none. */
static bool take_message(struct weir_view *view, const rd_kafka_message_t *message, bool *heard)
{
    if (message->rkt == NULL) {
        return false;
    }
    struct weir_view_partition *partition =
        weir_view_find(view, rd_kafka_topic_name(message->rkt), message->partition);
    if (partition == NULL || heard[partition - view->partitions]) {
        return false;
    }
    heard[partition - view->partitions] = true;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        take_age(view, partition, message);
    }
    return true;
}

void weir_group_ask_ages(struct weir_group_source *source, struct weir_view *view)
{
    rd_kafka_topic_partition_list_t *list = list_lagging(view);
    bool *heard = weir_cli_alloc(view->partition_count, sizeof *heard);
    int missing = list->cnt;

    if (missing > 0 && rd_kafka_assign(source->handle, list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        missing = 0;
    }
    for (int left_ms = weir_group_left_ms(source); missing > 0 && left_ms > 0;
         left_ms = weir_group_left_ms(source)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(source->handle, left_ms);
        if (message != NULL) {
            missing -= take_message(view, message, heard) ? 1 : 0;
            rd_kafka_message_destroy(message);
        }
    }
    if (list->cnt > 0) {
        (void)rd_kafka_assign(source->handle, NULL);
    }
    rd_kafka_topic_partition_list_destroy(list);
    free(heard);
}
