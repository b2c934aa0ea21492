#include "framework/group_view.h"
#include "tools/zoo_look.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The next of weir's members from `from` on, or the roster's end. */
static size_t next_member(const struct weir_roster *roster, size_t from)
{
    while (from < roster->count && roster->members[from]->state != WEIR_ROSTER_READ) {
        from++;
    }
    return from;
}

/* The next of weir's members from `from` on that has the color, NULL being one, or the roster's
 * end. */
static size_t next_of_color(const struct weir_roster *roster, size_t from, const char *color)
{
    for (from = next_member(roster, from); from < roster->count;
         from = next_member(roster, from + 1)) {
        if (weir_is_same_color(roster->members[from]->registration.color, color)) {
            return from;
        }
    }
    return from;
}

/* Two that are divided together, and not in the same way. */
static const char *compare(const struct weir_roster_member *one,
                           const struct weir_roster_member *other, char text[WEIR_ZOO_WHY_SIZE])
{
    const struct weir_registration *a = &one->registration;
    const struct weir_registration *b = &other->registration;

    if ((a->color == NULL) != (b->color == NULL)) {
        (void)snprintf(text, WEIR_ZOO_WHY_SIZE,
                       "'%.255s' has no weir.color, and '%.255s' has one: nothing is divided until "
                       "all have one, or none",
                       a->color == NULL ? one->id : other->id,
                       a->color == NULL ? other->id : one->id);
        return text;
    }
    if (weir_is_same_color(a->color, b->color) && strcmp(a->strategy, b->strategy) != 0) {
        (void)snprintf(text, WEIR_ZOO_WHY_SIZE,
                       "'%.200s' has weir.strategy=%.100s and '%.200s' has %.100s: nothing is "
                       "divided until all have the same",
                       one->id, a->strategy, other->id, b->strategy);
        return text;
    }
    return NULL;
}

/* Why are its members not divided? NULL: they are. */
static const char *find_quarrel(const struct weir_roster *roster, char text[WEIR_ZOO_WHY_SIZE])
{
    const char *quarrel = NULL;

    for (size_t i = 0; i < roster->count; i++) {
        const struct weir_roster_member *member = roster->members[i];
        if (member->state == WEIR_ROSTER_NEWER) {
            (void)snprintf(text, WEIR_ZOO_WHY_SIZE,
                           "'%.255s' runs a newer weir than this one: how it divides is not known",
                           member->id);
            return text;
        }
        for (size_t j = next_member(roster, 0); member->state == WEIR_ROSTER_READ && j < i;
             j = next_member(roster, j + 1)) {
            quarrel = compare(roster->members[j], member, text);
            if (quarrel != NULL) {
                return quarrel;
            }
        }
    }
    return NULL;
}

static bool is_divided_so(const struct weir_zoo_look *look, const char *strategy)
{
    const struct weir_group_share share = {.roster = &look->roster,
                                           .strategy = strategy,
                                           .color = weir_zoo_look_color(look),
                                           .last = &look->allotment};
    struct weir_group_view view = {.members = NULL};
    struct weir_error error = {.code = WEIR_OK};
    bool same = look->divided && weir_group_view_create(&share, &view, &error) == WEIR_OK &&
                view.digest == look->allotment.view;

    weir_group_view_fini(&view);
    return same;
}

static bool is_owner(const char *data, const char *member)
{
    size_t size = strlen(member);

    return strncmp(data, member, size) == 0 && data[size] == '-' &&
           strchr(data + size + 1, '-') == NULL;
}

/* Has each its share, and nobody more? */
static bool is_in_place(const struct weir_zoo_look *look)
{
    const struct weir_allotment *allotment = &look->allotment;
    size_t given = 0;

    for (size_t t = 0; t < allotment->topic_count; t++) {
        const struct weir_allotment_topic *topic = &allotment->topics[t];
        for (uint32_t p = 0; p < topic->partitions; p++) {
            uint32_t index = allotment->owners[topic->first + p];
            if (index == WEIR_STRATEGY_NOBODY) {
                continue;
            }
            const struct weir_zoo_owner *owner = weir_zoo_look_owner(look, topic->name, (int32_t)p);
            if (owner == NULL || !is_owner(owner->data, allotment->members[index])) {
                return false;
            }
            given++;
        }
    }
    return given == look->owner_count;
}

/* Of members that agree. `first` is one of weir's. */
static const char *judge_division(const struct weir_zoo_look *look, size_t first, const char **why)
{
    const struct weir_roster *roster = &look->roster;
    const char *color = weir_zoo_look_color(look);

    if (roster->members[first]->registration.color != NULL && color == NULL) {
        *why = "no color is active yet: weir switch apply chooses one";
        return "Waiting";
    }
    first = next_of_color(roster, 0, color);
    if (first == roster->count) {
        *why = "the active color has no members";
        return "Rebalancing";
    }
    if (!is_divided_so(look, roster->members[first]->registration.strategy)) {
        *why = "the last division was of other members or topics";
        return "Rebalancing";
    }
    return is_in_place(look) ? "Stable" : "Rebalancing";
}

const char *weir_zoo_look_state(const struct weir_zoo_look *look, char text[WEIR_ZOO_WHY_SIZE],
                                const char **why)
{
    size_t first = next_member(&look->roster, 0);

    *why = NULL;
    if (look->roster.count == 0 && look->owner_count == 0) {
        return look->exists ? "Empty" : "Dead";
    }
    *why = find_quarrel(&look->roster, text);
    if (*why != NULL) {
        return "Disagreeing";
    }
    if (first == look->roster.count && first > 0) {
        *why = "none of its members is of weir";
        return "Foreign";
    }
    return first == look->roster.count
               ? "Rebalancing" /* who owned something has gone, and nobody is there to take it */
               : judge_division(look, first, why);
}

static const struct weir_allotment_topic *find_topic(const struct weir_allotment *allotment,
                                                     const char *name)
{
    for (size_t t = 0; t < allotment->topic_count; t++) {
        if (strcmp(allotment->topics[t].name, name) == 0) {
            return &allotment->topics[t];
        }
    }
    return NULL;
}

size_t weir_zoo_look_allotted(const struct weir_zoo_look *look, const char *topic,
                              int32_t partition)
{
    const struct weir_allotment *allotment = &look->allotment;
    const struct weir_allotment_topic *found = find_topic(allotment, topic);

    if (found == NULL || (uint32_t)partition >= found->partitions) {
        return SIZE_MAX;
    }
    uint32_t index = allotment->owners[found->first + (uint32_t)partition];
    return index == WEIR_STRATEGY_NOBODY
               ? SIZE_MAX
               : weir_zoo_look_index(&look->roster, allotment->members[index]);
}
