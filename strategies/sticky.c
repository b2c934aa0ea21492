#include "strategies/sticky.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "strategies/built_in.h"

static void take_home(struct weir_sticky *sticky)
{
    const struct weir_strategy_view *view = sticky->view;

    for (size_t i = 0; i < view->topic_count; i++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, i);
        for (size_t p = topic->first; p < (size_t)topic->first + topic->partitions; p++) {
            uint32_t member = view->owned[p];
            bool keeps = member != WEIR_STRATEGY_NOBODY &&
                         weir_subscribers_has(weir_strategy_member_at(view, member), (uint32_t)i);
            sticky->homes[p] = keeps ? member : WEIR_STRATEGY_NOBODY;
            if (keeps) {
                weir_sticky_give(sticky, p, member);
            }
        }
    }
}

enum weir_status weir_sticky_init(const struct weir_strategy_view *view, uint32_t *owners,
                                  struct weir_sticky *out)
{
    struct weir_sticky sticky = {.view = view, .owners = owners};

    sticky.homes = weir_calloc(view->partition_count + 1, sizeof *sticky.homes);
    sticky.loads = weir_calloc(view->member_count, sizeof *sticky.loads);
    sticky.order = weir_calloc(view->topic_count + 1, sizeof *sticky.order);
    sticky.spare = weir_calloc(view->member_count, sizeof *sticky.spare);
    sticky.next = weir_calloc(view->partition_count + 1, sizeof *sticky.next);
    sticky.had = weir_calloc(view->partition_count + 1, sizeof *sticky.had);
    sticky.came_from = weir_calloc(view->partition_count + 1, sizeof *sticky.came_from);
    sticky.gone = weir_calloc(view->member_count, sizeof *sticky.gone);
    if (sticky.homes == NULL || sticky.loads == NULL || sticky.order == NULL ||
        sticky.spare == NULL || sticky.next == NULL || sticky.had == NULL ||
        sticky.came_from == NULL || sticky.gone == NULL ||
        weir_subscribers_init(view, &sticky.subscribers) != WEIR_OK) {
        weir_sticky_fini(&sticky);
        return WEIR_ERR_NOMEM;
    }
    take_home(&sticky);
    *out = sticky;
    return WEIR_OK;
}

void weir_sticky_fini(struct weir_sticky *sticky)
{
    weir_subscribers_fini(&sticky->subscribers);
    weir_free(sticky->homes);
    weir_free(sticky->loads);
    weir_free(sticky->order);
    weir_free(sticky->spare);
    weir_free(sticky->next);
    weir_free(sticky->had);
    weir_free(sticky->came_from);
    weir_free(sticky->gone);
    *sticky = (struct weir_sticky){0};
}

void weir_sticky_give(struct weir_sticky *sticky, size_t partition, uint32_t member)
{
    uint32_t *owner = &sticky->owners[partition];

    assert(member < sticky->view->member_count);
    if (*owner != WEIR_STRATEGY_NOBODY) {
        assert(sticky->loads[*owner] > 0);
        sticky->loads[*owner]--;
    }
    *owner = member;
    sticky->loads[member]++;
}

uint32_t weir_sticky_least(const struct weir_sticky *sticky, size_t topic)
{
    size_t count;
    const uint32_t *members = weir_subscribers_of(&sticky->subscribers, topic, &count);

    assert(count > 0);
    uint32_t least = members[0];
    for (size_t i = 1; i < count; i++) {
        if (sticky->loads[members[i]] < sticky->loads[least]) {
            least = members[i];
        }
    }
    return least;
}

/* How many each may have when all subscribe to the same, so that as many as can be stay at home. */
struct share {
    uint32_t member;
    uint32_t home; /* partitions it has */
    uint32_t left; /* it may still get */
};

static int compare_shares(const void *one, const void *other)
{
    const struct share *a = one;
    const struct share *b = other;

    if (a->home != b->home) {
        return a->home > b->home ? -1 : 1;
    }
    return (a->member > b->member) - (a->member < b->member);
}

/* Does everybody who subscribes to something subscribe to the same? Then *out is one of them. */
static bool all_alike(const struct weir_strategy_view *view,
                      const struct weir_strategy_member **out)
{
    const struct weir_strategy_member *first = NULL;

    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_strategy_member *member = weir_strategy_member_at(view, i);
        if (member->topic_count == 0) {
            continue;
        }
        if (first == NULL) {
            first = member;
        }
        if (member->topic_count != first->topic_count ||
            memcmp(member->topics, first->topics, first->topic_count * sizeof *first->topics) !=
                0) {
            return false;
        }
    }
    *out = first;
    return first != NULL;
}

/* Those who have most get the ones that are left over. Ends sorted by member. */
static size_t count_shares(const struct weir_sticky *sticky, size_t partitions, struct share *out)
{
    const struct weir_strategy_view *view = sticky->view;
    size_t count = 0;

    for (size_t i = 0; i < view->member_count; i++) {
        if (weir_strategy_member_at(view, i)->topic_count > 0) {
            out[count++] = (struct share){.member = (uint32_t)i, .home = sticky->loads[i]};
        }
    }
    assert(count > 0);
    qsort(out, count, sizeof *out, compare_shares);
    for (size_t i = 0; i < count; i++) {
        out[i].left = (uint32_t)(partitions / count + (i < partitions % count ? 1 : 0));
        out[i].home = 0;
    }
    qsort(out, count, sizeof *out, compare_shares);
    return count;
}

/* Who may keep a partition does, up to its share: the first ones. `place` is each member's. */
static void keep(struct weir_sticky *sticky, struct share *shares, const size_t *place)
{
    for (size_t p = 0; p < sticky->view->partition_count; p++) {
        uint32_t home = sticky->homes[p];
        if (home == WEIR_STRATEGY_NOBODY) {
            continue;
        }
        if (shares[place[home]].left > 0) {
            shares[place[home]].left--;
        } else {
            sticky->owners[p] = WEIR_STRATEGY_NOBODY;
        }
    }
}

/* The rest goes round, topic after topic. */
static void deal(struct weir_sticky *sticky, const struct weir_strategy_member *like,
                 struct share *shares, size_t count)
{
    size_t turn = 0;

    for (size_t i = 0; i < like->topic_count; i++) {
        const struct weir_strategy_topic *topic =
            weir_strategy_topic_at(sticky->view, like->topics[i]);
        for (size_t p = topic->first; p < (size_t)topic->first + topic->partitions; p++) {
            if (sticky->owners[p] != WEIR_STRATEGY_NOBODY) {
                continue;
            }
            while (shares[turn % count].left == 0) {
                turn++;
            }
            shares[turn % count].left--;
            sticky->owners[p] = shares[turn++ % count].member;
        }
    }
}

/* Everybody alike: each gets the same number or one more, and the fewest move that can. */
static enum weir_status divide_evenly(struct weir_sticky *sticky,
                                      const struct weir_strategy_member *like)
{
    const struct weir_strategy_view *view = sticky->view;
    struct share *shares = weir_calloc(view->member_count, sizeof *shares);
    size_t *place = weir_calloc(view->member_count, sizeof *place);
    size_t partitions = 0;

    if (shares != NULL && place != NULL) {
        for (size_t i = 0; i < like->topic_count; i++) {
            partitions += weir_strategy_topic_at(view, like->topics[i])->partitions;
        }
        size_t count = count_shares(sticky, partitions, shares);
        for (size_t i = 0; i < count; i++) {
            place[shares[i].member] = i;
        }
        keep(sticky, shares, place);
        deal(sticky, like, shares, count);
    }
    bool whole = shares != NULL && place != NULL;
    weir_free(shares);
    weir_free(place);
    return whole ? WEIR_OK : WEIR_ERR_NOMEM;
}

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    const struct weir_strategy_member *like = NULL;
    struct weir_sticky sticky;

    enum weir_status status = weir_sticky_init(view, owners, &sticky);
    if (status != WEIR_OK) {
        return weir_error_nomem(error);
    }
    if (all_alike(view, &like)) {
        status = divide_evenly(&sticky, like);
    } else {
        status = weir_sticky_spread(&sticky);
        if (status == WEIR_OK) {
            status = weir_sticky_refine(&sticky);
        }
    }
    weir_sticky_fini(&sticky);
    return status == WEIR_OK ? WEIR_OK : weir_error_nomem(error);
}

const struct weir_strategy weir_strategy_sticky = {.name = "sticky", .assign = assign};
