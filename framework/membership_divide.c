#include "framework/base/memory.h"
#include "framework/group_view.h"
#include "framework/membership_state.h"
#include "framework/znode.h"
#include <string.h>
#include <weir/plan.h>

/* Who gets what. */

static uint32_t own_index(const struct weir_membership *membership)
{
    const struct weir_allotment *allotment = &membership->allotment;

    for (size_t i = 0; i < allotment->present_count; i++) {
        if (strcmp(allotment->members[i], membership->options.member) == 0) {
            return (uint32_t)i;
        }
    }
    return WEIR_STRATEGY_NOBODY;
}

/* What is ours is not kept for a turn that is to come. */
static enum weir_status want(struct weir_membership *membership, const char *topic,
                             int32_t partition)
{
    const struct weir_claim *claim = weir_claims_find(&membership->claims, topic, partition);
    bool had = claim != NULL && claim->state >= WEIR_CLAIM_OURS && claim->state < WEIR_CLAIM_DEAD;

    return had && !weir_membership_may_own(membership)
               ? WEIR_OK
               : weir_claims_want(&membership->claims, topic, partition);
}

static enum weir_status want_share(struct weir_membership *membership)
{
    bool may = weir_membership_may_own(membership) || weir_membership_takes_over(membership);
    const struct weir_allotment *allotment = &membership->allotment;
    uint32_t self = own_index(membership);
    enum weir_status status = WEIR_OK;

    weir_claims_unwant(&membership->claims);
    if (!may) {
        weir_membership_keep_unhalted(membership);
    }
    for (size_t t = 0; may && self != WEIR_STRATEGY_NOBODY && t < allotment->topic_count; t++) {
        const struct weir_allotment_topic *topic = &allotment->topics[t];
        for (uint32_t p = 0; status == WEIR_OK && p < topic->partitions; p++) {
            if (allotment->owners[topic->first + p] == self) {
                status = want(membership, topic->name, (int32_t)p);
            }
        }
    }
    return status;
}

void weir_membership_want_share(struct weir_membership *membership)
{
    if (want_share(membership) != WEIR_OK) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        membership->dirty = true;
    }
}

bool weir_membership_share_settled(const struct weir_membership *membership)
{
    return membership->adopted != 0 && membership->allotment.view == membership->adopted;
}

/* Fills in those of a topic that are ours; returns how many. */
static size_t list_own(const struct weir_allotment *allotment,
                       const struct weir_allotment_topic *topic, uint32_t self,
                       struct weir_position *out)
{
    size_t count = 0;

    for (uint32_t p = 0; p < topic->partitions; p++) {
        if (allotment->owners[topic->first + p] == self) {
            out[count++] = (struct weir_position){
                .topic = topic->name, .partition = (int32_t)p, .offset = WEIR_OFFSET_NONE};
        }
    }
    return count;
}

enum weir_status weir_membership_share(const struct weir_membership *membership,
                                       struct weir_position **out, size_t *count)
{
    const struct weir_allotment *allotment = &membership->allotment;
    uint32_t self = own_index(membership);
    struct weir_position *share = weir_calloc(allotment->partition_count + 1, sizeof share[0]);

    if (share == NULL) {
        return WEIR_ERR_NOMEM;
    }
    *count = 0;
    for (size_t t = 0; self != WEIR_STRATEGY_NOBODY && t < allotment->topic_count; t++) {
        *count += list_own(allotment, &allotment->topics[t], self, &share[*count]);
    }
    *out = share;
    return WEIR_OK;
}

static void stay_as_it_is(struct weir_membership *membership)
{
    membership->dirty = false;
    membership->changed_at = 0;
    membership->settle_at = WEIR_TIME_NEVER;
}

static void adopt(struct weir_membership *membership)
{
    stay_as_it_is(membership);
    membership->adopted = membership->allotment.view;
    weir_membership_want_share(membership);
}

static enum weir_status divide_view(const struct weir_membership *membership,
                                    const struct weir_group_view *view, char **text,
                                    struct weir_error *error)
{
    struct weir_allotment next = {0};
    uint32_t *owners = weir_calloc(view->view.partition_count + 1, sizeof owners[0]);
    enum weir_status status = WEIR_ERR_NOMEM;

    for (size_t i = 0; owners != NULL && i < view->view.partition_count; i++) {
        owners[i] = WEIR_STRATEGY_NOBODY;
    }
    if (owners != NULL) {
        status = weir_strategy_ask(membership->options.strategy, &view->view, owners, error);
    }
    if (status == WEIR_OK) {
        status = weir_allotment_create(&membership->allotment, &view->view, owners, &next);
        next.view = view->digest;
    }
    if (status == WEIR_OK) {
        status = weir_allotment_write(&next, text);
    }
    weir_allotment_fini(&next);
    weir_free(owners);
    return status;
}

static void propose(struct weir_membership *membership, const struct weir_group_view *view)
{
    struct weir_error error = {0};
    struct weir_znode node;
    char *text = NULL;

    if (!weir_membership_make_folders(membership)) {
        return;
    }
    enum weir_status status = divide_view(membership, view, &text, &error);

    if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
        return;
    }
    if (status != WEIR_OK) {
        weir_membership_say(membership, WEIR_ALARM_STRATEGY,
                            "weir.strategy=%s cannot divide the partitions: %s",
                            membership->self.strategy, error.text);
        stay_as_it_is(membership);
        return;
    }
    bool first = membership->share_version == WEIR_ZOO_ANY_VERSION;
    weir_membership_share_node(membership, &node);
    const struct weir_zoo_request request = {.kind = first ? WEIR_ZOO_CREATE : WEIR_ZOO_SET,
                                             .path = node.path,
                                             .data = text,
                                             .size = strlen(text),
                                             .version = membership->share_version,
                                             .tag = WEIR_TAG_PROPOSE};
    membership->proposing = weir_membership_ask(membership, &request);
    if (membership->proposing) {
        membership->proposed = view->digest;
        stay_as_it_is(membership);
    }
    weir_free(text);
}

static bool knows_everything(const struct weir_membership *membership)
{
    return !membership->list.due && !membership->list.asked && !membership->share.due &&
           !membership->share.asked && membership->share_known && !membership->proposing &&
           weir_roster_complete(&membership->roster);
}

static void compare(struct weir_membership *membership, const struct weir_group_view *view)
{
    if (view->digest == membership->allotment.view) {
        adopt(membership);
        return;
    }
    if (membership->changed_at == 0) {
        weir_membership_note_change(membership);
    }
    if (membership->now >= membership->settle_at) {
        propose(membership, view);
    } else {
        membership->dirty = false;
    }
}

void weir_membership_divide(struct weir_membership *membership)
{
    struct weir_error error = {0};
    struct weir_group_view view = {0};
    bool time = membership->dirty || membership->now >= membership->settle_at;

    if (!time || membership->leaving || membership->record_bad ||
        membership->stage != WEIR_MEMBERSHIP_REGISTERED || !knows_everything(membership)) {
        return;
    }
    const struct weir_group_share share = {.roster = &membership->roster,
                                           .strategy = membership->self.strategy,
                                           .color = membership->self.color,
                                           .last = &membership->allotment};
    enum weir_status status = weir_group_view_create(&share, &view, &error);
    if (status == WEIR_OK) {
        compare(membership, &view);
    } else if (status == WEIR_ERR_NOMEM) {
        weir_membership_say(membership, WEIR_ALARM_MEMORY, "out of memory");
        weir_membership_try_later(membership);
    } else {
        weir_membership_say(membership, WEIR_ALARM_DISAGREE,
                            "%s; this member keeps what it has, and nothing is divided anew",
                            error.text);
        stay_as_it_is(membership);
    }
    weir_group_view_fini(&view);
}

/* Who has what, and since when. */

weir_time weir_membership_since(const struct weir_membership *membership, const char *topic,
                                int32_t partition)
{
    const struct weir_claim *claim = weir_claims_find(&membership->claims, topic, partition);

    return claim == NULL ? 0 : claim->free_at;
}

int32_t weir_membership_fence(const struct weir_membership *membership, const char *topic,
                              int32_t partition)
{
    const struct weir_claim *claim = weir_claims_find(&membership->claims, topic, partition);
    bool ours = claim != NULL && claim->state >= WEIR_CLAIM_OURS &&
                claim->state <= WEIR_CLAIM_RECALLED && !claim->taken_away;

    return ours ? claim->fence : WEIR_CLAIM_NO_FENCE;
}
