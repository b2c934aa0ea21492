#include "strategies/letter_topic.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"

#define PLACE "{topic}"

enum { PLACE_SIZE = sizeof PLACE - 1 };

static bool is_of_topics(const char *text, size_t size)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return strspn(text, allowed) >= size;
}

enum weir_status weir_letter_topic_check(const char *pattern, struct weir_error *error)
{
    const char *place = strstr(pattern, PLACE);
    size_t size = strlen(pattern);
    size_t before = place == NULL ? size : (size_t)(place - pattern);
    const char *after = place == NULL ? pattern + size : place + PLACE_SIZE;

    if (size == 0 || size >= WEIR_TOPIC_SIZE || !is_of_topics(pattern, before) ||
        !is_of_topics(after, strlen(after)) || strcmp(pattern, ".") == 0 ||
        strcmp(pattern, "..") == 0) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "must be the name of a topic: 1 to 249 letters, digits, '.', '_' "
                              "and '-', with " PLACE " once at most");
    }
    return strcmp(pattern, PLACE) == 0
               ? weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "every topic would be that of its own letters; add something to it")
               : WEIR_OK;
}

bool weir_letter_topic_of(const char *pattern, const char *topic, char out[WEIR_TOPIC_SIZE])
{
    const char *place = strstr(pattern, PLACE);
    int size = place == NULL ? snprintf(out, WEIR_TOPIC_SIZE, "%s", pattern)
                             : snprintf(out, WEIR_TOPIC_SIZE, "%.*s%s%s", (int)(place - pattern),
                                        pattern, topic, place + PLACE_SIZE);

    assert(size > 0);
    return size < WEIR_TOPIC_SIZE;
}

bool weir_letter_topic_fits(const char *pattern, const char *topic)
{
    const char *place = strstr(pattern, PLACE);

    if (place == NULL) {
        return strcmp(pattern, topic) == 0;
    }
    size_t before = (size_t)(place - pattern);
    size_t after = strlen(place + PLACE_SIZE);
    size_t size = strlen(topic);
    return size > before + after && strncmp(topic, pattern, before) == 0 &&
           strcmp(topic + size - after, place + PLACE_SIZE) == 0;
}
