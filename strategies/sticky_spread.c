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

static void put_spare(struct weir_sticky *sticky, uint32_t partition)
{
    uint32_t owner = sticky->owners[partition];

    sticky->next[partition] = sticky->spare[owner];
    sticky->spare[owner] = partition;
}

/* One that the member has, and that is not at home with it; or WEIR_STRATEGY_NOBODY. */
static uint32_t take_spare(struct weir_sticky *sticky, uint32_t member)
{
    uint32_t partition = sticky->spare[member];

    while (partition != WEIR_STRATEGY_NOBODY &&
           (sticky->owners[partition] != member || sticky->homes[partition] == member)) {
        partition = sticky->next[partition];
    }
    if (partition != WEIR_STRATEGY_NOBODY) {
        sticky->spare[member] = sticky->next[partition];
    }
    return partition;
}

/* Whoever lost a partition and has another one of the topic that is not its own gives that for it:
 * loads stay as they are. */
static void bring_home(struct weir_sticky *sticky, uint32_t index)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);
    size_t count;
    const uint32_t *members = weir_subscribers_of(&sticky->subscribers, index, &count);

    for (size_t i = 0; i < count; i++) {
        sticky->spare[members[i]] = WEIR_STRATEGY_NOBODY;
    }
    for (uint32_t p = topic->first; p < topic->first + topic->partitions; p++) {
        if (sticky->owners[p] != sticky->homes[p]) {
            put_spare(sticky, p);
        }
    }
    for (uint32_t p = topic->first; p < topic->first + topic->partitions; p++) {
        uint32_t home = sticky->homes[p];
        uint32_t owner = sticky->owners[p];
        uint32_t other = home == WEIR_STRATEGY_NOBODY || home == owner ? WEIR_STRATEGY_NOBODY
                                                                       : take_spare(sticky, home);
        if (other != WEIR_STRATEGY_NOBODY) {
            weir_sticky_give(sticky, p, home);
            weir_sticky_give(sticky, other, owner);
            put_spare(sticky, other);
        }
    }
}

void weir_sticky_settle(struct weir_sticky *sticky)
{
    shift_all(sticky, false);
    for (size_t i = 0; i < sticky->order_count; i++) {
        bring_home(sticky, sticky->order[i].topic);
    }
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
