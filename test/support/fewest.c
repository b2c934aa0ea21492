#include "test/support/fewest.h"

#include <limits.h>
#include <string.h>

enum { FAR = INT_MAX / 2 };

struct search {
    const struct group *group;
    int homes[GROUP_TOPICS_MAX][GROUP_MEMBERS_MAX]; /* how many each has and may keep */
    int home[GROUP_MEMBERS_MAX];                    /* of all topics */
    int partitions;                                 /* that somebody subscribes to */
    int squares_max;
    int best;
    int loads[GROUP_MEMBERS_MAX]; /* looked at */

    /* How many of each topic lie with each member, so that as many as can be are at home; and the
     * cheapest way for one more, from the topic looked at. */
    int here[GROUP_TOPICS_MAX][GROUP_MEMBERS_MAX];
    int room[GROUP_MEMBERS_MAX];
    int topic_costs[GROUP_TOPICS_MAX];
    int topic_before[GROUP_TOPICS_MAX]; /* the member that gives one up */
    int member_costs[GROUP_MEMBERS_MAX];
    int member_before[GROUP_MEMBERS_MAX]; /* the topic that gives it one */
};

/* --- the fewest moves with given loads: as many at home as can be ------------------------------
 */

/* May the member have any of the topic, with these loads? */
static bool is_open(const struct search *search, int topic, int member)
{
    for (int other = 0; other < search->group->members; other++) {
        if (search->group->subscribes[other][topic] &&
            search->loads[member] > search->loads[other] + 1) {
            return false;
        }
    }
    return search->group->subscribes[member][topic];
}

static bool reach(int *cost, int *before, int new_cost, int from)
{
    bool shorter = new_cost < *cost;

    if (shorter) {
        *cost = new_cost;
        *before = from;
    }
    return shorter;
}

/* One more of `topic` to `member` instead of elsewhere, or one less. */
static bool reach_both(struct search *search, int topic, int member)
{
    int here = search->here[topic][member];
    int home = search->homes[topic][member];
    bool shorter = false;

    if (search->topic_costs[topic] < FAR && is_open(search, topic, member)) {
        shorter = reach(&search->member_costs[member], &search->member_before[member],
                        search->topic_costs[topic] - (here < home ? 1 : 0), topic);
    }
    if (search->member_costs[member] < FAR && here > 0) {
        shorter = reach(&search->topic_costs[topic], &search->topic_before[topic],
                        search->member_costs[member] + (here <= home ? 1 : 0), member) ||
                  shorter;
    }
    return shorter;
}

static void find_ways(struct search *search, int from)
{
    bool shorter = true;

    for (int topic = 0; topic < search->group->topics; topic++) {
        search->topic_costs[topic] = topic == from ? 0 : FAR;
    }
    for (int member = 0; member < search->group->members; member++) {
        search->member_costs[member] = FAR;
    }
    while (shorter) {
        shorter = false;
        for (int topic = 0; topic < search->group->topics; topic++) {
            for (int member = 0; member < search->group->members; member++) {
                shorter = reach_both(search, topic, member) || shorter;
            }
        }
    }
}

/* Lays one more of the topic. What that costs, or FAR when there is no room. */
static int lay(struct search *search, int from)
{
    int end = GROUP_NOBODY;

    find_ways(search, from);
    for (int member = 0; member < search->group->members; member++) {
        if (search->room[member] > 0 &&
            (end == GROUP_NOBODY || search->member_costs[member] < search->member_costs[end])) {
            end = member;
        }
    }
    if (end == GROUP_NOBODY || search->member_costs[end] >= FAR) {
        return FAR;
    }
    search->room[end]--;
    int topic = search->member_before[end];
    search->here[topic][end]++;
    while (topic != from) {
        int member = search->topic_before[topic];
        search->here[topic][member]--;
        topic = search->member_before[member];
        search->here[topic][member]++;
    }
    return search->member_costs[end];
}

static bool is_wanted(const struct group *group, int topic)
{
    for (int member = 0; member < group->members; member++) {
        if (group->subscribes[member][topic]) {
            return true;
        }
    }
    return false;
}

/* FAR when partitions cannot lie so. */
static int moves_of_loads(struct search *search)
{
    int moves = 0;

    memset(search->here, 0, sizeof search->here);
    memcpy(search->room, search->loads, sizeof search->room);
    for (int member = 0; member < search->group->members; member++) {
        moves += search->home[member];
    }
    for (int topic = 0; topic < search->group->topics; topic++) {
        int count = is_wanted(search->group, topic) ? search->group->partitions[topic] : 0;
        for (int p = 0; p < count && moves < FAR; p++) {
            int cost = lay(search, topic);
            moves = cost == FAR ? FAR : moves + cost;
        }
    }
    return moves;
}

/* --- all loads that could be -------------------------------------------------------------------
 */

/* What the loads of the first members come to. */
struct sums {
    int loads;
    int squares;
    int moves; /* at least: what is at home with somebody who has less */
};

static struct sums add_up(const struct search *search, int members)
{
    struct sums sums = {0};

    for (int member = 0; member < members; member++) {
        int load = search->loads[member];
        int home = search->home[member];
        sums.loads += load;
        sums.squares += load * load;
        sums.moves += home > load ? home - load : 0;
    }
    return sums;
}

static void try_all_loads(struct search *search)
{
    int last = search->group->members - 1;
    int at = 0;

    search->loads[0] = -1;
    while (at >= 0) {
        search->loads[at]++;
        struct sums sums = add_up(search, at + 1);
        if (sums.loads > search->partitions || sums.squares > search->squares_max) {
            at--;
        } else if (sums.moves < search->best && at < last) {
            search->loads[++at] = -1;
        } else if (sums.moves < search->best && sums.loads == search->partitions) {
            int moves = moves_of_loads(search);
            search->best = moves < search->best ? moves : search->best;
        }
    }
}

int fewest_moves(const struct group *group, int squares_max, int known)
{
    struct search search = {.group = group, .squares_max = squares_max};
    int lost = 0; /* what its owner cannot keep in any case */

    for (int topic = 0; topic < group->topics; topic++) {
        int count = is_wanted(group, topic) ? group->partitions[topic] : 0;
        search.partitions += count;
        for (int p = 0; p < count; p++) {
            int owner = group->owners[topic][p];
            bool stays = owner >= 0 && group->subscribes[owner][topic];
            lost += owner != GROUP_NOBODY && !stays ? 1 : 0;
            search.homes[topic][stays ? owner : 0] += stays ? 1 : 0;
            search.home[stays ? owner : 0] += stays ? 1 : 0;
        }
    }
    search.best = known - lost;
    try_all_loads(&search);
    return search.best + lost;
}
