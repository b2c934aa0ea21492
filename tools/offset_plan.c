#include "tools/offset_plan.h"

#include "tools/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct weir_change *add(struct weir_plan *plan, const char *topic, int32_t partition)
{
    plan->changes = weir_cli_grow(plan->changes, plan->count + 1, sizeof plan->changes[0]);
    struct weir_change *change = &plan->changes[plan->count++];
    *change = (struct weir_change){.topic = weir_cli_copy(topic),
                                   .partition = partition,
                                   .old = WEIR_VIEW_UNKNOWN,
                                   .wanted = WEIR_VIEW_UNKNOWN,
                                   .offset = WEIR_VIEW_UNKNOWN};
    return change;
}

static struct weir_change *add_known(struct weir_plan *plan,
                                     const struct weir_view_partition *partition)
{
    struct weir_change *change = add(plan, partition->topic, partition->partition);

    change->old = partition->committed;
    change->offset = partition->committed;
    change->none = partition->none;
    return change;
}

static bool is_same_text(const char *wanted, const char *there)
{
    return wanted == NULL || strcmp(wanted, there == NULL ? "" : there) == 0;
}

void weir_plan_set(struct weir_plan *plan, const struct weir_view_partition *partition,
                   int64_t wanted, const char *metadata)
{
    struct weir_change *change = add_known(plan, partition);

    change->wanted = wanted;
    bool committed_known = partition->none || partition->committed >= 0;
    if (partition->begin < 0 || partition->end < partition->begin || !committed_known) {
        change->kind = WEIR_CHANGE_UNKNOWN;
        return;
    }
    int64_t raised = wanted < partition->begin ? partition->begin : wanted;
    change->offset = raised > partition->end ? partition->end : raised;
    bool moved = change->offset != wanted;
    if (change->offset == partition->committed &&
        (moved || is_same_text(metadata, partition->metadata))) {
        change->kind = WEIR_CHANGE_SAME;
        return;
    }
    change->kind = WEIR_CHANGE_SET;
    change->metadata = moved ? NULL : weir_cli_copy(metadata);
}

/* Where an offset would leave the numbers it stays at their end. */
static int64_t shifted(int64_t offset, int64_t by)
{
    assert(offset >= 0);
    if (by > 0 && offset > INT64_MAX - by) {
        return INT64_MAX;
    }
    return offset + by < 0 ? 0 : offset + by;
}

void weir_plan_shift(struct weir_plan *plan, const struct weir_view_partition *partition,
                     int64_t by)
{
    if (partition->committed >= 0) {
        weir_plan_set(plan, partition, shifted(partition->committed, by), NULL);
        return;
    }
    struct weir_change *change = add_known(plan, partition);
    change->kind = partition->none ? WEIR_CHANGE_NOTHING : WEIR_CHANGE_UNKNOWN;
}

void weir_plan_unknown(struct weir_plan *plan, const struct weir_view_partition *partition)
{
    add_known(plan, partition)->kind = WEIR_CHANGE_UNKNOWN;
}

void weir_plan_missing(struct weir_plan *plan, const char *topic, int32_t partition, int64_t wanted)
{
    struct weir_change *change = add(plan, topic, partition);

    change->wanted = wanted;
    change->kind = WEIR_CHANGE_MISSING;
}

size_t weir_plan_count(const struct weir_plan *plan, enum weir_change_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->count; i++) {
        count += plan->changes[i].kind == kind ? 1 : 0;
    }
    return count;
}

const char *weir_change_note(const struct weir_change *change)
{
    switch (change->kind) {
    case WEIR_CHANGE_NOTHING:
        return "nothing is committed to shift";
    case WEIR_CHANGE_MISSING:
        return "there is no such partition";
    case WEIR_CHANGE_UNKNOWN:
        return "what there is is not known";
    case WEIR_CHANGE_SET:
    case WEIR_CHANGE_SAME:
        break;
    }
    if (change->offset != change->wanted) {
        return change->offset > change->wanted ? "raised to the first there is"
                                               : "lowered to the end";
    }
    return change->kind == WEIR_CHANGE_SAME ? "unchanged" : "";
}

void weir_plan_fini(struct weir_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    for (size_t i = 0; i < plan->count; i++) {
        free(plan->changes[i].topic);
        free(plan->changes[i].metadata);
    }
    free(plan->changes);
    *plan = (struct weir_plan){.changes = NULL};
}
