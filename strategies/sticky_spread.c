#include "strategies/sticky.h"

#include <assert.h>
#include <stdlib.h>

static int compare(const void *one, const void *other)
{
    const struct weir_sticky_choice *a = one;
    const struct weir_sticky_choice *b = other;

    if (a->subscribers != b->subscribers) {
        return a->subscribers < b->subscribers ? -1 : 1;
    }
    return (a->topic > b->topic) - (a->topic < b->topic);
}

static void order_topics(struct weir_sticky *sticky)
{
    sticky->order_count = 0;
    for (size_t topic = 0; topic < sticky->view->topic_count; topic++) {
        size_t subscribers;
        (void)weir_subscribers_of(&sticky->subscribers, topic, &subscribers);
        if (subscribers > 0) {
            sticky->order[sticky->order_count++] =
                (struct weir_sticky_choice){subscribers, (uint32_t)topic};
        }
    }
    qsort(sticky->order, sticky->order_count, sizeof *sticky->order, compare);
}

/* Each that lies nowhere goes to whoever has least. */
static void place(struct weir_sticky *sticky, uint32_t index)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);

    for (size_t p = topic->first; p < (size_t)topic->first + topic->partitions; p++) {
        if (sticky->owners[p] == WEIR_STRATEGY_NOBODY) {
            weir_sticky_give(sticky, p, weir_sticky_least(sticky, index));
        }
    }
}

/* One pass over a topic. False when nothing had to be shifted. */
static bool shift(struct weir_sticky *sticky, uint32_t index, bool homeless_only)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);
    bool shifted = false;

    for (size_t p = topic->first; p < (size_t)topic->first + topic->partitions; p++) {
        if (homeless_only && sticky->homes[p] != WEIR_STRATEGY_NOBODY) {
            continue;
        }
        uint32_t least = weir_sticky_least(sticky, index);
        if (sticky->loads[sticky->owners[p]] >= sticky->loads[least] + 2) {
            weir_sticky_give(sticky, p, least);
            shifted = true;
        }
    }
    return shifted;
}

/* Ends because each shift makes the sum of the squares of all loads smaller. */
static void shift_all(struct weir_sticky *sticky, bool homeless_only)
{
    bool shifted = true;

    while (shifted) {
        shifted = false;
        for (size_t i = 0; i < sticky->order_count; i++) {
            shifted = shift(sticky, sticky->order[i].topic, homeless_only) || shifted;
        }
    }
}

void weir_sticky_settle(struct weir_sticky *sticky)
{
    shift_all(sticky, false);
    assert(weir_sticky_balanced(sticky));
}

void weir_sticky_spread(struct weir_sticky *sticky)
{
    order_topics(sticky);
    for (size_t i = 0; i < sticky->order_count; i++) {
        place(sticky, sticky->order[i].topic);
    }
    shift_all(sticky, true);
    weir_sticky_settle(sticky);
}

static bool topic_balanced(const struct weir_sticky *sticky, size_t index)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);
    uint32_t least = sticky->loads[weir_sticky_least(sticky, index)];

    for (size_t p = topic->first; p < (size_t)topic->first + topic->partitions; p++) {
        if (sticky->loads[sticky->owners[p]] >= least + 2) {
            return false;
        }
    }
    return true;
}

bool weir_sticky_balanced(const struct weir_sticky *sticky)
{
    for (size_t topic = 0; topic < sticky->view->topic_count; topic++) {
        size_t subscribers;
        (void)weir_subscribers_of(&sticky->subscribers, topic, &subscribers);
        if (subscribers > 0 && !topic_balanced(sticky, topic)) {
            return false;
        }
    }
    return true;
}
