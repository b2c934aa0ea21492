#include "strategies/sticky.h"

#include <assert.h>
#include <string.h>

#include "framework/base/memory.h"

/* An exchange is a chain of partitions, each going to the member that gives the next. It costs as
 * many moves as it makes more (or less) of. Those that may be worth it are shortest ways in a graph
 * whose nodes are the members: from a member to each that could take one of its partitions, with
 * the cheapest partition for it. */
enum { MEMBERS_MAX = 512 };
static const uint64_t WORK_MAX = UINT64_C(1) << 27;
static const int32_t UNREACHED = INT32_MAX;

struct edge {
    int32_t cost; /* -1, 0, 1 or UNREACHED */
    uint32_t partition;
};

struct hop {
    uint32_t partition;
    uint32_t to;
};

struct refining {
    struct weir_sticky *sticky;
    size_t members;
    struct edge *edges; /* from a to b at a * members + b */
    int32_t *costs;     /* of the way to each member from the one looked at */
    uint32_t *before;   /* on that way, or WEIR_STRATEGY_NOBODY */
    struct hop *hops;   /* the chain looked at, from its end to its start */
    size_t hop_count;
    struct weir_sticky_picture before_chain;
    struct weir_sticky_value value;
    uint64_t sweep; /* what it takes to look once at each partition and who could take it */
    uint64_t work;
};

static struct edge *edge_at(const struct refining *refining, size_t from, size_t to)
{
    return &refining->edges[from * refining->members + to];
}

static int32_t cost_of(uint32_t home, uint32_t from, uint32_t to)
{
    if (home == from) {
        return 1;
    }
    return home == to ? -1 : 0;
}

static void draw_topic(struct refining *refining, size_t index)
{
    const struct weir_sticky *sticky = refining->sticky;
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(sticky->view, index);
    size_t count;
    const uint32_t *members = weir_subscribers_of(&sticky->subscribers, index, &count);

    if (count < 2) {
        return;
    }
    for (uint32_t p = topic->first; p < topic->first + topic->partitions; p++) {
        uint32_t from = sticky->owners[p];
        for (size_t i = 0; i < count; i++) {
            struct edge *edge = edge_at(refining, from, members[i]);
            int32_t cost = cost_of(sticky->homes[p], from, members[i]);
            if (members[i] != from && cost < edge->cost) {
                edge->cost = cost;
                edge->partition = p;
            }
        }
    }
    refining->sweep += (uint64_t)topic->partitions * count;
}

static void draw(struct refining *refining)
{
    size_t edges = refining->members * refining->members;

    for (size_t i = 0; i < edges; i++) {
        refining->edges[i] = (struct edge){UNREACHED, 0};
    }
    refining->sweep = refining->sticky->view->partition_count;
    for (size_t topic = 0; topic < refining->sticky->view->topic_count; topic++) {
        draw_topic(refining, topic);
    }
    refining->work += edges + refining->sweep;
}

/* The way back from `end` to `start`; a whole round when they are the same. */
static void write_chain(struct refining *refining, uint32_t start, uint32_t end)
{
    uint32_t to = end;

    refining->hop_count = 0;
    do {
        uint32_t from = refining->before[to];
        assert(from != WEIR_STRATEGY_NOBODY);
        assert(refining->hop_count < refining->members);
        refining->hops[refining->hop_count++] =
            (struct hop){edge_at(refining, from, to)->partition, to};
        to = from;
    } while (to != start);
}

static bool on_the_way(const struct refining *refining, uint32_t member, uint32_t end)
{
    while (end != WEIR_STRATEGY_NOBODY && end != member) {
        end = refining->before[end];
    }
    return end == member;
}

/* Looks for a shorter way by each edge of `from`. True when it comes round to where it was. */
static bool relax(struct refining *refining, uint32_t from, bool *changed)
{
    for (uint32_t to = 0; to < refining->members; to++) {
        const struct edge *edge = edge_at(refining, from, to);
        if (edge->cost == UNREACHED || refining->costs[from] + edge->cost >= refining->costs[to]) {
            continue;
        }
        bool round = on_the_way(refining, to, from);
        refining->before[to] = from;
        if (round) {
            write_chain(refining, to, to);
            return true;
        }
        refining->costs[to] = refining->costs[from] + edge->cost;
        *changed = true;
    }
    return false;
}

/* The cheapest ways from `start`; or true, and the chain is a round that saves moves. */
static bool find_ways(struct refining *refining, uint32_t start)
{
    bool changed = true;

    for (size_t i = 0; i < refining->members; i++) {
        refining->costs[i] = UNREACHED;
        refining->before[i] = WEIR_STRATEGY_NOBODY;
    }
    refining->costs[start] = 0;
    while (changed) {
        changed = false;
        for (uint32_t from = 0; from < refining->members; from++) {
            if (refining->costs[from] != UNREACHED && relax(refining, from, &changed)) {
                return true;
            }
        }
        refining->work += (uint64_t)refining->members * refining->members;
    }
    return false;
}

/* Exchanges, and balances again where that upset it. False, and nothing changed, when it is no
 * better then. */
static bool try_chain(struct refining *refining)
{
    struct weir_sticky *sticky = refining->sticky;

    weir_sticky_picture_take(sticky, &refining->before_chain);
    for (size_t i = 0; i < refining->hop_count; i++) {
        weir_sticky_give(sticky, refining->hops[i].partition, refining->hops[i].to);
    }
    if (!weir_sticky_balanced(sticky)) {
        weir_sticky_settle(sticky);
        refining->work += refining->sweep * 2;
    }
    struct weir_sticky_value value = weir_sticky_measure(sticky);
    refining->work += sticky->view->partition_count * 4;
    if (!weir_sticky_better(value, refining->value)) {
        weir_sticky_picture_restore(&refining->before_chain, sticky);
        return false;
    }
    assert(value.squares <= refining->value.squares);
    refining->value = value;
    draw(refining);
    return true;
}

/* Nothing that makes loads less even is worth it, nor what costs moves; the same loads among others
 * are when it saves some. */
static bool try_ways(struct refining *refining, uint32_t start)
{
    const uint32_t *loads = refining->sticky->loads;

    for (uint32_t end = 0; end < refining->members; end++) {
        int32_t cost = refining->costs[end];
        if (end == start || cost > 0 || loads[start] < loads[end] + (cost == 0 ? 2 : 1)) {
            continue;
        }
        write_chain(refining, start, end);
        if (try_chain(refining)) {
            return true;
        }
    }
    return false;
}

/* Where nothing moves, only who has two more than another could give something. */
static bool may_give(const struct refining *refining, uint32_t start)
{
    const uint32_t *loads = refining->sticky->loads;
    uint32_t least = loads[0];

    for (size_t i = 1; i < refining->members; i++) {
        least = loads[i] < least ? loads[i] : least;
    }
    return refining->value.moves > 0 || loads[start] >= least + 2;
}

/* False when no chain from any member makes it better, or too much has been done. */
static bool improve(struct refining *refining)
{
    bool better = false;

    for (uint32_t start = 0; start < refining->members; start++) {
        bool again = true;
        while (again && refining->work <= WORK_MAX && may_give(refining, start)) {
            again = find_ways(refining, start) ? try_chain(refining) : try_ways(refining, start);
            better = better || again;
        }
    }
    return better;
}

static void fini(struct refining *refining)
{
    weir_free(refining->edges);
    weir_free(refining->costs);
    weir_free(refining->before);
    weir_free(refining->hops);
    weir_sticky_picture_fini(&refining->before_chain);
}

static bool init(struct weir_sticky *sticky, struct refining *out)
{
    size_t members = sticky->view->member_count;

    *out = (struct refining){.sticky = sticky, .members = members};
    out->edges = weir_calloc(members * members, sizeof *out->edges);
    out->costs = weir_calloc(members, sizeof *out->costs);
    out->before = weir_calloc(members, sizeof *out->before);
    out->hops = weir_calloc(members, sizeof *out->hops);
    return out->edges != NULL && out->costs != NULL && out->before != NULL && out->hops != NULL &&
           weir_sticky_picture_init(sticky, &out->before_chain) == WEIR_OK;
}

enum weir_status weir_sticky_refine(struct weir_sticky *sticky)
{
    struct refining refining;

    if (sticky->view->member_count > MEMBERS_MAX) {
        return WEIR_OK;
    }
    bool whole = init(sticky, &refining);
    if (whole) {
        refining.value = weir_sticky_measure(sticky);
        draw(&refining);
    }
    while (whole && improve(&refining)) {
    }
    assert(!whole || weir_sticky_balanced(sticky));
    fini(&refining);
    return whole ? WEIR_OK : WEIR_ERR_NOMEM;
}
