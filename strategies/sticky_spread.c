#include "strategies/sticky.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A group of Kafka's divides again after what had to change hands was given back, until nothing has
 * to: two rounds nearly always, four at most in two million random groups. */
enum { ROUNDS_MAX = 8 };
/* On some groups its assignor shifts there and back forever. It does not on those that it is done
 * with after so many passes. */
enum { FREE_PASSES = 32 };

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

/* Where a partition stands in a set of Java's, which has so many buckets as long as it is small. */
static uint32_t bucket_of(const char *topic, uint32_t number)
{
    enum { FACTOR = 31, HALF = 16, BUCKETS = 16 };
    uint32_t hash = 0;

    for (; *topic != '\0'; topic++) {
        hash = hash * FACTOR + (unsigned char)*topic;
    }
    hash += FACTOR * (FACTOR + number);
    return (hash ^ hash >> HALF) % BUCKETS;
}

/* One that went from `to` to `from`, or WEIR_STRATEGY_NOBODY. Of several the one that Kafka's
 * assignor comes upon first. */
static uint32_t find_return(const struct weir_sticky *sticky, uint32_t index, uint32_t from,
                            uint32_t to)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);
    uint32_t found = WEIR_STRATEGY_NOBODY;
    uint32_t first = UINT32_MAX;

    for (uint32_t i = 0; sticky->gone[to] > 0 && i < topic->partitions; i++) {
        uint32_t p = topic->first + i;
        if (sticky->came_from[p] == to && sticky->owners[p] == from &&
            bucket_of(topic->name, i) < first) {
            found = p;
            first = bucket_of(topic->name, i);
        }
    }
    return found;
}

static void note_shift(struct weir_sticky *sticky, uint32_t partition, uint32_t to)
{
    uint32_t *came_from = &sticky->came_from[partition];

    if (*came_from == WEIR_STRATEGY_NOBODY) {
        *came_from = sticky->owners[partition];
        sticky->gone[*came_from]++;
    } else if (*came_from == to) {
        assert(sticky->gone[to] > 0);
        sticky->gone[to]--;
        *came_from = WEIR_STRATEGY_NOBODY;
    }
}

/* When another one of the topic came the opposite way in this round, that goes back instead: from
 * where this one was first, which need not make loads more even. */
static void pass_on(struct weir_sticky *sticky, uint32_t index, uint32_t partition, uint32_t to)
{
    uint32_t from = sticky->came_from[partition];

    if (from == WEIR_STRATEGY_NOBODY) {
        from = sticky->owners[partition];
    }
    uint32_t other = find_return(sticky, index, from, to);
    bool more_even = sticky->loads[from] >= sticky->loads[to] + 2;
    if (other != WEIR_STRATEGY_NOBODY && (more_even || sticky->free_passes > 0)) {
        partition = other;
    }
    note_shift(sticky, partition, to);
    weir_sticky_give(sticky, partition, to);
}

static void count_gone(struct weir_sticky *sticky, uint32_t index)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);

    memset(sticky->gone, 0, sticky->view->member_count * sizeof *sticky->gone);
    for (size_t p = topic->first; p < (size_t)topic->first + topic->partitions; p++) {
        if (sticky->came_from[p] != WEIR_STRATEGY_NOBODY) {
            sticky->gone[sticky->came_from[p]]++;
        }
    }
}

/* One pass over a topic. False when nothing had to be shifted. */
static bool shift(struct weir_sticky *sticky, uint32_t index, bool new_only)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);
    bool shifted = false;

    count_gone(sticky, index);
    for (uint32_t p = topic->first; p < topic->first + topic->partitions; p++) {
        if (new_only && sticky->had[p] != WEIR_STRATEGY_NOBODY) {
            continue;
        }
        uint32_t least = weir_sticky_least(sticky, index);
        if (sticky->loads[sticky->owners[p]] >= sticky->loads[least] + 2) {
            pass_on(sticky, index, p, least);
            shifted = true;
        }
    }
    return shifted;
}

/* Ends because each shift makes the sum of the squares of all loads smaller, at least when no pass
 * is free any more. */
static void shift_all(struct weir_sticky *sticky, bool new_only)
{
    bool shifted = true;

    while (shifted) {
        shifted = false;
        for (size_t i = 0; i < sticky->order_count; i++) {
            shifted = shift(sticky, sticky->order[i].topic, new_only) || shifted;
        }
        sticky->free_passes -= sticky->free_passes > 0 ? 1 : 0;
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

static void bring_all_home(struct weir_sticky *sticky)
{
    for (size_t i = 0; i < sticky->order_count; i++) {
        bring_home(sticky, sticky->order[i].topic);
    }
}

static void begin_shifts(struct weir_sticky *sticky, uint32_t free_passes)
{
    sticky->free_passes = free_passes;
    for (size_t p = 0; p < sticky->view->partition_count; p++) {
        sticky->came_from[p] = WEIR_STRATEGY_NOBODY;
    }
}

void weir_sticky_settle(struct weir_sticky *sticky)
{
    begin_shifts(sticky, 0);
    shift_all(sticky, false);
    bring_all_home(sticky);
    assert(weir_sticky_balanced(sticky));
}

/* Everything lies with who has it, if it may be there. True when somebody has what it may not keep
 * and another one may have. */
static bool lay_out(struct weir_sticky *sticky)
{
    bool revokes = false;

    memset(sticky->loads, 0, sticky->view->member_count * sizeof *sticky->loads);
    for (size_t i = 0; i < sticky->order_count; i++) {
        uint32_t index = sticky->order[i].topic;
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);
        for (size_t p = topic->first; p < (size_t)topic->first + topic->partitions; p++) {
            uint32_t member = sticky->had[p];
            bool had = member != WEIR_STRATEGY_NOBODY;
            sticky->owners[p] = WEIR_STRATEGY_NOBODY;
            if (had && weir_subscribers_has(weir_strategy_member_at(sticky->view, member), index)) {
                weir_sticky_give(sticky, p, member);
            } else {
                revokes = revokes || had;
            }
        }
    }
    return revokes;
}

/* What Kafka's assignor answers. */
static void play_round(struct weir_sticky *sticky)
{
    bool revokes = lay_out(sticky);

    for (size_t i = 0; i < sticky->order_count; i++) {
        place(sticky, sticky->order[i].topic);
    }
    begin_shifts(sticky, FREE_PASSES);
    if (!revokes) {
        shift_all(sticky, true);
    }
    shift_all(sticky, false);
}

/* What changes hands is given back first, so nobody has it when the next round begins. False when
 * nothing does. */
static bool give_back(struct weir_sticky *sticky)
{
    bool any = false;

    for (size_t p = 0; p < sticky->view->partition_count; p++) {
        bool back = sticky->had[p] != WEIR_STRATEGY_NOBODY &&
                    sticky->owners[p] != WEIR_STRATEGY_NOBODY &&
                    sticky->had[p] != sticky->owners[p];
        sticky->had[p] = back ? WEIR_STRATEGY_NOBODY : sticky->owners[p];
        any = any || back;
    }
    return any;
}

/* Ends with the first round or the last one: the one that moves less, or else is more even. */
static void play(struct weir_sticky *sticky, struct weir_sticky_picture *best)
{
    struct weir_sticky_value least = {0};
    bool again = true;

    for (int rounds = 0; again && rounds < ROUNDS_MAX; rounds++) {
        play_round(sticky);
        again = give_back(sticky);
        struct weir_sticky_value value = weir_sticky_measure(sticky);
        if (rounds == 0 || (!again && weir_sticky_better(value, least))) {
            weir_sticky_picture_take(sticky, best);
            least = value;
        }
    }
    weir_sticky_picture_restore(best, sticky);
    bring_all_home(sticky);
    assert(weir_sticky_balanced(sticky));
}

enum weir_status weir_sticky_spread(struct weir_sticky *sticky)
{
    const struct weir_strategy_view *view = sticky->view;
    struct weir_sticky_picture best = {0};

    enum weir_status status = weir_sticky_picture_init(sticky, &best);
    if (status == WEIR_OK) {
        order_topics(sticky);
        memcpy(sticky->had, view->owned, view->partition_count * sizeof *sticky->had);
        play(sticky, &best);
    }
    weir_sticky_picture_fini(&best);
    return status;
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
