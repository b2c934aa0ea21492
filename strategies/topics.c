#include "strategies/topics.h"

#include <assert.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

bool weir_topic_name_valid(const char *name, size_t size)
{
    bool dots = size <= 2 && memcmp(name, "..", size) == 0; /* also the empty name */

    if (dots || size > WEIR_TOPIC_NAME_SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (name[i] == '\0' || strchr(NAME_CHARACTERS, name[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum weir_status fail_at(size_t offset, const char *why, struct weir_error *error)
{
    return weir_error_set(error, WEIR_ERR_CONFIG, 0, "at character %zu: %s", offset + 1, why);
}

static size_t comma_count(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += *text == ',' ? 1 : 0;
    }
    return count;
}

/* Adds the name at `start`, which ends before `end`, and terminates it. */
static enum weir_status add_name(struct weir_topics *topics, char *start, char *end,
                                 struct weir_error *error)
{
    size_t offset = (size_t)(start - topics->text);

    while (end > start && is_blank(end[-1])) {
        end--;
    }
    if (start == end) {
        return fail_at(offset, "a topic name is missing", error);
    }
    if (*start != '^' && !weir_topic_name_valid(start, (size_t)(end - start))) {
        return fail_at(offset,
                       "no topic name (1 to 249 letters, digits and . _ -, separated by commas)",
                       error);
    }
    *end = '\0';
    for (size_t i = 0; i < topics->count; i++) {
        if (strcmp(topics->names[i], start) == 0) {
            return fail_at(offset, "the topic is named twice", error);
        }
    }
    topics->names[topics->count++] = start;
    return WEIR_OK;
}

static enum weir_status parse_names(struct weir_topics *topics, struct weir_error *error)
{
    for (char *at = topics->text;;) {
        at += strspn(at, " \t");
        char *end = at + strcspn(at, ",");
        bool last = *end == '\0';
        enum weir_status status = add_name(topics, at, end, error);
        if (status != WEIR_OK || last) {
            return status;
        }
        at = end + 1;
    }
}

enum weir_status weir_topics_parse(const char *text, struct weir_topics *out,
                                   struct weir_error *error)
{
    struct weir_topics topics = {0};
    size_t room = comma_count(text) + 1;

    assert(out != NULL);
    if (room > WEIR_TOPICS_MAX) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "more than %d topics", WEIR_TOPICS_MAX);
    }
    topics.text = weir_strdup(text);
    topics.names = weir_calloc(room, sizeof *topics.names);
    enum weir_status status = topics.text == NULL || topics.names == NULL
                                  ? weir_error_nomem(error)
                                  : parse_names(&topics, error);
    if (status != WEIR_OK) {
        weir_topics_fini(&topics);
        return status;
    }
    *out = topics;
    return WEIR_OK;
}

void weir_topics_fini(struct weir_topics *topics)
{
    if (topics == NULL) {
        return;
    }
    weir_free((void *)topics->names);
    weir_free(topics->text);
    *topics = (struct weir_topics){0};
}
