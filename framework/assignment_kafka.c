#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/client_kafka.h"
#include <assert.h>

/* Destroys `failure`. */
static enum weir_status object_error(rd_kafka_error_t *failure, const char *act,
                                     struct weir_error *error)
{
    if (failure == NULL) {
        return WEIR_OK;
    }
    enum weir_status status = weir_error_set(error, weir_kafka_status(rd_kafka_error_code(failure)),
                                             (int)rd_kafka_error_code(failure), "%s: %s", act,
                                             rd_kafka_error_string(failure));
    rd_kafka_error_destroy(failure);
    return status;
}

/* Is control's answer for the library? What it kept us from hearing is due now, if anything is. */
static bool answer(struct weir_client_kafka *kafka)
{
    bool due = weir_announcer_answer(&kafka->news);

    if (kafka->news.waiting != NULL && kafka->wake != NULL) {
        kafka->wake(kafka->wake_user);
    }
    return due;
}

/* What was prefetched goes on where it is: the library would refuse it. */
static void leave_out_prefetched(const struct weir_client_kafka *kafka,
                                 rd_kafka_topic_partition_list_t *list)
{
    for (int i = list->cnt - 1; kafka->ahead->cnt > 0 && i >= 0; i--) {
        if (rd_kafka_topic_partition_list_del(kafka->ahead, list->elems[i].topic,
                                              list->elems[i].partition) == 1) {
            (void)rd_kafka_topic_partition_list_del_by_idx(list, i);
        }
    }
}

static enum weir_status give_more(struct weir_client_kafka *kafka,
                                  rd_kafka_topic_partition_list_t *list, struct weir_error *error)
{
    int count = list->cnt;

    leave_out_prefetched(kafka, list);
    if (list->cnt == 0 && count > 0) {
        return WEIR_OK;
    }
    enum weir_status status = object_error(rd_kafka_incremental_assign(kafka->handle, list),
                                           "cannot take over the assignment", error);
    for (int i = 0; status == WEIR_OK && i < list->cnt; i++) {
        rd_kafka_topic_partition_list_add(kafka->assigned, list->elems[i].topic,
                                          list->elems[i].partition);
    }
    return status;
}

static enum weir_status give(struct weir_client_kafka *kafka, const struct weir_position *positions,
                             size_t count, struct weir_error *error)
{
    rd_kafka_topic_partition_list_t *list = weir_kafka_list(positions, count);
    enum weir_status status = WEIR_OK;

    if (list == NULL) {
        return weir_error_nomem(error);
    }
    kafka->assigned_once = true;
    if (kafka->incremental) {
        status = give_more(kafka, list, error);
    } else {
        status = weir_kafka_code_error(rd_kafka_assign(kafka->handle, list),
                                       "cannot take over the assignment", error);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

/* The library refuses to take back what it was not given, but revokes what was not accepted. */
static enum weir_status take_back(struct weir_client_kafka *kafka,
                                  const struct weir_position *positions, size_t count,
                                  struct weir_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_topic_partition_list_del(kafka->assigned, positions[i].topic,
                                              positions[i].partition) == 1) {
            rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition);
        }
    }
    enum weir_status status = object_error(rd_kafka_incremental_unassign(kafka->handle, list),
                                           "cannot hand back the assignment", error);
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

/* librdkafka stops a partition by a message to its own thread, and hears by another one that it has
 * stopped. It aborts when a partition is taken back a second time before that. A question is
 * answered behind the first message, the next one behind the second. */
static void await_stopped(struct weir_client_kafka *kafka)
{
    for (int i = 0; i < 2; i++) {
        rd_kafka_topic_partition_list_t *topics = NULL;
        if (rd_kafka_subscription(kafka->handle, &topics) == RD_KAFKA_RESP_ERR_NO_ERROR &&
            topics != NULL) {
            rd_kafka_topic_partition_list_destroy(topics);
        }
    }
}

enum weir_status weir_kafka_assign(struct weir_client *client,
                                   const struct weir_position *positions, size_t count,
                                   struct weir_error *error)
{
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;

    return answer(kafka) ? give(kafka, positions, count, error) : WEIR_OK;
}

enum weir_status weir_kafka_prefetch(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;

    assert(!kafka->grouped);
    enum weir_status status = give(kafka, positions, count, error);
    for (size_t i = 0; status == WEIR_OK && i < count; i++) {
        rd_kafka_topic_partition_list_add(kafka->ahead, positions[i].topic, positions[i].partition);
    }
    return status;
}

/* Is any of them? They are no more. */
static bool forget_prefetched(const struct weir_client_kafka *kafka,
                              const struct weir_position *positions, size_t count)
{
    bool any = false;

    for (size_t i = 0; kafka->ahead->cnt > 0 && i < count; i++) {
        any = rd_kafka_topic_partition_list_del(kafka->ahead, positions[i].topic,
                                                positions[i].partition) == 1 ||
              any;
    }
    return any;
}

enum weir_status weir_kafka_unassign(struct weir_client *client,
                                     const struct weir_position *positions, size_t count,
                                     struct weir_error *error)
{
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;

    if (!answer(kafka)) {
        return WEIR_OK;
    }
    if (!kafka->incremental || (!kafka->grouped && count == 0)) {
        return weir_kafka_code_error(rd_kafka_assign(kafka->handle, NULL),
                                     "cannot hand back the assignment", error);
    }
    weir_kafka_guard_rejoin(kafka);
    enum weir_status status = take_back(kafka, positions, count, error);
    /* One that is not where it is to begin is given anew, and may be taken back, at once. */
    if (forget_prefetched(kafka, positions, count)) {
        await_stopped(kafka);
    }
    return status;
}

/* Not a seek: librdkafka stops a partition whose offset does not exist when it may not reset it by
 * itself, and refuses to seek what is stopped (RD_KAFKA_RESP_ERR__STATE). */
enum weir_status weir_kafka_restart(struct weir_client *client, const struct weir_position *one,
                                    const struct weir_position *held, size_t count,
                                    struct weir_error *error)
{
    struct weir_client_kafka *kafka = (struct weir_client_kafka *)client;
    enum weir_status status = WEIR_OK;

    if (!kafka->incremental) {
        status = give(kafka, held, count, error);
        await_stopped(kafka);
        return status;
    }
    if (rd_kafka_topic_partition_list_find(kafka->assigned, one->topic, one->partition) != NULL) {
        status = take_back(kafka, one, 1, error);
    }
    if (status == WEIR_OK) {
        status = give(kafka, one, 1, error);
    }
    await_stopped(kafka);
    return status;
}

/* What lies in the queue may be a rebalance. */
bool weir_kafka_may_restart(struct weir_client *client)
{
    const struct weir_client_kafka *kafka = (const struct weir_client_kafka *)client;

    return kafka->news.waiting == NULL && rd_kafka_queue_length(kafka->queue) == 0;
}

bool weir_kafka_hear_rebalance(struct weir_client_kafka *kafka, rd_kafka_event_t *event)
{
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    size_t count = list == NULL ? 0 : (size_t)list->cnt;
    struct weir_position *positions = weir_calloc(count + 1, sizeof positions[0]);
    struct weir_client_event news = {.positions = positions, .count = count};

    for (size_t i = 0; positions != NULL && i < count; i++) {
        positions[i] = (struct weir_position){.topic = list->elems[i].topic,
                                              .partition = list->elems[i].partition,
                                              .offset = WEIR_OFFSET_NONE};
    }
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        news.kind = WEIR_CLIENT_ASSIGNED;
    } else if (rd_kafka_assignment_lost(kafka->handle)) {
        news.kind = WEIR_CLIENT_LOST;
    } else {
        news.kind = WEIR_CLIENT_REVOKED;
    }
    if (news.kind != WEIR_CLIENT_ASSIGNED) {
        weir_kafka_guard_revocation(kafka);
    }
    bool heard = positions != NULL && weir_announcer_hear(&kafka->news, &news);
    weir_free(positions);
    return heard;
}
