#include "strategies/built_in.h"
#include "strategies/static.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "strategies/subscribers.h"

/* The index, or the count of topics. */
static size_t find_topic(const struct weir_strategy_view *view, const char *name)
{
    size_t low = 0;
    size_t high = view->topic_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(weir_strategy_topic_at(view, middle)->name, name);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return view->topic_count;
}

/* What is not there yet is nobody's until it is. */
static enum weir_status give(const struct weir_strategy_view *view, uint32_t taker,
                             const struct weir_static_partition *named, uint32_t *owners,
                             struct weir_error *error)
{
    const struct weir_strategy_member *member = weir_strategy_member_at(view, taker);
    size_t index = find_topic(view, named->topic);

    if (index == view->topic_count) {
        return WEIR_OK;
    }
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, index);
    if (!weir_subscribers_has(member, (uint32_t)index)) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "weir.partitions of %s names %s:%d, but it does not subscribe to %s",
                              member->id, named->topic, named->partition, named->topic);
    }
    if ((uint32_t)named->partition >= topic->partitions) {
        return WEIR_OK;
    }
    uint32_t *owner = &owners[topic->first + (uint32_t)named->partition];
    if (*owner != WEIR_STRATEGY_NOBODY) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "weir.partitions of %s and of %s both name %s:%d: give it to one",
                              weir_strategy_member_at(view, *owner)->id, member->id, named->topic,
                              named->partition);
    }
    *owner = taker;
    return WEIR_OK;
}

static enum weir_status give_all(const struct weir_strategy_view *view, uint32_t taker,
                                 uint32_t *owners, struct weir_error *error)
{
    const struct weir_strategy_member *member = weir_strategy_member_at(view, taker);
    struct weir_error inner;
    struct weir_static list;

    if (member->partitions == NULL) {
        return WEIR_OK;
    }
    enum weir_status status = weir_static_parse(member->partitions, &list, &inner);
    if (status != WEIR_OK) {
        return weir_error_set(error, status, 0, "weir.partitions of %s: %s", member->id,
                              inner.text);
    }
    for (size_t i = 0; i < list.count && status == WEIR_OK; i++) {
        status = give(view, taker, &list.partitions[i], owners, error);
    }
    weir_static_fini(&list);
    return status;
}

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    enum weir_status status = WEIR_OK;

    for (size_t i = 0; i < view->member_count && status == WEIR_OK; i++) {
        status = give_all(view, (uint32_t)i, owners, error);
    }
    return status;
}

const struct weir_strategy weir_strategy_static = {.name = "static", .assign = assign};
