#include "strategies/subscribers.h"

#include <assert.h>
#include <stdlib.h>

#include "framework/base/memory.h"

static void count(const struct weir_strategy_view *view, struct weir_subscribers *out)
{
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_strategy_member *member = weir_strategy_member_at(view, i);
        for (size_t k = 0; k < member->topic_count; k++) {
            assert(member->topics[k] < view->topic_count);
            out->first[member->topics[k] + 1]++;
        }
    }
    for (size_t topic = 0; topic < view->topic_count; topic++) {
        out->first[topic + 1] += out->first[topic];
    }
}

/* Moves each topic's first on by what is written, and back again. */
static void fill(const struct weir_strategy_view *view, struct weir_subscribers *out)
{
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_strategy_member *member = weir_strategy_member_at(view, i);
        for (size_t k = 0; k < member->topic_count; k++) {
            out->members[out->first[member->topics[k]]++] = (uint32_t)i;
        }
    }
    for (size_t topic = view->topic_count; topic > 0; topic--) {
        out->first[topic] = out->first[topic - 1];
    }
    out->first[0] = 0;
}

enum weir_status weir_subscribers_init(const struct weir_strategy_view *view,
                                       struct weir_subscribers *out)
{
    struct weir_subscribers subscribers = {0};

    subscribers.first = weir_calloc(view->topic_count + 1, sizeof *subscribers.first);
    if (subscribers.first == NULL) {
        return WEIR_ERR_NOMEM;
    }
    count(view, &subscribers);
    subscribers.members =
        weir_calloc(subscribers.first[view->topic_count] + 1, sizeof *subscribers.members);
    if (subscribers.members == NULL) {
        weir_subscribers_fini(&subscribers);
        return WEIR_ERR_NOMEM;
    }
    fill(view, &subscribers);
    *out = subscribers;
    return WEIR_OK;
}

void weir_subscribers_fini(struct weir_subscribers *subscribers)
{
    weir_free(subscribers->first);
    weir_free(subscribers->members);
    *subscribers = (struct weir_subscribers){0};
}

static int compare(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one;
    uint32_t b = *(const uint32_t *)other;

    return (a > b) - (a < b);
}

bool weir_subscribers_has(const struct weir_strategy_member *member, uint32_t topic)
{
    return member->topic_count > 0 && bsearch(&topic, member->topics, member->topic_count,
                                              sizeof *member->topics, compare) != NULL;
}
