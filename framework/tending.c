#include "framework/tending.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stdbool.h>
#include <string.h>

struct weir_tended {
    const char *name;
    uint32_t held;
    uint32_t there; /* 0: there is no such topic */
    bool anew;      /* what is held is of an earlier topic of that name */
};

static uint32_t gone_of(const struct weir_tended *topic)
{
    return topic->there == 0 || topic->anew ? topic->held : 0;
}

static uint32_t new_of(const struct weir_tended *topic)
{
    return topic->there > topic->held ? topic->there - topic->held : 0;
}

/* Of the topic that is called so there are so many partitions now. */
static struct weir_tended follow(struct weir_tended topic, uint32_t there)
{
    bool another = there < topic.there || topic.there == 0;

    topic.anew = topic.held > 0 && (topic.anew || another);
    topic.there = there;
    return topic;
}

/* Both by name. What is neither there nor held is forgotten. */
static size_t merge(const struct weir_tending *tending, const struct weir_strategy_topic *topics,
                    size_t count, struct weir_tended *merged)
{
    size_t known = 0;
    size_t found = 0;
    size_t used = 0;

    while (known < tending->count || found < count) {
        int sign = known == tending->count ? 1
                   : found == count        ? -1
                                    : strcmp(tending->topics[known].name, topics[found].name);
        struct weir_tended one = {.name = sign > 0 ? topics[found].name : NULL};
        one = follow(sign > 0 ? one : tending->topics[known],
                     sign >= 0 ? topics[found].partitions : 0);
        known += sign <= 0 ? 1 : 0;
        found += sign >= 0 ? 1 : 0;
        if (one.there > 0 || one.held > 0) {
            merged[used++] = one;
        }
    }
    return used;
}

static char *keep_names(struct weir_tended *topics, size_t count)
{
    size_t size = 1;

    for (size_t i = 0; i < count; i++) {
        size += strlen(topics[i].name) + 1;
    }
    char *text = weir_malloc(size);
    char *name = text;
    for (size_t i = 0; text != NULL && i < count; i++) {
        size = strlen(topics[i].name) + 1;
        memcpy(name, topics[i].name, size);
        topics[i].name = name;
        name += size;
    }
    return text;
}

enum weir_status weir_tending_learn(struct weir_tending *tending,
                                    const struct weir_strategy_topic *topics, size_t count)
{
    struct weir_tending next = {0};

    next.topics = weir_calloc(tending->count + count + 1, sizeof next.topics[0]);
    if (next.topics != NULL) {
        next.count = merge(tending, topics, count, next.topics);
        next.text = keep_names(next.topics, next.count);
    }
    if (next.text == NULL) {
        weir_tending_fini(&next);
        return WEIR_ERR_NOMEM;
    }
    weir_tending_fini(tending);
    *tending = next;
    return WEIR_OK;
}

/* Of each topic so many partitions, from `first` on. */
static enum weir_status list(const struct weir_tending *tending,
                             uint32_t (*count_of)(const struct weir_tended *topic), bool behind,
                             struct weir_position **out, size_t *count)
{
    size_t total = 0;
    size_t used = 0;

    for (size_t i = 0; i < tending->count; i++) {
        total += count_of(&tending->topics[i]);
    }
    if (total == 0) {
        *out = NULL;
        *count = 0;
        return WEIR_OK;
    }
    struct weir_position *positions = weir_calloc(total, sizeof positions[0]);
    if (positions == NULL) {
        return WEIR_ERR_NOMEM;
    }
    for (size_t i = 0; i < tending->count; i++) {
        const struct weir_tended *topic = &tending->topics[i];
        uint32_t first = behind ? topic->held : 0;
        for (uint32_t number = 0; number < count_of(topic); number++) {
            positions[used++] = (struct weir_position){.topic = topic->name,
                                                       .partition = (int32_t)(first + number),
                                                       .offset = WEIR_OFFSET_NONE};
        }
    }
    assert(used == total);
    *out = positions;
    *count = total;
    return WEIR_OK;
}

enum weir_status weir_tending_gone(const struct weir_tending *tending, struct weir_position **out,
                                   size_t *count)
{
    return list(tending, gone_of, false, out, count);
}

void weir_tending_release(struct weir_tending *tending)
{
    for (size_t i = 0; i < tending->count; i++) {
        struct weir_tended *topic = &tending->topics[i];
        topic->held -= gone_of(topic);
        topic->anew = false;
    }
}

enum weir_status weir_tending_new(const struct weir_tending *tending, struct weir_position **out,
                                  size_t *count)
{
    return list(tending, new_of, true, out, count);
}

void weir_tending_hold(struct weir_tending *tending)
{
    for (size_t i = 0; i < tending->count; i++) {
        struct weir_tended *topic = &tending->topics[i];
        assert(!topic->anew);
        topic->held = topic->there > topic->held ? topic->there : topic->held;
    }
}

void weir_tending_fini(struct weir_tending *tending)
{
    if (tending != NULL) {
        weir_free(tending->topics);
        weir_free(tending->text);
        *tending = (struct weir_tending){0};
    }
}
