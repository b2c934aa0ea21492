#include "framework/group_view.h"

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

bool weir_is_same_color(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool counts(const struct weir_roster_member *member, const char *color)
{
    return member->state == WEIR_ROSTER_READ &&
           weir_is_same_color(member->registration.color, color);
}

/* Those of other colors divide what they have in their own way. */
static enum weir_status check_member(const struct weir_roster_member *member, const char *strategy,
                                     const char *color, struct weir_error *error)
{
    const struct weir_registration *self = &member->registration;

    if (member->state == WEIR_ROSTER_NEWER) {
        return weir_error_set(error, WEIR_ERR_STATE, 0,
                              "member '%s' runs a newer weir that divides partitions in a way "
                              "unknown here",
                              member->id);
    }
    if (member->state != WEIR_ROSTER_READ) {
        return WEIR_OK;
    }
    if ((self->color == NULL) != (color == NULL)) {
        return weir_error_set(error, WEIR_ERR_STATE, 0, "member '%s' has %s weir.color", member->id,
                              self->color == NULL ? "no" : "a");
    }
    if (counts(member, color) && strcmp(self->strategy, strategy) != 0) {
        return weir_error_set(error, WEIR_ERR_STATE, 0,
                              "member '%s' has weir.strategy=%s, and this one has %s", member->id,
                              self->strategy, strategy);
    }
    return WEIR_OK;
}

static enum weir_status check_members(const struct weir_roster *roster, const char *strategy,
                                      const char *color, struct weir_error *error)
{
    enum weir_status status = WEIR_OK;

    for (size_t i = 0; status == WEIR_OK && i < roster->count; i++) {
        status = check_member(roster->members[i], strategy, color, error);
    }
    return status;
}

static int by_name(const void *a, const void *b)
{
    const struct weir_strategy_topic *left = a;
    const struct weir_strategy_topic *right = b;

    return strcmp(left->name, right->name);
}

/* Each topic once, with the most partitions that anybody has seen; numbered through. */
static void merge_topics(struct weir_group_view *out, size_t count)
{
    size_t kept = 0;
    uint64_t partitions = 0;

    qsort(out->topics, count, sizeof out->topics[0], by_name);
    for (size_t i = 0; i < count; i++) {
        const struct weir_strategy_topic *topic = &out->topics[i];
        if (kept > 0 && strcmp(out->topics[kept - 1].name, topic->name) == 0) {
            uint32_t *most = &out->topics[kept - 1].partitions;
            *most = topic->partitions > *most ? topic->partitions : *most;
        } else {
            out->topics[kept++] = *topic;
        }
    }
    for (size_t i = 0; i < kept; i++) {
        out->topics[i].first = (uint32_t)partitions;
        partitions += out->topics[i].partitions;
    }
    out->view.topic_count = kept;
    out->view.partition_count = (size_t)partitions;
}

static size_t count_words(const struct weir_roster *roster, const char *color)
{
    size_t count = 0;

    for (size_t i = 0; i < roster->count; i++) {
        count +=
            counts(roster->members[i], color) ? roster->members[i]->registration.topic_count : 0;
    }
    return count;
}

static void gather_topics(const struct weir_roster *roster, const char *color,
                          struct weir_group_view *out)
{
    size_t count = 0;

    for (size_t i = 0; i < roster->count; i++) {
        const struct weir_registration *self = &roster->members[i]->registration;
        for (size_t t = 0; counts(roster->members[i], color) && t < self->topic_count; t++) {
            out->topics[count++] = (struct weir_strategy_topic){
                .name = self->topics[t].name, .partitions = self->topics[t].partitions};
        }
    }
    merge_topics(out, count);
}

static uint32_t topic_index(const struct weir_group_view *out, const char *name)
{
    const struct weir_strategy_topic key = {.name = name};
    const struct weir_strategy_topic *found =
        bsearch(&key, out->topics, out->view.topic_count, sizeof key, by_name);

    return (uint32_t)(found - out->topics);
}

static void gather_members(const struct weir_roster *roster, const char *color,
                           struct weir_group_view *out)
{
    uint32_t *next = out->subscribed;

    for (size_t i = 0; i < roster->count; i++) {
        const struct weir_registration *self = &roster->members[i]->registration;
        if (!counts(roster->members[i], color)) {
            continue;
        }
        out->members[out->view.member_count++] =
            (struct weir_strategy_member){.id = roster->members[i]->id,
                                          .topics = next,
                                          .topic_count = self->topic_count,
                                          .capacity = self->capacity,
                                          .rack = self->rack,
                                          .color = self->color,
                                          .partitions = self->partitions};
        for (size_t t = 0; t < self->topic_count; t++) {
            *next++ = topic_index(out, self->topics[t].name);
        }
    }
}

/* FNV-1a, 64 bits. NULL and "" differ. */
static void digest_bytes(uint64_t *digest, const void *data, size_t size)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < size; i++) {
        *digest = (*digest ^ bytes[i]) * UINT64_C(1099511628211);
    }
}

static void digest_text(uint64_t *digest, const char *text)
{
    digest_bytes(digest, text == NULL ? "\1" : text, text == NULL ? 2 : strlen(text) + 1);
}

static void digest_number(uint64_t *digest, uint32_t number)
{
    const unsigned char bytes[] = {(unsigned char)number, (unsigned char)(number >> 8),
                                   (unsigned char)(number >> 16), (unsigned char)(number >> 24)};

    digest_bytes(digest, bytes, sizeof bytes);
}

static uint64_t digest_of(const struct weir_group_view *out, const char *strategy)
{
    uint64_t digest = UINT64_C(14695981039346656037);

    digest_text(&digest, strategy);
    for (size_t i = 0; i < out->view.topic_count; i++) {
        digest_text(&digest, out->topics[i].name);
        digest_number(&digest, out->topics[i].partitions);
    }
    for (size_t i = 0; i < out->view.member_count; i++) {
        const struct weir_strategy_member *member = &out->members[i];
        digest_text(&digest, member->id);
        digest_number(&digest, member->capacity);
        digest_text(&digest, member->rack);
        digest_text(&digest, member->color);
        digest_text(&digest, member->partitions);
        digest_number(&digest, (uint32_t)member->topic_count);
        for (size_t t = 0; t < member->topic_count; t++) {
            digest_number(&digest, member->topics[t]);
        }
    }
    return digest;
}

static enum weir_status fill(const struct weir_group_share *share, struct weir_group_view *out)
{
    const struct weir_roster *roster = share->roster;
    size_t words = count_words(roster, share->color);

    out->members = weir_calloc(roster->count + 1, sizeof out->members[0]);
    out->topics = weir_calloc(words + 1, sizeof out->topics[0]);
    out->subscribed = weir_calloc(words + 1, sizeof out->subscribed[0]);
    if (out->members == NULL || out->topics == NULL || out->subscribed == NULL) {
        return WEIR_ERR_NOMEM;
    }
    gather_topics(roster, share->color, out);
    gather_members(roster, share->color, out);
    if (out->view.partition_count > WEIR_GROUP_PARTITIONS_MAX) {
        return WEIR_ERR_FULL;
    }
    out->owned = weir_calloc(out->view.partition_count + 1, sizeof out->owned[0]);
    if (out->owned == NULL) {
        return WEIR_ERR_NOMEM;
    }
    out->view.members = out->members;
    out->view.member_size = sizeof out->members[0];
    out->view.topics = out->topics;
    out->view.topic_size = sizeof out->topics[0];
    out->view.owned = out->owned;
    out->view.color = share->color;
    out->digest = digest_of(out, share->strategy);
    return weir_allotment_owned(share->last, &out->view, out->owned);
}

enum weir_status weir_group_view_create(const struct weir_group_share *share,
                                        struct weir_group_view *out, struct weir_error *error)
{
    struct weir_group_view made = {0};
    enum weir_status status = check_members(share->roster, share->strategy, share->color, error);

    if (status != WEIR_OK) {
        return status;
    }
    status = fill(share, &made);
    if (status != WEIR_OK) {
        weir_group_view_fini(&made);
        return weir_error_set(error, status, 0, "the view of the group: %s",
                              weir_status_text(status));
    }
    *out = made;
    return WEIR_OK;
}

void weir_group_view_fini(struct weir_group_view *view)
{
    weir_free(view->members);
    weir_free(view->topics);
    weir_free(view->subscribed);
    weir_free(view->owned);
    *view = (struct weir_group_view){0};
}
