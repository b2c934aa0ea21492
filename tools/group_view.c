#include "tools/group_view.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct weir_view_member *weir_view_join(struct weir_view *view, const char *id)
{
    view->members = weir_cli_grow(view->members, view->member_count + 1, sizeof view->members[0]);
    struct weir_view_member *member = &view->members[view->member_count++];
    *member = (struct weir_view_member){.id = weir_cli_copy(id), .capacity = WEIR_VIEW_UNKNOWN};
    return member;
}

struct weir_view_partition *weir_view_add(struct weir_view *view, char *topic, int32_t partition)
{
    size_t count = view->partition_count;

    assert(topic != NULL);
    if ((count & (count - 1)) == 0) { /* it is full at every power of two */
        view->partitions =
            weir_cli_grow(view->partitions, count == 0 ? 1 : 2 * count, sizeof view->partitions[0]);
    }
    view->partitions[count] = (struct weir_view_partition){.topic = topic,
                                                           .partition = partition,
                                                           .owner = WEIR_VIEW_NOBODY,
                                                           .allotted = WEIR_VIEW_NOBODY,
                                                           .leader = WEIR_VIEW_NOBODY,
                                                           .committed = WEIR_VIEW_UNKNOWN,
                                                           .begin = WEIR_VIEW_UNKNOWN,
                                                           .end = WEIR_VIEW_UNKNOWN,
                                                           .age_ms = WEIR_VIEW_UNKNOWN,
                                                           .stop = WEIR_VIEW_UNKNOWN,
                                                           .set_back_to = WEIR_VIEW_UNKNOWN};
    view->partition_count++;
    return &view->partitions[count];
}

static int compare(const void *one, const void *other)
{
    const struct weir_view_partition *a = one;
    const struct weir_view_partition *b = other;
    int order = strcmp(a->topic, b->topic);

    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

void weir_view_sort(struct weir_view *view)
{
    if (view->partition_count > 0) {
        qsort(view->partitions, view->partition_count, sizeof view->partitions[0], compare);
    }
}

struct weir_view_partition *weir_view_find(const struct weir_view *view, const char *topic,
                                           int32_t partition)
{
    size_t low = 0;
    size_t high = view->partition_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct weir_view_partition *found = &view->partitions[middle];
        int order = strcmp(found->topic, topic);
        if (order == 0 && found->partition == partition) {
            return found;
        }
        if (order < 0 || (order == 0 && found->partition < partition)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static void free_partition(struct weir_view_partition *partition)
{
    free(partition->topic);
    free(partition->metadata);
    free(partition->trouble);
    free(partition->holder);
}

void weir_view_keep_used(struct weir_view *view)
{
    size_t kept = 0;

    for (size_t i = 0; i < view->partition_count; i++) {
        struct weir_view_partition *partition = &view->partitions[i];
        bool owned = partition->owner != WEIR_VIEW_NOBODY || partition->holder != NULL;
        if (partition->none && !owned && !partition->wanted) {
            free_partition(partition);
        } else {
            view->partitions[kept++] = *partition;
        }
    }
    view->partition_count = kept;
}

static bool is_in(const struct weir_view *view, const char *state)
{
    return view->state != NULL && strcmp(view->state, state) == 0;
}

bool weir_view_is_idle(const struct weir_view *view)
{
    return view->member_count == 0 && (is_in(view, "Empty") || is_in(view, "Dead"));
}

bool weir_view_has_member(const struct weir_view *view, const char *name)
{
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_view_member *member = &view->members[i];
        const char *kept = view->meeting == WEIR_VIEW_ZOOKEEPER ? member->id : member->instance;
        if (kept != NULL && strcmp(kept, name) == 0) {
            return member->trouble == NULL;
        }
    }
    return false;
}

bool weir_view_members_known(const struct weir_view *view)
{
    return view->meeting == WEIR_VIEW_ZOOKEEPER || view->member_count > 0 ||
           weir_view_is_idle(view);
}

bool weir_view_exists(const struct weir_view *view)
{
    bool dead = is_in(view, "Dead");

    for (size_t i = 0; i < view->partition_count && dead; i++) {
        dead = view->partitions[i].none;
    }
    return !dead;
}

int64_t weir_view_lag(const struct weir_view_partition *partition)
{
    bool known = partition->committed >= 0 && partition->end >= partition->committed;

    return known ? partition->end - partition->committed : WEIR_VIEW_UNKNOWN;
}

/* An offset is set back only, never on. */
int64_t weir_view_again(const struct weir_view_partition *partition)
{
    if (partition->set_back_to < 0) {
        return 0;
    }
    if (partition->committed < 0) {
        return partition->none ? 0 : WEIR_VIEW_UNKNOWN;
    }
    return partition->committed > partition->set_back_to
               ? partition->committed - partition->set_back_to
               : 0;
}

static void count_in(struct weir_view_total *total, const struct weir_view_partition *partition)
{
    int64_t lag = weir_view_lag(partition);

    total->partitions++;
    total->lag += lag > 0 ? lag : 0;
    total->unknown += lag == WEIR_VIEW_UNKNOWN ? 1 : 0;
}

size_t weir_view_topic_total(const struct weir_view *view, size_t from, struct weir_view_total *out)
{
    assert(from < view->partition_count);
    *out = (struct weir_view_total){.topic = view->partitions[from].topic};
    while (from < view->partition_count && strcmp(view->partitions[from].topic, out->topic) == 0) {
        count_in(out, &view->partitions[from++]);
    }
    return from;
}

void weir_view_total(const struct weir_view *view, struct weir_view_total *out)
{
    *out = (struct weir_view_total){.topic = NULL};
    for (size_t i = 0; i < view->partition_count; i++) {
        count_in(out, &view->partitions[i]);
    }
}

static void free_member(struct weir_view_member *member)
{
    free(member->id);
    free(member->client);
    free(member->host);
    free(member->instance);
    free(member->strategy);
    free(member->rack);
    free(member->color);
    free(member->trouble);
}

void weir_view_fini(struct weir_view *view)
{
    if (view == NULL) {
        return;
    }
    for (size_t i = 0; i < view->partition_count; i++) {
        free_partition(&view->partitions[i]);
    }
    for (size_t i = 0; i < view->member_count; i++) {
        free_member(&view->members[i]);
    }
    free(view->partitions);
    free(view->members);
    free(view->state);
    free(view->reason);
    free(view->assignor);
    free(view->coordinator);
    free(view->active_color);
    free(view->request.id);
    free(view->request.from);
    free(view->request.to);
    free(view->request.peer);
    *view = (struct weir_view){.state = NULL};
}
