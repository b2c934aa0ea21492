#include <weir/plan.h>

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "strategies/static.h"
#include "strategies/topics.h"

enum { FIRST_ROOM = 16 };

/* Members, topics and what is owned, as they were added. */
struct joined {
    char *id;
    char **topics;
    size_t topic_count;
    uint32_t capacity;
    char *rack;
    char *color;
    char *partitions;
};

struct held {
    char *member;
    char *topic;
    uint32_t *partitions;
    size_t count;
};

struct topic {
    char *name;
    uint32_t partitions;
};

struct weir_view {
    struct joined *joined;
    size_t joined_count, joined_room;
    struct topic *topics;
    size_t topic_count, topic_room;
    struct held *held;
    size_t held_count, held_room;
    size_t partition_count;
    char *color;
    uint64_t epoch;

    /* Once it is finished. */
    bool finished;
    struct weir_strategy_view view;
    struct weir_strategy_topic *view_topics;
    struct weir_strategy_member *view_members;
    uint32_t *subscriptions; /* of all members, one behind another */
    uint32_t *owned;
    bool *left; /* partition was a member's who has left */
};

/* Room for one more element of `size` bytes. */
static bool make_room(void **elements, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    size_t wanted = *room == 0 ? FIRST_ROOM : *room * 2;
    void *grown = weir_realloc(*elements, wanted * size);
    if (grown == NULL) {
        return false;
    }
    *elements = grown;
    *room = wanted;
    return true;
}

#define MAKE_ROOM(elements, count, room)                                                           \
    make_room((void **)&(elements), (count), &(room), sizeof *(elements))

enum weir_status weir_view_create(struct weir_view **out)
{
    assert(out != NULL);
    struct weir_view *view = weir_calloc(1, sizeof *view);
    if (view == NULL) {
        return WEIR_ERR_NOMEM;
    }
    *out = view;
    return WEIR_OK;
}

static void fini_joined(struct joined *joined)
{
    for (size_t i = 0; joined->topics != NULL && i < joined->topic_count; i++) {
        weir_free(joined->topics[i]);
    }
    weir_free((void *)joined->topics);
    weir_free(joined->id);
    weir_free(joined->rack);
    weir_free(joined->color);
    weir_free(joined->partitions);
}

static void fini_held(struct held *held)
{
    weir_free(held->member);
    weir_free(held->topic);
    weir_free(held->partitions);
}

void weir_view_destroy(struct weir_view *view)
{
    if (view == NULL) {
        return;
    }
    for (size_t i = 0; i < view->joined_count; i++) {
        fini_joined(&view->joined[i]);
    }
    for (size_t i = 0; i < view->topic_count; i++) {
        weir_free(view->topics[i].name);
    }
    for (size_t i = 0; i < view->held_count; i++) {
        fini_held(&view->held[i]);
    }
    weir_free(view->joined);
    weir_free(view->topics);
    weir_free(view->held);
    weir_free(view->color);
    weir_free(view->view_topics);
    weir_free(view->view_members);
    weir_free(view->subscriptions);
    weir_free(view->owned);
    weir_free(view->left);
    weir_free(view);
}

static enum weir_status check_topic(const struct weir_view *view, const char *name,
                                    int64_t partitions, struct weir_error *error)
{
    if (!weir_topic_name_valid(name, strlen(name))) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0,
                              "a topic's name has 1 to %d letters, digits and . _ -",
                              WEIR_TOPIC_NAME_SIZE_MAX);
    }
    if (partitions < 0 || partitions > WEIR_VIEW_PARTITIONS_MAX - (int64_t)view->partition_count) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0,
                              "topic %s cannot have %" PRId64
                              " partitions: all topics together have 0 to %d",
                              name, partitions, WEIR_VIEW_PARTITIONS_MAX);
    }
    if (view->topic_count == WEIR_VIEW_TOPICS_MAX) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0, "more than %d topics",
                              WEIR_VIEW_TOPICS_MAX);
    }
    return WEIR_OK;
}

enum weir_status weir_view_add_topic(struct weir_view *view, const char *name, int64_t partitions,
                                     struct weir_error *error)
{
    assert(!view->finished);
    enum weir_status status = check_topic(view, name, partitions, error);
    if (status != WEIR_OK) {
        return status;
    }
    char *copy = weir_strdup(name);
    if (copy == NULL || !MAKE_ROOM(view->topics, view->topic_count, view->topic_room)) {
        weir_free(copy);
        return weir_error_nomem(error);
    }
    view->topics[view->topic_count++] = (struct topic){copy, (uint32_t)partitions};
    view->partition_count += (size_t)partitions;
    return WEIR_OK;
}

/* False without memory. NULL stays NULL. */
static bool copy_text(const char *text, char **out)
{
    *out = text == NULL ? NULL : weir_strdup(text);
    return text == NULL || *out != NULL;
}

static bool copy_topics(const char *const *topics, size_t count, struct joined *out)
{
    out->topics = weir_calloc(count + 1, sizeof *out->topics);
    if (out->topics == NULL) {
        return false;
    }
    out->topic_count = count;
    for (size_t i = 0; i < count; i++) {
        if (!copy_text(topics[i], &out->topics[i])) {
            return false;
        }
    }
    return true;
}

/* Whoever only names partitions subscribes to their topics. What is wrong with them is the
 * strategy's to say. */
static bool name_topics(const char *partitions, struct joined *out)
{
    struct weir_static list = {0};
    enum weir_status status = weir_static_parse(partitions, &list, NULL);
    const char **topics = weir_calloc(list.count + 1, sizeof *topics);
    size_t count = 0;

    for (size_t i = 0; topics != NULL && i < list.count; i++) {
        if (count == 0 || topics[count - 1] != list.partitions[i].topic) {
            topics[count++] = list.partitions[i].topic;
        }
    }
    bool whole = status != WEIR_ERR_NOMEM && topics != NULL && copy_topics(topics, count, out);
    weir_free((void *)topics);
    weir_static_fini(&list);
    return whole;
}

static bool copy_member(const struct weir_view_member *member, struct joined *out)
{
    bool named = member->topic_count == 0 && member->partitions != NULL;

    out->capacity = member->capacity == 0 ? 1 : member->capacity;
    return (named ? name_topics(member->partitions, out)
                  : copy_topics(member->topics, member->topic_count, out)) &&
           copy_text(member->id, &out->id) && copy_text(member->rack, &out->rack) &&
           copy_text(member->color, &out->color) && copy_text(member->partitions, &out->partitions);
}

enum weir_status weir_view_add_member(struct weir_view *view, const struct weir_view_member *member,
                                      struct weir_error *error)
{
    struct joined joined = {0};

    assert(!view->finished);
    assert(member->size >= sizeof *member);
    if (member->id == NULL || *member->id == '\0') {
        return weir_error_set(error, WEIR_ERR_INVALID, 0, "a member's id is empty");
    }
    if (view->joined_count == WEIR_VIEW_MEMBERS_MAX) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0, "more than %d members",
                              WEIR_VIEW_MEMBERS_MAX);
    }
    if (!copy_member(member, &joined) ||
        !MAKE_ROOM(view->joined, view->joined_count, view->joined_room)) {
        fini_joined(&joined);
        return weir_error_nomem(error);
    }
    view->joined[view->joined_count++] = joined;
    return WEIR_OK;
}

enum weir_status weir_view_add_owned(struct weir_view *view, const struct weir_view_owned *owned)
{
    struct held held = {.count = owned->count};

    assert(!view->finished);
    held.partitions = weir_calloc(owned->count + 1, sizeof *held.partitions);
    if (held.partitions == NULL || !copy_text(owned->member, &held.member) ||
        !copy_text(owned->topic, &held.topic) ||
        !MAKE_ROOM(view->held, view->held_count, view->held_room)) {
        fini_held(&held);
        return WEIR_ERR_NOMEM;
    }
    if (owned->count > 0) {
        memcpy(held.partitions, owned->partitions, owned->count * sizeof *held.partitions);
    }
    view->held[view->held_count++] = held;
    return WEIR_OK;
}

enum weir_status weir_view_set_color(struct weir_view *view, const char *color, uint64_t epoch)
{
    char *copy;

    assert(!view->finished);
    if (!copy_text(color, &copy)) {
        return WEIR_ERR_NOMEM;
    }
    weir_free(view->color);
    view->color = copy;
    view->epoch = epoch;
    return WEIR_OK;
}

static int compare_topics(const void *one, const void *other)
{
    return strcmp(((const struct topic *)one)->name, ((const struct topic *)other)->name);
}

static int compare_joined(const void *one, const void *other)
{
    return strcmp(((const struct joined *)one)->id, ((const struct joined *)other)->id);
}

static int compare_indices(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one;
    uint32_t b = *(const uint32_t *)other;

    return (a > b) - (a < b);
}

static int find_member(const void *id, const void *member)
{
    return strcmp(id, ((const struct weir_strategy_member *)member)->id);
}

static int find_topic(const void *name, const void *topic)
{
    return strcmp(name, ((const struct weir_strategy_topic *)topic)->name);
}

/* The index, or WEIR_STRATEGY_NOBODY. */
static uint32_t member_of(const struct weir_view *view, const char *id)
{
    const struct weir_strategy_member *first = view->view_members;
    const struct weir_strategy_member *found =
        bsearch(id, first, view->joined_count, sizeof *first, find_member);

    return found == NULL ? WEIR_STRATEGY_NOBODY : (uint32_t)(found - first);
}

static const struct weir_strategy_topic *topic_of(const struct weir_view *view, const char *name)
{
    return bsearch(name, view->view_topics, view->view.topic_count, sizeof *view->view_topics,
                   find_topic);
}

static enum weir_status refuse_double(const char *what, const char *name, struct weir_error *error)
{
    return weir_error_set(error, WEIR_ERR_INVALID, 0, "%s %s is there twice", what, name);
}

static enum weir_status sort_and_check(struct weir_view *view, struct weir_error *error)
{
    if (view->topic_count > 0) {
        qsort(view->topics, view->topic_count, sizeof *view->topics, compare_topics);
    }
    if (view->joined_count > 0) {
        qsort(view->joined, view->joined_count, sizeof *view->joined, compare_joined);
    }
    for (size_t i = 1; i < view->topic_count; i++) {
        if (compare_topics(&view->topics[i - 1], &view->topics[i]) == 0) {
            return refuse_double("topic", view->topics[i].name, error);
        }
    }
    for (size_t i = 1; i < view->joined_count; i++) {
        if (compare_joined(&view->joined[i - 1], &view->joined[i]) == 0) {
            return refuse_double("member", view->joined[i].id, error);
        }
    }
    return WEIR_OK;
}

static bool allocate(struct weir_view *view)
{
    size_t subscriptions = 0;

    for (size_t i = 0; i < view->joined_count; i++) {
        subscriptions += view->joined[i].topic_count;
    }
    view->view_topics = weir_calloc(view->topic_count + 1, sizeof *view->view_topics);
    view->view_members = weir_calloc(view->joined_count + 1, sizeof *view->view_members);
    view->subscriptions = weir_calloc(subscriptions + 1, sizeof *view->subscriptions);
    view->owned = weir_calloc(view->partition_count + 1, sizeof *view->owned);
    view->left = weir_calloc(view->partition_count + 1, sizeof *view->left);
    return view->view_topics != NULL && view->view_members != NULL && view->subscriptions != NULL &&
           view->owned != NULL && view->left != NULL;
}

static void fill_topics(struct weir_view *view)
{
    uint32_t first = 0;

    for (size_t i = 0; i < view->topic_count; i++) {
        const struct topic *topic = &view->topics[i];
        if (topic->partitions > 0) {
            view->view_topics[view->view.topic_count++] =
                (struct weir_strategy_topic){topic->name, topic->partitions, first};
            first += topic->partitions;
        }
    }
}

/* Writes the indices of what is there, ascending, each once. Returns how many. */
static size_t subscribe(const struct weir_view *view, const struct joined *joined, uint32_t *out)
{
    size_t found = 0;
    size_t count = 0;

    for (size_t i = 0; i < joined->topic_count; i++) {
        const struct weir_strategy_topic *topic = topic_of(view, joined->topics[i]);
        if (topic != NULL) {
            out[found++] = (uint32_t)(topic - view->view_topics);
        }
    }
    qsort(out, found, sizeof *out, compare_indices);
    for (size_t i = 0; i < found; i++) {
        if (count == 0 || out[count - 1] != out[i]) {
            out[count++] = out[i];
        }
    }
    return count;
}

static void fill_members(struct weir_view *view)
{
    uint32_t *next = view->subscriptions;

    for (size_t i = 0; i < view->joined_count; i++) {
        const struct joined *joined = &view->joined[i];
        size_t count = subscribe(view, joined, next);
        view->view_members[i] = (struct weir_strategy_member){.id = joined->id,
                                                              .topics = next,
                                                              .topic_count = count,
                                                              .capacity = joined->capacity,
                                                              .rack = joined->rack,
                                                              .color = joined->color,
                                                              .partitions = joined->partitions};
        next += count;
    }
}

/* While the owners are gathered: two members say that it is theirs. */
static const uint32_t CONTESTED = UINT32_MAX - 1;

static void claim(struct weir_view *view, size_t partition, uint32_t member)
{
    uint32_t *owner = &view->owned[partition];

    if (member == WEIR_STRATEGY_NOBODY) {
        view->left[partition] = true;
    } else if (*owner == WEIR_STRATEGY_NOBODY || *owner == member) {
        *owner = member;
    } else {
        *owner = CONTESTED;
    }
}

static void fill_owned(struct weir_view *view)
{
    for (size_t i = 0; i < view->partition_count; i++) {
        view->owned[i] = WEIR_STRATEGY_NOBODY;
    }
    for (size_t i = 0; i < view->held_count; i++) {
        const struct held *held = &view->held[i];
        const struct weir_strategy_topic *topic = topic_of(view, held->topic);
        uint32_t member = member_of(view, held->member);
        for (size_t k = 0; topic != NULL && k < held->count; k++) {
            if (held->partitions[k] < topic->partitions) {
                claim(view, topic->first + held->partitions[k], member);
            }
        }
    }
    for (size_t i = 0; i < view->partition_count; i++) {
        /* Whoever has left cannot contest it. */
        view->left[i] = view->left[i] && view->owned[i] == WEIR_STRATEGY_NOBODY;
        if (view->owned[i] == CONTESTED) {
            view->owned[i] = WEIR_STRATEGY_NOBODY;
        }
    }
}

enum weir_status weir_view_finish(struct weir_view *view, const struct weir_strategy_view **out,
                                  struct weir_error *error)
{
    assert(!view->finished);
    assert(out != NULL);
    enum weir_status status = sort_and_check(view, error);
    if (status != WEIR_OK) {
        return status;
    }
    view->finished = true;
    if (!allocate(view)) {
        return weir_error_nomem(error);
    }
    fill_topics(view);
    fill_members(view);
    fill_owned(view);
    view->view.members = view->view_members;
    view->view.member_count = view->joined_count;
    view->view.member_size = sizeof *view->view_members;
    view->view.topics = view->view_topics;
    view->view.topic_size = sizeof *view->view_topics;
    view->view.owned = view->owned;
    view->view.partition_count = view->partition_count;
    view->view.epoch = view->epoch;
    view->view.color = view->color;
    *out = &view->view;
    return WEIR_OK;
}

bool weir_view_moves(const struct weir_view *view, size_t partition, uint32_t owner)
{
    assert(view->finished);
    assert(partition < view->partition_count);
    uint32_t before = view->owned[partition];

    return owner != WEIR_STRATEGY_NOBODY &&
           (before == WEIR_STRATEGY_NOBODY ? view->left[partition] : before != owner);
}
