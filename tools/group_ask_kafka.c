#include "tools/group_kafka.h"

#include "tools/memory.h"
#include "tools/monotonic.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What ListOffsets takes for a time. */
enum { TIME_BEGIN = RD_KAFKA_OFFSET_BEGINNING, TIME_END = RD_KAFKA_OFFSET_END };

enum { ANYBODY = -2 };

static void note_trouble(struct weir_view_partition *partition, rd_kafka_resp_err_t code)
{
    if (partition->trouble == NULL) {
        partition->trouble = weir_cli_copy(rd_kafka_err2str(code));
    }
}

static void take_topic(const rd_kafka_metadata_topic_t *topic, const struct weir_choice *choice,
                       struct weir_view *view)
{
    for (int i = 0; i < topic->partition_cnt; i++) {
        int32_t number = topic->partitions[i].id;
        if (choice->count > 0 && !weir_choice_has(choice, topic->topic, number)) {
            continue;
        }
        struct weir_view_partition *added =
            weir_view_add(view, weir_cli_copy(topic->topic), number);
        added->leader = topic->partitions[i].leader;
        if (added->leader < 0) {
            note_trouble(added, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
        }
    }
}

int weir_group_list_partitions(struct weir_group_source *source, const struct weir_choice *choice,
                               struct weir_view *view)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(source->handle, 1, NULL, &metadata, weir_group_left_ms(source));

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return weir_group_fail(source, "the cluster's topics cannot be learnt", code);
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        take_topic(&metadata->topics[i], choice, view);
    }
    rd_kafka_metadata_destroy(metadata);
    weir_view_sort(view);
    return WEIR_EXIT_OK;
}

static void take_committed(struct weir_view_partition *partition,
                           const rd_kafka_topic_partition_t *answer)
{
    if (answer->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        note_trouble(partition, answer->err);
    } else if (answer->offset < 0) {
        partition->none = true;
    } else {
        partition->committed = answer->offset;
        if (answer->metadata_size > 0) {
            partition->metadata =
                weir_cli_text("%.*s", (int)answer->metadata_size, (const char *)answer->metadata);
        }
    }
}

int weir_group_ask_committed(struct weir_group_source *source, struct weir_view *view)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)view->partition_count);

    for (size_t i = 0; i < view->partition_count; i++) {
        (void)rd_kafka_topic_partition_list_add(list, view->partitions[i].topic,
                                                view->partitions[i].partition);
    }
    rd_kafka_resp_err_t code =
        list->cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR
                       : rd_kafka_committed(source->handle, list, weir_group_left_ms(source));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) { /* the list is in the order it was made in */
        for (size_t i = 0; i < view->partition_count; i++) {
            take_committed(&view->partitions[i], &list->elems[i]);
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? WEIR_EXIT_OK
               : weir_group_fail(source, "the committed offsets cannot be learnt", code);
}

static void keep_answer(struct weir_view_partition *partition,
                        const rd_kafka_topic_partition_t *answer, rd_kafka_resp_err_t code,
                        int64_t *offset)
{
    rd_kafka_resp_err_t error = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : answer->err;

    *offset = WEIR_VIEW_UNKNOWN;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        note_trouble(partition, error);
    } else if (answer->offset >= 0) {
        *offset = answer->offset;
    }
}

/* What is asked of the partitions' leaders. */
struct asking {
    struct weir_group_source *source;
    const struct weir_view *view;
    int64_t time_ms;
    int64_t *offsets; /* the answers */
};

static bool is_led_by(const struct weir_view_partition *partition, int32_t leader)
{
    return partition->leader >= 0 && (leader == ANYBODY || partition->leader == leader);
}

/* One partition that is in trouble spoils the answer for all, as one leader that is silent does. */
static rd_kafka_resp_err_t ask_leader(const struct asking *asking, int32_t leader, int wait_ms)
{
    const struct weir_view *view = asking->view;
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)view->partition_count);

    for (size_t i = 0; i < view->partition_count; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        if (is_led_by(one, leader)) {
            rd_kafka_topic_partition_list_add(list, one->topic, one->partition)->offset =
                asking->time_ms;
        }
    }
    rd_kafka_resp_err_t code =
        list->cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR
                       : rd_kafka_offsets_for_times(asking->source->handle, list, wait_ms);
    for (size_t i = 0, asked = 0; i < view->partition_count && code == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++) {
        if (is_led_by(&view->partitions[i], leader)) {
            keep_answer(&view->partitions[i], &list->elems[asked++], code, &asking->offsets[i]);
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static void ask_alone(const struct asking *asking, size_t index)
{
    struct weir_view_partition *one = &asking->view->partitions[index];
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, one->topic, one->partition)->offset = asking->time_ms;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(asking->source->handle, list,
                                                          weir_group_left_ms(asking->source));
    keep_answer(one, &list->elems[0], code, &asking->offsets[index]);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Is this the first partition of its leader? */
static bool is_first(const struct weir_view *view, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (view->partitions[i].leader == view->partitions[index].leader) {
            return false;
        }
    }
    return view->partitions[index].leader >= 0;
}

/* Who did not answer once is not asked again. */
static void settle_leader(const struct asking *asking, int32_t leader, rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < asking->view->partition_count; i++) {
        struct weir_view_partition *one = &asking->view->partitions[i];
        if (one->leader != leader || code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            continue;
        }
        if (weir_group_is_silence(code)) {
            note_trouble(one, code);
            one->leader = WEIR_VIEW_NOBODY;
        } else {
            ask_alone(asking, i);
        }
    }
}

/* False when none of them answers. */
static bool ask_each_leader(const struct asking *asking)
{
    const struct weir_view *view = asking->view;
    int leaders = 0;
    bool answered = false;

    for (size_t i = 0; i < view->partition_count; i++) {
        leaders += is_first(view, i) ? 1 : 0;
    }
    for (size_t i = 0; i < view->partition_count && leaders > 0; i++) {
        if (is_first(view, i)) {
            int32_t leader = view->partitions[i].leader;
            int wait_ms = weir_group_left_ms(asking->source) / (1 + leaders--); /* some is left */
            rd_kafka_resp_err_t code = ask_leader(asking, leader, wait_ms);
            answered = answered || !weir_group_is_silence(code);
            settle_leader(asking, leader, code);
        }
    }
    return answered;
}

/* A partition without a leader would be waited for, so it is not asked about. A time behind the
 * last record has no offset. */
static int ask_times(struct weir_group_source *source, const struct weir_view *view,
                     int64_t time_ms, int64_t *offsets)
{
    const struct asking asking = {
        .source = source, .view = view, .time_ms = time_ms, .offsets = offsets};

    for (size_t i = 0; i < view->partition_count; i++) {
        offsets[i] = WEIR_VIEW_UNKNOWN;
    }
    rd_kafka_resp_err_t code = ask_leader(&asking, ANYBODY, weir_group_left_ms(source) / 2);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || ask_each_leader(&asking)) {
        return WEIR_EXIT_OK;
    }
    return weir_group_fail(source, "the partitions' offsets cannot be learnt", code);
}

/* Begin and end are asked for one after the other: what is deleted or written meanwhile must not
 * make them cross. */
static void take_ranges(struct weir_view *view, const int64_t *begins, const int64_t *ends)
{
    for (size_t i = 0; i < view->partition_count; i++) {
        struct weir_view_partition *one = &view->partitions[i];
        one->begin = begins[i];
        one->end = ends[i];
        if (one->committed > one->end && one->end >= 0 && one->trouble == NULL) {
            one->trouble = weir_cli_copy("committed is behind the end; was the topic made anew?");
        } else if (one->committed >= 0 && one->committed < one->begin && one->trouble == NULL) {
            one->trouble = weir_cli_copy("committed is no longer there: retention has passed it");
        }
    }
}

int weir_group_ask_ranges(struct weir_group_source *source, struct weir_view *view)
{
    int64_t *begins = weir_cli_alloc(view->partition_count, sizeof *begins);
    int64_t *ends = weir_cli_alloc(view->partition_count, sizeof *ends);
    int code = ask_times(source, view, TIME_BEGIN, begins);

    code = code != WEIR_EXIT_OK ? code : ask_times(source, view, TIME_END, ends);
    if (code == WEIR_EXIT_OK) {
        take_ranges(view, begins, ends);
    }
    free(begins);
    free(ends);
    return code;
}

int weir_group_source_find_time(struct weir_group_source *source, const struct weir_view *view,
                                int64_t time_ms, int64_t *offsets)
{
    assert(time_ms >= 0);
    source->deadline_ms = weir_monotonic_ms() + source->timeout_ms;
    int code = ask_times(source, view, time_ms, offsets);
    for (size_t i = 0; i < view->partition_count && code == WEIR_EXIT_OK; i++) {
        const struct weir_view_partition *one = &view->partitions[i];
        if (offsets[i] == WEIR_VIEW_UNKNOWN && one->trouble == NULL) {
            offsets[i] = one->end;
        }
    }
    return code;
}
