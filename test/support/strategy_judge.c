#include "test/support/strategy_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"
#include "test/support/fewest.h"

enum { TEXT_SIZE = 512 };

static int subscribers_of(const struct group *group, int topic)
{
    int count = 0;

    for (int member = 0; member < group->members; member++) {
        count += group->subscribes[member][topic] ? 1 : 0;
    }
    return count;
}

static bool all_alike(const struct group *group)
{
    for (int member = 1; member < group->members; member++) {
        if (memcmp(group->subscribes[member], group->subscribes[0], sizeof group->subscribes[0]) !=
            0) {
            return false;
        }
    }
    return true;
}

/* --- what all promise ------------------------------------------------------------------------- */

static const char *judge_owners(const struct asked *asked, bool all)
{
    const struct group *group = asked->group;

    for (int topic = 0; topic < group->topics; topic++) {
        bool wanted = subscribers_of(group, topic) > 0;
        for (int p = 0; p < group->partitions[topic]; p++) {
            int owner = asked->owners[topic][p];
            if (owner == GROUP_NOBODY ? wanted && all : !group->subscribes[owner][topic]) {
                return owner == GROUP_NOBODY ? "a partition without an owner"
                                             : "an owner who does not subscribe";
            }
        }
    }
    return NULL;
}

/* --- range ------------------------------------------------------------------------------------ */

/* The i-th of n who share p partitions has those from i * p / n rounded so that the first get more:
 * as Kafka's documents put it, p / n each, and the first p % n one more. */
const char *strategy_judge_range(const struct asked *asked)
{
    const struct group *group = asked->group;

    for (int topic = 0; topic < group->topics; topic++) {
        int count = subscribers_of(group, topic);
        int next = 0;
        int place = 0;
        for (int member = 0; member < group->members; member++) {
            if (!group->subscribes[member][topic]) {
                continue;
            }
            int end = next + (group->partitions[topic] - place + count - 1) / count;
            while (next < end && asked->owners[topic][next] == member) {
                next++;
            }
            if (next < end) {
                return "not the range of that member";
            }
            place++;
        }
    }
    return NULL;
}

/* --- roundrobin ------------------------------------------------------------------------------- */

const char *strategy_judge_turns(const struct asked *asked)
{
    const struct group *group = asked->group;
    int turn = 0;

    for (int topic = 0; topic < group->topics; topic++) {
        for (int p = 0; subscribers_of(group, topic) > 0 && p < group->partitions[topic]; p++) {
            while (!group->subscribes[turn][topic]) {
                turn = (turn + 1) % group->members;
            }
            if (asked->owners[topic][p] != turn) {
                return "not that member's turn";
            }
            turn = (turn + 1) % group->members;
        }
    }
    return NULL;
}

/* --- sticky ----------------------------------------------------------------------------------- */

static bool would_be_better_off(const struct asked *asked, int topic, int owner)
{
    for (int other = 0; other < asked->group->members; other++) {
        if (asked->group->subscribes[other][topic] &&
            asked->loads[owner] >= asked->loads[other] + 2) {
            return true;
        }
    }
    return false;
}

static const char *judge_balance(const struct asked *asked)
{
    const struct group *group = asked->group;

    for (int topic = 0; topic < group->topics; topic++) {
        for (int p = 0; subscribers_of(group, topic) > 0 && p < group->partitions[topic]; p++) {
            if (would_be_better_off(asked, topic, asked->owners[topic][p])) {
                return "a partition would be better off elsewhere";
            }
        }
    }
    return NULL;
}

static int compare_down(const void *one, const void *other)
{
    return *(const int *)other - *(const int *)one;
}

/* With the same subscriptions: the largest holdings keep the larger shares, the rest is cut. What
 * its holder cannot keep moves in any case. */
static int fewest_when_alike(const struct group *group)
{
    int kept[GROUP_MEMBERS_MAX] = {0};
    int total = 0;
    int moves = 0;

    for (int topic = 0; topic < group->topics; topic++) {
        bool wanted = group->subscribes[0][topic];
        total += wanted ? group->partitions[topic] : 0;
        for (int p = 0; wanted && p < group->partitions[topic]; p++) {
            int owner = group->owners[topic][p];
            kept[owner >= 0 ? owner : 0] += owner >= 0 ? 1 : 0;
            moves += owner == GROUP_GONE ? 1 : 0;
        }
    }
    qsort(kept, (size_t)group->members, sizeof kept[0], compare_down);
    for (int i = 0; i < group->members; i++) {
        int share = total / group->members + (i < total % group->members ? 1 : 0);
        moves += kept[i] > share ? kept[i] - share : 0;
    }
    return moves;
}

const char *strategy_judge_sticky(const struct asked *asked)
{
    const char *flaw = judge_balance(asked);

    if (flaw == NULL && all_alike(asked->group) &&
        asked->moves != fewest_when_alike(asked->group)) {
        return "more moves than needed, or fewer than can be";
    }
    return flaw;
}

const char *strategy_judge_fewest(const struct asked *asked)
{
    int squares = 0;

    for (int member = 0; member < asked->group->members; member++) {
        squares += asked->loads[member] * asked->loads[member];
    }
    int fewest = fewest_moves(asked->group, squares, asked->moves);
    return fewest < asked->moves ? "fewer moves would do" : NULL;
}

/* --- asking ----------------------------------------------------------------------------------- */

static void note_answer(struct asked *asked, const struct weir_view *view,
                        const struct weir_strategy_view *told, const uint32_t *owners)
{
    const struct group *group = asked->group;

    for (int topic = 0; topic < group->topics; topic++) {
        const struct weir_strategy_topic *there = weir_strategy_topic_at(told, (size_t)topic);
        for (int p = 0; p < group->partitions[topic]; p++) {
            size_t index = there->first + (size_t)p;
            uint32_t owner = owners[index];
            asked->owners[topic][p] = owner == WEIR_STRATEGY_NOBODY ? GROUP_NOBODY : (int)owner;
            if (owner != WEIR_STRATEGY_NOBODY) {
                asked->loads[owner]++;
                asked->moves += weir_view_moves(view, index, owner) ? 1 : 0;
            }
        }
    }
}

/* The flaw that asking itself found, or NULL. */
static const char *ask(const struct weir_strategy *strategy, const struct group *group,
                       struct weir_random *order, struct asked *out)
{
    const struct weir_strategy_view *told = NULL;
    struct weir_view *view = group_view(group, order, NULL);
    uint32_t owners[GROUP_ALL_MAX];
    struct weir_error error;

    memset(out, 0, sizeof *out);
    out->group = group;
    if (weir_view_finish(view, &told, &error) != WEIR_OK) {
        fail_test("%s", error.text);
    }
    bool good = weir_strategy_ask(strategy, told, owners, &error) == WEIR_OK;
    if (good) {
        note_answer(out, view, told, owners);
    }
    weir_view_destroy(view);
    return good ? NULL : "an answer that is none";
}

/* What it answered, as what everybody has: nothing may move any more. */
static const char *judge_again(const struct weir_strategy *strategy, const struct asked *asked,
                               struct weir_random *order)
{
    struct group after = *asked->group;
    struct asked again;

    memcpy(after.owners, asked->owners, sizeof after.owners);
    const char *flaw = ask(strategy, &after, order, &again);
    if (flaw == NULL && memcmp(again.owners, asked->owners, sizeof again.owners) != 0) {
        return "it moves on although nothing has changed";
    }
    return flaw;
}

const char *strategy_judge(const struct weir_strategy *strategy, strategy_judge_fn *special,
                           uint64_t seed)
{
    struct weir_random random = {.state = seed};
    struct group group;
    struct asked asked;
    struct asked other;

    group_random(&group, &random, seed % 3 == 0);
    const char *flaw = ask(strategy, &group, &random, &asked);
    if (flaw == NULL) {
        flaw = ask(strategy, &group, &random, &other);
    }
    if (flaw == NULL && memcmp(&asked, &other, sizeof asked) != 0) {
        flaw = "another answer when it is told in another order";
    }
    if (flaw == NULL) {
        flaw = judge_owners(&asked, true);
    }
    if (flaw == NULL) {
        flaw = special(&asked);
    }
    return flaw == NULL ? judge_again(strategy, &asked, &random) : flaw;
}

/* --- static ----------------------------------------------------------------------------------- */

/* What is under way: to a second one, too, once, when `twice`. */
struct naming {
    char texts[GROUP_MEMBERS_MAX][TEXT_SIZE];
    bool twice;
    bool doubled;
};

/* The last one who got it, or nobody. */
static int name_partition(const struct group *group, struct weir_random *random,
                          struct naming *naming, int topic, int partition)
{
    int chosen = GROUP_NOBODY;

    for (int member = 0; member < group->members; member++) {
        char *text = naming->texts[member];
        size_t length = strlen(text);
        bool open = chosen == GROUP_NOBODY || (naming->twice && !naming->doubled);
        if (open && group->subscribes[member][topic] && weir_random_below(random, 3) > 0) {
            naming->doubled = naming->doubled || chosen != GROUP_NOBODY;
            chosen = member;
            (void)snprintf(text + length, TEXT_SIZE - length, "t%d:%d ", topic, partition);
        }
    }
    return chosen;
}

static void name_partitions(const struct group *group, struct weir_random *random,
                            struct naming *naming, struct asked *out)
{
    for (int topic = 0; topic < group->topics; topic++) {
        for (int p = 0; p < group->partitions[topic]; p++) {
            out->owners[topic][p] = name_partition(group, random, naming, topic, p);
        }
    }
}

const char *strategy_judge_named(const struct weir_strategy *strategy, uint64_t seed)
{
    struct weir_random random = {.state = seed};
    struct naming naming = {.twice = seed % 4 == 0};
    const char *named[GROUP_MEMBERS_MAX];
    const struct weir_strategy_view *told = NULL;
    struct group group;
    struct asked expected = {.group = &group};
    struct asked asked = {.group = &group};
    uint32_t owners[GROUP_ALL_MAX];
    struct weir_error error;

    group_random(&group, &random, false);
    name_partitions(&group, &random, &naming, &expected);
    for (int member = 0; member < group.members; member++) {
        named[member] = naming.texts[member][0] == '\0' ? NULL : naming.texts[member];
    }
    struct weir_view *view = group_view(&group, &random, named);
    if (weir_view_finish(view, &told, &error) != WEIR_OK) {
        fail_test("%s", error.text);
    }
    enum weir_status status = weir_strategy_ask(strategy, told, owners, &error);
    if (status == WEIR_OK) {
        note_answer(&asked, view, told, owners);
    }
    weir_view_destroy(view);
    if (naming.doubled) {
        return status == WEIR_ERR_CONFIG ? NULL : "one partition for two went through";
    }
    bool same = memcmp(asked.owners, expected.owners, sizeof asked.owners) == 0;
    return status == WEIR_OK && same ? judge_owners(&asked, false) : "not as it was named";
}
