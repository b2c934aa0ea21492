#include "framework/control_state.h"
#include <assert.h>

/* Partitions that are somebody else's, and are handled as a copy. They never come to the committer,
 * so nothing of them can come to the store. */

void weir_control_follow_shadow(struct weir_control *control)
{
    const struct weir_coordinator *coordinator = control->coordinator;
    bool shadow = coordinator->ops->shadows != NULL && coordinator->ops->shadows(coordinator);

    assert(shadow == control->shadow || control->holdings.count == 0);
    control->shadow = shadow;
}

/* Clean at once, and for ever. */
static void stand_at(struct weir_holding *holding, int64_t watermark)
{
    holding->commit.watermark = watermark;
    holding->commit.acked = watermark;
    holding->tenure.clean = true;
}

void weir_control_begin_shadow(struct weir_holding *holding, int64_t position, int64_t committed)
{
    assert(holding->shadow && !holding->commit.member);
    holding->commit = (struct weir_commit){.sent = WEIR_OFFSET_NONE, .stored = committed};
    stand_at(holding, position);
}

void weir_control_discard(struct weir_control *control, struct weir_holding *holding,
                          int64_t watermark)
{
    assert(holding->shadow && !holding->commit.member);
    if (watermark > holding->commit.watermark) {
        stand_at(holding, watermark);
        weir_report_count(control->options.report, WEIR_COUNTER_SHADOW_OFFSETS, 1);
    }
}

void weir_control_forget(struct weir_control *control, const struct weir_position *positions,
                         size_t count)
{
    struct weir_store *store = control->store;

    if (store->ops->forget != NULL && !control->shadow) {
        store->ops->forget(store, positions, count);
    }
}

/* What ends a consumer would end a look at somebody else's records. */

enum weir_start weir_control_start_policy(const struct weir_control *control)
{
    enum weir_start start = control->options.start;

    return control->shadow && start == WEIR_START_ERROR ? WEIR_START_EARLIEST : start;
}

enum weir_out_of_range weir_control_range_policy(const struct weir_control *control)
{
    enum weir_out_of_range range = control->options.out_of_range;

    return control->shadow && range == WEIR_RANGE_STOP ? WEIR_RANGE_EARLIEST : range;
}

enum weir_failure_policy weir_control_failure_policy(const struct weir_control *control)
{
    return control->shadow ? WEIR_FAILURE_SKIP : control->options.partition.policy;
}
