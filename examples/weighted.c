/* Partitions by weight: a member with capacity 3 gets three times as many as one with capacity 1.
 * What a member has it keeps as far as its share goes, so little moves when one comes or goes.
 *
 * Try:  weir plan --strategy build/release/examples/weighted.so --view view.json
 * with {"members":{"big":{"topics":["t"],"capacity":3},"small":["t"]},"topics":{"t":8}} */
#include <stdbool.h>
#include <stdlib.h>
#include <weir/strategy.h>

/* How full a member is with one partition more, compared without dividing: a / b < c / d. */
static bool is_emptier(const struct weir_strategy_view *view, const uint32_t *loads, uint32_t one,
                       uint32_t other)
{
    uint64_t one_capacity = weir_strategy_member_at(view, one)->capacity;
    uint64_t other_capacity = weir_strategy_member_at(view, other)->capacity;

    return (loads[one] + UINT64_C(1)) * other_capacity <
           (loads[other] + UINT64_C(1)) * one_capacity;
}

static bool subscribes(const struct weir_strategy_member *member, uint32_t topic)
{
    for (size_t i = 0; i < member->topic_count; i++) {
        if (member->topics[i] == topic) {
            return true;
        }
    }
    return false;
}

/* The subscriber that is emptiest with one more; the first of several, so that every member of the
 * group comes to the same answer. */
static uint32_t choose(const struct weir_strategy_view *view, const uint32_t *loads, uint32_t topic)
{
    uint32_t chosen = WEIR_STRATEGY_NOBODY;

    for (uint32_t i = 0; i < view->member_count; i++) {
        if (subscribes(weir_strategy_member_at(view, i), topic) &&
            (chosen == WEIR_STRATEGY_NOBODY || is_emptier(view, loads, i, chosen))) {
            chosen = i;
        }
    }
    return chosen;
}

/* First how many each gets of the topic, then which: its own, and after that what is left. */
static void divide(const struct weir_strategy_view *view, uint32_t index, uint32_t *loads,
                   uint32_t *shares, uint32_t *owners)
{
    const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, index);
    uint32_t next = 0;

    for (uint32_t p = 0; p < topic->partitions; p++) {
        uint32_t member = choose(view, loads, index);
        if (member == WEIR_STRATEGY_NOBODY) {
            return;
        }
        loads[member]++;
        shares[member]++;
    }
    for (uint32_t p = topic->first; p < topic->first + topic->partitions; p++) {
        uint32_t member = view->owned[p];
        if (member != WEIR_STRATEGY_NOBODY && shares[member] > 0) {
            shares[member]--;
            owners[p] = member;
        }
    }
    for (uint32_t p = topic->first; p < topic->first + topic->partitions; p++) {
        while (owners[p] == WEIR_STRATEGY_NOBODY && shares[next] == 0) {
            next++;
        }
        if (owners[p] == WEIR_STRATEGY_NOBODY) {
            shares[next]--;
            owners[p] = next;
        }
    }
}

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    uint32_t *loads = calloc(view->member_count, sizeof *loads);
    uint32_t *shares = calloc(view->member_count, sizeof *shares);
    bool whole = loads != NULL && shares != NULL;

    (void)error;
    for (uint32_t topic = 0; whole && topic < view->topic_count; topic++) {
        divide(view, topic, loads, shares, owners);
    }
    free(loads);
    free(shares);
    return whole ? WEIR_OK : WEIR_ERR_NOMEM;
}

WEIR_STRATEGY(.name = "weighted", .assign = assign)
