#include "tools/bench_conf_kafka.h"
#include <stdio.h>
#include <string.h>

/* Takes away what a measurement left in the cluster: its topics, and the groups that committed. */

enum { TEXT_SIZE = 512, ANSWER_MS = 30000, NAMES_MAX = 64 };

#define PREFIX "weir-bench-"

struct clean {
    struct weir_bench_part part;
    const char *topics[NAMES_MAX];
    size_t topic_count;
    const char *groups[NAMES_MAX];
    size_t group_count;
};

static const char usage[] =
    "Usage: weir bench clean [-c FILE]... [-X KEY=VALUE]... [--topic NAME]... [--group ID]...\n"
    "Deletes these topics and groups, whose names begin with " PREFIX ".\n";

static bool add(const char **names, size_t *count, const char *name)
{
    if (*count == NAMES_MAX || strncmp(name, PREFIX, strlen(PREFIX)) != 0) {
        return false;
    }
    names[(*count)++] = name;
    return true;
}

static bool take_option(int option, const char *argument, void *user)
{
    struct clean *clean = user;

    switch (option) {
    case 't':
        return add(clean->topics, &clean->topic_count, argument);
    case 'g':
        return add(clean->groups, &clean->group_count, argument);
    default:
        return weir_bench_part_take(&clean->part, option, argument);
    }
}

/* What was never there is gone. */
static bool is_gone(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
}

static bool all_topics_gone(rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    bool gone = true;

    for (size_t i = 0; i < count; i++) {
        gone = gone && is_gone(rd_kafka_topic_result_error(results[i]));
    }
    return gone;
}

static bool all_groups_gone(rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_group_result_t **results =
        rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
    bool gone = true;

    for (size_t i = 0; i < count; i++) {
        const rd_kafka_error_t *failure = rd_kafka_group_result_error(results[i]);
        gone = gone && (failure == NULL || is_gone(rd_kafka_error_code(failure)));
    }
    return gone;
}

static bool await_answer(rd_kafka_queue_t *queue, bool (*all_gone)(rd_kafka_event_t *event))
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ANSWER_MS);
    bool good = event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR &&
                all_gone(event);

    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    return good;
}

static bool delete_topics(rd_kafka_t *handle, const struct clean *clean, rd_kafka_queue_t *queue)
{
    rd_kafka_DeleteTopic_t *topics[NAMES_MAX];

    if (clean->topic_count == 0) {
        return true;
    }
    for (size_t i = 0; i < clean->topic_count; i++) {
        topics[i] = rd_kafka_DeleteTopic_new(clean->topics[i]);
    }
    rd_kafka_DeleteTopics(handle, topics, clean->topic_count, NULL, queue);
    rd_kafka_DeleteTopic_destroy_array(topics, clean->topic_count);
    return await_answer(queue, all_topics_gone);
}

static bool delete_groups(rd_kafka_t *handle, const struct clean *clean, rd_kafka_queue_t *queue)
{
    rd_kafka_DeleteGroup_t *groups[NAMES_MAX];

    if (clean->group_count == 0) {
        return true;
    }
    for (size_t i = 0; i < clean->group_count; i++) {
        groups[i] = rd_kafka_DeleteGroup_new(clean->groups[i]);
    }
    rd_kafka_DeleteGroups(handle, groups, clean->group_count, NULL, queue);
    rd_kafka_DeleteGroup_destroy_array(groups, clean->group_count);
    return await_answer(queue, all_groups_gone);
}

int weir_bench_clean(int argc, char **argv)
{
    static const struct option options[] = {
        {"group", required_argument, NULL, 'g'}, WEIR_BENCH_PART_LONG, {NULL, 0, NULL, 0}};
    static const struct weir_bench_setting no_settings[] = {{NULL, NULL}};
    static struct clean clean = {.part = {.name = "clean", .usage = usage}};
    int code = WEIR_EXIT_OK;

    if (!weir_bench_part_parse(argc, argv, options, take_option, &clean)) {
        return weir_bench_part_misused(&clean.part, argv);
    }
    rd_kafka_t *handle = weir_bench_open_kafka(&clean.part, RD_KAFKA_PRODUCER, no_settings,
                                               rd_kafka_conf_new(), &code);
    if (handle == NULL) {
        return code;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    bool groups = delete_groups(handle, &clean, queue);
    bool topics = delete_topics(handle, &clean, queue);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(handle);
    if (!groups || !topics) {
        weir_bench_part_complain(&clean.part, "what was made for the measurement could not all be "
                                              "deleted; its names begin with " PREFIX);
    }
    (void)puts("{}");
    return groups && topics ? WEIR_EXIT_OK : WEIR_EXIT_UNAVAILABLE;
}
