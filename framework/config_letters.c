#include "framework/config_letters.h"

#include <string.h>

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/config.h"
#include "strategies/letter_topic.h"
#include "strategies/static.h"
#include "strategies/topics.h"

#define POLICY  "weir.failure.policy"
#define TOPIC   "weir.dead.letter.topic"
#define FAILURE "weir.dead.letter.failure"

bool weir_config_writes_letters(const struct weir_config *config)
{
    const char *policy = weir_config_get(config, POLICY);

    return policy != NULL && strcmp(policy, "dead-letter") == 0;
}

/* A key that would do nothing is refused: whoever sets it expects something of it. */
static enum weir_status check_misplaced(const struct weir_config *config, struct weir_error *error)
{
    static const char *const keys[] = {TOPIC, FAILURE};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (weir_config_changed(config, keys[i])) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "%s: only goes with " POLICY "=dead-letter", keys[i]);
        }
    }
    return WEIR_OK;
}

/* The letters of one that is consumed must not go to another one that is. */
static enum weir_status check_pair(const char *pattern, const char *from, const char *to,
                                   struct weir_error *error)
{
    char letters[WEIR_TOPIC_SIZE];

    return weir_letter_topic_of(pattern, from, letters) && strcmp(letters, to) == 0
               ? weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                TOPIC ": letters of topic '%s' would go to '%s', which is consumed "
                                      "itself, and come back; choose another name",
                                from, to)
               : WEIR_OK;
}

static enum weir_status check_names(const char *pattern, const char *const *names, size_t count,
                                    struct weir_error *error)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (check_pair(pattern, names[i], names[j], error) != WEIR_OK) {
                return WEIR_ERR_CONFIG;
            }
        }
    }
    return WEIR_OK;
}

/* The partitions of a topic stand together, and share its name. */
static bool is_first(const struct weir_static *list, size_t index)
{
    return index == 0 || list->partitions[index].topic != list->partitions[index - 1].topic;
}

/* What is wrong with the list itself others say. Expressions begin with ^, which no name does. */
static enum weir_status check_topics(const struct weir_config *config, const char *pattern,
                                     struct weir_error *error)
{
    struct weir_topics topics = {0};
    struct weir_error ignored = {.code = WEIR_OK};
    enum weir_status status = WEIR_OK;

    if (weir_config_given(config, "weir.topics") &&
        weir_topics_parse(weir_config_get(config, "weir.topics"), &topics, &ignored) == WEIR_OK) {
        status = check_names(pattern, topics.names, topics.count, error);
        weir_topics_fini(&topics);
    }
    return status;
}

static enum weir_status check_list(const struct weir_static *list, const char *pattern,
                                   struct weir_error *error)
{
    enum weir_status status = WEIR_OK;

    for (size_t i = 0; i < list->count; i++) {
        for (size_t j = 0; is_first(list, i) && status == WEIR_OK && j < list->count; j++) {
            status = is_first(list, j) ? check_pair(pattern, list->partitions[i].topic,
                                                    list->partitions[j].topic, error)
                                       : WEIR_OK;
        }
    }
    return status;
}

static enum weir_status check_partitions(const struct weir_config *config, const char *pattern,
                                         struct weir_error *error)
{
    struct weir_static list = {0};
    struct weir_error ignored = {.code = WEIR_OK};
    enum weir_status status = WEIR_OK;

    if (weir_config_given(config, "weir.partitions") &&
        weir_static_parse(weir_config_get(config, "weir.partitions"), &list, &ignored) == WEIR_OK) {
        status = check_list(&list, pattern, error);
        weir_static_fini(&list);
    }
    return status;
}

/* librdkafka would take it, and then refuse each letter that is in no transaction. */
static enum weir_status check_transactions(const struct weir_config *config,
                                           struct weir_error *error)
{
    return weir_config_given(config, "transactional.id")
               ? weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "transactional.id: does not go with " POLICY
                                "=dead-letter, whose letters are in no transaction; leave it out")
               : WEIR_OK;
}

enum weir_status weir_config_letters_check(const struct weir_config *config,
                                           struct weir_error *error)
{
    const char *pattern = weir_config_get(config, TOPIC);
    struct weir_error reason = {.code = WEIR_OK};

    if (!weir_config_writes_letters(config)) {
        return check_misplaced(config, error);
    }
    enum weir_status status = weir_letter_topic_check(pattern == NULL ? "" : pattern, &reason);
    if (status != WEIR_OK) {
        return weir_error_set(error, status, 0, TOPIC ": %s", reason.text);
    }
    status = check_topics(config, pattern, error);
    status = status == WEIR_OK ? check_partitions(config, pattern, error) : status;
    return status == WEIR_OK ? check_transactions(config, error) : status;
}
