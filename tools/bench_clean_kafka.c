#include "tools/bench_conf_kafka.h"
#include "tools/monotonic.h"
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

static bool parse(int argc, char **argv, struct clean *clean)
{
    static const struct option options[] = {
        {"group", required_argument, NULL, 'g'}, WEIR_BENCH_PART_LONG, {NULL, 0, NULL, 0}};

    if (!weir_bench_part_parse(argc, argv, options, take_option, clean)) {
        return false;
    }
    if (clean->topic_count == 0 && clean->group_count == 0) {
        clean->part.wrong = "it needs a --topic or a --group";
    }
    return clean->part.wrong == NULL;
}

/* What was never there is gone. */
static bool is_gone(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
}

/* Is it gone? Says so when it is not. */
static bool judge(const struct clean *clean, const char *kind, const char *name,
                  rd_kafka_resp_err_t code)
{
    char text[TEXT_SIZE];

    if (!is_gone(code)) {
        (void)snprintf(text, sizeof text, "%s %.250s is left: %s", kind, name,
                       rd_kafka_err2str(code));
        weir_bench_part_complain(&clean->part, text);
    }
    return is_gone(code);
}

static bool judge_all(const struct clean *clean, const char *kind, const char *const *names,
                      size_t count, rd_kafka_resp_err_t code)
{
    bool gone = true;

    for (size_t i = 0; i < count; i++) {
        gone = judge(clean, kind, names[i], code) && gone;
    }
    return gone;
}

static bool judge_topics(const struct clean *clean, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t code =
        event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    size_t count = 0;
    bool gone = true;

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return judge_all(clean, "topic", clean->topics, clean->topic_count, code);
    }
    const rd_kafka_topic_result_t **results =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        gone = judge(clean, "topic", rd_kafka_topic_result_name(results[i]),
                     rd_kafka_topic_result_error(results[i])) &&
               gone;
    }
    return gone;
}

static bool judge_groups(const struct clean *clean, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t code =
        event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    size_t count = 0;
    bool gone = true;

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return judge_all(clean, "group", clean->groups, clean->group_count, code);
    }
    const rd_kafka_group_result_t **results =
        rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        gone = judge(clean, "group", rd_kafka_group_result_name(results[i]),
                     rd_kafka_error_code(rd_kafka_group_result_error(results[i]))) &&
               gone;
    }
    return gone;
}

static void ask_for_topics(rd_kafka_t *handle, const struct clean *clean, rd_kafka_queue_t *queue)
{
    rd_kafka_DeleteTopic_t *topics[NAMES_MAX];

    for (size_t i = 0; i < clean->topic_count; i++) {
        topics[i] = rd_kafka_DeleteTopic_new(clean->topics[i]);
    }
    if (clean->topic_count > 0) {
        rd_kafka_DeleteTopics(handle, topics, clean->topic_count, NULL, queue);
        rd_kafka_DeleteTopic_destroy_array(topics, clean->topic_count);
    }
}

static void ask_for_groups(rd_kafka_t *handle, const struct clean *clean, rd_kafka_queue_t *queue)
{
    rd_kafka_DeleteGroup_t *groups[NAMES_MAX];

    for (size_t i = 0; i < clean->group_count; i++) {
        groups[i] = rd_kafka_DeleteGroup_new(clean->groups[i]);
    }
    if (clean->group_count > 0) {
        rd_kafka_DeleteGroups(handle, groups, clean->group_count, NULL, queue);
        rd_kafka_DeleteGroup_destroy_array(groups, clean->group_count);
    }
}

static bool settle(const struct clean *clean, rd_kafka_queue_t *queue, int64_t deadline_ms,
                   bool (*judge_event)(const struct clean *clean, rd_kafka_event_t *event))
{
    int64_t left_ms = deadline_ms - weir_monotonic_ms();
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, left_ms > 0 ? (int)left_ms : 0);
    bool gone = judge_event(clean, event);

    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    return gone;
}

/* Both at a time: a cluster that does not answer is waited for once. */
static bool delete_all(rd_kafka_t *handle, const struct clean *clean)
{
    rd_kafka_queue_t *topics = rd_kafka_queue_new(handle);
    rd_kafka_queue_t *groups = rd_kafka_queue_new(handle);
    int64_t deadline_ms = weir_monotonic_ms() + ANSWER_MS;

    ask_for_topics(handle, clean, topics);
    ask_for_groups(handle, clean, groups);
    bool topics_gone = clean->topic_count == 0 || settle(clean, topics, deadline_ms, judge_topics);
    bool groups_gone = clean->group_count == 0 || settle(clean, groups, deadline_ms, judge_groups);
    rd_kafka_queue_destroy(groups);
    rd_kafka_queue_destroy(topics);
    return topics_gone && groups_gone;
}

int weir_bench_clean(int argc, char **argv)
{
    static const struct weir_client_setting no_settings[] = {{NULL, NULL}};
    static struct clean clean = {.part = {.name = "clean", .usage = usage}};
    int code = WEIR_EXIT_OK;

    if (!parse(argc, argv, &clean)) {
        return weir_bench_part_misused(&clean.part, argv);
    }
    rd_kafka_t *handle = weir_bench_open_kafka(&clean.part, RD_KAFKA_PRODUCER, no_settings,
                                               rd_kafka_conf_new(), &code);
    if (handle == NULL) {
        return code;
    }
    bool gone = delete_all(handle, &clean);
    rd_kafka_destroy(handle);
    (void)puts("{}");
    return gone ? WEIR_EXIT_OK : WEIR_EXIT_UNAVAILABLE;
}
