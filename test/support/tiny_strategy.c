#include "test/support/tiny_strategy.h"

#include <stdbool.h>

enum { MEMBERS_MAX = 64 };

static bool subscribes(const struct weir_strategy_view *view, size_t member, size_t topic)
{
    const struct weir_strategy_member *who = weir_strategy_member_at(view, member);

    for (size_t i = 0; i < who->topic_count; i++) {
        if (who->topics[i] == topic) {
            return true;
        }
    }
    return false;
}

static size_t topic_of(const struct weir_strategy_view *view, size_t partition)
{
    size_t topic = 0;

    while (topic + 1 < view->topic_count &&
           weir_strategy_topic_at(view, topic + 1)->first <= partition) {
        topic++;
    }
    return topic;
}

static uint32_t least_of(const struct weir_strategy_view *view, const size_t *loads, size_t topic)
{
    uint32_t least = WEIR_STRATEGY_NOBODY;

    for (uint32_t i = 0; i < view->member_count; i++) {
        if (subscribes(view, i, topic) &&
            (least == WEIR_STRATEGY_NOBODY || loads[i] < loads[least])) {
            least = i;
        }
    }
    return least;
}

/* Moves one to whoever has least, if that is two less. */
static bool even_out(const struct weir_strategy_view *view, uint32_t *owners, size_t *loads)
{
    for (size_t p = 0; p < view->partition_count; p++) {
        uint32_t least = least_of(view, loads, topic_of(view, p));
        if (owners[p] != WEIR_STRATEGY_NOBODY && loads[owners[p]] > loads[least] + 1) {
            loads[owners[p]]--;
            loads[least]++;
            owners[p] = least;
            return true;
        }
    }
    return false;
}

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    size_t loads[MEMBERS_MAX] = {0};

    (void)error;
    if (view->member_count > MEMBERS_MAX) {
        return WEIR_ERR_CONFIG;
    }
    for (size_t p = 0; p < view->partition_count; p++) {
        uint32_t owner = view->owned[p];
        if (owner != WEIR_STRATEGY_NOBODY && subscribes(view, owner, topic_of(view, p))) {
            owners[p] = owner;
            loads[owner]++;
        }
    }
    for (size_t p = 0; p < view->partition_count; p++) {
        uint32_t least = least_of(view, loads, topic_of(view, p));
        if (owners[p] == WEIR_STRATEGY_NOBODY && least != WEIR_STRATEGY_NOBODY) {
            owners[p] = least;
            loads[least]++;
        }
    }
    while (even_out(view, owners, loads)) {
        /* one at a time */
    }
    return WEIR_OK;
}

const struct weir_strategy tiny_strategy = {.name = "tiny", .assign = assign};
const struct weir_strategy tiny_strategy_renamed = {.name = "renamed", .assign = assign};
