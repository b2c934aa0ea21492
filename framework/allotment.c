#include "framework/allotment.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stdbool.h>
#include <string.h>

void weir_allotment_fini(struct weir_allotment *allotment)
{
    for (size_t i = 0; allotment->members != NULL && i < allotment->member_count; i++) {
        weir_free(allotment->members[i]);
    }
    for (size_t i = 0; allotment->topics != NULL && i < allotment->topic_count; i++) {
        weir_free(allotment->topics[i].name);
    }
    weir_free(allotment->members);
    weir_free(allotment->topics);
    weir_free(allotment->owners);
    weir_free(allotment->homes);
    *allotment = (struct weir_allotment){0};
}

/* Members of a view are sorted. */
static uint32_t member_of(const struct weir_strategy_view *view, const char *id)
{
    size_t low = 0;
    size_t high = view->member_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(weir_strategy_member_at(view, middle)->id, id);
        if (order == 0) {
            return (uint32_t)middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return WEIR_STRATEGY_NOBODY;
}

static bool has_newcomer(const struct weir_allotment *last, const struct weir_strategy_view *view)
{
    size_t known = 0;

    for (size_t i = 0; i < last->present_count; i++) {
        known += member_of(view, last->members[i]) != WEIR_STRATEGY_NOBODY ? 1 : 0;
    }
    return known < view->member_count;
}

static const struct weir_allotment_topic *topic_of(const struct weir_allotment *last,
                                                   const char *name)
{
    size_t low = 0;
    size_t high = last->topic_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(last->topics[middle].name, name);
        if (order == 0) {
            return &last->topics[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

/* A partition that had to leave its home goes back when its member is there again; when it is not,
 * but somebody new is, that one may have it: a member that returns under another name gets what it
 * had. Else it stays where it is. */
static uint32_t owner_before(const struct weir_allotment *last, const uint32_t *now, bool newcomer,
                             size_t partition)
{
    uint32_t home = last->homes[partition];
    uint32_t owner = last->owners[partition];
    uint32_t home_now = home == WEIR_STRATEGY_NOBODY ? home : now[home];

    if (home_now != WEIR_STRATEGY_NOBODY) {
        return home_now;
    }
    if (newcomer && home != owner) {
        return WEIR_STRATEGY_NOBODY;
    }
    return owner == WEIR_STRATEGY_NOBODY ? owner : now[owner];
}

enum weir_status weir_allotment_owned(const struct weir_allotment *last,
                                      const struct weir_strategy_view *view, uint32_t *owned)
{
    bool newcomer = has_newcomer(last, view);
    uint32_t *now = weir_calloc(last->member_count + 1, sizeof now[0]);

    if (now == NULL) {
        return WEIR_ERR_NOMEM;
    }
    for (size_t i = 0; i < view->partition_count; i++) {
        owned[i] = WEIR_STRATEGY_NOBODY;
    }
    for (size_t i = 0; i < last->member_count; i++) {
        now[i] = member_of(view, last->members[i]);
    }
    for (size_t i = 0; i < view->topic_count; i++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, i);
        const struct weir_allotment_topic *before = topic_of(last, topic->name);
        uint32_t count = before == NULL ? 0 : before->partitions;
        for (uint32_t p = 0; p < count && p < topic->partitions; p++) {
            owned[topic->first + p] = owner_before(last, now, newcomer, before->first + p);
        }
    }
    weir_free(now);
    return WEIR_OK;
}

/* Making the next one. */

static bool copy_names(const struct weir_strategy_view *view, size_t away_max,
                       struct weir_allotment *out)
{
    out->members = weir_calloc(view->member_count + away_max + 1, sizeof out->members[0]);
    out->topics = weir_calloc(view->topic_count + 1, sizeof out->topics[0]);
    if (out->members == NULL || out->topics == NULL) {
        return false;
    }
    for (size_t i = 0; i < view->member_count; i++) {
        out->members[i] = weir_strdup(weir_strategy_member_at(view, i)->id);
        out->member_count++;
        if (out->members[i] == NULL) {
            return false;
        }
    }
    out->present_count = out->member_count;
    for (size_t i = 0; i < view->topic_count; i++) {
        const struct weir_strategy_topic *topic = weir_strategy_topic_at(view, i);
        out->topics[i] = (struct weir_allotment_topic){.name = weir_strdup(topic->name),
                                                       .partitions = topic->partitions,
                                                       .first = topic->first};
        out->topic_count++;
        if (out->topics[i].name == NULL) {
            return false;
        }
    }
    return true;
}

/* The index of one that is away, which is added if it is not there yet. */
static uint32_t away_member(struct weir_allotment *out, const char *id)
{
    for (size_t i = out->present_count; i < out->member_count; i++) {
        if (strcmp(out->members[i], id) == 0) {
            return (uint32_t)i;
        }
    }
    char *copy = weir_strdup(id);
    if (copy == NULL) {
        return WEIR_STRATEGY_NOBODY;
    }
    out->members[out->member_count] = copy;
    return (uint32_t)out->member_count++;
}

/* Whose it was, as long as that one is away and nobody new came who might be the same. */
static uint32_t home_of(const struct weir_allotment *last, const struct weir_strategy_view *view,
                        struct weir_allotment *out, size_t before)
{
    uint32_t home = last->homes[before];

    if (home == WEIR_STRATEGY_NOBODY ||
        member_of(view, last->members[home]) != WEIR_STRATEGY_NOBODY) {
        return WEIR_STRATEGY_NOBODY;
    }
    return away_member(out, last->members[home]);
}

static void keep_homes(const struct weir_allotment *last, const struct weir_strategy_view *view,
                       struct weir_allotment *out)
{
    if (has_newcomer(last, view)) {
        return;
    }
    for (size_t i = 0; i < out->topic_count; i++) {
        const struct weir_allotment_topic *topic = &out->topics[i];
        const struct weir_allotment_topic *before = topic_of(last, topic->name);
        uint32_t count = before == NULL ? 0 : before->partitions;
        for (uint32_t p = 0; p < count && p < topic->partitions; p++) {
            uint32_t home = home_of(last, view, out, before->first + p);
            if (home != WEIR_STRATEGY_NOBODY) {
                out->homes[topic->first + p] = home;
            }
        }
    }
}

enum weir_status weir_allotment_create(const struct weir_allotment *last,
                                       const struct weir_strategy_view *view,
                                       const uint32_t *owners, struct weir_allotment *out)
{
    struct weir_allotment made = {.partition_count = view->partition_count};

    made.owners = weir_calloc(view->partition_count + 1, sizeof made.owners[0]);
    made.homes = weir_calloc(view->partition_count + 1, sizeof made.homes[0]);
    if (made.owners == NULL || made.homes == NULL || !copy_names(view, last->member_count, &made)) {
        weir_allotment_fini(&made);
        return WEIR_ERR_NOMEM;
    }
    for (size_t i = 0; i < view->partition_count; i++) {
        assert(owners[i] == WEIR_STRATEGY_NOBODY || owners[i] < view->member_count);
        made.owners[i] = owners[i];
        made.homes[i] = owners[i];
    }
    keep_homes(last, view, &made);
    *out = made;
    return WEIR_OK;
}
